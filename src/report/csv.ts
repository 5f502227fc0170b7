/**
 * The hop table as CSV (RFC 4180 quoting, UTF-8, line feed). Amounts twice: satoshi for machines, BTC for people. Text of strangers cannot
 * become a formula when a spreadsheet opens the file.
 */
import { stringify } from 'csv-stringify/sync';
import { visibleText } from './escape.ts';
import { hopRange } from './intervals.ts';
import type { HopRow, TagCitation, TraceReport } from './model.ts';
import { btcOf, satoshiOrNull } from './money.ts';
import { payerTexts, ruleNames } from './summary.ts';
import { utcText } from './time.ts';

/**
 * Starts of a formula (OWASP list; the full-width forms are read as the plain ones by some programs), at the start of the cell or behind a
 * separator, since a program that splits on semicolons starts a cell there. Tab and line breaks are spelled out before this is used.
 */
const FORMULA_START = /(^|[;,]\s*)([=+\-@＝＋－＠])/g;

/** A text cell that no spreadsheet computes: hidden characters spelled out, an apostrophe before anything that would start a formula. */
export function csvText(text: string): string {
  return visibleText(text).replace(FORMULA_START, "$1'$2");
}

function csvSatoshi(text: string): string {
  return satoshiOrNull(text) === null ? csvText(text) : text;
}

function csvBtc(text: string): string {
  return satoshiOrNull(text) === null ? csvText(text) : btcOf(text);
}

const FIXED_COLUMNS = [
  'txid',
  'vout',
  'height',
  'time_utc',
  'timestamp_sec',
  'from',
  'to',
  'value_sat',
  'value_btc',
  'hops',
  'proof',
];
/** Columns of the tags of a line. */
export const TAG_COLUMNS = ['tag_label', 'tag_category', 'tag_actor', 'tag_source', 'tag_confidence', 'tag_pack'];

/** Smallest and largest over the rules of the run, and the bounds of any conserving rule; only where the run was asked for them. */
const INTERVAL_COLUMNS = ['least_sat', 'most_sat', 'envelope_lower_sat', 'envelope_upper_sat'];

function intervalCells(report: TraceReport, hop: HopRow): string[] {
  const range = hopRange(report, hop);
  if (range === null) return [];
  const { lower, upper } = hop.bounds ?? { lower: '', upper: '' };
  return [range.least, range.most, csvSatoshi(lower), csvSatoshi(upper)];
}

function ruleColumns(rule: string): string[] {
  return ['taint_sat', 'taint_btc', 'share', 'status', 'reason'].map((column) => csvText(`${rule}_${column}`));
}

function ruleCells(hop: HopRow, rule: string): string[] {
  const result = hop.byRule[rule];
  if (result === undefined) return ['', '', '', '', ''];
  const { taint, share, status, reason } = result;
  return [csvSatoshi(taint), csvBtc(taint), csvText(share), csvText(status), csvText(reason ?? '')];
}

/** Cells of `TAG_COLUMNS`; several tags share a cell, a bar between. */
export function tagCells(tags: readonly TagCitation[]): string[] {
  const cell = (pick: (tag: TagCitation) => string | null): string =>
    csvText(tags.map((tag) => pick(tag) ?? '').join(' | '));
  return [
    cell((tag) => tag.label),
    cell((tag) => tag.category),
    cell((tag) => tag.actor),
    cell((tag) => tag.source),
    cell((tag) => tag.confidence),
    cell((tag) => tag.pack),
  ];
}

function hopCells(report: TraceReport, hop: HopRow, rules: readonly string[]): string[] {
  return [
    csvText(hop.txid),
    String(hop.vout),
    hop.height === null ? '' : String(hop.height),
    hop.timestampSec === null ? '' : utcText(hop.timestampSec),
    hop.timestampSec === null ? '' : String(hop.timestampSec),
    csvText(payerTexts(hop).join(' | ')),
    csvText(hop.to ?? ''),
    csvSatoshi(hop.value),
    csvBtc(hop.value),
    String(hop.hops),
    csvText(hop.proof),
    ...rules.flatMap((rule) => ruleCells(hop, rule)),
    ...intervalCells(report, hop),
    ...tagCells(hop.tags),
  ];
}

/** The hop table, one line per tainted output in the order of the report, five columns per rule. Empty cells mean unknown or untainted. */
export function renderCsv(report: TraceReport): string {
  const rules = ruleNames(report);
  const intervals = report.trace.intervals === undefined ? [] : INTERVAL_COLUMNS;
  const header = [...FIXED_COLUMNS, ...rules.flatMap(ruleColumns), ...intervals, ...TAG_COLUMNS];
  return stringify([header, ...report.hops.map((hop) => hopCells(report, hop, rules))]);
}
