/** The answer of a bulk trace as the document of `trace`. */
import type { BlockIndex } from '../../chain/bitcoin/bulk/index.ts';
import type { GraphCounts } from '../../graph/index.ts';
import { ENGINE_VERSION } from '../../ledger/index.ts';
import type { CoverageDocument, GapRow, OverlapRow, TraceDocument } from '../../report/index.ts';
import type { TraceValue } from '../../taint/index.ts';
import { sha256Hex } from '../context.ts';
import { runId } from '../run.ts';
import { bookRow, overlapsOf } from '../trace/document.ts';
import type { LabelNumbers } from '../trace/labels.ts';
import { refuseUnreachable } from '../trace/limit-check.ts';
import { type SeedRequest, seedRows } from '../trace/seed.ts';
import { paramsOf, type TraceRequest } from '../trace/trace.ts';
import type { Rests } from './trace-rests.ts';

/** What a bulk trace notes on its way besides books and resting places. */
export interface TraceNotes {
  /** Outputs that seeds were found to be. */
  readonly seeded: Array<{ readonly request: SeedRequest; readonly valueSat: number; readonly height: number }>;
  readonly gaps: GapRow[];
  readonly overlaps: Array<{ readonly rule: string; readonly row: OverlapRow }>;
}

/** Clusters made in the same walk: of how many transactions and addresses, how many, and `digest` as `bulk clusters` has it. */
export interface ClusterTotals extends Pick<GraphCounts, 'transactions' | 'addresses' | 'clusters' | 'largestCluster'> {
  readonly digest: string;
}

/** A trace document, with clusters where they were asked for. */
export interface BulkTraceDocument extends TraceDocument {
  clusters?: ClusterTotals;
}

/** Everything a document is made of. */
export interface TraceFindings {
  readonly request: TraceRequest;
  readonly index: BlockIndex;
  readonly firstHeight: number;
  readonly untilHeight: number | null;
  /** Digests of the packs that were read, as text. */
  readonly packs: string;
  readonly labels: LabelNumbers;
  readonly rests: Rests;
  readonly notes: TraceNotes;
  readonly rules: TraceValue['rules'];
}

/** The document. Throws USAGE for limits under which no seed could be followed. */
export function bulkDocument(found: TraceFindings): TraceDocument {
  const { request, index, labels, notes, rests, rules } = found;
  const params = paramsOf(request, labels, found.untilHeight);
  refuseUnreachable(params.limits, {
    firstHeight: notes.seeded[0]?.height ?? null,
    largestSat: notes.seeded.reduce((most, { valueSat }) => Math.max(most, valueSat), 0),
  });
  const seeds = seedRows(
    params,
    notes.seeded.map((seed) => ({ ...seed, label: seed.request.label })),
  );
  const last = index.blocks.length - 1;
  const tip = { height: found.firstHeight + last, hash: hashAt(index, last) };
  const inputs = `sha256:${sha256Hex(`${hashAt(index, 0)}\n${tip.hash}\n${found.packs}`)}`;
  const run = { verb: 'bulk trace', engine: ENGINE_VERSION, params: JSON.stringify(params), inputs };
  const id = runId({ ...run, tipHeight: tip.height, tipHash: tip.hash, seeds: JSON.stringify(seeds) });
  return {
    schema: 'spoor.trace/1',
    run: { id, engine: ENGINE_VERSION, chain: 'bitcoin', tip, params: { ...params }, inputs },
    seeds,
    rules: rules.map(({ rule, conserves, books, coarse }) => ({
      rule,
      conserves,
      books: books.map((book, label) => bookRow(labels.booked[label], book)),
      holdings: rests.holdings(rule),
      ...(coarse === undefined ? {} : { coarse }),
      ...overlapsOf(notes.overlaps.flatMap((one) => (one.rule === rule ? [one.row] : []))),
    })),
    gaps: notes.gaps,
    coverage: coverage(rests, rules, tip),
  };
}

/** Every block up to the tip was read: what is held was unspent there. */
function coverage(
  { heldOutputs }: Rests,
  rules: TraceValue['rules'],
  tip: { height: number; hash: string },
): CoverageDocument {
  const held = rules
    .filter(({ conserves }) => conserves)
    .map(({ rule, books }) => [rule, String(books.reduce((sum, book) => sum + book.held, 0n))]);
  const who = { basis: 'blocks' as const, source: 'block files', host: null, tip, asOfSec: null };
  const rests = heldOutputs === 0 ? [] : [{ ...who, outputs: heldOutputs, held: Object.fromEntries(held) }];
  return { complete: true, heldOutputs, rests, seedAddresses: null, incomplete: [] };
}

function hashAt({ blocks }: BlockIndex, number: number): string {
  return Buffer.from(blocks[number].hash).reverse().toString('hex');
}
