/**
 * Claim:      fifo: a payment takes the units that came in first; lifo: those that came in last. Every unit keeps its label.
 * Source:     Clayton's case (Devaynes v Noble, 1816) on the running account it was decided on; LIFO is its mirror (reference C2, methods 4.2).
 * Parameters: none here. Units arrive in the order in which they left, so a LIFO payment reaches its receiver last unit first.
 * Cost:       constant per lot that is split or moved; adjacent lots of one label are one lot.
 * Fails when: the order of effects is not known, or a balance has too many lots: it is then made one mixed lot, and counted as coarse.
 */
import {
  addTaint,
  CLEAN,
  cleanLot,
  filledWith,
  type Lot,
  MIXED,
  mixTogether,
  scaledTo,
  splitLot,
  taintOf,
} from './lot.ts';
import { type AccountRule, type BalanceState, emptyState } from './rule.ts';

function push(state: BalanceState, lot: Lot): void {
  const { lots, head } = state;
  const last = lots.length > head ? lots[lots.length - 1] : undefined;
  if (last !== undefined && last.label === lot.label && lot.label !== MIXED) {
    lots[lots.length - 1] = { amount: last.amount + lot.amount, label: lot.label, parts: null };
  } else lots.push(lot);
}

function release(held: bigint[], lot: Lot): void {
  if (lot.label >= 0) held[lot.label] -= lot.amount;
  else if (lot.parts !== null) for (let label = 0; label < held.length; label += 1) held[label] -= lot.parts[label];
}

/** Lots of `amount` from one end of a balance, in the order in which they leave. */
function pop(state: BalanceState, amount: bigint, fromHead: boolean): Lot[] {
  const taken: Lot[] = [];
  let left = amount;
  while (left > 0n) {
    const at = fromHead ? state.head : state.lots.length - 1;
    const lot = state.lots[at];
    if (lot === undefined || at < state.head)
      throw new Error(`a balance has ${left} fewer units in lots than it should`);
    const whole = lot.amount <= left;
    const [part, rest] = whole ? [lot, null] : splitLot(lot, left);
    if (rest !== null) state.lots[at] = rest;
    else if (fromHead) state.head += 1;
    else state.lots.pop();
    release(state.held, part);
    taken.push(part);
    left -= part.amount;
  }
  compact(state);
  return taken;
}

function compact(state: BalanceState): void {
  if (state.head < 32 || state.head * 2 < state.lots.length) return;
  state.lots = state.lots.slice(state.head);
  state.head = 0;
}

function mix(state: BalanceState): void {
  const lots = state.lots.slice(state.head);
  state.lots = lots.length === 0 ? [] : [mixTogether(lots, state.held.length)];
  state.head = 0;
}

function lotRule(name: 'fifo' | 'lifo'): AccountRule {
  const fromHead = name === 'fifo';
  return {
    name,
    conserves: true,
    ordered: true,
    divide: null,
    share: null,
    open(balance, labelCount) {
      const state = emptyState(labelCount);
      if (balance > 0n) state.lots.push(cleanLot(balance));
      return state;
    },
    take: (state, amount) => pop(state, amount, fromHead),
    put(state, lots) {
      for (const lot of lots) {
        addTaint(state.held, lot);
        push(state, lot);
      }
    },
    shrink(state, amount, balance) {
      const before = [...state.held];
      state.lots = scaledTo(state.lots.slice(state.head), balance - amount);
      state.head = 0;
      taintOf(state.lots, before.length).forEach((held, label) => {
        state.held[label] = held;
      });
      return before.map((held, label) => held - state.held[label]);
    },
    mix,
    takeMixed(state, amount) {
      mix(state);
      return pop(state, amount, fromHead);
    },
    putUnder(state, amount) {
      const first = state.lots[state.head];
      if (first?.label === CLEAN) state.lots[state.head] = cleanLot(first.amount + amount);
      else state.lots.splice(state.head, 0, cleanLot(amount));
    },
    fill: filledWith,
    scale: scaledTo,
  };
}

/** First in, first out. */
export const ACCOUNT_FIFO = lotRule('fifo');
/** Last in, first out. */
export const ACCOUNT_LIFO = lotRule('lifo');
