/**
 * The last stage of `revenue`: where the payments that are left first reach a service, by a trace of them under each rule asked. Every payment has
 * books of its own, so that hops and hours are those from a payment to an arrival.
 */
import { type OutputId, SpoorError, usdText } from '../../ledger/index.ts';
import type { Book, Placement } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { type Prices, usdCentsOn } from '../prices.ts';
import { parseSubject } from '../subject.ts';
import { DEFAULT_CONVENTIONS } from '../trace/conventions.ts';
import { timeOf } from '../trace/hops.ts';
import { type ServiceReach, servicesOfRun } from '../trace/service-stop.ts';
import { traceUnkept } from '../trace/trace.ts';
import type { JudgedPayment } from './stage.ts';

/** A service that payments reached. Amounts in satoshi by rule; `range` is the least and the most over the rules. */
export interface CashOutRow {
  readonly service: string;
  readonly category: string | null;
  /** Addresses of it that were reached; `inherited` of them by their core cluster alone. */
  readonly addresses: number;
  readonly inherited: number;
  /** Least number of transactions from a payment. */
  readonly hops: number;
  /** From a payment to its arrival, whole hours, shortest and longest over rules; null where times are not known. */
  readonly hours: readonly [number, number] | null;
  readonly firstSec: number | null;
  readonly byRule: Readonly<Record<string, string>>;
  readonly range: readonly [string, string];
  /** Dollars of the day of arrival by rule; null without prices or a price for each day. */
  readonly usdByRule: Readonly<Record<string, string>> | null;
}

/** Where the payments that are left went, and what of them reached no service, by rule. */
export interface CashOut {
  readonly rules: readonly string[];
  readonly serviceReach: ServiceReach;
  readonly payments: number;
  readonly sat: string;
  readonly services: readonly CashOutRow[];
  readonly rest: Readonly<Record<string, Readonly<Record<RestTerm, string>>>>;
  /** Clusters with a service in them that pass no stop on, and why. */
  readonly conflicts: readonly string[];
}

/** Where the rest is: unspent, in fees, at coinjoins, burned, or with a spender that the case does not hold. */
export type RestTerm = 'held' | 'fee' | 'coinjoin' | 'burned' | 'unresolved';

const HOUR_SEC = 3600;

/** Follows payments to services. Throws USAGE for rules that do not conserve, and what a trace throws. */
export function cashOutOf(
  context: CaseContext,
  payments: readonly JudgedPayment[],
  given: { readonly rules: readonly string[]; readonly serviceReach: ServiceReach; readonly prices: Prices | null },
): CashOut {
  const { rules, serviceReach, prices } = given;
  const run = traceUnkept(context, {
    seeds: payments.map(({ outpoint }) => ({ label: outpoint, subject: parseSubject(outpoint, context.network) })),
    rules,
    limits: { maxHops: null, minSat: null, minShareMillionths: null, maxTransactions: null, maxSegments: null },
    until: null,
    stopAt: ['service', 'coinjoin'],
    conventions: DEFAULT_CONVENTIONS,
    splitBelowSat: null,
    serviceReach,
  });
  const services = servicesOfRun(context, run);
  const times = new Map(payments.map(({ outpoint, timeSec }) => [outpoint, timeSec]));
  const paidSec = run.params.labels.map((label) => times.get(label) ?? null);
  const arrivals = new Map<string, Arrivals>();
  const rest: Record<string, Record<RestTerm, string>> = {};
  for (const { rule, conserves, books, holdings } of run.content.rules) {
    if (!conserves)
      throw new SpoorError('USAGE', `"${rule}" does not conserve value, so it tells no amount that was cashed out`);
    let atServices = 0n;
    for (const placement of holdings) {
      if (placement.status !== 'stopped' || placement.reason !== 'service') continue;
      const { address } = context.view.output(placement.output);
      const tag = address === null ? undefined : services.get(address);
      const name = tag?.label ?? '';
      const known = arrivals.get(name) ?? new Arrivals(name, tag?.category ?? null);
      arrivals.set(name, known);
      const inherited = services.citation(address).inherited !== undefined;
      atServices += known.add(context, { rule, placement, address: address ?? '', inherited, paidSec, prices });
    }
    rest[rule] = restOf(books, atServices);
  }
  const sat = payments.reduce((sum, { valueSat }) => sum + BigInt(valueSat), 0n);
  return {
    rules,
    serviceReach,
    payments: payments.length,
    sat: String(sat),
    services: [...arrivals.values()].map((each) => each.row(rules)).sort(byAmount),
    rest,
    conflicts: services.conflicts,
  };
}

