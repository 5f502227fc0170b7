/**
 * Claim:      each receipt of an account is divided, to the last unit, over the first identified accounts it came from, new coins, and what nobody can say;
 *             what lies behind an identified account changes nothing.
 * Source:     methods, exposure: the first hit stops. Here forward: what identified accounts paid out is seeded, and what arrives is read off (taint/account).
 * Parameters: methods, limits, receipts, who is identified on the day of each; nothing has a default here.
 * Cost:       per set of identified accounts one pass back over the frames (who can have paid), one of the engine forward.
 * Fails when: the facts lack receipts of an account on the way that covers its payments by others: only a shortage shows, as untraced.
 */
import { type AccountFrame, type AccountId, type AssetId, NONE } from '../ledger/index.ts';
import { type AccountSeed, type AccountStep, accountTaint, DEFAULT_ACCOUNT_CONVENTIONS } from '../taint/index.ts';
import { type AccountScreenFacts, firstOf, stepsOf, type Way, waysOf } from './account-facts.ts';
import { addsUp, type Contribution } from './contribution.ts';
import { type Identity, leadOf } from './identity.ts';
import type { Method } from './schema.ts';

/** What arrived in one effect; what came in for what the account itself sent out (a conversion) is none. */
export interface AccountReceipt {
  readonly orderKey: number;
  readonly effect: number;
  readonly tx: number;
  readonly asset: AssetId;
  readonly amount: bigint;
  readonly timestampSec: number | null;
}

/** Limits of one question. */
export interface AccountScreenLimits {
  readonly maxHops: number;
  readonly maxTransactions: number;
}

const NO_LIMITS = { maxHops: null, minAmount: new Map<AssetId, bigint>(), untilKey: null, maxLots: null };

/** Receipts of an account, in order. */
export function receiptsOf(facts: AccountScreenFacts, subject: AccountId): AccountReceipt[] {
  const range = { kind: 'range', account: subject, asset: null, fromKey: 0, toKey: Number.MAX_SAFE_INTEGER } as const;
  const { rules } = accountTaint(facts.view, {
    rules: ['fifo'],
    labelCount: 1,
    seeds: [{ label: 0, select: range }],
    priors: facts.priors,
    limits: NO_LIMITS,
    conventions: DEFAULT_ACCOUNT_CONVENTIONS,
    stopAt: () => 'asked',
    conversionsOf: (frame) => facts.conversionsOf(frame),
    keepTrail: true,
  });
  return rules[0].steps.map((step) => {
    const { orderKey, effect, tx, asset, amount } = step;
    return { orderKey, effect, tx, asset, amount, timestampSec: facts.txText(step).timestampSec };
  });
}

interface Source {
  readonly account: AccountId | null;
  readonly reason: string;
}

/** Where receipts of one account came from, by asset; `transactions` are those that were read. */
export function accountSource(
  facts: AccountScreenFacts,
  asked: {
    readonly subject: AccountId;
    readonly receipts: readonly AccountReceipt[];
    readonly methods: readonly Method[];
    readonly limits: AccountScreenLimits;
  },
): { parts: Array<{ asset: AssetId; contribution: Contribution }>; transactions: Set<number> } {
  const groups = new Map<string, { identified: Set<AccountId>; receipts: AccountReceipt[] }>();
  const byDay = new Map<string | null, Set<AccountId>>();
  for (const receipt of asked.receipts) {
    const day = facts.dayOf(receipt.timestampSec);
    const identified =
      byDay.get(day) ??
      new Set(facts.named.filter((account) => account !== asked.subject && facts.who(account, day) !== null));
    byDay.set(day, identified);
    const key = [...identified].join(' ');
    const group = groups.get(key) ?? { identified, receipts: [] };
    groups.set(key, group);
    group.receipts.push(receipt);
  }
  const transactions = new Set<number>();
  const parts = [...groups.values()].flatMap((group) =>
    new SourcePass(facts, { ...asked, ...group }).parts(transactions),
  );
  return { parts, transactions };
}

interface Ancestry {
  readonly seeds: AccountSeed[];
  readonly sources: Source[];
  readonly need: Set<AccountId>;
  /** The bound on transactions left older ones unread. */
  cut: boolean;
}

class SourcePass {
  private readonly facts: AccountScreenFacts;
  private readonly asked: {
    readonly subject: AccountId;
    readonly identified: ReadonlySet<AccountId>;
    readonly receipts: readonly AccountReceipt[];
    readonly methods: readonly Method[];
    readonly limits: AccountScreenLimits;
  };

  constructor(facts: AccountScreenFacts, asked: SourcePass['asked']) {
    this.facts = facts;
    this.asked = asked;
  }

  parts(transactions: Set<number>): Array<{ asset: AssetId; contribution: Contribution }> {
    const { identified, methods } = this.asked;
    const ancestry = this.ancestry(transactions);
    const { seeds, sources, need, cut } = ancestry;
    const { rules } = accountTaint(this.facts.view, {
      rules: methods,
      labelCount: Math.max(1, sources.length),
      seeds,
      priors: this.facts.priors,
      limits: NO_LIMITS,
      conventions: DEFAULT_ACCOUNT_CONVENTIONS,
      stopAt: (account) => (identified.has(account) ? 'identified' : need.has(account) ? null : 'aside'),
      conversionsOf: (frame) => this.facts.conversionsOf(frame),
      keepTrail: true,
    });
    return methods.flatMap((method, at) => this.ofMethod(method, rules[at].steps, { sources, cut }));
  }

