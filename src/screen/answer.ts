/** What was found and judged as the answer of schema spoor.screening/1: shares that sum to one, entities, paths, reasons. */
import { amountOf, millionthsText, type ScreenedAsset, sharesOf } from './amount.ts';
import { addsUp, type Contribution } from './contribution.ts';
import { leadOf } from './identity.ts';
import { type Hit, type Judgement, leastOf } from './judge.ts';
import type {
  Flow,
  Method,
  Screening,
  ScreeningAlert,
  ScreeningClaim,
  ScreeningEntity,
  ScreeningExposure,
  ScreeningPath,
  ScreeningRemainder,
} from './schema.ts';

/** Entities and paths shown per entry; the rest is counted. */
const SHOWN = 10;
const SHOWN_PATHS = 3;

/** Parts of an answer that rest on contributions. */
export type FoundParts = Pick<Screening, 'exposure' | 'remainder' | 'alerts' | 'paths'>;

/** Puts the parts into the answer. `alertId` names an alert by its rule and way. */
export class AnswerParts {
  private readonly asset: ScreenedAsset;
  private readonly paths = new Map<Contribution, ScreeningPath>();

  private readonly pathsBefore: number;

  /** `pathsBefore`: paths of the answer that have a number already. */
  constructor(asset: ScreenedAsset, pathsBefore = 0) {
    this.asset = asset;
    this.pathsBefore = pathsBefore;
  }

  build(
    contributions: readonly Contribution[],
    judgement: Judgement,
    given: { methods: readonly Method[]; alertId: (rule: string, flow: string) => string },
  ): FoundParts {
    const exposure: ScreeningExposure[] = [];
    const remainder: ScreeningRemainder[] = [];
    for (const flow of ['source', 'destination'] as const)
      for (const method of given.methods) {
        const parts = contributions.filter((part) => part.flow === flow && part.method === method);
        this.divide(parts, { flow, method }, { exposure, remainder });
      }
    const alerts = judgement.hits.map((hit) => this.alert(hit, given.alertId(hit.rule.id, hit.flow ?? 'ownership')));
    return {
      exposure: withIntervals(exposure, given.methods.filter(addsUp)),
      remainder,
      alerts,
      paths: [...this.paths.values()],
    };
  }

  /** Groups of one way and method, with shares that sum to one where amounts add up. */
  private divide(
    parts: readonly Contribution[],
    of: { flow: Flow; method: Method },
    into: { exposure: ScreeningExposure[]; remainder: ScreeningRemainder[] },
  ): void {
    const groups = grouped(parts);
    const amounts = groups.map((group) => group.reduce((sum, { amount }) => sum + amount, 0n));
    const total = amounts.reduce((sum, amount) => sum + amount, 0n);
    if (total === 0n && addsUp(of.method)) return;
    const shares = addsUp(of.method) ? sharesOf(amounts).map(millionthsText) : null;
    groups.forEach((group, at) => {
      const [first] = group;
      const share = shares?.[at] ?? null;
      if (first.part === 'entity') into.exposure.push(this.exposureRow(group, { ...of, share, amount: amounts[at] }));
      else if (share !== null) {
        const { part, reason } = first;
        const amount = amountOf(amounts[at], this.asset);
        into.remainder.push({
          direction: of.flow,
          method: of.method,
          part,
          reason,
          share,
          amount,
          places: group.length,
        });
      }
    });
  }

  private exposureRow(
    group: readonly Contribution[],
    of: { flow: Flow; method: Method; share: string | null; amount: bigint },
  ): ScreeningExposure {
    const [first] = group;
    const lead = first.identity === null ? null : leadOf(first.identity);
    const adds = addsUp(of.method);
    const entities = this.entities(group, adds);
    return {
      direction: of.flow,
      kind: first.hops <= 1 ? 'direct' : 'indirect',
      category: first.category ?? 'unknown',
      actor: lead?.actor ?? null,
      campaign: lead?.campaign ?? null,
      method: of.method,
      share: of.share,
      amount: adds ? amountOf(of.amount, this.asset) : null,
      interval: null,
      min_hops: Math.min(...group.map(({ hops }) => hops)),
      entities: entities.slice(0, SHOWN),
      more_entities: Math.max(0, entities.length - SHOWN),
      paths: adds ? this.pathIds(group) : [],
    };
  }

  /** One row per address, largest amount first. */
  private entities(group: readonly Contribution[], adds: boolean): ScreeningEntity[] {
    const byAddress = new Map<string, { claims: readonly ScreeningClaim[]; amount: bigint; hops: number }>();
    for (const { identity, amount, hops } of group) {
      if (identity === null) continue;
      const same = byAddress.get(identity.address);
      if (same === undefined) byAddress.set(identity.address, { claims: identity.claims, amount, hops });
      else {
        same.amount += amount;
        same.hops = Math.min(same.hops, hops);
      }
    }
    return [...byAddress]
      .sort(([a, x], [b, y]) => (x.amount === y.amount ? (a < b ? -1 : 1) : y.amount > x.amount ? 1 : -1))
      .map(([address, { claims, amount, hops }]) => {
        const lead = leadOf({ address, claims });
        const told = adds ? amountOf(amount, this.asset) : null;
        return { address, label: lead.label, actor: lead.actor, amount: told, hops, claims: [...claims] };
      });
  }

