/**
 * The books of one rule over accounts, per (label, asset). The one equation of a run, to the last base unit, checked at its end:
 * `seeded + convertedIn = held + fee + stopped + cut + burned + unresolved + convertedOut`.
 */
import { type AssetId, assetId, SpoorError } from '../../ledger/index.ts';
import { LIMB, MAX_HIGH, wholeOf } from './limbs.ts';
import { type Division, SHARE } from './proportion.ts';
import type { AccountBook } from './result.ts';

/** The terms of one book. */
export type InnerBook = Omit<AccountBook, 'asset' | 'label'>;

function emptyBook(): InnerBook {
  return {
    seeded: 0n,
    convertedIn: 0n,
    held: 0n,
    fee: 0n,
    stopped: 0n,
    cut: 0n,
    burned: 0n,
    unresolved: 0n,
    convertedOut: 0n,
  };
}

/** Books by asset and label, made when first written to. */
export function bookTable(): {
  bookOf: (asset: AssetId, label: number) => InnerBook;
  all: () => Array<{ asset: AssetId; label: number; book: InnerBook }>;
} {
  const byAsset: Array<InnerBook[] | undefined> = [];
  return {
    bookOf(asset, label) {
      const books = byAsset[asset] ?? [];
      byAsset[asset] = books;
      books[label] ??= emptyBook();
      return books[label];
    },
    all: () =>
      [...byAsset].flatMap((books, asset) =>
        Object.entries(books ?? []).map(([label, book]) => ({ asset: assetId(asset), label: Number(label), book })),
      ),
  };
}

/** Fees of one asset after the other, summed in two numbers and booked when they are asked for, for another asset, or too many for them. */
export class FeeSum {
  private readonly book: (asset: AssetId, fee: bigint) => void;
  private asset: AssetId = assetId(0);
  private low = 0;
  private high = 0;

  constructor(book: (asset: AssetId, fee: bigint) => void) {
    this.book = book;
  }

  /** Adds the share of a division; under a rule that conserves nothing it is 0. */
  add(asset: AssetId, division: Division): void {
    if (asset !== this.asset || this.high + division[SHARE + 1] >= MAX_HIGH) this.flush();
    this.asset = asset;
    this.low += division[SHARE];
    this.high += division[SHARE + 1];
    if (this.low < LIMB) return;
    this.low -= LIMB;
    this.high += 1;
  }

  /** Books what there is. */
  flush(): void {
    if (this.low > 0 || this.high > 0) this.book(this.asset, wholeOf(this.low, this.high));
    this.low = 0;
    this.high = 0;
  }
}

/** What the right side of the equation is short of (positive) or above (negative) the left. */
export function accountImbalance(book: InnerBook): bigint {
  const { seeded, convertedIn, held, fee, stopped, cut, burned, unresolved, convertedOut } = book;
  return seeded + convertedIn - held - fee - stopped - cut - burned - unresolved - convertedOut;
}

/** Throws CONSERVATION naming rule, label, asset and difference when a book does not add up. */
export function assertAccountBooks(rule: string, books: readonly AccountBook[]): void {
  for (const book of books) {
    const difference = accountImbalance(book);
    if (difference === 0n) continue;
    throw new SpoorError(
      'CONSERVATION',
      `rule ${rule}, label ${book.label}, asset ${book.asset}: seeded ${book.seeded} and converted in ${book.convertedIn} base units, ` +
        `${difference} of them are in no term`,
    );
  }
}
