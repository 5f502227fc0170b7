/** Coinjoins at which taint stopped, as lines: an interval per output, never an amount in the books. */
import { carriedLines } from './carried.ts';
import type { TraceDocument } from './model.ts';
import { btcOf } from './money.ts';

/** An output of a coinjoin at which taint stopped: least and most that can be on it, by rule and label, decimal satoshi. No book holds it. */
export interface CoinjoinOutputRow {
  vout: number;
  address: string | null;
  value: string;
  bounds: Record<string, Record<string, [least: string, most: string]>>;
}

/** A coinjoin at which taint stopped, with bounds over every mapping of its inputs to its outputs. */
export interface CoinjoinRow {
  txid: string;
  height: number | null;
  /** Family by the detectors of protocols, or null when only the form of equal outputs fits. */
  family: string | null;
  /** `complete`, `timed-out` or `no-mapping`: in the last two the bounds are those of the whole transaction. `unknown`: an input value is missing. */
  verdict: string;
  steps: number;
  /** Values of which one owner gets at most one output; and what owners may pay each other. Decimal satoshi. */
  oneEach: string[];
  intrafees: { maker: string; taker: string };
  outputs: CoinjoinOutputRow[];
}

const VERDICT_WORDS: Readonly<Record<string, string>> = {
  complete: 'over every mapping of inputs to outputs',
  'timed-out': 'steps are spent: bounds of the whole transaction',
  'no-mapping': 'no mapping fits: bounds of the whole transaction',
  unknown: 'an input value is not known: at most the taint, at least nothing',
};

/** Outputs with equal bounds are one line: a mix of many equal outputs would fill pages. */
function outputLines(row: CoinjoinRow): string[] {
  const groups = new Map<string, number[]>();
  for (const { vout, value, bounds } of row.outputs) {
    const parts = Object.entries(bounds).flatMap(([rule, labels]) =>
      Object.entries(labels)
        .filter(([, [, most]]) => most !== '0')
        .map(([label, [least, most]]) => `${rule} ${label} [${btcOf(least)}, ${btcOf(most)}]`),
    );
    if (parts.length === 0) continue;
    const key = `of ${btcOf(value)} BTC: ${parts.join('; ')}`;
    groups.set(key, [...(groups.get(key) ?? []), vout]);
  }
  return [...groups].map(([words, vouts]) => `output ${vouts.join(', ')} ${words}`);
}

/** One block of lines per coinjoin, and one per rule whose bounds go on; the first line of a block names it. */
export function coinjoinLines({ coinjoins = [], rules }: Pick<TraceDocument, 'coinjoins' | 'rules'>): string[][] {
  const carried = rules.flatMap((row) => (row.carried === undefined ? [] : [carriedLines(row.rule, row.carried)]));
  const mixes = coinjoins.map((row) => {
    const { txid, height, family, verdict, steps, oneEach, intrafees } = row;
    const premise = oneEach.length === 0 ? 'none' : `one output of ${oneEach.map(btcOf).join(', ')} BTC an owner`;
    return [
      `${txid}, block ${height ?? 'unknown'}, ${family ?? 'equal outputs'}`,
      `${VERDICT_WORDS[verdict] ?? verdict} (${steps} steps; premise: ${premise}; fees between owners up to ${intrafees.maker} and ${intrafees.taker} sat)`,
      ...outputLines(row),
    ];
  });
  return [...mixes, ...carried];
}
