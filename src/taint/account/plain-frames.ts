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
import type { Payment, RuleRun } from './rule-run.ts';
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

  /** What the runs are told, one after the other. */
  private readonly payment: Payment;

  constructor(parts: PlainParts) {
    this.parts = parts;
    this.payment = { payer: NONE, payee: NONE, stop: null, keepTrail: parts.keepTrail };
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
      const isCarrying = payer !== NONE && balances.marksOf(payer) > 0;
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
    balances.load(amount);
    if (payer !== NONE && !balances.takeLoaded(payer)) {
      shortfall.cover(payer, amount);
      balances.take(payer, amount);
    }
    if (to === NONE) return;
    const payee = balances.numberOf(to, asset);
    if (balances.marksOf(payee) > 0) for (const run of runs) run.putClean(payee, amount);
    balances.addLoaded(payee);
  }

  private pay(frame: AccountFrame, at: number, payer: number): boolean {
    const { payment } = this;
    const { balances, shortfall, desk, runs } = this.parts;
    const { to, asset, amount } = frame.effects[at];
    balances.load(amount);
    if (!balances.hasLoaded(payer)) {
      shortfall.cover(payer, amount);
      balances.load(amount);
    }
    payment.payer = payer;
    payment.payee = to === NONE ? NONE : balances.numberOf(to, asset);
    payment.stop = to === NONE ? null : desk.stopReason(to);
    let moved = false;
    // The amount stays in hand: no run books one in the balances.
    for (const run of runs) if (run.pay(frame, at, payment)) moved = true;
    balances.takeLoaded(payer);
    if (payment.payee !== NONE) balances.addLoaded(payment.payee);
    return moved;
  }
}
