/** Rows of ethereum-etl's tables; numbers are decimal, in CSV texts. */
import {
  type AccountBlockRecord,
  type AccountHash,
  type AccountTransactionRecord,
  UNSTATED_TRANSACTION,
} from '../../ledger/index.ts';
import { Field } from '../file/field.ts';
import type { Json } from '../file/json.ts';
import {
  accountField,
  amountField,
  bigWholeField,
  bytesField,
  derived,
  hashField,
  methodIdOf,
  unlessBlank,
  wholeField,
} from './account-field.ts';
import type { RawLog } from './log.ts';
import { creditsOf } from './rpc-block.ts';

/** A receipt of a table. */
export interface EtlReceipt {
  readonly record: AccountTransactionRecord;
  readonly gasUsed: bigint;
}

function placeOf(row: Field): AccountTransactionRecord {
  return {
    ...UNSTATED_TRANSACTION,
    blockNumber: unlessBlank(row.at('block_number'), wholeField),
    blockHash: unlessBlank(row.at('block_hash'), hashField),
    txIndex: unlessBlank(row.at('transaction_index'), wholeField),
    timestampSec: unlessBlank(row.at('block_timestamp'), bigWholeField),
  };
}

/** A row of transactions. */
export function etlTransaction(row: Field): AccountTransactionRecord {
  return {
    ...placeOf(row),
    hash: hashField(row.at('hash')),
    from: accountField(row.at('from_address')),
    to: unlessBlank(row.at('to_address'), accountField),
    valueWei: amountField(row.at('value')),
    nonce: bigWholeField(row.at('nonce')),
    type: unlessBlank(row.at('transaction_type'), (field) => wholeField(field, 255)),
    methodId: methodIdOf(bytesField(row.at('input'))),
    gasPriceWei: unlessBlank(row.at('gas_price'), amountField),
  };
}

/** Receipt columns of a row: of their own table, or with a prefix beside the transaction. */
export function etlReceipt(row: Field, prefix: '' | 'receipt_'): EtlReceipt {
  const cell = (name: string): Field => row.at(`${prefix}${name}`);
  const status = unlessBlank(cell('status'), (field) => wholeField(field, 1));
  return {
    record: {
      ...(prefix === '' ? placeOf(row) : UNSTATED_TRANSACTION),
      hash: hashField(row.at(prefix === '' ? 'transaction_hash' : 'hash')),
      created: unlessBlank(cell('contract_address'), accountField),
      succeeded: status === null ? null : status === 1,
      gasPriceWei: unlessBlank(cell('effective_gas_price'), amountField),
    },
    gasUsed: amountField(cell('gas_used')),
  };
}

/** Topics: a list, in CSV joined by commas. */
function topicsOf(field: Field): AccountHash[] {
  if (field.isNone) return [];
  if (field.isList) return field.items().map(hashField);
  return field
    .text()
    .split(',')
    .filter((topic) => topic !== '')
    .map((topic) => hashField(derived(field, topic)));
}

/** What a row of logs, transfers or traces says of its transaction, and how it is read as a log. */
export function etlLog(row: Field): { record: AccountTransactionRecord; log: (row: Field) => RawLog } {
  return {
    record: { ...placeOf(row), hash: unlessBlank(row.at('transaction_hash'), hashField) },
    log: (field) => ({
      address: accountField(field.at('address')),
      topics: topicsOf(field.at('topics')),
      data: unlessBlank(field.at('data'), bytesField) ?? '0x',
      logIndex: wholeField(field.at('log_index')),
      step: null,
      field,
    }),
  };
}

/** A row of blocks; `withdrawals` as they stand in it. */
export function etlBlock(row: Field, chainId: number, withdrawals: Field): AccountBlockRecord {
  const number = wholeField(row.at('number'));
  const baseFee = row.at('base_fee_per_gas');
  const hasBaseFee = !baseFee.isNone && baseFee.value !== '';
  return {
    hash: hashField(row.at('hash')),
    number,
    parentHash: unlessBlank(row.at('parent_hash'), hashField),
    timestampSec: unlessBlank(row.at('timestamp'), bigWholeField),
    feeRecipient: unlessBlank(row.at('miner'), accountField),
    baseFeeWei: unlessBlank(baseFee, amountField),
    transactionCount: unlessBlank(row.at('transaction_count'), wholeField),
    credits: creditsOf({
      number,
      chainId,
      withdrawals,
      difficulty: row.at('difficulty'),
      hasBaseFee,
      hasRoot: !row.at('withdrawals_root').isNone,
    }),
  };
}

/** A row of a destroyed contract without its parties. */
export const NO_PARTIES = new Field(null, '', {});

/** A row of traces in the shape of the trace module. */
export function etlFlat(row: Field, hash: AccountHash | null): Field {
  const text = (column: string): string | null => unlessBlank(row.at(column), (field) => String(field.value));
  const type = text('trace_type') ?? '';
  const [from, to, value] = [text('from_address'), text('to_address'), row.at('value').value ?? null];
  if (type === 'suicide' && (from === null || to === null || value === null)) return NO_PARTIES;
  const status = text('status');
  const error = text('error') ?? (status === '0' ? 'failed' : null);
  const place = row.at('trace_address');
  const steps = place.isList
    ? place.items().map((item) => wholeField(item))
    : (text('trace_address') ?? '').split(',').filter((one) => one !== '');
  const action: Json =
    type === 'suicide'
      ? { address: from, refundAddress: to, balance: value }
      : { callType: text('call_type') ?? 'call', from, to, value };
  const result = type === 'create' ? { address: to } : null;
  return new Field({ type, action, result, error, traceAddress: steps, transactionHash: hash }, '', row.place);
}
