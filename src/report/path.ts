/** Money paths between two subjects: the JSON contract `spoor.path/1`, as text and as CSV. */
import { stringify } from 'csv-stringify/sync';
import { csvText } from './csv.ts';
import { visibleText } from './escape.ts';
import type { GapRow, RunRow, TagCitation } from './model.ts';
import { btcOf } from './money.ts';
import { wrapText } from './text-table.ts';
import { durationText, utcText, utcTextOr } from './time.ts';
import { countText } from './words.ts';

/** An output of a path. */
export interface PathOutput {
  outpoint: string;
  address: string | null;
  /** Decimal satoshi. */
  value: string;
  tags: TagCitation[];
}

/** One transaction of a path: what it spends of it and what it makes of it. */
export interface PathStep {
  txid: string;
  height: number | null;
  timestampSec: number | null;
  proof: string;
  /** How many inputs and outputs it has in all. */
  inputs: number;
  outputs: number;
  from: PathOutput;
  to: PathOutput;
}

/** One path. */
export interface PathRow {
  /** 1 is the best. */
  rank: number;
  hops: number;
  /** Smallest output on the path, decimal satoshi: no more than this can have gone all the way. */
  bottleneck: string;
  /** From the transaction that made the first output to the last transaction; null where a time is not known. */
  elapsedSec: number | null;
  steps: PathStep[];
}

/** A subject that paths start from or end at. */
export interface PathEnd {
  subject: string;
  outputs: number;
  /** Value of all its outputs, decimal satoshi. */
  amount: string;
}

/** What was looked at, and what kept the search from seeing more. */
export interface PathExplored {
  transactions: number;
  forwardHops: number;
  backwardHops: number;
  /** Whether `maxTransactions` ended the search: better paths may exist. */
  cutShort: boolean;
  unlinkedInputs: number;
  skippedOutputs: number;
  refusedTransactions: number;
}

/** `spoor path --json`, schema spoor.path/1. */
export interface PathDocument {
  schema: 'spoor.path/1';
  run: RunRow;
  from: PathEnd;
  to: PathEnd;
  paths: PathRow[];
  explored: PathExplored;
  /** Outputs reached from the start that are spent by a transaction the case does not hold. */
  gaps: GapRow[];
}

const RULE = '=';

/** Labels of tags, each once. */
export function labelsText(tags: readonly TagCitation[], between = ', '): string {
  return [...new Set(tags.map(({ label }) => label))].join(between);
}

function outputText(output: PathOutput): string {
  const named = output.tags.length === 0 ? '' : ` [${labelsText(output.tags)}]`;
  return `${btcOf(output.value)} BTC  ${output.outpoint}  ${output.address ?? 'no address'}${named}`;
}

function stepLines(step: PathStep): string[] {
  const block = step.height === null ? 'block unknown' : `block ${step.height}`;
  const sides = `${countText(step.inputs, 'input', 'inputs')}, ${countText(step.outputs, 'output', 'outputs')}`;
  return [
    `     ${block}  ${utcTextOr(step.timestampSec)}  ${step.txid} (${step.proof}; ${sides})`,
    `       -> ${visibleText(outputText(step.to))}`,
  ];
}

function pathLines(path: PathRow): string[] {
  const took = path.elapsedSec === null ? 'time not known' : timeText(path.elapsedSec);
  const hops = countText(path.hops, 'transaction', 'transactions');
  return [
    `  ${path.rank}. ${hops}, at most ${btcOf(path.bottleneck)} BTC (${path.bottleneck} sat), ${took}`,
    `     from  ${visibleText(outputText(path.steps[0].from))}`,
    ...path.steps.flatMap(stepLines),
    '',
  ];
}

/** Time a path took. Block times may go back a little from one block to the next. */
export function timeText(seconds: number): string {
  return seconds < 0 ? `${-seconds} seconds back by block time` : durationText(seconds);
}

function exploredLines({ explored, gaps }: PathDocument): string[] {
  const seen = `looked at ${countText(explored.transactions, 'transaction', 'transactions')}, ${explored.forwardHops} deep from the start and ${explored.backwardHops} deep from the end`;
  const kept = `not passed through: ${countText(explored.skippedOutputs, 'output', 'outputs')} of services, ${countText(explored.refusedTransactions, 'transaction', 'transactions')} (coinjoins, or outside the window)`;
  const cut = explored.cutShort ? ['the limit on transactions ended the search: better paths may exist'] : [];
  const open = `not seen: where ${countText(gaps.length, 'output', 'outputs')} reached from the start went, and where ${countText(explored.unlinkedInputs, 'input', 'inputs')} looked at from the end came from; the case does not hold those transactions`;
  return [seen, kept, ...cut, open].flatMap((line) => wrapText(line, '  '));
}

/** Value of a parameter of a run. */
export function paramText(value: unknown): string {
  if (value === null) return 'none';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** The paths for people, best first, with the conventions used and what was not seen. */
export function renderPathText(document: PathDocument): string {
  const { from, to, run } = document;
  const title = visibleText(`Money paths from ${from.subject} to ${to.subject}`);
  const params = Object.entries(run.params)
    .filter(([name]) => name !== 'from' && name !== 'to')
    .map(([name, value]) => `${name} ${paramText(value)}`);
  const found = document.paths.length === 0 ? ['  no path within these bounds', ''] : document.paths.flatMap(pathLines);
  return `${[
    title,
    RULE.repeat(title.length),
    ...wrapText(
      `start: ${from.outputs} outputs of ${btcOf(from.amount)} BTC; end: ${to.outputs} outputs of ${btcOf(to.amount)} BTC`,
      '  ',
    ),
    ...wrapText(params.join('; '), '  '),
    '',
    ...found,
    ...exploredLines(document),
  ].join('\n')}\n`;
}

const COLUMNS = [
  'path',
  'hops',
  'bottleneck_sat',
  'elapsed_sec',
  'step',
  'txid',
  'height',
  'time_utc',
  'timestamp_sec',
  'proof',
  'from',
  'from_address',
  'from_value_sat',
  'to',
  'to_address',
  'to_value_sat',
  'to_value_btc',
  'to_tags',
];

function numberCell(value: number | null): string {
  return value === null ? '' : String(value);
}

/** The paths as CSV, one line per transaction of a path. Empty cells mean unknown. */
export function renderPathCsv(document: PathDocument): string {
  const rows = document.paths.flatMap((path) =>
    path.steps.map((step, index) => [
      String(path.rank),
      String(path.hops),
      path.bottleneck,
      numberCell(path.elapsedSec),
      String(index + 1),
      step.txid,
      numberCell(step.height),
      step.timestampSec === null ? '' : utcText(step.timestampSec),
      numberCell(step.timestampSec),
      step.proof,
      step.from.outpoint,
      step.from.address ?? '',
      step.from.value,
      step.to.outpoint,
      step.to.address ?? '',
      step.to.value,
      btcOf(step.to.value),
      csvText(labelsText(step.to.tags, ' | ')),
    ]),
  );
  return stringify([COLUMNS, ...rows]);
}
