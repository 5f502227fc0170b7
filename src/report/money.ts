/** Amounts of a report: decimal satoshi text in, text out. Digits are moved and summed as integers; nothing here is a float. */
import type { BookRow } from './model.ts';

const SATOSHI_TEXT = /^(0|[1-9]\d*)$/;

/** Decimal satoshi text as an integer; null when it is no such text (a renderer shows it as it stands and sums nothing from it). */
export function satoshiOrNull(text: string): bigint | null {
  return SATOSHI_TEXT.test(text) ? BigInt(text) : null;
}

/** Sum of decimal satoshi texts; texts that are no amounts count nothing. */
export function sumSatoshi(texts: Iterable<string>): bigint {
  let sum = 0n;
  for (const text of texts) sum += satoshiOrNull(text) ?? 0n;
  return sum;
}

/** Bitcoin text with 8 decimals of a satoshi amount, as integer or decimal text: `1450067602` gives `14.50067602`. Other text comes back unchanged. */
export function btcOf(value: string | bigint): string {
  const text = String(value);
  if (!SATOSHI_TEXT.test(text)) return text;
  const digits = text.padStart(9, '0');
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`;
}

/** Per cent text of a share written as decimal text with six places: `0.482131` gives `48.2131 %`. Other text comes back unchanged. */
export function percentOf(share: string): string {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(share);
  if (match === null) return share;
  const decimals = (match[2] ?? '').padEnd(6, '0');
  const whole = `${match[1]}${decimals.slice(0, 2)}`.replace(/^0+(?=\d)/, '');
  return `${whole}.${decimals.slice(2)} %`;
}

/** Terms on the right-hand side of the conservation equation, in the order they are printed. */
export const BOOK_TERMS = ['held', 'fee', 'stopped', 'cut', 'burned', 'unresolved'] as const;

/** Whether a book adds up, and by how many satoshi it does not: seeded minus the sum of its terms. */
export interface BookBalance {
  addsUp: boolean;
  differenceSat: bigint;
}

/** Checks `seeded = held + fee + stopped + cut + burned + unresolved` of one label, from the texts that are printed. */
export function bookBalance(row: BookRow): BookBalance {
  const everyTermIsAmount = ['seeded' as const, ...BOOK_TERMS].every((term) => satoshiOrNull(row[term]) !== null);
  const differenceSat = sumSatoshi([row.seeded]) - sumSatoshi(BOOK_TERMS.map((term) => row[term]));
  return { addsUp: everyTermIsAmount && differenceSat === 0n, differenceSat };
}

/** Words of a balance: `adds up`, or by how much it does not. */
export function balanceText(balance: BookBalance): string {
  return balance.addsUp ? 'adds up' : `DOES NOT ADD UP: off by ${balance.differenceSat} sat`;
}

/** The conservation equation of one label in satoshi: `30 = 0 + 0 + 20 + 0 + 0 + 10`. */
export function equationText(row: BookRow): string {
  return `${row.seeded} = ${BOOK_TERMS.map((term) => row[term]).join(' + ')}`;
}
