/** Hand-made histories of an account chain: terse records, and a plain AccountView over any records. */
import {
  type Account,
  type AccountFrame,
  type AccountHash,
  type AccountRecord,
  type AccountTransactionRecord,
  type AccountTxId,
  type AccountView,
  type Asset,
  account,
  accountHash,
  accountId,
  accountTxId,
  asset,
  assetId,
  type EffectFrame,
  type EventRecord,
  effectsOf,
  type InternalMove,
  NATIVE,
  NONE,
  type TokenMove,
} from '../../src/ledger/index.ts';

/** One ether. */
export const ETH = 10n ** 18n;

/** An account by a small number, for hand-made cases. */
export function person(number: number): Account {
  return account(`0x${(0xa0000000 + number).toString(16).padStart(40, '0')}`);
}

/** A token by its contract. */
export function token(contract: string): Asset {
  return asset(contract);
}

/** Hash by number. */
export function hashOf(number: number): AccountHash {
  return accountHash(`0x${number.toString(16).padStart(64, '0')}`);
}

/** A token move as short as it gets; `null` for a mint or burn. */
export function moved(of: Asset, from: Account | null, to: Account | null, amount: bigint): TokenMove {
  return { asset: of, from, to, amount, logIndex: null, step: null };
}

/** An internal move of ether. */
export function paid(from: Account, to: Account, valueWei: bigint): InternalMove {
  return { kind: 'call', from, to, valueWei, traceAddress: null, step: null };
}

/** An event. */
export function event(emitter: Account, name: string, fields: Record<string, string> = {}): EventRecord {
  return { emitter, name, fields, logIndex: null, step: null };
}

/** A whole transaction: what is not given is stated to be nothing, the fee is one unit of gas. */
export function deal(
  number: number,
  from: Account,
  given: Partial<AccountTransactionRecord> = {},
): AccountTransactionRecord {
  return {
    hash: hashOf(number),
    rowKey: null,
    blockNumber: number,
    blockHash: null,
    txIndex: 0,
    timestampSec: 1_600_000_000 + 12 * number,
    from,
    to: null,
    created: null,
    valueWei: 0n,
    succeeded: true,
    nonce: null,
    type: null,
    methodId: null,
    gasPriceWei: 1n,
    feeWei: 21_000n,
    burntWei: 0n,
    delegated: null,
    internal: [],
    tokens: [],
    events: [],
    approximate: false,
    ...given,
  };
}

class Numbers<T extends string> {
  readonly values: T[] = [];
  private readonly places = new Map<T, number>();
  number(value: T): number {
    const known = this.places.get(value);
    if (known !== undefined) return known;
    this.places.set(value, this.values.length);
    return this.values.push(value) - 1;
  }
  find(value: T): number | null {
    return this.places.get(value) ?? null;
  }
}

/** A view over records in the order given. */
export function viewOf(
  records: readonly AccountTransactionRecord[],
  known: readonly AccountRecord[] = [],
): AccountView {
  const accounts = new Numbers<Account>();
  const assets = new Numbers<Asset>();
  assets.number(NATIVE);
  const side = (of: Account | null) => (of === null ? NONE : accountId(accounts.number(of)));
  for (const record of records) {
    // Accounts without effect are accounts too: whoever was called, and whoever spoke.
    const named = [record.from, record.to, ...(record.delegated ?? []), ...(record.events ?? []).map((e) => e.emitter)];
    for (const one of named) side(one);
  }
  const contracts = new Map(known.map((one) => [one.account, one.isContract]));
  for (const one of contracts.keys()) side(one);
  const frames = records.map((record, place): AccountFrame => {
    const { effects, order } = effectsOf(record, null);
    return {
      tx: accountTxId(place),
      orderKey: place,
      blockNumber: record.blockNumber ?? NONE,
      timestampSec: record.timestampSec,
      order,
      sender: side(record.from),
      effects: effects.map(
        ({ kind, asset: of, from, to, amount }): EffectFrame => ({
          kind,
          asset: assetId(assets.number(of)),
          from: side(from),
          to: side(to),
          amount,
        }),
      ),
    };
  });
  const touching = (id: number): AccountTxId[] =>
    frames.flatMap(({ tx, effects }) =>
      tx !== NONE && effects.some(({ from, to }) => from === id || to === id) ? [tx] : [],
    );
  const orNull = <N>(place: number | null, brand: (row: number) => N): N | null =>
    place === null ? null : brand(place);
  return {
    chain: 'ethereum',
    chainId: 1,
    tip: () => ({ height: records.length, hash: null }),
    transactionCount: () => records.length,
    accountCount: () => accounts.values.length,
    assetCount: () => assets.values.length,
    frames: () => frames,
    frame: (tx) => frames[tx],
    account: (id) => ({ account: accounts.values[id], isContract: contracts.get(accounts.values[id]) ?? null }),
    asset: (id) => ({ asset: assets.values[id], symbol: null, name: null, decimals: null }),
    transaction: (tx) => records[tx],
    findAccount: (of) => orNull(accounts.find(of), accountId),
    findAsset: (of) => orNull(assets.find(of), assetId),
    findTransaction: (hash) => orNull(indexOrNull(records, hash), accountTxId),
    transactionsOfAccount: touching,
    balances: () => [],
  };
}

function indexOrNull(records: readonly AccountTransactionRecord[], hash: AccountHash): number | null {
  const place = records.findIndex((record) => record.hash === hash);
  return place < 0 ? null : place;
}
