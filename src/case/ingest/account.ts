/** Files of an account chain into the case, beside those of Bitcoin. As there, each file is one transaction of the store. */
import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import {
  ACCOUNT_FORMATS,
  type AccountFormat,
  groupAccountFiles,
  looksLikeAccountChain,
  type ParsedAccountFile,
  readAccountBytes,
  readAccountFiles,
} from '../../chain/ethereum/index.ts';
import { type Account, locate } from '../../ledger/index.ts';
import {
  AccountTable,
  accountNetwork,
  type CaseStore,
  chainIdOf,
  hasFile,
  inOneTransaction,
  keepChainId,
  putBody,
  putFile,
  refuseOtherChain,
  undoneOf,
} from '../../store/index.ts';
import type { FileOutcome, Progress } from './ingest.ts';

/** The main chain of Ethereum. */
const MAIN_CHAIN = 1;
/** As much of a file as tells what it is about. */
const HEAD_BYTES = 16 * 1024;

/** How files of an account chain are read in; `chainId` null: that of the case, for a new one the main chain of Ethereum. */
export interface AccountIngestOptions {
  readonly format: string;
  readonly chainId: number | null;
  readonly onProgress?: Progress;
  /** Whose the answers are, where they do not say it. */
  readonly account?: Account | null;
}

/** Whether a file is of an account chain: by the format that was named, else by its first bytes. A file that cannot be opened is none here: reading it says why. */
export function isOfAccountChain(path: string, format: string): boolean {
  if (format !== 'auto' && format !== 'spoor') return isAccountFormat(format);
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    const file = openSync(path, 'r');
    try {
      return looksLikeAccountChain(head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0)));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

function isAccountFormat(format: string): format is AccountFormat {
  return (ACCOUNT_FORMATS as readonly string[]).includes(format);
}

/** Reads files in, one step each. Throws what the adapters and the store refuse, naming file, record and field; USAGE for another chain than the case's. */
export function* accountSteps(
  store: CaseStore,
  paths: readonly string[],
  options: AccountIngestOptions,
): Generator<void, FileOutcome[]> {
  const format = isAccountFormat(options.format) ? options.format : 'auto';
  const outcomes: FileOutcome[] = [];
  for (const group of groupAccountFiles(paths, format)) {
    const chainId = options.chainId ?? chainIdOf(store) ?? MAIN_CHAIN;
    refuseOtherChain(store, chainId);
    const parsed = readAccountFiles(group, { format, chainId, ...nameFor(group, options.account ?? null) });
    outcomes.push(inOneTransaction(store, () => ingestAccountFile(store, parsed, chainId, options.onProgress)));
    yield;
  }
  return outcomes;
}

/** The account a user names for a file is kept in the name the case knows it by, so that reading its body again finds it. */
function nameFor(paths: readonly string[], account: Account | null): { name?: string } {
  if (account === null || paths.length !== 1) return {};
  return { name: `${account}.${basename(paths[0])}` };
}

/** A recorded body of an account chain, as the file it once was, and what of it is no longer believed (account-reorg.ts). */
export interface RecordedAccountBody {
  readonly name: string;
  readonly bytes: Buffer;
  readonly format: string;
  readonly chainId: number;
  readonly undone?: readonly string[];
}

/** What a recorded body tells, as far as it is believed. Throws what the importer of its format throws. */
export function readAccountBody({ name, bytes, format, chainId, undone = [] }: RecordedAccountBody): ParsedAccountFile {
  const known = isAccountFormat(format) ? format : 'auto';
  return believedAccounts(readAccountBytes(bytes, { name, format: known, chainId }), undone);
}

/** Keeps what a fetched or recorded body tells, in one transaction of the store. Throws what `accountSteps` throws. */
export function ingestAccountBody(store: CaseStore, body: RecordedAccountBody): FileOutcome {
  const parsed = readAccountBody(body);
  return inOneTransaction(store, () => ingestAccountFile(store, parsed, body.chainId));
}

const ABOVE = 'above:';

