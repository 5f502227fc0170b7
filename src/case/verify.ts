/**
 * The verb `case verify`: what a case claims about itself, made again from its recorded bodies and compared. Every body in it, or kept outside and given, is hashed and read anew
 * into a scratch case; facts, links, order and proofs must come out the same, tags must be those of the recorded packs, and every run made of
 * these inputs must come out the same when its manifest is run again.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type FileFormat,
  isNodeFileName,
  merkleRoot,
  type NodeBody,
  type NodeFile,
  openNodeFiles,
  proveRecord,
  subsidySat,
} from '../chain/bitcoin/index.ts';
import { type LedgerView, type Network, NONE, SpoorError, txId, txid } from '../ledger/index.ts';
import {
  blocks,
  bodies,
  type CaseStore,
  closeCase,
  databaseProblems,
  fileReaches,
  files,
  getBody,
  openScratchCase,
  RecordTable,
  type StoredFile,
  wholeBlockTxids,
} from '../store/index.ts';
import { imbalance } from '../taint/index.ts';
import { accountFactProblems } from './account/facts.ts';
import { accountRunProblems } from './account/verify.ts';
import { type Check, check, counted, guardedCheck } from './check.ts';
import { clusterProblems } from './cluster/verify.ts';
import { type CaseContext, contextOf, sha256Hex } from './context.ts';
import { factsDigest, stateLines } from './facts.ts';
import { ingestBody } from './ingest/ingest.ts';
import { ingestNodeBodies } from './ingest/node.ts';
import { storedRunProblems } from './run.ts';
import { tagProblems } from './tag/import.ts';
import { readTrace, replay, type TraceRun } from './trace/trace.ts';

/** `spoor case verify --json`, schema spoor.verify/1. `facts` is the digest of every ground fact in canonical form. */
export interface VerifyDocument {
  readonly schema: 'spoor.verify/1';
  readonly ok: boolean;
  readonly facts: string;
  readonly checks: readonly Check[];
}

/** Bodies outside the case that were found, by digest. */
type OutsideBodies = ReadonlyMap<string, NodeFile>;

/** Node files the case refers to among those in the folders given and in the case's own; a file is known by its digest, not by its name. */
function findOutside(store: CaseStore, paths: readonly string[]): { found: OutsideBodies; close: () => void } {
  const wanted = files(store).filter(({ outside }) => outside);
  const beside = wanted.map(({ name }) => join(dirname(store.file), name)).filter((path) => existsSync(path));
  const opened = wanted.length === 0 ? [] : [...paths, ...beside].map((path) => openNodeFiles([path]));
  const sizes = new Set(wanted.map(({ size }) => size));
  const candidates = opened.flatMap((folder) => folder.files).filter(({ sizeBytes }) => sizes.has(sizeBytes));
  const found = new Map(candidates.map((file) => [file.sha256(), file]));
  return { found, close: () => opened.forEach((folder) => folder.close()) };
}

/** Told how many checks of how many are done. */
type OnCheck = (done: number, total: number) => void;

/** Checks a case. What is wrong is in the document, not thrown. `bodies` are folders or files where block files kept outside the case lie. */
export function verifyCase(context: CaseContext, bodyPaths: readonly string[] = [], onCheck?: OnCheck): VerifyDocument {
  const { found, close } = findOutside(context.store, bodyPaths);
  try {
    return verifyWith(context, found, onCheck);
  } finally {
    close();
  }
}

function verifyWith(context: CaseContext, found: OutsideBodies, onCheck?: OnCheck): VerifyDocument {
  const names: ReadonlyArray<readonly [string, (name: string) => Check]> = [
    ['the database is sound', (name) => check(name, 1, databaseProblems(context.store))],
    ['recorded bodies hash to their names', (name) => bodyCheck(name, context.store, found)],
    ['facts, links and order are what the recorded bodies say', (name) => factCheck(name, context, found)],
    [
      'account facts, their order and what is counted once are what the recorded bodies say',
      (name) => counted(name, accountFactProblems(context.store)),
    ],
    ['tags are those of the recorded packs', (name) => check(name, files(context.store).length, tagProblems(context))],
    ['verified transactions re-hash to their txid', (name) => proofCheck(name, context)],
    ['no transaction pays out more than it takes in', (name) => valueCheck(name, context.view)],
    ['whole blocks hash to their merkle root and make no coins beyond the rules', (name) => blockCheck(name, context)],
    ['clusters follow from their links, and links from the facts', (name) => counted(name, clusterProblems(context))],
    ['runs have the books, places and seeds their manifests give', (name) => runCheck(name, context)],
    ['traces over accounts say what their manifests give', (name) => counted(name, accountRunProblems(context))],
  ];
  const checks = names.map(([name, work], done) => {
    onCheck?.(done, names.length);
    return guardedCheck(name, work);
  });
  const digest = guardedCheck('facts', () => check(factsDigest(context), 1, []));
  return { schema: 'spoor.verify/1', ok: checks.every(({ ok }) => ok), facts: digest.name, checks };
}

