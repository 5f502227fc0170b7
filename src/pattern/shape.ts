/**
 * What detectors read of one transaction: values, owners, script types, height. Made from a view, or by a test by hand.
 */
import { type LedgerView, NONE, OUTPUT_UNSPENDABLE, type ScriptType, type TxId } from '../ledger/index.ts';

/** An input: satoshi, address, script type of what it spends. `null` is unknown. */
export interface ShapeInput {
  readonly valueSat: number | null;
  readonly address: string | null;
  readonly type: ScriptType | null;
}

/** An output. `address` null: it has none (a null-data output has none), or its source gives none. */
export interface ShapeOutput {
  readonly valueSat: number;
  readonly address: string | null;
  readonly type: ScriptType | null;
  readonly unspendable: boolean;
}

/** One transaction. `height` null: no source placed it. */
export interface TransactionShape {
  readonly height: number | null;
  readonly coinbase: boolean;
  readonly inputs: readonly ShapeInput[];
  readonly outputs: readonly ShapeOutput[];
}

/**
 * Script type that an address says; from the codecs of `chain`, which this room does not know. Null where it says none.
 */
export type TypeOfAddress = (address: string) => ScriptType | null;

/**
 * The shape of a transaction of a view. The type of what an input spends is read from the output if the view holds it,
 * else from its address.
 */
export function shapeOf(view: LedgerView, tx: TxId, typeOfAddress: TypeOfAddress): TransactionShape {
  const { height, coinbase, inputs, outputs } = view.transaction(tx);
  const typeOf = (type: ScriptType | null, address: string | null): ScriptType | null =>
    type ?? (address === null ? null : typeOfAddress(address));
  return {
    height,
    coinbase,
    inputs: inputs.map(({ output, valueSat, address }) => {
      const type = output === NONE ? null : view.output(output).scriptType;
      return { valueSat, address, type: typeOf(type, address) };
    }),
    outputs: outputs.map(({ valueSat, address, scriptType, flags }) => ({
      valueSat,
      address,
      type: typeOf(scriptType, address),
      unspendable: (flags & OUTPUT_UNSPENDABLE) !== 0,
    })),
  };
}

/** How often each value occurs. */
export function countValues(valuesSat: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const valueSat of valuesSat) counts.set(valueSat, (counts.get(valueSat) ?? 0) + 1);
  return counts;
}

/** The value that occurs most often, with its count; among equals the lowest value. Count 0 when there is none. */
export function mostFrequent(counts: ReadonlyMap<number, number>): { valueSat: number; count: number } {
  let best = { valueSat: 0, count: 0 };
  for (const [valueSat, count] of counts) {
    if (count > best.count || (count === best.count && valueSat < best.valueSat)) best = { valueSat, count };
  }
  return best;
}

/** Addresses among inputs or outputs, each once. */
export function addressesOf(of: ReadonlyArray<{ readonly address: string | null }>): Set<string> {
  const known = new Set<string>();
  for (const { address } of of) if (address !== null) known.add(address);
  return known;
}

/** Outputs that pay someone: those with an address, and bare-key ones, but no null data. */
export function payingOutputs(shape: TransactionShape): readonly ShapeOutput[] {
  return shape.outputs.filter(({ type, unspendable }) => type !== 'op_return' && !unspendable);
}

/** Whether all outputs that pay are to different addresses; null when one has no known address. */
export function allDistinct(outputs: readonly ShapeOutput[]): boolean | null {
  const known = outputs.filter(({ address }) => address !== null).length;
  if (addressesOf(outputs).size < known) return false;
  return known === outputs.length ? true : null;
}

/** How many inputs the address with the most of them has. */
export function mostInputsOfOne(shape: TransactionShape): number {
  const counts = new Map<string, number>();
  let most = 0;
  for (const { address } of shape.inputs) {
    if (address === null) continue;
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    if (count > most) most = count;
  }
  return most;
}

/**
 * Whether there are at least `least` payers, as different addresses of inputs. Inputs without a known address may be
 * anyone, so too few known
 * ones is null while the unknown ones could make up for it.
 */
export function payersAtLeast(shape: TransactionShape, least: number): boolean | null {
  const known = addressesOf(shape.inputs).size;
  if (known >= least) return true;
  const unknown = shape.inputs.filter(({ address }) => address === null).length;
  return known + unknown >= least ? null : false;
}
