/**
 * Blockchair's daily dumps: tables `outputs`, `inputs`, `transactions` and `blocks`, tab-separated. The inputs table lists outputs with their
 * spending side. No table holds whole transactions, so those of one day are read as one body (source-file-group) and joined here.
 *
 * A transaction is kept only when it is whole: outputs numbered from 0 without a hole, inputs likewise unless it is a coinbase, and as many of both
 * as the transactions table says where it is there. Half a transaction would make spent coins look unspent, so the body is refused. Dollar values are
 * floats and never read. Without the transactions table there is no version and no lock time: ids then stay asserted, and a last row that is missing
 * shows only when amounts no longer add up. The column names are those of table definitions that load these dumps; `\N`, `0`/`1` for truth values and
 * the comma between witness items are from memory of the dumps.
 */
import {
  type InputRecord,
  type Network,
  type OutputRecord,
  SpoorError,
  type TransactionRecord,
} from '../../ledger/index.ts';
import { Field, hexField, INDEX_MAX, orNull, UINT32_MAX, utcField, wholeTextField } from '../file/field.ts';
import { blockHashField, NO_VOUT, satTextField, txidField } from './fields.ts';
import {
  addressOf,
  blankInput,
  blankOutput,
  inIndexOrder,
  noRecords,
  type ParsedRecords,
} from './source-file-record.ts';
import { looksTabular, type TableShape, tableRows } from './source-file-table.ts';

type Table = 'transactions' | 'outputs' | 'inputs' | 'blocks';

const SPENT_OUTPUT = ['transaction_hash', 'index', 'value', 'script_hex'];
const SPENDING = ['spending_block_id', 'spending_transaction_hash', 'spending_index'];
const SHAPES: readonly TableShape<Table>[] = [
  {
    name: 'transactions',
    needed: ['block_id', 'hash', 'input_count', 'output_count'],
    optional: ['time', 'version', 'lock_time', 'is_coinbase', 'input_total', 'output_total', 'fee'],
  },
  {
    name: 'outputs',
    needed: ['block_id', ...SPENT_OUTPUT, 'is_from_coinbase'],
    optional: ['time', 'recipient'],
  },
  {
    name: 'inputs',
    needed: [...SPENT_OUTPUT, ...SPENDING],
    optional: ['recipient', 'spending_sequence', 'spending_signature_hex', 'spending_witness'],
  },
  { name: 'blocks', needed: ['id', 'hash', 'merkle_root'], optional: ['time', 'transaction_count'] },
];

const TOGETHER =
  'No table holds whole transactions. Give the outputs and inputs tables of the same days in one call, with the transactions table to have them checked: spoor ingest OUTPUTS INPUTS TRANSACTIONS.';

/** Names Blockchair makes up for outputs without an address: data, multisig, nonstandard. */
const MADE_UP_RECIPIENT = /^[a-z]-[0-9a-f]+$/;
const EMPTY_ITEM = '<empty>';

/** Whether the bytes start with the header of one of these tables. */
export function looksBlockchair(bytes: Uint8Array): boolean {
  return looksTabular(bytes, SHAPES);
}

/** Rows of one transaction: of one id in one block, because two early coinbase ids occur in two blocks. */
interface Parts {
  stated: Field | null;
  readonly outputs: Field[];
  readonly inputs: Field[];
}

const index = (field: Field) => wholeTextField(field, INDEX_MAX);
const uint32 = (field: Field) => wholeTextField(field, UINT32_MAX);

function truth(field: Field): boolean {
  const text = field.text();
  if (text === '1' || text === 'true') return true;
  if (text === '0' || text === 'false') return false;
  throw field.error(`"${text.slice(0, 40)}" is neither 1 nor 0`);
}

/** The stated recipient, or an empty field where it is a made-up name. */
function recipientOf(row: Field): Field {
  const recipient = row.at('recipient');
  return MADE_UP_RECIPIENT.test(String(recipient.value)) ? new Field(null, recipient.path, recipient.place) : recipient;
}

function witnessOf(field: Field): string[] | null {
  if (field.isNone) return null;
  const text = field.text();
  if (text === '') return [];
  return text.split(',').map((item) => hexField(new Field(item === EMPTY_ITEM ? '' : item, field.path, field.place)));
}

function inputOf(row: Field, network: Network): InputRecord {
  const input = blankInput();
  input.prevTxid = txidField(row.at('transaction_hash'));
  input.prevVout = wholeTextField(row.at('index'), NO_VOUT - 1);
  input.valueSat = satTextField(row.at('value'));
  input.prevScript = hexField(row.at('script_hex'));
  input.prevAddress = addressOf(input.prevScript, recipientOf(row), network);
  input.scriptSig = orNull(row.at('spending_signature_hex'), hexField);
  input.sequence = orNull(row.at('spending_sequence'), uint32);
  input.witness = witnessOf(row.at('spending_witness'));
  return input;
}

function outputOf(row: Field, network: Network): OutputRecord {
  const output = blankOutput(satTextField(row.at('value')));
  output.scriptPubKey = hexField(row.at('script_hex'));
  output.address = addressOf(output.scriptPubKey, recipientOf(row), network);
  return output;
}

/** Rows read and put in the order of their own index. */
function ordered<T>(rows: readonly Field[], column: string, read: (row: Field) => T): T[] {
  const items = rows.map((row) => ({ index: index(row.at(column)), item: read(row) }));
  return inIndexOrder(rows[0].at(column), items, (item) => item.index).map(({ item }) => item);
}

function incomplete(row: Field, message: string): SpoorError {
  return new SpoorError('INCOMPLETE', message, row.place, TOGETHER);
}

