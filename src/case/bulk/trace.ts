/**
 * The verb `bulk trace`: taint from the block files of a node in one pass, without an index and without a case. Only what is tainted lives in
 * memory; input values come from undo files. The answer is the document of `trace`, and the same as if the blocks were ingested and traced.
 */
import {
  type BlockIndex,
  BlockReader,
  type FedBlock,
  type FeedKind,
  feedBlocks,
  loadKernel,
  parserFor,
  readerData,
} from '../../chain/bitcoin/bulk/index.ts';
import { ENGINE_VERSION, SpoorError } from '../../ledger/index.ts';
import type { CoverageDocument, GapRow, OverlapRow, TraceDocument } from '../../report/index.ts';
import { type SeedOverlap, scanPosition, TaintScan, type TraceValue } from '../../taint/index.ts';
import { sha256Hex } from '../context.ts';
import { runId } from '../run.ts';
import { heightOrDate } from '../subject.ts';
import { readPack } from '../tag/import.ts';
import { servicesAmong } from '../tag/tags.ts';
import { bookRow, GAP_DETAIL, overlapsOf } from '../trace/document.ts';
import { bookCount, LabelNumbers } from '../trace/labels.ts';
import { refuseUnreachable } from '../trace/limit-check.ts';
import { type SeedRequest, seedRows } from '../trace/seed.ts';
import { canonical, paramsOf, type TraceRequest } from '../trace/trace.ts';
import { type BulkOptions, openIndex } from './bulk.ts';
import { ListFile } from './list-file.ts';
import { refuseInBulk, startOfChain } from './refuse.ts';
import { type BlockSurroundings, Services, TraceBlock } from './trace-block.ts';
import {
  type CheckpointHead,
  dropCheckpoint,
  readCheckpointHead,
  restoreCheckpoint,
  writeCheckpoint,
} from './trace-checkpoint.ts';
import { type OutputNote, Rests } from './trace-rests.ts';
import { notFound, SeedFinder } from './trace-seeds.ts';

/** Everything a user may ask of a bulk trace. In `options`, `until` is the last height to read; in `request`, the limit on spends followed. */
export interface BulkTrace {
  readonly options: BulkOptions;
  readonly request: TraceRequest;
  /** Tag packs that say where services are. */
  readonly packs: readonly string[];
  /** First height to look at; no seed is older. */
  readonly fromHeight: number;
  /** File for the resting places, which are then not in the document; null keeps them there. */
  readonly coins: string | null;
  /** File for the state of the run; null keeps none. */
  readonly checkpoint: string | null;
  /** Blocks between two checkpoints. */
  readonly checkpointBlocks: number;
}

const RECENT_BLOCKS = 16;
/** Where taint moves in so many of the late blocks, workers read all undo records ahead. */
const UNDO_FROM = 0.3;

/** Runs a bulk trace. Throws NOT_FOUND for a seed that matches nothing, INTERRUPTED when the signal ends it early, and what reading throws. */
export async function bulkTrace(given: BulkTrace): Promise<TraceDocument> {
  refuseInBulk(given.request);
  const run = await BulkRun.open(given);
  await run.read();
  return run.document();
}

/** A bulk trace under way. */
class BulkRun {
  private readonly given: BulkTrace;
  private readonly index: BlockIndex;
  private readonly firstHeight: number;
  private readonly request: TraceRequest;
  private readonly untilHeight: number | null;
  private readonly inputs: string;
  private readonly around: BlockSurroundings;
  private readonly finder: SeedFinder;
  /** In the order of each label's earliest seed. */
  private readonly labels: LabelNumbers;
  private seeded: Array<{ request: SeedRequest; valueSat: number; height: number }> = [];
  private gaps: GapRow[] = [];
  private overlaps: Array<{ rule: string; row: OverlapRow }> = [];
  private readonly rests: Rests;
  private readonly scan: TaintScan<OutputNote>;
  private coins: ListFile | null = null;
  private next = 0;
  /** Share of late blocks in which taint moved: it decides who reads undo records, and nothing else. */
  private recentlyMet = 0;

  /** Looks at files and question, finds the named seeds, takes up a checkpoint. */
  static async open(given: BulkTrace): Promise<BulkRun> {
    const { options, checkpoint, fromHeight } = given;
    const index = openIndex(options);
    const firstHeight = startOfChain(index, options.folder);
    const head = checkpoint === null ? null : readCheckpointHead(checkpoint);
    const data = readerData(index, options.plain ? null : loadKernel());
    const reader = new BlockReader(data, 'whole', await parserFor(data));
    const run = new BulkRun(given, index, { head, reader, firstHeight });
    if (head === null || checkpoint === null) run.next = Math.min(fromHeight, index.blocks.length);
    else run.takeUp(head, checkpoint);
    // Only now: nothing of the user's is written to before the question has proved right.
    if (given.coins !== null) run.coins = run.rests.streamTo(new ListFile(given.coins, head?.coinsBytes ?? 0));
    return run;
  }

