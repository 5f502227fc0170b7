/**
 * Esplora REST bodies (blockstream.info, mempool.space, self-hosted electrs): one transaction, a page of them, `{txs: [...]}`, a list of
 * `{tx: {...}}`, or the statistics of an address. Values are whole satoshi.
 */
import type { InputRecord, Network, OutputRecord, TransactionRecord } from '../../ledger/index.ts';
import { type Field, hexField, INDEX_MAX, indexField, orNull, uint32Field } from '../file/field.ts';
import { addressField, blockHashField, NO_VOUT, satField, txidField, versionField } from './fields.ts';
import {
  addressOf,
  blankInput,
  blankOutput,
  knownFee,
  noRecords,
  noteCount,
  noteUnconfirmed,
  type ParsedRecords,
} from './source-file-record.ts';

const STATUS_HINT =
  'Pages of /block/:hash/txs may come without status. Fetch each transaction by /tx/:txid, or add "status" with "confirmed" and "block_height".';

/** An answer without witness means an empty one; an answer without scriptsig too was cut down by somebody and says nothing. */
function witnessOf(vin: Field): string[] | null {
  const witness = vin.at('witness');
  if (witness.isNone) return vin.at('scriptsig').isNone ? null : [];
  return witness.items().map((item) => hexField(item));
}

function inputOf(vin: Field, network: Network): InputRecord {
  const input = blankInput();
  input.scriptSig = orNull(vin.at('scriptsig'), hexField);
  input.sequence = orNull(vin.at('sequence'), uint32Field);
  input.witness = witnessOf(vin);
  if (vin.at('is_coinbase').value === true) return input;
  input.prevTxid = txidField(vin.at('txid'));
  input.prevVout = vin.at('vout').whole(NO_VOUT - 1);
  // mempool.space answers `prevout: null` in a lazy mode: the value is unknown then, not zero.
  const prevout = vin.at('prevout');
  if (prevout.isNone) return input;
  input.valueSat = satField(prevout.at('value'));
  input.prevScript = orNull(prevout.at('scriptpubkey'), hexField);
  input.prevAddress = addressOf(input.prevScript, prevout.at('scriptpubkey_address'), network);
  return input;
}

function outputOf(vout: Field, network: Network): OutputRecord {
  const output = blankOutput(satField(vout.at('value')));
  output.scriptPubKey = orNull(vout.at('scriptpubkey'), hexField);
  output.address = addressOf(output.scriptPubKey, vout.at('scriptpubkey_address'), network);
  return output;
}

function recordOf(tx: Field, status: Field, network: Network): TransactionRecord {
  const vin = tx.at('vin').items();
  return {
    txid: txidField(tx.at('txid')),
    version: orNull(tx.at('version'), versionField),
    lockTime: orNull(tx.at('locktime'), uint32Field),
    coinbase: vin.some((input) => input.at('is_coinbase').value === true),
    inputs: vin.map((input) => inputOf(input, network)),
    outputs: tx
      .at('vout')
      .items()
      .map((vout) => outputOf(vout, network)),
    feeSat: orNull(tx.at('fee'), satField),
    alias: null,
    height: indexField(status.at('block_height')),
    blockHash: orNull(status.at('block_hash'), blockHashField),
    position: null,
    timestampSec: orNull(status.at('block_time'), uint32Field),
    seenSec: null,
  };
}

/** Some collections of transactions write `fee: 0` where they do not know it. No coinbase pays itself a fee of 0 either way. */
function dropPlaceholderFee(record: TransactionRecord): boolean {
  if (record.coinbase) {
    record.feeSat = null;
    return false;
  }
  if (record.feeSat !== 0) return false;
  const fee = knownFee(record);
  if (fee === null || fee <= 0n) return false;
  record.feeSat = null;
  return true;
}

function addressStatistics(body: Field, network: Network, parsed: ParsedRecords): void {
  const address = addressField(body.at('address'), network);
  const statistics = body.at('chain_stats');
  const total = (key: string) => statistics.at(key).whole(Number.MAX_SAFE_INTEGER);
  parsed.addressTotals.push({
    address,
    receivedSat: total('funded_txo_sum'),
    sentSat: total('spent_txo_sum'),
    transactionCount: statistics.at('tx_count').whole(INDEX_MAX),
  });
  parsed.notes.push(
    `statistics of ${address} only: the file holds no transactions (they are at /address/${address}/txs)`,
  );
}

function transactionFields(body: Field): Field[] {
  if (body.isList) return body.items();
  if (body.has('txs')) return body.at('txs').items();
  return [body];
}

/** Reads an Esplora body. Unconfirmed transactions are left out and counted. Throws MALFORMED. */
export function readEsplora(body: Field, network: Network): ParsedRecords {
  const parsed = noRecords();
  let unconfirmed = 0;
  let placeholders = 0;
  for (const item of transactionFields(body)) {
    const outer = item.asRecord();
    if (outer.has('chain_stats')) {
      addressStatistics(outer, network, parsed);
      continue;
    }
    const tx = outer.has('tx') ? outer.at('tx') : outer;
    const status = tx.at('status');
    if (status.isNone) throw status.error('the transaction says nothing about its block', STATUS_HINT);
    if (!status.at('confirmed').flag()) {
      unconfirmed += 1;
      continue;
    }
    const record = recordOf(tx, status, network);
    if (dropPlaceholderFee(record)) placeholders += 1;
    parsed.transactions.push({ record, place: outer.place });
  }
  noteUnconfirmed(parsed.notes, unconfirmed);
  noteCount(parsed.notes, placeholders, {
    one: 'fee of 0 differs from inputs minus outputs: taken as a placeholder, the fee is computed',
    many: 'fees of 0 differ from inputs minus outputs: taken as placeholders, the fees are computed',
  });
  return parsed;
}
