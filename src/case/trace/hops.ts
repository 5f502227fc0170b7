/** Hop table and services of a report, from the trail. */
import { shareText } from '../../ledger/index.ts';
import type { HopRow, ServiceRow, TagCitation } from '../../report/index.ts';
import type { Placement } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { type CaseTag, tagsOfAddress } from '../tag/tags.ts';
import { servicesOfRun } from './service-stop.ts';
import type { TraceRun } from './trace.ts';
import { type TrailOutput, taintTotalSat } from './trail.ts';

/** Payers shown per hop; the rest is counted. */
const SHOWN_PAYERS = 4;

/** A tag as a report cites it. */
export function citation(tag: CaseTag): TagCitation {
  return {
    label: tag.label,
    category: tag.category,
    actor: tag.actor,
    source: tag.source,
    confidence: tag.confidence,
    pack: tag.pack,
  };
}

/** Block time, or first sighting where no source gives a block time. */
export function timeOf(transaction: TrailOutput['transaction']): number | null {
  return transaction.timestampSec ?? transaction.seenSec;
}

/** One row per tainted output that following made, and per seed where taint rests; in total order. */
export function hopRows(context: CaseContext, run: TraceRun, trail: readonly TrailOutput[]): HopRow[] {
  const conserves = new Map(run.content.rules.map(({ rule, conserves }) => [rule, conserves]));
  // The first of an output's bounds is that of all labels together.
  const bounds = new Map((run.content.envelope ?? []).map(({ output, made }) => [output, made[0]]));
  return trail
    .filter(({ hops, byRule }) => hops > 0 || [...byRule.values()].flat().some(({ status }) => status !== 'passed'))
    .map((hop) => {
      const { transaction, output } = hop;
      const payers = payersOf(hop);
      const byRule: HopRow['byRule'] = {};
      for (const [rule, placements] of hop.byRule) {
        const total = totalSat(placements, conserves.get(rule) ?? true);
        // Where part of the taint was cut, the row tells of the cut.
        const { status, reason } = placements.find((placement) => placement.status !== 'passed') ?? placements[0];
        byRule[rule] = { taint: String(total), share: shareText(total, output.valueSat), status, reason };
      }
      const bound = bounds.get(output.output);
      return {
        txid: transaction.txid,
        vout: output.vout,
        height: transaction.height,
        timestampSec: timeOf(transaction),
        from: payers.slice(0, SHOWN_PAYERS),
        moreFrom: Math.max(0, payers.length - SHOWN_PAYERS),
        to: output.address,
        value: String(output.valueSat),
        hops: hop.hops,
        byRule,
        ...(bound && { bounds: { lower: String(bound.lowerSat), upper: String(bound.upperSat) } }),
        tags: output.address === null ? [] : tagsOfAddress(context, output.address).map(citation),
        proof: transaction.proof,
      };
    });
}

/** Taint of one rule on one output; poison's is the output's value, however it is split. */
function totalSat(placements: readonly Placement[], conserves: boolean): number {
  const totals = placements.map((placement) => taintTotalSat(placement, conserves));
  return conserves ? totals.reduce((sum, total) => sum + total, 0) : Math.max(0, ...totals);
}

/** Paying addresses with what each brought, largest first, ties by address. */
function payersOf({ transaction }: TrailOutput): HopRow['from'] {
  const byAddress = new Map<string | null, number>();
  for (const { address, valueSat } of transaction.inputs) {
    byAddress.set(address, (byAddress.get(address) ?? 0) + (valueSat ?? 0));
  }
  return [...byAddress]
    .sort((a, b) => b[1] - a[1] || ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1))
    .map(([address, value]) => ({ address, value: String(value) }));
}

/** Deposits at services that taint reached, one row per address, largest value first. */
export function serviceRows(context: CaseContext, run: TraceRun, trail: readonly TrailOutput[]): ServiceRow[] {
  const services = servicesOfRun(context, run);
  const conserves = new Map(run.content.rules.map(({ rule, conserves }) => [rule, conserves]));
  const byAddress = new Map<string, TrailOutput[]>();
  for (const hop of trail) {
    const { address } = hop.output;
    if (address !== null && services.has(address)) byAddress.set(address, [...(byAddress.get(address) ?? []), hop]);
  }
  const rows = [...byAddress].map(([address, hops]): ServiceRow => {
    const best = services.get(address) as CaseTag;
    const own = tagsOfAddress(context, address);
    const { inherited } = services.citation(address);
    const byRule: Record<string, string> = {};
    for (const { rule } of run.content.rules) {
      const total = hops.reduce((sum, { byRule: placements }) => {
        return sum + BigInt(totalSat(placements.get(rule) ?? [], conserves.get(rule) ?? true));
      }, 0n);
      byRule[rule] = String(total);
    }
    return {
      service: best.label,
      category: best.category,
      address,
      outpoints: hops.map(({ output }) => output.outpoint),
      height: hops[0].transaction.height,
      timestampSec: timeOf(hops[0].transaction),
      value: String(hops.reduce((sum, { output }) => sum + BigInt(output.valueSat), 0n)),
      byRule,
      tags: (own.length === 0 ? [best] : own).map(citation),
      ...(inherited === undefined ? {} : { inherited }),
    };
  });
  return rows.sort((a, b) => Number(BigInt(b.value) - BigInt(a.value)) || (a.address < b.address ? -1 : 1));
}
