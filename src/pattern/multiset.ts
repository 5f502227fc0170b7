/** Values as a multiset: equal ones are counted together, and every way of taking some of them is listed once. Satoshi. */

/** Equal values as one class: which value, and the places in the transaction that have it. */
interface ValueClass {
  readonly valueSat: number;
  readonly places: readonly number[];
}

/** Some of a multiset: how many of each class, their sum, and its number in mixed radix. */
export interface Part {
  readonly counts: readonly number[];
  readonly sumSat: number;
  readonly index: number;
}

function classesOf(valuesSat: readonly number[]): ValueClass[] {
  const places = new Map<number, number[]>();
  valuesSat.forEach((valueSat, place) => {
    const known = places.get(valueSat);
    if (known === undefined) places.set(valueSat, [place]);
    else known.push(place);
  });
  return [...places].map(([valueSat, of]) => ({ valueSat, places: of })).sort((a, b) => b.valueSat - a.valueSat);
}

/** Binomials as bigint, row by row. */
export class Binomials {
  private readonly rows: bigint[][] = [[1n]];

  choose(n: number, k: number): bigint {
    while (this.rows.length <= n) {
      const last = this.rows[this.rows.length - 1];
      this.rows.push(Array.from({ length: last.length + 1 }, (_, at) => (last[at - 1] ?? 0n) + (last[at] ?? 0n)));
    }
    return this.rows[n][k] ?? 0n;
  }
}

/** One side of the transaction: classes, and every sub-multiset of them. */
export class Side {
  readonly classes: readonly ValueClass[];
  readonly full: readonly number[];
  private readonly radix: readonly number[];
  private readonly binomials: Binomials;

  constructor(valuesSat: readonly number[], binomials: Binomials) {
    this.classes = classesOf(valuesSat);
    this.full = this.classes.map(({ places }) => places.length);
    this.binomials = binomials;
    let unit = 1;
    this.radix = this.full.map((count) => {
      const own = unit;
      unit *= count + 1;
      return own;
    });
  }

  /** How many sub-multisets there are. */
  size(): number {
    return this.full.reduce((product, count) => product * (count + 1), 1);
  }

  indexOf(counts: readonly number[]): number {
    return counts.reduce((index, count, at) => index + count * this.radix[at], 0);
  }

  /** Every sub-multiset of `counts`, from the empty one up. */
  *parts(counts: readonly number[]): Generator<Part> {
    const taken = counts.map(() => 0);
    let sumSat = 0;
    let index = 0;
    for (;;) {
      yield { counts: [...taken], sumSat, index };
      let at = 0;
      while (at < counts.length && taken[at] === counts[at]) {
        sumSat -= taken[at] * this.classes[at].valueSat;
        index -= taken[at] * this.radix[at];
        taken[at] = 0;
        at += 1;
      }
      if (at === counts.length) return;
      taken[at] += 1;
      sumSat += this.classes[at].valueSat;
      index += this.radix[at];
    }
  }

  /** In how many ways `part` can be taken from `counts`; with `fixed`, one member of that class is in it for sure. */
  ways(counts: readonly number[], part: readonly number[], fixed = -1): bigint {
    let product = 1n;
    for (let at = 0; at < counts.length; at += 1) {
      const one = at === fixed ? 1 : 0;
      product *= this.binomials.choose(counts[at] - one, part[at] - one);
    }
    return product;
  }
}
