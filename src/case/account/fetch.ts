/**
 * The verb `fetch` on an account chain: what a source knows of accounts, transactions and whole blocks, recorded and ingested body by body, so a killed run
 * loses nothing and a second one asks for nothing that is in the case. Balances that sources state become facts of their own; what they differ from the moves
 * is shown by `case balances` as an adjustment.
 */
import type { AccountSource, AskedBalance, FetchedAccountBody, TraceMethod } from '../../chain/ethereum/index.ts';
import {
  type Account,
  type AccountHash,
  type Asset,
  blockEffects,
  effectsOf,
  NATIVE,
  SpoorError,
} from '../../ledger/index.ts';
import {
  accountHashAt,
  accountHashedNumber,
  type CoverageRow,
  chainIdOf,
  coverageOf,
  hasWholeAccountBlock,
} from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import {
  type BlockRange,
  BlockSync,
  type BlocksOutcome,
  MAX_DEPTH,
  type SyncedChain,
  type SyncListener,
} from '../fetch/block-sync.ts';
import type { RollbackOutcome } from '../fetch/reorg.ts';
import { ingestAccountBody, readAccountBody } from '../ingest/account.ts';
import { blockCoverage, noteCoverage } from '../ingest/coverage.ts';
import { rollbackAccounts } from './reorg.ts';
import type { AccountSubject } from './subject.ts';

/** What was fetched for one subject. */
export interface AccountFetchOutcome {
  readonly subject: string;
  readonly bodies: number;
  readonly transactions: number;
  readonly stated: number | null;
  /** null where completeness is no question: a single transaction. */
  readonly complete: boolean | null;
  /** What is missing, in words. */
  readonly gaps: readonly string[];
  readonly balances: number;
}

/** What fetching blocks did. */
export interface AccountBlocksOutcome extends BlocksOutcome {
  /** Fetched blocks by how the moves inside of transactions were learned; `none` are not whole. */
  readonly traced: Readonly<Record<string, number>>;
  /** Blocks that are the word of the source: the rules of its chain are not known here. */
  readonly unproved: number;
  readonly balances: number;
  readonly notes: readonly string[];
}

type Opened = CaseContext;

/** Chain of the account facts of a case, or null while it has none. */
export function accountChainId({ store }: Opened): number | null {
  return chainIdOf(store);
}

/** Takes one body in. Throws what importer and store refuse. */
function keepBody({ store }: Opened, { name, bytes, format, chainId }: FetchedAccountBody): void {
  ingestAccountBody(store, { name, bytes, format, chainId });
}

/** Fetches a range of whole blocks. Throws what the source and the importer throw; blocks that came before stay in the case. */
export async function fetchAccountBlocks(
  context: Opened,
  source: AccountSource,
  request: SyncListener & { readonly range: BlockRange; readonly balances: boolean },
): Promise<AccountBlocksOutcome> {
  const { range } = request;
  const chain = new AccountChain(context, source, request.balances);
  await source.chainId();
  if (isSettled(context, source, range)) {
    const already = range.to - range.from + 1;
    return { from: range.from, to: range.to, fetched: 0, already, reorganisations: [], ...chain.outcome() };
  }
  const sync = new BlockSync(chain, range, request);
  const outcome = await sync.run();
  const row = blockCoverage(source, { fromHeight: sync.start(), toHeight: outcome.to, tip: chain.tip, asOfSec: null });
  const whole = countWhole(context, sync.start(), outcome.to);
  noteCoverage(context, { ...row, held: whole, complete: whole === row.stated });
  return { ...outcome, ...chain.outcome() };
}

function countWhole({ store }: Opened, from: number, to: number): number {
  let whole = 0;
  for (let number = from; number <= to; number += 1) if (hasWholeAccountBlock(store, number)) whole += 1;
  return whole;
}

/** Whether nothing is left to ask: every block is there, and this source had the range so deep that no reorganisation reaches it. */
function isSettled(context: Opened, { kind, host }: AccountSource, { from, to, fromTip }: BlockRange): boolean {
  if (fromTip) return false;
  const covers = ({ source, host: of, fromHeight, toHeight, tip, complete }: CoverageRow): boolean =>
    source === kind &&
    of === host &&
    complete &&
    fromHeight <= from &&
    (toHeight ?? -1) >= to &&
    (tip?.height ?? 0) - to > MAX_DEPTH;
  return coverageOf(context.store, 'blocks', '').some(covers) && countWhole(context, from, to) === to - from + 1;
}

/** The case and the node, block by block. */
class AccountChain implements SyncedChain {
  private readonly context: Opened;
  private readonly source: AccountSource;
  private readonly wantsBalances: boolean;
  private readonly traced = new Map<TraceMethod, number>();
  private readonly notes = new Set<string>();
  private unproved = 0;
  private balances = 0;
  tip: { readonly height: number; readonly hash: string } | null = null;

  constructor(context: Opened, source: AccountSource, wantsBalances: boolean) {
    this.context = context;
    this.source = source;
    this.wantsBalances = wantsBalances;
  }

  get host(): string {
    return this.source.host;
  }

  outcome(): Pick<AccountBlocksOutcome, 'traced' | 'unproved' | 'balances' | 'notes'> {
    const traced = Object.fromEntries([...this.traced].map(([method, count]) => [method ?? 'none', count]));
    return { traced, unproved: this.unproved, balances: this.balances, notes: [...this.notes] };
  }

  async tipHeight(): Promise<number> {
    const { height, hash } = await this.source.tip();
    this.tip = { height, hash: hash.slice(2) };
    return height;
  }

