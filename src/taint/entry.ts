/** How taint enters a transaction: what of it may be followed, and what stays on the outputs that are spent. */
import { NONE, type TxFrame, type TxId } from '../ledger/index.ts';
import { type HopList, lesserHops, restrictHops } from './hop-list.ts';
import type { RuleLedger, Waiting } from './ledger-of-rule.ts';
import { labelsCut } from './limit.ts';
import type { TraceLimits } from './result.ts';
import { allClean, type TaintState } from './rule.ts';

/** On what terms taint enters: `mixes` says that the transaction is a coinjoin at which the user stops. */
export interface EntryTerms {
  readonly mixes: boolean;
  /** Null when the user set none. */
  readonly limits: TraceLimits | null;
  readonly onUnknownInput: (
    waiting: Waiting,
    spender: TxId,
    kind: 'input-value-unknown' | 'input-height-unknown',
  ) => void;
}

/** Taint entering a transaction under one rule: a state per input, and the fewest hops among them. */
export interface Entering {
  readonly states: Array<TaintState | null>;
  readonly waiting: Waiting[];
  hops: HopList;
  /** Some of it has lost its places before. */
  coarse: boolean;
}

/** Taint that enters by the inputs and may be followed, one state per input; the rest comes to rest where it is. */
export function follow(ledger: RuleLedger, frame: TxFrame, how: EntryTerms): Entering | null {
  const { inputOutput } = frame;
  const unknown = unknownOf(ledger, frame);
  let entering: Entering | null = null;
  for (let vin = 0; vin < inputOutput.length; vin += 1) {
    const waiting = ledger.entering(vin);
    const followed = waiting === undefined ? null : enters(ledger, waiting, { frame, how, unknown });
    if (followed === null) continue;
    if (entering === null) {
      entering = { states: allClean(inputOutput.length), waiting: [followed], hops: followed.hops, coarse: false };
    } else {
      entering.waiting.push(followed);
      entering.hops = lesserHops(entering.hops, followed.hops);
    }
    entering.states[vin] = followed.state;
    if (followed.coarse !== undefined) entering.coarse = true;
  }
  if (entering === null || how.limits === null || !isSpent(ledger, how.limits)) return entering;
  for (const waiting of entering.waiting) ledger.rest(waiting, 'cut', 'max-transactions');
  return null;
}

/** Whether taint of this rule has entered as many transactions as the user allows. */
export function isSpent(ledger: RuleLedger, { maxTransactions }: TraceLimits): boolean {
  return maxTransactions !== undefined && maxTransactions !== null && ledger.entered >= maxTransactions;
}

/** What of the taint on an output enters the transaction that spends it; what may not comes to rest here. Null when nothing enters. */
function enters(
  ledger: RuleLedger,
  waiting: Waiting,
  spender: { frame: TxFrame; how: EntryTerms; unknown: ReturnType<typeof unknownOf> },
): Waiting | null {
  const { frame, how, unknown } = spender;
  if (how.mixes) {
    ledger.rest(waiting, 'stopped', 'coinjoin');
    return null;
  }
  if (waiting.frozen === true) {
    ledger.rest(waiting, 'cut', 'mixed');
    return null;
  }
  const { limits } = how;
  const kept = limits === null ? waiting : cutLabels(ledger, waiting, { limits, height: frame.height });
  if (kept === null || unknown === null) return kept;
  ledger.rest(kept, 'unresolved', unknown);
  how.onUnknownInput(kept, frame.tx, unknown);
  return null;
}

/** What the rule would have to know of the inputs and does not. */
function unknownOf({ rule }: RuleLedger, frame: TxFrame): 'input-value-unknown' | 'input-height-unknown' | null {
  if (!rule.conserves || frame.coinbase) return null;
  if (frame.inputValueSat.includes(NONE)) return 'input-value-unknown';
  if (rule.needsHeights !== true || frame.inputValueSat.length === 1) return null;
  return frame.inputHeight === undefined || frame.inputHeight.includes(NONE) ? 'input-height-unknown' : null;
}

/** Rests the labels that a limit of the user cuts, each under its own reason. Returns what is left to follow. */
function cutLabels(ledger: RuleLedger, waiting: Waiting, at: { limits: TraceLimits; height: number }): Waiting | null {
  const { rule } = ledger;
  const cut = labelsCut(at.limits, rule, { waiting, height: at.height });
  if (cut === null) return waiting;
  const part = (labels: readonly number[]): Waiting | null => {
    const state = rule.only(waiting.state, new Set(labels));
    // Hops of the other labels go too: where they come in by another input, they are as far as that way took them.
    return state === null ? null : { ...waiting, state, hops: restrictHops(waiting.hops, rule.labels(state)) };
  };
  for (const reason of new Set(cut.values())) {
    const rested = part([...cut].filter(([, why]) => why === reason).map(([label]) => label));
    if (rested !== null) ledger.rest(rested, 'cut', reason);
  }
  return part(rule.labels(waiting.state).filter((label) => !cut.has(label)));
}
