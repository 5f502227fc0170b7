/**
 * The verb `bulk trace`: taint from the block files of a node in one pass, without an index and without a case. Only what is tainted lives in
 * memory; input values come from undo files. The answer is the document of `trace`, and the same as if the blocks were ingested and traced. The same
 * walk can make the clusters of `bulk clusters`.
 */
import { type FedBlock, type FeedKind, feedBlocks } from '../../chain/bitcoin/bulk/index.ts';
import type { OverlapRow } from '../../report/index.ts';
import { type SeedOverlap, scanPosition, TaintScan } from '../../taint/index.ts';
import { GAP_DETAIL } from '../trace/document.ts';
import { bookCount, LabelNumbers } from '../trace/labels.ts';
import { keeperOf, type WalkKeeper, type WalkSnapshot } from './checkpoint.ts';
import { ClusterWalk } from './clusters.ts';
import { ListFile } from './list-file.ts';
import { refuseInBulk } from './refuse.ts';
import { type BlockSurroundings, TraceBlock } from './trace-block.ts';
import {
  restoreTrace,
  type TraceLine,
  type TraceParts,
  type TraceState,
  traceLines,
  traceState,
} from './trace-checkpoint.ts';
import { type BulkTraceDocument, bulkDocument, type ClusterTotals, type TraceNotes } from './trace-document.ts';
import { type BulkTrace, openQuestion, type TraceQuestion } from './trace-question.ts';
import { type OutputNote, Rests } from './trace-rests.ts';
import { notFound, SeedFinder } from './trace-seeds.ts';

const RECENT_BLOCKS = 16;
/** Where taint moves in so many of the late blocks, workers read all undo records ahead. */
const UNDO_FROM = 0.3;

/**
 * Runs a bulk trace. Throws NOT_FOUND for a seed that matches nothing, INTERRUPTED when the signal ends it early, INCOMPLETE for missing undo records, and
 * what reading throws.
 */
export async function bulkTrace(given: BulkTrace): Promise<BulkTraceDocument> {
  refuseInBulk(given.request);
  const run = await BulkRun.open(given);
  try {
    await run.read();
    return run.document();
  } finally {
    run.close();
  }
}

/** A bulk trace under way. */
class BulkRun {
  private readonly given: BulkTrace;
  private readonly opened: TraceQuestion;
  private readonly around: BlockSurroundings;
  private readonly finder: SeedFinder;
  /** In the order of each label's earliest seed. */
  private readonly labels: LabelNumbers;
  private readonly notes: TraceNotes = { seeded: [], gaps: [], overlaps: [] };
  private readonly rests: Rests;
  private readonly scan: TaintScan<OutputNote>;
  private readonly keeper: WalkKeeper;
  private coins: ListFile | null = null;
  private clusters: ClusterWalk | null = null;
  private next = 0;
  /** Share of late blocks in which taint moved: it decides who reads undo records, and nothing else. */
  private recentlyMet = 0;

  /** Looks at files and question, takes up a checkpoint. */
  static async open(given: BulkTrace): Promise<BulkRun> {
    const run = new BulkRun(given, await openQuestion(given));
    const { index, checkpoints, kept } = run.opened;
    run.next = kept?.next ?? Math.min(given.fromHeight, index.blocks.length);
    // Only now: nothing of the user's is written to before the question has proved right.
    if (given.coins !== null) run.coins = run.rests.streamTo(new ListFile(given.coins, kept?.coinsBytes ?? 0));
    if (given.clusters !== null) run.clusters = await ClusterWalk.open(index, given.clusters, kept?.clusters ?? null);
    if (kept !== null && checkpoints !== null) restoreTrace(run.parts, kept, checkpoints.lines());
    return run;
  }

  private constructor(given: BulkTrace, opened: TraceQuestion) {
    const { index, request, reader, services, untilHeight, kept } = opened;
    const { network } = index;
    const { rules, limits, conventions, stopAt } = request;
    this.given = given;
    this.opened = opened;
    this.around = { reader, services, network, owners: stopAt.includes('coinjoin') };
    this.finder = new SeedFinder(request.seeds);
    this.keeper = keeperOf(opened.checkpoints, () => this.snapshot);
    this.labels = new LabelNumbers(request.maxLabels ?? null, kept?.labels ?? []);
    const known = { network, labels: this.labels.booked, services: services.byAddress };
    this.rests = new Rests(rules, known);
    this.scan = new TaintScan<OutputNote>(
      {
        rules,
        labelCount: bookCount(request),
        limits: { ...limits, untilHeight },
        conventions,
        stopAtCoinjoin: stopAt.includes('coinjoin'),
      },
      (rule, placement, of) => this.rests.take(rule, placement, of),
    );
  }

  /** Reads block after block to the tip. Throws INTERRUPTED. */
  async read(): Promise<void> {
    const { options, fromHeight } = this.given;
    const { index } = this.opened;
    while (this.isUnread) {
      if (await this.readOn()) continue;
      if (options.signal?.aborted === true) break;
      if (!this.finder.searching) continue;
      // No output of a named transaction was ever spent.
      await this.finder.hashAll(index, options, fromHeight);
      this.next = this.finder.firstBlock(fromHeight);
    }
    if (!this.isUnread) return;
    throw this.keeper.stopped(this.next, index.blocks.length);
  }

  private get isUnread(): boolean {
    const { length } = this.opened.index.blocks;
    return this.next < length || this.finder.searching || (this.clusters !== null && this.clusters.next < length);
  }

