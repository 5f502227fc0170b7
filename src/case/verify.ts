/** The verb `case verify`: everything a case claims about itself, checked again from its bytes. */

import { createHash } from 'node:crypto';
import { merkleRoot, proveRecord, spoorBlockLine, spoorLine, subsidySat } from '../chain/bitcoin/index.ts';
import { type LedgerView, txid } from '../ledger/index.ts';
import { blocks, bodies, RecordTable, runContent, runs } from '../store/index.ts';
import { imbalance } from '../taint/index.ts';
import { type CaseContext, sha256Hex } from './context.ts';
import type { TraceParams } from './trace.ts';

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

/** Checks a case. Never throws for a wrong case: what is wrong is in the document. */
export function verifyCase(context: CaseContext): VerifyDocument {
  const checks = [
    databaseCheck(context),
    bodyCheck(context),
    proofCheck(context),
    conservationOfValue(context),
    blockCheck(context),
    bookCheck(context),
  ];
  return { schema: 'spoor.verify/1', ok: checks.every(({ ok }) => ok), facts: factsDigest(context), checks };
}

function databaseCheck({ store }: CaseContext): Check {
  const integrity = (store.db.pragma('integrity_check') as Array<{ integrity_check: string }>).map(
    (row) => row.integrity_check,
  );
  const foreign = store.db.pragma('foreign_key_check') as unknown[];
  const problems = integrity.filter((line) => line !== 'ok');
  if (foreign.length > 0) problems.push(`${foreign.length} rows point to rows that are not there`);
  return check('database is sound', 1, problems);
}

function bodyCheck({ store }: CaseContext): Check {
  const problems: string[] = [];
  let checked = 0;
  for (const { sha256, bytes } of bodies(store)) {
    checked += 1;
    if (sha256Hex(bytes) !== sha256) problems.push(`body ${sha256} does not hash to its name`);
  }
  return check('recorded bodies hash to their names', checked, problems);
}

function proofCheck({ store, view }: CaseContext): Check {
  const table = new RecordTable(store);
  const problems: string[] = [];
  let checked = 0;
  for (const tx of view.transactions()) {
    const { proof, record } = table.byId(tx);
    if (proof !== 'verified') continue;
    checked += 1;
    if (proveRecord(record) !== 'verified') problems.push(`transaction ${record.txid} no longer hashes to its txid`);
  }
  return check('verified transactions re-hash to their txid', checked, problems);
}

function conservationOfValue({ view }: CaseContext): Check {
  const problems: string[] = [];
  let checked = 0;
  for (const tx of view.transactions()) {
    const { coinbase, inputs, outputs, txid: id } = view.transaction(tx);
    if (coinbase || inputs.some(({ valueSat }) => valueSat === null)) continue;
    checked += 1;
    const inSat = inputs.reduce((total, { valueSat }) => total + (valueSat ?? 0), 0);
    const outSat = outputs.reduce((total, { valueSat }) => total + valueSat, 0);
    if (outSat > inSat) problems.push(`transaction ${id} pays out ${outSat - inSat} satoshi more than it takes in`);
  }
  return check('no transaction pays out more than it takes in', checked, problems);
}

/** Merkle root and coinbase limit of every block the case holds whole. */
function blockCheck(context: CaseContext): Check {
  const { store, view } = context;
  const problems: string[] = [];
  let checked = 0;
  const members = store.db.prepare('SELECT txid FROM tx WHERE block_hash = ? ORDER BY position').pluck();
  for (const block of blocks(store)) {
    const txids = (members.all(Buffer.from(block.hash, 'hex')) as Buffer[]).map((bytes) => txid(bytes.toString('hex')));
    if (block.merkleRoot === null || block.transactionCount !== txids.length) continue;
    checked += 1;
    if (merkleRoot(txids) !== block.merkleRoot)
      problems.push(`block ${block.hash}: its transactions do not hash to its merkle root`);
    const excess =
      block.height === null ? 0 : coinbaseExcess(view, block.height, subsidySat(block.height, context.network));
    if (excess > 0)
      problems.push(`block ${block.hash}: its coinbase makes ${excess} satoshi more than subsidy and fees`);
  }
  return check('whole blocks hash to their merkle root and make no coins beyond the rules', checked, problems);
}

function coinbaseExcess(view: LedgerView, height: number, subsidy: number): number {
  const fees = view.blockFees(height);
  if (!fees.complete || fees.coinbase < 0) return 0;
  const made = view.frame(fees.coinbase as never).outputValueSat.reduce((total, valueSat) => total + valueSat, 0);
  return made - fees.feesSat.reduce((total, feeSat) => total + feeSat, subsidy);
}

function bookCheck({ store }: CaseContext): Check {
  const problems: string[] = [];
  let checked = 0;
  for (const run of runs(store)) {
    const params = JSON.parse(run.params) as TraceParams;
    for (const { rule, books } of runContent(store, run.id, params.rules).rules) {
      books.forEach((book, label) => {
        checked += 1;
        const difference = imbalance(book);
        if (difference !== 0n)
          problems.push(`run ${run.id}, ${rule}, ${params.labels[label]}: ${difference} satoshi are in no account`);
      });
    }
  }
  return check('the books of every run add up', checked, problems);
}

/** Ground facts in canonical form, one JSON line each: blocks by height and hash, transactions in total order. */
export function* factLines({ store, view }: CaseContext): Iterable<string> {
  yield JSON.stringify({ schema: 'spoor.ledger/1' });
  for (const block of blocks(store)) yield spoorBlockLine(block);
  const table = new RecordTable(store);
  for (const tx of view.transactions()) yield spoorLine(table.byId(tx).record);
}

/** SHA-256 over the canonical lines: equal for two cases that hold the same facts, however they came to hold them. */
export function factsDigest(context: CaseContext): string {
  const digest = createHash('sha256');
  for (const line of factLines(context)) digest.update(`${line}\n`);
  return `sha256:${digest.digest('hex')}`;
}