function bodyCheck(name: string, store: CaseStore, found: OutsideBodies): Check {
  const problems: string[] = [];
  let checked = 0;
  for (const { sha256, bytes } of bodies(store)) {
    checked += 1;
    if (sha256Hex(bytes) !== sha256) problems.push(`body ${sha256} does not hash to its name`);
  }
  for (const file of files(store)) {
    if (!file.complete) problems.push(`${file.name} was read in part only: the same spoor ingest goes on with it`);
    if (found.has(file.sha256)) checked += 1;
  }
  const notes = absent(store, found).map(
    (file) =>
      `${file.name} is kept outside the case and was not given, so it was not read again: sha256 ${file.sha256}`,
  );
  return check(name, checked, problems, notes);
}

/** Files outside the case that were not given. */
function absent(store: CaseStore, found: OutsideBodies): StoredFile[] {
  return files(store).filter(({ outside, sha256 }) => outside && !found.has(sha256));
}

/** Reads every recorded body into a scratch case: the files of nodes as one chain, others one by one. */
function ingestAgain(scratch: CaseStore, context: CaseContext, found: OutsideBodies): void {
  const node: NodeBody[] = [];
  const outsides = new Set(files(context.store).flatMap(({ outside, sha256 }) => (outside ? [sha256] : [])));
  const gone = new Set<string>();
  for (const { name, sha256, format, network, undone } of fileReaches(context.store, 'bitcoin')) {
    const outside = outsides.has(sha256);
    if (isNodeFileName(name)) for (const hash of undone) gone.add(hash);
    const outsideBody = found.get(sha256);
    if (outside && outsideBody !== undefined) {
      node.push({ name, sizeBytes: outsideBody.sizeBytes, readRaw: outsideBody.readRaw });
      continue;
    }
    const bytes = getBody(context.store, sha256);
    if (bytes === null) throw new SpoorError('VERIFY_FAILED', `the body of ${name} is not in the case`);
    if (isNodeFileName(name)) {
      node.push({ name, sizeBytes: bytes.length, readRaw: (at, length) => bytes.subarray(at, at + length) });
    } else ingestBody(scratch, { name, bytes, format: format as FileFormat, network: network as Network, undone });
  }
  if (node.length > 0) ingestNodeBodies(scratch, node, { network: context.network, undone: gone });
}

/** Reads every recorded body again and compares line by line. */
function factCheck(name: string, context: CaseContext, found: OutsideBodies): Check {
  const missing = absent(context.store, found);
  if (missing.length > 0) {
    const note = `not done: ${missing.length} bodies are outside the case; give their folder with --bodies`;
    return check(name, 0, [], [note]);
  }
  const scratch = openScratchCase();
  try {
    ingestAgain(scratch, context, found);
    const again = contextOf(scratch, context.network);
    const { lines, same } = compareLines(stateLines(context), stateLines(again));
    return check(name, lines, same ? [] : differences([...stateLines(context)], [...stateLines(again)]));
  } finally {
    closeCase(scratch);
  }
}

/** Whether two runs of lines are the same, without holding them. */
function compareLines(a: Iterable<string>, b: Iterable<string>): { lines: number; same: boolean } {
  const other = b[Symbol.iterator]();
  let lines = 0;
  for (const line of a) {
    lines += 1;
    if (other.next().value !== line) return { lines, same: false };
  }
  return { lines, same: other.next().done === true };
}

function differences(found: readonly string[], wanted: readonly string[]): string[] {
  const wantedSet = new Set(wanted);
  const foundSet = new Set(found);
  const problems = [
    ...found
      .filter((line) => !wantedSet.has(line))
      .map((line) => `in the case, not in the recorded bodies: ${line.slice(0, 120)}`),
    ...wanted
      .filter((line) => !foundSet.has(line))
      .map((line) => `in the recorded bodies, not in the case: ${line.slice(0, 120)}`),
  ];
  return problems.length === 0 ? ['transactions stand in another order'] : problems;
}

