/** The verb `trace --backward`: where the value of outputs came from, as far as the facts of the case go. Nothing is kept. */
import { ENGINE_VERSION, type GapKind, NONE, type OutputId } from '../../ledger/index.ts';
import {
  BACKWARD_KINDS,
  type BackwardDocument,
  type BackwardEndRow,
  type BackwardRuleRow,
} from '../../report/index.ts';
import { heightAt } from '../../store/index.ts';
import { tagText } from '../../tag/index.ts';
import {
  type Backward,
  type BackwardEnd,
  type BackwardLimits,
  backward,
  backwardWay,
  perSource,
  ruleByName,
  type TraceConventions,
} from '../../taint/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { heightOrDate, resolveSubject, type Subject } from '../subject.ts';
import { serviceAddressIds, tagsOfAddress } from '../tag/tags.ts';
import { GAP_DETAIL } from './document.ts';
import { timeOf } from './hops.ts';
import { MoveText } from './moves.ts';
import type { Stop } from './trace.ts';

/** Everything a user may ask of a walk back. */
export interface BackwardRequest {
  readonly subjects: readonly Subject[];
  readonly rules: readonly string[];
  readonly limits: Omit<BackwardLimits, 'sinceHeight'>;
  /** Height or date (YYYY-MM-DD), or null. */
  readonly since: string | null;
  readonly stopAt: readonly Stop[];
  readonly conventions: TraceConventions;
  /** Candidates tried at most for rules that have no walk back of their own. */
  readonly maxSources: number;
}

/** Candidate sources followed when the user names no other number. */
export const DEFAULT_MAX_SOURCES = 1000;

function sinceHeight({ store }: CaseContext, since: string | null): number | null {
  if (since === null) return null;
  const limit = heightOrDate(since, 'first');
  return 'height' in limit ? limit.height : heightAt(store, limit.timeSec - 1) + 1;
}

/** Walks every output of the subjects back under every rule. Throws NOT_FOUND, and USAGE where a rule cannot be walked back. */
export function backwardDocument(context: CaseContext, request: BackwardRequest): BackwardDocument {
  const { view } = context;
  const limits = { ...request.limits, sinceHeight: sinceHeight(context, request.since) };
  const parameters = {
    limits,
    conventions: request.conventions,
    serviceAddresses: request.stopAt.includes('service') ? serviceAddressIds(context) : new Set<number>(),
    stopAtCoinjoin: request.stopAt.includes('coinjoin'),
    maxSources: request.maxSources,
  };
  const texts = new MoveText(context);
  const gaps = new Map<string, BackwardDocument['gaps'][number]>();
  const asked = new Map<OutputId, string>();
  for (const subject of request.subjects)
    for (const output of resolveSubject(context, subject)) asked.set(output, asked.get(output) ?? subject.text);
  const outputs = [...asked].map(([output, subject]) => {
    const { outpoint, address, valueSat, tx } = view.output(output);
    const rules = request.rules.map((name) => {
      const rule = ruleByName(name, request.conventions);
      const found = (backwardWay(rule) === null ? perSource : backward)(view, { rule, output }, parameters);
      for (const end of found.ends) if (end.kind === 'gap') noteGap(texts, gaps, end);
      return ruleRow(context, texts, { name, found });
    });
    const { height } = texts.transaction(tx);
    const timestampSec = timeOf(texts.transaction(tx));
    return { subject, outpoint, address, height, timestampSec, value: String(valueSat), rules };
  });
  const { subjects, stopAt, rules, since, conventions, maxSources } = request;
  const params = { subjects: subjects.map(({ text }) => text), rules, limits, since, stopAt, conventions, maxSources };
  return {
    schema: 'spoor.backward/1',
    run: { engine: ENGINE_VERSION, chain: view.chain, tip: view.tip(), params, inputs: inputsDigest(context.store) },
    outputs,
    gaps: [...gaps.values()],
  };
}

