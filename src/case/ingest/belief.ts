/**
 * What of a recorded body is still believed after the chain was reorganised. The body itself stays as the record of what was said; blocks and transactions
 * that were undone are left out each time it is read, and so is every word of it on outputs being spent, because it was said of a chain that is no more.
 */
import type { ParsedFile } from '../../chain/bitcoin/index.ts';
import { type CaseStore, holdsBlockOrTransaction, undoneOf } from '../../store/index.ts';

/** The facts of a body without those that were undone, named by block hash or txid. */
export function believed(
  { blocks, transactions, spends }: ParsedFile,
  undone: readonly string[],
): Pick<ParsedFile, 'blocks' | 'transactions' | 'spends'> {
  if (undone.length === 0) return { blocks, transactions, spends };
  const gone = new Set(undone);
  return {
    spends: [],
    blocks: blocks.filter(({ block }) => !gone.has(block.hash)),
    transactions: transactions
      .filter(({ record }) => !gone.has(record.txid) && !(record.blockHash !== null && gone.has(record.blockHash)))
      .map(({ record, place }) => {
        const outputs = record.outputs.map((output) => ({ ...output, spent: null, spenderTxid: null }));
        return { record: { ...record, outputs }, place };
      }),
  };
}

/** Whether a body that was partly undone, and is given once more, may be believed whole again: all that was undone of it has come back into the chain. */
export function isBack(store: CaseStore, sha256: string): boolean {
  const undone = undoneOf(store, sha256);
  return undone.length > 0 && undone.every((name) => holdsBlockOrTransaction(store, name));
}
