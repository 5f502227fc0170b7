/**
 * Claim:      an output that would hold more runs than allowed, or that comes out of a coinjoin followed by haircut, keeps its satoshi per label
 *             and loses their places; every sum stays exact.
 * Source:     src/taint/README.md, limits: from such an output on the taint moves by haircut, because only amounts are left to move.
 * Parameters: the most runs an output may hold; how haircut treats the fee.
 * Cost:       one look per output; a coarse transaction costs what haircut costs.
 * Fails when: read as the rule it stands under: what is coarse is an average, which is why it is flagged wherever it rests, and counted.
 *
 * A coarse state is still a list of runs whose lengths sum to the value: labels ascending, the clean part last. So books, limits and seeds treat it
 * as any other; its order says nothing.
 */
import { SpoorError } from '../ledger/index.ts';
import type { TraceConventions } from './conventions.ts';
import { haircut } from './haircut.ts';
import type { Divided, Division, TaintRule, TaintState } from './rule.ts';

/** Where an output lost its places: here, or in a transaction before. */
export type Coarse = 'here' | 'before';

/** A division with a mark per output, absent or null where no output is coarse; `lost` says that what entered was coarse, and so is the rest. */
export interface CoarseDivided extends Divided {
  readonly marks?: ReadonlyArray<Coarse | null> | null;
  readonly lost?: boolean;
}

/** How far a rule over runs may go. */
export interface RunLimit {
  readonly maxSegments: number;
  readonly haircut: TaintRule;
}

/**
 * The limit for a run. What is coarse is divided in whole satoshi without a threshold, so that no sum is lost. Throws USAGE where labels are each
 * followed alone: their runs are not those of one output.
 */
export function runLimit(maxSegments: number, conventions: TraceConventions): RunLimit {
  if (conventions.seedOverlap === 'multi-label') {
    throw new SpoorError(
      'USAGE',
      'neither --max-segments nor --at-coinjoin haircut goes with --seed-overlap multi-label',
    );
  }
  const { haircutFee } = conventions;
  return {
    maxSegments,
    haircut: haircut({ haircutFee, haircutRounding: 'largest-remainder', haircutTxShareMillionths: null }),
  };
}

/** Amounts as runs: labels ascending, the clean part last. */
function asRuns(amounts: ReadonlyArray<readonly [number, number]>, valueSat: number): TaintState | null {
  if (amounts.length === 0) return null;
  const cleanSat = amounts.reduce((left, [, amountSat]) => left - amountSat, valueSat);
  return cleanSat === 0 ? amounts.flat() : [...amounts.flat(), 0, cleanSat];
}

function total(valuesSat: readonly number[]): number {
  return valuesSat.reduce((sum, valueSat) => sum + valueSat, 0);
}

/** Divides within a limit of runs, where there is one. `lost`: what enters is coarse. */
export function divideWithin(
  limit: RunLimit | null,
  rule: TaintRule,
  division: Division,
  lost: boolean,
): CoarseDivided {
  if (rule.runs === undefined) {
    const divided = rule.divide(division);
    return lost ? { ...marked(divided, 'before'), lost } : divided;
  }
  if (limit === null) return rule.divide(division);
  if (lost) return divideCoarse(rule, division, limit);
  return coarsen(rule, { divided: rule.divide(division), division, maxSegments: limit.maxSegments });
}

/** A division whose tainted outputs all carry one mark. */
function marked(divided: Divided, mark: Coarse): CoarseDivided {
  return { ...divided, marks: divided.outputs.map((state) => (state === null ? null : mark)) };
}

/**
 * Divides by haircut whatever the rule, for a coinjoin that the user follows so: order and amounts mean nothing inside it. What comes out is coarse,
 * but under haircut itself and under a rule that does not conserve.
 */
export function divideByHaircut(
  haircut: TaintRule,
  rule: TaintRule,
  { division, lost }: { division: Division; lost: boolean },
): CoarseDivided {
  if (!rule.conserves || rule.name === haircut.name) return rule.divide(division);
  const divided =
    rule.runs === undefined
      ? haircut.divide(division)
      : divideCoarse(rule, division, { maxSegments: Number.POSITIVE_INFINITY, haircut });
  return { ...marked(divided, lost ? 'before' : 'here'), lost: true };
}

/** Divides by haircut what has lost its places before: every tainted output is coarse. */
function divideCoarse(rule: TaintRule, division: Division, { haircut }: RunLimit): CoarseDivided {
  const { inputState, inputValueSat, outputValueSat } = division;
  const divided = haircut.divide({
    ...division,
    inputState: inputState.map((state) => (state === null ? null : rule.amounts(state, 0).flat())),
  });
  const runs = (state: TaintState | null, valueSat: number): TaintState | null =>
    state === null ? null : asRuns(haircut.amounts(state, valueSat), valueSat);
  return {
    outputs: divided.outputs.map((state, vout) => runs(state, outputValueSat[vout])),
    rest: runs(divided.rest, total(inputValueSat) - total(outputValueSat)),
    marks: divided.outputs.map((state) => (state === null ? null : 'before')),
    lost: true,
  };
}

/** Takes the places out of outputs with more runs than allowed. */
function coarsen(rule: TaintRule, given: { divided: Divided; division: Division; maxSegments: number }): CoarseDivided {
  const { divided, maxSegments } = given;
  const { outputValueSat } = given.division;
  const tooMany = (state: TaintState | null): boolean => state !== null && state.length > 2 * maxSegments;
  if (!divided.outputs.some(tooMany)) return { ...divided, marks: null, lost: false };
  return {
    rest: divided.rest,
    outputs: divided.outputs.map((state, vout) =>
      state !== null && tooMany(state) ? asRuns(rule.amounts(state, 0), outputValueSat[vout]) : state,
    ),
    marks: divided.outputs.map((state) => (tooMany(state) ? 'here' : null)),
    lost: false,
  };
}
