/**
 * Claim:      which tokens and accounts of a view are there to deceive: tokens under a listed symbol at another contract, transfers of nothing that put an
 *             account into a history, accounts that look like one that was really paid.
 * Source:     the study of address poisoning by Tsuchiya et al., USENIX Security 2025; counterfeit tokens: arXiv 2305.14748. Look-alike by the first four and
 *             last four hex digits, which is what wallets show.
 * Parameters: the token list; how many digits at each end.
 * Cost:       one pass over frames and records.
 * Fails when: two honest accounts share their ends: `chancePairs` says how many such pairs chance alone makes. Nothing is dropped: flags hide, with a count.
 */
import {
  type Account,
  type AccountId,
  type AccountTxId,
  type AccountView,
  type AssetId,
  accountId,
  assetId,
  NONE,
} from '../ledger/index.ts';
import type { TokenList } from './account-token-list.ts';
import { type Ratio, ratioOf } from './ratio.ts';

/** `fake`: not listed, under the symbol of a listed token. `not-listed` is no accusation. */
export type TokenFlag = 'not-listed' | 'fake';

/** A token transfer of zero that the account in `from` did not send. */
export interface ZeroTransfer {
  readonly tx: AccountTxId;
  readonly from: Account;
  readonly to: Account;
}

/** An account that looks like another that was paid before. */
export interface LookAlike {
  readonly account: AccountId;
  readonly of: AccountId;
}

/** Flags of a view, and how much they hide. */
export interface AccountFlags {
  readonly tokens: ReadonlyMap<AssetId, TokenFlag>;
  readonly zeroTransfers: readonly ZeroTransfer[];
  readonly lookAlikes: readonly LookAlike[];
  /** Pairs of accounts that chance alone would make look alike: n(n - 1) / 2 over 16 to the digits, as a ratio. */
  readonly chancePairs: string;
  /** Effects in flagged tokens. */
  readonly hiddenEffects: Readonly<Record<TokenFlag, number>>;
}

/** Finds what is there to deceive. `digits` at each end of an address must be equal; the default is 4. */
export function accountFlags(view: AccountView, tokens: TokenList, digits = 4): AccountFlags {
  const flags = tokenFlags(view, tokens);
  const hiddenEffects = { 'not-listed': 0, fake: 0 };
  const zeroTransfers: ZeroTransfer[] = [];
  const paid: AccountId[] = [];
  for (const { tx, sender, effects } of view.frames()) {
    for (const { asset, from, to } of effects) {
      const flag = flags.get(asset);
      if (flag !== undefined) hiddenEffects[flag] += 1;
      // Only what somebody paid himself, in something of worth, makes a real counterparty.
      else if (to !== NONE && from !== NONE && from === sender) paid.push(to);
    }
    if (tx === NONE) continue;
    const record = view.transaction(tx);
    for (const { from, to, amount } of record.tokens ?? []) {
      if (amount === 0n && from !== null && to !== null && from !== record.from) zeroTransfers.push({ tx, from, to });
    }
  }
  const count = BigInt(view.accountCount());
  const chance: Ratio = { top: count * (count > 0n ? count - 1n : 0n), bottom: 2n * 16n ** BigInt(2 * digits) };
  return {
    tokens: flags,
    zeroTransfers,
    lookAlikes: lookAlikes(view, paid, digits),
    chancePairs: ratioOf(chance),
    hiddenEffects,
  };
}

function tokenFlags(view: AccountView, { byAsset }: TokenList): Map<AssetId, TokenFlag> {
  const symbols = new Set([...byAsset.values()].map(({ symbol }) => plainSymbol(symbol)));
  const flags = new Map<AssetId, TokenFlag>();
  for (let row = 0; row < view.assetCount(); row += 1) {
    const id = assetId(row);
    const { asset, symbol } = view.asset(id);
    if (byAsset.has(asset)) continue;
    flags.set(id, symbol !== null && symbols.has(plainSymbol(symbol)) ? 'fake' : 'not-listed');
  }
  return flags;
}

/** A symbol without case, blanks, invisible signs and variants of letters that Unicode calls compatible. */
function plainSymbol(symbol: string): string {
  return symbol
    .normalize('NFKC')
    .replace(/[\s\p{Cf}]/gu, '')
    .toLowerCase();
}

function lookAlikes(view: AccountView, paid: readonly AccountId[], digits: number): LookAlike[] {
  const ends = (id: AccountId): string => {
    const { account } = view.account(id);
    return account.slice(2, 2 + digits) + account.slice(-digits);
  };
  const original = new Map<string, AccountId>();
  for (const id of paid) if (!original.has(ends(id))) original.set(ends(id), id);
  const found: LookAlike[] = [];
  for (const id of allAccounts(view)) {
    const of = original.get(ends(id));
    if (of !== undefined && of !== id) found.push({ account: id, of });
  }
  return found;
}

function allAccounts(view: AccountView): AccountId[] {
  return Array.from({ length: view.accountCount() }, (_, row) => accountId(row));
}
