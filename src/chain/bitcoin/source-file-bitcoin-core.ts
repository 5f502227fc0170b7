/**
 * Answers of a Bitcoin Core node: `getblock` (verbosity 0, 2, 3), `getblockheader`, `getrawtransaction` (verbosity 1, 2), alone, inside the JSON-RPC
 * envelope or in lists of these. Amounts are BTC decimals. Where a transaction carries its `hex`, the bytes decide and the decoded fields are checked.
 */
import type { BlockRecord, InputRecord, Network, OutputRecord, TransactionRecord } from '../../ledger/index.ts';
import { Field, hexField, INDEX_MAX, indexField, located, orNull, uint32Field } from '../file/field.ts';
import { decodeBlock } from './decode.ts';
import { blockHashField, btcField, NO_VOUT, txidField, versionField } from './fields.ts';
import { reconcileWithHex } from './source-file-bitcoin-core-hex.ts';
import { type FoundBlock, placeBlocks } from './source-file-blk-place.ts';
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

const VERBOSITY_HINT = 'Ask the node for getblock HASH 3 (with spent outputs) or 2, or for 0 (the raw block).';

interface Answer {
  readonly parsed: ParsedRecords;
  readonly network: Network;
  /** Raw blocks: placed together at the end, because their links tell heights. */
  readonly raw: FoundBlock[];
  unconfirmed: number;
  stale: number;
}

/** `address` since version 22, `addresses` with one entry before; several addresses are the keys of a bare multisig. */
function statedAddress(script: Field): Field {
  const old = script.at('addresses');
  if (script.has('address') || old.isNone) return script.at('address');
  const addresses = old.items();
  return addresses.length === 1 ? addresses[0] : new Field(null, old.path, old.place);
}

function scriptOf(script: Field, network: Network): { hex: string; address: OutputRecord['address'] } {
  const hex = hexField(script.at('hex'));
  return { hex, address: addressOf(hex, statedAddress(script), network) };
}

function inputOf(vin: Field, network: Network): InputRecord {
  const input = blankInput();
  const witness = vin.at('txinwitness');
  input.sequence = uint32Field(vin.at('sequence'));
  input.witness = witness.isNone ? [] : witness.items().map((item) => hexField(item));
  if (vin.has('coinbase')) {
    input.scriptSig = hexField(vin.at('coinbase'));
    return input;
  }
  input.prevTxid = txidField(vin.at('txid'));
  input.prevVout = vin.at('vout').whole(NO_VOUT - 1);
  input.scriptSig = hexField(vin.at('scriptSig').at('hex'));
  const prevout = vin.at('prevout');
  if (prevout.isNone) return input;
  input.valueSat = btcField(prevout.at('value'));
  const script = scriptOf(prevout.at('scriptPubKey'), network);
  input.prevScript = script.hex;
  input.prevAddress = script.address;
  return input;
}

function outputOf(vout: Field, network: Network): { n: number; output: OutputRecord } {
  const output = blankOutput(btcField(vout.at('value')));
  const script = scriptOf(vout.at('scriptPubKey'), network);
  output.scriptPubKey = script.hex;
  output.address = script.address;
  return { n: vout.at('n').whole(INDEX_MAX), output };
}

/** The transaction without its place in the chain. */
function recordOf(tx: Field, network: Network): TransactionRecord {
  const vin = tx.at('vin').items();
  const vout = tx.at('vout');
  const outputs = vout.items().map((row) => outputOf(row, network));
  const coinbase = vin.some((row) => row.has('coinbase'));
  const record: TransactionRecord = {
    txid: txidField(tx.at('txid')),
    version: versionField(tx.at('version')),
    lockTime: uint32Field(tx.at('locktime')),
    coinbase,
    inputs: vin.map((row) => inputOf(row, network)),
    outputs: inIndexOrder(vout, outputs, (row) => row.n).map((row) => row.output),
    feeSat: coinbase ? null : orNull(tx.at('fee'), btcField),
    alias: null,
    height: null,
    blockHash: null,
    position: null,
    timestampSec: null,
    seenSec: null,
  };
  return tx.at('hex').isNone ? record : reconcileWithHex(record, tx.at('hex'), network);
}

function blockOf(body: Field): BlockRecord {
  return {
    hash: blockHashField(body.at('hash')),
    height: indexField(body.at('height')),
    prevHash: orNull(body.at('previousblockhash'), blockHashField),
    merkleRoot: orNull(body.at('merkleroot'), txidField),
    timestampSec: uint32Field(body.at('time')),
    transactionCount: orNull(body.at('nTx'), indexField),
  };
}

