/** Second door of the Bitcoin room: a node's block files in bulk. Apart from the first because it loads neither network nor database. */
export { checkAddress, encodeAddress, scriptOfAddress } from '../address.ts';
export { classifyScript, isUnspendableAt } from '../script.ts';
export { subsidySat } from '../subsidy.ts';
export { decodeUndo } from '../undo.ts';
export { type BlockColumns, COLUMN_UNSPENDABLE } from './columns.ts';
export { hashSpan } from './hash-transaction.ts';
export { loadKernel, MAX_COLUMNS } from './kernel.ts';
export { OWNER_SEEDS, ownerKeyOfScript } from './owner-key.ts';
export { RawBlockReader } from './raw-block.ts';
export { type OutputParts, outputsOf } from './read-outputs.ts';
export type { FeedKind } from './ring.ts';
export { countBlocks, type FedBlock, type FeedCounts, feedBlocks } from './source-block-feed.ts';
export { type BlockIndex, type IndexedBlock, indexBlocks } from './source-block-index.ts';
export { BlockReader, parserFor, readerData } from './source-block-reader.ts';
export { IdleWorkers } from './source-block-threads.ts';
