/**
 * The books of one rule: what was seeded and where every satoshi of it went. The one equation of a run:
 * `seeded = held + fee + stopped + cut + burned + unresolved`, per label, to the last satoshi; checked at the end of every run.
 */
import { SpoorError } from '../ledger/index.ts';
import type { Book, TaintStatus } from './result.ts';

/** Term of the equation that a resting place belongs to. */
const TERM: Readonly<Record<Exclude<TaintStatus, 'passed'>, keyof Book>> = {
  unspent: 'held',
  stopped: 'stopped',
  cut: 'cut',
  burned: 'burned',
  unresolved: 'unresolved',
};

/** An empty book per label. */
function emptyBooks(labelCount: number): Book[] {
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

const TERMS = [
  'seeded',
  'held',
  'fee',
  'stopped',
  'cut',
  'burned',
  'unresolved',
] as const satisfies readonly (keyof Book)[];

/**
 * Books while a run goes on. Whole satoshi are added up as numbers as long as their sum is a safe integer, and only then as bigint: most
 * entries are one amount of one label, and a bigint for each would cost more than the rule does.
 */
export class OpenBooks {
  private readonly books: Book[];
  /** By label and term: what is not yet in `books`. */
  private readonly pending: Float64Array;

  constructor(labelCount: number) {
    this.books = emptyBooks(labelCount);
    this.pending = new Float64Array(labelCount * TERMS.length);
  }

  /** Enters an amount (satoshi or the rule's finer units) of a label from 0 under one term. */
  enter(term: keyof Book, label: number, amount: number | bigint): void {
    if (typeof amount === 'bigint') {
      this.books[label][term] += amount;
      return;
    }
    const at = label * TERMS.length + TERMS.indexOf(term);
    const sum = this.pending[at] + amount;
    if (Number.isSafeInteger(sum)) this.pending[at] = sum;
    else {
      this.books[label][term] += BigInt(this.pending[at]) + BigInt(amount);
      this.pending[at] = 0;
    }
  }

  /** The books with everything entered so far. They change when more is. */
  all(): readonly Book[] {
    this.books.forEach((book, label) => {
      TERMS.forEach((term, number) => {
        const at = label * TERMS.length + number;
        book[term] += BigInt(this.pending[at]);
        this.pending[at] = 0;
      });
    });
    return this.books;
  }

  /** Goes on from books of another time. */
  resume(before: readonly Book[]): void {
    before.forEach((book, label) => {
      this.books[label] = { ...book };
    });
  }
}

/** Term of the books for taint that rests. */
export function termOf(status: Exclude<TaintStatus, 'passed'>): keyof Book {
  return TERM[status];
}

/**
 * A book in finer units as a book in whole satoshi that adds up: what was seeded rounded down, and of the other terms each rounded down but for
 * those with the largest remainders, which make up the sum (ties in the order of the equation).
 */
export function wholeBook(book: Book, unitsPerSat: bigint): Book {
  const terms = ['held', 'fee', 'stopped', 'cut', 'burned', 'unresolved'] as const;
  const whole = { ...book, seeded: book.seeded / unitsPerSat };
  let missing = whole.seeded;
  for (const term of terms) {
    whole[term] = book[term] / unitsPerSat;
    missing -= whole[term];
  }
  const byRemainder = [...terms].sort((a, b) => Number((book[b] % unitsPerSat) - (book[a] % unitsPerSat)));
  for (const term of byRemainder.slice(0, Number(missing))) whole[term] += 1n;
  return whole;
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
