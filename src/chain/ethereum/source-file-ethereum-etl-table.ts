/** Tables of ethereum-etl: their columns, and which table a header or a JSON record is of. */

/** Tables that are read. */
export type EtlTable =
  | 'transaction'
  | 'receipt'
  | 'token_transfer'
  | 'log'
  | 'trace'
  | 'geth_trace'
  | 'block'
  | 'token'
  | 'contract';

/** Columns without which a table is not the one named; the first that fits is meant. */
const NEEDED: ReadonlyArray<readonly [table: EtlTable, columns: readonly string[]]> = [
  ['geth_trace', ['block_number', 'transaction_traces']],
  ['trace', ['trace_type', 'trace_address', 'from_address', 'to_address', 'value']],
  ['token_transfer', ['token_address', 'from_address', 'to_address', 'value', 'transaction_hash', 'log_index']],
  ['log', ['log_index', 'transaction_hash', 'address', 'data', 'topics']],
  ['receipt', ['transaction_hash', 'cumulative_gas_used', 'gas_used']],
  ['transaction', ['hash', 'nonce', 'from_address', 'to_address', 'value', 'gas_price', 'input']],
  ['block', ['number', 'hash', 'parent_hash', 'miner', 'transaction_count']],
  ['token', ['address', 'symbol', 'decimals', 'total_supply']],
  ['contract', ['address', 'bytecode', 'function_sighashes']],
];

/** The table of a header or of the keys of a record; null for none. */
export function etlTableOf(columns: { has(column: string): boolean }): EtlTable | null {
  return NEEDED.find(([, needed]) => needed.every((column) => columns.has(column)))?.[0] ?? null;
}

/** Whether a header line is of one of the tables. */
export function isEtlHeader(cells: readonly string[]): boolean {
  return etlTableOf(new Set(cells)) !== null;
}
