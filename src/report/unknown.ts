/** Unknown history in a report: its shape and its sentences. */
import type { TraceDocument } from './model.ts';
import { btcOf } from './money.ts';
import { countText } from './words.ts';

/** Ends of an interval, decimal satoshi. */
export interface BoundRow {
  lower: string;
  upper: string;
}

/** What the bounds of a rule rest on. */
export interface UnknownRow {
  /** Inputs that spend what the case does not hold, in blocks in which taint could come in by them, and their value. */
  openInputs: number;
  openValue: string;
  /** By label, decimal satoshi: what was seeded and is in the end in no place that the facts follow. This much hangs on missing data. */
  outOfSight: Record<string, string>;
  /** Outputs without taint when unknown history is clean that may carry some; those at services one by one. */
  possible: {
    outputs: number;
    atServices: Array<{
      outpoint: string;
      address: string;
      service: string;
      value: string;
      bounds: Record<string, BoundRow>;
    }>;
  };
}

/** Sentences on what unknown history could change, rule by rule; none where the run took it as clean. */
export function unknownLines({ rules }: TraceDocument): string[] {
  return rules.flatMap(({ rule, holdings, unknown }) => {
    if (unknown === undefined) return [];
    const wide = holdings.flatMap(({ outpoint, address, bounds }) =>
      Object.entries(bounds ?? {}).flatMap(([label, { lower, upper }]) =>
        lower === upper
          ? []
          : [
              `${rule}: ${outpoint} (${address ?? 'no address'}) holds ${btcOf(lower)} to ${btcOf(upper)} BTC of ${label}`,
            ],
      ),
    );
    const sight = Object.entries(unknown.outOfSight).map(([label, sat]) => `${btcOf(sat)} BTC of ${label}`);
    const deposits = unknown.possible.atServices.flatMap(({ outpoint, service, bounds }) =>
      Object.entries(bounds).map(
        ([label, { upper }]) => `${rule}: ${outpoint} at ${service} may hold up to ${btcOf(upper)} BTC of ${label}`,
      ),
    );
    return [
      `${rule}: ${countText(unknown.openInputs, 'input', 'inputs')} without history, ${btcOf(unknown.openValue)} BTC; out of sight ${sight.join(', ')}; ${wide.length} of the holdings are not exact, ${countText(unknown.possible.outputs, 'other output', 'other outputs')} may carry taint`,
      ...wide,
      ...deposits,
    ];
  });
}