  hashOf(height: number): Promise<AccountHash | null> {
    return this.source.blockHash(height);
  }

  heldHash(height: number): AccountHash | null {
    return accountHashAt(this.context.store, height);
  }

  heldHeight(ceiling: number): number | null {
    return accountHashedNumber(this.context.store, ceiling);
  }

  isWhole(height: number): boolean {
    return hasWholeAccountBlock(this.context.store, height);
  }

  rollback(height: number): RollbackOutcome {
    return rollbackAccounts(this.context, height);
  }

  async bring(height: number): Promise<AccountHash | null> {
    const answer = await this.source.block(height);
    const held = this.heldHash(height);
    const parent = this.heldHash(height - 1);
    if ((held !== null && held !== answer.hash) || (parent !== null && parent !== answer.parentHash))
      return answer.hash;
    const balances = this.wantsBalances ? await this.balancesOf(answer.body, height) : [];
    keepBody(this.context, answer.body);
    for (const body of balances) keepBody(this.context, body);
    this.traced.set(answer.traced, (this.traced.get(answer.traced) ?? 0) + 1);
    if (!answer.proved) this.unproved += 1;
    for (const note of answer.body.notes) this.notes.add(note.replace(/block \d+ /, 'a block '));
    return null;
  }

  /** Balances before and after a block of everything that moved in it. */
  private async balancesOf(body: FetchedAccountBody, height: number): Promise<FetchedAccountBody[]> {
    const touched = touchedIn(body);
    const asked = touched.flatMap(([account, asset]): AskedBalance[] =>
      [height - 1, height].filter((at) => at >= 0).map((blockNumber) => ({ account, asset, blockNumber })),
    );
    this.balances += asked.length;
    return this.source.balances(asked);
  }
}

/** What moved in a body: every account with every asset that one of its effects is about, in a fixed order. */
function touchedIn({ name, bytes, format, chainId }: FetchedAccountBody): Array<[Account, Asset]> {
  const { blocks, transactions } = readAccountBody({ name, bytes, format, chainId });
  const feeRecipient = blocks[0]?.block.feeRecipient ?? null;
  const effects = [
    ...transactions.flatMap(({ record }) => effectsOf(record, feeRecipient).effects),
    ...blocks.flatMap(({ block }) => blockEffects(block)),
  ];
  const pairs = new Map<string, [Account, Asset]>();
  for (const { asset, from, to } of effects)
    for (const account of [from, to]) if (account !== null) pairs.set(`${account} ${asset}`, [account, asset]);
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair);
}

/** What is asked about subjects. */
export interface AccountSubjectsRequest {
  readonly subjects: readonly AccountSubject[];
  readonly maxPages: number;
  /** Ether of each account as of now, where the source says it. */
  readonly balances: boolean;
  readonly onFetched?: (outcome: AccountFetchOutcome) => void;
}

/** Fetches subjects one after the other. Throws what the source and the importer throw, NOT_FOUND for a transaction the source does not know. */
export async function fetchAccountSubjects(
  context: Opened,
  source: AccountSource,
  request: AccountSubjectsRequest,
): Promise<AccountFetchOutcome[]> {
  const outcomes: AccountFetchOutcome[] = [];
  for (const subject of request.subjects) {
    const outcome =
      subject.kind === 'account'
        ? await fetchAccount(context, source, { subject, request })
        : await fetchTransaction(context, source, subject.hash);
    request.onFetched?.(outcome);
    outcomes.push(outcome);
  }
  return outcomes;
}

async function fetchTransaction(
  context: Opened,
  source: AccountSource,
  hash: AccountHash,
): Promise<AccountFetchOutcome> {
  const body = await source.transaction(hash);
  if (body === null) throw new SpoorError('NOT_FOUND', `${source.host} knows no transaction ${hash} in a block`);
  keepBody(context, body);
  return { subject: hash, bodies: 1, transactions: 1, stated: null, complete: null, gaps: body.notes, balances: 0 };
}

async function fetchAccount(
  context: Opened,
  source: AccountSource,
  { subject, request }: { subject: Extract<AccountSubject, { kind: 'account' }>; request: AccountSubjectsRequest },
): Promise<AccountFetchOutcome> {
  const { account, text } = subject;
  const bounds = boundsOf(subject);
  const history = await source.history(account, { ...bounds, maxPages: request.maxPages });
  for (const body of history.bodies) keepBody(context, body);
  const { transactions, stated, complete, gaps, asOf, asOfSec } = history;
  noteCoverage(context, {
    kind: 'address',
    subject: account,
    source: source.kind,
    host: source.host,
    fromHeight: bounds.from,
    toHeight: bounds.to ?? asOf?.height ?? null,
    stated,
    held: transactions,
    complete,
    tip: asOf === null ? null : { height: asOf.height, hash: asOf.hash.replace(/^0x/, '') },
    asOfSec,
  });
  const balances = request.balances ? await source.balances([{ account, asset: NATIVE, blockNumber: null }]) : [];
  for (const body of balances) keepBody(context, body);
  const bodies = history.bodies.length + balances.length;
  return { subject: text, bodies, transactions, stated, complete, gaps, balances: balances.length };
}

/** Blocks of a subject. Throws USAGE for a range of dates: sources ask by block. */
function boundsOf({ range, text }: Extract<AccountSubject, { kind: 'account' }>): { from: number; to: number | null } {
  if (range === null) return { from: 0, to: null };
  if (range.unit === 'height') return { from: range.from ?? 0, to: range.to };
  throw new SpoorError('USAGE', `${text}: a source is asked by block, not by date`, {}, 'write account@BLOCK..BLOCK');
}