/** The mark of a file whose words on blocks above a height are no longer believed. */
export function undoneAbove(height: number): string {
  return `${ABOVE}${height}`;
}

/** The facts of a body without those that were undone. What names no block was said of no block, and stays. */
export function believedAccounts(parsed: ParsedAccountFile, undone: readonly string[]): ParsedAccountFile {
  if (undone.length === 0) return parsed;
  const heights = undone.filter((name) => name.startsWith(ABOVE)).map((name) => Number(name.slice(ABOVE.length)));
  const height = Math.min(...heights);
  const gone = new Set(undone);
  const stays = (blockNumber: number | null): boolean => blockNumber === null || blockNumber <= height;
  return {
    ...parsed,
    blocks: parsed.blocks.filter(({ block }) => stays(block.number)),
    transactions: parsed.transactions.filter(
      ({ record }) => stays(record.blockNumber) && !gone.has(record.hash ?? record.rowKey ?? ''),
    ),
    balances: parsed.balances.filter(({ blockNumber }) => stays(blockNumber)),
  };
}

/** Takes in what a body tells. Belongs in one transaction of the store. Throws what the store refuses. */
export function ingestAccountFile(
  store: CaseStore,
  parsed: ParsedAccountFile,
  chainId: number,
  onProgress?: Progress,
): FileOutcome {
  const { name, sha256, format, transactions, blocks, notes } = parsed;
  const counts = { transactions: transactions.length, blocks: blocks.length };
  const base = { file: name, sha256, format, ...counts };
  if (hasFile(store, sha256)) {
    const cut = undoneOf(store, sha256).length > 0;
    const said = cut ? ['part of it was undone by a reorganisation: fetch it again for what is true now'] : [];
    return { ...base, added: 0, merged: 0, unchanged: counts.transactions, notes: [...notes, ...said], already: true };
  }
  keepChainId(store, chainId);
  putBody(store, sha256, parsed.bodyBytes);
  const taken = takeAccountFacts(store, parsed, onProgress);
  putFile(store, {
    sha256,
    name,
    format,
    network: accountNetwork(chainId),
    ...counts,
    notes,
    complete: true,
    ...spanOf(parsed),
  });
  return { ...base, ...taken, notes, already: false };
}

/** The facts of a body into the tables. */
export function takeAccountFacts(
  store: CaseStore,
  parsed: ParsedAccountFile,
  onProgress?: Progress,
): Pick<FileOutcome, 'added' | 'merged' | 'unchanged'> {
  const taken = { added: 0, merged: 0, unchanged: 0 };
  const table = new AccountTable(store);
  const { name: file, transactions } = parsed;
  for (const { block, place } of parsed.blocks) locate(place, () => table.takeBlock(block), 'LEDGER_INVALID');
  for (const token of parsed.tokens) locate({ file }, () => table.takeToken(token), 'LEDGER_INVALID');
  for (const one of parsed.accounts) locate({ file }, () => table.takeAccount(one), 'LEDGER_INVALID');
  for (const balance of parsed.balances) locate({ file }, () => table.takeBalance(balance), 'LEDGER_INVALID');
  transactions.forEach(({ record, place }, index) => {
    taken[locate(place, () => table.take(record), 'LEDGER_INVALID')] += 1;
    onProgress?.(file, index + 1, transactions.length);
  });
  locate({ file }, () => table.settle(), 'LEDGER_INVALID');
  return taken;
}

/** Lowest and highest block a body tells of; none where part of it names no block. */
function spanOf({ transactions, blocks, balances }: ParsedAccountFile) {
  const numbers = [
    ...transactions.map(({ record }) => record.blockNumber),
    ...blocks.map(({ block }) => block.number),
    ...balances.map(({ blockNumber }) => blockNumber),
  ];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of numbers) {
    if (number === null) return { minHeight: null, maxHeight: null };
    low = Math.min(low, number);
    high = Math.max(high, number);
  }
  return numbers.length === 0 ? { minHeight: null, maxHeight: null } : { minHeight: low, maxHeight: high };
}
