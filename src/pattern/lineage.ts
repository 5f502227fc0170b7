/**
 * Claim:      a Whirlpool mix is one because its inputs are cut by a Tx0 or come out of another mix; a Tx0 is one
 *             because a mix spends it.
 * Source:     graphsense-lib heuristics_service: lineage of a mix, forward check of a Tx0, confidence 90 when it holds.
 * Parameters: one step back from a mix (every input must hold); up to 20 premix outputs of a Tx0 looked at.
 * Cost:       one shape per source transaction.
 * Fails when: the case does not hold the sources: the answer is then null, never no.
 */
import { type LedgerView, NONE, type TxId, txId } from '../ledger/index.ts';
import { fits } from './check.ts';
import { shapeOf, type TypeOfAddress } from './shape.ts';
import { ashigaruMix, whirlpoolTx0 } from './whirlpool.ts';

/** Confidence of a mix or a Tx0 whose lineage holds. */
export const LINEAGE_CONFIDENCE = 90;
const MAX_FORWARD_CHECKS = 20;

/** Where one input of a mix comes from. */
export interface InputLineage {
  readonly vin: number;
  /** Txid of the transaction that made it, or null when the case does not hold it. */
  readonly source: string | null;
  readonly role: 'tx0' | 'mix' | 'other' | 'unknown';
  /** Entrants, above the pool's value, must come from a Tx0, the others from a mix. */
  readonly holds: boolean | null;
}

/** `holds` null: some sources are not in the case and the others hold. */
export interface Lineage {
  readonly holds: boolean | null;
  readonly inputs: readonly InputLineage[];
}

function holdsAll(parts: ReadonlyArray<boolean | null>): boolean | null {
  if (parts.includes(false)) return false;
  return parts.includes(null) ? null : true;
}

/** Lineage of a transaction that has the form of a mix of `poolSat`. */
export function mixLineage(view: LedgerView, tx: TxId, given: { poolSat: number; types: TypeOfAddress }): Lineage {
  const inputs = view.transaction(tx).inputs.map((input): InputLineage => {
    if (input.output === NONE) return { vin: input.vin, source: null, role: 'unknown', holds: null };
    const from = view.transactionOf(input.output);
    const shape = shapeOf(view, from, given.types);
    const role = fits(ashigaruMix, shape) ? 'mix' : fits(whirlpoolTx0, shape) ? 'tx0' : 'other';
    const entrant = input.valueSat === null ? null : input.valueSat > given.poolSat;
    const holds = entrant === null ? null : role === (entrant ? 'tx0' : 'mix');
    return { vin: input.vin, source: view.transaction(from).txid, role, holds };
  });
  return { holds: holdsAll(inputs.map(({ holds }) => holds)), inputs };
}

/**
 * Whether a mix spends a premix output of a transaction that has the form of a Tx0; null when none of them is spent in
 * the case.
 */
export function tx0IsMixed(
  view: LedgerView,
  tx: TxId,
  given: { poolSat: number; types: TypeOfAddress },
): boolean | null {
  const premix = view.transaction(tx).outputs.filter(({ valueSat }) => valueSat > given.poolSat);
  let spent = false;
  for (const { output } of premix.slice(0, MAX_FORWARD_CHECKS)) {
    const spender = view.spenderOf(output);
    if (spender === NONE) continue;
    spent = true;
    if (fits(ashigaruMix, shapeOf(view, txId(spender), given.types))) return true;
  }
  return spent ? false : null;
}