  /** Paths to the nearest part and to the largest ones. */
  private pathIds(group: readonly Contribution[]): string[] {
    const nearest = [...group].sort((a, b) => a.hops - b.hops || bigger(a, b))[0];
    const shown = new Set([nearest, ...[...group].sort(bigger)].slice(0, SHOWN_PATHS + 1));
    return [...shown].slice(0, SHOWN_PATHS).map((part) => this.pathOf(part).id);
  }

  private pathOf(part: Contribution): ScreeningPath {
    const known = this.paths.get(part);
    if (known !== undefined) return known;
    const { steps, from, to } = part.path();
    const path: ScreeningPath = {
      id: `pth_${this.pathsBefore + this.paths.size + 1}`,
      direction: part.flow,
      method: part.method,
      category: part.category ?? 'unknown',
      hops: part.hops,
      from,
      to,
      steps: steps.map(({ txid, height, timestampSec, from: source, to: target, amount }) => ({
        txid,
        height,
        timestamp_sec: timestampSec,
        from: source,
        to: target,
        amount: amount === null ? null : amount.toString(),
      })),
    };
    this.paths.set(part, path);
    return path;
  }

  private alert(hit: Hit, id: string): ScreeningAlert {
    const { rule, flow, method, amount, total, amounts, minHops, parts, claims } = hit;
    const share = amount === null || total === null ? null : millionthsText((amount * 1_000_000n) / total);
    const entities = method === null ? [] : this.entities(parts, addsUp(method));
    const categories = [
      ...new Set([...parts.flatMap(({ category }) => category ?? []), ...claims.map((one) => one.category)]),
    ];
    return {
      id,
      rule: { id: rule.id, version: rule.version, name: rule.name },
      level: rule.level,
      action: rule.action,
      exposure_kind: rule.kind,
      direction: flow,
      categories: categories.sort(),
      actors: [...new Set(claims.flatMap(({ actor }) => actor ?? []))].sort(),
      method,
      amount: amount === null ? null : amountOf(amount, this.asset),
      amounts: Object.fromEntries(Object.entries(amounts).map(([name, raw]) => [name, raw.toString()])),
      share,
      min_hops: minHops,
      threshold: {
        min_amount: rule.minAmount.length === 0 ? null : leastOf(rule, this.asset).toString(),
        ...(rule.minUsdText === null ? {} : { min_usd: rule.minUsdText }),
        min_share: rule.minShareText,
        max_hops: rule.maxHops,
        window: rule.windowDays === null ? null : `${rule.windowDays}d`,
      },
      entities: entities.slice(0, SHOWN),
      paths: parts.length === 0 ? [] : this.pathIds(parts),
      state: 'unreviewed',
    };
  }
}

function bigger(a: Contribution, b: Contribution): number {
  if (a.amount !== b.amount) return b.amount > a.amount ? 1 : -1;
  return a.hops - b.hops;
}

/** Entities by kind, category, actor and campaign; the remainder by part and reason; in an order of the names. */
function grouped(parts: readonly Contribution[]): Contribution[][] {
  const groups = new Map<string, Contribution[]>();
  for (const part of parts) {
    const lead = part.identity === null ? null : leadOf(part.identity);
    const kind = part.hops <= 1 ? 'direct' : 'indirect';
    const key =
      part.part === 'entity'
        ? ['0', kind, part.category, lead?.actor ?? '', lead?.campaign ?? ''].join('\n')
        : ['1', part.part, part.reason].join('\n');
    const same = groups.get(key);
    if (same === undefined) groups.set(key, [part]);
    else same.push(part);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

/** Least and most of the conserving methods for each group; a method that finds nothing there counts as zero. */
function withIntervals(rows: readonly ScreeningExposure[], over: Method[]): ScreeningExposure[] {
  const key = ({ direction, kind, category, actor, campaign }: ScreeningExposure): string =>
    [direction, kind, category, actor, campaign].join('\n');
  const conserving = rows.filter(({ method }) => addsUp(method));
  return rows.map((row) => {
    if (!addsUp(row.method)) return row;
    const amounts = over.map((method) => {
      const same = conserving.find((other) => other.method === method && key(other) === key(row));
      return BigInt(same?.amount?.raw ?? '0');
    });
    const low = amounts.reduce((least, amount) => (amount < least ? amount : least));
    const high = amounts.reduce((most, amount) => (amount > most ? amount : most));
    return { ...row, interval: { low: low.toString(), high: high.toString(), over } };
  });
}

/** The judgement as the answer tells it. */
export function riskOf({ level, action, hits }: Judgement, basis: string): Screening['risk'] {
  const terms = hits.flatMap(({ rule, score, amount, total }) => {
    if (score === null || rule.score === null) return [];
    const share = amount === null || total === null ? '1' : `${amount}/${total}`;
    const full = millionthsText(rule.score.fullShareMillionths);
    return [{ rule: rule.id, score, formula: `floor(${rule.score.severity} * min(1, ${share} / ${full}))` }];
  });
  return {
    level,
    score: terms.length === 0 ? null : Math.max(...terms.map(({ score }) => score)),
    scale: '0-100',
    basis,
    action,
    reasons: hits.map(({ rule }) => `rule:${rule.id}@${rule.version}`),
    score_terms: terms,
  };
}
