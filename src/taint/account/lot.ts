/**
 * Claim:      a lot is an amount of one asset with what is known of its taint; it splits, joins and changes scale in whole base units, and nothing is lost.
 * Source:     largest remainder (Hamilton) over labels and the clean part together: no part goes negative, none outgrows the lot (reference C2).
 * Parameters: ties go to the earlier label, the clean part last.
 * Cost:       O(labels) per mixed lot; constant for lots that are clean or of one label.
 * Fails when: taint is split into dust on purpose: rounding by whole units then steers it, as in apportion.ts.
 */

/** Value of `Lot.label` for clean lots, and for lots of which `parts` tells. */
export const CLEAN = -1;
/** See {@link CLEAN}. */
export const MIXED = -2;

/** An amount, clean, of one label, or mixed. `parts` holds an amount per label; what it lacks of `amount` is clean. Never written to. */
export interface Lot {
  readonly amount: bigint;
  readonly label: number;
  readonly parts: readonly bigint[] | null;
}

/** A clean lot. */
export function cleanLot(amount: bigint): Lot {
  return { amount, label: CLEAN, parts: null };
}

/** A lot with an amount of taint per label. */
export function mixedLot(amount: bigint, parts: readonly bigint[]): Lot {
  return { amount, label: MIXED, parts };
}

/**
 * What of `parts` goes along when `take` stands for `whole`, the rest of `take` being clean. With `take` up to `whole` each share is at most its part;
 * above it the same division makes amounts larger (a conversion). Needs parts that sum to at most `whole`.
 */
export function shareOut(take: bigint, parts: readonly bigint[], whole: bigint): bigint[] {
  if (take === whole) return [...parts];
  if (take === 0n || whole === 0n) return parts.map(() => 0n);
  // Of two parts, a label and the rest, the larger remainder is the one from a half on. Half of an odd `whole` may be rounded down: nothing lies between.
  if (parts.length === 1) return [parts[0] === whole ? take : (parts[0] * take + (whole >> 1n)) / whole];
  const all = [...parts, whole - sum(parts)];
  const shares = all.map((part) => (part * take) / whole);
  const left = Number(take - sum(shares));
  if (left > 0) {
    const remainders = all.map((part) => (part * take) % whole);
    const order = all.map((_, index) => index).sort((a, b) => compare(remainders[b], remainders[a]) || a - b);
    for (const index of order.slice(0, left)) shares[index] += 1n;
  }
  shares.pop();
  return shares;
}

/** Sum of a list. */
export function sum(amounts: readonly bigint[]): bigint {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first `amount` of a lot (all parts alike) and the rest. */
export function splitLot(lot: Lot, amount: bigint): [taken: Lot, rest: Lot] {
  const left = lot.amount - amount;
  if (lot.parts === null)
    return [
      { ...lot, amount },
      { ...lot, amount: left },
    ];
  const taken = shareOut(amount, lot.parts, lot.amount);
  return [
    mixedLot(amount, taken),
    mixedLot(
      left,
      lot.parts.map((part, label) => part - taken[label]),
    ),
  ];
}

/** Taint per label over lots. */
export function taintOf(lots: readonly Lot[], labelCount: number): bigint[] {
  const totals = new Array<bigint>(labelCount).fill(0n);
  for (const lot of lots) addTaint(totals, lot);
  return totals;
}

/** Adds a lot's taint to totals. */
export function addTaint(totals: bigint[], lot: Lot): void {
  if (lot.label >= 0) totals[lot.label] += lot.amount;
  else if (lot.parts !== null) for (let label = 0; label < totals.length; label += 1) totals[label] += lot.parts[label];
}

/** Lots with some labels made clean. */
export function withoutLabels(lots: readonly Lot[], dropped: readonly boolean[]): Lot[] {
  return lots.map((lot) => {
    if (lot.label >= 0) return dropped[lot.label] ? cleanLot(lot.amount) : lot;
    if (lot.parts === null) return lot;
    return mixedLot(
      lot.amount,
      lot.parts.map((part, label) => (dropped[label] ? 0n : part)),
    );
  });
}

/** Lots whose clean part has become a label's. */
export function filledWith(lots: readonly Lot[], label: number): Lot[] {
  return lots.map((lot) => {
    if (lot.label === CLEAN) return { amount: lot.amount, label, parts: null };
    if (lot.parts === null) return lot;
    const parts = [...lot.parts];
    parts[label] += lot.amount - sum(parts);
    return mixedLot(lot.amount, parts);
  });
}

/** The same lots in the same order, worth `amount` together: each by largest remainder, and its labels again within it. */
export function scaledTo(lots: readonly Lot[], amount: bigint): Lot[] {
  const amounts = lots.map((lot) => lot.amount);
  const whole = sum(amounts);
  if (amount === whole) return [...lots];
  const scaled = lots.length === 1 ? [amount] : shareOut(amount, amounts, whole);
  return lots.flatMap((lot, index) => {
    const size = scaled[index];
    if (size === 0n) return [];
    return [lot.parts === null ? { ...lot, amount: size } : mixedLot(size, shareOut(size, lot.parts, lot.amount))];
  });
}

/** The lots taken together as one, their places forgotten. */
export function mixTogether(lots: readonly Lot[], labelCount: number): Lot {
  return lots.length === 1 ? lots[0] : mixedLot(sum(lots.map(({ amount }) => amount)), taintOf(lots, labelCount));
}
