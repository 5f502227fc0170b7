/**
 * The newer answers of blockchain.info (`/haskoin-store/btc/transaction/<id>`, `/transactions`): transactions with txids of what they spend, witness
 * items, who spends each output, and the position in the block. Field names are those that haskoin-store's own JSON writer uses. `time` is when the
 * store first saw the transaction, or its block's time where it did not: it is `seenSec`.
 */
import type { InputRecord, Network, OutputRecord, TransactionRecord } from '../../ledger/index.ts';
import { type Field, hexField, indexField, orNull, uint32Field } from '../file/field.ts';
import { NO_VOUT, satTextField, txidField, versionField } from './fields.ts';
import { addressOf, blankInput, blankOutput } from './source-file-record.ts';

/** Whether a transaction has this shape: its first input or output names its script as haskoin does. */
export function isHaskoin(tx: Field): boolean {
  if (!tx.has('txid') || !tx.at('inputs').isList || !tx.at('outputs').isList) return false;
  const [input] = tx.at('inputs').items();
  const [output] = tx.at('outputs').items();
  return input?.has('sigscript') === true || input?.has('output') === true || output?.has('pkscript') === true;
}

function isCoinbase(input: Field): boolean {
  return input.at('coinbase').value === true;
}

function inputOf(field: Field, network: Network): InputRecord {
  const input = blankInput();
  input.scriptSig = orNull(field.at('sigscript'), hexField);
  input.sequence = orNull(field.at('sequence'), uint32Field);
  input.witness = orNull(field.at('witness'), (witness) => witness.items().map((item) => hexField(item)));
  if (isCoinbase(field)) return input;
  input.prevTxid = txidField(field.at('txid'));
  input.prevVout = field.at('output').whole(NO_VOUT - 1);
  input.valueSat = satTextField(field.at('value'));
  input.prevScript = orNull(field.at('pkscript'), hexField);
  input.prevAddress = addressOf(input.prevScript, field.at('address'), network);
  return input;
}

function outputOf(field: Field, network: Network): OutputRecord {
  const output = blankOutput(satTextField(field.at('value')));
  output.scriptPubKey = orNull(field.at('pkscript'), hexField);
  output.address = addressOf(output.scriptPubKey, field.at('address'), network);
  output.spent = orNull(field.at('spent'), (spent) => spent.flag());
  output.spenderTxid = orNull(field.at('spender'), (spender) => txidField(spender.at('txid')));
  return output;
}

/** A transaction, or why there is none to keep: no block holds it, or the store dropped it. Throws MALFORMED. */
export function haskoinRecord(tx: Field, network: Network): TransactionRecord | 'unconfirmed' | 'deleted' {
  if (tx.at('deleted').value === true) return 'deleted';
  const block = tx.at('block');
  if (block.isNone || !block.has('height')) return 'unconfirmed';
  const inputs = tx.at('inputs').items();
  const coinbase = inputs.some(isCoinbase);
  return {
    txid: txidField(tx.at('txid')),
    version: orNull(tx.at('version'), versionField),
    lockTime: orNull(tx.at('locktime'), uint32Field),
    coinbase,
    inputs: inputs.map((input) => inputOf(input, network)),
    outputs: tx
      .at('outputs')
      .items()
      .map((output) => outputOf(output, network)),
    feeSat: coinbase ? null : orNull(tx.at('fee'), satTextField),
    alias: null,
    height: indexField(block.at('height')),
    blockHash: null,
    position: orNull(block.at('position'), indexField),
    timestampSec: null,
    seenSec: orNull(tx.at('time'), uint32Field),
  };
}
