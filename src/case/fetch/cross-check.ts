/**
 * The verb `fetch --cross-check`: the same subjects from two sources, compared transaction by transaction and field by field in normal form. Every
 * disagreement is reported, not the first. What the first source says goes into the case as a plain fetch would put it there; what the second says
 * goes in for a subject on which both agree.
 */
import {
  type AddressHistory,
  type ChainSource,
  compareRecords,
  type FetchedBody,
  readBitcoinBytes,
  type SourceTip,
} from '../../chain/bitcoin/index.ts';
import { errorLine, SpoorError, type TransactionRecord, type Txid } from '../../ledger/index.ts';
import type { CaseContext } from '../context.ts';
import { noteHistory } from '../ingest/coverage.ts';
import { namedAddresses, type Subject } from '../subject.ts';
import { keep } from './fetch.ts';

/** What to compare: subjects, and a range of heights where both sources have whole blocks. */
export interface CrossCheckRequest {
  readonly subjects: readonly Subject[];
  readonly maxPages: number;
  readonly blocks: { readonly from: number; readonly to: number } | null;
}

/** A point on which the sources differ. `txid` is null for what concerns the subject as a whole. */
export interface Disagreement {
  readonly txid: string | null;
  readonly field: string;
  readonly a: string | number | boolean | null;
  readonly b: string | number | boolean | null;
}

/** A transaction that one source alone gave, with why that is no disagreement; null where nothing explains it. */
export interface OneSided {
  readonly txid: string;
  readonly explained: string | null;
}

/** What one source gave of a subject. */
export interface SideCount {
  readonly transactions: number;
  readonly stated: number | null;
  readonly complete: boolean | null;
}

/** The comparison of one subject. */
export interface SubjectCheck {
  readonly subject: string;
  readonly a: SideCount;
  readonly b: SideCount;
  /** Transactions that both gave. */
  readonly compared: number;
  readonly disagreements: readonly Disagreement[];
  readonly onlyInA: readonly OneSided[];
  readonly onlyInB: readonly OneSided[];
  /** Fields that one source says and the other leaves out, with how often: no disagreement. */
  readonly fieldsOnlyInA: ReadonlyArray<{ readonly field: string; readonly count: number }>;
  readonly fieldsOnlyInB: ReadonlyArray<{ readonly field: string; readonly count: number }>;
  /** Whose answers went into the case. */
  readonly kept: 'both' | 'first' | 'none';
  /** Why the case itself refused them, where it did. */
  readonly refused: string | null;
}

/** `spoor fetch --cross-check --json`, schema spoor.crosscheck/1. */
export interface CrossCheckDocument {
  readonly schema: 'spoor.crosscheck/1';
  readonly a: { readonly source: string; readonly host: string; readonly tip: SourceTip | null };
  readonly b: { readonly source: string; readonly host: string; readonly tip: SourceTip | null };
  readonly agrees: boolean;
  /** The best block that both have; a difference is a disagreement. */
  readonly commonTip: { readonly height: number; readonly a: string; readonly b: string } | null;
  readonly subjects: readonly SubjectCheck[];
}

/** One source's answer about one subject. */
interface Side {
  readonly bodies: readonly FetchedBody[];
  readonly records: ReadonlyMap<Txid, TransactionRecord>;
  readonly count: SideCount;
  readonly history: AddressHistory | null;
}

/** A subject as something one source can be asked. */
interface Question {
  readonly subject: string;
  readonly ask: (source: ChainSource) => Promise<Side>;
  readonly keep: (side: Side, source: ChainSource) => void;
}

interface Tips {
  readonly a: SourceTip | null;
  readonly b: SourceTip | null;
}

/** Compares two sources. Throws what they throw, and NOT_FOUND for a transaction that neither knows; disagreement is in the document. */
export async function crossCheck(
  context: CaseContext,
  sources: { a: ChainSource; b: ChainSource },
  request: CrossCheckRequest,
): Promise<CrossCheckDocument> {
  const { a, b } = sources;
  const tips = { a: await tipOf(a), b: await tipOf(b) };
  const commonTip = await commonTipOf(sources, tips);
  const subjects: SubjectCheck[] = [];
  for (const question of request.subjects.flatMap((subject) => questionsOf(context, subject, request.maxPages)))
    subjects.push(await checkSubject(question, sources, tips));
  if (request.blocks !== null) {
    for (let height = request.blocks.from; height <= request.blocks.to; height += 1)
      subjects.push(await checkBlock(context, sources, height));
  }
  const tipsAgree = commonTip === null || commonTip.a === commonTip.b;
  return {
    schema: 'spoor.crosscheck/1',
    a: { source: a.kind, host: a.host, tip: tips.a },
    b: { source: b.kind, host: b.host, tip: tips.b },
    agrees: tipsAgree && subjects.every(agrees),
    commonTip,
    subjects,
  };
}

