/**
 * Claim:      in how many ways the inputs of a transaction can belong to owners who each pay their own outputs, and in
 *             how many of them a given
 *             input and output have one owner (Boltzmann's combinations, entropy and link matrix).
 * Source:     LaurentMT, Boltzmann; Samourai-Wallet/boltzmann and boltzmann-java (24 published vectors, all met by the
 *             tests).
 * Parameters: what one owner may pay more or less than his outputs (`least` to `most`: 0 to the fee, or wider by the
 *             fees of makers and
 *             takers); values of which one owner gets at most one; the most steps, counted and not timed, so that the
 *             answer never varies.
 * Cost:       exponential in the number of different values; equal values are counted together, so ten equal inputs
 *             cost as one class.
 * Fails when: the steps are spent: the answer is then `timed-out`, never a guess.
 */
import { Binomials, type Part, Side } from './multiset.ts';
import { countValues } from './shape.ts';

/** What is asked. Satoshi; zero values carry nothing and must be left out. */
export interface MappingQuestion {
  readonly inputsSat: readonly number[];
  readonly outputsSat: readonly number[];
  /** What makers may gain and the taker may lose to them; 0 and 0 where owners pay each other nothing. */
  readonly intrafees: Intrafees;
  /**
   * Values of which an owner gets at most one output: the premise that equal outputs of a coinjoin belong to different
   * owners.
   */
  readonly oneEachSat: readonly number[];
  readonly maxSteps: number;
}

/** Most satoshi a maker receives, and the taker pays to all makers. */
export interface Intrafees {
  readonly makerSat: number;
  readonly takerSat: number;
}

/** The count of all mappings. `links[vout][vin]` counts those in which both have one owner. */
export interface MappingCount {
  readonly verdict: 'complete' | 'timed-out';
  readonly steps: number;
  /** 0 when timed out, or when nothing fits the premise. */
  readonly count: bigint;
  readonly links: ReadonlyArray<readonly bigint[]>;
}

/** An owner's inputs and outputs that occur in `ways` mappings, counted over all choices within the classes. */
export interface Block {
  readonly inputs: Part;
  readonly outputs: Part;
  readonly ways: bigint;
}

/** More sub-multisets than this are not listed: the question is too large for any budget in use. */
const MAX_PARTS = 2 ** 20;
/** Parts per million. */
const MILLION = 1_000_000n;

function less(from: readonly number[], part: readonly number[]): number[] {
  return from.map((count, at) => count - part[at]);
}

function within(part: readonly number[], counts: readonly number[]): boolean {
  for (let at = 0; at < part.length; at += 1) if (part[at] > counts[at]) return false;
  return true;
}

/** All mappings of one question. */
export class MappingSpace {
  readonly inputs: Side;
  readonly outputs: Side;
  steps = 0;
  private readonly maxSteps: number;
  private readonly leastSat: number;
  private readonly mostSat: number;
  /** Sub-multisets of the outputs that one owner may have, by sum. */
  private readonly byOutputSum: readonly Part[];
  private readonly known = new Map<number, bigint>();
  private readonly outputSize: number;

  constructor(question: MappingQuestion) {
    const binomials = new Binomials();
    this.inputs = new Side(question.inputsSat, binomials);
    this.outputs = new Side(question.outputsSat, binomials);
    this.maxSteps = question.maxSteps;
    const feeSat = sum(question.inputsSat) - sum(question.outputsSat);
    this.leastSat = -question.intrafees.makerSat;
    this.mostSat = feeSat + question.intrafees.takerSat;
    this.outputSize = this.outputs.size();
    const tooMany = Math.max(this.inputs.size(), this.outputSize) > Math.min(MAX_PARTS, this.maxSteps);
    if (tooMany) this.steps = this.maxSteps + 1;
    const single = this.outputs.classes.map(({ valueSat }) => question.oneEachSat.includes(valueSat));
    const allowed = (part: Part): boolean => part.counts.every((count, at) => count < 2 || !single[at]);
    this.byOutputSum = tooMany
      ? []
      : [...this.outputs.parts(this.outputs.full)].filter(allowed).sort((a, b) => a.sumSat - b.sumSat);
  }

  /** Whether the steps are spent: what was counted is then not all. */
  get timedOut(): boolean {
    return this.steps > this.maxSteps;
  }

