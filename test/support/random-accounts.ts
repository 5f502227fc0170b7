/** Random histories of accounts, small enough to be followed unit by unit: as frames for the engine, and as steps that say what is meant. */
import {
  type AccountConversion,
  type AccountFrame,
  accountId,
  accountTxId,
  assetId,
  type BalanceFrame,
  type EffectFrame,
  NONE,
  type OrderKnowledge,
} from '../../src/ledger/index.ts';
import type { AccountPrior, AccountSeed } from '../../src/taint/index.ts';
import type { OracleStep } from '../oracle/account-taint.ts';
import { converts, effect, framesOf, type PlainFrame } from './account-frames.ts';
import { Prng } from './prng.ts';

const ACCOUNTS = 6;
const ASSETS = 3;

/** One history with all that is asked about it. */
export interface RandomHistory {
  readonly frames: readonly AccountFrame[];
  readonly conversions: ReadonlyArray<readonly AccountConversion[]>;
  readonly stated: readonly BalanceFrame[];
  readonly steps: readonly OracleStep[];
  readonly seeds: readonly AccountSeed[];
  readonly priors: readonly AccountPrior[];
  readonly stops: ReadonlySet<number>;
  readonly labelCount: number;
  readonly maxHops: number | null;
  readonly minAmount: number;
  readonly untilKey: number | null;
  readonly gas: 'first' | 'last';
  readonly followIncome: boolean;
}

/** Labels of a step, to be filled in once the seeds are drawn. */
interface Receipt {
  readonly labels: number[];
  readonly frame: number;
  readonly effect: number;
}

class Builder {
  readonly random: Prng;
  readonly plain: PlainFrame[] = [];
  readonly conversions: AccountConversion[][] = [];
  readonly steps: OracleStep[] = [];
  readonly receipts: Receipt[] = [];
  readonly stated: BalanceFrame[] = [];
  readonly balances = new Map<string, number>();
  readonly gas: 'first' | 'last';
  readonly untilKey: number | null;
  private effects: EffectFrame[] = [];
  private order: OrderKnowledge = 'total';
  /** Balances that a conversion of this frame is about. */
  private taken = new Set<string>();

  constructor(random: Prng) {
    this.random = random;
    this.gas = random.chance(0.5) ? 'first' : 'last';
    this.untilKey = random.chance(0.15) ? 10 * random.between(4, 10) + 5 : null;
  }

  have(account: number, asset: number): number {
    return this.balances.get(`${account} ${asset}`) ?? 0;
  }

  change(account: number, asset: number, amount: number): void {
    if (account >= 0) this.balances.set(`${account} ${asset}`, Math.max(0, this.have(account, asset) + amount));
  }

  receipt(at: number): number[] {
    const labels: number[] = [];
    this.receipts.push({ labels, frame: this.plain.length, effect: at });
    return labels;
  }

  get loose(): boolean {
    return this.order === 'partial';
  }

  /** An amount to pay; within the balance where the order is not known, so that the order given is one that works. Zero: none. */
  payable(account: number, asset: number): number {
    const most = Math.min(12, this.have(account, asset));
    if (this.order === 'total' && this.random.chance(0.1)) return this.random.between(1, 12);
    return most === 0 ? 0 : this.random.between(1, most);
  }

  other(account: number): number {
    return (account + this.random.between(1, ACCOUNTS - 1)) % ACCOUNTS;
  }

  frame(): void {
    const { random } = this;
    this.order = random.chance(0.15) ? 'partial' : random.chance(0.2) ? 'per-asset' : 'total';
    this.effects = [];
    this.taken = new Set();
    const conversions: AccountConversion[] = [];
    const key = 10 * (this.plain.length + 1);
    this.steps.push({ kind: 'frame', late: this.untilKey !== null && key > this.untilKey });
    const pays = random.chance(0.6) ? random.int(ACCOUNTS) : NONE;
    const failed = pays !== NONE && random.chance(0.1);
    const tail: EffectFrame[] = [];
    if (this.gas === 'first') this.fee(pays, tail);
    else if (pays !== NONE) this.effects.push(effect('fee', pays, NONE, 1));
    if (!failed) this.body(conversions);
    if (this.gas === 'last' && pays !== NONE) this.lateFee(pays, tail);
    this.tip(tail);
    this.conversions.push(conversions);
    this.plain.push({ effects: this.effects, order: this.order, conversions });
    if (random.chance(0.15)) this.state(key + 5);
  }

  private fee(pays: number, tail: EffectFrame[]): void {
    if (pays === NONE) return;
    const amount = this.payable(pays, 0);
    if (amount === 0) return;
    this.effects.push(effect('fee', pays, NONE, amount));
    this.bookFee(pays, amount, tail);
  }

  /** The fee stands first among the effects and is booked last. */
  private lateFee(pays: number, tail: EffectFrame[]): void {
    const amount = Math.min(12, Math.max(this.have(pays, 0), this.order === 'total' ? 1 : 0));
    if (amount === 0) {
      // Nothing to pay with: an effect of no amount keeps the places of the others.
      this.effects[0] = effect('fee', pays, NONE, 0);
      return;
    }
    this.effects[0] = effect('fee', pays, NONE, amount);
    this.bookFee(pays, amount, tail);
  }

