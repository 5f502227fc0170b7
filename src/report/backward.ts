/** The answer of `trace --backward`: its shape, schema spoor.backward/1, and its text for people. */
import type { RunRow } from './model.ts';
import { btcOf } from './money.ts';
import { textTable, wrapText } from './text-table.ts';
import { utcTextOr } from './time.ts';
import { countText, reasonText } from './words.ts';

/** One move in text identities; `from` and `to` are outpoints, or `txid:fee` on the way into a coinbase; ranges are satoshi offsets inside them. */
export interface MoveRow {
  txid: string;
  height: number | null;
  timestampSec: number | null;
  from: string;
  fromAddress: string | null;
  fromRange: readonly [number, number] | null;
  to: string;
  toRange: readonly [number, number] | null;
  amount: string;
  proof: string;
}

/** Kinds of ends, in the order reports show them. */
export const BACKWARD_KINDS = ['coinbase', 'service', 'coinjoin', 'gap', 'limit'] as const;

/** A place where part of the value came from, as far as it is known. */
export interface BackwardEndRow {
  kind: (typeof BACKWARD_KINDS)[number];
  reason: string;
  /** Outpoint of the place, `txid:fee`, or what an input names that the case does not hold; null where the source names nothing. */
  outpoint: string | null;
  /** The input (`txid`, `vin`) whose parent is missing, or that of a coinbase that is the subsidy; null for places of the case. */
  input: { txid: string; vin: number } | null;
  address: string | null;
  /** Of the transaction that makes the place, or has the input. */
  height: number | null;
  timestampSec: number | null;
  /** Decimal satoshi. */
  amount: string;
  /** Satoshi offsets inside the place, order rules only. */
  ranges: ReadonlyArray<readonly [number, number]> | null;
  hops: number;
  /** Tags of the address, each with its source. */
  tags: string[];
}

/** One output under one rule. */
export interface BackwardRuleRow {
  rule: string;
  /** `ranges` exact satoshi; `shares` weights in whole satoshi by largest remainder; `ancestors` full values; `per-source` each source alone. */
  way: string;
  /** Whether the amounts of the ends sum to the value. */
  adds: boolean;
  /** Decimal satoshi by kind of end; empty where amounts do not add up. */
  totals: Record<string, string>;
  ends: BackwardEndRow[];
  /** From the ends to the output asked about. */
  steps: MoveRow[];
}

/** `spoor trace --backward --json`. */
export interface BackwardDocument {
  schema: 'spoor.backward/1';
  run: Omit<RunRow, 'id'>;
  outputs: Array<{
    subject: string;
    outpoint: string;
    address: string | null;
    height: number | null;
    timestampSec: number | null;
    value: string;
    rules: BackwardRuleRow[];
  }>;
  gaps: Array<{ kind: string; subject: string; detail: string; value: string }>;
}

const WAY_WORDS: Readonly<Record<string, string>> = {
  ranges: 'exact: satoshi by satoshi',
  shares: 'by weight, whole satoshi by largest remainder; the parts sum to the value',
  ancestors: 'every ancestor with its full value; amounts do not add up',
  'per-source': 'no walk back knows no source: what would be tainted if that source alone were; amounts do not add up',
};

function endLines(end: BackwardEndRow): string[] {
  const where = end.height === null ? 'no block' : `block ${end.height}`;
  const input = end.input === null ? '' : `, input ${end.input.vin} of ${end.input.txid}`;
  const ranges = end.ranges === null ? '' : ` ${end.ranges.map(([from, to]) => `[${from},${to})`).join(' ')}`;
  return [
    ...wrapText(`${btcOf(end.amount)} BTC  ${end.kind}: ${reasonText(end.reason)}`, '    '),
    ...wrapText(`${end.outpoint ?? 'not named'}${ranges}${input}`, '      '),
    ...wrapText(
      `${end.address ?? 'no address'}, ${where}, ${utcTextOr(end.timestampSec)}, ${countText(end.hops, 'hop', 'hops')} back`,
      '      ',
    ),
    ...end.tags.flatMap((tag) => wrapText(`tag ${tag}`, '      ')),
  ];
}

function ruleLines(row: BackwardRuleRow): string[] {
  const totals = BACKWARD_KINDS.flatMap((kind) =>
    row.totals[kind] === undefined ? [] : [[kind, `${btcOf(row.totals[kind])} BTC`]],
  );
  return [
    '',
    ...wrapText(`${row.rule}: ${WAY_WORDS[row.way] ?? row.way}`, '  '),
    ...(row.adds
      ? textTable(
          [
            { head: 'came from', align: 'left' },
            { head: 'amount', align: 'right' },
          ],
          totals,
          '    ',
        )
      : []),
    ...row.ends.flatMap(endLines),
  ];
}

/** The document as text, trailing line break. */
export function renderBackward({ run, outputs, gaps }: BackwardDocument): string {
  const lines = outputs.flatMap((output) => [
    ...wrapText(`${output.outpoint}  ${output.address ?? 'no address'}`),
    ...wrapText(
      `value ${btcOf(output.value)} BTC, ${output.height === null ? 'no block' : `block ${output.height}`}, ${utcTextOr(output.timestampSec)}`,
      '  ',
    ),
    ...output.rules.flatMap(ruleLines),
    '',
  ]);
  const holes = gaps.flatMap((gap) => [
    ...wrapText(`${gap.kind}: ${btcOf(gap.value)} BTC behind it; ${gap.detail}`, '  - '),
    ...wrapText(gap.subject, '    '),
  ]);
  const head = [`Where the value came from, as far as the facts go (tip: block ${run.tip.height})`, ''];
  return `${[...head, ...lines, 'Gaps', ...(holes.length === 0 ? ['  None.'] : holes)].join('\n')}\n`;
}