  /** How many mappings there are of these inputs and outputs. */
  count(inputs: readonly number[], outputs: readonly number[]): bigint {
    const first = inputs.findIndex((count) => count > 0);
    if (first < 0) return outputs.every((count) => count === 0) ? 1n : 0n;
    const key = this.inputs.indexOf(inputs) * this.outputSize + this.outputs.indexOf(outputs);
    const before = this.known.get(key);
    if (before !== undefined) return before;
    let total = 0n;
    // The block of the first input: counting by it, no mapping is met twice.
    for (const part of this.inputs.parts(inputs)) {
      if (part.counts[first] === 0) continue;
      const ways = this.inputs.ways(inputs, part.counts, first);
      for (const paid of this.payable(part.sumSat, outputs)) {
        const rest = this.count(less(inputs, part.counts), less(outputs, paid.counts));
        if (rest > 0n) total += ways * this.outputs.ways(outputs, paid.counts) * rest;
      }
      if (this.timedOut) return 0n;
    }
    this.known.set(key, total);
    return total;
  }

  /** Every set of inputs and outputs that one owner can have in some mapping. */
  *blocks(): Generator<Block> {
    const { full } = this.inputs;
    for (const inputs of this.inputs.parts(full)) {
      if (inputs.index === 0) continue;
      for (const outputs of this.payable(inputs.sumSat, this.outputs.full)) {
        const rest = this.count(less(full, inputs.counts), less(this.outputs.full, outputs.counts));
        if (this.timedOut) return;
        if (rest === 0n) continue;
        const ways =
          this.inputs.ways(full, inputs.counts) * this.outputs.ways(this.outputs.full, outputs.counts) * rest;
        yield { inputs, outputs, ways };
      }
    }
  }

  /** Outputs among those left that an owner who brings `sumSat` can have. */
  private *payable(sumSat: number, left: readonly number[]): Generator<Part> {
    const all = this.byOutputSum;
    const from = sumSat - this.mostSat;
    const to = sumSat - this.leastSat;
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (all[middle].sumSat < from) low = middle + 1;
      else high = middle;
    }
    this.steps += 1;
    for (let at = low; at < all.length && all[at].sumSat <= to && !this.timedOut; at += 1) {
      this.steps += 1;
      if (within(all[at].counts, left)) yield all[at];
    }
  }
}

function sum(valuesSat: readonly number[]): number {
  return valuesSat.reduce((total, valueSat) => total + valueSat, 0);
}

/** Counts all mappings and all links. */
export function countMappings(question: MappingQuestion): MappingCount {
  const space = new MappingSpace(question);
  const { inputs, outputs } = space;
  const count = space.timedOut ? 0n : space.count(inputs.full, outputs.full);
  const paired = outputs.classes.map(() => inputs.classes.map(() => 0n));
  for (const block of space.timedOut ? [] : space.blocks()) {
    block.outputs.counts.forEach((paid, to) => {
      if (paid === 0) return;
      block.inputs.counts.forEach((spent, from) => {
        paired[to][from] += block.ways * BigInt(spent * paid);
      });
    });
  }
  if (space.timedOut) return { verdict: 'timed-out', steps: space.steps, count: 0n, links: [] };
  const links = question.outputsSat.map(() => new Array<bigint>(question.inputsSat.length).fill(0n));
  outputs.classes.forEach((made, to) => {
    inputs.classes.forEach((spent, from) => {
      // By symmetry every pair of the two classes has the same share of what was counted.
      const each = paired[to][from] / BigInt(made.places.length * spent.places.length);
      for (const vout of made.places) for (const vin of spent.places) links[vout][vin] = each;
    });
  });
  return { verdict: 'complete', steps: space.steps, count, links };
}

/**
 * Fees between participants, as Boltzmann reads them off the outputs: a value that occurs n times (at most the payers,
 * and at least half the
 * outputs) makes n participants; a maker gets up to `millionths` of that value, the taker pays n - 1 makers. Most
 * participants first, then the
 * largest value. 0 and 0 where no value is so.
 */
export function intrafeesOf(
  question: { readonly inputsSat: readonly number[]; readonly outputsSat: readonly number[] },
  millionths: number,
): Intrafees {
  let best = { participants: 0, valueSat: 0 };
  for (const [valueSat, count] of countValues(question.outputsSat)) {
    const participants = Math.min(count, question.inputsSat.length);
    if (participants < 2 || question.outputsSat.length > 2 * participants) continue;
    const more = participants - best.participants || valueSat - best.valueSat;
    if (more > 0) best = { participants, valueSat };
  }
  if (best.participants === 0) return { makerSat: 0, takerSat: 0 };
  const makerSat = Number((BigInt(best.valueSat) * BigInt(millionths) + MILLION / 2n) / MILLION);
  return { makerSat, takerSat: makerSat * (best.participants - 1) };
}
