/** Prices of several assets for screenings: files as `revenue` reads them, one an asset, and what they say of one day. */
import { checkAccount, checksummed } from '../../chain/ethereum/index.ts';
import { SpoorError } from '../../ledger/index.ts';
import { utcDayText } from '../../report/index.ts';
import { BTC, ETH, type ScreeningPrices } from '../../screen/index.ts';
import { type DayPrice, type Prices, readPrices } from '../prices.ts';

/** Prices of one asset, named as a screening names it: `BTC`, `ETH`, or a contract. */
export interface AssetPrices extends Prices {
  readonly asset: string;
}

const ID_DIGITS = 12;

/**
 * Reads `FILE` (of bitcoin) or `ASSET=FILE` with BTC, ETH or a contract as the asset. Throws USAGE for another name and for a second file of one asset,
 * ADDRESS_INVALID, and what `readPrices` throws.
 */
export function readAssetPrices(texts: readonly string[], price: DayPrice): AssetPrices[] {
  const found = texts.map((text) => {
    const match = /^([A-Za-z0-9]{1,60})=(.+)$/.exec(text);
    const asset = match === null ? BTC.name : assetName(match[1]);
    return { ...readPrices(match === null ? text : match[2], price), asset };
  });
  const twice = found.find(({ asset }, at) => found.findIndex((other) => other.asset === asset) < at);
  if (twice !== undefined)
    throw new SpoorError('USAGE', `${twice.asset} has two files of prices`, {}, 'name the asset of each: ETH=FILE');
  return found;
}

function assetName(text: string): string {
  const known = [BTC, ETH].find(({ name }) => name === text.toUpperCase());
  if (known !== undefined) return known.name;
  if (/^0x/i.test(text)) return checksummed(checkAccount(text));
  throw new SpoorError('USAGE', `"${text.slice(0, 60)}" is no asset: BTC, ETH or the contract of a token`);
}

/** What the files say of the day of a moment. */
export function pricesOn(files: readonly AssetPrices[], timeSec: number | null): ScreeningPrices {
  const day = timeSec === null ? null : utcDayText(timeSec);
  return {
    day,
    assets: files.map(({ asset, price, file, sha256, microUsd }) => {
      const micro = day === null ? undefined : microUsd.get(day);
      const id = micro === undefined ? null : `${sha256.slice(0, ID_DIGITS)} ${price} ${day}`;
      return { asset, id, microUsd: micro === undefined ? null : String(micro), price, file, sha256 };
    }),
  };
}
