/**
 * Claim:      payments that meet a demand only together: runs of consecutive payments of one payer, close in time.
 * Source:     methods 5: "partial payments: allow sums from one payer cluster within 72 h".
 * Parameters: `withinSec`, first to last payment of a sum; `demandOf`, what a sum is to the demands.
 * Cost:       O(payments x longest run); a run ends where it goes beyond every demand.
 * Fails when: a payer who pays several ransoms, or an exchange paying out for several victims, happens to add up to a
 *             demand; or the parts of one ransom lie between other payments. A sum holds two payments or more.
 */

/** A payment that no demand meets alone. `payer` null: not known, and so in no sum. `usdCents` null: no price that day. */
export interface PartPayment {
  readonly valueSat: number;
  readonly usdCents: bigint | null;
  readonly timeSec: number | null;
  readonly payer: string | null;
}

/** What an amount is to the demands: below one it may still reach, one of them, or beyond all. */
export type DemandFit = 'short' | 'meets' | 'over';

/** Payments of one payer, in their order, that together meet a demand. */
export interface PartSum<T extends PartPayment> {
  readonly payer: string;
  readonly parts: readonly T[];
  readonly valueSat: number;
  readonly usdCents: bigint | null;
}

/** Sums of each payer, from the earliest payment on, the shortest first; each payment is in one sum at most. */
export function partSums<T extends PartPayment>(
  payments: readonly T[],
  rule: {
    readonly withinSec: number;
    readonly demandOf: (valueSat: number, usdCents: bigint | null) => DemandFit;
  },
): PartSum<T>[] {
  const byPayer = new Map<string, T[]>();
  for (const payment of payments) {
    if (payment.payer === null || payment.timeSec === null) continue;
    const same = byPayer.get(payment.payer);
    if (same === undefined) byPayer.set(payment.payer, [payment]);
    else same.push(payment);
  }
  return [...byPayer].flatMap(([payer, own]) => {
    const ordered = own.sort((a, b) => Number(a.timeSec) - Number(b.timeSec));
    const found: PartSum<T>[] = [];
    for (let start = 0; start < ordered.length; ) {
      const sum = sumFrom(ordered, start, rule);
      if (sum !== null) found.push({ ...sum, payer });
      start += sum?.parts.length ?? 1;
    }
    return found;
  });
}

/** The shortest run from `start` that meets a demand. */
function sumFrom<T extends PartPayment>(
  ordered: readonly T[],
  start: number,
  { withinSec, demandOf }: Parameters<typeof partSums>[1],
): Omit<PartSum<T>, 'payer'> | null {
  const first = ordered[start];
  let { valueSat, usdCents } = first;
  for (let at = start + 1; at < ordered.length; at += 1) {
    const next = ordered[at];
    if (Number(next.timeSec) - Number(first.timeSec) > withinSec) return null;
    valueSat += next.valueSat;
    usdCents = usdCents === null || next.usdCents === null ? null : usdCents + next.usdCents;
    const found = demandOf(valueSat, usdCents);
    if (found === 'meets') return { parts: ordered.slice(start, at + 1), valueSat, usdCents };
    if (found === 'over') return null;
  }
  return null;
}
