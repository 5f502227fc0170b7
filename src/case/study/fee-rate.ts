/**
 * Claim:      what transactions paid for a virtual byte, and by how much that is above the mean of their day.
 * Source:     Tironsakkul et al., tintiron/taintedtx `utility/analysis.py`: mean fee rate less the mean fee rate of the day.
 * Parameters: none; a day is one of UTC.
 * Cost:       one pass over the case, when first asked.
 * Fails when: the day is read as that of the chain. It is what the case holds of it, which without whole blocks is a few transactions; where it holds no
 *             other whose rate is known there is no value. Nor is there one without the fee, or without every script and witness.
 */
import { NONE, type TxId } from '../../ledger/index.ts';
import { clusterFacts } from '../cluster/facts.ts';
import type { CaseContext } from '../context.ts';
import { timeOf } from '../trace/hops.ts';
import type { MetricValues } from './metric.ts';

const SECONDS_PER_DAY = 86_400;

/** A transaction whose rate is known, satoshi a virtual byte; day 0 is that of the epoch, null where no time is known. */
interface Rate {
  readonly rate: number;
  readonly day: number | null;
}

/** Fee rates of one case. */
export class FeeRates {
  private readonly context: CaseContext;
  private rates: ReadonlyMap<TxId, Rate> | null = null;
  private readonly days = new Map<number, { sum: number; count: number }>();

  constructor(context: CaseContext) {
    this.context = context;
  }

  /** Metrics over some transactions: means over those whose rate, and whose day, is known. */
  measure(transactions: readonly TxId[]): MetricValues {
    const known = this.known();
    const rates = transactions.flatMap((tx) => known.get(tx) ?? []);
    const above = rates.flatMap(({ rate, day }) => {
      const ofDay = day === null ? undefined : this.days.get(day);
      return ofDay === undefined || ofDay.count < 2 ? [] : [rate - ofDay.sum / ofDay.count];
    });
    return {
      fee_rates_known: rates.length,
      fee_rate: mean(rates.map(({ rate }) => rate)),
      fee_rate_above_day: mean(above),
    };
  }

  private known(): ReadonlyMap<TxId, Rate> {
    if (this.rates !== null) return this.rates;
    const rates = new Map<TxId, Rate>();
    const { facts, transactions } = clusterFacts(this.context, null);
    transactions.forEach((tx, place) => {
      const sizeVb = facts.sizeVb[place];
      const transaction = this.context.view.transaction(tx);
      if (sizeVb === NONE || transaction.coinbase || transaction.feeSat === null) return;
      const timeSec = timeOf(transaction);
      const day = timeSec === null ? null : Math.floor(timeSec / SECONDS_PER_DAY);
      const rate = transaction.feeSat / sizeVb;
      rates.set(tx, { rate, day });
      if (day === null) return;
      const ofDay = this.days.get(day) ?? { sum: 0, count: 0 };
      this.days.set(day, { sum: ofDay.sum + rate, count: ofDay.count + 1 });
    });
    this.rates = rates;
    return rates;
  }
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
