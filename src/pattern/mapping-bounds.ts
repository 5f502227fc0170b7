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
import { type MappingQuestion, MappingSpace } from './mapping.ts';

/** Bounds of one output in satoshi. */
export interface Bounds {
  readonly leastSat: number;
  readonly mostSat: number;
}

/** Bounds of all outputs. `no-mapping`: nothing fits the premise, the bounds are those of the whole transaction. */
export interface MappingBounds {
  readonly verdict: 'complete' | 'timed-out' | 'no-mapping';
  readonly steps: number;
  readonly outputs: readonly Bounds[];
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

/** Bounds over every mapping. `markedSat` has one entry per input of the question. */
export function boundsOverMappings(question: MappingQuestion, markedSat: readonly number[]): MappingBounds {
  const space = new MappingSpace(question);
  const markedTotalSat = total(markedSat);
  const { inputs, outputs } = space;
  const ordered = inputs.classes.map(({ places }) => places.map((vin) => markedSat[vin]).sort((a, b) => a - b));
  const found: Array<Bounds | null> = outputs.classes.map(() => null);
  for (const block of space.timedOut ? [] : space.blocks()) {
    const flow: Flow = {
      inSat: block.inputs.sumSat,
      outSat: block.outputs.sumSat,
      // Any members of a class can be the ones: the least and the most marked are among the choices.
      markedLeastSat: total(block.inputs.counts.map((count, at) => total(ordered[at].slice(0, count)))),
      markedMostSat: total(block.inputs.counts.map((count, at) => total(count === 0 ? [] : ordered[at].slice(-count)))),
    };
    block.outputs.counts.forEach((count, at) => {
      if (count === 0) return;
      const here = boundsIn(flow, outputs.classes[at].valueSat, markedTotalSat);
      const before = found[at];
      found[at] = {
        leastSat: Math.min(here.leastSat, before?.leastSat ?? here.leastSat),
        mostSat: Math.max(here.mostSat, before?.mostSat ?? here.mostSat),
      };
    });
  }
  const { steps } = space;
  if (space.timedOut) return { verdict: 'timed-out', steps, outputs: envelope(question, markedTotalSat) };
  if (found.includes(null)) return { verdict: 'no-mapping', steps, outputs: envelope(question, markedTotalSat) };
  const bounds = question.outputsSat.map((): Bounds => ({ leastSat: 0, mostSat: 0 }));
  outputs.classes.forEach(({ places }, at) => {
    for (const vout of places) bounds[vout] = found[at] ?? bounds[vout];
  });
  return { verdict: 'complete', steps, outputs: bounds };
}

/** Bounds that hold for any division of the transaction, whoever owns what. */
function envelope(question: MappingQuestion, markedSat: number): Bounds[] {
  const inSat = total(question.inputsSat);
  return question.outputsSat.map((valueSat) => ({
    leastSat: Math.max(0, markedSat - (inSat - valueSat)),
    mostSat: Math.min(valueSat, markedSat),
  }));
}
