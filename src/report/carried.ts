/** Bounds that a run carried on from coinjoins (`--at-coinjoin carry`): their shape and their sentences. */
import { btcOf } from './money.ts';
import type { BoundRow } from './unknown.ts';
import { countText } from './words.ts';

/** An output behind a coinjoin where taint may rest; `spent` by a transaction that the run does not follow. */
export interface CarriedOutput {
  outpoint: string;
  address: string | null;
  value: string;
  status: 'unspent' | 'service' | 'burned' | 'spent';
  service?: string;
  bounds: Record<string, BoundRow>;
}

/** What a rule says behind coinjoins: an interval an output, which no book holds; or why it says nothing. */
export interface CarriedRow {
  refused?: string;
  outputs: CarriedOutput[];
}

function placeText({ outpoint, address, status, service }: CarriedOutput): string {
  return `${outpoint} (${address ?? 'no address'}${service === undefined ? '' : ` of ${service}`}, ${status})`;
}

/** One block of lines for a rule, the first of which names it. */
export function carriedLines(rule: string, { refused, outputs }: CarriedRow): string[] {
  if (refused !== undefined) return [`${rule}: carried on no further: ${refused}`];
  return [
    `${rule}: ${countText(outputs.length, 'output', 'outputs')} behind coinjoins may hold taint`,
    ...outputs.flatMap((output) =>
      Object.entries(output.bounds).map(
        ([label, { lower, upper }]) => `${placeText(output)} ${label} [${btcOf(lower)}, ${btcOf(upper)}]`,
      ),
    ),
  ];
}
