/**
 * Claim:      a record obeys the laws that one transaction can be held to alone; what breaks none but deserves a word is noted.
 * Source:     Bitcoin Core, src/consensus/tx_check.cpp and tx_verify.cpp (inputs, outputs, repeated prevouts, null prevouts, sums), and the
 *             txid as the hash of the parts. Placeholders of sources: a fee of 0, the address of a bare public key's hash.
 * Parameters: the network on which addresses are rendered.
 * Cost:       O(inputs + outputs), one address per stated address with a script, one double hash.
 * Fails when: the broken law needs other transactions (prevout missing, spent twice, wrong value) or the block (subsidy, maturity).
 */
import * as crypto from 'bitcoinjs-lib/src/crypto';
import {
  type Address,
  type InputRecord,
  MAX_MONEY_SAT,
  type Network,
  type Satoshi,
  SpoorError,
  type TransactionRecord,
} from '../../ledger/index.ts';
import { encodeAddress } from './address.ts';
import { bytesOfHex } from './digest.ts';
import { classifyScript, payToPubkeyKey } from './script.ts';
import { recomputeTxid } from './txid.ts';

const NULL_TXID = '0'.repeat(64);

function broken(field: string, message: string): never {
  throw new SpoorError('LEDGER_INVALID', message, { field });
}

function checkCounts(record: TransactionRecord): void {
  if (record.outputs.length === 0) broken('outputs', 'missing outputs: a transaction has at least one');
  if (record.coinbase && record.inputs.length > 1) {
    broken('inputs', `a coinbase has one input, this one has ${record.inputs.length}`);
  }
  if (!record.coinbase && record.inputs.length === 0)
    broken('inputs', 'missing inputs: only a coinbase spends nothing');
}

function checkCoinbaseInput(input: InputRecord, index: number): void {
  for (const field of ['prevTxid', 'prevVout', 'prevAlias', 'prevAddress', 'valueSat'] as const) {
    const value = input[field];
    if (value !== null) broken(`inputs[${index}].${field}`, `a coinbase spends no output, yet ${field} says ${value}`);
  }
}

/** The name of the spent output, or null where the source gives too little to tell two apart. */
function prevoutName(input: InputRecord): string | null {
  if (input.prevVout === null) return null;
  const name = input.prevTxid ?? input.prevAlias;
  return name === null ? null : `${name}:${input.prevVout}`;
}

function checkPrevouts(record: TransactionRecord): void {
  if (record.coinbase) {
    record.inputs.forEach(checkCoinbaseInput);
    return;
  }
  const seen = new Map<string, number>();
  record.inputs.forEach((input, index) => {
    const field = `inputs[${index}].prevTxid`;
    if (input.prevTxid === NULL_TXID) broken(field, 'the null prevout is for a coinbase');
    if (input.prevTxid === record.txid) broken(field, 'a transaction cannot spend an output of its own');
    const name = prevoutName(input);
    if (name === null) return;
    const before = seen.get(name);
    if (before !== undefined) broken(field, `inputs[${before}] and inputs[${index}] spend the same output ${name}`);
    seen.set(name, index);
  });
}

/** Sum of amounts; safe integers, because it stops at the first sum above 21e14. */
function sumUpToMax(amounts: readonly Satoshi[], fieldOf: (index: number) => string): number {
  let sum = 0;
  amounts.forEach((amount, index) => {
    sum += amount;
    if (sum > MAX_MONEY_SAT) {
      broken(
        fieldOf(index),
        `the sum reaches ${sum} satoshi here, above all the bitcoins there can be (${MAX_MONEY_SAT})`,
      );
    }
  });
  return sum;
}

function checkFee(record: TransactionRecord, realSat: number): string | null {
  const { feeSat } = record;
  if (feeSat === null || feeSat === realSat) return null;
  if (feeSat === 0)
    return `feeSat says 0, which some sources write for "unknown"; inputs minus outputs are ${realSat} sat`;
  return broken('feeSat', `feeSat says ${feeSat} sat, inputs minus outputs are ${realSat} sat`);
}

function checkAmounts(record: TransactionRecord): string | null {
  const outputSum = sumUpToMax(
    record.outputs.map((output) => output.valueSat),
    (index) => `outputs[${index}].valueSat`,
  );
  if (record.coinbase) return checkFee(record, 0);
  const known = record.inputs.map((input) => input.valueSat).filter((valueSat) => valueSat !== null);
  const inputSum = sumUpToMax(known, (index) => `inputs[${index}].valueSat`);
  if (known.length < record.inputs.length) return null;
  if (outputSum > inputSum) broken('outputs', `outputs above inputs by ${outputSum - inputSum} sat`);
  return checkFee(record, inputSum - outputSum);
}

interface StatedAddress {
  readonly script: string | null;
  readonly scriptField: string;
  readonly address: Address | null;
  readonly field: string;
}

/** Compares a stated address with the script's. The address of a bare key's hash is a habit of explorers: noted, not refused. */
function checkStatedAddress({ script, scriptField, address, field }: StatedAddress, network: Network): string | null {
  if (script === null || address === null) return null;
  const bytes = bytesOfHex(script, scriptField);
  const found = classifyScript(bytes, network);
  if (found.address === address) return null;
  const key = payToPubkeyKey(bytes);
  if (key !== null && encodeAddress('p2pkh', crypto.hash160(key), network) === address) {
    return `${field} is the address of a hash of the public key that the script pays; the script itself has no address`;
  }
  const rendered = found.address ?? `no address (${found.type})`;
  return broken(field, `${field} says ${address}, its script renders ${rendered} on ${network}`);
}

function checkAddresses(record: TransactionRecord, network: Network): (string | null)[] {
  const ofInputs = record.inputs.map((input, index): StatedAddress => {
    const item = `inputs[${index}]`;
    const { prevScript: script, prevAddress: address } = input;
    return { script, scriptField: `${item}.prevScript`, address, field: `${item}.prevAddress` };
  });
  const ofOutputs = record.outputs.map((output, index): StatedAddress => {
    const item = `outputs[${index}]`;
    const { scriptPubKey: script, address } = output;
    return { script, scriptField: `${item}.scriptPubKey`, address, field: `${item}.address` };
  });
  return [...ofInputs, ...ofOutputs].map((stated) => checkStatedAddress(stated, network));
}

function hasSpendingData(input: InputRecord): boolean {
  return (input.scriptSig !== null && input.scriptSig !== '') || (input.witness !== null && input.witness.length > 0);
}

/** A hash can only convict the signed form: sources that print the unsigned one leave some input without script and witness. */
function checkTxid(record: TransactionRecord): string | null {
  const computed = recomputeTxid(record);
  if (computed === null || computed === record.txid) return null;
  const bare = record.inputs.findIndex((input) => !hasSpendingData(input));
  if (bare >= 0) {
    return `the parts hash to ${computed}; inputs[${bare}] carries neither script nor witness, so this is the unsigned form and the txid stays asserted`;
  }
  throw new SpoorError('HASH_MISMATCH', `the parts hash to ${computed}, the record says ${record.txid}`, {
    field: 'txid',
  });
}

/**
 * Holds a record to the laws of one transaction. Returns notes, in the order of the record, for what is odd but lawful. Throws
 * LEDGER_INVALID, or HASH_MISMATCH when a fully signed record does not hash to its txid, with the field in `place`.
 */
export function checkRecord(record: TransactionRecord, network: Network = 'mainnet'): string[] {
  checkCounts(record);
  checkPrevouts(record);
  const notes = [checkAmounts(record), ...checkAddresses(record, network), checkTxid(record)];
  return notes.filter((note) => note !== null);
}
