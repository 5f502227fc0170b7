/**
 * Order rules satoshi by satoshi: FIFO, both LIFOs and the in/out family, every coin an array element.
 * Claim: this is the definition itself, without runs, merging or shortcuts. Source: src/taint/README.md.
 * Parameters: conventions; in and out order. Cost: O(satoshis moved). Fails when: amounts are large (keep below some 10^5 sat).
 *
 * A state is a list of marks, one per satoshi from the first to the last: 0 clean, label + 1 tainted.
 */
import type { TinyChain, TinySeed } from '../support/tiny-chain.ts';
import { apportion } from './haircut-integer.ts';
import {
  DEFAULT_CONVENTIONS,
  type OracleConventions,
  type OracleResult,
  type Part,
  type Place,
  type SlowRule,
  walk,
} from './walk.ts';

/** One mark per satoshi: 0 clean, label + 1 tainted. */
export type Marks = readonly number[];

/** Result of an order rule; `taint` and `fee` count satoshis by label. */
export type OrderResult = OracleResult<Marks, number>;

/** How inputs line up: vin order, reversed, tainted first, clean first, highest input first, smallest input first. */
export type InOrder = 'F' | 'L' | 'T' | 'C' | 'H' | 'S';

/** How outputs are served: vout order, reversed, highest first, smallest first. */
export type OutOrder = 'F' | 'L' | 'H' | 'S';

type Move = SlowRule<Marks, number>['move'];

/** How the order rule of this name moves marks. */
export function orderMove(name: string): Move {
  if (name === 'lifo') return stackMove;
  const [x, y] = name === 'fifo' ? 'FF' : name === 'lifo-reverse' ? 'FL' : name.slice('inout:'.length);
  return (parts, outputsSat) =>
    serve(inputLine(parts, x as InOrder), outputsSat, outputOrder(outputsSat, y as OutOrder));
}

const stackMove: Move = (parts, outputsSat) => {
  const line = lineUp(parts);
  return { outputs: outputsSat.map((value) => line.splice(line.length - value, value)), rest: line };
};

function orderRule(move: Move, chosen: Partial<OracleConventions>): SlowRule<Marks, number> {
  const { orderFee } = { ...DEFAULT_CONVENTIONS, ...chosen };
  return {
    clean: (valueSat) => new Array<number>(valueSat).fill(0),
    plant: (state, _, label) => ({
      state: state.map((mark) => (mark === 0 ? label + 1 : mark)),
      planted: state.filter((mark) => mark === 0).length,
    }),
    amounts: (state, labelCount) =>
      Array.from({ length: labelCount }, (_, label) => state.filter((mark) => mark === label + 1).length),
    move: orderFee === 'tail' ? move : (parts, outputsSat, place) => afterFee(move, parts, { outputsSat, place }),
  };
}

/** Takes the fee from every input in proportion to its value, inside an input from its runs in proportion to their lengths, and moves what is left. */
function afterFee(
  move: Move,
  parts: readonly Part<Marks>[],
  to: { outputsSat: readonly number[]; place: Place },
): ReturnType<Move> {
  const { outputsSat, place } = to;
  if (place.coinbase || place.restSat === 0) return move(parts, outputsSat, place);
  const paid = apportion(
    [place.restSat],
    parts.map(({ valueSat }) => valueSat),
  ).map(([share]) => share!);
  const rest: number[] = [];
  const kept = parts.map(({ valueSat, state, height }, at) => {
    const runs: number[][] = [];
    state.forEach((mark, index) => {
      if (index > 0 && state[index - 1] === mark) runs.at(-1)!.push(mark);
      else runs.push([mark]);
    });
    const fromRun = apportion(
      [paid[at]!],
      runs.map((run) => run.length),
    ).map(([share]) => share!);
    runs.forEach((run, index) => {
      rest.push(...run.splice(0, fromRun[index]!));
    });
    return { valueSat: valueSat - paid[at]!, height, state: runs.flat() };
  });
  return { outputs: move(kept, outputsSat, { ...place, restSat: 0 }).outputs, rest };
}

