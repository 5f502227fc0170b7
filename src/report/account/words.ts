/** Names of assets and amounts of a trace over accounts. */

import { shortenMiddle } from '../escape.ts';
import { unitText } from '../units.ts';
import type { AccountBookRow, AccountTraceDocument, AssetRow } from './model.ts';

/** Terms on the right of the equation of an account book, in the order they are printed. */
export const ACCOUNT_TERMS = ['held', 'fee', 'stopped', 'cut', 'burned', 'unresolved', 'convertedOut'] as const;

const TERM_WORDS: Readonly<Record<string, string>> = { convertedIn: 'converted in', convertedOut: 'converted out' };

/** A term in words. */
export function termWord(term: string): string {
  return TERM_WORDS[term] ?? term;
}

/** How assets and amounts of one document are said. */
export class AssetWords {
  private readonly rows: ReadonlyMap<string, AssetRow>;

  constructor({ assets }: Pick<AccountTraceDocument, 'assets'>) {
    this.rows = new Map(assets.map((row) => [row.asset, row]));
  }

  /** `ETH`, `USDC`, or the contract where the symbol is nobody's word but its own. */
  name(asset: string): string {
    const row = this.rows.get(asset);
    if (row?.symbol !== null && row?.symbol !== undefined && row.listed) return row.symbol;
    return shortenMiddle(asset);
  }

  /** `173600 ETH`; base units where the decimals are not known. */
  amount(asset: string, amount: string | bigint): string {
    const decimals = this.rows.get(asset)?.decimals ?? null;
    if (decimals === null) return `${amount} base units of ${this.name(asset)}`;
    return `${unitText(amount, decimals)} ${this.name(asset)}`;
  }

  /** As `amount`, decimals beyond the fourth cut off and said to be: `25533.6143… ETH`. */
  short(asset: string, amount: string | bigint): string {
    return this.amount(asset, amount).replace(/(\.\d{4})\d+/, '$1…');
  }
}

/** Base units by which a book does not add up. */
export function accountImbalance(row: AccountBookRow): bigint {
  const left = BigInt(row.seeded) + BigInt(row.convertedIn);
  return ACCOUNT_TERMS.reduce((rest, term) => rest - BigInt(row[term]), left);
}

/** The equation of a book in base units. */
export function accountEquation(row: AccountBookRow): string {
  return `${row.seeded} + ${row.convertedIn} = ${ACCOUNT_TERMS.map((term) => row[term]).join(' + ')}`;
}
