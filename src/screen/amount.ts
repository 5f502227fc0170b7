/** Amounts and shares of a screening: whole base units as bigint, decimal text at the edges, parts that sum to one. */
import { SpoorError, usdCents, usdText } from '../ledger/index.ts';
import type { ScreeningAmount } from './schema.ts';

/** What is screened: its name, and how many decimal places its unit has (null for a token nobody described: then `value` is in base units). */
export interface ScreenedAsset {
  /** `BTC`, `ETH`, or the contract of a token. */
  readonly name: string;
  readonly decimals: number;
  /** What one whole of it was worth; absent where no file of prices was given. */
  readonly price?: AssetPrice;
}

/** Price of one whole of an asset on the one day by which a screening values: that of the transfer, for an address the latest day of the facts. */
export interface AssetPrice {
  /** Asset as `ScreenedAsset` names it. */
  readonly asset: string;
  /** Names file, kind of price and day in the answer; null where there is no price. */
  readonly id: string | null;
  /** Millionths of a US dollar as decimal text; null where the file has no price of that day. */
  readonly microUsd: string | null;
}

/** The coin of Bitcoin. */
export const BTC: ScreenedAsset = { name: 'BTC', decimals: 8 };
/** The coin of Ethereum. */
export const ETH: ScreenedAsset = { name: 'ETH', decimals: 18 };

const UNITS: Readonly<Record<string, ScreenedAsset>> = {
  BTC,
  ETH,
  SAT: { name: 'BTC', decimals: 0 },
  WEI: { name: 'ETH', decimals: 0 },
};

/** Decimal text of base units, without trailing zeros: 10000 of 8 places gives `0.0001`. */
export function unitText(raw: bigint, decimals: number): string {
  const digits = raw.toString().padStart(decimals + 1, '0');
  if (decimals === 0) return digits;
  const places = digits.slice(-decimals).replace(/0+$/, '');
  return `${digits.slice(0, -decimals)}${places === '' ? '' : `.${places}`}`;
}

/** An amount for the answer: in dollars where the asset has a price. */
export function amountOf(raw: bigint, asset: ScreenedAsset): ScreeningAmount {
  const { name, decimals } = asset;
  const cents = usdCentsOf(raw, asset);
  const usd = cents === null ? null : usdText(cents);
  const priceId = cents === null ? null : (asset.price?.id ?? null);
  return { asset: name, raw: raw.toString(), value: unitText(raw, decimals), usd, price_id: priceId };
}

const CENTS = 100n;

/** Value in US cents, cut to whole ones; null where there is no price. */
export function usdCentsOf(raw: bigint, { decimals, price }: ScreenedAsset): bigint | null {
  if (price === undefined || price.microUsd === null) return null;
  return usdCents(raw, decimals, BigInt(price.microUsd));
}

/** Reads dollars such as `1000` or `0.50` as cents. Throws RULES_INVALID. */
export function readUsd(text: string): bigint {
  const match = /^(\d{1,15})(?:\.(\d{1,2}))?$/.exec(text);
  if (match === null)
    throw new SpoorError('RULES_INVALID', `"${text.slice(0, 40)}" is not an amount of dollars such as 1000 or 0.50`);
  return BigInt(match[1]) * CENTS + BigInt((match[2] ?? '').padEnd(2, '0'));
}

/** A threshold: base units of one asset, or (`asset` null) of whichever is screened. */
export interface Threshold {
  readonly asset: string | null;
  readonly raw: bigint;
}

/** Reads `10000` (base units), `0.0001 BTC`, `10000 sat`, `0.01 ETH` or `5 wei`. Throws RULES_INVALID saying what is wrong. */
export function readThreshold(text: string): Threshold {
  const match = /^(\d{1,78})(?:\.(\d{1,18}))?(?: ?(BTC|ETH|sat|wei))?$/.exec(text.trim());
  const unit = match?.[3] === undefined ? null : UNITS[match[3].toUpperCase()];
  const places = (match?.[2] ?? '').replace(/0+$/, '');
  if (match === null || places.length > (unit?.decimals ?? 0)) {
    throw new SpoorError(
      'RULES_INVALID',
      `"${text.slice(0, 60)}" is not an amount; write base units (10000), or 0.0001 BTC, 10000 sat, 0.01 ETH, 5 wei`,
    );
  }
  const raw = BigInt(match[1] + places.padEnd(unit?.decimals ?? 0, '0'));
  return { asset: unit?.name ?? null, raw };
}

/** Millionths in one whole. */
export const MILLION = 1_000_000n;

/** Reads a share such as `0.05` or `1` as millionths. Throws RULES_INVALID. */
export function readShare(text: string): bigint {
  const match = /^(0|1)(?:\.(\d{1,6}))?$/.exec(text);
  const millionths = match === null ? -1n : BigInt(match[1]) * MILLION + BigInt((match[2] ?? '').padEnd(6, '0'));
  if (millionths < 0n || millionths > MILLION)
    throw new SpoorError('RULES_INVALID', `"${text.slice(0, 40)}" is not a share from 0 to 1 with at most 6 places`);
  return millionths;
}

/** Text of millionths, six places. */
export function millionthsText(millionths: bigint): string {
  const digits = millionths.toString().padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/**
 * Shares of amounts in millionths that sum to one exactly: floors, then one each to the largest remainders, ties to the first. `amounts` must sum to
 * more than zero.
 */
export function sharesOf(amounts: readonly bigint[]): bigint[] {
  const total = amounts.reduce((sum, amount) => sum + amount, 0n);
  const shares = amounts.map((amount) => (amount * MILLION) / total);
  const left = MILLION - shares.reduce((sum, share) => sum + share, 0n);
  const order = amounts
    .map((amount, at) => ({ at, remainder: (amount * MILLION) % total }))
    .sort((a, b) => (b.remainder === a.remainder ? a.at - b.at : b.remainder > a.remainder ? 1 : -1));
  for (const { at } of order.slice(0, Number(left))) shares[at] += 1n;
  return shares;
}
