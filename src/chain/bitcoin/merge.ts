/**
 * Two sources that describe one transaction become one record when they agree, and are refused, naming the field, when they do not.
 * A field that one source leaves out is filled by the other. What a source saw at its time (spent flags) only grows.
 */
import { type InputRecord, type OutputRecord, SpoorError, type TransactionRecord } from '../../ledger/index.ts';

type Plain = string | number | boolean | null;

/** A field on which two sources differ, with what each says. */
export interface FieldDifference {
  readonly field: string;
  readonly a: Plain;
  readonly b: Plain;
}

/** Two records of one transaction side by side. */
export interface RecordComparison {
  readonly differences: readonly FieldDifference[];
  /** Fields that one says and the other leaves out: no disagreement. */
  readonly onlyInA: readonly string[];
  readonly onlyInB: readonly string[];
}

/** Fields on which both must agree. Names (`alias`), first sightings (`seenSec`) and spent flags may differ; they are merged by rules of their own. */
const TRANSACTION_FIELDS = [
  'txid',
  'height',
  'blockHash',
  'position',
  'timestampSec',
  'version',
  'lockTime',
  'feeSat',
] as const;
const INPUT_FIELDS = [
  'prevTxid',
  'prevVout',
  'valueSat',
  'prevScript',
  'prevAddress',
  'scriptSig',
  'sequence',
  'witness',
] as const;
const OUTPUT_FIELDS = ['valueSat', 'scriptPubKey', 'address', 'spenderTxid'] as const;

function plain(value: Plain | readonly string[]): Plain {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** Some sources write a fee of 0 where they have none; another source's fee then stands. */
function statedFee(record: TransactionRecord): TransactionRecord['feeSat'] {
  return record.feeSat === 0 ? null : record.feeSat;
}

/** Collects what differs, field by field. */
class Comparison {
  readonly differences: FieldDifference[] = [];
  readonly onlyInA: string[] = [];
  readonly onlyInB: string[] = [];

  compare(field: string, a: Plain, b: Plain): void {
    if (a === b) return;
    if (b === null) this.onlyInA.push(field);
    else if (a === null) this.onlyInB.push(field);
    else this.differences.push({ field, a, b });
  }

  /** The items that both lists have. Returns how many. */
  lengths(what: 'inputs' | 'outputs', a: number, b: number): number {
    if (a !== b) this.differences.push({ field: what, a: `${a} ${what}`, b: `${b} ${what}` });
    return Math.min(a, b);
  }
}

/** Whether one of two records of a coinbase leaves its input out, as bitcoin-etl does. */
function oneSided(a: TransactionRecord, b: TransactionRecord): boolean {
  return a.coinbase && b.coinbase && (a.inputs.length === 0 || b.inputs.length === 0);
}

/** Compares two records of one transaction in normal form: every difference, and every field that one of them leaves out. */
export function compareRecords(a: TransactionRecord, b: TransactionRecord): RecordComparison {
  const found = new Comparison();
  const outputs = found.lengths('outputs', a.outputs.length, b.outputs.length);
  found.compare('coinbase', a.coinbase, b.coinbase);
  const inputs = oneSided(a, b) ? 0 : found.lengths('inputs', a.inputs.length, b.inputs.length);
  for (const field of TRANSACTION_FIELDS) {
    const fee = field === 'feeSat';
    found.compare(field, fee ? statedFee(a) : a[field], fee ? statedFee(b) : b[field]);
  }
  for (let vin = 0; vin < inputs; vin += 1) {
    for (const field of INPUT_FIELDS)
      found.compare(`inputs[${vin}].${field}`, plain(a.inputs[vin][field]), plain(b.inputs[vin][field]));
  }
  for (let vout = 0; vout < outputs; vout += 1) {
    for (const field of OUTPUT_FIELDS)
      found.compare(`outputs[${vout}].${field}`, a.outputs[vout][field], b.outputs[vout][field]);
  }
  return found;
}

/** Names of one transaction from captures that number it differently: all are kept, in one order. */
function bothNames(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return [...new Set([...a.split(' '), ...b.split(' ')])].sort().join(' ');
}

function mergedInput(a: InputRecord, b: InputRecord): InputRecord {
  return {
    prevTxid: a.prevTxid ?? b.prevTxid,
    prevVout: a.prevVout ?? b.prevVout,
    prevAlias: bothNames(a.prevAlias, b.prevAlias),
    valueSat: a.valueSat ?? b.valueSat,
    prevScript: a.prevScript ?? b.prevScript,
    prevAddress: a.prevAddress ?? b.prevAddress,
    scriptSig: a.scriptSig ?? b.scriptSig,
    sequence: a.sequence ?? b.sequence,
    witness: a.witness ?? b.witness,
  };
}

function mergedOutput(a: OutputRecord, b: OutputRecord): OutputRecord {
  return {
    valueSat: a.valueSat,
    scriptPubKey: a.scriptPubKey ?? b.scriptPubKey,
    address: a.address ?? b.address,
    spent: a.spent === null || b.spent === null ? (a.spent ?? b.spent) : a.spent || b.spent,
    spenderTxid: a.spenderTxid ?? b.spenderTxid,
  };
}

function mergedInputs(a: TransactionRecord, b: TransactionRecord): InputRecord[] {
  if (oneSided(a, b)) return a.inputs.length === 0 ? b.inputs : a.inputs;
  return a.inputs.map((input, vin) => mergedInput(input, b.inputs[vin]));
}

/** One record from two of the same txid. Throws SOURCES_DISAGREE with the first field that differs. */
export function mergeRecords(a: TransactionRecord, b: TransactionRecord): TransactionRecord {
  const [first] = compareRecords(a, b).differences;
  if (first !== undefined) {
    const { field } = first;
    const message = `one source has ${String(first.a)}, another ${String(first.b)}`;
    throw new SpoorError('SOURCES_DISAGREE', message, { field });
  }
  const seen = [a.seenSec, b.seenSec].filter((timeSec) => timeSec !== null);
  return {
    txid: a.txid,
    height: a.height ?? b.height,
    blockHash: a.blockHash ?? b.blockHash,
    position: a.position ?? b.position,
    timestampSec: a.timestampSec ?? b.timestampSec,
    seenSec: seen.length === 0 ? null : Math.min(...seen),
    version: a.version ?? b.version,
    lockTime: a.lockTime ?? b.lockTime,
    coinbase: a.coinbase,
    feeSat: statedFee(a) ?? b.feeSat ?? a.feeSat,
    alias: bothNames(a.alias, b.alias),
    inputs: mergedInputs(a, b),
    outputs: a.outputs.map((output, vout) => mergedOutput(output, b.outputs[vout])),
  };
}
