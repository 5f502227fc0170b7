/** The allow-list of tokens by contract, with what a user adds to it. */
import { type Account, type Asset, account, asset, NATIVE } from '../ledger/index.ts';
import { type NonConserving, TOKEN_FACTS, type TokenFact, WETH_CONTRACT } from './account-token-table.ts';

/** A listed asset. */
export interface ListedToken {
  readonly asset: Asset;
  readonly symbol: string;
  readonly decimals: number;
  readonly nonConserving: NonConserving | null;
  /** Where the row was read. */
  readonly source: string;
}

/** Assets that conversions trust. The coin of the chain is always listed. */
export interface TokenList {
  readonly byAsset: ReadonlyMap<Asset, ListedToken>;
  /** Contracts that wrap the coin of the chain one to one. */
  readonly wrappers: ReadonlySet<Asset>;
}

/** What a user changes in the list. Added rows win over those of the table. */
export interface TokenListOptions {
  /** Rows to add; a row of a contract in the table replaces it. */
  readonly add?: readonly TokenFact[];
  /** Contracts to add that wrap the coin of the chain one to one, as WETH does. They are listed as well. */
  readonly addWrappers?: readonly Account[];
  /** Start from nothing, for chains other than mainnet. */
  readonly withoutTable?: boolean;
}

const NATIVE_ROW: ListedToken = { asset: NATIVE, symbol: 'ETH', decimals: 18, nonConserving: null, source: 'protocol' };

/** The list. Throws ADDRESS_INVALID for a contract that is none. */
export function tokenList(options: TokenListOptions = {}): TokenList {
  const { add = [], addWrappers = [], withoutTable = false } = options;
  const byAsset = new Map<Asset, ListedToken>([[NATIVE, NATIVE_ROW]]);
  const wrappers = new Set<Asset>(withoutTable ? [] : [asset(WETH_CONTRACT)]);
  for (const { contract, ...row } of [...(withoutTable ? [] : TOKEN_FACTS), ...add]) {
    const listed = asset(account(contract));
    byAsset.set(listed, { asset: listed, ...row });
  }
  for (const wrapper of addWrappers) {
    const listed = asset(wrapper);
    wrappers.add(listed);
    const row: ListedToken = {
      asset: listed,
      symbol: 'WETH',
      decimals: 18,
      nonConserving: null,
      source: 'stated as a wrapper',
    };
    if (!byAsset.has(listed)) byAsset.set(listed, row);
  }
  return { byAsset, wrappers };
}
