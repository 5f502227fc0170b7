/** Blocks of a test node as the tables of ethereum-etl that its exporter would write of them (its schemas, in CSV). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Anvil } from './anvil.ts';

type Json = Record<string, unknown>;

function csv(rows: ReadonlyArray<Record<string, string | number>>): string {
  const names = Object.keys(rows[0]);
  const cell = (value: string | number): string => (/[",\n]/.test(String(value)) ? `"${value}"` : String(value));
  return [names, ...rows.map((row) => names.map((name) => row[name]))]
    .map((cells) => cells.map(cell).join(','))
    .join('\n');
}

const number = (hex: unknown): string => (typeof hex === 'string' ? BigInt(hex).toString() : '');
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function blockRow(block: Json): Record<string, string | number> {
  return {
    number: number(block.number),
    hash: text(block.hash),
    parent_hash: text(block.parentHash),
    miner: text(block.miner),
    difficulty: number(block.difficulty),
    timestamp: number(block.timestamp),
    transaction_count: (block.transactions as unknown[]).length,
    base_fee_per_gas: number(block.baseFeePerGas),
    withdrawals_root: text(block.withdrawalsRoot),
    withdrawals: '[]',
  };
}

function transactionRow(transaction: Json, block: Json): Record<string, string | number> {
  return {
    hash: text(transaction.hash),
    nonce: number(transaction.nonce),
    block_hash: text(block.hash),
    block_number: number(block.number),
    transaction_index: number(transaction.transactionIndex),
    from_address: text(transaction.from),
    to_address: text(transaction.to),
    value: number(transaction.value),
    gas: number(transaction.gas),
    gas_price: number(transaction.gasPrice),
    input: text(transaction.input),
    block_timestamp: number(block.timestamp),
    max_fee_per_gas: number(transaction.maxFeePerGas),
    max_priority_fee_per_gas: number(transaction.maxPriorityFeePerGas),
    transaction_type: number(transaction.type),
  };
}

function receiptRow(receipt: Json): Record<string, string | number> {
  return {
    transaction_hash: text(receipt.transactionHash),
    transaction_index: number(receipt.transactionIndex),
    block_hash: text(receipt.blockHash),
    block_number: number(receipt.blockNumber),
    cumulative_gas_used: number(receipt.cumulativeGasUsed),
    gas_used: number(receipt.gasUsed),
    contract_address: text(receipt.contractAddress),
    root: '',
    status: number(receipt.status),
    effective_gas_price: number(receipt.effectiveGasPrice),
  };
}

function logRow(log: Json): Record<string, string | number> {
  return {
    log_index: number(log.logIndex),
    transaction_hash: text(log.transactionHash),
    transaction_index: number(log.transactionIndex),
    block_hash: text(log.blockHash),
    block_number: number(log.blockNumber),
    address: text(log.address),
    data: text(log.data),
    topics: (log.topics as string[]).join(','),
  };
}

/** One row of the traces table; `failed` is what its exporter finds in a second pass: an error of its own or of a frame around it. */
function traceRow(trace: Json, failed: boolean): Record<string, string | number> {
  const action = trace.action as Json;
  const result = (trace.result ?? {}) as Json;
  const type = text(trace.type);
  const [from, to, value] =
    type === 'suicide'
      ? [action.address, action.refundAddress, action.balance]
      : [action.from, type === 'create' ? result.address : action.to, action.value];
  return {
    block_number: Number(trace.blockNumber),
    transaction_hash: text(trace.transactionHash),
    transaction_index: Number(trace.transactionPosition),
    from_address: text(from),
    to_address: text(to),
    value: number(value),
    input: '',
    output: '',
    trace_type: type,
    call_type: text(action.callType),
    reward_type: '',
    gas: number(action.gas),
    gas_used: number(result.gasUsed),
    subtraces: Number(trace.subtraces),
    trace_address: (trace.traceAddress as number[]).join(','),
    error: text(trace.error),
    status: failed ? 0 : 1,
  };
}

function traceRows(traces: readonly Json[]): Array<Record<string, string | number>> {
  const broken = traces.filter(({ error }) => error !== undefined).map(placeOf);
  return traces.map((trace) =>
    traceRow(
      trace,
      broken.some((place) => `${placeOf(trace)}/`.startsWith(`${place}/`)),
    ),
  );
}

function placeOf({ transactionHash, traceAddress }: Json): string {
  return [transactionHash, ...(traceAddress as number[])].join('/');
}

/** Writes the tables of a range of blocks into a folder; their paths. */
export async function writeEtlRows(
  anvil: Anvil,
  folder: string,
  range: { from: number; to: number },
): Promise<string[]> {
  const rows: Record<string, Array<Record<string, string | number>>> = {
    blocks: [],
    transactions: [],
    receipts: [],
    logs: [],
    traces: [],
  };
  for (let height = range.from; height <= range.to; height += 1) {
    const at = `0x${height.toString(16)}`;
    const block = await anvil.rpc<Json>('eth_getBlockByNumber', at, true);
    const receipts = await anvil.rpc<Json[]>('eth_getBlockReceipts', at);
    rows.blocks.push(blockRow(block));
    rows.transactions.push(...(block.transactions as Json[]).map((transaction) => transactionRow(transaction, block)));
    rows.receipts.push(...receipts.map(receiptRow));
    rows.logs.push(...receipts.flatMap(({ logs }) => (logs as Json[]).map(logRow)));
    rows.traces.push(...traceRows(await anvil.rpc<Json[]>('trace_block', at)));
  }
  mkdirSync(folder, { recursive: true });
  return Object.entries(rows).map(([name, table]) => {
    const path = join(folder, `${name}.csv`);
    writeFileSync(path, `${csv(table)}\n`);
    return path;
  });
}
