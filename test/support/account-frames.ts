/** A bare AccountView over frames given as numbers, for engines that read nothing else of it; and effects in one line each. */
import {
  type AccountConversion,
  type AccountFrame,
  type AccountView,
  accountId,
  accountTxId,
  assetId,
  type BalanceFrame,
  type EffectFrame,
  type EffectKind,
  NONE,
  type OrderKnowledge,
} from '../../src/ledger/index.ts';

/** A frame as tests write it: transaction number is its place unless said otherwise. */
export interface PlainFrame {
  readonly effects: readonly EffectFrame[];
  readonly order?: OrderKnowledge;
  /** The end of a block: no transaction. */
  readonly blockEnd?: boolean;
  readonly conversions?: readonly AccountConversion[];
}

/** One effect; NONE for nobody. */
export function effect(kind: EffectKind, from: number, to: number, amount: bigint | number, asset = 0): EffectFrame {
  return {
    kind,
    from: from === NONE ? NONE : accountId(from),
    to: to === NONE ? NONE : accountId(to),
    amount: BigInt(amount),
    asset: assetId(asset),
  };
}

/** A conversion of an account of its own. */
export function converts(
  account: number,
  out: readonly [asset: number, amount: bigint | number],
  into: readonly [asset: number, amount: bigint | number],
  recipient = account,
): AccountConversion {
  return {
    account: accountId(account),
    recipient: accountId(recipient),
    kind: 'swap',
    outAsset: assetId(out[0]),
    outAmount: BigInt(out[1]),
    inAsset: assetId(into[0]),
    inAmount: BigInt(into[1]),
    protocol: null,
  };
}

/** Frames in the order given; keys are 10 apart. */
export function framesOf(plain: readonly PlainFrame[]): AccountFrame[] {
  return plain.map(({ effects, order = 'total', blockEnd = false }, place) => ({
    tx: blockEnd ? NONE : accountTxId(place),
    orderKey: 10 * (place + 1),
    blockNumber: place + 1,
    timestampSec: 1_600_000_000 + 12 * place,
    order,
    sender: effects[0]?.from ?? NONE,
    effects,
  }));
}

/** A view that has frames and stated balances and nothing for people. */
export function frameView(frames: readonly AccountFrame[], balances: readonly BalanceFrame[] = []): AccountView {
  const absent = (): never => {
    throw new Error('a view over frames holds nothing for people');
  };
  let accounts = 0;
  let assets = 1;
  for (const { effects } of frames) {
    for (const { from, to, asset } of effects) {
      accounts = Math.max(accounts, from + 1, to + 1);
      assets = Math.max(assets, asset + 1);
    }
  }
  for (const { account, asset } of balances) {
    accounts = Math.max(accounts, account + 1);
    assets = Math.max(assets, asset + 1);
  }
  return {
    chain: 'ethereum',
    chainId: 1,
    tip: () => ({ height: frames.length, hash: null }),
    transactionCount: () => frames.length,
    accountCount: () => accounts,
    assetCount: () => assets,
    frames: () => frames,
    frame: (tx) => frames.find((frame) => frame.tx === tx) ?? absent(),
    account: absent,
    asset: absent,
    transaction: absent,
    findAccount: absent,
    findAsset: absent,
    findTransaction: absent,
    transactionsOfAccount: absent,
    balances: () => balances,
  };
}
