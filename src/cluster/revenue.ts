/**
 * Claim:      what a ransom address set took in, stage by stage: payments left after each filter, with the least and
 *             the most over all choices of filters and of expansion.
 * Source:     methods 5: the shape of Paquet-Clouston et al. 2018, Conti et al. 2018, Huang et al. 2018; filter rules
 *             are this project's own.
 * Parameters: filters in order: repeat (a list states the same output again), internal, collector, window, dust, amount,
 *             fresh; a filter that was not asked is left out.
 * Cost:       O(payments x 2^filters).
 * Fails when: a victim pays an amount nobody demanded, or a stranger pays one that was; co-spending joins more or fewer
 *             addresses than one payee has.
 */

/** Filters by name, in the order in which they apply. */
export const REVENUE_FILTERS = ['repeat', 'internal', 'collector', 'window', 'dust', 'amount', 'fresh'] as const;

/** See {@link REVENUE_FILTERS}. */
export type RevenueFilter = (typeof REVENUE_FILTERS)[number];

/** A filter, or `whole`: the stricter reading of `amount`, which counts no payment made in parts. */
export type RevenueReading = RevenueFilter | 'whole';

/** One output that pays an address of the set. `usdCents` null: no price that day. `fails`: filters that take it out. */
export interface RevenuePayment {
  readonly valueSat: number;
  readonly usdCents: bigint | null;
  readonly fails: ReadonlySet<RevenueReading>;
}

/** Payments of a stage; `unpriced` of them are not in `usdCents`. */
export interface RevenueSum {
  readonly payments: number;
  readonly sat: bigint;
  readonly usdCents: bigint;
  readonly unpriced: number;
}

/** Sum of the payments that none of the filters takes out. */
export function revenueSum(payments: readonly RevenuePayment[], filters: readonly RevenueReading[]): RevenueSum {
  const kept = payments.filter(({ fails }) => !filters.some((filter) => fails.has(filter)));
  return {
    payments: kept.length,
    sat: kept.reduce((sum, { valueSat }) => sum + BigInt(valueSat), 0n),
    usdCents: kept.reduce((sum, { usdCents }) => sum + (usdCents ?? 0n), 0n),
    unpriced: kept.filter(({ usdCents }) => usdCents === null).length,
  };
}

/** Every choice among the filters, none to all of them; `amount` in each of its readings. */
export function filterChoices(filters: readonly RevenueFilter[]): RevenueReading[][] {
  const choices: RevenueReading[][] = [[]];
  for (const filter of filters) {
    const readings: readonly RevenueReading[] = filter === 'amount' ? ['amount', 'whole'] : [filter];
    choices.push(...readings.flatMap((reading) => choices.map((choice) => [...choice, reading])));
  }
  return choices;
}
