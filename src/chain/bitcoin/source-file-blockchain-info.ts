/**
 * blockchain.info bodies: an address (`/rawaddr`, with its transactions), a transaction (`/rawtx`), a block (`/rawblock`, `/block-height`), lists of
 * them, and transactions in the newer haskoin-store shape.
 *
 * Spent outputs are named by the explorer's own number (`tx_index`) and usually without txid; the store joins them later by alias.
 * `witness` of this source is one opaque text, often empty for real witnesses, so it counts as unstated. Values are whole satoshi; some
 * captures quote numbers as text. `time` is when the explorer first saw the transaction, which may be hours before its block: it is `seenSec`,
 * and the block time is unstated.
 */
import {
  type BlockRecord,
  type InputRecord,
  type Network,
  type OutputRecord,
  SpoorError,
  type TransactionRecord,
} from '../../ledger/index.ts';
import { Field, hexField, INDEX_MAX, orNull, UINT32_MAX, wholeTextField } from '../file/field.ts';
import { DecimalText } from '../file/json.ts';
import { addressField, blockHashField, NO_VOUT, satTextField, txidField, versionField } from './fields.ts';
import { haskoinRecord, isHaskoin } from './source-file-haskoin.ts';
import {
  addressOf,
  blankInput,
  blankOutput,
  inIndexOrder,
  noRecords,
  noteCount,
  noteUnconfirmed,
  type ParsedRecords,
} from './source-file-record.ts';
import { merkleRoot } from './txid.ts';

const index = (field: Field) => wholeTextField(field, INDEX_MAX);
const uint32 = (field: Field) => wholeTextField(field, UINT32_MAX);
const version = (field: Field) => (typeof field.value === 'string' ? uint32(field) : versionField(field));

/** The explorer's number of a transaction as an alias; since 2019 these numbers may exceed safe integers, so only digits matter. */
function aliasField(field: Field): string {
  const value = field.value;
  const digits = value instanceof DecimalText ? value.text : typeof value === 'number' ? String(value) : field.text();
  if (!/^\d{1,20}$/.test(digits)) throw field.error(`"${digits.slice(0, 40)}" is not a transaction number`);
  return `blockchain.info:${digits}`;
}

/** Old answers give a coinbase input no `prev_out`; newer ones an empty one whose index is the wire's 2^32-1. */
function isCoinbaseInput(input: Field): boolean {
  const prevOut = input.at('prev_out');
  return prevOut.isNone || Number(prevOut.at('n').value) === NO_VOUT;
}

function inputOf(input: Field, network: Network): InputRecord {
  const record = blankInput();
  record.scriptSig = orNull(input.at('script'), hexField);
  record.sequence = orNull(input.at('sequence'), uint32);
  if (isCoinbaseInput(input)) return record;
  const prevOut = input.at('prev_out');
  record.prevTxid = orNull(prevOut.at('hash'), txidField);
  record.prevAlias = record.prevTxid === null ? aliasField(prevOut.at('tx_index')) : null;
  record.prevVout = wholeTextField(prevOut.at('n'), NO_VOUT - 1);
  record.valueSat = satTextField(prevOut.at('value'));
  record.prevScript = orNull(prevOut.at('script'), hexField);
  record.prevAddress = addressOf(record.prevScript, prevOut.at('addr'), network);
  return record;
}

function outputOf(out: Field, network: Network): { n: number; output: OutputRecord } {
  const output = blankOutput(satTextField(out.at('value')));
  output.scriptPubKey = orNull(out.at('script'), hexField);
  output.address = addressOf(output.scriptPubKey, out.at('addr'), network);
  output.spent = orNull(out.at('spent'), (field) => field.flag());
  return { n: index(out.at('n')), output };
}

function recordOf(tx: Field, network: Network): TransactionRecord {
  const inputs = tx.at('inputs').items();
  const out = tx.at('out');
  const outputs = out.items().map((item) => outputOf(item, network));
  const coinbase = inputs.length === 1 && isCoinbaseInput(inputs[0]);
  if (!coinbase) {
    const nameless = inputs.find(isCoinbaseInput);
    if (nameless !== undefined) throw nameless.at('prev_out').error('an input without the output it spends');
  }
  return {
    txid: txidField(tx.at('hash')),
    version: orNull(tx.at('ver'), version),
    lockTime: orNull(tx.at('lock_time'), uint32),
    coinbase,
    inputs: inputs.map((input) => inputOf(input, network)),
    outputs: inIndexOrder(out, outputs, (item) => item.n).map((item) => item.output),
    feeSat: coinbase ? null : orNull(tx.at('fee'), satTextField),
    alias: orNull(tx.at('tx_index'), aliasField),
    height: index(tx.at('block_height')),
    blockHash: null,
    position: null,
    timestampSec: null,
    seenSec: orNull(tx.at('time'), uint32),
  };
}

