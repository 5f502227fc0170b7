/**
 * The verb `revenue`: what the addresses of a ransom took in, from seeds over core clusters to payments that look like
 * ransoms. A payment is one output; its time is that of its block, else when it was first seen.
 */
import {
  filterChoices,
  REVENUE_FILTERS,
  type RevenueFilter,
  type RevenuePayment,
  type RevenueSum,
  revenueSum,
} from '../cluster/index.ts';
import {
  type Address,
  ENGINE_VERSION,
  NONE,
  OUTPUT_STATED_SPENT,
  SpoorError,
  type ViewTransaction,
} from '../ledger/index.ts';
import { findClusterMember, transactionsOfAddresses } from '../store/index.ts';
import { addressesOf, isStale, loadClusters, rootIn, tagsAmong } from './cluster.ts';
import { type CaseContext, inputsDigest } from './context.ts';
import { type Prices, usdCentsOn } from './prices.ts';
import { isWithin, namedAddresses, parseSubject, type Range } from './subject.ts';
import { servicesAmong } from './tags.ts';

/** What decides the result; all of it is printed with it. A filter whose option is null or empty is left out. */
export interface RevenueParams {
  /** `core`: with the core clusters of the latest run. */
  readonly expand: 'none' | 'core';
  readonly window: Range | null;
  readonly demandedUsd: readonly number[];
  readonly demandedSat: readonly number[];
  /** How far a payment may be from a demand in dollars, either way. */
  readonly tolerancePercent: number;
  /** Payments below it are dust. */
  readonly minSat: number;
  /** Only the first payment that the case has of an address counts. */
  readonly fresh: boolean;
}

/** A sum in text; `usd` null without a price file, and without the `unpriced` payments. */
export interface RevenueRow {
  readonly payments: number;
  readonly sat: string;
  readonly usd: string | null;
  readonly unpriced: number;
}

/** A stage: for the seeds alone, for the expanded set, and least to most over both and over each choice of its filters. */
export interface RevenueStage {
  readonly stage: RevenueFilter | 'all';
  readonly seeds: RevenueRow;
  readonly expanded: RevenueRow | null;
  readonly interval: {
    readonly payments: readonly [number, number];
    readonly sat: readonly [string, string];
    readonly usd: readonly [string, string] | null;
  };
}

/** `spoor revenue SUBJECT... --json`, schema spoor.revenue/1. */
export interface RevenueDocument {
  readonly schema: 'spoor.revenue/1';
  readonly engine: string;
  readonly inputs: string;
  readonly params: RevenueParams;
  readonly clusterRun: string | null;
  readonly prices: { readonly file: string; readonly sha256: string; readonly price: string } | null;
  readonly seeds: readonly string[];
  readonly expandedBy: readonly string[];
  /** Seeds that a tag gives to a service, or whose cluster holds such an address: in no count. */
  readonly serviceOwned: ReadonlyArray<{ readonly seed: string; readonly address: string; readonly label: string }>;
  /** Addresses paid from two of the set or more, that spent what they got. */
  readonly collectors: ReadonlyArray<{ readonly address: string; readonly from: number; readonly sat: string }>;
  readonly stages: readonly RevenueStage[];
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
  const { run, clusterOf } = clusters(context, params.expand);
  const byCluster = asked.map((seed) => [seed, clusterOf(seed)] as const);
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
  const plain = paymentsTo(context, seeds, params, prices);
  const wide = params.expand === 'core' ? paymentsTo(context, all, params, prices) : null;
  const { unknownSigner, daysWithoutPrice, collectors } = wide ?? plain;
  const seedSet = new Set<string>(seeds);
  return {
    schema: 'spoor.revenue/1',
    engine: ENGINE_VERSION,
    inputs: inputsDigest(context.store),
    params,
    clusterRun: run,
    prices: prices === null ? null : { file: prices.file, sha256: prices.sha256, price: prices.price },
    seeds,
    expandedBy: all.filter((address) => !seedSet.has(address)),
    serviceOwned,
    collectors,
    stages: stagesOf(plain.payments, wide?.payments ?? null, params, prices !== null),
    gaps: { unknownSigner, daysWithoutPrice },
  };
}

function seedsOf(context: CaseContext, text: string): Address[] {
  const subject = parseSubject(text, context.network);
  if (subject.kind === 'tag' || subject.kind === 'cluster') return namedAddresses(context, subject);
  if (subject.kind === 'address' && subject.range === null) return [subject.address];
  throw new SpoorError('USAGE', `"${text}" is no set of addresses`, {}, 'give addresses, tag:TEXT or cluster:ID');
}

function clusters(
  context: CaseContext,
  expand: RevenueParams['expand'],
): { readonly run: string | null; readonly clusterOf: (seed: Address) => readonly Address[] } {
  if (expand === 'none') return { run: null, clusterOf: (seed) => [seed] };
  const loaded = loadClusters(context, null);
  if (isStale(context, loaded)) {
    const hint = 'make a new run: spoor cluster run';
    throw new SpoorError(
      'VERIFY_FAILED',
      `the case was fed, or its tags changed, since run ${loaded.run.id}`,
      {},
      hint,
    );
  }
  const { id } = loaded.run;
  return {
    run: id,
    clusterOf: (seed) => {
      const member = findClusterMember(context.store, id, seed);
      return member === null ? [seed] : addressesOf(context, id, 'core', rootIn(member, 'core'));
    },
  };
}

interface Gathered {
  readonly payments: readonly RevenuePayment[];
  readonly collectors: RevenueDocument['collectors'];
  readonly unknownSigner: number;
  readonly daysWithoutPrice: readonly string[];
}