function byAmount(a: CashOutRow, b: CashOutRow): number {
  const more = BigInt(b.range[1]) - BigInt(a.range[1]);
  return more === 0n ? Number(a.service > b.service) - Number(a.service < b.service) : Number(more > 0n) * 2 - 1;
}

/** The terms of the books over all payments, services taken out of what stopped. */
function restOf(books: readonly Book[], atServices: bigint): Record<RestTerm, string> {
  const sum = (term: keyof Book): bigint => books.reduce((total, book) => total + BigInt(book[term]), 0n);
  return {
    held: String(sum('held')),
    fee: String(sum('fee')),
    coinjoin: String(sum('stopped') - atServices),
    burned: String(sum('burned')),
    unresolved: String(sum('unresolved')),
  };
}

/** What reached one service so far. */
class Arrivals {
  private readonly service: string;
  private readonly category: string | null;
  private readonly amounts = new Map<string, bigint>();
  private readonly cents = new Map<string, bigint>();
  private readonly outputs = new Map<OutputId, { readonly address: string; readonly inherited: boolean }>();
  private hops = Number.POSITIVE_INFINITY;
  private hours: [number, number] | null = null;
  private firstSec: number | null = null;
  private priced = true;

  constructor(service: string, category: string | null) {
    this.service = service;
    this.category = category;
  }

  /** Books one arrival and gives its amount. */
  add(
    context: CaseContext,
    at: {
      readonly rule: string;
      readonly placement: Placement;
      readonly address: string;
      readonly inherited: boolean;
      readonly paidSec: ReadonlyArray<number | null>;
      readonly prices: Prices | null;
    },
  ): bigint {
    const { rule, placement, address, inherited, paidSec, prices } = at;
    const arrivedSec = timeOf(context.view.transaction(placement.tx));
    const amount = placement.taint.reduce((sum, [, amountSat]) => sum + amountSat, 0);
    this.amounts.set(rule, (this.amounts.get(rule) ?? 0n) + BigInt(amount));
    const cents = usdCentsOn(prices, amount, arrivedSec);
    if (cents === null) this.priced = false;
    else this.cents.set(rule, (this.cents.get(rule) ?? 0n) + cents);
    this.outputs.set(placement.output, { address, inherited });
    this.hops = Math.min(this.hops, placement.hops);
    if (arrivedSec !== null) this.firstSec = Math.min(this.firstSec ?? arrivedSec, arrivedSec);
    for (const [label] of placement.taint) {
      const from = paidSec[label];
      if (from === null || arrivedSec === null) continue;
      const hours = Math.floor((arrivedSec - from) / HOUR_SEC);
      this.hours = [Math.min(this.hours?.[0] ?? hours, hours), Math.max(this.hours?.[1] ?? hours, hours)];
    }
    return BigInt(amount);
  }

  /** The row of a document. */
  row(rules: readonly string[]): CashOutRow {
    const amounts = rules.map((rule) => this.amounts.get(rule) ?? 0n);
    const ordered = [...amounts].sort((a, b) => Number(a > b) - Number(a < b));
    const byAddress = new Map([...this.outputs.values()].map(({ address, inherited }) => [address, inherited]));
    const perRule = (text: (rule: string) => string): Record<string, string> =>
      Object.fromEntries(rules.map((rule) => [rule, text(rule)]));
    return {
      service: this.service,
      category: this.category,
      addresses: byAddress.size,
      inherited: [...byAddress.values()].filter(Boolean).length,
      hops: this.hops,
      hours: this.hours,
      firstSec: this.firstSec,
      byRule: perRule((rule) => String(this.amounts.get(rule) ?? 0n)),
      range: [String(ordered[0]), String(ordered[ordered.length - 1])],
      usdByRule: this.priced ? perRule((rule) => usdText(this.cents.get(rule) ?? 0n)) : null,
    };
  }
}
