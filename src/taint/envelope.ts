/**
 * What any conserving rule could say: the account of the bounds of `bounds.ts` during a run, beside the accounts of the rules. It follows every output
 * that taint may lie on, stops where they stop, and is no rule: it divides nothing and keeps no books.
 */
import { NONE, type TxFrame } from '../ledger/index.ts';
import { BOUND_ENTRY, divideBounds, feeBounds, limitBounds, seedBounds } from './bounds.ts';
import type { CoinbaseIncome } from './fee-flow.ts';
import type { Holder, Waiting } from './ledger-of-rule.ts';
import type { Bound, BoundedOutput, Seed, TaintStatus, TraceLimits } from './result.ts';
import type { TaintState } from './rule.ts';
import type { WaitingTable } from './waiting-table.ts';

/** What a transaction makes of the bounds that enter it. */
export interface BoundsMade {
  readonly outputs: ReadonlyArray<TaintState | null>;
  readonly rest: TaintState | null;
}

/** Account of the envelope during one run. */
export class Envelope implements Holder {
  private readonly limits: TraceLimits;
  private readonly keepTrail: boolean;
  private readonly keepFrontier: boolean;
  private readonly table: WaitingTable;
  private readonly number: number;
  /** What rests only because no spender was known. Kept where somebody takes the state at the end. */
  readonly frontier: Waiting[] = [];
  private readonly outputs: BoundedOutput[] = [];
  /** Most that can have been seeded so far, by label from 1; 0 is all labels together. */
  private readonly caps: number[];

  /** Account `number` of a table that holds what waits for all accounts of the run. */
  constructor(
    at: { table: WaitingTable; number: number },
    how: { limits: TraceLimits; labelCount: number; keepTrail: boolean; keepFrontier: boolean },
  ) {
    this.table = at.table;
    this.number = at.number;
    this.limits = how.limits;
    this.keepTrail = how.keepTrail;
    this.keepFrontier = how.keepFrontier;
    this.caps = new Array<number>(how.labelCount + 1).fill(0);
  }

  wait(waiting: Waiting): boolean {
    return this.table.put(this.number, waiting);
  }

  rest(waiting: Waiting, status: Exclude<TaintStatus, 'passed'>): void {
    // Bounds that a transaction leaves unresolved are kept there; here it is the spender that is missing.
    if (this.keepFrontier && (status === 'unspent' || status === 'unresolved')) this.frontier.push(waiting);
    this.keep(waiting, waiting.state, status);
  }

  /** Everything but the frontier, to go on from another time. */
  account(): { readonly caps: readonly number[]; readonly outputs: readonly BoundedOutput[] } {
    const open = new Set(this.frontier.map(({ output }) => output));
    return { caps: this.caps, outputs: this.outputs.filter(({ output }) => !open.has(output)) };
  }

  /** Goes on from such an account. */
  resume(account: ReturnType<Envelope['account']>): void {
    account.caps.forEach((capSat, label) => {
      this.caps[label] = capSat;
    });
    this.outputs.push(...account.outputs);
  }

  /** The facts are at their end: what still waits is unspent. The table is cleared by its owner. */
  restUnspent(): void {
    for (const waiting of this.table.of(this.number)) this.rest(waiting, 'unspent');
  }

  /** Bounds through one transaction; null when nothing enters. `mixes`: the run stops at this coinjoin. */
  divide(frame: TxFrame, entry: { mixes: boolean; income: CoinbaseIncome | null }): BoundsMade | null {
    const states = this.enter(frame, entry.mixes);
    if (states === null && entry.income === null) return null;
    return divideBounds(
      {
        inputState: entry.income?.inputState ?? states ?? [],
        inputValueSat: entry.income?.inputValueSat ?? frame.inputValueSat,
        outputValueSat: frame.outputValueSat,
      },
      this.caps,
    );
  }

  /** Bounds of fee taint that follows into the coinbase of its block. */
  fee(rest: TaintState): TaintState | null {
    return feeBounds(rest, this.limits.maxHops);
  }

  /** Bounds of an output once a seed lies on it. */
  seed(existing: TaintState | null, valueSat: number, seed: Seed): TaintState | null {
    const { state, filledSat } = seedBounds(existing, valueSat, seed.label + 1);
    this.caps[seed.label + 1] += filledSat;
    this.caps[0] += filledSat;
    return state;
  }

  /** Every output met, in total order. */
  result(): BoundedOutput[] {
    return this.outputs.sort((a, b) => a.orderKey - b.orderKey || a.vout - b.vout);
  }

  /** Bounds that enter by the inputs, one state per input; what may not come to rest where it is. */
  private enter(frame: TxFrame, mixes: boolean): Array<TaintState | null> | null {
    const { inputOutput, inputValueSat, height } = frame;
    const unknown = !frame.coinbase && inputValueSat.includes(NONE);
    let states: Array<TaintState | null> | null = null;
    for (let vin = 0; vin < inputOutput.length; vin += 1) {
      const waiting = this.table.entering(this.number, vin);
      if (waiting === undefined) continue;
      if (mixes) {
        this.rest(waiting, 'stopped');
        continue;
      }
      const { enters, rests } = limitBounds(waiting.state, this.limits, { valueSat: waiting.valueSat, height });
      if (enters === null) this.keep(waiting, rests, 'cut');
      else if (unknown) this.keep(waiting, waiting.state, 'unresolved');
      else {
        this.keep(waiting, rests, rests === null ? 'passed' : 'cut');
        states ??= new Array<TaintState | null>(inputOutput.length).fill(null);
        states[vin] = enters;
      }
    }
    return states;
  }

  private keep(waiting: Waiting, rests: TaintState | null, status: TaintStatus): void {
    if (rests === null && !this.keepTrail) return;
    const { output, tx, vout, orderKey, valueSat, state } = waiting;
    this.outputs.push({
      output,
      tx,
      vout,
      orderKey,
      valueSat,
      status,
      made: listed(state),
      rests: rests === null ? [] : listed(rests),
    });
  }
}

/** A state as a list; labels from 0, all labels together as `NONE`. */
function listed(state: TaintState): Bound[] {
  const bounds = new Array<Bound>(state.length / BOUND_ENTRY);
  for (let at = 0; at < state.length; at += BOUND_ENTRY) {
    bounds[at / BOUND_ENTRY] = { label: state[at] - 1, lowerSat: state[at + 1], upperSat: state[at + 2] };
  }
  return bounds;
}