  private bookFee(pays: number, amount: number, tail: EffectFrame[]): void {
    const reward = this.random.chance(0.5) ? this.random.between(1, amount) : 0;
    this.steps.push({ kind: 'fee', from: pays, asset: 0, amount, reward });
    this.change(pays, 0, -amount);
    if (reward > 0) tail.push(effect('reward', NONE, this.random.int(ACCOUNTS), reward));
  }

  private tip(tail: readonly EffectFrame[]): void {
    for (const reward of tail) {
      const at = this.effects.push(reward) - 1;
      const amount = Number(reward.amount);
      this.steps.push({ kind: 'reward', to: reward.to, asset: 0, amount, seeds: this.receipt(at) });
      this.change(reward.to, 0, amount);
    }
  }

  private body(conversions: AccountConversion[]): void {
    const { random } = this;
    if (random.chance(0.5)) this.swap(conversions);
    else if (random.chance(0.1)) this.unwrap(conversions);
    const count = random.between(0, 3);
    for (let index = 0; index < count; index += 1) this.payment();
  }

  private payment(): void {
    const { random, loose } = this;
    const asset = random.int(ASSETS);
    const from = random.chance(0.25) ? NONE : random.int(ACCOUNTS);
    const to = from !== NONE && random.chance(0.1) ? NONE : from === NONE ? random.int(ACCOUNTS) : this.other(from);
    if (this.taken.has(`${from} ${asset}`) || this.taken.has(`${to} ${asset}`)) return;
    if (from !== NONE && random.chance(0.05)) {
      this.effects.push(effect('move', from, random.chance(0.5) ? from : to, random.chance(0.5) ? 0 : 3, asset));
      const last = this.effects[this.effects.length - 1];
      if (last.from !== last.to && last.amount > 0n) this.effects.pop();
      return;
    }
    const amount = from === NONE ? random.between(1, 12) : this.payable(from, asset);
    if (amount === 0) return;
    const kind = from === NONE ? 'mint' : to === NONE ? 'burn' : 'move';
    const at = this.effects.push(effect(kind, from, to, amount, asset)) - 1;
    if (to === NONE) this.steps.push({ kind: 'burn', from, asset, amount, loose });
    else this.steps.push({ kind: 'move', from, to, asset, amount, seeds: this.receipt(at), loose });
    this.change(from, asset, -amount);
    this.change(to, asset, amount);
  }

  /** An account pays a pool, gets part of it back at times, and another asset for the rest, for itself or another. */
  private swap(conversions: AccountConversion[]): void {
    const { random, loose } = this;
    const user = random.int(ACCOUNTS);
    const pool = this.other(user);
    const [x, y] = random.shuffled([0, 1, 2]);
    const gross = this.payable(user, x);
    const got = this.payable(pool, y);
    if (gross === 0 || got === 0) return;
    const back = random.chance(0.2) ? random.int(gross) : 0;
    const net = gross - back;
    const recipient = random.chance(0.2) ? this.other(user) : user;
    if (recipient === pool) return;
    conversions.push(converts(user, [x, net], [y, got], recipient));
    const arrivesFirst = random.chance(0.3);
    const pay = effect('move', user, pool, gross, x);
    const gets = effect('move', pool, recipient, got, y);
    const refund = back > 0 ? [effect('move', pool, user, back, x)] : [];
    const first = this.effects.length;
    this.effects.push(...(arrivesFirst ? [gets, pay, ...refund] : [pay, ...refund, gets]));
    const getsAt = first + (arrivesFirst ? 0 : 1 + refund.length);
    const convert: OracleStep = {
      kind: 'convert',
      from: user,
      to: recipient,
      out: [x, net],
      gross,
      into: [y, got],
      seeds: recipient === user ? [] : this.receipt(getsAt),
      loose,
    };
    const passes: OracleStep = { kind: 'pass', from: pool, asset: y, amount: got, loose };
    const payStep: OracleStep = {
      kind: 'move',
      from: NONE,
      to: pool,
      asset: x,
      amount: gross,
      seeds: this.receipt(first + (arrivesFirst ? 1 : 0)),
      loose,
    };
    const backStep: OracleStep[] = back > 0 ? [{ kind: 'pass', from: pool, asset: x, amount: back, loose }] : [];
    const early = arrivesFirst && this.have(user, x) >= gross;
    if (early) this.steps.push(convert, passes, payStep, ...backStep);
    else if (arrivesFirst) this.steps.push(passes, convert, payStep, ...backStep);
    else this.steps.push(convert, payStep, ...backStep, passes);
    this.change(user, x, -gross);
    this.change(user, x, back);
    this.change(pool, y, -got);
    this.change(pool, x, net);
    this.change(recipient, y, got);
    for (const [account, asset] of [
      [user, x],
      [recipient, y],
      [user, y],
    ]) {
      this.taken.add(`${account} ${asset}`);
    }
  }

