/**
 * Claim:      the arrivals of taint by which what rests on a balance came from its seeds, latest first.
 * Source:     the trail of the run, read once from its end: an arrival counts if what it paid into is asked about later.
 * Parameters: the answer of one rule of a run that kept its trail; the balance.
 * Cost:       O(steps of the trail).
 * Fails when: read as the only way under a rule that keeps places: what each step moved is exact, the part of it that is asked about is by proportion to what
 *             lay there (exact under haircut but for rounding). Under poison there are no parts.
 */
import { type AccountId, type AssetId, NONE } from '../../ledger/index.ts';
import type { AccountRuleResult, AccountStep, LabelAmount } from './result.ts';

/** A step with the part of its taint that is asked about; empty where no amounts can be handed back. */
export interface AccountWhyStep extends AccountStep {
  readonly share: readonly LabelAmount[];
}

/** Why a balance is tainted. */
export interface AccountWhy {
  /** Taint that rests there, per label; empty where it only was there once (cut, burned, adjusted), and under poison. */
  readonly asked: readonly LabelAmount[];
  /** Latest first. */
  readonly steps: readonly AccountWhyStep[];
  /** The steps at which the walk ends: the seeds. Without conversions their shares sum to what is asked. */
  readonly origins: readonly AccountWhyStep[];
}

/** Explains the taint of one balance under one rule; null when the rule brought none there. Needs a run with `keepTrail`. */
export function accountWhy(result: AccountRuleResult, account: AccountId, asset: AssetId): AccountWhy | null {
  const here = result.holdings.filter((place) => place.account === account && place.asset === asset);
  if (here.length === 0) return null;
  const asked = new Map<number, bigint>();
  if (result.conserves) {
    for (const { taint, status, reason } of here) {
      const rests = status === 'held' || status === 'stopped' || reason === 'no-coverage';
      for (const [label, amount] of rests ? taint : []) asked.set(label, (asked.get(label) ?? 0n) + amount);
    }
  }
  const start =
    asked.size > 0 ? new Map(asked) : new Map(here.flatMap(({ taint }) => taint.map(([label]) => [label, 0n])));
  const steps = walk(result.steps, `${account} ${asset}`, { start, shares: asked.size > 0 });
  return { asked: [...asked].sort(([a], [b]) => a - b), steps, origins: steps.filter(({ kind }) => kind === 'seed') };
}

type Wanted = Map<number, bigint>;

function walk(
  steps: readonly AccountStep[],
  from: string,
  { start, shares }: { start: Wanted; shares: boolean },
): AccountWhyStep[] {
  const wanted = new Map<string, Wanted>([[from, start]]);
  const found: AccountWhyStep[] = [];
  for (let place = steps.length - 1; place >= 0; place -= 1) {
    const step = steps[place];
    const here = wanted.get(`${step.to} ${step.asset}`);
    if (here === undefined) continue;
    const share = shares ? sharesOf(step, here) : [];
    const labels = shares ? share.map(([label]) => label) : labelsOf(step).filter((label) => here.has(label));
    if (labels.length === 0) continue;
    found.push({ ...step, share });
    for (const [label, amount] of share) here.set(label, (here.get(label) ?? 0n) - amount);
    if (step.kind === 'seed' || step.from === NONE) continue;
    const key = `${step.from} ${step.fromAsset}`;
    const there = wanted.get(key) ?? new Map<number, bigint>();
    wanted.set(key, there);
    for (const label of labels) there.set(label, (there.get(label) ?? 0n) + sourceAmount(step, label, share));
  }
  return found;
}

function labelsOf({ taint }: AccountStep): number[] {
  return taint.map(([label]) => label);
}

/** What of a step is asked about: of the whole that lay there after it, the part it brought. */
function sharesOf({ taint, before }: AccountStep, wanted: Wanted): LabelAmount[] {
  return taint.flatMap(([label, amount]) => {
    const asked = wanted.get(label) ?? 0n;
    if (asked === 0n) return [];
    const earlier = amountOf(before, label);
    const part = (asked * amount) / (amount + earlier);
    const least = asked > earlier ? asked - earlier : 0n;
    const share = part > least ? part : least;
    return share > 0n ? [[label, share] as const] : [];
  });
}

/** A conversion hands back what was paid for the share, in the asset that was paid. */
function sourceAmount(step: AccountStep, label: number, share: readonly LabelAmount[]): bigint {
  const amount = amountOf(share, label);
  const arrived = amountOf(step.taint, label);
  if (step.kind !== 'convert' || arrived === 0n) return amount;
  return (amount * amountOf(step.paid ?? [], label) + arrived - 1n) / arrived;
}

function amountOf(amounts: readonly LabelAmount[], label: number): bigint {
  return amounts.find(([other]) => other === label)?.[1] ?? 0n;
}
