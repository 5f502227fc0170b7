/**
 * Claim:      the short way through a frame in which nothing is a conversion, its order is known and no limit or convention looks at it.
 * Source:     the same as pass.ts; the oracles hold both ways against each other.
 * Parameters: none.
 * Cost:       constant per effect that meets no taint, else O(rules x labels) and the lots that move.
 * Fails when: called for a frame that asks for more; pass.ts sees to that.
 */
import { type AccountFrame, type EffectFrame, NONE } from '../../ledger/index.ts';
import type { BalanceTable } from './balance-table.ts';
import type { ReceiptDesk } from './receipt.ts';
import type { RuleRun } from './rule-run.ts';
import type { Shortfall } from './shortfall.ts';

/** What the short way leans on. */
export interface PlainParts {
  readonly balances: BalanceTable;
  readonly runs: readonly RuleRun[];
  readonly desk: ReceiptDesk;
  readonly shortfall: Shortfall;
  readonly keepTrail: boolean;
  /** Books one effect the long way (seeds, corrections of tainted balances); says whether taint moved. */
  readonly long: (frame: AccountFrame, at: number) => boolean;
}

/** See the head of the file. */
export class PlainFrames {
  private readonly parts: PlainParts;

  constructor(parts: PlainParts) {
    this.parts = parts;
  }

  /** Books a frame effect by effect; says whether taint moved. */
  pass(frame: AccountFrame): boolean {
    const { balances, desk, long } = this.parts;
    const { effects } = frame;
    const maySeed = desk.maySeed(frame);
    let moved = false;
    for (let at = 0; at < effects.length; at += 1) {
      const effect = effects[at];
      const payer = effect.from === NONE ? NONE : balances.numberOf(effect.from, effect.asset);
      const isCarrying = payer !== NONE && balances.marks[payer] > 0;
      if ((isCarrying && effect.kind === 'adjust') || (maySeed && desk.seedsOn(frame, at) !== null)) {
        if (long(frame, at)) moved = true;
      } else if (effect.from !== effect.to) {
        if (!isCarrying) this.moveFrom(payer, effect);
        else if (effect.amount > 0n && this.pay(frame, at, payer)) moved = true;
      }
    }
    return moved;
  }

  /** Moves the balances of an effect whose payer carries no taint; the units are clean where they meet any. */
  move(effect: EffectFrame): void {
    if (effect.from === effect.to) return;
    this.moveFrom(effect.from === NONE ? NONE : this.parts.balances.numberOf(effect.from, effect.asset), effect);
  }

  private moveFrom(payer: number, { to, asset, amount }: EffectFrame): void {
    const { balances, shortfall, runs } = this.parts;
    if (payer !== NONE && !balances.take(payer, amount)) {
      shortfall.cover(payer, amount);
      balances.take(payer, amount);
    }
    if (to === NONE) return;
    const payee = balances.numberOf(to, asset);
    if (balances.marks[payee] > 0) for (const run of runs) run.putClean(payee, amount);
    balances.add(payee, amount);
  }

  private pay(frame: AccountFrame, at: number, payer: number): boolean {
    const { balances, shortfall, desk, runs, keepTrail } = this.parts;
    const { to, asset, amount } = frame.effects[at];
    if (!balances.has(payer, amount)) shortfall.cover(payer, amount);
    const payee = to === NONE ? NONE : balances.numberOf(to, asset);
    const stop = to === NONE ? null : desk.stopReason(to);
    const payment = { payer, payee, stop, keepTrail };
    let moved = false;
    for (const run of runs) if (run.pay(frame, at, payment)) moved = true;
    balances.take(payer, amount);
    if (payee !== NONE) balances.add(payee, amount);
    return moved;
  }
}
