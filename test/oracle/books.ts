/**
 * The books of an oracle's result, label by label.
 * Claim: seeded = held + fee + burned + unresolved for every conserving rule. Source: src/taint/README.md
 * Parameters: none. Cost: one pass. Fails when: never; an unbalanced book is returned as it is.
 */
import { outpointKey, spenders, type TinyChain, type TinyOutput } from '../support/tiny-chain.ts';
import { add, compare, type Fraction, toFraction, ZERO } from './fraction.ts';
import { feeSinks, type OracleResult } from './walk.ts';

/**
 * Where the taint of one label is at the end, in satoshi or fractions of one. Oracles do not stop; they cut where a seed takes an output from another
 * and where a rule declines a transaction.
 */
export interface OracleBook<N = Fraction> {
  seeded: N;
  held: N;
  fee: N;
  burned: N;
  unresolved: N;
  cut: N;
}

/** Where an output's taint rests, `passed` when a transaction of the chain spends it. */
export type Rest = 'held' | 'burned' | 'unresolved' | 'passed';

/** Rest of one output: burned before spent before known spent by someone unknown. */
export function restOf(output: TinyOutput, spender: number | undefined): Rest {
  if (output.unspendable === true) return 'burned';
  if (spender !== undefined) return 'passed';
  return output.statedSpent === true ? 'unresolved' : 'held';
}

/** Books of every label as fractions. What a coinbase leaves unclaimed is burned. */
export function oracleBooks<S, N extends number | Fraction>(
  chain: TinyChain,
  result: OracleResult<S, N>,
): OracleBook[] {
  const books = Array.from({ length: result.labelCount }, () => ({
    seeded: ZERO,
    held: ZERO,
    fee: ZERO,
    burned: ZERO,
    unresolved: ZERO,
    cut: ZERO,
  }));
  const post = (term: keyof OracleBook, amounts: readonly N[]): void => {
    amounts.forEach((amount, label) => {
      books[label]![term] = add(books[label]![term], toFraction(amount));
    });
  };
  for (const { label, amount } of result.planted) books[label]!.seeded = add(books[label]!.seeded, toFraction(amount));
  for (const amounts of result.cut) post('cut', amounts);
  for (const amounts of result.declinedFees) post('fee', amounts);
  const spenderOf = spenders(chain);
  chain.transactions.forEach((transaction, tx) => {
    if (transaction.coinbase) post('burned', result.fee[tx]!);
    else if (feeSinks(chain, tx, result.conventions)) post('fee', result.fee[tx]!);
    post(transaction.coinbase ? 'burned' : 'fee', result.overflow[tx]!);
    transaction.outputs.forEach((output, vout) => {
      const key = outpointKey(tx, vout);
      const rest = restOf(output, spenderOf.get(key));
      if (rest !== 'passed') post(rest, result.taint.get(key)!);
    });
  });
  return books;
}

/** Books of a rule in whole satoshis. */
export function integerBooks<S>(chain: TinyChain, result: OracleResult<S, number>): OracleBook<bigint>[] {
  return oracleBooks(chain, result).map(({ seeded, held, fee, burned, unresolved, cut }) => ({
    seeded: seeded.numerator,
    held: held.numerator,
    fee: fee.numerator,
    burned: burned.numerator,
    unresolved: unresolved.numerator,
    cut: cut.numerator,
  }));
}

/** Whether what was seeded is all accounted for. */
export function balances(book: OracleBook): boolean {
  const placed = add(add(add(book.held, book.fee), add(book.burned, book.unresolved)), book.cut);
  return compare(book.seeded, placed) === 0;
}
