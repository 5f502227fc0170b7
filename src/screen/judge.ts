/**
 * Claim:      a rule fires exactly where what it names lies within its bounds; the level is that of the worst rule that fired, and `unknown` where none
 *             did and more than the stated share of the value could not be traced.
 * Source:     methods, policy object: no sum over categories; the maximal hit with its evidence. Elliptic's distinction: nothing fired is not score 0.
 * Parameters: the rule file; nothing has a default here.
 * Cost:       O(rules x parts).
 * Fails when: a rule file gives `none` to what should alarm; golden cases in the file are for that.
 */
import { BTC, ETH, MILLION, readThreshold, readUsd, type ScreenedAsset, usdCentsOf } from './amount.ts';
import { addsUp, type Contribution } from './contribution.ts';
import type { GoldenText, Rule, RuleFile } from './rule-file.ts';
import {
  ACTIONS,
  type Action,
  type Direction,
  type Flow,
  LEVELS,
  type Level,
  type Method,
  type ScreeningClaim,
} from './schema.ts';

/** What is judged: parts under each method, whose conserving methods each sum to `total` per flow, and the claims about the subject itself. */
export interface Evidence {
  readonly asset: ScreenedAsset;
  readonly direction: Direction;
  readonly methods: readonly Method[];
  readonly contributions: readonly Contribution[];
  readonly ownership: readonly ScreeningClaim[];
  /** Time of the subject, for windows; null where nobody says. */
  readonly atSec: number | null;
  /** Whether everything asked for was walked. Otherwise what did not fire may still be there. */
  readonly walked: boolean;
}

/** A rule that fired, with what made it. */
export interface Hit {
  readonly rule: Rule;
  readonly flow: Flow | null;
  readonly method: Method | null;
  readonly amount: bigint | null;
  readonly total: bigint | null;
  readonly amounts: Readonly<Record<string, bigint>>;
  readonly minHops: number | null;
  /** Parts it rests on, largest first; empty for ownership. */
  readonly parts: readonly Contribution[];
  readonly claims: readonly ScreeningClaim[];
  readonly score: number | null;
}

/** The judgement. */
export interface Judgement {
  readonly level: Level;
  readonly action: Action;
  readonly hits: readonly Hit[];
  /** Rules that nothing but a bound in dollars kept from firing, where there is no price to judge it by. */
  readonly unpriced: readonly Rule[];
  /** Largest part untraced or dust, in millionths, by method. */
  readonly untraced: Readonly<Record<string, bigint>>;
}

const FLOW_OF = { received: 'source', sent: 'destination' } as const;
const DAY_SEC = 86_400;

/** Judges what was found by a file of rules. */
export function judge(file: RuleFile, evidence: Evidence): Judgement {
  const unpriced = new Set<Rule>();
  const hits = file.rules.flatMap((rule) => fire(rule, evidence, unpriced));
  hits.sort((a, b) => LEVELS.indexOf(b.rule.level) - LEVELS.indexOf(a.rule.level));
  const worst = hits.reduce<Level>((level, { rule }) => worse(level, rule.level), 'none');
  const untraced = untracedOf(evidence);
  const tooLittle =
    !evidence.walked ||
    unpriced.size > 0 ||
    Object.values(untraced).some((share) => share > file.unknownShareMillionths);
  const level = worst === 'none' && tooLittle ? 'unknown' : worst;
  const asked = hits.reduce<Action>((action, { rule }) => strictest(action, rule.action), 'pass');
  // What is not known is for a person to look at: it never passes by itself.
  const needsReview = level === 'unknown' || unpriced.size > 0;
  return { level, action: needsReview ? strictest(asked, 'review') : asked, hits, unpriced: [...unpriced], untraced };
}

/** Judgements of several assets as one: the worst level, the strictest action, every hit. */
export function together(judgements: readonly Judgement[]): Judgement {
  const untraced: Record<string, bigint> = {};
  for (const judgement of judgements)
    for (const [method, share] of Object.entries(judgement.untraced))
      if (share > (untraced[method] ?? -1n)) untraced[method] = share;
  return {
    level: judgements.reduce<Level>((level, one) => worse(level, one.level), 'none'),
    action: judgements.reduce<Action>((action, one) => strictest(action, one.action), 'pass'),
    hits: judgements.flatMap(({ hits }) => hits),
    unpriced: judgements.flatMap(({ unpriced }) => unpriced),
    untraced,
  };
}

