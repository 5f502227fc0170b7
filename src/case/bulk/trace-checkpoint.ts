/** What a checkpoint says of a bulk trace: where it is, which outputs carry taint, what every rule holds, where taint has come to rest. */
import { restoreLine, type StateLine, stateLines, type TaintScan } from '../../taint/index.ts';
import type { SeedRequest } from '../trace/seed.ts';
import type { WalkCheckpoints } from './checkpoint.ts';
import type { ClusterState, ClusterWalk } from './clusters.ts';
import type { GraphLine } from './graph.ts';
import type { TraceNotes } from './trace-document.ts';
import type { OutputNote, RestRow, Rests } from './trace-rests.ts';
import type { SeedFinder, SeedPlace } from './trace-seeds.ts';

/** What the verb knows besides the engine. */
export interface TraceState extends Pick<TraceNotes, 'gaps' | 'overlaps'> {
  /** Number of the next block in the index. */
  readonly next: number;
  /** Size of the list of coins in bytes. */
  readonly coinsBytes: number;
  readonly places: readonly SeedPlace[];
  readonly labels: readonly string[];
  /** Outputs that seeds were found to be: number of the request, satoshi, block. */
  readonly seeded: ReadonlyArray<readonly [request: number, valueSat: number, height: number]>;
  /** Numbers of the requests that something was found for. */
  readonly matched: readonly number[];
  readonly clusters: ClusterState | null;
}

/** One line of a bulk trace. */
export type TraceLine =
  | { readonly kind: 'scan'; readonly nextOutput: number }
  | StateLine
  | {
      readonly kind: 'output';
      readonly txid: string;
      readonly vout: number;
      readonly number: number;
      readonly note: OutputNote;
    }
  | { readonly kind: 'rest'; readonly rule: string; readonly rest: RestRow }
  | GraphLine;

/** Checkpoints of bulk traces. */
export type TraceCheckpoints = WalkCheckpoints<TraceState, TraceLine>;

/** What is written down and taken up of a bulk trace. */
export interface TraceParts {
  readonly seeds: readonly SeedRequest[];
  readonly finder: SeedFinder;
  readonly notes: TraceNotes;
  readonly scan: TaintScan<OutputNote>;
  readonly rests: Rests;
  readonly clusters: ClusterWalk | null;
}

/** The state but for where the run is, what it has written and which labels it met. */
export function traceState({
  seeds,
  finder,
  notes,
  clusters,
}: TraceParts): Omit<TraceState, 'next' | 'coinsBytes' | 'labels'> {
  return {
    places: finder.places,
    seeded: notes.seeded.map(({ request, valueSat, height }) => [seeds.indexOf(request), valueSat, height]),
    matched: [...finder.matched].map((request) => seeds.indexOf(request)),
    gaps: notes.gaps,
    overlaps: notes.overlaps,
    clusters: clusters?.state ?? null,
  };
}

/** The engine between two blocks, as lines. */
export function* traceLines({ scan, rests, clusters }: TraceParts): Generator<TraceLine> {
  yield { kind: 'scan', nextOutput: scan.nextOutput };
  for (const { txid, vout, number, note } of scan.held()) {
    yield { kind: 'output', txid: Buffer.from(txid).toString('hex'), vout, number, note };
  }
  yield* stateLines(scan.visits);
  for (const [rule, rows] of rests.rows) for (const rest of rows) yield { kind: 'rest', rule, rest };
  if (clusters !== null) yield* clusters.lines();
}

/** Puts what was written down into a fresh run. */
export function restoreTrace(parts: TraceParts, state: TraceState, lines: Iterable<TraceLine>): void {
  const { seeds, finder, notes, scan, rests, clusters } = parts;
  finder.takeUp(state.places);
  for (const at of state.matched) finder.matched.add(seeds[at]);
  for (const [at, valueSat, height] of state.seeded) notes.seeded.push({ request: seeds[at], valueSat, height });
  notes.gaps.push(...state.gaps);
  notes.overlaps.push(...state.overlaps);
  for (const line of lines) {
    if (line.kind === 'scan') scan.nextOutput = line.nextOutput;
    else if (line.kind === 'output') {
      const { vout, number, note } = line;
      scan.hold({ txid: Buffer.from(line.txid, 'hex'), vout, number, note });
    } else if (line.kind === 'rest') rests.keep(line.rule, line.rest);
    else if (line.kind === 'page') clusters?.putLine(line);
    else restoreLine(scan.visits, line);
  }
}
