/** What screening over accounts reads of a chain, and the ways by which taint of a label came to a balance. */
import {
  type AccountConversion,
  type AccountFrame,
  type AccountId,
  type AccountView,
  type AssetId,
  NONE,
} from '../ledger/index.ts';
import type { AccountPrior, AccountStep } from '../taint/index.ts';
import type { PathStep, TxText } from './contribution.ts';
import type { Identity } from './identity.ts';

/** Facts and names of one chain. Amounts are base units of an asset. */
export interface AccountScreenFacts {
  readonly view: AccountView;
  /** Every frame, in the one total order. */
  readonly frames: readonly AccountFrame[];
  readonly priors: readonly AccountPrior[];
  /** Accounts that somebody identifies on some day. */
  readonly named: readonly AccountId[];
  /** Who an account is said to be on a day (null: whenever); null when nobody identifies it. */
  who(account: AccountId, day: string | null): Identity | null;
  conversionsOf(frame: AccountFrame): readonly AccountConversion[];
  /** Whether the facts hold what the account paid of an asset. */
  isCovered(account: AccountId, asset: AssetId): boolean;
  accountText(account: AccountId): string;
  txText(step: Pick<AccountStep, 'tx' | 'orderKey'>): TxText;
  /** Day of a moment; null where nobody dates it. */
  dayOf(timestampSec: number | null): string | null;
}

/** One way to a balance: its last step, and what was before it. */
export interface Way {
  readonly step: AccountStep;
  readonly label: number;
  readonly before: Way | null;
  /** Moves from the source; a conversion is none. */
  readonly hops: number;
}

/** The shortest ways of a trail, step by step. A balance that held nothing of a label before is begun anew, whatever lay there earlier. */
export function* waysOf(steps: readonly AccountStep[]): Generator<Way> {
  const ways = new Map<string, Way>();
  for (const step of steps)
    for (const [label] of step.taint) {
      const before = step.kind === 'seed' ? null : (ways.get(`${step.from} ${step.fromAsset} ${label}`) ?? null);
      const hops = (before?.hops ?? 0) + (step.kind === 'convert' ? 0 : 1);
      const way = { step, label, before, hops };
      yield way;
      const key = `${step.to} ${step.asset} ${label}`;
      const known = ways.get(key);
      const lay = step.before.some(([other, amount]) => other === label && amount > 0n);
      if (known === undefined || !lay || known.hops > hops) ways.set(key, way);
    }
}

/** Steps of a way in the order of the money. */
export function stepsOf(facts: AccountScreenFacts, way: Way, adds: boolean): PathStep[] {
  const steps: PathStep[] = [];
  for (let at: Way | null = way; at !== null; at = at.before) {
    const { step, label } = at;
    const amount = step.taint.find(([other]) => other === label)?.[1] ?? 0n;
    steps.unshift({
      ...facts.txText(step),
      from: step.from === NONE ? 'new' : facts.accountText(step.from),
      to: facts.accountText(step.to),
      amount: adds ? amount : null,
    });
  }
  return steps;
}

/** First step of a way. */
export function firstOf(way: Way): AccountStep {
  let at = way;
  while (at.before !== null) at = at.before;
  return at.step;
}