/** Sum of amounts as text, for comparison with what the table states. */
function sum(amounts: ReadonlyArray<number | null>): string {
  return String(amounts.reduce<bigint>((total, amount) => total + BigInt(amount ?? 0), 0n));
}

/** Compares the joined rows with the counts and sums of the transactions table. */
function checkStated(stated: Field, record: TransactionRecord): void {
  const claims: ReadonlyArray<readonly [string, string]> = [
    ['output_count', String(record.outputs.length)],
    ['output_total', sum(record.outputs.map(({ valueSat }) => valueSat))],
    // A coinbase has no row in the inputs table, yet the count says 1 and the total says its reward.
    ...(record.coinbase
      ? []
      : ([
          ['input_count', String(record.inputs.length)],
          ['input_total', sum(record.inputs.map(({ valueSat }) => valueSat))],
        ] as const)),
  ];
  for (const [column, held] of claims) {
    const claim = stated.at(column);
    if (claim.isNone || claim.text() === held) continue;
    const what = `transaction ${record.txid} has ${column} ${claim.text().slice(0, 40)}, the rows given make ${held}`;
    throw new SpoorError('INCOMPLETE', what, claim.placeOfField(), TOGETHER);
  }
}

function recordOf({ stated, outputs, inputs }: Parts, mustBeStated: boolean, network: Network): TransactionRecord {
  if (outputs.length === 0) {
    const row = stated ?? inputs[0];
    const id = stated === null ? row.at('spending_transaction_hash') : row.at('hash');
    throw incomplete(row, `no row of the outputs table belongs to transaction ${txidField(id)}`);
  }
  const id = txidField(outputs[0].at('transaction_hash'));
  const coinbase = truth(outputs[0].at('is_from_coinbase'));
  const odd = outputs.find((row) => truth(row.at('is_from_coinbase')) !== coinbase);
  if (odd !== undefined)
    throw odd.at('is_from_coinbase').error('the other outputs of the transaction say the opposite');
  if (stated === null && mustBeStated)
    throw incomplete(outputs[0], `transaction ${id} is not in the transactions table`);
  if (coinbase && inputs.length > 0) throw inputs[0].error(`transaction ${id} is a coinbase, yet it spends an output`);
  if (!coinbase && inputs.length === 0)
    throw incomplete(outputs[0], `no row of the inputs table belongs to transaction ${id}`);
  const place = stated ?? outputs[0];
  const record: TransactionRecord = {
    txid: id,
    version: stated === null ? null : orNull(stated.at('version'), signedTextField),
    lockTime: stated === null ? null : orNull(stated.at('lock_time'), uint32),
    coinbase,
    inputs: coinbase ? [] : ordered(inputs, 'spending_index', (row) => inputOf(row, network)),
    outputs: ordered(outputs, 'index', (row) => outputOf(row, network)),
    feeSat: stated === null || coinbase ? null : orNull(stated.at('fee'), satTextField),
    alias: null,
    height: index(place.at('block_id')),
    blockHash: null,
    position: null,
    timestampSec: orNull(place.at('time'), utcField),
    seenSec: null,
  };
  if (stated !== null) checkStated(stated, record);
  return record;
}

/** Version as printed, signed or not, kept unsigned as on the wire. */
function signedTextField(field: Field): number {
  const text = field.text();
  return /^-[1-9]\d{0,9}$/.test(text)
    ? new Field(Number(text), field.path, field.place).whole(-1, -0x8000_0000) >>> 0
    : uint32(field);
}

function partsAt(parts: Map<string, Parts>, id: Field, block: Field): Parts {
  const key = `${txidField(id)} ${index(block)}`;
  const found = parts.get(key) ?? { stated: null, outputs: [], inputs: [] };
  parts.set(key, found);
  return found;
}

/** Puts one row where it belongs. Blocks are kept apart: they are whole. */
function sortIn(parts: Map<string, Parts>, table: Exclude<Table, 'blocks'>, row: Field): void {
  if (table === 'outputs') partsAt(parts, row.at('transaction_hash'), row.at('block_id')).outputs.push(row);
  else if (table === 'inputs')
    partsAt(parts, row.at('spending_transaction_hash'), row.at('spending_block_id')).inputs.push(row);
  else {
    const own = partsAt(parts, row.at('hash'), row.at('block_id'));
    if (own.stated !== null) throw row.at('hash').error('the transaction has two rows in the transactions table');
    own.stated = row;
  }
}

/** Reads one body of tables. Throws MALFORMED, and INCOMPLETE for a transaction that is not whole, naming its first row and what is missing. */
export function readBlockchair(bytes: Uint8Array, file: string, network: Network): ParsedRecords {
  const parsed = noRecords();
  const parts = new Map<string, Parts>();
  const tables = new Set<Table>();
  for (const { table, row } of tableRows(bytes, file, SHAPES)) {
    tables.add(table);
    if (table !== 'blocks') {
      sortIn(parts, table, row);
      continue;
    }
    const block = {
      hash: blockHashField(row.at('hash')),
      height: index(row.at('id')),
      prevHash: null,
      merkleRoot: txidField(row.at('merkle_root')),
      timestampSec: orNull(row.at('time'), utcField),
      transactionCount: orNull(row.at('transaction_count'), index),
    };
    parsed.blocks.push({ block, place: row.place });
  }
  const hashes = new Map(parsed.blocks.map(({ block }) => [block.height, block.hash]));
  for (const one of parts.values()) {
    const record = recordOf(one, tables.has('transactions'), network);
    record.blockHash = hashes.get(record.height) ?? null;
    parsed.transactions.push({ record, place: (one.stated ?? one.outputs[0]).place });
  }
  if (parts.size > 0 && !tables.has('transactions'))
    parsed.notes.push(
      'no transactions table: counts of inputs and outputs are not checked, and ids cannot be recomputed',
    );
  return parsed;
}