  /** Back over the frames from the last receipt: which accounts can have paid for it, and which payments are sources. */
  private ancestry(transactions: Set<number>): Ancestry {
    const { subject, receipts, limits } = this.asked;
    const found: Ancestry = { seeds: [], sources: [], need: new Set([subject]), cut: false };
    const labels = new Map<string, number>();
    const last = receipts.reduce((key, { orderKey }) => Math.max(key, orderKey), 0);
    let read = 0;
    for (let place = this.facts.frames.length - 1; place >= 0; place -= 1) {
      const frame = this.facts.frames[place];
      if (frame.orderKey > last || !frame.effects.some(({ to }) => to !== NONE && found.need.has(to))) continue;
      if (read === limits.maxTransactions) {
        found.cut = true;
        break;
      }
      read += 1;
      if (frame.tx !== NONE) transactions.add(frame.tx);
      this.readFrame(frame, found, labels);
    }
    return found;
  }

  private readFrame(frame: AccountFrame, { seeds, sources, need }: Ancestry, labels: Map<string, number>): void {
    const seeded = new Set<number>();
    const conversions = frame.tx === NONE ? [] : this.facts.conversionsOf(frame);
    for (let known = -1; known !== need.size; ) {
      known = need.size;
      for (const { account, recipient } of conversions) if (need.has(recipient)) need.add(account);
      frame.effects.forEach(({ kind, from, to, asset }, effect) => {
        if (to === NONE || from === to || kind === 'adjust' || !need.has(to) || seeded.has(effect)) return;
        if (from !== NONE && !this.asked.identified.has(from)) {
          need.add(from);
          return;
        }
        seeded.add(effect);
        const key = from === NONE ? kind : String(from);
        const label = labels.get(key) ?? sources.push({ account: from === NONE ? null : from, reason: kind }) - 1;
        labels.set(key, label);
        const { tx, orderKey } = frame;
        const range = { kind: 'range', account: to, asset, fromKey: orderKey, toKey: orderKey } as const;
        seeds.push({ label, select: tx === NONE ? range : { kind: 'effect', tx, effect } });
      });
    }
  }

  private ofMethod(
    method: Method,
    steps: readonly AccountStep[],
    { sources, cut }: { sources: readonly Source[]; cut: boolean },
  ): Array<{ asset: AssetId; contribution: Contribution }> {
    const { subject, receipts, limits } = this.asked;
    const keyOf = (one: Pick<AccountStep, 'orderKey' | 'effect' | 'asset'>): string =>
      `${one.orderKey} ${one.effect} ${one.asset}`;
    const open = new Map(receipts.map((receipt) => [keyOf(receipt), { receipt, left: receipt.amount, far: 0n }]));
    const found = new Map<string, { asset: AssetId; way: Way; amount: bigint; day: string | null }>();
    for (const way of waysOf(steps)) {
      const { step, label, hops } = way;
      const own = step.to === subject && step.from !== subject ? open.get(keyOf(step)) : undefined;
      if (own === undefined) continue;
      const amount = step.taint.find(([other]) => other === label)?.[1] ?? 0n;
      own.left -= amount;
      if (hops > limits.maxHops) own.far += amount;
      else {
        const day = this.facts.dayOf(own.receipt.timestampSec);
        const key = `${step.asset} ${label} ${hops <= 1} ${day}`;
        const same = found.get(key);
        if (same === undefined) found.set(key, { asset: step.asset, way, amount, day });
        else found.set(key, { ...same, way: hops < same.way.hops ? way : same.way, amount: same.amount + amount });
      }
    }
    const entities = [...found.values()].map(({ asset, way, amount, day }) => {
      const { account, reason } = sources[way.label];
      return { asset, contribution: this.entity(method, { way, amount, day, account, reason }) };
    });
    if (!addsUp(method)) return entities;
    const rest = [...open.values()].flatMap(({ receipt, left, far }) => [
      { receipt, reason: cut ? 'max-transactions' : 'history-missing', amount: left },
      { receipt, reason: 'max-hops', amount: far },
    ]);
    return [
      ...entities,
      ...rest
        .filter(({ amount }) => amount > 0n)
        .map(({ receipt, reason, amount }) => ({
          asset: receipt.asset,
          contribution: this.untraced(method, { receipt, reason, amount }),
        })),
    ];
  }

  private entity(
    method: Method,
    of: { way: Way; amount: bigint; day: string | null; account: AccountId | null; reason: string },
  ): Contribution {
    const { facts } = this;
    const { way, amount, day, account, reason } = of;
    const identity = account === null ? null : facts.who(account, day);
    const steps = stepsOf(facts, way, addsUp(method));
    const text = account === null ? null : facts.accountText(account);
    const to = facts.accountText(this.asked.subject);
    return {
      flow: 'source',
      method,
      amount,
      hops: way.hops,
      ...whatOf(identity, reason),
      timestampSec: facts.txText(firstOf(way)).timestampSec,
      place: () => text ?? 'new',
      path: () => ({ steps, from: { place: text ?? 'new', address: text }, to: { place: to, address: to } }),
    };
  }

  private untraced(
    method: Method,
    { receipt, reason, amount }: { receipt: AccountReceipt; reason: string; amount: bigint },
  ): Contribution {
    const own = this.facts.accountText(this.asked.subject);
    const at = { place: own, address: own };
    return {
      flow: 'source',
      method,
      part: 'untraced',
      reason,
      amount,
      hops: 1,
      category: null,
      identity: null,
      timestampSec: receipt.timestampSec,
      place: () => own,
      path: () => ({ steps: [], from: at, to: at }),
    };
  }
}

function whatOf(
  identity: Identity | null,
  reason: string,
): Pick<Contribution, 'part' | 'reason' | 'category' | 'identity'> {
  if (identity === null) return { part: 'mined', reason, category: null, identity };
  return { part: 'entity', reason: 'identified', category: leadOf(identity).category, identity };
}
