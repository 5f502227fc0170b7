/**
 * Claim:      one pass over the frames of a view, in total order: every balance, and the taint in it under several rules at once.
 * Source:     reference C1 to C5 (effects, policies, fees, conversions, partial history); methods 4.1 and 4.2.
 * Parameters: `AccountTaintRequest`: nothing has a default here.
 * Cost:       constant per effect that meets no taint; per tainted effect O(rules x labels) and the lots that move. Memory: balances met, tainted
 *             balances, and the trail if it is kept.
 * Fails when: the view lacks moves: a payment above the balance counts the difference as clean and is a gap (`unknown-history`).
 */
import {
  type AccountConversion,
  type AccountFrame,
  type AccountView,
  type EffectFrame,
  NONE,
} from '../../ledger/index.ts';
import { BalanceTable } from './balance-table.ts';
import { type ConversionPlan, conversionPlan } from './conversion-plan.ts';
import { finished } from './finish.ts';
import { LabelOrder } from './label-order.ts';
import { taintOf } from './lot.ts';
import { conversionStep, ReceiptDesk, tainted } from './receipt.ts';
import type { AccountTaintRequest } from './request.ts';
import type { AccountGap, AccountTaintResult } from './result.ts';
import { leastHops, type Parcel, RuleRun } from './rule-run.ts';
import { accountRule } from './rules.ts';
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
  private readonly gaps: AccountGap[] = [];
  /** Units that balances lacked, by balance. */
  private readonly missing = new Map<number, bigint>();
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
    this.desk = new ReceiptDesk(request, this.labels, this.balances);
    this.stated = new StatedBalances(view, this.balances, this.runs);
    const { limits, conventions } = request;
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
    for (const [balance, amount] of this.missing) {
      const place = { account: this.balances.accountOf(balance), asset: this.balances.assetOf(balance) };
      this.gaps.push({ kind: 'unknown-history', ...place, amount });
    }
    return finished({
      request: this.request,
      runs: this.runs,
      labels: this.labels,
      balances: this.balances,
      desk: this.desk,
      gaps: [...this.gaps, ...this.stated.gaps],
      counts: { effectsRead: this.effectsRead, framesTainted: this.framesTainted },
    });
  }

  /** Whether taint can move in a frame: it lies on a balance that pays, or a seed is on a receipt. */
  private isTouched(frame: AccountFrame): boolean {
    const { effects } = frame;
    for (let at = 0; at < effects.length; at += 1) {
      const { from, asset } = effects[at];
      if (from !== NONE && this.isTainted(this.balances.numberOf(from, asset))) return true;
      if (this.desk.seedsOn(frame, at) !== null) return true;
    }
    return false;
  }

  private isTainted(balance: number): boolean {
    return this.balances.marks[balance] > 0;
  }

  /** Effect by effect, where nothing in the frame is a conversion and the order is known. */
  private passPlain(frame: AccountFrame): void {
    const { effects } = frame;
    const { keepTrail } = this.request;
    const underway: Underway = {
      frame,
      plan: null,
      converted: [],
      unordered: false,
      late: false,
      income: [],
      moved: false,
    };
    for (let at = 0; at < effects.length; at += 1) {
      const { from, to, asset, amount, kind } = effects[at];
      const payer = from === NONE ? NONE : this.balances.numberOf(from, asset);
      const isCarrying = payer !== NONE && this.isTainted(payer);
      if (this.desk.seedsOn(frame, at) !== null || (isCarrying && kind === 'adjust')) {
        this.effect(underway, at);
        continue;
      }
      if (!isCarrying) {
        this.passEffect(effects[at]);
        continue;
      }
      if (from === to || amount === 0n) continue;
      if (!this.balances.has(payer, amount)) this.cover(payer, amount);
      const payee = to === NONE ? NONE : this.balances.numberOf(to, asset);
      const stop = to === NONE ? null : this.desk.stopReason(to);
      const payment = { payer, payee, stop, keepTrail };
      for (const run of this.runs) if (run.pay(frame, at, payment)) underway.moved = true;
      this.balances.take(payer, amount);
      if (payee !== NONE) this.balances.add(payee, amount);
    }
    if (underway.moved) this.note(frame);
  }

  /** Balances only, and clean units that reach taint. */
  private passClean({ effects, tx }: AccountFrame): void {
    const gasLast = this.request.conventions.gas === 'last' && tx !== NONE && effects.some(isGas);
    for (const effect of effects) if (!gasLast || !isGas(effect)) this.passEffect(effect);
    if (gasLast) for (const effect of effects) if (isGas(effect)) this.passEffect(effect);
  }

  private passEffect({ from, to, asset, amount }: EffectFrame): void {
    if (from === to) return;
    if (from !== NONE) {
      const payer = this.balances.numberOf(from, asset);
      if (!this.balances.take(payer, amount)) {
        this.cover(payer, amount);
        this.balances.take(payer, amount);
      }
    }
    if (to !== NONE) {
      const payee = this.balances.numberOf(to, asset);
      if (this.isTainted(payee)) for (const run of this.runs) run.putClean(payee, amount);
      this.balances.add(payee, amount);
    }
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
    const underway: Underway = {
      frame,
      plan,
      converted: (plan?.conversions ?? []).map(() => false),
      unordered: frame.order === 'partial',
      late: untilKey !== null && frame.orderKey > untilKey,
      income: [],
      moved: false,
    };
    const order = this.gasOrder(frame);
    const known = frame.order === 'total' || (frame.order === 'per-asset' && underway.converted.length === 0);
    if (known) for (const at of order) this.effect(underway, at);
    else this.inSomeOrder(underway, order);
    plan?.conversions.forEach((conversion, place) => {
      if (!underway.converted[place]) this.convert(underway, conversion, place);
    });
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
      if (!this.canConvert(plan, conversion)) return false;
    }
    if (from === NONE) return true;
    return this.balances.has(this.balances.numberOf(from, asset), plan?.fromLeft[at] ?? amount);
  }

  private canConvert({ conversions, grossOut }: ConversionPlan, place: number): boolean {
    const { account, outAsset } = conversions[place];
    return this.balances.has(this.balances.numberOf(account, outAsset), grossOut[place]);
  }

  /** Books one effect under every rule. */
  private effect(underway: Underway, at: number): void {
    const { plan, frame } = underway;
    const effect = frame.effects[at];
    if (effect.from === effect.to || effect.amount === 0n) return;
    if (plan !== null) this.convertBy(underway, plan, at);
    const leaving = plan?.fromLeft[at] ?? effect.amount;
    const arriving = plan?.toLeft[at] ?? effect.amount;
    const parcels = effect.from === NONE ? [] : this.takeAll(underway, effect, leaving);
    const payer = effect.from === NONE ? NONE : this.balances.numberOf(effect.from, effect.asset);
    if (this.desk.receive(underway, { at, payer, leaving, arriving, parcels }, this.runs)) underway.moved = true;
  }

  /** Takes a payment out of a balance under every rule. */
  private takeAll(underway: Underway, effect: EffectFrame, amount: bigint): Array<Parcel | null> {
    if (amount === 0n) return [];
    const payer = this.balances.numberOf(effect.from, effect.asset);
    if (!this.balances.has(payer, amount)) this.cover(payer, amount);
    const unordered = underway.unordered && effect.kind !== 'fee';
    const parcels =
      effect.kind === 'adjust'
        ? this.runs.map((run) => run.shrink(payer, amount))
        : this.runs.map((run) => run.take(payer, amount, unordered));
    this.balances.take(payer, amount);
    return parcels;
  }

  /** Carries out the conversions that an effect belongs to: as its out-asset leaves, or before, when the account has it as its in-asset arrives. */
  private convertBy(underway: Underway, plan: ConversionPlan, at: number): void {
    const leaves = plan.leavesBy[at];
    if (leaves !== NONE && !underway.converted[leaves]) this.convert(underway, plan.conversions[leaves], leaves);
    const arrives = plan.arrivesBy[at];
    if (arrives === NONE || underway.converted[arrives]) return;
    if (this.canConvert(plan, arrives)) this.convert(underway, plan.conversions[arrives], arrives);
  }

  private convert(underway: Underway, conversion: AccountConversion, place: number): void {
    underway.converted[place] = true;
    const { account, recipient, outAsset, outAmount, inAsset, inAmount } = conversion;
    const out = this.balances.numberOf(account, outAsset);
    const gross = underway.plan?.grossOut[place] ?? outAmount;
    if (!this.balances.has(out, gross)) this.cover(out, gross);
    const parcels = this.runs.map((run) => {
      const parcel = tainted(run.take(out, outAmount, underway.unordered));
      if (parcel !== null) underway.moved = true;
      return parcel === null ? null : this.converted(underway, { run, parcel, conversion, out });
    });
    this.balances.take(out, outAmount);
    const payer = this.balances.numberOf(account, inAsset);
    if (recipient !== account) {
      const at = underway.plan?.firstArrival[place] ?? NONE;
      this.desk.receive(underway, { at, payer, leaving: inAmount, arriving: inAmount, parcels, conversion }, this.runs);
      return;
    }
    this.runs.forEach((run, index) => {
      const parcel = parcels[index];
      if (parcel === null) run.putClean(payer, inAmount);
      else {
        if (this.request.keepTrail) run.step(underway.frame, conversionStep(conversion), parcel, null);
        run.put(payer, parcel);
      }
    });
    this.balances.add(payer, inAmount);
  }

  /** Taint of what an account sent out as taint of what came in for it; null where none of it goes on. */
  private converted(
    underway: Underway,
    { run, parcel, conversion, out }: { run: RuleRun; parcel: Parcel; conversion: AccountConversion; out: number },
  ): Parcel | null {
    if (underway.late) {
      run.rest(out, { status: 'cut', reason: 'until' }, parcel.taint, leastHops(parcel));
      return null;
    }
    const lots = run.rule.scale(parcel.lots, conversion.inAmount);
    const taint = taintOf(lots, this.labels.count);
    run.enter(conversion.outAsset, 'convertedOut', parcel.taint);
    run.enter(conversion.inAsset, 'convertedIn', taint);
    return tainted({ lots, taint, hops: parcel.hops, paid: parcel.taint });
  }

  /** A balance lacks units that it pays: they came from where the view does not reach, and are clean. */
  private cover(balance: number, amount: bigint): void {
    const short = amount - this.balances.get(balance);
    this.balances.set(balance, amount);
    this.missing.set(balance, (this.missing.get(balance) ?? 0n) + short);
    for (const run of this.runs) {
      const state = run.states[balance];
      if (state !== undefined) run.rule.putUnder(state, short);
    }
  }
}
