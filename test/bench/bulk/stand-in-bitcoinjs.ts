/** Stand-in: bitcoinjs-lib parses every block and names every transaction. Prints counts and the digest of all txids in chain order. */
import { createHash } from 'node:crypto';
import { Block } from 'bitcoinjs-lib';
import { answer, argument, blocksOf } from './stand-in-chain.ts';

const digest = createHash('sha256');
const counts = { blocks: 0, transactions: 0, inputs: 0, outputs: 0 };
for (const bytes of blocksOf(argument(0, 'FOLDER'))) {
  const { transactions = [] } = Block.fromBuffer(bytes);
  for (const transaction of transactions) {
    digest.update(Buffer.from(transaction.getId(), 'hex').reverse());
    counts.inputs += transaction.isCoinbase() ? 0 : transaction.ins.length;
    counts.outputs += transaction.outs.length;
  }
  counts.blocks += 1;
  counts.transactions += transactions.length;
}
answer({ ...counts, digest: digest.digest('hex') });