function lineUp(parts: readonly Part<Marks>[]): number[] {
  return parts.flatMap(({ state }) => state);
}

/** First in, first out: outputs cut the line from its front in vout order, the fee is the tail. */
export function fifoOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  chosen: Partial<OracleConventions> = {},
): OrderResult {
  const rule = orderRule((parts, outputsSat) => {
    const line = lineUp(parts);
    return { outputs: outputsSat.map((value) => line.splice(0, value)), rest: line };
  }, chosen);
  return walk(chain, seeds, rule, chosen);
}

/** Last in, first out: outputs cut the line from its end in vout order, each piece keeps its inner order, the fee is the front. */
export function lifoStackOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  chosen: Partial<OracleConventions> = {},
): OrderResult {
  return walk(chain, seeds, orderRule(stackMove, chosen), chosen);
}

/** Age before place: the parts made at the lowest height come first, those of one height in vin order; then as FIFO. */
export function ageSeniorityOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  chosen: Partial<OracleConventions> = {},
): OrderResult {
  const rule = orderRule((parts, outputsSat) => {
    const heights = [...new Set(parts.map(({ height }) => height))].sort((left, right) => left - right);
    const line = heights.flatMap((height) => lineUp(parts.filter((part) => part.height === height)));
    return { outputs: outputsSat.map((value) => line.splice(0, value)), rest: line };
  }, chosen);
  return walk(chain, seeds, rule, chosen);
}

/** The other LIFO: outputs from last to first cut the line from its front, the fee is the tail. */
export function lifoReverseOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  chosen: Partial<OracleConventions> = {},
): OrderResult {
  return walk(chain, seeds, orderRule(orderMove('lifo-reverse'), chosen), chosen);
}

/**
 * In/out rule: inputs lined up one way, outputs served another, fee last. L turns the whole line round; T and C keep vin order inside
 * the tainted and the clean satoshis; H and S move whole inputs, lower vin first among equals, lower vout first among equal outputs.
 */
export function inOutOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  orders: { readonly in: InOrder; readonly out: OutOrder },
  chosen: Partial<OracleConventions> = {},
): OrderResult {
  return walk(chain, seeds, orderRule(orderMove(`inout:${orders.in}${orders.out}`), chosen), chosen);
}

function serve(
  line: number[],
  outputsSat: readonly number[],
  order: readonly number[],
): { outputs: Marks[]; rest: Marks } {
  const outputs: Marks[] = outputsSat.map(() => []);
  for (const vout of order) outputs[vout] = line.splice(0, outputsSat[vout]!);
  return { outputs, rest: line };
}

function inputLine(parts: readonly Part<Marks>[], order: InOrder): number[] {
  const line = lineUp(parts);
  if (order === 'F') return line;
  if (order === 'L') return line.reverse();
  if (order === 'T') return [...line.filter((mark) => mark !== 0), ...line.filter((mark) => mark === 0)];
  if (order === 'C') return [...line.filter((mark) => mark === 0), ...line.filter((mark) => mark !== 0)];
  const sign = order === 'H' ? -1 : 1;
  return lineUp([...parts].sort((left, right) => sign * (left.valueSat - right.valueSat)));
}

/** Output indexes in the order they are served; of two equal outputs the one that `ties` says. */
export function outputOrder(
  outputsSat: readonly number[],
  order: OutOrder,
  ties: OracleConventions['tihoTies'] = 'lower-vout',
): number[] {
  const indexes = outputsSat.map((_, vout) => vout);
  if (order === 'F') return indexes;
  if (order === 'L') return indexes.reverse();
  const sign = order === 'H' ? -1 : 1;
  return indexes.sort(
    (left, right) =>
      sign * (outputsSat[left]! - outputsSat[right]!) || (ties === 'lower-vout' ? left - right : right - left),
  );
}
