/**
 * Taint that waits on outputs for their spenders, of all accounts of a run in one table: what the inputs of a transaction carry is looked up once, and
 * an account on which none of them bears is not asked. An output has one slot, with an entry per account. What is the same for all accounts is kept
 * once: much of a run's time is the garbage collector's, which moves everything that waits.
 */
import { NONE, type OutputId, outputId } from '../ledger/index.ts';
import type { HopList } from './hop-list.ts';
import type { Waiting } from './ledger-of-rule.ts';
import type { TaintState } from './rule.ts';

/** No slot. */
const NOWHERE = -1;

/** The table; accounts are numbered from 0. */
export class WaitingTable {
  private readonly slots = new Map<OutputId, number>();
  private readonly free: number[] = [];
  /** What waits in a slot for the account that came first, and that account: the others differ in state and hops alone. */
  private readonly firsts: Waiting[] = [];
  private readonly firstAccount: number[] = [];
  /** Entry of account a in slot s is at s x accounts + a: what an input carries under all rules lies together. */
  private readonly states: Array<TaintState | undefined> = [];
  private readonly hops: HopList[] = [];
  /** Whole entries of those that are frozen or coarse. */
  private readonly marked = new Map<number, Waiting>();
  private readonly accounts: number;
  /** Slots of what was taken for the transaction at hand, by input. */
  private readonly taken: number[] = [];
  /** First output of a transaction and slots of its outputs by vout, as far as given since: accounts after the first find them here. */
  private madeFrom = NOWHERE;
  private readonly made: number[] = [];

  constructor(accounts: number) {
    this.accounts = accounts;
  }

  /** Leaves taint of an account on an output. Returns whether none lay there before. */
  put(account: number, waiting: Waiting): boolean {
    const before = this.slots.size;
    const slot = this.slotOf(waiting, account);
    if (this.firstAccount[slot] === account) {
      this.firsts[slot] = waiting;
      return this.slots.size > before;
    }
    const at = slot * this.accounts + account;
    this.states[at] = waiting.state;
    this.hops[at] = waiting.hops;
    if (waiting.frozen !== undefined || waiting.coarse !== undefined) this.marked.set(at, waiting);
    return false;
  }

  /** Takes what waits on these outputs (NONE is nothing), for `entering` and `bearsOn`; what was taken before is forgotten. */
  take(outputs: readonly number[]): void {
    const { taken, slots } = this;
    for (const slot of taken) if (slot !== NOWHERE) this.empty(slot);
    taken.length = 0;
    this.madeFrom = NOWHERE;
    for (const output of outputs) {
      const slot = output === NONE ? undefined : slots.get(outputId(output));
      taken.push(slot ?? NOWHERE);
      if (slot !== undefined) slots.delete(outputId(output));
    }
  }

  /** Whether anything that was taken is of this account. */
  bearsOn(account: number): boolean {
    const { accounts, firstAccount, states } = this;
    for (const slot of this.taken) {
      if (slot === NOWHERE) continue;
      if (firstAccount[slot] === account || states[slot * accounts + account] !== undefined) return true;
    }
    return false;
  }

  /** What was taken for an account at an input. */
  entering(account: number, vin: number): Waiting | undefined {
    const slot = this.taken[vin];
    return slot === NOWHERE ? undefined : this.entry(slot, account);
  }

  /** What waits for an account, by output. */
  of(account: number): Waiting[] {
    const found: Waiting[] = [];
    for (const slot of this.slots.values()) {
      const waiting = this.entry(slot, account);
      if (waiting !== undefined) found.push(waiting);
    }
    return found.sort((a, b) => a.output - b.output);
  }

  /** Nothing waits any more. */
  clear(): void {
    for (const slot of this.slots.values()) this.empty(slot);
    this.slots.clear();
    this.madeFrom = NOWHERE;
  }

  /** On how many outputs taint waits. */
  get size(): number {
    return this.slots.size;
  }

  private entry(slot: number, account: number): Waiting | undefined {
    const first = this.firsts[slot];
    if (this.firstAccount[slot] === account) return first;
    const at = slot * this.accounts + account;
    const state = this.states[at];
    if (state === undefined) return undefined;
    const marked = this.marked.size === 0 ? undefined : this.marked.get(at);
    if (marked !== undefined) return marked;
    const { output, tx, vout, orderKey, valueSat } = first;
    return { output, tx, vout, orderKey, valueSat, state, hops: this.hops[at] };
  }

  private empty(slot: number): void {
    const { accounts, marked, states } = this;
    for (let at = slot * accounts; at < (slot + 1) * accounts; at += 1) {
      states[at] = undefined;
      if (marked.size > 0) marked.delete(at);
    }
    this.free.push(slot);
  }

  /** Slot of an output: its own, or a new one. */
  private slotOf(waiting: Waiting, account: number): number {
    const { output, vout } = waiting;
    const { made, slots } = this;
    if (this.madeFrom !== output - vout) {
      this.madeFrom = output - vout;
      made.length = 0;
    }
    const known = made[vout];
    if (known !== undefined && known !== NOWHERE) return known;
    let slot = slots.get(output);
    if (slot === undefined) {
      slot = this.free.pop() ?? this.newSlot();
      slots.set(output, slot);
      this.firstAccount[slot] = account;
    }
    while (made.length < vout) made.push(NOWHERE);
    made[vout] = slot;
    return slot;
  }

  private newSlot(): number {
    const slot = this.states.length / this.accounts;
    for (let account = 0; account < this.accounts; account += 1) {
      this.states.push(undefined);
      this.hops.push(NO_HOPS);
    }
    return slot;
  }
}

const NO_HOPS: HopList = [];
