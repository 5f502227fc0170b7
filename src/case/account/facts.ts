/** Account facts of a case as lines, their digest, and what `case verify` and `case info` say of them. */
import { createHash } from 'node:crypto';
import { SPOOR_ACCOUNTS_SCHEMA, spoorAccountLine } from '../../chain/ethereum/index.ts';
import { SpoorError } from '../../ledger/index.ts';
import {
  type AccountCounts,
  accountBalanceRecords,
  accountBlocks,
  accountChainOf,
  accountCounts,
  accountKinds,
  accountTokens,
  accountTransactions,
  type CaseStore,
  chainIdOf,
  closeCase,
  fileReaches,
  getBody,
  openScratchCase,
  SqliteAccountView,
} from '../../store/index.ts';
import { ingestAccountBody } from '../ingest/account.ts';

/** Account facts in canonical form, one JSON line each, read back by `spoor ingest`: nothing for a case that holds none. */
export function* accountLines(store: CaseStore): Generator<string> {
  const chainId = chainIdOf(store);
  if (chainId === null) return;
  yield spoorAccountLine({ schema: SPOOR_ACCOUNTS_SCHEMA, chainId });
  for (const block of accountBlocks(store)) yield spoorAccountLine({ block });
  for (const transaction of accountTransactions(store)) yield spoorAccountLine({ transaction });
  for (const balance of accountBalanceRecords(store)) yield spoorAccountLine({ balance });
  for (const token of accountTokens(store)) yield spoorAccountLine({ token });
  for (const account of accountKinds(store)) yield spoorAccountLine({ account });
}

/** The facts, then what was derived from them: which rows are told by a transaction, and where everything stands. */
function* stateLines(store: CaseStore): Generator<string> {
  yield* accountLines(store);
  for (const { orderKey, unplaced, effects } of new SqliteAccountView(store).frames())
    yield `${orderKey} ${unplaced === true} ${effects.length}`;
}

/** SHA-256 over the lines: equal for two cases that hold the same account facts, however they came to hold them. */
export function accountFactsDigest(store: CaseStore): string {
  const digest = createHash('sha256');
  for (const line of accountLines(store)) digest.update(`${line}\n`);
  return `sha256:${digest.digest('hex')}`;
}

/** What `case info` says of account facts. */
export interface AccountCaseDocument {
  readonly chain: 'ethereum';
  readonly chainId: number;
  readonly tip: { readonly height: number; readonly hash: string | null };
  readonly counts: AccountCounts;
  readonly facts: string;
}

/** What a case holds of an account chain, or null. */
export function accountInfo(store: CaseStore): AccountCaseDocument | null {
  const chainId = chainIdOf(store);
  if (chainId === null) return null;
  const tip = new SqliteAccountView(store).tip();
  return { chain: 'ethereum', chainId, tip, counts: accountCounts(store), facts: accountFactsDigest(store) };
}

/** Differences listed at most; the caller counts the rest. */
const MOST_DIFFERENCES = 50;

/** Reads every recorded body of the account chain again and compares facts, order and shadowed rows. */
export function accountFactProblems(store: CaseStore): { checked: number; problems: string[] } {
  if (chainIdOf(store) === null) return { checked: 0, problems: [] };
  const scratch = openScratchCase();
  try {
    for (const { name, sha256, format, network, undone } of fileReaches(store, 'accounts')) {
      const bytes = getBody(store, sha256);
      const chainId = accountChainOf(network);
      if (bytes === null || chainId === null)
        throw new SpoorError('VERIFY_FAILED', `the body of ${name} is not in the case`);
      ingestAccountBody(scratch, { name, bytes, format, chainId, undone });
    }
    return differencesOf(stateLines(store), stateLines(scratch));
  } finally {
    closeCase(scratch);
  }
}

function differencesOf(found: Iterable<string>, wanted: Iterable<string>): { checked: number; problems: string[] } {
  const other = wanted[Symbol.iterator]();
  const problems: string[] = [];
  let checked = 0;
  for (const line of found) {
    checked += 1;
    const next = other.next();
    const told = next.done === true ? 'nothing' : next.value;
    if (told !== line && problems.length < MOST_DIFFERENCES)
      problems.push(`the case has ${line.slice(0, 160)}; the recorded bodies say ${told.slice(0, 160)}`);
  }
  for (let more = other.next(); more.done !== true; more = other.next())
    if (problems.length < MOST_DIFFERENCES)
      problems.push(`in the recorded bodies, not in the case: ${more.value.slice(0, 160)}`);
  return { checked, problems };
}
