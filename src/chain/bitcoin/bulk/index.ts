/** Second door of the Bitcoin room: a node's block files in bulk. Apart from the first because it loads neither network nor database. */
export { type BlockColumns, COLUMN_UNSPENDABLE } from './columns.ts';
export { hashTransaction } from './hash-transaction.ts';
export { loadKernel, MAX_COLUMNS } from './kernel.ts';
export { OWNER_SEEDS, ownerKeyOfScript } from './owner-key.ts';
export { RawBlockReader } from './raw-block.ts';
export { countBlocks, type FedBlock, type FeedCounts, feedBlocks } from './source-block-feed.ts';
export { type BlockIndex, type IndexedBlock, indexBlocks } from './source-block-index.ts';
export { BlockReader, parserFor, readerData } from './source-block-reader.ts';
