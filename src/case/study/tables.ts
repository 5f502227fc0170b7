/** The tables and pictures of a study, from its measurements. */
import type { TxId } from '../../ledger/index.ts';
import type { DataTable, MetricPlot } from '../../report/index.ts';
import { mannWhitney } from './mann-whitney.ts';
import { METRICS, type Metric } from './metric.ts';
import { spreadOf } from './spread.ts';
import { GROUPS, type Measurements } from './units.ts';

/** One comparison: a metric under a rule, seeds against controls. */
export interface Comparison {
  readonly rule: string;
  readonly metric: Metric;
  readonly values: Readonly<Record<'seed' | 'control', readonly number[]>>;
  readonly test: ReturnType<typeof mannWhitney>;
}

/** Every metric under every rule, compared; in the order of rules, then metrics. */
export function comparisons(rules: readonly string[], measurements: Measurements): Comparison[] {
  return rules.flatMap((rule) => {
    const rows = measurements.rows.filter((row) => row.rule === rule);
    return METRICS.map((metric): Comparison => {
      const of = (group: 'seed' | 'control'): number[] =>
        rows.flatMap(({ unit, values }) => (unit.group === group ? (values[metric.name] ?? []) : []));
      const values = { seed: of('seed'), control: of('control') };
      return { rule, metric, values, test: mannWhitney(values.seed, values.control) };
    });
  });
}

/** One line for each traced output and rule. */
export function unitTable({ rows }: Measurements): DataTable {
  return {
    name: 'units',
    columns: [
      { name: 'group', type: 'text' },
      { name: 'label', type: 'text' },
      { name: 'outpoint', type: 'text' },
      { name: 'value_sat', type: 'sat' },
      { name: 'rule', type: 'text' },
      ...METRICS.map(({ name, unit }) => ({ name, type: unit })),
    ],
    rows: rows.map(({ unit, rule, values }) => [
      unit.group,
      unit.label,
      unit.outpoint,
      unit.valueSat,
      rule,
      ...METRICS.map(({ name }) => values[name] ?? null),
    ]),
  };
}

/** One line for each rule and metric: both groups in short, and the test. Medians and means of satoshi are ratios, not amounts. */
export function testTable(compared: readonly Comparison[], alpha: string): DataTable {
  return {
    name: 'tests',
    columns: [
      { name: 'rule', type: 'text' },
      { name: 'metric', type: 'text' },
      { name: 'seeds', type: 'count' },
      { name: 'controls', type: 'count' },
      { name: 'median_seeds', type: 'ratio' },
      { name: 'median_controls', type: 'ratio' },
      { name: 'mean_seeds', type: 'ratio' },
      { name: 'mean_controls', type: 'ratio' },
      { name: 'u', type: 'ratio' },
      { name: 'effect', type: 'ratio' },
      { name: 'method', type: 'text' },
      { name: 'p', type: 'chance' },
      { name: 'significant', type: 'text' },
    ],
    rows: compared.map(({ rule, metric, values, test }) => {
      const [seeds, controls] = [spreadOf(values.seed), spreadOf(values.control)];
      return [
        rule,
        metric.name,
        values.seed.length,
        values.control.length,
        seeds?.median ?? null,
        controls?.median ?? null,
        seeds?.mean ?? null,
        controls?.mean ?? null,
        test?.u ?? null,
        test?.effect ?? null,
        test?.method ?? null,
        test?.p ?? null,
        test === null ? null : test.p < Number(alpha) ? 'yes' : 'no',
      ];
    }),
  };
}

/** For each group: how many transactions were tainted under exactly which rules (the areas of a Venn diagram of all rules). */
export function overlapTable(rules: readonly string[], { reachedBy }: Measurements): DataTable {
  const rows = GROUPS.flatMap((group) => {
    const areas = new Map<string, number>();
    for (const reached of reachedBy[group].values()) {
      const area = rules.map((rule) => (reached.has(rule) ? '1' : '0')).join('');
      areas.set(area, (areas.get(area) ?? 0) + 1);
    }
    const byMostRules = [...areas].sort(
      ([a], [b]) => b.replaceAll('0', '').length - a.replaceAll('0', '').length || (a < b ? 1 : -1),
    );
    return byMostRules.map(([area, transactions]) => {
      const own = rules.filter((_, index) => area[index] === '1');
      return [group, own.join('+'), own.length, transactions];
    });
  });
  return {
    name: 'overlap',
    columns: [
      { name: 'group', type: 'text' },
      { name: 'rules', type: 'text' },
      { name: 'rule_count', type: 'count' },
      { name: 'transactions', type: 'count' },
    ],
    rows,
  };
}

/** For each group and pair of rules: transactions tainted under both, under either, and the share (Jaccard index). */
export function agreementTable(rules: readonly string[], { reachedBy }: Measurements): DataTable {
  const count = (
    reached: ReadonlyMap<TxId, ReadonlySet<string>>,
    test: (own: ReadonlySet<string>) => boolean,
  ): number => [...reached.values()].filter(test).length;
  const rows = GROUPS.flatMap((group) =>
    rules.flatMap((a, index) =>
      rules.slice(index + 1).map((b) => {
        const both = count(reachedBy[group], (own) => own.has(a) && own.has(b));
        const either = count(reachedBy[group], (own) => own.has(a) || own.has(b));
        return [group, a, b, both, either, either === 0 ? null : both / either];
      }),
    ),
  );
  return {
    name: 'agreement',
    columns: [
      { name: 'group', type: 'text' },
      { name: 'rule_a', type: 'text' },
      { name: 'rule_b', type: 'text' },
      { name: 'both', type: 'count' },
      { name: 'either', type: 'count' },
      { name: 'jaccard', type: 'ratio' },
    ],
    rows,
  };
}

/** One picture for each metric. */
export function plotsOf(compared: readonly Comparison[]): MetricPlot[] {
  return METRICS.map((metric) => ({
    name: metric.name,
    meaning: metric.meaning,
    type: metric.unit,
    rows: compared
      .filter((one) => one.metric === metric)
      .map(({ rule, values, test }) => ({
        rule,
        groups: GROUPS.map((group) => ({ group, count: values[group].length, box: spreadOf(values[group]) })),
        p: test?.p ?? null,
      })),
  }));
}
