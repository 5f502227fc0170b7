/**
 * Two sources that describe one transaction become one record when they agree, and are refused, naming the field, when they do not.
 * A field that one source leaves out is filled by the other. What a source saw at its time (spent flags) only grows.
 */
import { type InputRecord, type OutputRecord, SpoorError, type TransactionRecord } from '../../ledger/index.ts';

type Plain = string | number | boolean | null;

/** The value both sources allow. Throws SOURCES_DISAGREE. */
function agreed<T extends Plain>(field: string, a: T, b: T): T {
  if (a === null) return b;
  if (b === null || a === b) return a;
  throw new SpoorError('SOURCES_DISAGREE', `one source has ${String(a)}, another ${String(b)}`, { field });
}

function agreedWitness(field: string, a: string[] | null, b: string[] | null): string[] | null {
  if (a === null || b === null) return a ?? b;
  agreed(field, JSON.stringify(a), JSON.stringify(b));
  return a;
}

/** Names of one transaction from captures that number it differently: all are kept, in one order. */
function bothNames(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return [...new Set([...a.split(' '), ...b.split(' ')])].sort().join(' ');
}

function mergedInput(vin: number, a: InputRecord, b: InputRecord): InputRecord {
  const at = (field: string): string => `inputs[${vin}].${field}`;
  return {
    prevTxid: agreed(at('prevTxid'), a.prevTxid, b.prevTxid),
    prevVout: agreed(at('prevVout'), a.prevVout, b.prevVout),
    prevAlias: bothNames(a.prevAlias, b.prevAlias),
    valueSat: agreed(at('valueSat'), a.valueSat, b.valueSat),
    prevScript: agreed(at('prevScript'), a.prevScript, b.prevScript),
    prevAddress: agreed(at('prevAddress'), a.prevAddress, b.prevAddress),
    scriptSig: agreed(at('scriptSig'), a.scriptSig, b.scriptSig),
    sequence: agreed(at('sequence'), a.sequence, b.sequence),
    witness: agreedWitness(at('witness'), a.witness, b.witness),
  };
}

function mergedOutput(vout: number, a: OutputRecord, b: OutputRecord): OutputRecord {
  const at = (field: string): string => `outputs[${vout}].${field}`;
  return {
    valueSat: agreed(at('valueSat'), a.valueSat, b.valueSat),
    scriptPubKey: agreed(at('scriptPubKey'), a.scriptPubKey, b.scriptPubKey),
    address: agreed(at('address'), a.address, b.address),
    spent: a.spent === null || b.spent === null ? (a.spent ?? b.spent) : a.spent || b.spent,
    spenderTxid: agreed(at('spenderTxid'), a.spenderTxid, b.spenderTxid),
  };
}

function sameLength(field: string, a: readonly unknown[], b: readonly unknown[]): void {
  if (a.length !== b.length) {
    throw new SpoorError('SOURCES_DISAGREE', `one source has ${a.length} ${field}, another ${b.length}`, { field });
  }
}

/** Some sources write a fee of 0 where they have none; another source's fee then stands. */
function mergedFee(a: TransactionRecord, b: TransactionRecord): TransactionRecord['feeSat'] {
  if (a.feeSat === null || a.feeSat === 0) return b.feeSat ?? a.feeSat;
  return b.feeSat === null || b.feeSat === 0 ? a.feeSat : agreed('feeSat', a.feeSat, b.feeSat);
}

/** One record from two of the same txid. Throws SOURCES_DISAGREE with the field that differs. */
export function mergeRecords(a: TransactionRecord, b: TransactionRecord): TransactionRecord {
  sameLength('outputs', a.outputs, b.outputs);
  const coinbase = agreed('coinbase', a.coinbase, b.coinbase);
  const oneSided = coinbase && (a.inputs.length === 0 || b.inputs.length === 0);
  if (!oneSided) sameLength('inputs', a.inputs, b.inputs);
  const seen = [a.seenSec, b.seenSec].filter((timeSec) => timeSec !== null);
  return {
    txid: agreed('txid', a.txid, b.txid),
    height: agreed('height', a.height, b.height),
    blockHash: agreed('blockHash', a.blockHash, b.blockHash),
    position: agreed('position', a.position, b.position),
    timestampSec: agreed('timestampSec', a.timestampSec, b.timestampSec),
    seenSec: seen.length === 0 ? null : Math.min(...seen),
    version: agreed('version', a.version, b.version),
    lockTime: agreed('lockTime', a.lockTime, b.lockTime),
    coinbase,
    feeSat: mergedFee(a, b),
    alias: bothNames(a.alias, b.alias),
    inputs: oneSided
      ? a.inputs.length === 0
        ? b.inputs
        : a.inputs
      : a.inputs.map((input, vin) => mergedInput(vin, input, b.inputs[vin])),
    outputs: a.outputs.map((output, vout) => mergedOutput(vout, output, b.outputs[vout])),
  };
}
