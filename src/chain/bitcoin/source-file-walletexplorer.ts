/**
 * WalletExplorer transactions (`/api/1/tx`), one or a list. Inputs name the previous txid in `next_tx`, outputs the spending one; which
 * output of the previous transaction was spent is not told. Amounts are BTC decimals. The source gives no scripts, so an output to a bare
 * public key cannot be told from one to the hash of that key.
 */
import type { InputRecord, Network, OutputRecord, TransactionRecord } from '../../ledger/index.ts';
import { type Field, indexField, orNull, uint32Field } from '../file/field.ts';
import { addressField, btcField, txidField } from './fields.ts';
import { blankInput, blankOutput, noRecords, noteCount, type ParsedRecords } from './source-file-record.ts';

/** The API says `in` and `out`; saved dumps say `ins` and `outs` as well. */
function side(tx: Field, name: 'in' | 'out'): Field {
  return tx.has(`${name}s`) ? tx.at(`${name}s`) : tx.at(name);
}

/** A row that is not standard has a text of the explorer's own where an address would be. */
function addressOf(row: Field, network: Network) {
  return row.at('is_standard').value === false
    ? null
    : orNull(row.at('address'), (field) => addressField(field, network));
}

function inputOf(row: Field, network: Network): InputRecord {
  const input = blankInput();
  input.prevTxid = txidField(row.at('next_tx'));
  input.valueSat = btcField(row.at('amount'));
  input.prevAddress = addressOf(row, network);
  return input;
}

function outputOf(row: Field, network: Network): OutputRecord {
  const output = blankOutput(btcField(row.at('amount')));
  output.address = addressOf(row, network);
  output.spenderTxid = orNull(row.at('next_tx'), txidField);
  output.spent = output.spenderTxid !== null;
  return output;
}

function recordOf(tx: Field, network: Network): TransactionRecord {
  const coinbase = tx.at('is_coinbase').flag();
  const inputs = side(tx, 'in');
  return {
    txid: txidField(tx.at('txid')),
    version: null,
    lockTime: null,
    coinbase,
    inputs: coinbase ? [] : inputs.items().map((row) => inputOf(row, network)),
    outputs: side(tx, 'out')
      .items()
      .map((row) => outputOf(row, network)),
    feeSat: null,
    alias: null,
    height: indexField(tx.at('block_height')),
    blockHash: null,
    position: orNull(tx.at('block_pos'), indexField),
    timestampSec: orNull(tx.at('time'), uint32Field),
    seenSec: null,
  };
}

/** Reads WalletExplorer transactions; rows with `found: false` are left out and counted. Throws MALFORMED. */
export function readWalletExplorer(body: Field, network: Network): ParsedRecords {
  const parsed = noRecords();
  let missing = 0;
  for (const item of body.isList ? body.items() : [body]) {
    const tx = item.asRecord();
    if (tx.at('found').value === false) {
      missing += 1;
      continue;
    }
    parsed.transactions.push({ record: recordOf(tx, network), place: tx.place });
  }
  noteCount(parsed.notes, missing, {
    one: 'transaction that WalletExplorer did not find left out',
    many: 'transactions that WalletExplorer did not find left out',
  });
  return parsed;
}