  /** Feeds blocks from where taint or clusters are, to the tip or until aborted. True when it is to be called again, because a seed lies before the block at hand. */
  private async readOn(): Promise<boolean> {
    const { workers, plain, verify, signal, onProgress } = this.given.options;
    const { index } = this.opened;
    const wantsUndo = (): boolean => this.recentlyMet >= UNDO_FROM;
    const from = Math.min(this.next, this.clusters?.next ?? this.next);
    const how = { kind: this.feedKind(), workers, plain, verify, from, wantsUndo, ...(signal && { signal }) };
    for await (const fed of feedBlocks(index, how)) {
      const { number } = fed;
      // Once: what is read again for the seeds is not added again.
      if (this.clusters?.next === number) this.clusters.take(fed.columns);
      if (number >= this.next) {
        this.next = number;
        if (this.finder.searching) {
          if (this.searchIn(fed)) return true;
        } else this.take(fed);
        this.next = number + 1;
      }
      onProgress?.(number + 1, index.blocks.length);
      this.keeper.passed(number + 1);
    }
    return false;
  }

  /** Looks for the named transactions. Once all are found taint moves; a single one has moved nothing before this block, else it is begun anew. */
  private searchIn(fed: FedBlock): boolean {
    const { finder, around, given, opened } = this;
    const { number, columns } = fed;
    finder.search({ number, columns, firstHeight: opened.firstHeight, from: given.fromHeight }, around.reader);
    if (finder.searching) return false;
    if (finder.watches || finder.places.length > 1) {
      this.next = finder.firstBlock(given.fromHeight);
      return true;
    }
    const { block } = finder.places[0];
    if (block < number) this.take({ number: block, columns: around.reader.read(block), hasUndo: true });
    this.take(fed);
    return false;
  }

  private feedKind(): FeedKind {
    if (this.clusters !== null && this.clusters.next < this.opened.index.blocks.length) return 'full';
    if (this.finder.watches && !this.finder.searching) return 'receipts';
    return this.around.owners ? 'payers' : 'spends';
  }

  /** Ends the scan, writes the lists and takes the checkpoint away. Throws NOT_FOUND for a seed that no block has. */
  document(): BulkTraceDocument {
    const { scan, labels, rests, notes } = this;
    const { request, index, firstHeight, untilHeight, packs, checkpoints } = this.opened;
    for (const one of request.seeds) {
      if (!this.finder.matched.has(one)) throw notFound(one.subject.text, this.given.fromHeight > 0);
    }
    const { rules } = scan.finish().value;
    const document = bulkDocument({ request, index, firstHeight, untilHeight, packs, labels, rests, notes, rules });
    this.coins?.flush();
    const clusters = this.clusterTotals();
    checkpoints?.drop();
    return clusters === null ? document : { ...document, clusters };
  }

  private clusterTotals(): ClusterTotals | null {
    if (this.clusters === null) return null;
    const { transactions, addresses, clusters, largestCluster, digest } = this.clusters.finish(this.given.options);
    return { transactions, addresses, clusters, largestCluster, digest };
  }

  /** Closes what the run writes. */
  close(): void {
    this.coins?.close();
    this.clusters?.close(this.opened.checkpoints !== null);
  }

  /** Moves taint through one block. */
  private take({ number, columns, hasUndo }: FedBlock): void {
    const height = this.opened.firstHeight + number;
    const found = this.finder.inBlock(number, columns, height);
    for (const { request, valueSat } of found) this.notes.seeded.push({ request, valueSat, height });
    const seeds = found.map(({ position, vout, request }) => ({
      position,
      vout,
      label: this.labels.numberOf(request.label),
    }));
    const block = new TraceBlock(this.around, { number, height, columns, hasUndo, seeds });
    const { visits } = this.scan;
    const before = { gaps: visits.gaps.length, visited: visits.visited };
    const overlapsBefore = visits.ledgers.map(({ overlaps }) => overlaps.length);
    this.scan.scan(block);
    this.recentlyMet += ((visits.visited > before.visited ? 1 : 0) - this.recentlyMet) / RECENT_BLOCKS;
    visits.ledgers.forEach(({ rule, overlaps }, at) => {
      for (const one of overlaps.slice(overlapsBefore[at])) {
        this.notes.overlaps.push({ rule: rule.name, row: this.overlapRow(block, one) });
      }
    });
    for (const gap of visits.gaps.slice(before.gaps)) {
      const subject = txidText(block, gap.tx);
      this.notes.gaps.push({ kind: gap.kind, subject, detail: GAP_DETAIL[gap.kind], value: String(gap.valueSat) });
    }
  }

  private overlapRow(block: TraceBlock, { tx, vout, label, valueSat, kept }: SeedOverlap): OverlapRow {
    const { booked } = this.labels;
    return {
      label: booked[label],
      outpoint: `${txidText(block, tx)}:${vout}`,
      value: String(valueSat),
      kept: Object.fromEntries(kept.map(([other, amountSat]) => [booked[other], String(amountSat)])),
    };
  }

  private get parts(): TraceParts {
    const { finder, notes, scan, rests, clusters } = this;
    return { seeds: this.opened.request.seeds, finder, notes, scan, rests, clusters };
  }

  private get snapshot(): WalkSnapshot<TraceState, TraceLine> {
    const { parts, next, labels, finder, clusters } = this;
    const coinsBytes = this.coins?.flush() ?? 0;
    const state = { ...traceState(parts), next, coinsBytes, labels: labels.met };
    // Clusters may be, and seeds may have been found, beyond the block that taint has got to.
    const seen = [next, clusters?.next ?? 0, ...finder.places.map(({ block }) => block + 1)];
    return { blocks: Math.max(...seen), state, lines: traceLines(parts) };
  }
}

/** Txid in display order of a transaction of the block, named as scans do. */
function txidText(block: TraceBlock, tx: number): string {
  return Buffer.from(block.transaction(scanPosition(tx)).txid)
    .reverse()
    .toString('hex');
}
