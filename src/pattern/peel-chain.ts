/**
 * Claim:      a coin is peeled: one input, two outputs, of which one is spent the same way again.
 * Source:     BlockSci tx_identification.cpp (`isPeelingChain`: 1 input, 2 outputs, and a neighbour is so too); a hop
 *             is taken only where exactly
 *             one output goes on (Kappos et al., USENIX Security 2022).
 * Parameters: most hops walked each way.
 * Cost:       one transaction and its two spenders per hop.
 * Fails when: read as one owner: a chain of payments by different people has the same form.
 */
import {
  type LedgerView,
  NONE,
  OUTPUT_STATED_SPENT,
  outputId,
  type TxFrame,
  type TxId,
  txId,
} from '../ledger/index.ts';
import type { Verdict } from './check.ts';

/**
 * Why a walk ended. `leaves-form`: what comes next is not 1 to 2; `branches`: both outputs go on; `missing`: not in the
 * case.
 */
export type PeelEnd = 'unspent' | 'leaves-form' | 'branches' | 'missing' | 'limit';

/** One hop: a transaction of the chain and which of its outputs goes on; null at the last. */
export interface PeelHop {
  readonly tx: TxId;
  readonly onwardVout: number | null;
}

/**
 * A chain, first transaction first. `verdict` is of the transaction asked about; `unknown` when its neighbours are not
 * in the case.
 */
export interface PeelChain {
  readonly verdict: Verdict;
  readonly hops: readonly PeelHop[];
  readonly startedBy: PeelEnd;
  readonly endedBy: PeelEnd;
}

const OUTPUTS = 2;

function hasForm(frame: TxFrame): boolean {
  return !frame.coinbase && frame.inputOutput.length === 1 && frame.outputValueSat.length === OUTPUTS;
}

/** Where the chain goes from a transaction of it: the one output whose spender has the form, or why none. */
function onward(view: LedgerView, frame: TxFrame): { vout: number; frame: TxFrame } | PeelEnd {
  const spent = frame.outputSpender.flatMap((spender, vout) =>
    spender === NONE ? [] : [{ vout, frame: view.frame(txId(spender)) }],
  );
  const next = spent.filter((spend) => hasForm(spend.frame));
  if (next.length === 1) return next[0];
  if (next.length > 1) return 'branches';
  const unseen = frame.outputFlags.some(
    (flags, vout) => frame.outputSpender[vout] === NONE && (flags & OUTPUT_STATED_SPENT) !== 0,
  );
  if (unseen) return 'missing';
  return spent.length === 0 ? 'unspent' : 'leaves-form';
}

/** The transaction of the chain before this one, or why there is none. */
function before(view: LedgerView, frame: TxFrame): TxFrame | PeelEnd {
  const made = frame.inputOutput[0];
  if (made === NONE) return 'missing';
  const maker = view.frame(view.transactionOf(outputId(made)));
  if (!hasForm(maker)) return 'leaves-form';
  const next = onward(view, maker);
  return typeof next === 'string' ? next : maker;
}

/** The chain that a transaction is part of, or null when it has not the form of 1 input and 2 outputs. */
export function peelChain(view: LedgerView, tx: TxId, maxHops: number): PeelChain | null {
  const asked = view.frame(tx);
  if (!hasForm(asked)) return null;
  const earlier: TxFrame[] = [];
  let startedBy: PeelEnd | null = null;
  while (startedBy === null) {
    const maker = earlier.length === maxHops ? 'limit' : before(view, earlier.at(-1) ?? asked);
    if (typeof maker === 'string') startedBy = maker;
    else earlier.push(maker);
  }
  const hops = earlier.reverse().map((frame): PeelHop => ({ tx: frame.tx, onwardVout: chainVout(view, frame) }));
  let last = asked;
  let endedBy: PeelEnd | null = null;
  for (let ahead = 0; endedBy === null; ahead += 1) {
    const next = onward(view, last);
    if (typeof next === 'string') endedBy = next;
    else if (ahead === maxHops) endedBy = 'limit';
    hops.push({ tx: last.tx, onwardVout: typeof next === 'string' ? null : next.vout });
    if (typeof next !== 'string') last = next.frame;
  }
  return { verdict: verdictOf(view, asked), hops, startedBy, endedBy };
}

function chainVout(view: LedgerView, frame: TxFrame): number | null {
  const next = onward(view, frame);
  return typeof next === 'string' ? null : next.vout;
}

/** BlockSci's test: the transaction before, or one of those after, has the form too. */
function verdictOf(view: LedgerView, frame: TxFrame): Verdict {
  const made = frame.inputOutput[0];
  const next = onward(view, frame);
  if (typeof next !== 'string' || next === 'branches') return 'yes';
  if (made === NONE) return 'unknown';
  if (hasForm(view.frame(view.transactionOf(outputId(made))))) return 'yes';
  return next === 'missing' ? 'unknown' : 'no';
}
