/** How far the rules agree, in words: what leads every form of a report that was asked for it. */
import type { TraceReport } from './model.ts';
import { btcOf, satoshiOrNull } from './money.ts';

/**
 * What the conserving rules of a run say of one place, decimal satoshi: the smallest and the largest of all of them, and of those that follow taint
 * wherever it goes (`following`); `envelope`, where it was asked for, is what any such rule could say.
 */
export interface IntervalRow {
  least: string;
  most: string;
  following: { least: string; most: string };
  envelope: { lower: string; upper: string } | null;
  byRule: Record<string, string>;
}

/** All labels together; each label for itself where there are several. */
export interface LabelledInterval extends IntervalRow {
  labels?: Record<string, IntervalRow>;
}

/** One output where taint rests under some rule, or could under one. */
export interface OutputInterval extends LabelledInterval {
  outpoint: string;
  address: string | null;
  value: string;
  status: string[];
}

/** How far the conserving rules agree. `early` are rules that stop of themselves; `clusters` is null without a run of clusters over the same facts. */
export interface IntervalsDocument {
  rules: string[];
  early: string[];
  envelope: boolean;
  terms: Array<{ term: string } & Omit<IntervalRow, 'envelope'>>;
  services: Array<{ service: string; outputs: number } & LabelledInterval>;
  clusters: { run: string; rows: Array<{ cluster: string; outputs: number } & LabelledInterval> } | null;
  addresses: Array<{ address: string; outputs: number } & LabelledInterval>;
  outputs: OutputInterval[];
}

/** One line of the table of intervals, ready to print. */
export interface IntervalText {
  readonly place: string;
  /** Smallest to largest of the rules that follow taint wherever it goes. */
  readonly range: string;
  /** What any such rule could say; empty where it was not asked for. */
  readonly envelope: string;
  /** Every rule with its amount; rules that agree share one. */
  readonly rules: string;
}

/** Meaning of the columns. */
export const INTERVAL_LEAD =
  'No rule is right by itself: each is a convention. The interval is the smallest and the largest amount of the rules of this run that follow taint wherever it goes; ' +
  'the envelope is what any rule could say that neither makes nor loses taint, whatever it is. Amounts are of taint at rest.';

function between(low: string, high: string): string {
  return low === high ? `${btcOf(low)} BTC` : `${btcOf(low)} to ${btcOf(high)} BTC`;
}

/** Rules by amount, largest first; rules of one amount keep the order of the run. */
function rulesText(row: Pick<IntervalRow, 'byRule'>, { rules, early }: IntervalsDocument): string {
  const byAmount = new Map<string, string[]>();
  for (const rule of rules) {
    const amount = row.byRule[rule] ?? '0';
    const name = early.includes(rule) ? `${rule} (stops early)` : rule;
    byAmount.set(amount, [...(byAmount.get(amount) ?? []), name]);
  }
  return [...byAmount]
    .sort(([a], [b]) => ((satoshiOrNull(a) ?? 0n) > (satoshiOrNull(b) ?? 0n) ? -1 : 1))
    .map(([amount, names]) => `${names.join(', ')} ${btcOf(amount)}`)
    .join('; ');
}

/** The table: services first, then where the rest of the books lies. */
export function intervalTexts(report: TraceReport): IntervalText[] {
  const { intervals } = report.trace;
  if (intervals === undefined) return [];
  const services = intervals.services.map((row): IntervalText => {
    const { following, envelope } = row;
    return {
      place: row.service,
      range: between(following.least, following.most),
      envelope: envelope === null ? '' : between(envelope.lower, envelope.upper),
      rules: rulesText(row, intervals),
    };
  });
  const terms = intervals.terms
    .filter(({ most }) => most !== '0')
    .map((row): IntervalText => {
      const { least, most } = row.following;
      return {
        place: `books: ${row.term}`,
        range: between(least, most),
        envelope: '',
        rules: rulesText(row, intervals),
      };
    });
  return [...services, ...terms];
}

/** The smallest and the largest amount of one output over the rules of the run that follow taint wherever it goes; null where none was asked for. */
export function hopRange(
  report: TraceReport,
  hop: TraceReport['hops'][number],
): { least: string; most: string } | null {
  const { intervals } = report.trace;
  if (intervals === undefined) return null;
  let least: bigint | null = null;
  let most = 0n;
  for (const rule of intervals.rules) {
    if (intervals.early.includes(rule)) continue;
    const amount = satoshiOrNull(hop.byRule[rule]?.taint ?? '0') ?? 0n;
    if (least === null || amount < least) least = amount;
    if (amount > most) most = amount;
  }
  return { least: String(least ?? 0n), most: String(most) };
}