  private constructor(
    given: BulkTrace,
    index: BlockIndex,
    { head, reader, firstHeight }: { head: CheckpointHead | null; reader: BlockReader; firstHeight: number },
  ) {
    const { network } = index;
    const packs = given.packs.map((path) => readPack(path, network));
    const tags = given.request.stopAt.includes('service') ? packs.flatMap(({ pack }) => pack.tags) : [];
    this.given = given;
    this.index = index;
    this.firstHeight = firstHeight;
    this.request = canonical(given.request);
    this.untilHeight = heightOf(this.request.until);
    this.inputs = packs
      .map(({ sha256 }) => `pack ${sha256}`)
      .sort()
      .join('\n');
    const services = new Services(servicesAmong(tags), network);
    this.around = { reader, services, network, owners: this.request.stopAt.includes('coinjoin') };
    this.finder = new SeedFinder(this.request.seeds);
    this.labels = new LabelNumbers(this.request.maxLabels ?? null, head?.labels ?? []);
    const { rules, limits, conventions, stopAt } = this.request;
    const known = { network, labels: this.labels.booked, services: services.byAddress };
    this.rests = new Rests(rules, known);
    this.scan = new TaintScan<OutputNote>(
      {
        rules,
        labelCount: bookCount(this.request),
        limits: { ...limits, untilHeight: this.untilHeight },
        conventions,
        stopAtCoinjoin: stopAt.includes('coinjoin'),
      },
      (rule, placement, of) => this.rests.take(rule, placement, of),
    );
  }

  /** Reads block after block to the tip. */
  async read(): Promise<void> {
    const { options, checkpoint, fromHeight } = this.given;
    const { blocks } = this.index;
    while (this.next < blocks.length || this.finder.searching) {
      if (await this.readOn()) continue;
      if (options.signal?.aborted === true) break;
      if (!this.finder.searching) return;
      // No output of a named transaction was ever spent.
      await this.finder.hashAll(this.index, options, fromHeight);
      this.next = this.finder.firstBlock(fromHeight);
    }
    if (this.next >= blocks.length && !this.finder.searching) return;
    if (checkpoint !== null) this.writeDown(checkpoint);
    const hint =
      checkpoint === null ? 'with --checkpoint FILE it could go on from here' : 'the same command goes on from here';
    throw new SpoorError('INTERRUPTED', `stopped after ${this.next} of ${blocks.length} blocks`, {}, hint);
  }

  /** Feeds blocks from `next` on, to the tip or until aborted. True when it is to be called again, because a seed lies before the block at hand. */
  private async readOn(): Promise<boolean> {
    const { options, checkpoint, checkpointBlocks } = this.given;
    const { workers, plain, verify, signal, onProgress } = options;
    const wantsUndo = (): boolean => this.recentlyMet >= UNDO_FROM;
    const how = {
      kind: this.feedKind(),
      workers,
      plain,
      verify,
      from: this.next,
      wantsUndo,
      ...(signal && { signal }),
    };
    for await (const fed of feedBlocks(this.index, how)) {
      const { number } = fed;
      this.next = number;
      if (this.finder.searching) {
        if (this.searchIn(fed)) return true;
      } else this.take(fed);
      this.next = number + 1;
      onProgress?.(this.next, this.index.blocks.length);
      if (checkpoint !== null && this.next % checkpointBlocks === 0) this.writeDown(checkpoint);
    }
    return false;
  }

  /** Looks for the named transactions. Once all are found taint moves; a single one has moved nothing before this block, else it is begun anew. */
  private searchIn(fed: FedBlock): boolean {
    const { finder, around, given } = this;
    const { number, columns } = fed;
    finder.search({ number, columns, firstHeight: this.firstHeight, from: given.fromHeight }, around.reader);
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
    if (this.finder.watches && !this.finder.searching) return 'receipts';
    return this.around.owners ? 'payers' : 'spends';
  }

  /** Ends the scan. Throws NOT_FOUND for a seed that no block has. */
  document(): TraceDocument {
    const { request, index, labels, scan } = this;
    for (const one of request.seeds) {
      if (!this.finder.matched.has(one)) throw notFound(one.subject.text, this.given.fromHeight > 0);
    }
    const { value } = scan.finish();
    this.coins?.close();
    if (this.given.checkpoint !== null) dropCheckpoint(this.given.checkpoint);
    const params = paramsOf(request, labels, this.untilHeight);
    refuseUnreachable(params.limits, {
      firstHeight: this.seeded[0]?.height ?? null,
      largestSat: this.seeded.reduce((most, { valueSat }) => Math.max(most, valueSat), 0),
    });
    const seeds = seedRows(
      params,
      this.seeded.map((seed) => ({ ...seed, label: seed.request.label })),
    );
    const tip = { height: this.heightAt(index.blocks.length - 1), hash: this.hashAt(index.blocks.length - 1) };
    const inputs = `sha256:${sha256Hex(`${this.hashAt(0)}\n${tip.hash}\n${this.inputs}`)}`;
    const run = { verb: 'bulk trace', engine: ENGINE_VERSION, params: JSON.stringify(params), inputs };
    const id = runId({ ...run, tipHeight: tip.height, tipHash: tip.hash, seeds: JSON.stringify(seeds) });
    return {
      schema: 'spoor.trace/1',
      run: { id, engine: ENGINE_VERSION, chain: 'bitcoin', tip, params: { ...params }, inputs },
      seeds,
      rules: value.rules.map(({ rule, conserves, books, coarse }) => ({
        rule,
        conserves,
        books: books.map((book, label) => bookRow(labels.booked[label], book)),
        holdings: this.rests.holdings(rule),
        ...(coarse === undefined ? {} : { coarse }),
        ...overlapsOf(this.overlaps.flatMap((one) => (one.rule === rule ? [one.row] : []))),
      })),
      gaps: this.gaps,
      coverage: this.coverage(value.rules, tip),
    };
  }

