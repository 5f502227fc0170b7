/** Transactions by hand for detectors. */
import type { ScriptType } from '../../src/ledger/index.ts';
import type { ShapeInput, ShapeOutput, TransactionShape } from '../../src/pattern/index.ts';

/** Inputs of these values, each of an address of its own. */
export function payers(valuesSat: ReadonlyArray<number | null>, type: ScriptType | null = 'p2wpkh'): ShapeInput[] {
  return valuesSat.map((valueSat, vin) => ({ valueSat, address: `payer ${vin}`, type }));
}

/** Outputs of these values, each to an address of its own. */
export function payees(valuesSat: readonly number[], type: ScriptType | null = 'p2wpkh'): ShapeOutput[] {
  return valuesSat.map((valueSat, vout) => ({ valueSat, address: `payee ${vout}`, type, unspendable: false }));
}

/** A null-data output. */
export const NULL_DATA: ShapeOutput = { valueSat: 0, address: null, type: 'op_return', unspendable: true };

/** `count` times `valueSat`. */
export function times(count: number, valueSat: number): number[] {
  return new Array<number>(count).fill(valueSat);
}

/** `count` values that all differ, from `fromSat` down. */
export function different(count: number, fromSat: number): number[] {
  return Array.from({ length: count }, (_, at) => fromSat - at);
}

/** A transaction of these inputs and outputs, after every protocol began. */
export function shape(
  inputs: readonly ShapeInput[],
  outputs: readonly ShapeOutput[],
  height: number | null = 800_000,
): TransactionShape {
  return { height, coinbase: false, inputs, outputs };
}
