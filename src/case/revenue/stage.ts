/** Stages of `revenue` over payments from wherever: what each fails, sums of part payments, rows, intervals. */
import {
  type DemandFit,
  filterChoices,
  type PartSum,
  partSums,
  REVENUE_FILTERS,
  type RevenueFilter,
  type RevenuePayment,
  type RevenueReading,
  type RevenueSum,
  revenueSum,
} from '../../cluster/index.ts';
import { usdText } from '../../ledger/index.ts';
import { type Prices, usdCentsOn } from '../prices.ts';
import { isWithin, type Range } from '../subject.ts';

/** What decides the result; all of it is printed with it. A filter whose option is null or empty is left out. */
export interface RevenueParams {
  /** `core`: with the core clusters of the latest run. */
  readonly expand: 'none' | 'core';
  readonly window: Range | null;
  readonly demandedUsd: readonly number[];
  readonly demandedSat: readonly number[];
  /** How far a payment may be from a demand in dollars, either way. */
  readonly tolerancePercent: number;
  /** Payments of one payer within so many hours count together where their sum meets a demand; 0 lets none. */
  readonly partHours: number;
  /** Who one payer is: the cluster that paid (without clusters its first address), or whoever paid one address. */
  readonly partBy: 'payer' | 'address';
  /** Payments below it are dust. */
  readonly minSat: number;
  /** Only the first payment that the case has of an address counts. */
  readonly fresh: boolean;
  /** Conserving rules by which what is left is followed to services; none leaves the stage out. */
  readonly cashOut: readonly string[];
}

/** A payment before it is judged. `known`: filters that its source already says it fails. */
export interface FoundPayment {
  readonly outpoint: string;
  readonly address: string;
  readonly valueSat: number;
  readonly timeSec: number | null;
  readonly height: number | null;
  readonly payer: string | null;
  readonly known: readonly RevenueFilter[];
}

/** A payment with all it fails. */
export interface JudgedPayment extends FoundPayment, RevenuePayment {}

/** Payments of a set with what was found about them. */
export interface JudgedPayments {
  readonly payments: readonly JudgedPayment[];
  readonly sums: readonly PartSum<JudgedPayment>[];
  readonly daysWithoutPrice: readonly string[];
}

/** A sum in text; `usd` is without the `unpriced` payments, and null without a price file or a price of any payment. */
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

const HOUR_SEC = 3600;
/** Own moves, dust and what is listed again are nobody's part of a ransom. */
const NO_PART = ['repeat', 'internal', 'collector', 'dust'] as const;

/** Values payments and says which filters each fails. */
export function judge(found: readonly FoundPayment[], params: RevenueParams, prices: Prices | null): JudgedPayments {
  const days = new Set<string>();
  const demandOf = demandFit(params);
  const single = found.map((payment) => {
    const { valueSat, timeSec, height } = payment;
    const usdCents = usdCentsOn(prices, valueSat, timeSec);
    if (prices !== null && usdCents === null)
      days.add(timeSec === null ? 'unknown' : new Date(timeSec * 1000).toISOString().slice(0, 10));
    const fails = new Set<RevenueReading>(payment.known);
    const moment = { height, timestampSec: timeSec, seenSec: null };
    if (params.window !== null && !isWithin(moment, params.window)) fails.add('window');
    if (valueSat < params.minSat) fails.add('dust');
    if (demandOf(valueSat, usdCents) !== 'meets') fails.add('amount').add('whole');
    return { ...payment, usdCents, fails };
  });
  const parts = single.filter(({ fails }) => fails.has('whole') && !NO_PART.some((filter) => fails.has(filter)));
  const rule = { withinSec: params.partHours * HOUR_SEC, demandOf };
  const sums = params.partHours === 0 || !asksAmount(params) ? [] : partSums(parts, rule);
  for (const { parts: together } of sums) {
    // Parts are one payment: where the first of them is the first to its address, so is that payment.
    const first = new Set(together.flatMap(({ address, fails }) => (fails.has('fresh') ? [] : [address])));
    for (const { address, fails } of together) {
      fails.delete('amount');
      if (first.has(address)) fails.delete('fresh');
    }
  }
  return { payments: single, sums, daysWithoutPrice: [...days].sort() };
}

function asksAmount({ demandedUsd, demandedSat }: RevenueParams): boolean {
  return demandedUsd.length + demandedSat.length > 0;
}

function demandFit({
  demandedSat,
  demandedUsd,
  tolerancePercent,
}: RevenueParams): (valueSat: number, usdCents: bigint | null) => DemandFit {
  const percent = BigInt(tolerancePercent);
  const demands = demandedUsd.map((demand) => BigInt(demand) * 100n);
  const mostSat = Math.max(0, ...demandedSat);
  return (valueSat, usdCents) => {
    if (demandedSat.includes(valueSat)) return 'meets';
    const near = (cents: bigint, off: bigint): boolean => off * 100n <= cents * percent;
    if (
      usdCents !== null &&
      demands.some((cents) => near(cents, usdCents > cents ? usdCents - cents : cents - usdCents))
    )
      return 'meets';
    const below = usdCents !== null && demands.some((cents) => usdCents < cents);
    return below || valueSat < mostSat ? 'short' : 'over';
  };
}

/** The filters of a request, in their order; `possible` are those that its payments can tell. */
export function askedFilters(params: RevenueParams, possible: readonly RevenueFilter[]): RevenueFilter[] {
  const asked: Readonly<Record<RevenueFilter, boolean>> = {
    repeat: true,
    internal: true,
    collector: true,
    window: params.window !== null,
    dust: params.minSat > 0,
    amount: asksAmount(params),
    fresh: params.fresh,
  };
  return REVENUE_FILTERS.filter((filter) => asked[filter] && possible.includes(filter));
}

/** Rows of the stages, from all payments on. */
export function stagesOf(
  seeds: readonly RevenuePayment[],
  wide: readonly RevenuePayment[] | null,
  given: { readonly filters: readonly RevenueFilter[]; readonly priced: boolean },
): RevenueStage[] {
  const { filters, priced } = given;
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
        usd:
          priced && !sums.some(isUnpriced)
            ? endsText(
                sums.map(({ usdCents }) => usdCents),
                usdText,
              )
            : null,
      },
    };
  });
}

function rowOf(sum: RevenueSum, priced: boolean): RevenueRow {
  const { payments, sat, usdCents, unpriced } = sum;
  return { payments, sat: String(sat), usd: priced && !isUnpriced(sum) ? usdText(usdCents) : null, unpriced };
}

/** Whether there are payments and a price for none of them: their dollars are not known, which is not zero. */
function isUnpriced({ payments, unpriced }: RevenueSum): boolean {
  return payments > 0 && unpriced === payments;
}

function ends<T extends number | bigint>(values: readonly T[]): [T, T] {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return [sorted[0], sorted[sorted.length - 1]];
}

function endsText(values: readonly bigint[], text: (value: bigint) => string): [string, string] {
  const [least, most] = ends(values);
  return [text(least), text(most)];
}
