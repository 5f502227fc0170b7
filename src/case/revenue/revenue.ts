/**
 * The verb `revenue`: what the addresses of a ransom took in, from seeds over core clusters to payments that look like
 * ransoms. A payment is one output; its time is that of its block, else when it was first seen.
 */
import { type PartSum, REVENUE_FILTERS } from '../../cluster/index.ts';
import { type Address, ENGINE_VERSION, SpoorError, usdText } from '../../ledger/index.ts';
import { findClusterMember, memberTexts } from '../../store/index.ts';
import { addressesOf, loadFreshClusters, rootIn, tagsAmong } from '../cluster/read.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import type { Prices } from '../prices.ts';
import { namedAddresses, parseSubject } from '../subject.ts';
import { serviceAddresses, servicesAmong } from '../tag/tags.ts';
import { type CashOut, cashOutOf } from './cash-out.ts';
import { type CollectorRow, type PayerOf, paymentsTo } from './ledger.ts';
import { askedFilters, type JudgedPayment, type RevenueParams, type RevenueStage, stagesOf } from './stage.ts';

export type { RevenueParams, RevenueStage } from './stage.ts';

/** The list that payments were read from. `contradictions`: outputs that it states in two ways. */
export interface RevenueList {
  readonly file: string;
  readonly sha256: string;
  readonly family: string | null;
  readonly payments: number;
  readonly transactions: number;
  /** Dollars as the list states them, of all its lines. */
  readonly statedUsd: string | null;
  readonly contradictions: readonly string[];
}

/** `spoor revenue SUBJECT... --json`, schema spoor.revenue/1. */
export interface RevenueDocument {
  readonly schema: 'spoor.revenue/1';
  readonly engine: string;
  readonly inputs: string;
  readonly params: RevenueParams;
  readonly clusterRun: string | null;
  readonly prices: { readonly file: string; readonly sha256: string; readonly price: string } | null;
  /** Null for payments that the facts of a case tell. */
  readonly list: RevenueList | null;
  readonly seeds: readonly string[];
  readonly expandedBy: readonly string[];
  /** Seeds that a tag gives to a service, or whose cluster holds such an address: in no count. */
  readonly serviceOwned: ReadonlyArray<{ readonly seed: string; readonly address: string; readonly label: string }>;
  /** Addresses paid from two of the set or more, that spent what they got. */
  readonly collectors: readonly CollectorRow[];
  readonly stages: readonly RevenueStage[];
  /** The first services that what is left reached; null where it was not asked or cannot be. */
  readonly cashOut: CashOut | null;
  /** Payments in parts: no one of them meets a demand, together they do. */
  readonly partSums: ReadonlyArray<{
    readonly payer: string;
    readonly outpoints: readonly string[];
    readonly sat: string;
    readonly usd: string | null;
  }>;
  /** Stages that the data cannot be asked, and why. */
  readonly unsaid: ReadonlyArray<{ readonly stage: string; readonly why: string }>;
  readonly gaps: { readonly unknownSigner: number; readonly daysWithoutPrice: readonly string[] };
}

