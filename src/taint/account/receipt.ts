/** Where a payment arrives: fees and burns into the books, limits, seeds, stops, and at last the balance of the payee. */
import { type AccountConversion, type AccountFrame, type EffectFrame, NONE } from '../../ledger/index.ts';
import type { BalanceTable } from './balance-table.ts';
import type { LabelOrder } from './label-order.ts';
import { cleanLot, mixTogether, splitLot, sum, taintOf, withoutLabels } from './lot.ts';
import type { Underway } from './pass.ts';
import type { AccountTaintRequest } from './request.ts';
import type { AccountSeedCount } from './result.ts';
import { leastHops, type Parcel, type RuleRun, type StepPlace } from './rule-run.ts';
import { SeedIndex } from './seed-index.ts';

/** One effect whose payer has paid: what left, what is to arrive beside conversions, and the taint of what left under each rule. */
export interface Arrival {
  readonly at: number;
  /** Balance that paid, or NONE. */
  readonly payer: number;
  readonly leaving: bigint;
  readonly arriving: bigint;
  readonly parcels: ReadonlyArray<Parcel | null>;
  /** What arrives is the in-asset of this conversion, paid to another than its account. */
  readonly conversion?: AccountConversion;
}

/** See the head of the file. */
export class ReceiptDesk {
  private readonly request: AccountTaintRequest;
  private readonly labels: LabelOrder;
  private readonly balances: BalanceTable;
  private readonly seeds: SeedIndex;
  private readonly counts = new Map<string, AccountSeedCount>();
  /** By account: 0 not asked yet, else the place of the reason plus one. */
  private readonly stops: Int32Array;
  private readonly reasons: Array<string | null> = [null];
  private readonly placeOfReason = new Map<string | null, number>([[null, 0]]);

  constructor(request: AccountTaintRequest, labels: LabelOrder, balances: BalanceTable, accountCount: number) {
    this.stops = new Int32Array(accountCount);
    this.request = request;
    this.labels = labels;
    this.balances = balances;
    this.seeds = new SeedIndex(request.seeds);
  }

  /** Whether any effect of a frame may be seeded. */
  maySeed(frame: AccountFrame): boolean {
    return this.seeds.mayBeOn(frame);
  }

  /** Seeds (places in the list) on an effect, or null. */
  seedsOn(frame: AccountFrame, at: number): readonly number[] | null {
    const { kind, from, to } = frame.effects[at];
    return to === NONE || to === from || kind === 'adjust' ? null : this.seeds.on(frame, at);
  }

  /** Seeds that met no receipt. */
  unmatched(): number[] {
    return this.seeds.unmatched();
  }

  /** What the seeds named, by asset and label. */
  seeded(): AccountSeedCount[] {
    return [...this.counts.values()].sort((a, b) => a.asset - b.asset || a.label - b.label);
  }

  /** Books the arrival of an effect under every rule, and adds it to the payee's balance. Says whether any taint moved. */
  receive(underway: Underway, arrival: Arrival, runs: readonly RuleRun[]): boolean {
    const { frame } = underway;
    const effect = frame.effects[arrival.at];
    const found = arrival.arriving === 0n ? null : this.seedsOn(frame, arrival.at);
    const seeded = found === null ? null : this.countSeeds(found, effect, arrival.arriving);
    let moved = seeded !== null;
    runs.forEach((run, place) => {
      const parcel = tainted(arrival.parcels[place]);
      if (effect.kind === 'reward' && underway.income[place] !== undefined) {
        const { parcel: income, payer } = underway.income[place];
        this.deliver(underway, { ...arrival, payer, leaving: effect.amount }, { run, parcel: income, seeded });
        return;
      }
      if (parcel !== null) moved = true;
      if (effect.to !== NONE) this.deliver(underway, arrival, { run, parcel, seeded });
      else if (parcel !== null) this.leave(underway, arrival, { run, place, parcel });
    });
    if (effect.to !== NONE && arrival.arriving > 0n) {
      this.balances.add(this.balances.numberOf(effect.to, effect.asset), arrival.arriving);
    }
    return moved;
  }

  private countSeeds(found: readonly number[], { asset }: EffectFrame, amount: bigint): number[] {
    this.seeds.match(found);
    const labels = [...new Set(found.map((seed) => this.request.seeds[seed].label))];
    for (const label of labels) {
      const key = `${asset} ${label}`;
      const known = this.counts.get(key);
      const receipts = (known?.receipts ?? 0) + 1;
      this.counts.set(key, { asset, label, receipts, amount: (known?.amount ?? 0n) + amount });
    }
    return labels;
  }

