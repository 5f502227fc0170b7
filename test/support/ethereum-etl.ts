/** Recorded answers and rows of ethereum-etl's own tests, and the same facts in the other shapes: answers of a node from rows, CSV from JSON rows. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import { parse } from 'lossless-json';
import { type ParsedAccountFile, readAccountBytes } from '../../src/chain/ethereum/index.ts';
import { sharedData } from './shared-data.ts';

/** A row, its numbers as texts. */
export type Row = Record<string, string | null | boolean | string[] | Row[]>;

/** Content of a file of the folder, unpacked. */
export function etlBytes(file: string): Buffer {
  const bytes = readFileSync(sharedData(`ethereum-etl-blocks/${file}`));
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

/** JSON lines of a file, numbers as the texts they are written in. */
export function etlRows(file: string): Row[] {
  const lines = etlBytes(file)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => parse(line, null, (text) => text) as Row);
}

/** Reads bytes as a file of the main chain. */
export function readBytes(bytes: Buffer | string, name = 'body', chainId = 1): ParsedAccountFile {
  return readAccountBytes(Buffer.from(bytes), { name, format: 'auto', chainId });
}

/** Rows as a table of CSV, lists as ethereum-etl writes them: topics joined by commas, withdrawals as JSON. */
export function csvOf(rows: readonly Row[]): string {
  const cells = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([key]) => !['type', 'item_id', 'item_timestamp'].includes(key))
        .map(([key, value]) => [
          key,
          Array.isArray(value) ? (key === 'topics' ? value.join(',') : JSON.stringify(value)) : value,
        ]),
    ),
  );
  return stringify(cells, { header: true });
}

const hex = (value: unknown): string | undefined =>
  value === null || value === undefined ? undefined : `0x${BigInt(String(value)).toString(16)}`;

function rpcLogOf(row: Row): object {
  const { address, topics, data, transaction_hash, block_hash } = row;
  return {
    address,
    topics,
    data,
    transactionHash: transaction_hash,
    blockHash: block_hash,
    blockNumber: hex(row.block_number),
    transactionIndex: hex(row.transaction_index),
    logIndex: hex(row.log_index),
    removed: false,
  };
}

function rpcTransactionOf(row: Row): object {
  return {
    hash: row.hash,
    blockHash: row.block_hash,
    blockNumber: hex(row.block_number),
    transactionIndex: hex(row.transaction_index),
    from: row.from_address,
    to: row.to_address,
    value: hex(row.value),
    nonce: hex(row.nonce),
    type: hex(row.transaction_type),
    input: row.input,
    gasPrice: hex(row.gas_price),
  };
}

function rpcReceiptOf(row: Row, logs: readonly Row[]): object {
  return {
    transactionHash: row.hash,
    transactionIndex: hex(row.transaction_index),
    blockHash: row.block_hash,
    blockNumber: hex(row.block_number),
    from: row.from_address,
    to: row.to_address,
    contractAddress: row.receipt_contract_address,
    status: hex(row.receipt_status),
    gasUsed: hex(row.receipt_gas_used),
    cumulativeGasUsed: hex(row.receipt_cumulative_gas_used),
    effectiveGasPrice: hex(row.receipt_effective_gas_price),
    type: hex(row.transaction_type),
    logs: logs.filter(({ transaction_hash }) => transaction_hash === row.hash).map(rpcLogOf),
  };
}

/** Block and receipts as a node would answer them, from the rows of one block. */
export function rpcOfRows(block: Row, transactions: readonly Row[], logs: readonly Row[]): string[] {
  const own = transactions.filter(({ block_number }) => block_number === block.number);
  const withdrawals = (block.withdrawals as Row[] | null)?.map(({ index, validator_index, address, amount }) => {
    return { index: hex(index), validatorIndex: hex(validator_index), address, amount: hex(amount) };
  });
  const answer = {
    number: hex(block.number),
    hash: block.hash,
    parentHash: block.parent_hash,
    timestamp: hex(block.timestamp),
    miner: block.miner,
    difficulty: hex(block.difficulty),
    baseFeePerGas: hex(block.base_fee_per_gas),
    withdrawals,
    transactions: own.map(rpcTransactionOf),
  };
  const envelope = (result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id: 1, result });
  return [envelope(answer), envelope(own.map((row) => rpcReceiptOf(row, logs)))];
}
