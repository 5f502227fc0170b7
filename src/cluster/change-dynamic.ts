/**
 * Claim:      which outputs of a transaction may be change, by how they were spent up to the height of the facts.
 * Source:     BlockSci, src/heuristics/change_address.cpp (peeling_chain, locktime, fixed_fee, spent); Nick 2015
 *             (consumer); GraphSense (multi_input_change); BlockSci, tx_identification.cpp `containsKeysetChange`.
 * Parameters: none; a peeling chain is one input and two outputs, with a neighbour of that shape.
 * Cost:       linear in the outputs of the transaction.
 * Fails when: the payee spends as the payer does; an output is unspent (it is kept); `spent` alone says nothing of
 *             change and only sharpens others. `spent` and `multi-input-change` grow as outputs are spent.
 */
import { NONE } from '../ledger/index.ts';
import type { ChangeHeuristic, ChangeLedger } from './change-ledger.ts';

const BLOCKSCI = 'BlockSci 0.7';

/** Spendable outputs that are unspent, or whose spender `fits`. */
function unspentOr(ledger: ChangeLedger, tx: number, fits: (spender: number) => boolean): number[] {
  const { outputSpender } = ledger.facts;
  return ledger.spendable(tx, (output) => outputSpender[output] === NONE || fits(outputSpender[output]));
}

function hasPeelShape(ledger: ChangeLedger, tx: number): boolean {
  return ledger.inputCount(tx) === 1 && ledger.outputCount(tx) === 2;
}

/** Whether a transaction and the one before it, or one after it, have one input and two outputs. */
function isPeeling(ledger: ChangeLedger, tx: number): boolean {
  if (!hasPeelShape(ledger, tx)) return false;
  const { facts } = ledger;
  const maker = facts.inputMaker[facts.firstInput[tx]];
  if (maker !== NONE && hasPeelShape(ledger, maker)) return true;
  for (let output = facts.firstOutput[tx]; output < facts.firstOutput[tx + 1]; output += 1) {
    const spender = facts.outputSpender[output];
    if (spender !== NONE && hasPeelShape(ledger, spender)) return true;
  }
  return false;
}

const peelingChain: ChangeHeuristic = {
  name: 'peeling-chain',
  kind: 'dynamic',
  source: BLOCKSCI,
  candidates(ledger, tx) {
    if (!isPeeling(ledger, tx)) return [];
    return unspentOr(ledger, tx, (spender) => isPeeling(ledger, spender));
  },
};

const locktime: ChangeHeuristic = {
  name: 'locktime',
  kind: 'dynamic',
  source: BLOCKSCI,
  candidates(ledger, tx) {
    const { lockTime } = ledger.facts;
    return unspentOr(ledger, tx, (spender) => {
      const known = lockTime[tx] !== NONE && lockTime[spender] !== NONE;
      return !known || lockTime[spender] > 0 === lockTime[tx] > 0;
    });
  },
};

const fixedFee: ChangeHeuristic = {
  name: 'fixed-fee',
  kind: 'dynamic',
  source: BLOCKSCI,
  candidates(ledger, tx) {
    const rate = ledger.feeRate(tx);
    return unspentOr(ledger, tx, (spender) => {
      const other = ledger.feeRate(spender);
      return rate === NONE || other === NONE || other === rate;
    });
  },
};

const spent: ChangeHeuristic = {
  name: 'spent',
  kind: 'dynamic',
  source: BLOCKSCI,
  candidates: (ledger, tx) => ledger.spendable(tx, (output) => ledger.facts.outputSpender[output] !== NONE),
};

/** Outputs a consumer's transaction may have: a payment and change. */
const MAX_CONSUMER_OUTPUTS = 2;

const consumer: ChangeHeuristic = {
  name: 'consumer',
  kind: 'dynamic',
  source: 'Nick 2015',
  candidates: (ledger, tx) => unspentOr(ledger, tx, (spender) => ledger.outputCount(spender) <= MAX_CONSUMER_OUTPUTS),
};

const multiInputChange: ChangeHeuristic = {
  name: 'multi-input-change',
  kind: 'dynamic',
  source: 'GraphSense multi_input_change, confidence 50',
  candidates(ledger, tx) {
    const { outputMember } = ledger.facts;
    const signer = ledger.inputMembers(tx).find((member) => member !== NONE);
    if (signer === undefined) return [];
    const cluster = ledger.core[signer];
    return ledger.spendable(
      tx,
      (output) => outputMember[output] !== NONE && ledger.core[outputMember[output]] === cluster,
    );
  },
};

const keysetChange: ChangeHeuristic = {
  name: 'keyset-change',
  kind: 'dynamic',
  source: `${BLOCKSCI}, containsKeysetChange, output by output`,
  candidates(ledger, tx) {
    const { keySets, outputMember } = ledger.facts;
    const signers = ledger.inputMembers(tx);
    const keys = new Set([...signers].flatMap((member) => keySets.get(member) ?? []));
    return ledger.spendable(tx, (output) => {
      const member = outputMember[output];
      return !signers.includes(member) && (keySets.get(member) ?? []).some((key) => keys.has(key));
    });
  },
};

/** Heuristics that rest on later spends. */
export const DYNAMIC_HEURISTICS: readonly ChangeHeuristic[] = [
  peelingChain,
  locktime,
  fixedFee,
  spent,
  consumer,
  multiInputChange,
  keysetChange,
];
