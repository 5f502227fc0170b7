/**
 * Taint that waits on outputs for their spenders, of all accounts of a run in one table: what the inputs of a transaction carry is looked up once, and
 * an account on which none of them bears is not asked. An output has one slot, with an entry per account.
 */
import { NONE, type OutputId, outputId } from '../ledger/index.ts';
import type { Waiting } from './ledger-of-rule.ts';

/** No slot. */
const NOWHERE = -1;

/** The table; accounts are numbered from 0. */
export class WaitingTable {
  private readonly slots = new Map<OutputId, number>();
  private readonly free: number[] = [];
  private slotCount = 0;
  /** Entry of account a in slot s is at s x accounts + a: what an input carries under all rules lies together. */
  private readonly entries: Array<Waiting | undefined> = [];
  private readonly accounts: number;
  /** Slots of what was taken for the transaction at hand, by input. */
  private readonly taken: number[] = [];
  /** First output of a transaction and the slots of its outputs, by vout, as far as they were given since: each account after the first finds them here. */
  private madeFrom = NOWHERE;
  private readonly made: number[] = [];

  constructor(accounts: number) {
    this.accounts = accounts;
  }

  /** Leaves taint of an account on an output. Returns whether none lay there before. */
  put(account: number, waiting: Waiting): boolean {
    const before = this.slots.size;
    this.entries[this.slotOf(waiting) * this.accounts + account] = waiting;
    return this.slots.size > before;
  }

  private slotOf({ output, vout }: Waiting): number {
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
    }
    while (made.length < vout) made.push(NOWHERE);
    made[vout] = slot;
    return slot;
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
    const { accounts, entries } = this;
    for (const slot of this.taken) {
      if (slot !== NOWHERE && entries[slot * accounts + account] !== undefined) return true;
    }
    return false;
  }

  /** What was taken for an account at an input. */
  entering(account: number, vin: number): Waiting | undefined {
    const slot = this.taken[vin];
    return slot === NOWHERE ? undefined : this.entries[slot * this.accounts + account];
  }

  /** What waits for an account, by output. */
  of(account: number): Waiting[] {
    const found: Waiting[] = [];
    for (const slot of this.slots.values()) {
      const waiting = this.entries[slot * this.accounts + account];
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

  private empty(slot: number): void {
    const { accounts, entries } = this;
    entries.fill(undefined, slot * accounts, (slot + 1) * accounts);
    this.free.push(slot);
  }

  private newSlot(): number {
    for (let account = 0; account < this.accounts; account += 1) this.entries.push(undefined);
    this.slotCount += 1;
    return this.slotCount - 1;
  }
}