function paymentsTo(
  context: CaseContext,
  addresses: readonly Address[],
  params: RevenueParams,
  prices: Prices | null,
): Gathered {
  const ours = new Set<string>(addresses);
  const taken = transactionsOfAddresses(context.store, addresses).map((tx) => context.view.transaction(tx));
  const collectors = collectorsOf(context, taken, ours);
  const collecting = new Set(collectors.map(({ address }) => address));
  const first = new Map(addresses.map((address) => [address, context.view.outputsOfAddress(address)[0]]));
  const days = new Set<string>();
  let unknownSigner = 0;
  const payments = taken.flatMap((transaction) => {
    const { inputs, outputs, coinbase } = transaction;
    const internal = inputs.some(({ address }) => address !== null && ours.has(address));
    const timeSec = transaction.timestampSec ?? transaction.seenSec;
    return outputs.flatMap(({ address, output, valueSat }): RevenuePayment[] => {
      if (address === null || !ours.has(address)) return [];
      if (!internal && !coinbase && inputs.some((input) => input.address === null)) unknownSigner += 1;
      const usdCents = usdCentsOn(prices, valueSat, timeSec);
      if (prices !== null && usdCents === null)
        days.add(timeSec === null ? 'unknown' : new Date(timeSec * 1000).toISOString().slice(0, 10));
      const fails = new Set<RevenueFilter>();
      if (internal) fails.add('internal');
      if (collecting.has(address)) fails.add('collector');
      if (params.window !== null && !isWithin(transaction, params.window)) fails.add('window');
      if (valueSat < params.minSat) fails.add('dust');
      if (!isDemanded(valueSat, usdCents, params)) fails.add('amount');
      if (first.get(address) !== output) fails.add('fresh');
      return [{ valueSat, usdCents, fails }];
    });
  });
  return { payments, collectors, unknownSigner, daysWithoutPrice: [...days].sort() };
}

function isDemanded(valueSat: number, usdCents: bigint | null, params: RevenueParams): boolean {
  if (params.demandedSat.includes(valueSat)) return true;
  if (usdCents === null) return false;
  return params.demandedUsd.some((demand) => {
    const cents = BigInt(demand) * 100n;
    const off = usdCents > cents ? usdCents - cents : cents - usdCents;
    return off * 100n <= cents * BigInt(params.tolerancePercent);
  });
}

function collectorsOf(
  { view }: CaseContext,
  taken: readonly ViewTransaction[],
  ours: ReadonlySet<string>,
): RevenueDocument['collectors'] {
  const found = new Map<string, { readonly from: Set<string>; sat: bigint }>();
  for (const { inputs, outputs } of taken) {
    const from = inputs.flatMap(({ address }) => (address !== null && ours.has(address) ? [address] : []));
    for (const { address, output, flags, valueSat } of outputs) {
      const isSpent = view.spenderOf(output) !== NONE || (flags & OUTPUT_STATED_SPENT) !== 0;
      if (from.length === 0 || address === null || !isSpent || inputs.some((input) => input.address === address))
        continue;
      const known = found.get(address) ?? { from: new Set<string>(), sat: 0n };
      for (const each of from) known.from.add(each);
      known.sat += BigInt(valueSat);
      found.set(address, known);
    }
  }
  return [...found]
    .filter(([, { from }]) => from.size > 1)
    .map(([address, { from, sat }]) => ({ address, from: from.size, sat: String(sat) }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** The filters of a request, in their order. */
function askedFilters({ window, demandedUsd, demandedSat, minSat, fresh }: RevenueParams): RevenueFilter[] {
  const asked: Readonly<Record<RevenueFilter, boolean>> = {
    internal: true,
    collector: true,
    window: window !== null,
    dust: minSat > 0,
    amount: demandedUsd.length + demandedSat.length > 0,
    fresh,
  };
  return REVENUE_FILTERS.filter((filter) => asked[filter]);
}

function stagesOf(
  seeds: readonly RevenuePayment[],
  wide: readonly RevenuePayment[] | null,
  params: RevenueParams,
  priced: boolean,
): RevenueStage[] {
  const filters = askedFilters(params);
  const sets = wide === null ? [seeds] : [seeds, wide];
  return [0, ...filters.map((_, index) => index + 1)].map((length) => {
    const part = filters.slice(0, length);
    const sums = sets.flatMap((set) => filterChoices(part).map((choice) => revenueSum(set, choice)));
    return {
      stage: part.at(-1) ?? 'all',
      seeds: rowOf(revenueSum(seeds, part), priced),
      expanded: wide === null ? null : rowOf(revenueSum(wide, part), priced),
      interval: {
        payments: ends(sums.map(({ payments }) => payments)),
        sat: endsText(
          sums.map(({ sat }) => sat),
          String,
        ),
        usd: priced
          ? endsText(
              sums.map(({ usdCents }) => usdCents),
              usdText,
            )
          : null,
      },
    };
  });
}

function rowOf({ payments, sat, usdCents, unpriced }: RevenueSum, priced: boolean): RevenueRow {
  return { payments, sat: String(sat), usd: priced ? usdText(usdCents) : null, unpriced };
}

function usdText(cents: bigint): string {
  return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
}

function ends<T extends number | bigint>(values: readonly T[]): [T, T] {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return [sorted[0], sorted[sorted.length - 1]];
}

function endsText(values: readonly bigint[], text: (value: bigint) => string): [string, string] {
  const [least, most] = ends(values);
  return [text(least), text(most)];
}
