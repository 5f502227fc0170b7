/** Records written as the tables of a Blockchair dump, every column of the real ones, so that importers are tested without a download. */
import { type BlockRecord, btcText, type TransactionRecord } from '../../src/ledger/index.ts';

/** Tables by name; a table is a list of lines of cells, the header first. */
export type Tables = Record<'transactions' | 'outputs' | 'inputs' | 'blocks', string[][]>;

const OUTPUT_COLUMNS =
  'block_id transaction_hash index time value value_usd recipient type script_hex is_from_coinbase is_spendable';
/** Columns in the order of table definitions that load the dumps (a public repository's SQL for all four tables). */
const COLUMNS: Record<keyof Tables, string> = {
  transactions:
    'block_id hash time size weight version lock_time is_coinbase has_witness input_count output_count input_total input_total_usd output_total output_total_usd fee fee_usd fee_per_kb fee_per_kb_usd fee_per_kwu fee_per_kwu_usd cdd_total',
  outputs: OUTPUT_COLUMNS,
  inputs: `${OUTPUT_COLUMNS} spending_block_id spending_transaction_hash spending_index spending_time spending_value_usd spending_sequence spending_signature_hex spending_witness lifespan cdd`,
  blocks:
    'id hash time median_time size stripped_size weight version version_hex version_bits merkle_root nonce bits difficulty chainwork coinbase_data_hex transaction_count',
};

function timeText(timestampSec: number | null): string {
  return timestampSec === null ? '' : new Date(timestampSec * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

function line(table: keyof Tables, cells: Record<string, string | number | null>): string[] {
  return COLUMNS[table].split(' ').map((column) => String(cells[column] ?? (column.endsWith('_usd') ? '0.5' : '')));
}

function sum(amounts: ReadonlyArray<number | null>): number {
  return amounts.reduce<number>((total, amount) => total + (amount ?? 0), 0);
}

function addTransaction(tables: Tables, tx: TransactionRecord): void {
  const time = timeText(tx.timestampSec);
  const inputTotal = tx.coinbase
    ? sum(tx.outputs.map(({ valueSat }) => valueSat))
    : sum(tx.inputs.map(({ valueSat }) => valueSat));
  tables.transactions.push(
    line('transactions', {
      block_id: tx.height,
      hash: tx.txid,
      time,
      version: tx.version,
      lock_time: tx.lockTime,
      is_coinbase: Number(tx.coinbase),
      input_count: tx.coinbase ? 1 : tx.inputs.length,
      output_count: tx.outputs.length,
      input_total: inputTotal,
      output_total: sum(tx.outputs.map(({ valueSat }) => valueSat)),
      fee: tx.coinbase ? 0 : inputTotal - sum(tx.outputs.map(({ valueSat }) => valueSat)),
    }),
  );
  tx.outputs.forEach(({ valueSat, scriptPubKey, address }, vout) => {
    const recipient = address ?? `d-${tx.txid.slice(0, 32)}`;
    tables.outputs.push(
      line('outputs', {
        block_id: tx.height,
        transaction_hash: tx.txid,
        index: vout,
        time,
        value: valueSat,
        value_usd: btcText(valueSat),
        recipient,
        script_hex: scriptPubKey,
        is_from_coinbase: Number(tx.coinbase),
        is_spendable: -1,
      }),
    );
  });
  for (const [vin, input] of tx.coinbase ? [] : tx.inputs.entries()) {
    tables.inputs.push(
      line('inputs', {
        block_id: 1,
        transaction_hash: input.prevTxid,
        index: input.prevVout,
        time,
        value: input.valueSat,
        recipient: input.prevAddress,
        script_hex: input.prevScript,
        is_from_coinbase: 0,
        spending_block_id: tx.height,
        spending_transaction_hash: tx.txid,
        spending_index: vin,
        spending_time: time,
        spending_sequence: input.sequence,
        spending_signature_hex: input.scriptSig,
        spending_witness: (input.witness ?? []).map((item) => (item === '' ? '<empty>' : item)).join(','),
        lifespan: 7,
      }),
    );
  }
}

/** Tables of transactions and blocks. */
export function blockchairTables(
  transactions: readonly TransactionRecord[],
  blocks: readonly BlockRecord[] = [],
): Tables {
  const tables: Tables = { transactions: [], outputs: [], inputs: [], blocks: [] };
  for (const name of Object.keys(tables) as Array<keyof Tables>) tables[name].push(COLUMNS[name].split(' '));
  for (const tx of transactions) addTransaction(tables, tx);
  for (const block of blocks)
    tables.blocks.push(
      line('blocks', {
        id: block.height,
        hash: block.hash,
        time: timeText(block.timestampSec),
        merkle_root: block.merkleRoot,
        transaction_count: block.transactionCount,
        difficulty: '1.5e+3',
      }),
    );
  return tables;
}

/** Text of a table. */
export function tsv(lines: readonly string[][]): string {
  return lines.map((cells) => `${cells.join('\t')}\n`).join('');
}