  /** A token is burned for another asset, of which the same account pays some on at once. */
  private unwrap(conversions: AccountConversion[]): void {
    const { random, loose } = this;
    const user = random.int(ACCOUNTS);
    const contract = this.other(user);
    const friend = this.other(user);
    const [x, y] = random.shuffled([0, 1, 2]);
    const amount = Math.min(this.payable(user, x), this.have(contract, y), this.have(user, x));
    if (amount === 0 || friend === contract) return;
    const paid = random.between(1, amount + this.have(user, y));
    conversions.push(converts(user, [x, amount], [y, amount]));
    const at = this.effects.push(
      effect('burn', user, NONE, amount, x),
      effect('move', contract, user, amount, y),
      effect('move', user, friend, paid, y),
    );
    this.steps.push(
      { kind: 'convert', from: user, to: user, out: [x, amount], gross: amount, into: [y, amount], seeds: [], loose },
      { kind: 'pass', from: contract, asset: y, amount, loose },
      { kind: 'move', from: user, to: friend, asset: y, amount: paid, seeds: this.receipt(at - 1), loose },
    );
    this.change(user, x, -amount);
    this.change(contract, y, -amount);
    this.change(user, y, amount - paid);
    this.change(friend, y, paid);
    this.taken.add(`${user} ${x}`).add(`${user} ${y}`);
  }

  private state(orderKey: number): void {
    const { random } = this;
    const account = random.int(ACCOUNTS);
    const asset = random.int(ASSETS);
    const amount = Math.max(0, this.have(account, asset) + random.between(-4, 4));
    this.balances.set(`${account} ${asset}`, amount);
    this.steps.push({ kind: 'state', account, asset, amount });
    this.stated.push({
      account: accountId(account),
      asset: assetId(asset),
      amount: BigInt(amount),
      blockNumber: 1,
      orderKey,
    });
  }
}

/** A history by its seed. */
export function randomHistory(seed: number): RandomHistory {
  const random = Prng.fromSeed(seed);
  const builder = new Builder(random);
  const priors: AccountPrior[] = [];
  for (let account = 0; account < ACCOUNTS; account += 1) {
    if (!random.chance(0.5)) continue;
    const asset = random.int(ASSETS);
    const amount = random.between(1, 20);
    builder.change(account, asset, amount);
    priors.push({ account: accountId(account), asset: assetId(asset), amount: BigInt(amount), basis: 'stated' });
  }
  const count = random.between(5, 10);
  for (let index = 0; index < count; index += 1) builder.frame();
  const frames = framesOf(builder.plain);
  const labelCount = random.between(1, 3);
  const seeds = drawSeeds(random, frames, labelCount);
  for (const { labels, frame, effect: at } of builder.receipts) labels.push(...labelsOn(seeds, frames[frame], at));
  const stops = new Set<number>();
  for (let account = 0; account < ACCOUNTS; account += 1) if (random.chance(0.12)) stops.add(account);
  return {
    frames,
    conversions: builder.conversions,
    stated: builder.stated,
    steps: builder.steps,
    seeds,
    priors,
    stops,
    labelCount,
    maxHops: random.chance(0.2) ? random.int(4) : null,
    minAmount: random.chance(0.2) ? random.between(1, 4) : 0,
    untilKey: builder.untilKey,
    gas: builder.gas,
    followIncome: random.chance(0.5),
  };
}

function drawSeeds(random: Prng, frames: readonly AccountFrame[], labelCount: number): AccountSeed[] {
  const receipts = frames.flatMap(({ tx, effects }) =>
    tx === NONE ? [] : effects.flatMap(({ to, from }, at) => (to === NONE || to === from ? [] : [[tx, at] as const])),
  );
  return Array.from({ length: random.between(1, 4) }, (): AccountSeed => {
    const label = random.int(labelCount);
    if (receipts.length > 0 && random.chance(0.6)) {
      const [tx, at] = random.pick(receipts);
      return { label, select: { kind: 'effect', tx: accountTxId(tx), effect: at } };
    }
    const fromKey = random.between(1, 80);
    const asset = random.chance(0.5) ? null : assetId(random.int(ASSETS));
    return {
      label,
      select: {
        kind: 'range',
        account: accountId(random.int(ACCOUNTS)),
        asset,
        fromKey,
        toKey: fromKey + random.between(0, 60),
      },
    };
  });
}

/** Labels of the seeds on a receipt, in the order of the list, each once. */
function labelsOn(seeds: readonly AccountSeed[], frame: AccountFrame, at: number): number[] {
  const { to, asset } = frame.effects[at];
  const labels = seeds.flatMap(({ label, select }) => {
    if (select.kind === 'effect') return select.tx === frame.tx && select.effect === at ? [label] : [];
    const inTime = select.fromKey <= frame.orderKey && frame.orderKey <= select.toKey;
    return inTime && select.account === to && (select.asset === null || select.asset === asset) ? [label] : [];
  });
  return [...new Set(labels)];
}
