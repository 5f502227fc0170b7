/**
 * Claim:      the answer is a pure function of what was resolved and what the view says: asked again from what was kept, it comes out byte for byte.
 * Source:     methods, exposure; ux-and-trust 2.2 for its shape.
 * Parameters: `ResolvedScreening`: everything that decides, written out.
 * Cost:       a walk per output, method and way, all under one bound on transactions.
 * Fails when: a view answers twice and differently.
 */
import { amountOf, millionthsText, unitText } from './amount.ts';
import { AnswerParts, riskOf } from './answer.ts';
import { coverageOf, priceGaps, unlistedGaps } from './coverage.ts';
import { SANCTION } from './identity.ts';
import { judge, together } from './judge.ts';
import type { FoundInAsset, FoundValue, ResolvedScreening, ScreeningFrame } from './question.ts';
import { parseRuleFile, type RuleFile } from './rule-file.ts';
import type { Screening } from './schema.ts';
import type { ScreenView } from './source.ts';
import { Walk } from './walk.ts';

/** Answers a question that is resolved. `file` is its rules where they are read already. */
export function screen(
  view: ScreenView,
  asked: ResolvedScreening,
  frame: ScreeningFrame,
  file: RuleFile = parseRuleFile(asked.rules.text, asked.rules.name),
): Screening {
  const walk = new Walk(view, asked, file.dustSat);
  const contributions = asked.status === 'walk' ? walk.contributions() : [];
  const assets = [{ asset: asked.asset, contributions, screened: walk.screened() }];
  const found = { assets, transactionsRead: walk.transactionsRead(), dust: String(file.dustSat) };
  return screenFound(found, asked, frame, file);
}

/** Judges what was found, each asset by itself, and puts it into the answer. */
export function screenFound(
  found: FoundValue,
  asked: ResolvedScreening,
  frame: ScreeningFrame,
  file: RuleFile = parseRuleFile(asked.rules.text, asked.rules.name),
): Screening {
  const { direction, methods, atSec } = asked;
  const none = { asset: asked.asset, contributions: [], screened: [] };
  const assets = (found.assets.length === 0 ? [none] : found.assets).map((one) => priced(one, asked));
  const judged = assets.map(({ asset, contributions, screened }, at) => {
    const walked = asked.status === 'walk' && screened.length > 0;
    // What is claimed about the subject itself is one finding, however many assets it has.
    const ownership = at === 0 ? asked.ownership : [];
    return judge(file, { asset, direction, methods, contributions, ownership, atSec, walked });
  });
  const basis = `${file.id}@${file.version}`;
  let paths = 0;
  const built = assets.map(({ asset, contributions }, at) => {
    const last = at === 0 ? '' : `_${asset.name}`;
    const alertId = (rule: string, flow: string): string =>
      `alr_${frame.id.slice('scr_'.length)}_${rule}_${flow}${last}`;
    const parts = new AnswerParts(asset, paths).build(contributions, judged[at], { methods, alertId });
    paths += parts.paths.length;
    return parts;
  });
  const judgement = together(judged);
  const walked = asked.status === 'walk' && assets.every(({ screened }) => screened.length > 0);
  const all = assets.flatMap(({ contributions }) => contributions);
  const coverage = coverageOf(all, judgement.untraced, { walked, read: found.transactionsRead, methods });
  coverage.gaps.push(...unlistedGaps(asked, found), ...priceGaps(asked, assets, judged));
  const exposure = built.flatMap((parts) => parts.exposure);
  const named = exposure.flatMap(({ entities }) => entities.map((one) => one.address));
  const { address } = asked.subject;
  return {
    schema: 'spoor.screening/1',
    id: frame.id,
    status: asked.status === 'walk' ? (coverage.complete ? 'complete' : 'partial') : asked.status,
    ...asked.refs,
    subject: asked.subject,
    direction,
    as_of: asked.asOf,
    rules: { id: file.id, version: file.version, sha256: asked.rules.sha256 },
    params: {
      methods: [...methods],
      limits: asked.limits,
      dust: found.dust,
      unknown_share: millionthsText(file.unknownShareMillionths),
      ...pricesOf(asked),
    },
    risk: riskOf(judgement, basis),
    ownership: [...asked.ownership],
    screened: assets.flatMap(({ screened }) => screened),
    exposure,
    remainder: built.flatMap((parts) => parts.remainder),
    alerts: built.flatMap((parts) => parts.alerts),
    attributions: [...frame.attributions([...new Set(address === null ? named : [address, ...named])].sort())],
    sanctions: sanctionsOf(asked),
    coverage,
    paths: built.flatMap((parts) => parts.paths),
    evidence: { trace_id: frame.traceId, manifest_sha256: frame.manifest },
  };
}

/** An asset with its price of the day asked about, and what was screened of it valued by that. */
function priced(found: FoundInAsset, { prices }: ResolvedScreening): FoundInAsset {
  if (prices === undefined) return found;
  const { asset, contributions, screened } = found;
  const none = { asset: asset.name, id: null, microUsd: null };
  const valued = { ...asset, price: prices.assets.find((one) => one.asset === asset.name) ?? none };
  const rows = screened.map((row) => ({ ...row, amount: amountOf(BigInt(row.amount.raw), valued) }));
  return { asset: valued, contributions, screened: rows };
}

const MICRO_PLACES = 6;

function pricesOf({ prices }: ResolvedScreening): Pick<Screening['params'], 'prices'> {
  if (prices === undefined) return {};
  const assets = prices.assets.map(({ asset, price, microUsd, id, file, sha256 }) => {
    const usd = microUsd === null ? null : unitText(BigInt(microUsd), MICRO_PLACES);
    return { asset, price, usd, id, file, sha256 };
  });
  return { prices: { day: prices.day, assets } };
}

function sanctionsOf({ ownership, sanctionLists, atSec }: ResolvedScreening): Screening['sanctions'] {
  const entries = ownership.filter(({ categories }) => categories.includes(SANCTION));
  const checked = sanctionLists.length > 0;
  return {
    checked,
    match: checked ? entries.length > 0 : null,
    lists: [...sanctionLists],
    at_sec: atSec,
    entries,
  };
}
