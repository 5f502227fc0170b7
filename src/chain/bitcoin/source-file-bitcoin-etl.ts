/**
 * bitcoin-etl JSON lines: transactions and blocks, one object a line. The coinbase input is dropped by that tool, there is no witness, and
 * a raw export knows no input values (its `fee` is then wrong): such a file is refused until its enrich step has run.
 */
import {
  type BlockRecord,
  type InputRecord,
  type Network,
  type OutputRecord,
  SpoorError,
  type TransactionRecord,
} from '../../ledger/index.ts';
import { Field, hexField, INDEX_MAX, indexField, orNull, uint32Field } from '../file/field.ts';
import { blockHashField, NO_VOUT, satField, txidField, versionField } from './fields.ts';
import {
  addressOf,
  blankInput,
  blankOutput,
  inIndexOrder,
  noRecords,
  type ParsedRecords,
} from './source-file-record.ts';

const NOT_ENRICHED_HINT =
  'A raw export has no values of spent outputs. Run the enrich step of bitcoin-etl (bitcoinetl enrich_transactions) and ingest its output, or read the blocks from a node with getblock verbosity 3.';

/** Output types whose `addresses` are those of hashed keys, not of the script. */
const TYPES_WITHOUT_ADDRESS = new Set(['pubkey', 'multisig', 'nonstandard', 'nulldata']);

/**
 * The address of a row, or an empty field: several addresses are the keys of a bare multisig, `nonstandard...` is a name the tool makes
 * up from the script, and a row of type `pubkey` lists the address its key would have if it were hashed.
 */
function statedAddress(row: Field): Field {
  const none = new Field(null, row.path, row.place);
  const list = row.at('addresses');
  if (list.isNone || TYPES_WITHOUT_ADDRESS.has(String(row.at('type').value))) return none;
  const addresses = list.items();
  return addresses.length === 1 && !addresses[0].text().startsWith('nonstandard') ? addresses[0] : none;
}

function inputOf(row: Field, network: Network): InputRecord {
  const input = blankInput();
  input.prevTxid = txidField(row.at('spent_transaction_hash'));
  input.prevVout = row.at('spent_output_index').whole(NO_VOUT - 1);
  const value = row.at('value');
  if (value.isNone) {
    throw new SpoorError(
      'NOT_ENRICHED',
      'the value of a spent output is not in the file: this is a raw bitcoin-etl export',
      value.placeOfField(),
      NOT_ENRICHED_HINT,
    );
  }
  input.valueSat = satField(value);
  input.prevAddress = addressOf(null, statedAddress(row), network);
  input.scriptSig = orNull(row.at('script_hex'), hexField);
  input.sequence = orNull(row.at('sequence'), uint32Field);
  return input;
}

function outputOf(row: Field, network: Network): OutputRecord {
  const output = blankOutput(satField(row.at('value')));
  output.scriptPubKey = orNull(row.at('script_hex'), hexField);
  output.address = addressOf(output.scriptPubKey, statedAddress(row), network);
  return output;
}

function ordered<T>(list: Field, read: (row: Field) => T): T[] {
  const rows = list.items().map((row) => ({ index: row.at('index').whole(INDEX_MAX), item: read(row) }));
  return inIndexOrder(list, rows, (row) => row.index).map((row) => row.item);
}

function transactionOf(line: Field, network: Network): TransactionRecord {
  const coinbase = line.at('is_coinbase').flag();
  const inputs = ordered(line.at('inputs'), (row) => inputOf(row, network));
  if (coinbase && inputs.length > 0) throw line.at('inputs').error('a coinbase spends no outputs');
  return {
    txid: txidField(line.at('hash')),
    version: orNull(line.at('version'), versionField),
    lockTime: orNull(line.at('lock_time'), uint32Field),
    coinbase,
    inputs,
    outputs: ordered(line.at('outputs'), (row) => outputOf(row, network)),
    feeSat: coinbase ? null : orNull(line.at('fee'), satField),
    alias: null,
    height: indexField(line.at('block_number')),
    blockHash: orNull(line.at('block_hash'), blockHashField),
    position: orNull(line.at('index'), indexField),
    timestampSec: orNull(line.at('block_timestamp'), uint32Field),
    seenSec: null,
  };
}

function blockOf(line: Field): BlockRecord {
  return {
    hash: blockHashField(line.at('hash')),
    height: indexField(line.at('number')),
    prevHash: null,
    merkleRoot: orNull(line.at('merkle_root'), txidField),
    timestampSec: orNull(line.at('timestamp'), uint32Field),
    transactionCount: orNull(line.at('transaction_count'), indexField),
  };
}

function kindOf(line: Field): 'block' | 'transaction' {
  const type = line.at('type').value;
  if (type === 'block' || type === 'transaction') return type;
  if (line.has('inputs') || line.has('outputs')) return 'transaction';
  if (line.has('number') && line.has('merkle_root')) return 'block';
  throw line.error(
    'the line is neither a transaction (inputs, outputs) nor a block (number, merkle_root) of bitcoin-etl',
  );
}

/** Reads bitcoin-etl lines. Throws MALFORMED, and NOT_ENRICHED for a raw export that has anything but coinbases. */
export function readBitcoinEtl(lines: Iterable<Field>, network: Network): ParsedRecords {
  const parsed = noRecords();
  for (const line of lines) {
    if (kindOf(line) === 'block') parsed.blocks.push({ block: blockOf(line), place: line.place });
    else parsed.transactions.push({ record: transactionOf(line, network), place: line.place });
  }
  return parsed;
}
