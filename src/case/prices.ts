/** Daily prices from a file that the user names. A day that the file lacks has no price; none is ever guessed. */
import { gunzipSync } from 'node:zlib';
import { SpoorError, usdCents } from '../ledger/index.ts';
import { utcDayText } from '../report/index.ts';
import { sha256Hex } from './context.ts';
import { readUserFile } from './user-file.ts';

/** Which price of a day counts; `middle` is half-way between the highest and the lowest. */
export const DAY_PRICES = ['open', 'high', 'low', 'close', 'middle'] as const;

/** See {@link DAY_PRICES}. */
export type DayPrice = (typeof DAY_PRICES)[number];

/** Prices by day, in millionths of a US dollar for one bitcoin. */
export interface Prices {
  readonly file: string;
  readonly sha256: string;
  readonly price: DayPrice;
  readonly microUsd: ReadonlyMap<string, bigint>;
}

const MOST_BYTES = 64 * 1024 * 1024;
const GZIP_START = 0x1f8b;
const SAT_DECIMALS = 8;

/** Reads a CSV with a head that has Date (YYYY-MM-DD), Open, High, Low and Close. Throws FILE_NOT_FOUND, IO, TOO_LARGE, MALFORMED. */
export function readPrices(path: string, price: DayPrice): Prices {
  const { name, bytes } = readUserFile(path, MOST_BYTES);
  const packed = bytes.length > 1 && bytes.readUInt16BE(0) === GZIP_START;
  const text = (packed ? unpack(bytes, path) : bytes).toString('utf8');
  const [head = '', ...lines] = text.trim().split(/\r?\n/);
  const columns = head.toLowerCase().split(',');
  const asked = price === 'middle' ? ['high', 'low'] : [price];
  const [dateAt, ...pricesAt] = ['date', ...asked].map((column) => columns.indexOf(column));
  if (dateAt < 0 || pricesAt.includes(-1)) {
    throw new SpoorError(
      'MALFORMED',
      `a price file begins with Date,Open,High,Low,Close; this one with "${head.slice(0, 80)}"`,
      {
        file: path,
        record: '1',
      },
    );
  }
  const microUsd = new Map<string, bigint>();
  lines.forEach((line, index) => {
    const cells = line.split(',');
    const place = { file: path, record: String(index + 2) };
    const day = utcDayText(dateOf(cells[dateAt] ?? '', place));
    const found = pricesAt.map((at) => microUsdOf(cells[at] ?? '', place)).filter((each) => each !== null);
    if (microUsd.has(day)) throw new SpoorError('MALFORMED', `${day} has a second price`, place);
    if (found.length === pricesAt.length)
      microUsd.set(day, found.reduce((sum, each) => sum + each, 0n) / BigInt(found.length));
  });
  return { file: name, sha256: sha256Hex(bytes), price, microUsd };
}

function unpack(bytes: Buffer, file: string): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SpoorError('MALFORMED', `the file cannot be unpacked: ${reason}`, { file });
  }
}

function dateOf(text: string, place: { readonly file: string; readonly record: string }): number {
  const timeMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(timeMs) && utcDayText(timeMs / 1000) === text) return timeMs / 1000;
  throw new SpoorError('MALFORMED', `"${text.slice(0, 40)}" is no day YYYY-MM-DD`, { ...place, field: 'Date' });
}

/** Empty and `null` say that there is no price. More than six decimals are cut. */
function microUsdOf(text: string, place: { readonly file: string; readonly record: string }): bigint | null {
  if (text === '' || text === 'null') return null;
  const match = /^(\d{1,9})(?:\.(\d{1,12}))?$/.exec(text);
  if (match === null) throw new SpoorError('MALFORMED', `"${text.slice(0, 40)}" is no price`, place);
  return BigInt(match[1]) * 1_000_000n + BigInt((match[2] ?? '').padEnd(6, '0').slice(0, 6));
}

/** Value in US cents of an amount in satoshi on the day of a moment, cut to whole cents; null where the day has no price. */
export function usdCentsOn(prices: Prices | null, valueSat: number, timeSec: number | null): bigint | null {
  const micro = timeSec === null ? undefined : prices?.microUsd.get(utcDayText(timeSec));
  return micro === undefined ? null : usdCents(BigInt(valueSat), SAT_DECIMALS, micro);
}