function worse(a: Level, b: Level): Level {
  return LEVELS.indexOf(a) >= LEVELS.indexOf(b) ? a : b;
}

function strictest(a: Action, b: Action): Action {
  return ACTIONS.indexOf(a) >= ACTIONS.indexOf(b) ? a : b;
}

/** Per method the largest part, over both ways, that nobody can say anything about. Dust counts: what is not followed is not known to be clean. */
function untracedOf({ contributions, methods }: Evidence): Record<string, bigint> {
  const shares: Record<string, bigint> = {};
  for (const method of methods.filter(addsUp))
    for (const flow of ['source', 'destination'] as const) {
      const parts = contributions.filter((part) => part.method === method && part.flow === flow);
      const total = sum(parts);
      if (total === 0n) continue;
      const unsaid = sum(parts.filter(({ part }) => part === 'untraced' || part === 'dust'));
      const share = (unsaid * MILLION + total - 1n) / total;
      if (share > (shares[method] ?? -1n)) shares[method] = share;
    }
  return shares;
}

function sum(parts: readonly Contribution[]): bigint {
  return parts.reduce((total, { amount }) => total + amount, 0n);
}

function fire(rule: Rule, evidence: Evidence, unpriced: Set<Rule>): Hit[] {
  if (rule.kind === 'ownership') return ownershipHit(rule, evidence);
  const ways = (['received', 'sent'] as const).filter(
    (way) =>
      (rule.direction === 'any' || rule.direction === way) &&
      (evidence.direction === 'both' || evidence.direction === way),
  );
  return ways.flatMap((way) => exposureHit(rule, evidence, { flow: FLOW_OF[way], unpriced }) ?? []);
}

function claimFits({ categories, minConfidence }: Rule, claim: ScreeningClaim): boolean {
  return claim.confidence_level >= minConfidence && claim.categories.some((word) => categories.includes(word));
}

function ownershipHit(rule: Rule, { ownership }: Evidence): Hit[] {
  const claims = ownership.filter((claim) => claimFits(rule, claim));
  if (claims.length === 0) return [];
  const none = { flow: null, method: null, amount: null, total: null, amounts: {}, minHops: null, parts: [] };
  return [{ rule, ...none, claims, score: rule.score?.severity ?? null }];
}

/** Whether a part is of what a rule names: its kind, a claim or coinjoin of its categories, within its hops and days. */
function partFits(rule: Rule, part: Contribution, atSec: number | null): boolean {
  if (part.part !== 'entity') return false;
  if (part.hops <= 1 !== (rule.kind === 'direct')) return false;
  if (rule.maxHops !== null && part.hops > rule.maxHops) return false;
  if (rule.windowDays !== null && atSec !== null && part.timestampSec !== null) {
    // A part nobody dates is not left out: the rule then errs to the strict side.
    if (Math.abs(atSec - part.timestampSec) > rule.windowDays * DAY_SEC) return false;
  }
  if (part.identity === null) return part.category !== null && rule.categories.includes(part.category);
  return part.identity.claims.some((claim) => claimFits(rule, claim));
}

/** What a rule finds one way. A rule that only a missing price keeps from being judged is noted: it neither fires nor is nothing. */
function exposureHit(
  rule: Rule,
  evidence: Evidence,
  { flow, unpriced }: { readonly flow: Flow; readonly unpriced: Set<Rule> },
): Hit | null {
  const ofFlow = evidence.contributions.filter((part) => part.flow === flow);
  const fitting = ofFlow.filter((part) => partFits(rule, part, evidence.atSec));
  const amounts: Record<string, bigint> = {};
  for (const method of evidence.methods.filter(addsUp))
    amounts[method] = sum(fitting.filter((part) => part.method === method));
  const method = methodFor(rule, evidence.methods, amounts);
  if (method === null) return null;
  const parts = fitting
    .filter((part) => part.method === method)
    .sort((a, b) => (a.amount === b.amount ? a.hops - b.hops : b.amount > a.amount ? 1 : -1));
  if (parts.length === 0) return null;
  const minHops = Math.min(...parts.map(({ hops }) => hops));
  const claims = parts.flatMap(({ identity }) => identity?.claims.filter((claim) => claimFits(rule, claim)) ?? []);
  const base = { rule, flow, method, amounts, minHops, parts, claims };
  if (!addsUp(method)) return { ...base, amount: null, total: null, score: null };
  const amount = amounts[method];
  const total = sum(ofFlow.filter((part) => part.method === method));
  if (amount === 0n || amount < leastOf(rule, evidence.asset)) return null;
  if (amount * MILLION < (rule.minShareMillionths ?? 0n) * total) return null;
  if (rule.minUsdCents !== null) {
    const cents = usdCentsOf(amount, evidence.asset);
    if (cents === null) unpriced.add(rule);
    if (cents === null || cents < rule.minUsdCents) return null;
  }
  return { ...base, amount, total, score: scoreOf(rule, amount, total) };
}

