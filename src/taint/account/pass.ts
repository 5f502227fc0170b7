/**
 * Claim:      one pass over the frames of a view, in total order: every balance, and the taint in it under several rules at once.
 * Source:     reference C1 to C5 (effects, policies, fees, conversions, partial history); methods 4.1 and 4.2.
 * Parameters: `AccountTaintRequest`: nothing has a default here.
 * Cost:       constant per effect that meets no taint; per tainted effect O(rules x labels) and the lots that move. Memory: balances met, tainted
 *             balances, and the trail if it is kept.
 * Fails when: the view lacks moves: a payment above the balance counts the difference as clean and is a gap (`unknown-history`).
 */
import { type AccountFrame, type AccountView, type EffectFrame, NONE } from '../../ledger/index.ts';
import { BalanceTable } from './balance-table.ts';
import { type ConversionPlan, conversionPlan } from './conversion-plan.ts';
import { Conversions } from './conversions.ts';
import { finished } from './finish.ts';
import { LabelOrder } from './label-order.ts';
import { PlainFrames } from './plain-frames.ts';
import { ReceiptDesk } from './receipt.ts';
import type { AccountTaintRequest } from './request.ts';
import type { AccountGap, AccountTaintResult } from './result.ts';
import { type Parcel, RuleRun } from './rule-run.ts';
import { accountRule } from './rules.ts';
import { Shortfall } from './shortfall.ts';
import { StatedBalances } from './stated.ts';

/** A frame under way. */
export interface Underway {
  readonly frame: AccountFrame;
  readonly plan: ConversionPlan | null;
  readonly converted: boolean[];
  /** Rules that look at order give way. */
  readonly unordered: boolean;
  /** Past `untilKey`: what moves is cut. */
  readonly late: boolean;
  /** Per rule, the taint of the fee that its recipient gets, and the balance that paid it. */
  readonly income: Array<{ readonly parcel: Parcel; readonly payer: number } | undefined>;
  moved: boolean;
}

function started(frame: AccountFrame, plan: ConversionPlan | null, late: boolean): Underway {
  return {
    frame,
    plan,
    converted: (plan?.conversions ?? []).map(() => false),
    unordered: frame.order === 'partial',
    late,
    income: [],
    moved: false,
  };
}

/** Follows seeds over a view. Throws CONSERVATION when a book does not add up. */
export function accountTaint(view: AccountView, request: AccountTaintRequest): AccountTaintResult {
  return new AccountPass(view, request).run();
}

/** A fee and what of it somebody gets: what `gas` moves to the end of a transaction. */
export function isGas({ kind }: EffectFrame): boolean {
  return kind === 'fee' || kind === 'reward';
}

/** Whether nothing in a frame can be one side of a conversion of another: fewer than two dealings, in a known order. */
function isPlain({ effects, order }: AccountFrame): boolean {
  if (order === 'partial') return false;
  let dealings = 0;
  for (const { kind } of effects) if (kind === 'move' || kind === 'mint' || kind === 'burn') dealings += 1;
  return dealings < 2;
}

class AccountPass {
  private readonly view: AccountView;
  private readonly request: AccountTaintRequest;
  private readonly balances: BalanceTable;
  private readonly labels: LabelOrder;
  private readonly runs: RuleRun[];
  private readonly desk: ReceiptDesk;
  private readonly stated: StatedBalances;
  private readonly shortfall: Shortfall;
  private readonly conversions: Conversions;
  private readonly plain: PlainFrames;
  private readonly gaps: AccountGap[] = [];
  /** No limit and no convention asks for more than `RuleRun.pay` does. */
  private readonly quick: boolean;
  private effectsRead = 0;
  private framesTainted = 0;