  /** Taint that leaves the accounts. */
  private leave(
    underway: Underway,
    { at, payer }: Arrival,
    { run, place, parcel }: { run: RuleRun; place: number; parcel: Parcel },
  ): void {
    const effect = underway.frame.effects[at];
    const hops = leastHops(parcel);
    if (underway.late) run.rest(payer, { status: 'cut', reason: 'until' }, parcel.taint, hops);
    else if (effect.kind === 'adjust')
      run.rest(payer, { status: 'unresolved', reason: 'adjusted' }, parcel.taint, hops);
    else if (effect.kind === 'fee') this.payFee(underway, effect, { run, place, parcel, payer });
    else run.rest(payer, { status: 'burned', reason: null }, parcel.taint, hops);
  }

  /** The taint of a fee: all of it a fee, or what its recipient gets of it set aside for him. */
  private payFee(
    { frame, income }: Underway,
    { asset, amount }: EffectFrame,
    paid: { run: RuleRun; place: number; parcel: Parcel; payer: number },
  ): void {
    const { run, place, parcel, payer } = paid;
    const reward = frame.effects.find(({ kind }) => kind === 'reward');
    const follows = this.request.conventions.feeIncome === 'follow' && frame.tx !== NONE;
    if (!follows || reward === undefined || reward.amount > amount) {
      run.enter(asset, 'fee', parcel.taint);
      return;
    }
    const { count } = this.labels;
    const lots = run.rule.conserves
      ? [splitLot(mixTogether(parcel.lots, count), reward.amount)[0]]
      : run.rule.scale(parcel.lots, reward.amount);
    const taint = taintOf(lots, count);
    run.enter(
      asset,
      'fee',
      parcel.taint.map((part, label) => part - taint[label]),
    );
    income[place] = { parcel: { lots, taint, hops: parcel.hops }, payer };
  }

  /** A payment reaches an account under one rule. */
  private deliver(
    underway: Underway,
    arrival: Arrival,
    under: { run: RuleRun; parcel: Parcel | null; seeded: readonly number[] | null },
  ): void {
    const { run, seeded } = under;
    const { arriving } = arrival;
    const sent = under.parcel === null ? null : this.sent(underway, arrival, { run, parcel: under.parcel });
    const effect = underway.frame.effects[arrival.at];
    if (arriving === 0n || effect.to === NONE) return;
    const payee = this.balances.numberOf(effect.to, effect.asset);
    if (sent === null && seeded === null) {
      run.putClean(payee, arriving);
      return;
    }
    const stop = this.stopReason(effect.to);
    const parcel = this.filled(underway, arrival, { run, sent, seeded: seeded ?? [], stop });
    if (stop === null) run.put(payee, parcel);
    else run.rest(payee, { status: 'stopped', reason: stop }, parcel.taint, leastHops(parcel));
  }

  /** What arrives with its seeds; each part is a step of the trail. */
  private filled(
    { frame }: Underway,
    arrival: Arrival,
    under: { run: RuleRun; sent: Parcel | null; seeded: readonly number[]; stop: string | null },
  ): Parcel {
    const { run, sent, seeded, stop } = under;
    const { arriving } = arrival;
    const { keepTrail } = this.request;
    if (sent !== null && keepTrail) run.step(frame, this.arrivalStep(frame.effects[arrival.at], arrival), sent, stop);
    let parcel = sent ?? { lots: [cleanLot(arriving)], taint: this.none(), hops: this.none().map(() => 0) };
    for (const label of seeded) {
      const after = this.seed(frame, arrival, { run, parcel, label });
      const filled = after.taint.map((part, inner) => part - parcel.taint[inner]);
      const amount = sum(filled);
      const place = this.arrivalStep(frame.effects[arrival.at], arrival);
      if (keepTrail && amount > 0n)
        run.step(frame, { ...place, kind: 'seed', amount }, { taint: filled, along: parcel.taint }, stop);
      parcel = after;
    }
    return parcel;
  }

  private arrivalStep({ kind, from, to, asset }: EffectFrame, arrival: Arrival): StepPlace {
    const { at, payer, arriving, conversion } = arrival;
    if (to === NONE) throw new Error('nothing arrives at nobody');
    if (conversion !== undefined) return conversionStep(conversion);
    const isIncome = kind === 'reward' && payer !== NONE;
    const payerAccount = isIncome ? this.balances.accountOf(payer) : from;
    const sides = { from: payerAccount, fromAsset: asset, to, asset };
    return { kind: isIncome ? 'income' : 'move', effect: at, ...sides, amount: arriving };
  }

  private none(): bigint[] {
    return new Array<bigint>(this.labels.count).fill(0n);
  }

