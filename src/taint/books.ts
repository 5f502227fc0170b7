/**
 * The books of one rule: what was seeded and where every satoshi of it went. The one equation of a run:
 * `seeded = held + fee + stopped + cut + burned + unresolved`, per label, to the last satoshi; checked at the end of every run.
 */
import { SpoorError } from '../ledger/index.ts';
import type { Book, Placement, TaintStatus } from './result.ts';

/** Term of the equation that a resting place belongs to. */
const TERM: Readonly<Record<Exclude<TaintStatus, 'passed'>, keyof Book>> = {
  unspent: 'held',
  stopped: 'stopped',
  cut: 'cut',
  burned: 'burned',
  unresolved: 'unresolved',
};

/** An empty book per label. */
export function emptyBooks(labelCount: number): Book[] {
  return Array.from({ length: labelCount }, () => ({
    seeded: 0n,
    held: 0n,
    fee: 0n,
    stopped: 0n,
    cut: 0n,
    burned: 0n,
    unresolved: 0n,
  }));
}

/** Enters amounts of (label, satoshi), labels from 1, under one term. */
export function enter(
  books: readonly Book[],
  term: keyof Book,
  amounts: ReadonlyArray<readonly [number, number]>,
): void {
  for (const [label, valueSat] of amounts) books[label - 1][term] += BigInt(valueSat);
}

/** Enters a resting place. Placement labels count from 0. */
export function enterPlacement(books: readonly Book[], placement: Placement): void {
  if (placement.status === 'passed') return;
  const term = TERM[placement.status];
  for (const [label, valueSat] of placement.taint) books[label][term] += BigInt(valueSat);
}

/** Satoshi that leave the right side of the equation short of (positive) or above (negative) the left. */
export function imbalance(book: Book): bigint {
  return book.seeded - book.held - book.fee - book.stopped - book.cut - book.burned - book.unresolved;
}

/** Throws CONSERVATION naming rule, label number and difference when a book does not add up. */
export function assertConservation(rule: string, books: readonly Book[]): void {
  books.forEach((book, label) => {
    const difference = imbalance(book);
    if (difference !== 0n) {
      throw new SpoorError(
        'CONSERVATION',
        `rule ${rule}, label ${label + 1}: seeded ${book.seeded} satoshi, ${difference} of them are in no account`,
      );
    }
  });
}
