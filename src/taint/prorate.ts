/**
 * Claim:      under an order rule every input pays its part of the fee, in proportion to its value; what is left of the inputs fills the outputs.
 * Source:     TaintedTX (Tironsakkul et al.), which multiplies every input by 1 - fee / inputs and rounds. Here in whole satoshi, nothing lost.
 * Parameters: none. The fee is divided over the inputs, and inside an input over its runs, by largest remainder (ties to the first).
 * Cost:       that of the rule, plus O(runs).
 * Fails when: read as an order: that the last satoshi of a run pay is ours, the source says only how many. A coinbase pays no fee: what it leaves unclaimed is its tail.
 */
import { sum } from './amount-rule.ts';
import { apportion } from './apportion.ts';
import type { Divided, Division, Piece, Pieces, TaintRule, TaintState } from './rule.ts';
import { joinRuns } from './segment.ts';

/** The order rule, with its fee taken from every input. Its name stays: the convention is printed beside it. */
export function prorated(rule: TaintRule): TaintRule {
  // How a fee is divided over runs depends on the runs: value without its taint has no way back, and sums of taint tell not enough.
  const { pieces, backward: _, total: __, ...others } = rule;
  return {
    ...others,
    divide: (division) => (division.coinbase ? rule.divide(division) : divide(rule, division)),
    ...(pieces === undefined
      ? {}
      : { pieces: (division) => (division.coinbase ? pieces(division) : piecesOf(pieces, division)) }),
  };
}

function divide(rule: TaintRule, division: Division): Divided {
  const feeSat = sum(division.inputValueSat) - sum(division.outputValueSat);
  if (feeSat === 0) return rule.divide(division);
  const { cut, keptSat } = payers(feeSat, division);
  const { outputs } = rule.divide({
    ...division,
    inputState: cut.map((runs) => joinRuns([flat(runs, ({ keptSat: sat }) => sat)])),
    inputValueSat: keptSat,
  });
  return { outputs, rest: joinRuns(cut.map((runs) => flat(runs, ({ paidSat }) => paidSat))) };
}

/** The same satoshi by satoshi: of every run the front is kept and the end pays. */
function piecesOf(pieces: NonNullable<TaintRule['pieces']>, division: Division): Pieces {
  const feeSat = sum(division.inputValueSat) - sum(division.outputValueSat);
  const { cut, keptSat } = payers(feeSat, division);
  const inputState = cut.map((runs) => flat(runs, ({ keptSat: sat }) => sat));
  const { outputs } = pieces({
    ...division,
    inputState: inputState.map((state) => (state.length === 0 ? null : state)),
    inputValueSat: keptSat,
  });
  let at = 0;
  const rest = cut.flatMap((runs, vin) =>
    runs.flatMap(({ label, start, keptSat: front, paidSat }): Piece[] => {
      if (paidSat === 0) return [];
      at += paidSat;
      return [{ vin, start: start + front, lengthSat: paidSat, at: at - paidSat, label, turned: false }];
    }),
  );
  return { outputs: outputs.map((list) => list.map((piece) => inWhole(piece, cut[piece.vin]))), rest };
}

/** A piece of what is left of an input as a piece of the input. */
function inWhole(piece: Piece, runs: readonly Paying[]): Piece {
  const run = runs.find(({ keptStart, keptSat }) => keptStart <= piece.start && piece.start < keptStart + keptSat);
  return run === undefined ? piece : { ...piece, start: piece.start - run.keptStart + run.start };
}

/** One run of an input: where it begins, how much of it is kept and pays, and where the kept part begins among what is kept. */
interface Paying {
  readonly label: number;
  readonly start: number;
  readonly keptSat: number;
  readonly paidSat: number;
  readonly keptStart: number;
}

/** Divides the fee over inputs and their runs. */
function payers(feeSat: number, division: Division): { cut: Paying[][]; keptSat: number[] } {
  const { inputState, inputValueSat } = division;
  const paid = shares(feeSat, inputValueSat);
  return {
    cut: inputState.map((state, vin) => cutRuns(state ?? [0, inputValueSat[vin]], paid[vin])),
    keptSat: inputValueSat.map((valueSat, vin) => valueSat - paid[vin]),
  };
}

function flat(runs: readonly Paying[], length: (run: Paying) => number): number[] {
  return runs.flatMap((run) => (length(run) > 0 ? [run.label, length(run)] : []));
}

function shares(amountSat: number, over: readonly number[]): number[] {
  const share = new Array<number>(over.length).fill(0);
  apportion(amountSat, sum(over), [...over], share);
  return share;
}

/** Takes `paidSat` satoshi from the runs of one input, in proportion to their lengths. */
function cutRuns(state: TaintState, paidSat: number): Paying[] {
  const lengths = state.filter((_, at) => at % 2 === 1);
  const paid = shares(paidSat, lengths);
  let start = 0;
  let keptStart = 0;
  return lengths.map((lengthSat, at) => {
    const run = { label: state[2 * at], start, keptSat: lengthSat - paid[at], paidSat: paid[at], keptStart };
    start += lengthSat;
    keptStart += run.keptSat;
    return run;
  });
}
