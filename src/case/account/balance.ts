/** The verb `case balances`: what accounts held, replayed from the facts, against what sources stated. */
import { checksummed } from '../../chain/ethereum/index.ts';
import { type AccountView, NATIVE, SpoorError } from '../../ledger/index.ts';
import { chainIdOf, SqliteAccountView } from '../../store/index.ts';
import { type AccountBalance, accountBalances } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { assetName, parseAccountSubject } from './subject.ts';

/** One balance for people: amounts in base units, as text. */
export interface BalanceRow {
  readonly account: string;
  readonly asset: string;
  /** What the token calls itself: a claim. */
  readonly symbol: string | null;
  readonly decimals: number | null;
  readonly prior: { readonly amount: string; readonly basis: 'stated' | 'inferred' };
  readonly received: string;
  readonly sent: string;
  readonly balance: string;
  readonly stated: number;
  readonly adjustments: ReadonlyArray<{
    readonly reason: 'stated' | 'shortfall';
    readonly block: number | null;
    readonly computed: string;
    readonly balance: string;
    readonly difference: string;
  }>;
}

/** `spoor case balances --json`, schema spoor.balances/1. */
export interface BalancesDocument {
  readonly schema: 'spoor.balances/1';
  readonly chain: 'ethereum';
  readonly chainId: number;
  readonly tip: { readonly height: number; readonly hash: string | null };
  /** Of all balances of the case: how many there are, how many begin with an inferred prior, how many adjustments they needed. */
  readonly counted: { readonly balances: number; readonly inferredPriors: number; readonly adjustments: number };
  /** Those asked for: of one account, or all that a source stated. */
  readonly balances: readonly BalanceRow[];
}

/** Balances of an account (or of one asset of it), or of all that a source stated. Throws what `parseAccountSubject` throws, and NOT_FOUND. */
export function balancesDocument({ store }: Pick<CaseContext, 'store'>, text: string | null): BalancesDocument {
  const asked = text === null ? null : parseAccountSubject(text);
  if (asked !== null && (asked.kind !== 'account' || asked.range !== null)) {
    throw new SpoorError('SUBJECT_INVALID', `"${text}" is no account: balances are of an account, or of account/asset`);
  }
  if (chainIdOf(store) === null) {
    throw new SpoorError('NOT_FOUND', 'the case holds no facts of an account chain', {}, 'spoor ingest adds files');
  }
  const view = new SqliteAccountView(store);
  const account = asked === null ? null : view.findAccount(asked.account);
  const asset = asked === null || asked.asset === null ? null : view.findAsset(asked.asset);
  const isAsked = (row: AccountBalance): boolean =>
    asked === null ? row.stated > 0 : row.account === account && (asked.asset === null || row.asset === asset);
  const all = accountBalances(view);
  const rows = all.filter(isAsked);
  if (asked !== null && rows.length === 0)
    throw new SpoorError(
      'NOT_FOUND',
      `the case holds no balance of ${asked.text}`,
      {},
      'spoor case info shows what it holds',
    );
  return {
    schema: 'spoor.balances/1',
    chain: 'ethereum',
    chainId: view.chainId,
    tip: view.tip(),
    counted: {
      balances: all.length,
      inferredPriors: all.filter(({ prior, priorBasis }) => prior > 0n && priorBasis === 'inferred').length,
      adjustments: all.flatMap(({ adjustments }) => adjustments).length,
    },
    balances: rows.map((row) => rowOf(view, row)).sort(byName),
  };
}

function rowOf(view: AccountView, row: AccountBalance): BalanceRow {
  const { asset, symbol, decimals } = view.asset(row.asset);
  return {
    account: checksummed(view.account(row.account).account),
    asset: assetName(asset),
    symbol,
    decimals,
    prior: { amount: String(row.prior), basis: row.priorBasis },
    received: String(row.received),
    sent: String(row.sent),
    balance: String(row.balance),
    stated: row.stated,
    adjustments: row.adjustments.map(({ reason, blockNumber, computed, balance }) => ({
      reason,
      block: blockNumber,
      computed: String(computed),
      balance: String(balance),
      difference: String(balance - computed),
    })),
  };
}

const NATIVE_NAME: string = NATIVE;

/** By account, the coin of the chain first, then by contract: no order of ingestion shows. */
function byName(a: BalanceRow, b: BalanceRow): number {
  const key = ({ account, asset }: BalanceRow): string => `${account} ${asset === NATIVE_NAME ? '' : asset}`;
  return key(a) < key(b) ? -1 : 1;
}
