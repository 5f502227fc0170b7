/** The raw bytes inside a node's answer against the fields beside them: the bytes hash to the txid, so they decide. */
import { type InputRecord, type Network, SpoorError, type TransactionRecord } from '../../ledger/index.ts';
import { type Field, hexField, located } from '../file/field.ts';
import { decodeTransaction } from './decode.ts';

function disagree(hex: Field, what: string): SpoorError {
  const hint =
    'The bytes hash to the txid, so the fields beside them were changed or mixed up. Record the answer again.';
  return new SpoorError(
    'SOURCES_DISAGREE',
    `the hex of the transaction and its decoded ${what} differ`,
    hex.placeOfField(),
    hint,
  );
}

function withPrevout(input: InputRecord, stated: InputRecord): InputRecord {
  const { valueSat, prevScript, prevAddress } = stated;
  return { ...input, valueSat, prevScript, prevAddress };
}

/**
 * The record as its bytes say, with the spent outputs that only the decoded fields give.
 * Throws HASH_MISMATCH when the bytes are another transaction, SOURCES_DISAGREE when fields differ, MALFORMED for broken bytes.
 */
export function reconcileWithHex(stated: TransactionRecord, hex: Field, network: Network): TransactionRecord {
  const { record } = located(hex, () => decodeTransaction(Buffer.from(hexField(hex), 'hex'), network));
  if (record.txid !== stated.txid) {
    throw new SpoorError(
      'HASH_MISMATCH',
      `the bytes in hex are transaction ${record.txid}, not ${stated.txid}`,
      hex.placeOfField(),
    );
  }
  if (record.inputs.length !== stated.inputs.length) throw disagree(hex, 'number of inputs');
  if (record.outputs.length !== stated.outputs.length) throw disagree(hex, 'number of outputs');
  record.outputs.forEach((output, vout) => {
    const other = stated.outputs[vout];
    if (output.valueSat !== other.valueSat) throw disagree(hex, `value of output ${vout}`);
    if (output.scriptPubKey !== other.scriptPubKey) throw disagree(hex, `script of output ${vout}`);
  });
  record.inputs.forEach((input, vin) => {
    const other = stated.inputs[vin];
    const sameOutput = input.prevTxid === other.prevTxid && input.prevVout === other.prevVout;
    if (!stated.coinbase && !sameOutput) throw disagree(hex, `outpoint of input ${vin}`);
  });
  return {
    ...record,
    inputs: record.inputs.map((input, vin) => withPrevout(input, stated.inputs[vin])),
    outputs: stated.outputs,
    feeSat: stated.feeSat,
  };
}