  constructor(view: AccountView, request: AccountTaintRequest) {
    this.view = view;
    this.request = request;
    this.balances = new BalanceTable(view.accountCount());
    this.labels = new LabelOrder(request.labelCount);
    const shared = { labels: this.labels, balances: this.balances, maxLots: request.limits.maxLots };
    this.runs = request.rules.map((name) => new RuleRun(accountRule(name), shared));
    this.desk = new ReceiptDesk(request, this.labels, this.balances, view.accountCount());
    this.stated = new StatedBalances(view, this.balances, this.runs);
    this.shortfall = new Shortfall(this.balances, this.runs);
    const { balances, labels, runs, desk, shortfall } = this;
    const { limits, conventions, keepTrail } = request;
    this.conversions = new Conversions({ balances, labels, runs, desk, shortfall, keepTrail });
    const long = (frame: AccountFrame, at: number): boolean => this.effectAlone(frame, at);
    this.plain = new PlainFrames({ balances, runs, desk, shortfall, keepTrail, long });
    const isUnlimited = limits.maxHops === null && limits.untilKey === null && limits.minAmount.size === 0;
    this.quick = isUnlimited && conventions.gas === 'first' && conventions.feeIncome === 'clean';
    for (const { account, asset, amount } of request.priors) {
      this.balances.set(this.balances.numberOf(account, asset), amount);
    }
  }

  run(): AccountTaintResult {
    const adjusts = this.request.conventions.statedBalances === 'adjust';
    for (const frame of this.view.frames()) {
      if (adjusts) this.stated.applyUpTo(frame.orderKey);
      this.effectsRead += frame.effects.length;
      if (this.quick && isPlain(frame)) this.passPlain(frame);
      else if (frame.order !== 'partial' && !this.isTouched(frame)) this.passClean(frame);
      else this.passTainted(frame);
    }
    if (adjusts) this.stated.applyUpTo(Number.POSITIVE_INFINITY);
    return finished({
      request: this.request,
      runs: this.runs,
      labels: this.labels,
      balances: this.balances,
      desk: this.desk,
      gaps: [...this.gaps, ...this.shortfall.gaps(), ...this.stated.gaps],
      counts: { effectsRead: this.effectsRead, framesTainted: this.framesTainted },
    });
  }

  /** Whether taint can move in a frame: it lies on a balance that pays, or a seed is on a receipt. */
  private isTouched(frame: AccountFrame): boolean {
    const { effects } = frame;
    const maySeed = this.desk.maySeed(frame);
    for (let at = 0; at < effects.length; at += 1) {
      const { from, asset } = effects[at];
      if (from !== NONE && this.balances.marksOf(this.balances.numberOf(from, asset)) > 0) return true;
      if (maySeed && this.desk.seedsOn(frame, at) !== null) return true;
    }
    return false;
  }

  private passPlain(frame: AccountFrame): void {
    if (this.plain.pass(frame)) this.note(frame);
  }

  /** One effect of a frame of which the rest goes the short way. */
  private effectAlone(frame: AccountFrame, at: number): boolean {
    const underway = started(frame, null, false);
    this.effect(underway, at);
    return underway.moved;
  }

  /** Balances only, and clean units that reach taint. */
  private passClean({ effects, tx }: AccountFrame): void {
    const gasLast = this.request.conventions.gas === 'last' && tx !== NONE && effects.some(isGas);
    for (const effect of effects) if (!gasLast || !isGas(effect)) this.plain.move(effect);
    if (gasLast) for (const effect of effects) if (isGas(effect)) this.plain.move(effect);
  }

  private passTainted(frame: AccountFrame): void {
    const plan = conversionPlan(frame, this.request.conversionsOf(frame));
    if (plan === null && this.quick && frame.order !== 'partial') {
      this.passPlain(frame);
      return;
    }
    for (const { account } of plan?.refused ?? [])
      this.gaps.push({ kind: 'conversion-refused', tx: frame.tx, account });
    const { untilKey } = this.request.limits;
    const underway = started(frame, plan, untilKey !== null && frame.orderKey > untilKey);
    const order = this.gasOrder(frame);
    const known = frame.order === 'total' || (frame.order === 'per-asset' && underway.converted.length === 0);
    if (known) for (const at of order) this.effect(underway, at);
    else this.inSomeOrder(underway, order);
    this.conversions.convertRest(underway);
    if (underway.moved) this.note(frame);
  }

