/**
 * Claim:      the one output that goes to an address never seen before, and never again, is change.
 * Source:     GraphSense one_time_change (confidence 50); Meiklejohn et al., IMC 2013, heuristic 2 with its
 *             refinements, as methods of the field restate them; the waiting time of a week is not built in: use facts
 *             up to a height.
 * Parameters: GraphSense: 2 to 10 outputs, value no multiple of 1,000 sat, below the smallest input, type of the
 *             inputs.
 * Cost:       linear in inputs and outputs of the transaction.
 * Fails when: payees are fresh as well, as most are today; then it stays silent, and where the payer sweeps to one
 *             fresh address it is wrong. It was this rule that first made one giant cluster of several services.
 */
import { NONE } from '../ledger/index.ts';
import type { ChangeHeuristic } from './change-ledger.ts';
import { sharedInputType } from './change-static.ts';

const MIN_OUTPUTS = 2;
const MAX_OUTPUTS = 10;
const ROUND_SAT = 1000;

const oneTimeChange: ChangeHeuristic = {
  name: 'one-time-change',
  kind: 'dynamic',
  source: 'GraphSense one_time_change, confidence 50',
  candidates(ledger, tx) {
    const outputs = ledger.outputCount(tx);
    const type = sharedInputType(ledger, tx);
    if (outputs < MIN_OUTPUTS || outputs > MAX_OUTPUTS || type === null || type === NONE) return [];
    const { outputMember, outputType, outputValueSat } = ledger.facts;
    const smallestSat = ledger.smallestInputSat(tx);
    const found = ledger.spendable(tx, (output) => {
      const member = outputMember[output];
      // One receipt in all: fresh here, not twice in this transaction, not reused later.
      const once = member !== NONE && ledger.firstTx[member] === tx && ledger.receipts[member] === 1;
      const valueSat = outputValueSat[output];
      return once && outputType[output] === type && valueSat % ROUND_SAT !== 0 && valueSat < smallestSat;
    });
    return found.length === 1 ? found : [];
  },
};

const refinedOneTimeChange: ChangeHeuristic = {
  name: 'refined-one-time-change',
  kind: 'static',
  source: 'Meiklejohn et al., IMC 2013, heuristic 2, refined',
  candidates(ledger, tx) {
    const { firstOutput, outputMember } = ledger.facts;
    const signers = ledger.inputMembers(tx);
    if (signers.length === 0 || ledger.outputCount(tx) < MIN_OUTPUTS) return [];
    const fresh = ledger.spendable(tx, (output) => ledger.isFresh(output, tx));
    if (fresh.length !== 1 || outputMember[firstOutput[tx] + fresh[0]] === NONE) return [];
    const others = ledger.spendable(tx, (output) => output !== firstOutput[tx] + fresh[0]);
    const doubtful = others.some((vout) => {
      const output = firstOutput[tx] + vout;
      const member = outputMember[output];
      const selfChange = ledger.firstSelfChange[member];
      // A payee seen once before may be somebody's one-time address in turn; self-change shows a wallet that keeps
      // none.
      return (
        signers.includes(member) || ledger.receivedBefore[output] === 1 || (selfChange !== NONE && selfChange < tx)
      );
    });
    return doubtful ? [] : fresh;
  },
};

/** The one-time-change rules. */
export const ONE_TIME_HEURISTICS: readonly ChangeHeuristic[] = [oneTimeChange, refinedOneTimeChange];
