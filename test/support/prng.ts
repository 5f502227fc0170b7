/**
 * Seeded pseudo-random numbers for generators of test data.
 * Claim: the same seed gives the same stream on every machine. Source: xoshiro128** of Blackman and Vigna (2018), state filled by
 * splitmix32. Parameters: seed, an integer. Cost: constant per draw (Zipf: one table per size). Fails when: used for secrets.
 */

const TWO_26 = 2 ** 26;
const TWO_53 = 2 ** 53;

/** One stream of draws. Everything it gives depends on the seed and on the order of calls only. */
export class Prng {
  private readonly state: Uint32Array;
  private readonly zipfTables = new Map<number, Float64Array>();

  private constructor(state: Uint32Array) {
    this.state = state;
  }

  /** Stream of an integer seed. */
  static fromSeed(seed: number): Prng {
    const state = new Uint32Array(4);
    let walker = seed >>> 0;
    for (let word = 0; word < 4; word += 1) {
      walker = (walker + 0x9e3779b9) >>> 0;
      let mixed = walker;
      mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      state[word] = mixed ^ (mixed >>> 15);
    }
    return new Prng(state);
  }

  /** Stream of a bare state of four 32-bit words, not all zero; for checking the generator against known outputs. */
  static fromState(words: readonly [number, number, number, number]): Prng {
    return new Prng(Uint32Array.from(words));
  }

  /** Next 32 bits, 0 to 2^32 - 1. */
  next(): number {
    const state = this.state;
    const second = state[1]!;
    const spun = Math.imul(rotateLeft(Math.imul(second, 5), 7), 9) >>> 0;
    state[2]! ^= state[0]!;
    state[3]! ^= second;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= second << 9;
    state[3] = rotateLeft(state[3]!, 11);
    return spun;
  }

  /** Evenly from [0, 1), in steps of 2^-53. */
  unit(): number {
    const high = this.next() >>> 5;
    const low = this.next() >>> 6;
    return (high * TWO_26 + low) / TWO_53;
  }

  /** Evenly from the integers 0 to count - 1; `count` from 1 to 2^52. */
  int(count: number): number {
    return Math.floor(this.unit() * count);
  }

  /** Evenly from the integers low to high, both included. */
  between(low: number, high: number): number {
    return low + this.int(high - low + 1);
  }

  /** One of the items; the list must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** 1, 2, 3, ... with the given mean, above 1; every further step is as likely as the one before. */
  geometric(mean: number): number {
    return 1 + Math.floor(Math.log(1 - this.unit()) / Math.log(1 - 1 / mean));
  }

  /** Rank 0 to count - 1, rank r with weight 1 / (r + 1). */
  zipf(count: number): number {
    let table = this.zipfTables.get(count);
    if (table === undefined) {
      table = new Float64Array(count);
      let sum = 0;
      for (let rank = 0; rank < count; rank += 1) {
        sum += 1 / (rank + 1);
        table[rank] = sum;
      }
      this.zipfTables.set(count, table);
    }
    const target = this.unit() * table[count - 1]!;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (table[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Integer from low to high (both included, low at least 1), every factor of size equally likely. */
  logUniform(low: number, high: number): number {
    const start = Math.log(low);
    const drawn = Math.floor(Math.exp(start + this.unit() * (Math.log(high + 1) - start)));
    return Math.min(high, Math.max(low, drawn));
  }

  /** The items in random order, in a new list. */
  shuffled<T>(items: readonly T[]): T[] {
    const list = [...items];
    for (let end = list.length - 1; end > 0; end -= 1) {
      const other = this.int(end + 1);
      [list[end], list[other]] = [list[other]!, list[end]!];
    }
    return list;
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
