/** Second door of the verbs: block files straight through, without a case. Loads neither network nor database. */
export { type BulkOptions, bulkClusters, bulkCount, bulkGraph, bulkHaircut, bulkTxids } from './bulk.ts';