/** What the walk calls an end in text: a place of the case, or the input that leads out of it. */
function endPlace(
  texts: MoveText,
  { place, vin }: BackwardEnd,
): Pick<BackwardEndRow, 'outpoint' | 'input' | 'address'> {
  if (vin === null) return { ...texts.place(place), input: null };
  const { txid, inputs } = texts.transaction(place.tx);
  const input = inputs[vin];
  return { outpoint: input?.prevout ?? null, address: input?.address ?? null, input: { txid, vin } };
}

function ruleRow(context: CaseContext, texts: MoveText, given: { name: string; found: Backward }): BackwardRuleRow {
  const { name, found } = given;
  const adds = found.way === 'ranges' || found.way === 'shares';
  const byPlace = new Map<string, BackwardEnd[]>();
  for (const end of found.ends) {
    const key = `${end.reason} ${end.place.tx} ${end.vin === null ? end.place.output : NONE} ${end.vin}`;
    byPlace.set(key, [...(byPlace.get(key) ?? []), end]);
  }
  const total = (ends: readonly BackwardEnd[]): bigint => ends.reduce((sum, end) => sum + BigInt(end.amountSat), 0n);
  const ends = [...byPlace.values()].map((parts): BackwardEndRow => {
    const [first] = parts;
    const transaction = texts.transaction(first.place.tx);
    const where = endPlace(texts, first);
    return {
      kind: first.kind,
      reason: first.reason,
      ...where,
      height: transaction.height,
      timestampSec: timeOf(transaction),
      amount: String(adds ? total(parts) : first.amountSat),
      ranges: found.way === 'ranges' ? joined(parts) : null,
      hops: Math.min(...parts.map(({ hops }) => hops)),
      tags: where.address === null ? [] : tagsOfAddress(context, where.address).map(tagText),
    };
  });
  const kinds = adds ? BACKWARD_KINDS.filter((kind) => found.ends.some((end) => end.kind === kind)) : [];
  return {
    rule: name,
    way: found.way,
    adds,
    totals: Object.fromEntries(
      kinds.map((kind) => [kind, String(total(found.ends.filter((end) => end.kind === kind)))]),
    ),
    ends: ends.sort((a, b) => Number(BigInt(b.amount) - BigInt(a.amount)) || (endKey(a) < endKey(b) ? -1 : 1)),
    steps: found.steps.map((step) => texts.move(step)).reverse(),
  };
}

function endKey({ outpoint, input, reason }: BackwardEndRow): string {
  return `${outpoint ?? ''} ${input?.txid ?? ''} ${input?.vin ?? ''} ${reason}`;
}

/** Ranges in order, those that touch as one. */
function joined(parts: readonly BackwardEnd[]): Array<[number, number]> {
  const ranges = parts.flatMap(({ range }): Array<[number, number]> => (range === null ? [] : [[...range]]));
  const merged: Array<[number, number]> = [];
  for (const range of ranges.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && last[1] === range[0]) last[1] = range[1];
    else merged.push(range);
  }
  return merged;
}

/** Notes a hole once, with the value that hangs on it whatever the rule. */
function noteGap(texts: MoveText, gaps: Map<string, BackwardDocument['gaps'][number]>, end: BackwardEnd): void {
  const kind = gapKind(end);
  const { outpoint, input } = endPlace(texts, end);
  const subject = outpoint ?? `input ${input?.vin} of ${input?.txid}`;
  const transaction = texts.transaction(end.place.tx);
  const behind =
    end.vin === null
      ? transaction.outputs.find(({ output }) => output === end.place.output)?.valueSat
      : transaction.inputs[end.vin]?.valueSat;
  gaps.set(`${kind} ${subject}`, { kind, subject, detail: GAP_DETAIL[kind], value: String(behind ?? end.amountSat) });
}

function gapKind({ reason }: BackwardEnd): GapKind {
  if (reason === 'parent-missing' || reason === 'input-value-unknown' || reason === 'coinbase-missing') return reason;
  throw new Error(`an end for the reason ${reason} is no hole`);
}
