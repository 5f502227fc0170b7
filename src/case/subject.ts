/** SUBJECT of the command line to outputs of the case. Form is checked before any work starts, existence after. */
import { checkAddress } from '../chain/bitcoin/index.ts';
import {
  type Address,
  type OutputId,
  outpoint,
  parseOutpoint,
  SpoorError,
  type Txid,
  txid,
  type ViewTransaction,
} from '../ledger/index.ts';
import { spenderOfMissing } from '../store/index.ts';
import { coreClusterOf } from './cluster/members.ts';
import type { CaseContext } from './context.ts';
import { taggedAddresses } from './tag/tags.ts';

/** Inclusive bounds, heights or seconds since epoch; null is open. */
export interface Range {
  readonly unit: 'height' | 'time';
  readonly from: number | null;
  readonly to: number | null;
}

/** A subject of right form. */
export type Subject =
  | { readonly kind: 'outpoint'; readonly text: string; readonly txid: Txid; readonly vout: number }
  | { readonly kind: 'transaction'; readonly text: string; readonly txid: Txid }
  | { readonly kind: 'address'; readonly text: string; readonly address: Address; readonly range: Range | null }
  | { readonly kind: 'tag'; readonly text: string; readonly tag: string }
  | { readonly kind: 'cluster'; readonly text: string; readonly address: Address };

const FORMS =
  'a subject is txid:vout, a txid, an address, address@from..to (heights or dates YYYY-MM-DD), tag:TEXT or cluster:ID';

/** Reads a subject into canonical form; without a network, addresses of any are of right form. Throws SUBJECT_INVALID, TXID_INVALID, OUTPOINT_INVALID or ADDRESS_INVALID naming the character or part that is wrong. */
export function parseSubject(text: string, network?: CaseContext['network']): Subject {
  if (text.startsWith('tag:')) {
    const tag = text.slice(4);
    if (tag === '') throw new SpoorError('SUBJECT_INVALID', 'tag: needs a text after the colon', {}, FORMS);
    return { kind: 'tag', text, tag };
  }
  if (text.startsWith('cluster:')) {
    const { address } = checkAddress(text.slice('cluster:'.length), network);
    return { kind: 'cluster', text: `cluster:${address}`, address };
  }
  if (text === '') throw new SpoorError('SUBJECT_INVALID', 'the subject is empty', {}, FORMS);
  if (text.includes(':')) {
    const parsed = parseOutpoint(text);
    return { kind: 'outpoint', text: outpoint(parsed.txid, parsed.vout), ...parsed };
  }
  if (/^[0-9a-fA-F]{50,}$/.test(text)) {
    const id = txid(text);
    return { kind: 'transaction', text: id, txid: id };
  }
  const at = text.indexOf('@');
  if (at < 0) {
    const { address } = checkAddress(text, network);
    return { kind: 'address', text: address, address, range: null };
  }
  const range = parseRange(text.slice(at + 1));
  const { address } = checkAddress(text.slice(0, at), network);
  return { kind: 'address', text: `${address}${text.slice(at)}`, address, range };
}

/** Reads `FROM..TO`: heights or dates YYYY-MM-DD, either end may be left out. Throws SUBJECT_INVALID. */
export function parseRange(text: string): Range {
  const parts = text.split('..');
  if (parts.length !== 2 || (parts[0] === '' && parts[1] === '')) {
    throw new SpoorError(
      'SUBJECT_INVALID',
      `"${text}" is not a range; write from..to with heights or dates, either end may be left out`,
    );
  }
  const bounds = parts.map((part, end) => (part === '' ? null : bound(part, end === 1)));
  const units = new Set(bounds.filter((value) => value !== null).map(({ unit }) => unit));
  if (units.size > 1) throw new SpoorError('SUBJECT_INVALID', `"${text}" mixes a height and a date`);
  const [from, to] = bounds.map((value) => value?.value ?? null);
  if (from !== null && to !== null && from > to)
    throw new SpoorError('SUBJECT_INVALID', `"${text}" ends before it starts`);
  return { unit: [...units][0], from, to };
}

