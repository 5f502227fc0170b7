/** JSON of a report and of the trace contract: stable order of keys, two spaces, one line break at the end. */

import type { AccountHoldingRow, AccountTraceDocument } from './account/model.ts';
import { isHiddenCodePoint, visibleText } from './escape.ts';
import type { HoldingRow, RuleDocument, TraceDocument, TraceReport } from './model.ts';

/** An object whose key order is meant: JavaScript objects put keys that look like integers first, a label may look like one. */
class Ordered {
  readonly entries: ReadonlyArray<readonly [string, unknown]>;

  constructor(entries: ReadonlyArray<readonly [string, unknown]>) {
    this.entries = entries;
  }
}

function codeUnitOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** JSON string in which hidden characters are `\uXXXX` escapes: the same value to a parser, nothing reordered on a terminal. */
function stringText(text: string): string {
  const json = JSON.stringify(text);
  if (json === visibleText(json)) return json;
  let safe = '';
  for (const character of json) {
    if (!isHiddenCodePoint(character.codePointAt(0) ?? 0)) {
      safe += character;
      continue;
    }
    for (let index = 0; index < character.length; index += 1) {
      safe += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }
  }
  return safe;
}

function jsonText(value: unknown, indent: string): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return stringText(value);
  if (typeof value === 'bigint') return stringText(String(value));
  if (typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + jsonText(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (typeof value !== 'object') throw new Error(`a report holds a ${typeof value}, which JSON cannot say`);
  const entries =
    value instanceof Ordered ? value.entries : Object.entries(value).sort(([a], [b]) => codeUnitOrder(a, b));
  const kept = entries.filter(([, item]) => item !== undefined);
  if (kept.length === 0) return '{}';
  const lines = kept.map(([key, item]) => `${inner}${stringText(key)}: ${jsonText(item, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

/** A document as canonical JSON: keys of every object sorted by code unit, trailing line break. */
export function renderCanonical(document: object): string {
  return `${jsonText(document, '')}\n`;
}

/** The whole report as canonical JSON, schema spoor.report/1. */
export function renderJson(report: TraceReport): string {
  return renderCanonical({ ...report, schema: 'spoor.report/1' });
}

function pickInOrder(value: object, keys: readonly string[]): Ordered {
  const fields = new Map<string, unknown>(Object.entries(value));
  const rest = [...fields.keys()].filter((key) => !keys.includes(key)).sort(codeUnitOrder);
  return new Ordered([...keys, ...rest].map((key) => [key, fields.get(key)] as const));
}

/** Labels in the order of the seeds, which is their canonical order; anything else after them by code unit. */
function orderedTaint(taint: Record<string, string>, labels: readonly string[]): Ordered {
  const known = labels.filter((label) => Object.hasOwn(taint, label));
  const rest = Object.keys(taint)
    .filter((label) => !labels.includes(label))
    .sort(codeUnitOrder);
  return new Ordered([...known, ...rest].map((label) => [label, taint[label]] as const));
}

const HOLDING_KEYS = ['height', 'value', 'taint', 'hops', 'status', 'stop'];

function orderedHolding(
  holding: HoldingRow | AccountHoldingRow,
  labels: readonly string[],
  first: readonly string[],
): Ordered {
  const stop = holding.stop === undefined ? undefined : pickInOrder(holding.stop, ['reason', 'tag']);
  const taint = orderedTaint(holding.taint, labels);
  return pickInOrder({ ...holding, taint, stop }, [...first, ...HOLDING_KEYS]);
}

const BOOK_KEYS = ['label', 'seeded', 'held', 'fee', 'stopped', 'cut', 'burned', 'unresolved'];

function orderedRule(document: RuleDocument, labels: readonly string[]): Ordered {
  const books = document.books.map((row) => pickInOrder(row, BOOK_KEYS));
  const holdings = document.holdings.map((holding) => orderedHolding(holding, labels, ['outpoint', 'address']));
  return pickInOrder({ ...document, books, holdings }, ['rule', 'conserves', 'books', 'holdings']);
}

/** `spoor trace --json`: the contract `spoor.trace/1` in the key order of the contract, parameters sorted by name, trailing line break. */
export function renderTraceDocument(doc: TraceDocument): string {
  const labels = [...new Set(doc.seeds.map((seed) => seed.label))];
  const run = pickInOrder({ ...doc.run, tip: pickInOrder(doc.run.tip, ['height', 'hash']) }, [
    'id',
    'engine',
    'chain',
    'tip',
    'params',
    'inputs',
  ]);
  const seeds = doc.seeds.map((seed) => pickInOrder(seed, ['label', 'subject', 'outputs', 'amount']));
  const rules = doc.rules.map((document) => orderedRule(document, labels));
  const gaps = doc.gaps.map((gap) => pickInOrder(gap, ['kind', 'subject', 'detail', 'value']));
  const ordered = pickInOrder({ ...doc, run, seeds, rules, gaps }, ['schema', 'run', 'seeds', 'rules', 'gaps']);
  return `${jsonText(ordered, '')}\n`;
}

/** `spoor trace --json` over accounts: the same contract, with account and asset in place of outpoint and address. */
export function renderAccountTrace(doc: AccountTraceDocument): string {
  const labels = [...new Set(doc.seeds.map((seed) => seed.label))];
  const tip = pickInOrder(doc.run.tip, ['height', 'hash']);
  const run = pickInOrder({ ...doc.run, tip }, ['id', 'engine', 'chain', 'chainId', 'tip', 'params', 'inputs']);
  const seeds = doc.seeds.map((seed) => pickInOrder(seed, ['label', 'subject', 'asset', 'outputs', 'amount']));
  const rules = doc.rules.map((rule) => {
    const books = rule.books.map((row) => pickInOrder(row, ['label', 'asset', ...BOOK_KEYS.slice(1)]));
    const holdings = rule.holdings.map((holding) => orderedHolding(holding, labels, ['account', 'asset']));
    return pickInOrder({ ...rule, books, holdings }, ['rule', 'conserves', 'books', 'holdings']);
  });
  const gaps = doc.gaps.map((gap) => pickInOrder(gap, ['kind', 'subject', 'asset', 'detail', 'value']));
  const keys = ['schema', 'run', 'seeds', 'rules', 'gaps'];
  return `${jsonText(pickInOrder({ ...doc, run, seeds, rules, gaps }, keys), '')}\n`;
}
