/** Headline numbers: sums over rows of the report, so that the first page and the tables cannot disagree. */
import type { HopRow, TagCitation, TraceReport } from './model.ts';
import { bookBalance, btcOf, sumSatoshi } from './money.ts';

/** Headline numbers of one rule, in satoshi. */
export interface RuleSummary {
  rule: string;
  conserves: boolean;
  /** Stops of itself where other rules follow on; known where the run was asked how far its rules agree. */
  early: boolean;
  servicesSat: bigint;
  heldSat: bigint;
  unresolvedSat: bigint;
  /** Every label's book adds up; true for a rule that keeps no books. */
  addsUp: boolean;
}

/** Headline numbers of a report, in satoshi. */
export interface ReportSummary {
  seededSat: bigint;
  rules: RuleSummary[];
}

/** Sums a report up, rule by rule in the order of the trace. */
export function summarise(report: TraceReport): ReportSummary {
  const rules = report.trace.rules.map((document) => ({
    rule: document.rule,
    conserves: document.conserves,
    early: report.trace.intervals?.early.includes(document.rule) === true,
    servicesSat: sumSatoshi(report.services.map((service) => service.byRule[document.rule] ?? '0')),
    heldSat: sumSatoshi(document.books.map((row) => row.held)),
    unresolvedSat: sumSatoshi(document.books.map((row) => row.unresolved)),
    addsUp: document.books.every((row) => bookBalance(row).addsUp),
  }));
  return { seededSat: sumSatoshi(report.trace.seeds.map((seed) => seed.amount)), rules };
}

/**
 * Range of one headline number over the rules that conserve value: `24.49850000 BTC`, or `24.49850000 to 28.99850000 BTC` where rules
 * differ. Poison counts the same coin many times and stays out, as do rules that stop early. `not computed` when no rule conserves.
 */
export function rangeText(summary: ReportSummary, pick: (rule: RuleSummary) => bigint): string {
  const values = summary.rules.filter((rule) => rule.conserves && !rule.early).map(pick);
  const first = values[0];
  if (first === undefined) return 'not computed';
  let low = first;
  let high = first;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low === high ? `${btcOf(low)} BTC` : `${btcOf(low)} to ${btcOf(high)} BTC`;
}

/** Names of the rules of a report, in the order of the trace. */
export function ruleNames(report: TraceReport): string[] {
  return report.trace.rules.map((document) => document.rule);
}

/** One tag in one line: label, then what it rests on. */
export function tagText(tag: TagCitation): string {
  const kind = [tag.category, tag.actor].filter((part) => part !== null).join(', ');
  return `${tag.label}${kind === '' ? '' : ` (${kind})`}; source ${tag.source}; confidence ${tag.confidence}; pack ${tag.pack}`;
}

/** Payers of a hop: address and value each, and how many are left out. */
export function payerTexts(hop: HopRow): string[] {
  const payers = hop.from.map((payer) => `${payer.address ?? 'no address'} ${btcOf(payer.value)} BTC`);
  return hop.moreFrom > 0 ? [...payers, `and ${hop.moreFrom} more`] : payers;
}