const SECONDS_PER_DAY = 86_400;

function bound(text: string, isEnd: boolean): { unit: Range['unit']; value: number } {
  const limit = heightOrDate(text, isEnd ? 'last' : 'first');
  return 'height' in limit ? { unit: 'height', value: limit.height } : { unit: 'time', value: limit.timeSec };
}

/** Reads a height, or a date as the first or the last second of its day. Throws SUBJECT_INVALID. */
export function heightOrDate(text: string, second: 'first' | 'last'): { height: number } | { timeSec: number } {
  if (/^\d{1,8}$/.test(text)) return { height: Number(text) };
  return { timeSec: dateSec(text) + (second === 'last' ? SECONDS_PER_DAY - 1 : 0) };
}

/** Seconds since epoch of midnight UTC of a date YYYY-MM-DD. Throws SUBJECT_INVALID. */
export function dateSec(text: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const timeMs = match === null ? Number.NaN : Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  if (Number.isNaN(timeMs) || new Date(timeMs).toISOString().slice(0, 10) !== text) {
    throw new SpoorError('SUBJECT_INVALID', `"${text}" is neither a height nor a date of the form YYYY-MM-DD`);
  }
  return timeMs / 1000;
}

/** Outputs a subject stands for, in total order. Throws NOT_FOUND saying what the case holds instead. */
export function resolveSubject(context: CaseContext, subject: Subject): OutputId[] {
  const outputs = found(context, subject);
  if (outputs.length > 0) return outputs;
  throw new SpoorError('NOT_FOUND', `nothing in the case matches ${subject.text}`, {}, hintFor(context, subject));
}

/** An output that is only seen being spent lies before the facts: nothing can start there until they hold its transaction. */
function hintFor(context: CaseContext, subject: Subject): string {
  if (subject.kind === 'outpoint' || subject.kind === 'transaction') {
    const spender = spenderOfMissing(context.store, subject.txid, subject.kind === 'outpoint' ? subject.vout : null);
    if (spender !== null)
      return `${spender} spends it: it was spent before these facts begin; add transaction ${subject.txid} with spoor ingest or spoor fetch`;
  }
  if (subject.kind === 'tag') return 'spoor tag list shows the tags of the case';
  return 'spoor case info shows what the case holds; spoor ingest adds files';
}

function found(context: CaseContext, subject: Subject): OutputId[] {
  const { view } = context;
  switch (subject.kind) {
    case 'outpoint': {
      const output = view.findOutput(subject.txid, subject.vout);
      return output === null ? [] : [output];
    }
    case 'transaction':
      return view
        .findTransactions(subject.txid)
        .flatMap((tx) => view.transaction(tx).outputs.map(({ output }) => output));
    case 'address': {
      const { range } = subject;
      const outputs = view.outputsOfAddress(subject.address);
      return range === null ? outputs : outputs.filter((output) => isInside(context, output, range));
    }
    case 'tag':
    case 'cluster':
      return namedAddresses(context, subject).flatMap((address) => view.outputsOfAddress(address));
  }
}

/** The addresses that a name stands for: those a tag is about, or those of a cluster. Throws NOT_FOUND and VERIFY_FAILED for a cluster. */
export function namedAddresses(
  context: CaseContext,
  subject: Extract<Subject, { readonly kind: 'tag' | 'cluster' }>,
): Address[] {
  return subject.kind === 'tag' ? taggedAddresses(context, subject.tag) : coreClusterOf(context, subject.address);
}

function isInside(context: CaseContext, output: OutputId, range: Range): boolean {
  return isWithin(context.view.transaction(context.view.transactionOf(output)), range);
}

/** Whether a transaction lies in a range; one without height or time does not. */
export function isWithin(
  transaction: Pick<ViewTransaction, 'height' | 'timestampSec' | 'seenSec'>,
  range: Range,
): boolean {
  const at = range.unit === 'height' ? transaction.height : (transaction.timestampSec ?? transaction.seenSec);
  return at !== null && (range.from === null || at >= range.from) && (range.to === null || at <= range.to);
}