function proofCheck(name: string, { store, view }: CaseContext): Check {
  const table = new RecordTable(store);
  const problems: string[] = [];
  let checked = 0;
  for (const tx of view.transactions()) {
    const { proof, record } = table.byId(tx);
    if (proof !== 'verified') continue;
    checked += 1;
    if (proveRecord(record) !== 'verified') problems.push(`transaction ${record.txid} no longer hashes to its txid`);
  }
  return check(name, checked, problems);
}

function valueCheck(name: string, view: LedgerView): Check {
  const problems: string[] = [];
  let checked = 0;
  for (const tx of view.transactions()) {
    const { coinbase, inputValueSat, outputValueSat } = view.frame(tx);
    if (coinbase || inputValueSat.includes(NONE)) continue;
    checked += 1;
    const excess = total(outputValueSat) - total(inputValueSat);
    if (excess > 0)
      problems.push(`transaction ${view.transaction(tx).txid} pays out ${excess} satoshi more than it takes in`);
  }
  return check(name, checked, problems);
}

function total(valuesSat: readonly number[]): number {
  return valuesSat.reduce((sum, valueSat) => sum + valueSat, 0);
}

/** Merkle root and coinbase limit of every block the case holds whole and in order. */
function blockCheck(name: string, { store, view, network }: CaseContext): Check {
  const problems: string[] = [];
  let checked = 0;
  for (const block of blocks(store)) {
    const txids = wholeBlockTxids(store, block.hash);
    if (block.merkleRoot === null || txids === null || block.transactionCount !== txids.length) continue;
    checked += 1;
    if (merkleRoot(txids.map((id) => txid(id))) !== block.merkleRoot) {
      problems.push(`block ${block.hash}: its transactions do not hash to its merkle root`);
    }
    const excess = block.height === null ? 0 : coinbaseExcess(view, block.height, subsidySat(block.height, network));
    if (excess > 0)
      problems.push(`block ${block.hash}: its coinbase makes ${excess} satoshi more than subsidy and fees`);
  }
  return check(name, checked, problems);
}

function coinbaseExcess(view: LedgerView, height: number, subsidy: number): number {
  const fees = view.blockFees(height);
  if (!fees.complete || fees.coinbase === NONE) return 0;
  return total(view.frame(txId(fees.coinbase)).outputValueSat) - total(fees.feesSat) - subsidy;
}

/** Books that add up, an id that fits the manifest, and the same result when run again; a run of other inputs cannot be run again here. */
function runCheck(name: string, context: CaseContext): Check {
  const found = storedRunProblems(context, 'trace', {
    always: (run) => bookProblems(readTrace(context, run)),
    again: (run) => replayProblems(context, readTrace(context, run)),
  });
  return counted(name, found);
}

function bookProblems({ run, params, content }: TraceRun): string[] {
  return content.rules.flatMap(({ rule, books }) =>
    books.flatMap((book, label) => {
      const difference = imbalance(book);
      return difference === 0n
        ? []
        : [`run ${run.id}, ${rule}, ${params.labels[label]}: ${difference} satoshi are in no account`];
    }),
  );
}

function replayProblems(context: CaseContext, stored: TraceRun): string[] {
  const { id } = stored.run;
  const summary = (rule: TraceRun['content']['rules'][number]): string =>
    JSON.stringify([
      rule.books.map((book) => Object.values(book).map(String)),
      [...rule.holdings, ...rule.passed]
        .map((place) => [place.output, place.status, place.reason, place.hops, place.taint])
        .sort(),
      rule.transactions.map(({ tx, feeTaint }) => [tx, feeTaint]).sort(),
    ]);
  try {
    const again = replay(context, stored, stored.params.rules);
    const changed = stored.content.rules
      .filter((rule, index) => summary(rule) !== summary(again.rules[index]))
      .map(({ rule }) => rule);
    if (JSON.stringify(stored.content.envelope) !== JSON.stringify(again.envelope)) changed.push('envelope');
    return changed.map((what) => `run ${id}, ${what}: running it again gives another result`);
  } catch (error) {
    if (error instanceof SpoorError) return [`run ${id} cannot be run again: ${error.message}`];
    throw error;
  }
}