  /** Every block up to the tip was read: what is held was unspent there. */
  private coverage(rules: TraceValue['rules'], tip: { height: number; hash: string }): CoverageDocument {
    const { heldOutputs } = this.rests;
    const held = rules
      .filter(({ conserves }) => conserves)
      .map(({ rule, books }) => [rule, String(books.reduce((sum, book) => sum + book.held, 0n))]);
    const who = { basis: 'blocks' as const, source: 'block files', host: null, tip, asOfSec: null };
    const rests = heldOutputs === 0 ? [] : [{ ...who, outputs: heldOutputs, held: Object.fromEntries(held) }];
    return { complete: true, heldOutputs, rests, seedAddresses: null, incomplete: [] };
  }

  private heightAt(number: number): number {
    return this.firstHeight + number;
  }

  private hashAt(number: number): string {
    return Buffer.from(this.index.blocks[number].hash).reverse().toString('hex');
  }

  /** Moves taint through one block. */
  private take({ number, columns, hasUndo }: FedBlock): void {
    const height = this.heightAt(number);
    const found = this.finder.inBlock(number, columns, height);
    for (const { request, valueSat } of found) this.seeded.push({ request, valueSat, height });
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
        this.overlaps.push({ rule: rule.name, row: this.overlapRow(block, one) });
      }
    });
    for (const gap of visits.gaps.slice(before.gaps)) {
      const subject = txidText(block, gap.tx);
      this.gaps.push({ kind: gap.kind, subject, detail: GAP_DETAIL[gap.kind], value: String(gap.valueSat) });
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

  /** Everything that decides the answer but the blocks. */
  private question(): string {
    const { seeds, ...rest } = this.request;
    const asked = seeds.map(({ label, subject }) => [label, subject.text]);
    const { fromHeight, coins } = this.given;
    return sha256Hex(
      JSON.stringify([ENGINE_VERSION, this.index.network, asked, rest, this.inputs, fromHeight, coins !== null]),
    );
  }

  private writeDown(file: string): void {
    const { seeds } = this.request;
    const head: CheckpointHead = {
      question: this.question(),
      next: this.next,
      lastHash: this.hashAt(this.next - 1),
      coinsBytes: this.coins?.flush() ?? 0,
      places: this.finder.places,
      labels: this.labels.met,
      seeded: this.seeded.map(({ request, valueSat, height }) => [seeds.indexOf(request), valueSat, height]),
      matched: [...this.finder.matched].map((request) => seeds.indexOf(request)),
      gaps: this.gaps,
      overlaps: this.overlaps,
    };
    writeCheckpoint(file, head, { scan: this.scan, rests: this.rests });
  }

  /** Goes on from a checkpoint. Throws USAGE for one of another question, HASH_MISMATCH where the chain has changed below it. */
  private takeUp(head: CheckpointHead, file: string): void {
    if (head.question !== this.question()) {
      const hint = 'take the file away, or ask what was asked when it was written';
      throw new SpoorError('USAGE', 'the checkpoint is of another question', { file }, hint);
    }
    if (this.index.blocks.length < head.next || this.hashAt(head.next - 1) !== head.lastHash) {
      const hint = 'the node has left the branch the checkpoint was on: take the file away to start from the beginning';
      throw new SpoorError('HASH_MISMATCH', 'the checkpoint ends at a block that is not in this chain', { file }, hint);
    }
    const { seeds } = this.request;
    this.next = head.next;
    this.finder.takeUp(head.places);
    for (const at of head.matched) this.finder.matched.add(seeds[at]);
    this.seeded = head.seeded.map(([at, valueSat, height]) => ({ request: seeds[at], valueSat, height }));
    this.gaps = [...head.gaps];
    this.overlaps = [...head.overlaps];
    restoreCheckpoint(file, { scan: this.scan, rests: this.rests });
  }
}

/** Txid in display order of a transaction of the block, named as scans do. */
function txidText(block: TraceBlock, tx: number): string {
  return Buffer.from(block.transaction(scanPosition(tx)).txid)
    .reverse()
    .toString('hex');
}

/** The height of `--until`. Throws USAGE for a date: the files are not searched for one. */
function heightOf(until: string | null): number | null {
  if (until === null) return null;
  const limit = heightOrDate(until, 'last');
  if ('height' in limit) return limit.height;
  throw new SpoorError('USAGE', '--until is a height here, not a date');
}
