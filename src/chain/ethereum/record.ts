/** What every adapter of an account chain yields, and the steps they share. */
import type {
  Account,
  AccountBlockRecord,
  AccountRecord,
  AccountTransactionRecord,
  BalanceRecord,
  ErrorPlace,
  TokenRecord,
} from '../../ledger/index.ts';

/** Shapes of local files of account chains that this room reads. */
export const ACCOUNT_FORMATS = [
  'spoor',
  'etherscan',
  'blockscout',
  'ethereum-rpc',
  'ethereum-etl',
  'transfers',
] as const;
/** One of `ACCOUNT_FORMATS`. */
export type AccountFormat = (typeof ACCOUNT_FORMATS)[number];

/** A transaction and the place of its file it was read from. */
export interface LocatedAccountTransaction {
  readonly record: AccountTransactionRecord;
  readonly place: ErrorPlace;
}

/** A block and the place of its file it was read from. */
export interface LocatedAccountBlock {
  readonly block: AccountBlockRecord;
  readonly place: ErrorPlace;
}

/** What one adapter makes of one body. */
export interface ParsedAccountRecords {
  readonly transactions: LocatedAccountTransaction[];
  readonly blocks: LocatedAccountBlock[];
  readonly balances: BalanceRecord[];
  readonly tokens: TokenRecord[];
  readonly accounts: AccountRecord[];
  /** Sentences for people: what was left out or doubted, with counts. */
  readonly notes: string[];
}

/** How to read a body. */
export interface ReadContext {
  readonly file: string;
  readonly chainId: number;
  /** Account the answers are about, where they do not say it themselves. */
  readonly account: Account | null;
}

/** An empty answer for an adapter to fill. */
export function noAccountRecords(): ParsedAccountRecords {
  return { transactions: [], blocks: [], balances: [], tokens: [], accounts: [], notes: [] };
}

/** Account of mints and burns in token events. */
export const ZERO_ACCOUNT = `0x${'0'.repeat(40)}`;

/** The account, or null for the zero account, which holds nothing: it stands for a mint or a burn. */
export function unlessZero(account: Account): Account | null {
  return account === ZERO_ACCOUNT ? null : account;
}

/** First block of London on the main chain (EIP-1559): before it no fee was burned. */
const LONDON_BLOCK = 12_965_000;
/** The cheapest call there is, one that runs no code (Yellow Paper, G_transaction). */
const INTRINSIC_GAS = 21_000n;

/** What of a fee was burned as far as block and chain alone tell: nothing before London. */
export function burntBeforeLondon(chainId: number, blockNumber: number | null): bigint | null {
  return chainId === 1 && blockNumber !== null && blockNumber < LONDON_BLOCK ? 0n : null;
}

/**
 * The lists of a call that ran no code: empty. It used exactly the intrinsic gas, and any input or any step of a machine costs more. (Refunds could bring a
 * longer run down to the same figure before London, and only on purpose; since then they cannot.)
 */
export function movesOfPlainCall(gasUsed: bigint | null): Partial<AccountTransactionRecord> {
  return gasUsed === INTRINSIC_GAS ? NOTHING_MOVED : {};
}

/** What a failed transaction, or one that ran no code, moved beside its value and fee. */
export const NOTHING_MOVED = {
  internal: [],
  tokens: [],
  events: [],
  whole: ['internal', 'tokens'],
} as const satisfies Partial<AccountTransactionRecord>;

/** The field that says which lists name every move; left out where none does. */
export function wholeLists(internal: boolean, tokens: boolean): Pick<AccountTransactionRecord, 'whole'> {
  const whole = [...(internal ? (['internal'] as const) : []), ...(tokens ? (['tokens'] as const) : [])];
  return whole.length === 0 ? {} : { whole };
}

/** `2 rows left out`: a count with its noun, and nothing when the count is 0. */
export function noteCount(notes: string[], count: number, words: { one: string; many: string }): void {
  if (count > 0) notes.push(`${count} ${count === 1 ? words.one : words.many}`);
}
