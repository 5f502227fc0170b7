/** Hand-made histories of an account chain: terse records, and a view over them. */
import {
  type Account,
  type AccountHash,
  type AccountRecord,
  type AccountTransactionRecord,
  type AccountView,
  type Asset,
  account,
  accountHash,
  asset,
  type EventRecord,
  type InternalMove,
  type TokenMove,
  type TokenRecord,
} from '../../src/ledger/index.ts';
import { memoryAccountView } from './memory-account-view.ts';

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

/** A view over records in the order given. */
export function viewOf(
  records: readonly AccountTransactionRecord[],
  accounts: readonly AccountRecord[] = [],
  tokens: readonly TokenRecord[] = [],
): AccountView {
  const transactions = records.map((record, txIndex) => ({ ...record, txIndex }));
  return memoryAccountView({ transactions, accounts, tokens });
}