/** Runs the stages. Throws SUBJECT_INVALID, ADDRESS_INVALID, USAGE, NOT_FOUND, VERIFY_FAILED. */
export function revenueDocument(
  context: CaseContext,
  subjects: readonly string[],
  params: RevenueParams,
  prices: Prices | null,
): RevenueDocument {
  const asked = [...new Set(subjects.flatMap((text) => seedsOf(context, text)))];
  const clusters = clustersOf(context, params.expand);
  const byCluster = asked.map((seed) => [seed, clusters.of(seed)] as const);
  const services = servicesAmong(
    tagsAmong(context, new Set([...asked, ...byCluster.flatMap(([, members]) => members)])),
  );
  const serviceOwned = byCluster.flatMap(([seed, members]) => {
    const address = members.find((member) => services.has(member));
    return address === undefined ? [] : [{ seed, address, label: services.get(address)?.label ?? '' }];
  });
  const flagged = new Set(serviceOwned.map(({ seed }) => seed));
  const kept = byCluster.filter(([seed]) => !flagged.has(seed));
  const seeds = kept.map(([seed]) => seed);
  const all = [...new Set(kept.flatMap(([, members]) => members))];
  const given = { params, prices, payerOf: payersBy(context, params, clusters) };
  const plain = paymentsTo(context, seeds, given);
  const wide = params.expand === 'core' ? paymentsTo(context, all, given) : null;
  const { unknownSigner, daysWithoutPrice, collectors, sums } = wide ?? plain;
  const seedSet = new Set<string>(seeds);
  const filters = askedFilters(
    params,
    REVENUE_FILTERS.filter((filter) => filter !== 'repeat'),
  );
  const left = (wide ?? plain).payments.filter(({ fails }) => !filters.some((filter) => fails.has(filter)));
  const reach = { rules: params.cashOut, serviceReach: params.expand === 'core' ? 'core' : 'own', prices } as const;
  return {
    schema: 'spoor.revenue/1',
    engine: ENGINE_VERSION,
    inputs: inputsDigest(context.store),
    params,
    clusterRun: clusters.run,
    prices: pricesRow(prices),
    list: null,
    seeds,
    expandedBy: all.filter((address) => !seedSet.has(address)),
    serviceOwned,
    collectors,
    stages: stagesOf(plain.payments, wide?.payments ?? null, { filters, priced: prices !== null }),
    cashOut: params.cashOut.length === 0 ? null : cashOutOf(context, left, reach),
    partSums: sumRows(sums, prices !== null),
    unsaid: [],
    gaps: { unknownSigner, daysWithoutPrice },
  };
}

/** The price file of a document. */
export function pricesRow(prices: Prices | null): RevenueDocument['prices'] {
  return prices === null ? null : { file: prices.file, sha256: prices.sha256, price: prices.price };
}

/** Sums of part payments in text. */
export function sumRows(sums: readonly PartSum<JudgedPayment>[], priced: boolean): RevenueDocument['partSums'] {
  return sums.map(({ payer, parts, valueSat, usdCents }) => ({
    payer,
    outpoints: parts.map(({ outpoint }) => outpoint),
    sat: String(valueSat),
    usd: priced && usdCents !== null ? usdText(usdCents) : null,
  }));
}

function seedsOf(context: CaseContext, text: string): Address[] {
  const subject = parseSubject(text, context.network);
  if (subject.kind === 'tag' || subject.kind === 'cluster') return namedAddresses(context, subject);
  if (subject.kind === 'address' && subject.range === null) return [subject.address];
  throw new SpoorError('USAGE', `"${text}" is no set of addresses`, {}, 'give addresses, tag:TEXT or cluster:ID');
}

interface Clusters {
  readonly run: string | null;
  readonly of: (seed: Address) => readonly Address[];
  /** First address of the cluster of an address. */
  readonly rootOf: (address: Address) => Address;
}

function clustersOf(context: CaseContext, expand: RevenueParams['expand']): Clusters {
  if (expand === 'none') return { run: null, of: (seed) => [seed], rootOf: (address) => address };
  const { id } = loadFreshClusters(context).run;
  const text = memberTexts(context.store, id);
  const rootOf = (address: Address): number | null => {
    const member = findClusterMember(context.store, id, address);
    return member === null ? null : rootIn(member, 'core');
  };
  return {
    run: id,
    of: (seed) => {
      const root = rootOf(seed);
      return root === null ? [seed] : addressesOf(context, id, 'core', root);
    },
    rootOf: (address) => {
      const root = rootOf(address);
      return root === null ? address : text(root);
    },
  };
}

/** Payers for sums: a service pays out for many, so what it pays to one address is of one payer and no more. */
function payersBy(context: CaseContext, { partBy }: RevenueParams, { run, rootOf }: Clusters): PayerOf {
  if (partBy === 'address') return (_, to) => to;
  const services = new Set(
    [...serviceAddresses(context).values()].flatMap(({ subject }) =>
      subject.kind === 'address' ? [rootOf(subject.address)] : [],
    ),
  );
  return (inputs, to) => {
    const roots = new Set(inputs.flatMap(({ address }) => (address === null ? [] : [rootOf(address)])));
    const [first = null] = roots;
    // Several clusters in one transaction: a coinjoin, or no payer in particular.
    if (first === null || (run !== null && roots.size > 1)) return null;
    return [...roots].some((root) => services.has(root)) ? `${first} to ${to}` : first;
  };
}
