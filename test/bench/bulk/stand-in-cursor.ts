/** Stand-in: a plain cursor and node:crypto. Prints counts and the digest of all txids in chain order. */
import { createHash } from 'node:crypto';
import { answer, argument, blocksOf, TransactionCursor } from './stand-in-chain.ts';

const digest = createHash('sha256');
const counts = { blocks: 0, transactions: 0, inputs: 0, outputs: 0 };
for (const block of blocksOf(argument(0, 'FOLDER'))) {
  const cursor = new TransactionCursor(block);
  for (let position = 0; position < cursor.transactionCount; position += 1) {
    cursor.next();
    digest.update(cursor.txid());
    counts.inputs += position === 0 ? 0 : cursor.inputPlaces.length;
    counts.outputs += cursor.outputPlaces.length;
  }
  counts.blocks += 1;
  counts.transactions += cursor.transactionCount;
}
answer({ ...counts, digest: digest.digest('hex') });
