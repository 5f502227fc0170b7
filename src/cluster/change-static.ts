/**
 * Claim:      which outputs of a transaction may be change, by the transaction itself and what came before it.
 * Source:     BlockSci, src/heuristics/change_address.cpp (address_reuse, address_type, optimal_change,
 *             power_of_ten_value, client_change_address_behavior, legacy, none); GraphSense (direct_change).
 * Parameters: `power-of-ten-value(d)`: digits, 6 as in BlockSci if not given; GraphSense counts thousands (3).
 * Cost:       linear in inputs and outputs of the transaction.
 * Fails when: the payee too is fresh, of the same type, or smaller than every input; a payer sweeps and there is no
 *             change at all; a wallet reuses its change address (client behaviour) or never does (address reuse).
 */
import { NONE } from '../ledger/index.ts';
import type { ChangeHeuristic, ChangeLedger } from './change-ledger.ts';

const BLOCKSCI = 'BlockSci 0.7';

function paidSigners(ledger: ChangeLedger, tx: number): number[] {
  const signers = ledger.inputMembers(tx);
  const { outputMember } = ledger.facts;
  return ledger.spendable(tx, (output) => outputMember[output] !== NONE && signers.includes(outputMember[output]));
}

const addressReuse: ChangeHeuristic = {
  name: 'address-reuse',
  kind: 'static',
  source: BLOCKSCI,
  candidates: paidSigners,
};

const directChange: ChangeHeuristic = {
  name: 'direct-change',
  kind: 'static',
  source: 'GraphSense direct_change, confidence 100',
  candidates: paidSigners,
};

/** Script type that all inputs share: NONE when one is not known, null when they differ. */
export function sharedInputType(ledger: ChangeLedger, tx: number): number | null {
  const { firstInput, inputType } = ledger.facts;
  const types = new Set(inputType.subarray(firstInput[tx], firstInput[tx + 1]));
  if (types.has(NONE)) return NONE;
  return types.size === 1 ? [...types][0] : null;
}

const addressType: ChangeHeuristic = {
  name: 'address-type',
  kind: 'static',
  source: BLOCKSCI,
  candidates(ledger, tx) {
    const type = sharedInputType(ledger, tx);
    const { outputType } = ledger.facts;
    if (type === null) return [];
    return ledger.spendable(
      tx,
      (output) => type === NONE || outputType[output] === NONE || outputType[output] === type,
    );
  },
};

const optimalChange: ChangeHeuristic = {
  name: 'optimal-change',
  kind: 'static',
  source: `${BLOCKSCI}; Nick 2015`,
  candidates(ledger, tx) {
    const smallestSat = ledger.smallestInputSat(tx);
    return ledger.spendable(tx, (output) => ledger.facts.outputValueSat[output] < smallestSat);
  },
};

/** Outputs that are no multiple of 10^digits satoshi. */
export function powerOfTenValue(digits: number): ChangeHeuristic {
  const unitSat = 10 ** digits;
  return {
    name: digits === 6 ? 'power-of-ten-value' : `power-of-ten-value(${digits})`,
    kind: 'static',
    source: BLOCKSCI,
    candidates: (ledger, tx) => ledger.spendable(tx, (output) => ledger.facts.outputValueSat[output] % unitSat !== 0),
  };
}

const clientBehavior: ChangeHeuristic = {
  name: 'client-change-address-behavior',
  kind: 'static',
  source: BLOCKSCI,
  candidates: (ledger, tx) => ledger.spendable(tx, (output) => ledger.isFresh(output, tx)),
};

const legacy: ChangeHeuristic = {
  name: 'legacy',
  kind: 'static',
  source: BLOCKSCI,
  candidates(ledger, tx) {
    if (ledger.coinjoins[tx] === 1 || ledger.spendable(tx, () => true).length < 2) return [];
    const smallestSat = ledger.smallestInputSat(tx);
    const { outputValueSat } = ledger.facts;
    const found = ledger.spendable(tx, (output) => outputValueSat[output] < smallestSat && ledger.isFresh(output, tx));
    return found.length === 1 ? found : [];
  },
};

const none: ChangeHeuristic = { name: 'none', kind: 'static', source: BLOCKSCI, candidates: () => [] };

/** Heuristics that later spends never change. */
export const STATIC_HEURISTICS: readonly ChangeHeuristic[] = [
  addressReuse,
  addressType,
  optimalChange,
  powerOfTenValue(6),
  clientBehavior,
  legacy,
  none,
  directChange,
];