/** Whether the node says that this is not in its best chain; then it is counted and left out. */
function isStale(body: Field, answer: Answer): boolean {
  const confirmations = body.at('confirmations').value;
  if (typeof confirmations !== 'number' || confirmations >= 0) return false;
  answer.stale += 1;
  return true;
}

function readBlock(body: Field, answer: Answer): void {
  if (isStale(body, answer)) return;
  const block = blockOf(body);
  const list = body.at('tx');
  const txs = list.items();
  if (txs.some((tx) => typeof tx.value === 'string')) {
    throw list.error('the block lists txids only (getblock verbosity 1)', VERBOSITY_HINT);
  }
  if (txs.length === 0 || (block.transactionCount !== null && block.transactionCount !== txs.length)) {
    const stated = block.transactionCount === null ? 'has at least its coinbase' : `has ${block.transactionCount}`;
    throw list.error(`${txs.length} transactions listed, but the block ${stated}`, VERBOSITY_HINT);
  }
  answer.parsed.blocks.push({ block, place: body.place });
  txs.forEach((item, position) => {
    const tx = item.asRecord();
    const record = recordOf(tx, answer.network);
    const { hash, height, timestampSec } = block;
    answer.parsed.transactions.push({
      record: { ...record, height, blockHash: hash, position, timestampSec },
      place: tx.place,
    });
  });
}

function readTransaction(tx: Field, answer: Answer): void {
  if (tx.at('blockhash').isNone || tx.at('confirmations').value === 0) {
    answer.unconfirmed += 1;
    return;
  }
  if (isStale(tx, answer)) return;
  if (tx.at('in_active_chain').value === false) {
    answer.stale += 1;
    return;
  }
  const record = recordOf(tx, answer.network);
  record.blockHash = blockHashField(tx.at('blockhash'));
  record.timestampSec = orNull(tx.at('blocktime'), uint32Field);
  answer.parsed.transactions.push({ record, place: tx.place });
}

/** Digits of a raw block (verbosity 0). A text of 64 digits is a hash, the answer to another question. */
function readHex(body: Field, answer: Answer): void {
  const hex = hexField(new Field(body.text().trim(), body.path, body.place));
  if (hex.length <= 64) {
    throw body.error(`"${hex}" is a hash, not a block: this looks like the answer to getblockhash`, VERBOSITY_HINT);
  }
  const decoded = located(body, () => decodeBlock(Buffer.from(hex, 'hex'), answer.network));
  answer.raw.push({ decoded, place: body.place });
}

/** What the node answered, out of its JSON-RPC envelope if it has one. */
function resultOf(body: Field): Field {
  if (!body.has('result') && !body.has('error')) return body;
  const error = body.at('error');
  if (error.isNone) return body.at('result').asRecord();
  const message = error.has('message') ? error.at('message').value : error.value;
  throw error.error(`the node answered with an error: ${String(message).slice(0, 200)}`);
}

function readAnswer(body: Field, answer: Answer): void {
  if (typeof body.value === 'string') readHex(body, answer);
  else if (body.has('tx')) readBlock(body, answer);
  else if (body.has('vin')) readTransaction(body, answer);
  else if (body.has('merkleroot')) {
    if (!isStale(body, answer)) answer.parsed.blocks.push({ block: blockOf(body), place: body.place });
  } else throw body.error('neither a block (tx) nor a transaction (vin, vout)', VERBOSITY_HINT);
}

/** Reads answers of a node. Throws MALFORMED, HASH_MISMATCH (hex and txid, merkle root) and SOURCES_DISAGREE (hex and decoded fields). */
export function readBitcoinCore(body: Field, network: Network): ParsedRecords {
  const answer: Answer = { parsed: noRecords(), network, raw: [], unconfirmed: 0, stale: 0 };
  for (const item of body.isList ? body.items() : [body]) readAnswer(resultOf(item.asRecord()), answer);
  const placed = placeBlocks(answer.raw, network);
  answer.parsed.blocks.push(...placed.blocks);
  for (const transaction of placed.transactions) answer.parsed.transactions.push(transaction);
  answer.parsed.notes.push(...placed.notes);
  noteUnconfirmed(answer.parsed.notes, answer.unconfirmed);
  noteCount(answer.parsed.notes, answer.stale, {
    one: 'block or transaction outside the best chain left out',
    many: 'blocks or transactions outside the best chain left out',
  });
  return answer.parsed;
}
