/** The metrics of a study, in the order of its tables: what each is called, what it counts and what it means. */

/** How a value is written: a whole number, a ratio of six decimals, or whole satoshi. */
export type MetricUnit = 'count' | 'ratio' | 'sat';

/** One metric. */
export interface Metric {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly family: 'size' | 'amount' | 'concentration' | 'behaviour' | 'graph';
  readonly meaning: string;
}

function family(name: Metric['family'], rows: ReadonlyArray<readonly [string, MetricUnit, string]>): Metric[] {
  return rows.map(([metric, unit, meaning]) => ({ name: metric, unit, family: name, meaning }));
}

/** All metrics. Sources: zkokelj, MSc thesis 2021, 4.2 (size, graph); Tironsakkul et al. 2019 and 2020 (behaviour). */
export const METRICS: readonly Metric[] = [
  ...family('size', [
    ['transactions', 'count', 'transactions that taint went through'],
    ['edges', 'count', 'pairs of transactions joined by a tainted output'],
    ['outputs', 'count', 'tainted outputs, the seed included'],
    ['outputs_held', 'count', 'tainted outputs unspent at the tip of the data'],
    ['addresses', 'count', 'addresses with a tainted output'],
    ['segments', 'count', 'entries of the state of all tainted outputs: runs of satoshi, or labels with their amount'],
    ['hops_max', 'count', 'most transactions from the seed, by the shortest way'],
  ]),
  ...family('amount', [
    ['seeded_sat', 'sat', 'value of the seed'],
    ['held_sat', 'sat', 'on outputs unspent at the tip; empty for a rule that does not conserve'],
    ['stopped_sat', 'sat', 'at services and coinjoins'],
    ['fee_sat', 'sat', 'paid to miners'],
    ['unresolved_sat', 'sat', 'spent by transactions the case does not hold'],
    ['conservation', 'ratio', 'all terms of the books over what was seeded: 1, or the engine is wrong'],
  ]),
  ...family('concentration', [
    ['gini', 'ratio', 'Gini coefficient of the taint on the outputs where it rests'],
    ['top10_share', 'ratio', 'share of the ten largest of these outputs'],
  ]),
  ...family('behaviour', [
    ['service_deposits', 'count', 'tainted outputs at an address tagged as a service'],
    ['service_addresses', 'count', 'such addresses'],
    ['service_transactions', 'count', 'transactions that made such an output'],
    ['tagged_addresses', 'count', 'addresses with a tag of any kind'],
    ['addresses_reused', 'count', 'addresses paid by more than one transaction of the case'],
    [
      'addresses_fresh',
      'count',
      'addresses first paid, as far as the case knows, by the transaction that tainted them',
    ],
    ['addresses_fresh_reused', 'count', 'both of these'],
    ['coinjoin_transactions', 'count', 'transactions of the shape of a coinjoin'],
    ['unidentified_pet_transactions', 'count', 'several inputs, one of them wholly clean, none from a service'],
    ['addresses_per_transaction', 'ratio', 'tainted addresses over tainted transactions'],
    ['fee_rates_known', 'count', 'transactions whose fee and size the case knows'],
    ['fee_rate', 'ratio', 'their mean fee in satoshi a virtual byte'],
    [
      'fee_rate_above_day',
      'ratio',
      'the same less the mean of all transactions of their day (UTC) that the case holds, where it holds another',
    ],
    ['transactions_per_day', 'ratio', 'over the first fifteen days from the first transaction whose time is known'],
  ]),
  ...family('graph', [
    ['density', 'ratio', 'edges over ordered pairs of transactions'],
    ['mean_degree', 'ratio', 'twice the edges over the transactions'],
    ['clustering', 'ratio', 'mean clustering coefficient, directions left out'],
    ['mean_distance', 'ratio', 'mean distance from the sampled transactions, directions left out'],
    ['diameter', 'count', 'longest of these distances'],
    ['modularity', 'ratio', 'of the Louvain partition'],
    ['communities', 'count', 'of the Louvain partition'],
    ['degree_centrality', 'ratio', 'most neighbours of a transaction over all others'],
    ['assortativity_in_in', 'ratio', 'correlation over edges: in-degree of the earlier with in-degree of the later'],
    ['assortativity_in_out', 'ratio', 'in-degree of the earlier with out-degree of the later'],
    ['assortativity_out_in', 'ratio', 'out-degree of the earlier with in-degree of the later'],
    ['assortativity_out_out', 'ratio', 'out-degree of the earlier with out-degree of the later'],
    ['power_law_exponent', 'ratio', 'fitted to the degrees from 1 on'],
  ]),
];

/** Values of one trace by name of the metric; null where it is not defined. */
export type MetricValues = Readonly<Record<string, number | null>>;