/** The method a rule is judged by; null where the screening was not asked for it. */
function methodFor(rule: Rule, methods: readonly Method[], amounts: Readonly<Record<string, bigint>>): Method | null {
  if (rule.method !== 'highest') return methods.find((method) => method === rule.method) ?? null;
  return methods
    .filter(addsUp)
    .reduce<Method | null>((best, method) => (best === null || amounts[method] > amounts[best] ? method : best), null);
}

/** Least amount of a rule in base units of an asset; a bound in another asset's unit does not bind it. */
export function leastOf({ minAmount }: Rule, { name }: ScreenedAsset): bigint {
  return minAmount.find(({ asset }) => asset === name)?.raw ?? minAmount.find(({ asset }) => asset === null)?.raw ?? 0n;
}

function scoreOf({ score }: Rule, amount: bigint, total: bigint): number | null {
  if (score === null) return null;
  const { severity, fullShareMillionths } = score;
  const scaled = (BigInt(severity) * amount * MILLION) / (total * fullShareMillionths);
  return scaled > BigInt(severity) ? severity : Number(scaled);
}

/** What became of one golden case. */
export interface GoldenOutcome {
  readonly name: string;
  readonly passed: boolean;
  readonly expected: { readonly level: Level; readonly rules: readonly string[] | null };
  readonly got: { readonly level: Level; readonly rules: readonly string[] };
}

/** Judges the golden cases of a file. Throws RULES_INVALID for an amount that cannot be read. */
export function judgeGolden(file: RuleFile): GoldenOutcome[] {
  return file.golden.map((golden) => {
    const { level, hits } = judge(file, goldenEvidence(golden));
    const rules = hits.map(({ rule }) => rule.id).sort();
    const wanted = golden.expect.rules === undefined ? null : [...golden.expect.rules].sort();
    const same = wanted === null || wanted.join('\n') === rules.join('\n');
    return {
      name: golden.name,
      passed: same && golden.expect.level === level,
      expected: { level: golden.expect.level, rules: wanted },
      got: { level, rules },
    };
  });
}

function goldenClaim(category: string, confidence: string | undefined): ScreeningClaim {
  return {
    category,
    categories: [category],
    label: category,
    actor: null,
    campaign: null,
    tag_id: '',
    confidence: 'forensic',
    confidence_level: Number(confidence ?? '50'),
    source: 'golden case',
    pack: '',
    inherited: false,
    listed_from: null,
    listed_to: null,
  };
}

function goldenEvidence(golden: GoldenText): Evidence {
  const direction = golden.direction ?? 'received';
  const flow = FLOW_OF[direction];
  const nowhere = { place: '', address: null };
  const methods = ['haircut', 'fifo', 'poison'] as const;
  const parts = (golden.parts ?? []).flatMap((part) => {
    const { category = null } = part;
    const identity =
      category === null || category === 'coinjoin'
        ? null
        : { address: category, claims: [goldenClaim(category, part.confidence)] };
    return methods.flatMap((method): Contribution[] => {
      const written = method === 'poison' ? '1' : (part[method] ?? part.haircut ?? part.fifo ?? '0');
      const amount = readThreshold(written).raw;
      if (amount === 0n) return [];
      const what = { part: part.part ?? ('entity' as const), reason: 'golden', category, identity };
      const hops = Number(part.hops ?? '1');
      const timestampSec = -DAY_SEC * Number(part.days_before ?? '0');
      const texts = { place: () => '', path: () => ({ steps: [], from: nowhere, to: nowhere }) };
      return [{ flow, method, amount, hops, timestampSec, ...what, ...texts }];
    });
  });
  const coin = golden.asset === 'ETH' ? ETH : BTC;
  const microUsd = golden.usd_price === undefined ? null : String(readUsd(golden.usd_price) * 10_000n);
  const asset = { ...coin, price: { asset: coin.name, id: 'golden case', microUsd } };
  const ownership = (golden.ownership ?? []).map((category) => goldenClaim(category, undefined));
  return { asset, direction, methods, contributions: parts, ownership, atSec: 0, walked: true };
}
