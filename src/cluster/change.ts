/**
 * Claim:      the output that an expression of change heuristics leaves alone has the controller of the inputs.
 * Source:     act only on exactly one candidate (BlockSci `unique`); none in coinjoins (GraphSense); a layer of its
 *             own, never instead of the core (GraphSense publishes the core only).
 * Parameters: the expression (change-expression.ts), and the height of the facts where it is dynamic.
 * Cost:       that of the expression for every transaction.
 * Fails when: the expression is wrong about one payment to a service: then two clusters of many merge. Error rates per
 *             heuristic are measured on chains with known owners and printed with the clusters.
 */
import { NONE } from '../ledger/index.ts';
import { CHANGE_HEURISTICS } from './change-expression.ts';
import type { ChangeHeuristic, ChangeLedger } from './change-ledger.ts';
import { type Evidence, evidenceOf, type Link } from './evidence.ts';

/**
 * Vout of the change by an expression, or null where it leaves none or several. Coinbases and coinjoins have none, nor
 * has a transaction with one spendable output: who pays all to one address leaves nothing to tell apart (BlockSci asks
 * the heuristic all the same, and most of what optimal change then names is a payee).
 */
export function changeOf(ledger: ChangeLedger, heuristic: ChangeHeuristic, tx: number): number | null {
  if (ledger.inputCount(tx) === 0 || ledger.coinjoins[tx] === 1) return null;
  if (ledger.spendable(tx, () => true).length < 2) return null;
  const candidates = heuristic.candidates(ledger, tx);
  return candidates.length === 1 ? candidates[0] : null;
}

/** One link of a signer and the change for each transaction where the expression leaves one output, in order. */
export function changeLinks(ledger: ChangeLedger, heuristic: ChangeHeuristic): Evidence {
  const { facts } = ledger;
  const links: Link[] = [];
  for (let tx = 0; tx < facts.transactionCount; tx += 1) {
    const vout = changeOf(ledger, heuristic, tx);
    if (vout === null) continue;
    const change = facts.outputMember[facts.firstOutput[tx] + vout];
    const signers = ledger.inputMembers(tx);
    const signer = signers.find((member) => member !== NONE);
    if (signer === undefined || change === NONE || signers.includes(change)) continue;
    links.push({ heuristic: 'change', tx, members: [signer, change] });
  }
  return evidenceOf(links);
}

/**
 * What each heuristic says of a transaction. `names`: outputs it cannot rule out. One that leaves a single output says
 * "this one", one that leaves none says nothing.
 */
export interface ChangeVote {
  readonly heuristic: string;
  readonly kind: ChangeHeuristic['kind'];
  readonly vouts: readonly number[];
}

/** Names that say nothing of change: one is a filter for others, one is empty. */
const NO_VOTERS = ['spent', 'none'];

/** Every heuristic that has a say, by itself, in the order of `CHANGE_HEURISTICS`. */
export function changeVotes(ledger: ChangeLedger, tx: number): ChangeVote[] {
  return CHANGE_HEURISTICS.filter(({ name }) => !NO_VOTERS.includes(name)).map((heuristic) => ({
    heuristic: heuristic.name,
    kind: heuristic.kind,
    vouts: heuristic.candidates(ledger, tx),
  }));
}
