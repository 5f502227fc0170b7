/** The question of a bulk trace, held to the files before the first block is read. */
import { type BlockIndex, BlockReader, loadKernel, parserFor, readerData } from '../../chain/bitcoin/bulk/index.ts';
import { type Network, SpoorError } from '../../ledger/index.ts';
import { heightOrDate } from '../subject.ts';
import type { ReadPack } from '../tag/import.ts';
import { servicesAmong } from '../tag/tags.ts';
import { canonical, type TraceRequest } from '../trace/trace.ts';
import { type BulkOptions, openIndex } from './bulk.ts';
import { type CheckpointPlace, WalkCheckpoints } from './checkpoint.ts';
import { kernelDigest } from './graph.ts';
import { startOfChain } from './refuse.ts';
import { Services } from './trace-block.ts';
import type { TraceCheckpoints, TraceState } from './trace-checkpoint.ts';

/** Everything a user may ask of a bulk trace. In `options`, `until` is the last height to read; in `request`, the limit on spends followed. */
export interface BulkTrace {
  readonly options: BulkOptions;
  readonly request: TraceRequest;
  /** Tag packs that say where services are. */
  readonly packs: readonly string[];
  /** First height to look at for taint; no seed is older. */
  readonly fromHeight: number;
  /** File for the resting places, which are then not in the document; null keeps them there. */
  readonly coins: string | null;
  /** File for `address,cluster` of every block up to the tip, as `bulk clusters` lists them; null makes no clusters. */
  readonly clusters: string | null;
  /** Where the state of the run is kept; null keeps none. */
  readonly checkpoint: CheckpointPlace | null;
}

/** A question with what it was asked of. */
export interface TraceQuestion {
  readonly index: BlockIndex;
  readonly reader: BlockReader;
  readonly firstHeight: number;
  /** In canonical order. */
  readonly request: TraceRequest;
  /** Last height whose spends are followed. */
  readonly untilHeight: number | null;
  readonly services: Services;
  /** Digests of the packs, as text. */
  readonly packs: string;
  readonly checkpoints: TraceCheckpoints | null;
  /** What the last checkpoint says. */
  readonly kept: TraceState | null;
}

/** Looks at the files and at everything that decides the answer. Throws what a checkpoint of something else throws. */
export async function openQuestion({
  options,
  packs,
  fromHeight,
  coins,
  clusters,
  checkpoint,
  ...given
}: BulkTrace): Promise<TraceQuestion> {
  const index = openIndex(options);
  const { network } = index;
  const firstHeight = startOfChain(index, options.folder);
  const request = canonical(given.request);
  const untilHeight = heightOf(request.until);
  const read = await readPacks(packs, network);
  const tags = request.stopAt.includes('service') ? read.flatMap(({ pack }) => pack.tags) : [];
  const digests = read
    .map(({ sha256 }) => `pack ${sha256}`)
    .sort()
    .join('\n');
  const { seeds, ...rest } = request;
  const asked = seeds.map(({ label, subject }) => [label, subject.text]);
  const question = [
    'trace',
    asked,
    rest,
    digests,
    fromHeight,
    coins !== null,
    clusters === null ? null : kernelDigest(),
  ];
  const checkpoints: TraceCheckpoints | null =
    checkpoint === null ? null : new WalkCheckpoints(checkpoint, index, question);
  const kept = checkpoints?.takeUp() ?? null;
  const data = readerData(index, options.plain ? null : loadKernel());
  const reader = new BlockReader(data, 'whole', await parserFor(data));
  const services = new Services(servicesAmong(tags), network);
  return { index, reader, firstHeight, request, untilHeight, services, packs: digests, checkpoints, kept };
}

/** Tag packs. What reads them is loaded with the first one. Throws what reading throws. */
async function readPacks(packs: readonly string[], network: Network): Promise<ReadPack[]> {
  if (packs.length === 0) return [];
  const { readPack } = await import('../tag/import.ts');
  return packs.map((path) => readPack(path, network));
}

/** The height of `--until`. Throws USAGE for a date: the files are not searched for one. */
function heightOf(until: string | null): number | null {
  if (until === null) return null;
  const limit = heightOrDate(until, 'last');
  if ('height' in limit) return limit.height;
  throw new SpoorError('USAGE', '--until is a height here, not a date');
}
