/**
 * Claim:      what an account sent is divided, to the last unit, over the identified accounts it reached, where it rests, fees, and what the facts do not say.
 * Source:     methods, exposure, read forward; taint/account follows it.
 * Parameters: methods, limits, the effects that sent it; nothing has a default here.
 * Cost:       one pass of the engine.
 * Fails when: value was changed for another asset: its share ends there as `converted`; only "any path" (poison) says what it reached after.
 */
import type { AccountId, AccountTxId, AssetId } from '../ledger/index.ts';
import { type AccountRuleResult, type AccountSeed, accountTaint, DEFAULT_ACCOUNT_CONVENTIONS } from '../taint/index.ts';
import { type AccountScreenFacts, stepsOf, type Way, waysOf } from './account-facts.ts';
import type { AccountScreenLimits } from './account-source.ts';
import { addsUp, type Contribution, type Part } from './contribution.ts';
import { leadOf } from './identity.ts';
import type { Method } from './schema.ts';

/** One effect that sent value, or brought it where it is followed from. */
export interface AccountSending {
  readonly tx: AccountTxId;
  readonly effect: number;
  readonly asset: AssetId;
}

type AssetPart = { asset: AssetId; contribution: Contribution };

/** Where value went, by asset of the sending. */
export function accountDestination(
  facts: AccountScreenFacts,
  asked: {
    readonly sendings: readonly AccountSending[];
    /** Whose money it is: it does not stop there as at somebody else's, it came back. */
    readonly own: AccountId | null;
    readonly methods: readonly Method[];
    readonly limits: AccountScreenLimits;
    readonly untilKey: number | null;
  },
): { parts: AssetPart[]; transactions: Set<number> } {
  const { sendings, own, methods, limits, untilKey } = asked;
  const assets = [...new Set(sendings.map(({ asset }) => asset))].sort((a, b) => a - b);
  const seeds = sendings.map(
    ({ tx, effect, asset }): AccountSeed => ({ label: assets.indexOf(asset), select: { kind: 'effect', tx, effect } }),
  );
  const named = new Set(facts.named);
  const { rules } = accountTaint(facts.view, {
    rules: methods,
    labelCount: Math.max(1, assets.length),
    seeds,
    priors: facts.priors,
    // A seed lies with the counterparty already, which is the first hop.
    limits: { maxHops: limits.maxHops - 1, minAmount: new Map(), untilKey, maxLots: null },
    conventions: DEFAULT_ACCOUNT_CONVENTIONS,
    stopAt: (account) => (account === own ? 'returned' : named.has(account) ? 'identified' : null),
    conversionsOf: (frame) => facts.conversionsOf(frame),
    isCovered: (account, asset) => facts.isCovered(account, asset),
    keepTrail: true,
  });
  const transactions = new Set(rules.flatMap(({ steps }) => steps.map(({ tx }) => Number(tx))));
  const parts = methods.flatMap((method, at) =>
    assets.flatMap((asset, label) => new Reached(facts, { method, asset, label, own }).parts(rules[at])),
  );
  return { parts, transactions };
}

class Reached {
  private readonly facts: AccountScreenFacts;
  private readonly of: { method: Method; asset: AssetId; label: number; own: AccountId | null };

  constructor(facts: AccountScreenFacts, of: Reached['of']) {
    this.facts = facts;
    this.of = of;
  }

  parts(result: AccountRuleResult): AssetPart[] {
    const { method, asset, label } = this.of;
    const stopped = this.stopped(result);
    if (!addsUp(method)) return stopped;
    const rests = result.holdings.flatMap((held): AssetPart[] => {
      const amount = held.taint.find(([other]) => other === label)?.[1] ?? 0n;
      if (held.asset !== asset || amount === 0n) return [];
      if (held.status === 'stopped' && held.reason !== 'returned') return [];
      const [part, reason] = restOf(held.status, held.reason);
      return [this.rest({ part, reason, amount, account: held.account, hops: held.hops + 1 })];
    });
    const book = result.books.find((row) => row.label === label && row.asset === asset);
    const fee = this.rest({ part: 'fee', reason: 'fee', amount: book?.fee ?? 0n, account: null, hops: 1 });
    const converted = { part: 'untraced', reason: 'converted', account: null, hops: 1 } as const;
    // What came back into the asset by a conversion was counted as `converted` before it was.
    const gone = this.rest({ ...converted, amount: (book?.convertedOut ?? 0n) - (book?.convertedIn ?? 0n) });
    return [...stopped, ...rests, fee, gone].filter(({ contribution }) => contribution.amount > 0n);
  }

  /** What reached identified accounts, straight and over others apart. */
  private stopped({ steps }: AccountRuleResult): AssetPart[] {
    const { facts } = this;
    const { label, asset, method, own } = this.of;
    const found = new Map<string, { way: Way; amount: bigint; day: string | null }>();
    for (const way of waysOf(steps)) {
      const { step, hops } = way;
      if (way.label !== label || step.to === own || (addsUp(method) && step.asset !== asset)) continue;
      if (facts.who(step.to, null) === null) continue;
      const day = facts.dayOf(facts.txText(step).timestampSec);
      const amount = step.taint.find(([other]) => other === label)?.[1] ?? 0n;
      const key = `${step.to} ${hops <= 1} ${day}`;
      const same = found.get(key);
      if (same === undefined) found.set(key, { way, amount, day });
      else found.set(key, { ...same, way: hops < same.way.hops ? way : same.way, amount: same.amount + amount });
    }
    return [...found.values()].flatMap(({ way, amount, day }) => {
      const identity = facts.who(way.step.to, day) ?? facts.who(way.step.to, null);
      if (identity === null) return [];
      const text = facts.accountText(way.step.to);
      const steps = stepsOf(facts, way, addsUp(method));
      const from = steps[0].from;
      const contribution: Contribution = {
        flow: 'destination',
        method,
        part: 'entity',
        reason: 'identified',
        category: leadOf(identity).category,
        identity,
        amount,
        hops: way.hops,
        timestampSec: facts.txText(way.step).timestampSec,
        place: () => text,
        path: () => ({ steps, from: { place: from, address: from }, to: { place: text, address: text } }),
      };
      return [{ asset, contribution }];
    });
  }

  private rest(of: { part: Part; reason: string; amount: bigint; account: AccountId | null; hops: number }): AssetPart {
    const { part, reason, amount, account, hops } = of;
    const text = account === null ? null : this.facts.accountText(account);
    const at = { place: text ?? reason, address: text };
    const contribution: Contribution = {
      flow: 'destination',
      method: this.of.method,
      part,
      reason,
      amount,
      hops,
      category: null,
      identity: null,
      timestampSec: null,
      place: () => at.place,
      path: () => ({ steps: [], from: at, to: at }),
    };
    return { asset: this.of.asset, contribution };
  }
}

function restOf(status: string, reason: string | null): [part: Part, reason: string] {
  if (status === 'held') return ['unspent', 'held'];
  if (status === 'stopped') return ['unspent', 'returned'];
  if (status === 'burned') return ['burned', 'burned'];
  return ['untraced', reason ?? status];
}