/** Whether nothing about a subject is disputed. */
function agrees({ disagreements, onlyInA, onlyInB, refused }: SubjectCheck): boolean {
  const unexplained = [...onlyInA, ...onlyInB].some(({ explained }) => explained === null);
  return disagreements.length === 0 && !unexplained && refused === null;
}

/** The tip of a source; null where its kind states none. */
async function tipOf(source: ChainSource): Promise<SourceTip | null> {
  try {
    return await source.tip();
  } catch (error) {
    if (error instanceof SpoorError && (error.code === 'USAGE' || error.code === 'NOT_FOUND')) return null;
    throw error;
  }
}

async function commonTipOf(
  sources: { a: ChainSource; b: ChainSource },
  tips: Tips,
): Promise<CrossCheckDocument['commonTip']> {
  if (tips.a === null || tips.b === null) return null;
  const height = Math.min(tips.a.height, tips.b.height);
  const hashOf = async (source: ChainSource, tip: SourceTip): Promise<string> =>
    tip.height === height ? tip.hash : await source.blockHash(height);
  return { height, a: await hashOf(sources.a, tips.a), b: await hashOf(sources.b, tips.b) };
}

/** Records of recorded answers by txid; unconfirmed transactions are left out, as everywhere. */
function recordsOf(context: CaseContext, bodies: readonly FetchedBody[]): Map<Txid, TransactionRecord> {
  const parsed = bodies.flatMap(
    ({ name, format, bytes }) => readBitcoinBytes(bytes, { name, format, network: context.network }).transactions,
  );
  return new Map(parsed.map(({ record }) => [record.txid, record]));
}

function questionsOf(context: CaseContext, subject: Subject, maxPages: number): Question[] {
  switch (subject.kind) {
    case 'outpoint':
    case 'transaction':
      return [transactionQuestion(context, subject.txid)];
    case 'address':
      return [addressQuestion(context, subject.address, maxPages)];
    case 'tag':
    case 'cluster':
      return namedAddresses(context, subject).map((address) => addressQuestion(context, address, maxPages));
  }
}

function transactionQuestion(context: CaseContext, id: Txid): Question {
  const ask = async (source: ChainSource): Promise<Side> => {
    const body = await source.transaction(id);
    const bodies = body === null ? [] : [body];
    const records = recordsOf(context, bodies);
    return { bodies, records, count: { transactions: records.size, stated: null, complete: null }, history: null };
  };
  return { subject: id, ask, keep: (side) => keepBodies(context, side) };
}

function addressQuestion(
  context: CaseContext,
  address: Parameters<ChainSource['history']>[0],
  maxPages: number,
): Question {
  const ask = async (source: ChainSource): Promise<Side> => {
    const history = await source.history(address, maxPages);
    const { bodies, transactions, stated, complete } = history;
    return { bodies, records: recordsOf(context, bodies), count: { transactions, stated, complete }, history };
  };
  const keepSide = (side: Side, source: ChainSource): void => {
    keepBodies(context, side);
    if (side.history !== null) noteHistory(context, source, { address, history: side.history });
  };
  return { subject: address, ask, keep: keepSide };
}

function keepBodies(context: CaseContext, { bodies }: Side): void {
  for (const body of bodies) keep(context, body);
}

async function checkSubject(
  question: Question,
  sources: { a: ChainSource; b: ChainSource },
  tips: Tips,
): Promise<SubjectCheck> {
  const { subject } = question;
  const a = await question.ask(sources.a);
  const b = await question.ask(sources.b);
  if (a.records.size === 0 && b.records.size === 0 && a.history === null)
    throw new SpoorError('NOT_FOUND', `neither source knows the transaction ${subject}`);
  const compared = compareSides(a, b);
  const sameTip = tips.a !== null && tips.a.hash === tips.b?.hash;
  const counts = sameTip && a.count.stated !== null && b.count.stated !== null && a.count.stated !== b.count.stated;
  const stated: Disagreement[] = counts ? [{ txid: null, field: 'stated', a: a.count.stated, b: b.count.stated }] : [];
  const check: SubjectCheck = {
    subject,
    a: a.count,
    b: b.count,
    ...compared,
    disagreements: [...stated, ...compared.disagreements],
    onlyInA: oneSided(a, b, tips.b),
    onlyInB: oneSided(b, a, tips.a),
    kept: 'none',
    refused: null,
  };
  return { ...check, ...kept(question, { a, b, agreed: agrees(check) }, sources) };
}

