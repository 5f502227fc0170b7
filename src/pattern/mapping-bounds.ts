/**
 * Claim:      how much of the marked satoshi that enter a coinjoin each output can have at least and at most, whoever
 *             owns what.
 * Source:     the envelope of every conserving rule (methods of taint: max(0, T-(A-b)) <= T_k <= min(b, T)), taken
 *             inside each set of inputs and
 *             outputs that one owner can have, over all mappings.
 * Parameters: the question (fees between owners, values of which an owner gets one, most steps); marked satoshi per
 *             input.
 * Cost:       as counting the mappings, and one pass over their blocks.
 * Fails when: owners pay each other more than the fees allowed here; a mapping outside the count could then lie outside
 *             the bounds. When the steps
 *             are spent, or nothing fits the premise, the bounds are the envelope of the whole transaction, which
 *             always holds.
 */
import { type Block, type MappingQuestion, MappingSpace } from './mapping.ts';

/** Bounds of one output in satoshi. */
export interface Bounds {
  readonly leastSat: number;
  readonly mostSat: number;
}

/**
 * Bounds of all outputs, per mark. `no-mapping`: nothing fits the premise, the bounds are those of the whole
 * transaction.
 */
export interface MappingBounds {
  readonly verdict: 'complete' | 'timed-out' | 'no-mapping';
  readonly steps: number;
  /** `bounds[mark][vout]`. */
  readonly bounds: ReadonlyArray<readonly Bounds[]>;
}

interface Flow {
  readonly inSat: number;
  readonly outSat: number;
  readonly markedLeastSat: number;
  readonly markedMostSat: number;
}

/** What one owner's output can have of the marked satoshi among his inputs, and of what others pay him. */
function boundsIn(flow: Flow, valueSat: number, totalSat: number): Bounds {
  const elsewhereSat = Math.max(flow.inSat, flow.outSat) - valueSat;
  const gainedSat = Math.max(0, flow.outSat - flow.inSat);
  const fromOthersSat = Math.min(gainedSat, totalSat - flow.markedMostSat);
  return {
    leastSat: Math.max(0, flow.markedLeastSat - elsewhereSat),
    mostSat: Math.min(valueSat, flow.markedMostSat + fromOthersSat),
  };
}

function total(valuesSat: readonly number[]): number {
  return valuesSat.reduce((sum, valueSat) => sum + valueSat, 0);
}

/** Marked satoshi of one mark by class, least first. */
function orderedMarks(space: MappingSpace, markedSat: readonly number[]): number[][] {
  return space.inputs.classes.map(({ places }) => places.map((vin) => markedSat[vin]).sort((a, b) => a - b));
}

/** Least and most of a mark among the inputs of a block: any members of a class can be the ones. */
function flowOf(block: Block, ordered: ReadonlyArray<readonly number[]>): Flow {
  const { counts } = block.inputs;
  return {
    inSat: block.inputs.sumSat,
    outSat: block.outputs.sumSat,
    markedLeastSat: total(counts.map((count, at) => total(ordered[at].slice(0, count)))),
    markedMostSat: total(counts.map((count, at) => total(count === 0 ? [] : ordered[at].slice(-count)))),
  };
}

/** Widens what is known of each class of outputs by one block. */
function widen(found: Array<Bounds | null>, space: MappingSpace, by: { block: Block; flow: Flow; totalSat: number }) {
  by.block.outputs.counts.forEach((count, at) => {
    if (count === 0) return;
    const here = boundsIn(by.flow, space.outputs.classes[at].valueSat, by.totalSat);
    const before = found[at];
    found[at] = {
      leastSat: Math.min(here.leastSat, before?.leastSat ?? here.leastSat),
      mostSat: Math.max(here.mostSat, before?.mostSat ?? here.mostSat),
    };
  });
}

/**
 * Bounds over every mapping, for several marks in one pass. `marksSat[mark]` has one entry per input of the question.
 */
export function boundsOverMappings(
  question: MappingQuestion,
  marksSat: ReadonlyArray<readonly number[]>,
): MappingBounds {
  const space = new MappingSpace(question);
  const marks = marksSat.map((markedSat) => ({
    ordered: orderedMarks(space, markedSat),
    totalSat: total(markedSat),
    found: space.outputs.classes.map((): Bounds | null => null),
  }));
  for (const block of space.timedOut ? [] : space.blocks()) {
    for (const { ordered, totalSat, found } of marks) {
      widen(found, space, { block, flow: flowOf(block, ordered), totalSat });
    }
  }
  const { steps } = space;
  const whole = (verdict: MappingBounds['verdict']): MappingBounds => ({
    verdict,
    steps,
    bounds: marks.map(({ totalSat }) => envelope(question, totalSat)),
  });
  if (space.timedOut) return whole('timed-out');
  if (marks.some(({ found }) => found.includes(null))) return whole('no-mapping');
  const bounds = marks.map(({ found }) => {
    const byVout = question.outputsSat.map((): Bounds => ({ leastSat: 0, mostSat: 0 }));
    space.outputs.classes.forEach(({ places }, at) => {
      for (const vout of places) byVout[vout] = found[at] ?? byVout[vout];
    });
    return byVout;
  });
  return { verdict: 'complete', steps, bounds };
}

/** Bounds that hold for any division of the transaction, whoever owns what. */
function envelope(question: MappingQuestion, markedSat: number): Bounds[] {
  const inSat = total(question.inputsSat);
  return question.outputsSat.map((valueSat) => ({
    leastSat: Math.max(0, markedSat - (inSat - valueSat)),
    mostSat: Math.min(valueSat, markedSat),
  }));
}
