/** Blocks of an account chain as a case holds them: their hashes, and whether everything of one is there. */
import { type AccountHash, accountHash } from '../../ledger/index.ts';
import type { CaseStore } from '../open.ts';
import { plucked } from '../statement.ts';

/** Hash of the block at a number, or null where no source told it. */
export function accountHashAt({ db }: CaseStore, number: number): AccountHash | null {
  const hash = plucked<[number], string | null>(
    db,
    "SELECT '0x' || lower(hex(hash)) FROM account_block WHERE number = ? AND hash IS NOT NULL",
  ).get(number);
  return hash === undefined || hash === null ? null : accountHash(hash);
}

/** Highest number up to a ceiling whose block has a hash, or null. */
export function accountHashedNumber({ db }: CaseStore, ceiling: number): number | null {
  return (
    plucked<[number], number | null>(
      db,
      'SELECT max(number) FROM account_block WHERE number <= ? AND hash IS NOT NULL',
    ).get(ceiling) ?? null
  );
}

/**
 * Whether a block was stated itself and the case holds every transaction of it, each with its fee and, unless it failed, with all that contracts and tokens
 * moved in it.
 */
export function hasWholeAccountBlock({ db }: CaseStore, number: number): boolean {
  return (
    plucked<[number], number>(
      db,
      `SELECT b.stated = 1 AND b.hash IS NOT NULL AND b.transaction_count = (
         SELECT count(*) FROM account_tx t WHERE t.block_number = b.number AND t.fee IS NOT NULL AND (t.succeeded = 0 OR (
           t.internal_told = 1 AND (t.internal_whole = 1 OR NOT EXISTS (SELECT 1 FROM account_internal i WHERE i.tx = t.id)) AND
           t.tokens_told = 1 AND (t.tokens_whole = 1 OR NOT EXISTS (SELECT 1 FROM account_token_move m WHERE m.tx = t.id))
         )))
       FROM account_block b WHERE b.number = ?`,
    ).get(number) === 1
  );
}