/** Puts the first source's answers into the case, and the second's where they agree; a case that says otherwise refuses them, and keeps what it has. */
function kept(
  question: Question,
  sides: { a: Side; b: Side; agreed: boolean },
  sources: { a: ChainSource; b: ChainSource },
): Pick<SubjectCheck, 'kept' | 'refused'> {
  let done: SubjectCheck['kept'] = 'none';
  try {
    question.keep(sides.a, sources.a);
    done = 'first';
    if (!sides.agreed) return { kept: done, refused: null };
    question.keep(sides.b, sources.b);
    return { kept: 'both', refused: null };
  } catch (error) {
    if (!(error instanceof SpoorError) || error.code !== 'SOURCES_DISAGREE') throw error;
    return { kept: done, refused: errorLine(error) };
  }
}

/** Transactions that one side alone gave. Above the other's tip, or beyond the pages that were asked of it, that is to be expected. */
function oneSided(has: Side, lacks: Side, tip: SourceTip | null): OneSided[] {
  return [...has.records.values()]
    .filter(({ txid }) => !lacks.records.has(txid))
    .map(({ txid, height }) => {
      if (tip !== null && height !== null && height > tip.height)
        return { txid, explained: `in block ${height}, above the other source's best block ${tip.height}` };
      const explained = lacks.count.complete === false ? 'the other source did not give the whole history' : null;
      return { txid, explained };
    })
    .sort((x, y) => (x.txid < y.txid ? -1 : 1));
}

/** Everything on which the records that both sides have differ, and the fields that one of them leaves out. */
function compareSides(
  a: Pick<Side, 'records'>,
  b: Pick<Side, 'records'>,
): Pick<SubjectCheck, 'compared' | 'disagreements' | 'fieldsOnlyInA' | 'fieldsOnlyInB'> {
  const disagreements: Disagreement[] = [];
  const onlyInA = new Map<string, number>();
  const onlyInB = new Map<string, number>();
  let compared = 0;
  for (const txid of [...a.records.keys()].sort()) {
    const [first, second] = [a.records.get(txid), b.records.get(txid)];
    if (first === undefined || second === undefined) continue;
    compared += 1;
    const found = compareRecords(first, second);
    disagreements.push(...found.differences.map((difference) => ({ txid, ...difference })));
    count(onlyInA, found.onlyInA);
    count(onlyInB, found.onlyInB);
  }
  return { compared, disagreements, fieldsOnlyInA: counted(onlyInA), fieldsOnlyInB: counted(onlyInB) };
}

/** Counts field names with their indices left out: a script missing in every output is one line. */
function count(into: Map<string, number>, fields: readonly string[]): void {
  for (const field of fields) {
    const name = field.replace(/\[\d+\]/g, '[]');
    into.set(name, (into.get(name) ?? 0) + 1);
  }
}

function counted(names: ReadonlyMap<string, number>): Array<{ field: string; count: number }> {
  return [...names].sort(([x], [y]) => (x < y ? -1 : 1)).map(([field, times]) => ({ field, count: times }));
}

/** One height: its hash from both, then the whole block where they name the same one. Nothing of it goes into the case. */
async function checkBlock(
  context: CaseContext,
  { a, b }: { a: ChainSource; b: ChainSource },
  height: number,
): Promise<SubjectCheck> {
  const hashes = { a: await a.blockHash(height), b: await b.blockHash(height) };
  const same = hashes.a === hashes.b;
  const sideOf = async (source: ChainSource): Promise<Side> => {
    const bodies = same ? [await source.block(hashes.a)] : [];
    const records = recordsOf(context, bodies);
    return { bodies, records, count: { transactions: records.size, stated: null, complete: same }, history: null };
  };
  const [sideA, sideB] = [await sideOf(a), await sideOf(b)];
  const compared = compareSides(sideA, sideB);
  const ofHash: Disagreement[] = same ? [] : [{ txid: null, field: 'blockHash', ...hashes }];
  return {
    subject: `block ${height}`,
    a: sideA.count,
    b: sideB.count,
    ...compared,
    disagreements: [...ofHash, ...compared.disagreements],
    onlyInA: oneSided(sideA, sideB, null),
    onlyInB: oneSided(sideB, sideA, null),
    kept: 'none',
    refused: null,
  };
}
