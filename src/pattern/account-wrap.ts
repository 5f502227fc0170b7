/**
 * Claim:      ether given to a wrapper and the token it made for the giver are the same value one to one, and back.
 * Source:     WETH9 (December 2017): deposit and withdraw change the balance by the amount of ether, and log Deposit and Withdrawal, no Transfer.
 * Parameters: the wrappers of the token list.
 * Cost:       O(effects) for a transaction that touches a wrapper.
 * Fails when: a source leaves out the mint, the burn or the internal move: the half that is there pairs with nothing and is reported as incomplete.
 */
import { type AccountConversion, type AccountFrame, type AccountId, type AssetId, NONE } from '../ledger/index.ts';
import type { AssetAmount } from './account-change.ts';

/** A wrapper as numbers of a view: the token, and the account of its contract. */
export interface Wrapper {
  /** Each NONE where the view never saw it: what it sees of the other is then a lone half. */
  readonly asset: AssetId | typeof NONE;
  readonly account: AccountId | typeof NONE;
}

/** Half of a wrap of which the facts lack the other half. */
export interface LoneHalf {
  readonly account: AccountId;
  readonly half: 'gave-ether' | 'burned-token';
  readonly part: AssetAmount;
}

/** Wraps and unwraps of one transaction, in the order of their first effect, and the effects they are made of. */
export interface Wraps {
  readonly conversions: readonly AccountConversion[];
  readonly effects: ReadonlySet<number>;
  readonly lone: readonly LoneHalf[];
}

const NATIVE_ID = 0;

/** Pairs ether and wrapper tokens of one transaction; `tx` may hold several of one account. */
export function wrapsOf(frame: AccountFrame, wrappers: readonly Wrapper[]): Wraps {
  const conversions: AccountConversion[] = [];
  const effects = new Set<number>();
  const lone: LoneHalf[] = [];
  for (const wrapper of wrappers) pairOne(frame, wrapper, { conversions, effects, lone });
  return { conversions, effects, lone };
}

interface Found {
  readonly conversions: AccountConversion[];
  readonly effects: Set<number>;
  readonly lone: LoneHalf[];
}

function pairOne(frame: AccountFrame, wrapper: Wrapper, found: Found): void {
  frame.effects.forEach((effect, place) => {
    if (found.effects.has(place)) return;
    const { kind, asset, from, to, amount } = effect;
    if (kind === 'move' && asset === NATIVE_ID && to !== NONE && to === wrapper.account && from !== NONE) {
      const mint = seek(
        frame,
        found,
        (other) =>
          other.kind === 'mint' && other.asset === wrapper.asset && other.to === from && other.amount === amount,
      );
      if (mint === null) found.lone.push({ account: from, half: 'gave-ether', part: { asset, amount } });
      else take(found, [place, mint], wrapOf('wrap', from, asset, frame.effects[mint].asset, amount));
    }
    if (kind === 'burn' && asset === wrapper.asset && from !== NONE) {
      const paid = seek(
        frame,
        found,
        (other) =>
          other.kind === 'move' &&
          other.asset === NATIVE_ID &&
          other.from !== NONE &&
          other.from === wrapper.account &&
          other.to === from &&
          other.amount === amount,
      );
      if (paid === null) found.lone.push({ account: from, half: 'burned-token', part: { asset, amount } });
      else take(found, [place, paid], wrapOf('unwrap', from, asset, frame.effects[paid].asset, amount));
    }
  });
}

function seek(
  frame: AccountFrame,
  found: Found,
  fits: (effect: AccountFrame['effects'][number]) => boolean,
): number | null {
  const place = frame.effects.findIndex((effect, own) => !found.effects.has(own) && fits(effect));
  return place < 0 ? null : place;
}

function take(found: Found, places: readonly number[], conversion: AccountConversion): void {
  for (const place of places) found.effects.add(place);
  found.conversions.push(conversion);
}

function wrapOf(
  kind: 'wrap' | 'unwrap',
  account: AccountId,
  outAsset: AssetId,
  inAsset: AssetId,
  amount: bigint,
): AccountConversion {
  return {
    account,
    recipient: account,
    kind,
    outAsset,
    outAmount: amount,
    inAsset,
    inAmount: amount,
    protocol: 'WETH',
  };
}