  /** What of a payment's taint goes on: not what is late, nor what the limits cut, nor what a conversion passed through. Hops are those on arrival. */
  private sent(
    underway: Underway,
    { payer, leaving, arriving, at }: Arrival,
    { run, parcel }: { run: RuleRun; parcel: Parcel },
  ): Parcel | null {
    if (underway.late) {
      run.rest(payer, { status: 'cut', reason: 'until' }, parcel.taint, leastHops(parcel));
      return null;
    }
    let { lots, taint } = parcel;
    if (arriving < leaving) {
      const whole = mixTogether(lots, this.labels.count);
      const [gone, kept] = run.rule.conserves
        ? splitLot(whole, leaving - arriving)
        : [run.rule.scale(lots, leaving - arriving)[0], run.rule.scale(lots, arriving)[0]];
      const lost = taintOf([gone], this.labels.count);
      run.rest(payer, { status: 'unresolved', reason: 'pass-through' }, lost, leastHops(parcel));
      if (arriving === 0n) return null;
      lots = [kept];
      taint = taintOf(lots, this.labels.count);
    }
    const limited = this.cut(run, { lots, taint, hops: parcel.hops }, payer, underway.frame.effects[at]);
    if (limited.taint.every((part) => part === 0n)) return null;
    const more = arriving > leaving ? [cleanLot(arriving - leaving)] : [];
    const hops = parcel.hops.map((count) => count + 1);
    return { lots: [...limited.lots, ...more], taint: limited.taint, hops, paid: parcel.paid };
  }

  /** Makes clean what a limit cuts, each label by its own hops and amount. */
  private cut(run: RuleRun, parcel: Parcel, payer: number, { asset }: EffectFrame): Parcel {
    const { maxHops, minAmount } = this.request.limits;
    const least = minAmount.get(asset) ?? 0n;
    const why = parcel.taint.map((part, label) => {
      if (part === 0n) return null;
      if (maxHops !== null && parcel.hops[label] >= maxHops) return 'max-hops';
      return part < least ? 'min-amount' : null;
    });
    if (why.every((reason) => reason === null)) return parcel;
    why.forEach((reason, label) => {
      if (reason === null) return;
      const taint = parcel.taint.map((part, other) => (other === label ? part : 0n));
      run.rest(payer, { status: 'cut', reason }, taint, parcel.hops[label]);
    });
    const dropped = why.map((reason) => reason !== null);
    const taint = parcel.taint.map((part, label) => (dropped[label] ? 0n : part));
    return { lots: withoutLabels(parcel.lots, dropped), taint, hops: parcel.hops };
  }

  /** Fills what is clean of a receipt with a label. */
  private seed(
    frame: AccountFrame,
    { at, arriving }: Arrival,
    { run, parcel, label }: { run: RuleRun; parcel: Parcel; label: number },
  ): Parcel {
    const inner = this.labels.inner(label);
    const { rule } = run;
    const kept = parcel.taint.map((part, other) => (other === inner ? 0n : part));
    if (rule.conserves && kept.some((part) => part > 0n)) {
      const place = { rule: rule.name, tx: frame.tx, orderKey: frame.orderKey, effect: at, label };
      run.overlaps.push({ ...place, amount: arriving, kept: this.labels.amounts(kept) });
    }
    const lots = rule.fill(parcel.lots, inner, this.labels.count);
    const taint = taintOf(lots, this.labels.count);
    const filled = taint.map((part, other) => part - parcel.taint[other]);
    run.enter(frame.effects[at].asset, 'seeded', filled);
    return { lots, taint, hops: parcel.hops.map((hops, other) => (other === inner && taint[inner] > 0n ? 0 : hops)) };
  }

  /** Why taint stops at an account, or null. */
  stopReason(account: number): string | null {
    const known = this.stops[account];
    if (known !== 0) return this.reasons[known - 1];
    const reason = this.request.stopAt(this.balances.accountNumbered(account));
    const place = this.placeOfReason.get(reason) ?? this.reasons.push(reason) - 1;
    this.placeOfReason.set(reason, place);
    this.stops[account] = place + 1;
    return reason;
  }
}

/** The step of a conversion. */
export function conversionStep({ account, recipient, outAsset, inAsset, inAmount }: AccountConversion): StepPlace {
  const sides = { from: account, fromAsset: outAsset, to: recipient, asset: inAsset };
  return { kind: 'convert', effect: NONE, ...sides, amount: inAmount };
}

/** The parcel, if it carries taint. */
export function tainted(parcel: Parcel | null | undefined): Parcel | null {
  return parcel?.taint.some((part) => part > 0n) ? parcel : null;
}
