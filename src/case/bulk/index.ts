/** Second door of the verbs: block files straight through, without a case. Loads neither network nor database. */
export { type BulkOptions, bulkCount, bulkTxids } from './bulk.ts';
export type { CheckpointPlace } from './checkpoint.ts';
export { bulkClusters } from './clusters.ts';
export { bulkGraph, bulkHaircut } from './graph.ts';
