/** Receipts and logs as a node states them (`eth_getTransactionReceipt`, `eth_getBlockReceipts`, `eth_getLogs`). */
import { type AccountHash, type AccountTransactionRecord, UNSTATED_TRANSACTION } from '../../ledger/index.ts';
import type { Field } from '../file/field.ts';
import {
  accountField,
  amountField,
  bigWholeField,
  bytesField,
  hashField,
  unlessBlank,
  wholeField,
} from './account-field.ts';
import type { RawLog } from './log.ts';

/** A receipt: what it says of the transaction, what was paid for, and its logs. */
export interface RpcReceipt {
  readonly record: AccountTransactionRecord;
  readonly gasUsed: bigint;
  /** null in answers of older nodes. */
  readonly effectiveGasPriceWei: bigint | null;
  /** Fee of blobs (EIP-4844): burned, and not given back on failure. 0 where there are none. */
  readonly blobFeeWei: bigint;
  readonly logs: readonly RawLog[];
  readonly field: Field;
}

/** A log with the transaction it belongs to. */
export interface RpcLog {
  readonly record: AccountTransactionRecord;
  readonly log: RawLog;
  /** The node takes it back: its block was left by a reorganisation. */
  readonly isRemoved: boolean;
}

/** One log. */
export function rpcLog(field: Field): RawLog {
  return {
    address: accountField(field.at('address')),
    topics: field.at('topics').items().map(hashField),
    data: bytesField(field.at('data')),
    logIndex: unlessBlank(field.at('logIndex'), wholeField),
    step: null,
    field,
  };
}

function placeOf(field: Field, hash: AccountHash): AccountTransactionRecord {
  return {
    ...UNSTATED_TRANSACTION,
    hash,
    blockNumber: unlessBlank(field.at('blockNumber'), wholeField),
    blockHash: unlessBlank(field.at('blockHash'), hashField),
    txIndex: unlessBlank(field.at('transactionIndex'), wholeField),
  };
}

/** A log as a list of logs states it. */
export function rpcListedLog(field: Field): RpcLog {
  const removed = field.at('removed');
  const record = placeOf(field, hashField(field.at('transactionHash')));
  return {
    record: { ...record, timestampSec: unlessBlank(field.at('blockTimestamp'), bigWholeField), succeeded: true },
    log: rpcLog(field),
    isRemoved: !removed.isNone && removed.flag(),
  };
}

/** `0x1` or `0x0` since Byzantium; older receipts have the root of the state instead, which tells nothing of success. */
function statusOf(field: Field): boolean | null {
  const status = unlessBlank(field.at('status'), amountField);
  if (status !== null && status > 1n) throw field.at('status').error(`a status is 0 or 1, not ${status}`);
  return status === null ? null : status === 1n;
}

/** Reads one receipt. Throws MALFORMED, also for a failed transaction with logs, which no chain makes. */
export function rpcReceipt(field: Field): RpcReceipt {
  const hash = hashField(field.at('transactionHash'));
  const succeeded = statusOf(field);
  const logs = field.at('logs').items().map(rpcLog);
  if (succeeded === false && logs.length > 0) throw field.at('logs').error('a failed transaction has no logs');
  const blobGas = unlessBlank(field.at('blobGasUsed'), amountField) ?? 0n;
  const blobPrice = blobGas === 0n ? 0n : amountField(field.at('blobGasPrice'));
  const effectiveGasPriceWei = unlessBlank(field.at('effectiveGasPrice'), amountField);
  return {
    record: {
      ...placeOf(field, hash),
      from: unlessBlank(field.at('from'), accountField),
      to: unlessBlank(field.at('to'), accountField),
      created: unlessBlank(field.at('contractAddress'), accountField),
      succeeded,
      type: unlessBlank(field.at('type'), (type) => wholeField(type, 255)),
      gasPriceWei: effectiveGasPriceWei,
    },
    gasUsed: amountField(field.at('gasUsed')),
    effectiveGasPriceWei,
    blobFeeWei: blobGas * blobPrice,
    logs,
    field,
  };
}
