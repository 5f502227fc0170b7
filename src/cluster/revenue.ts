/**
 * Claim:      what a ransom address set took in, stage by stage: payments left after each filter, with the least and
 *             the most over all choices of filters and of expansion.
 * Source:     methods 5: the shape of Paquet-Clouston et al. 2018, Conti et al. 2018, Huang et al. 2018; filter rules
 *             are this project's own.
 * Parameters: filters in order: internal, collector, window, dust, amount, fresh; a filter that was not asked is left out.
 * Cost:       O(payments x 2^filters).
 * Fails when: a victim pays an amount nobody demanded, or a stranger pays one that was; co-spending joins more or fewer
 *             addresses than one payee has.
 */

/** Filters by name, in the order in which they apply. */
export const REVENUE_FILTERS = ['internal', 'collector', 'window', 'dust', 'amount', 'fresh'] as const;

/** See {@link REVENUE_FILTERS}. */
export type RevenueFilter = (typeof REVENUE_FILTERS)[number];

/** One output that pays an address of the set. `usdCents` null: no price that day. `fails`: filters that take it out. */
export interface RevenuePayment {
  readonly valueSat: number;
  readonly usdCents: bigint | null;
  readonly fails: ReadonlySet<RevenueFilter>;
}

/** Payments of a stage; `unpriced` of them are not in `usdCents`. */
export interface RevenueSum {
  readonly payments: number;
  readonly sat: bigint;
  readonly usdCents: bigint;
  readonly unpriced: number;
}

/** Sum of the payments that none of the filters takes out. */
export function revenueSum(payments: readonly RevenuePayment[], filters: readonly RevenueFilter[]): RevenueSum {
  const kept = payments.filter(({ fails }) => !filters.some((filter) => fails.has(filter)));
  return {
    payments: kept.length,
    sat: kept.reduce((sum, { valueSat }) => sum + BigInt(valueSat), 0n),
    usdCents: kept.reduce((sum, { usdCents }) => sum + (usdCents ?? 0n), 0n),
    unpriced: kept.filter(({ usdCents }) => usdCents === null).length,
  };
}

/** Every choice among the filters, none to all of them. */
export function filterChoices(filters: readonly RevenueFilter[]): RevenueFilter[][] {
  const choices: RevenueFilter[][] = [[]];
  for (const filter of filters) choices.push(...choices.map((choice) => [...choice, filter]));
  return choices;
}
