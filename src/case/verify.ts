/**
 * The verb `case verify`: what a case claims about itself, made again from its recorded bodies and compared. Every body is hashed and read anew
 * into a scratch case; facts, links, order and proofs must come out the same, tags must be those of the recorded packs, and every run made of
 * these inputs must come out the same when its manifest is run again.
 */
import { createHash } from 'node:crypto';
import {
  type FileFormat,
  merkleRoot,
  proveRecord,
  spoorBlockLine,
  spoorLine,
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
  runs,
  wholeBlockTxids,
} from '../store/index.ts';
import { imbalance } from '../taint/index.ts';
import { type CaseContext, inputsDigest, sha256Hex, viewOf } from './context.ts';
import { ingestBody } from './ingest.ts';
import { tagProblems } from './tags.ts';
import { readTrace, replayRules, runId, type TraceRun } from './trace.ts';

/** One check with what it looked at. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly checked: number;
  readonly problems: readonly string[];
}

/** `spoor case verify --json`, schema spoor.verify/1. `facts` is the digest of every ground fact in canonical form. */
export interface VerifyDocument {
  readonly schema: 'spoor.verify/1';
  readonly ok: boolean;
  readonly facts: string;
  readonly checks: readonly Check[];
}

/** Problems listed per check; the rest is counted. */
const MAX_LISTED = 20;

function check(name: string, checked: number, problems: readonly string[]): Check {
  const more = problems.length > MAX_LISTED ? [`and ${problems.length - MAX_LISTED} more`] : [];
  return { name, ok: problems.length === 0, checked, problems: [...problems.slice(0, MAX_LISTED), ...more] };
}

/** Runs one check; a case so damaged that it cannot even be read fails it instead of ending the verb. */
function guardedCheck(name: string, work: () => Check): Check {
  try {
    return work();
  } catch (error) {
    return check(name, 0, [error instanceof Error ? error.message : String(error)]);
  }
}

/** Checks a case. What is wrong is in the document, not thrown. */
export function verifyCase(context: CaseContext): VerifyDocument {
  const names: ReadonlyArray<readonly [string, (name: string) => Check]> = [
    ['the database is sound', (name) => check(name, 1, databaseProblems(context.store))],
    ['recorded bodies hash to their names', (name) => bodyCheck(name, context.store)],
    ['facts, links and order are what the recorded bodies say', (name) => factCheck(name, context)],
    ['tags are those of the recorded packs', (name) => check(name, files(context.store).length, tagProblems(context))],
    ['verified transactions re-hash to their txid', (name) => proofCheck(name, context)],
    ['no transaction pays out more than it takes in', (name) => valueCheck(name, context.view)],
    ['whole blocks hash to their merkle root and make no coins beyond the rules', (name) => blockCheck(name, context)],
    ['runs have the books, places and seeds their manifests give', (name) => runCheck(name, context)],
  ];
  const checks = names.map(([name, work]) => guardedCheck(name, () => work(name)));
  const digest = guardedCheck('facts', () => check(factsDigest(context), 1, []));
  return { schema: 'spoor.verify/1', ok: checks.every(({ ok }) => ok), facts: digest.name, checks };
}

function bodyCheck(name: string, store: CaseStore): Check {
  const problems: string[] = [];
  let checked = 0;
  for (const { sha256, bytes } of bodies(store)) {
    checked += 1;
    if (sha256Hex(bytes) !== sha256) problems.push(`body ${sha256} does not hash to its name`);
  }
  return check(name, checked, problems);
}

/** Reads every recorded body into a scratch case and compares line by line. */
function factCheck(name: string, context: CaseContext): Check {
  const scratch = openScratchCase();
  try {
    for (const file of fileReaches(context.store)) {
      const bytes = getBody(context.store, file.sha256);
      if (bytes === null) return check(name, 0, [`the body of ${file.name} is not in the case`]);
      ingestBody(scratch, {
        name: file.name,
        bytes,
        format: file.format as FileFormat,
        network: file.network as Network,
        undone: file.undone,
      });
    }
    const again = { store: scratch, network: context.network, view: viewOf(scratch, context.network) };
    const wanted = [...stateLines(again)];
    const found = [...stateLines(context)];
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
    if (problems.length === 0 && found.some((line, index) => line !== wanted[index]))
      problems.push('transactions stand in another order');
    return check(name, found.length, problems);
  } finally {
    closeCase(scratch);
  }
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
  const inputs = inputsDigest(context.store);
  const stored = runs(context.store).map((run) => readTrace(context, run));
  const problems = stored.flatMap((run) => [
    ...bookProblems(run),
    ...(runId(run.run) === run.run.id ? [] : [`run ${run.run.id}: its manifest does not hash to its id`]),
    ...(run.run.inputs === inputs ? replayProblems(context, run) : []),
  ]);
  return check(name, stored.length, problems);
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
    const again = replayRules(context, stored, stored.params.rules);
    return stored.content.rules
      .filter((rule, index) => summary(rule) !== summary(again[index]))
      .map(({ rule }) => `run ${id}, ${rule}: running it again gives another result`);
  } catch (error) {
    if (error instanceof SpoorError) return [`run ${id} cannot be run again: ${error.message}`];
    throw error;
  }
}

/** Ground facts in canonical form, one JSON line each: blocks by height and hash, transactions in total order. */
export function* factLines({ store, view }: CaseContext): Iterable<string> {
  yield JSON.stringify({ schema: 'spoor.ledger/1' });
  for (const block of blocks(store)) yield spoorBlockLine(block);
  const table = new RecordTable(store);
  for (const tx of view.transactions()) yield spoorLine(table.byId(tx).record);
}

/** The facts with what was derived from them on the way in: which inputs are linked, and what is proven. */
function* stateLines(context: CaseContext): Iterable<string> {
  const { store, view } = context;
  for (const block of blocks(store)) yield spoorBlockLine(block);
  const table = new RecordTable(store);
  for (const tx of view.transactions()) {
    const { record, proof } = table.byId(tx);
    const linked = view
      .transaction(tx)
      .inputs.map(({ output }) => (output === NONE ? '-' : view.output(output).outpoint));
    yield `${spoorLine(record)} ${proof} ${linked.join(' ')}`;
  }
}

/** SHA-256 over the canonical lines: equal for two cases that hold the same facts, however they came to hold them. */
export function factsDigest(context: CaseContext): string {
  const digest = createHash('sha256');
  for (const line of factLines(context)) digest.update(`${line}\n`);
  return `sha256:${digest.digest('hex')}`;
}
