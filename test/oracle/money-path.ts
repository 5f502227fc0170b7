/** Every path there is, one by one, then sorted: what the k best paths are held against. */
import { outpointKey, spenders, type TinyChain } from '../support/tiny-chain.ts';

/** An output of a tiny chain. */
export interface TinyOutpoint {
  readonly tx: number;
  readonly vout: number;
}

/** What is asked; outputs by `outpointKey`, times by transaction. */
export interface TinyPathQuestion {
  readonly from: readonly TinyOutpoint[];
  readonly to: readonly TinyOutpoint[];
  readonly by: 'value' | 'time' | 'hops';
  readonly count: number;
  readonly maxHops: number;
  readonly skipAddresses: ReadonlySet<number>;
  readonly refused: ReadonlySet<number>;
  readonly timeSec: ReadonlyArray<number | null>;
}

/** A path with what it is ranked by. */
export interface TinyPath {
  readonly outputs: readonly TinyOutpoint[];
  readonly bottleneckSat: number;
  readonly elapsedSec: number | null;
}

/** The best paths by enumeration. */
export function moneyPathOracle(chain: TinyChain, question: TinyPathQuestion): TinyPath[] {
  const spender = spenders(chain);
  const keys = (list: readonly TinyOutpoint[]): Set<string> =>
    new Set(list.map(({ tx, vout }) => outpointKey(tx, vout)));
  const [from, to] = [keys(question.from), keys(question.to)];
  const found: TinyPath[] = [];
  const walk = (outputs: readonly TinyOutpoint[]): void => {
    const last = outputs[outputs.length - 1];
    const next = spender.get(outpointKey(last.tx, last.vout));
    if (next === undefined || question.refused.has(next) || outputs.length > question.maxHops) return;
    chain.transactions[next].outputs.forEach(({ address }, vout) => {
      const path = [...outputs, { tx: next, vout }];
      const key = outpointKey(next, vout);
      if (to.has(key)) found.push(measured(chain, path, question.timeSec));
      const skipped = address !== undefined && question.skipAddresses.has(address);
      if (!from.has(key) && !to.has(key) && !skipped) walk(path);
    });
  };
  for (const output of question.from) walk([output]);
  return found.sort((a, b) => compare(a, b, question.by)).slice(0, question.count);
}

function measured(chain: TinyChain, outputs: readonly TinyOutpoint[], timeSec: ReadonlyArray<number | null>): TinyPath {
  const values = outputs.map(({ tx, vout }) => chain.transactions[tx].outputs[vout].value);
  const [start, end] = [timeSec[outputs[0].tx], timeSec[outputs[outputs.length - 1].tx]];
  return {
    outputs,
    bottleneckSat: Math.min(...values),
    elapsedSec: start === null || end === null ? null : end - start,
  };
}

function compare(a: TinyPath, b: TinyPath, by: TinyPathQuestion['by']): number {
  const value = b.bottleneckSat - a.bottleneckSat;
  const hops = a.outputs.length - b.outputs.length;
  const [timeA, timeB] = [a.elapsedSec ?? Number.MAX_VALUE, b.elapsedSec ?? Number.MAX_VALUE];
  const time = timeA < timeB ? -1 : Number(timeA > timeB);
  const first = { value: value || hops, hops: hops || value, time: time || hops }[by];
  if (first !== 0) return first;
  for (let at = 0; ; at += 1) {
    const [left, right] = [a.outputs[at], b.outputs[at]];
    if (left === undefined || right === undefined) return hops;
    if (left.tx !== right.tx) return left.tx - right.tx;
    if (left.vout !== right.vout) return left.vout - right.vout;
  }
}