function addressBody(body: Field, network: Network, parsed: ParsedRecords): Field[] {
  const total = (key: string) => wholeTextField(body.at(key), Number.MAX_SAFE_INTEGER);
  const address = addressField(body.at('address'), network);
  const transactionCount = total('n_tx');
  parsed.addressTotals.push({
    address,
    receivedSat: total('total_received'),
    sentSat: total('total_sent'),
    transactionCount,
  });
  const txs = body.at('txs').items();
  if (txs.length < transactionCount) {
    parsed.notes.push(`${address}: the file holds ${txs.length} of ${transactionCount} transactions`);
  }
  return txs;
}

/** Transactions that make no record, by why. */
interface LeftOut {
  unconfirmed: number;
  deleted: number;
  doubleSpends: number;
}

function take(item: Field, network: Network, parsed: ParsedRecords, out: LeftOut): TransactionRecord | null {
  const tx = item.asRecord();
  if (tx.at('double_spend').value === true) out.doubleSpends += 1;
  const record = isHaskoin(tx)
    ? haskoinRecord(tx, network)
    : tx.at('block_height').isNone
      ? 'unconfirmed'
      : recordOf(tx, network);
  if (typeof record === 'string') {
    out[record] += 1;
    return null;
  }
  parsed.transactions.push({ record, place: tx.place });
  return record;
}

/**
 * A block with its transactions in their order: their ids must hash to its merkle root, so none is missing. A block off the best chain is left out.
 * Throws INCOMPLETE, HASH_MISMATCH.
 */
function blockBody(body: Field, network: Network, parsed: ParsedRecords, out: LeftOut): void {
  const hash = blockHashField(body.at('hash'));
  if (body.at('main_chain').value === false) {
    parsed.notes.push(`block ${hash} is not in the best chain: left out`);
    return;
  }
  const block: BlockRecord = {
    hash,
    height: index(body.at('height')),
    prevHash: orNull(body.at('prev_block'), blockHashField),
    merkleRoot: txidField(body.at('mrkl_root')),
    timestampSec: orNull(body.at('time'), uint32),
    transactionCount: index(body.at('n_tx')),
  };
  const txs = body.at('tx').items();
  if (txs.length !== block.transactionCount) {
    const what = `block ${hash} has ${block.transactionCount} transactions, the answer holds ${txs.length}`;
    throw new SpoorError('INCOMPLETE', what, body.at('tx').placeOfField());
  }
  const root = merkleRoot(txs.map((tx) => txidField(tx.at('hash'))));
  if (root !== block.merkleRoot) {
    const what = `the transactions hash to merkle root ${root}, the block says ${block.merkleRoot}`;
    throw new SpoorError('HASH_MISMATCH', what, body.at('mrkl_root').placeOfField());
  }
  parsed.blocks.push({ block, place: body.place });
  txs.forEach((tx, position) => {
    const record = take(new Field(tx.value, tx.path, body.place), network, parsed, out);
    if (record === null || record.height !== block.height)
      throw tx.error('the transaction is not of the height of its block');
    Object.assign(record, { blockHash: hash, position, timestampSec: block.timestampSec });
  });
}

/** Reads a blockchain.info body. Transactions without `block_height` are unconfirmed: left out and counted. Throws MALFORMED, INCOMPLETE, HASH_MISMATCH. */
export function readBlockchainInfo(body: Field, network: Network): ParsedRecords {
  const parsed = noRecords();
  const out: LeftOut = { unconfirmed: 0, deleted: 0, doubleSpends: 0 };
  const outer = body.has('blocks') ? body.at('blocks') : body;
  for (const item of outer.isList ? outer.items() : [outer]) {
    if (item.has('mrkl_root')) blockBody(item.asRecord(), network, parsed, out);
    else {
      const txs = item.has('txs') ? addressBody(item.asRecord(), network, parsed) : [item];
      for (const tx of txs) take(new Field(tx.value, tx.path, body.place), network, parsed, out);
    }
  }
  noteUnconfirmed(parsed.notes, out.unconfirmed);
  noteCount(parsed.notes, out.deleted, {
    one: 'transaction that the source dropped left out',
    many: 'transactions that the source dropped left out',
  });
  noteCount(parsed.notes, out.doubleSpends, {
    one: 'transaction that the explorer marked as a double spend attempt',
    many: 'transactions that the explorer marked as double spend attempts',
  });
  return parsed;
}