  /** A frame moved taint. */
  private note(frame: AccountFrame): void {
    this.framesTainted += 1;
    for (const kind of this.request.notesOf?.(frame) ?? []) this.gaps.push({ kind, tx: frame.tx });
  }

  /** Places of the effects in the order in which they are booked. */
  private gasOrder({ effects, tx }: AccountFrame): number[] {
    const places = effects.map((_, at) => at);
    if (this.request.conventions.gas === 'first' || tx === NONE) return places;
    return [...places.filter((at) => !isGas(effects[at])), ...places.filter((at) => isGas(effects[at]))];
  }

  /** Books the first effect that its payer can pay, again and again; where nobody can, the first. Effects of one asset keep their order where it is known. */
  private inSomeOrder(underway: Underway, order: readonly number[]): void {
    let waiting = [...order];
    const { effects } = underway.frame;
    while (waiting.length > 0) {
      const left: number[] = [];
      const blocked = new Set<number>();
      for (const at of waiting) {
        const { asset } = effects[at];
        if (!blocked.has(asset) && this.canPay(underway, at)) this.effect(underway, at);
        else {
          left.push(at);
          if (!underway.unordered) blocked.add(asset);
        }
      }
      if (left.length === waiting.length) this.effect(underway, left.shift() ?? waiting[0]);
      waiting = left;
    }
  }

  private canPay({ frame, plan, converted }: Underway, at: number): boolean {
    const { from, asset, amount } = frame.effects[at];
    const conversion = plan === null ? NONE : Math.max(plan.leavesBy[at], plan.arrivesBy[at]);
    if (plan !== null && conversion !== NONE && !converted[conversion]) {
      if (!this.conversions.canConvert(plan, conversion)) return false;
    }
    if (from === NONE) return true;
    return this.balances.has(this.balances.numberOf(from, asset), plan?.fromLeft[at] ?? amount);
  }

  /** Books one effect under every rule. */
  private effect(underway: Underway, at: number): void {
    const { plan, frame } = underway;
    const effect = frame.effects[at];
    if (effect.from === effect.to || effect.amount === 0n) {
      this.touch(effect);
      return;
    }
    if (plan !== null) this.conversions.convertBy(underway, plan, at);
    const leaving = plan?.fromLeft[at] ?? effect.amount;
    const arriving = plan?.toLeft[at] ?? effect.amount;
    const parcels = effect.from === NONE ? [] : this.takeAll(underway, effect, leaving);
    const payer = effect.from === NONE ? NONE : this.balances.numberOf(effect.from, effect.asset);
    if (this.desk.receive(underway, { at, payer, leaving, arriving, parcels }, this.runs)) underway.moved = true;
  }

  /** Balances that an effect names are there from then on: a stated one is compared with them, whichever way a frame goes. */
  private touch({ from, to, asset }: EffectFrame): void {
    if (from !== NONE) this.balances.numberOf(from, asset);
    if (to !== NONE) this.balances.numberOf(to, asset);
  }

  /** Takes a payment out of a balance under every rule. */
  private takeAll(underway: Underway, effect: EffectFrame, amount: bigint): Array<Parcel | null> {
    if (amount === 0n) return [];
    const payer = this.balances.numberOf(effect.from, effect.asset);
    if (!this.balances.has(payer, amount)) this.shortfall.cover(payer, amount);
    const unordered = underway.unordered && effect.kind !== 'fee';
    const parcels =
      effect.kind === 'adjust'
        ? this.runs.map((run) => run.shrink(payer, amount))
        : this.runs.map((run) => run.take(payer, amount, unordered));
    this.balances.take(payer, amount);
    return parcels;
  }
}
