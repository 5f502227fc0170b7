/**
 * The verb `bulk trace`: taint from the block files of a node in one pass, without an index and without a case. Only what is tainted lives in
 * memory; input values come from undo files. The answer is the document of `trace`, and the same as if the blocks were ingested and traced.
 */
import {
  type BlockColumns,
  type BlockIndex,
  COLUMN_UNSPENDABLE,
  feedBlocks,
  hashTransaction,
} from '../../chain/bitcoin/bulk/index.ts';
import { checkAddress, subsidySat } from '../../chain/bitcoin/index.ts';
import { ENGINE_VERSION, isDeadCoinbase, type Network, SpoorError } from '../../ledger/index.ts';
import type { CoverageDocument, GapRow, OverlapRow, TraceDocument } from '../../report/index.ts';
import type { Tag } from '../../tag/index.ts';
import { type ScanBlock, type SeedOverlap, scanPosition, TaintScan, type TraceValue } from '../../taint/index.ts';
import { sha256Hex } from '../context.ts';
import { bookRow, GAP_DETAIL, overlapsOf } from '../document.ts';
import { bookCount, LabelNumbers } from '../labels.ts';
import { refuseUnreachable } from '../limit-check.ts';
import { readPack, servicesAmong } from '../tags.ts';
import { canonical, paramsOf, parseUntil, runId, type SeedRequest, seedRows, type TraceRequest } from '../trace.ts';
import { type BulkOptions, openIndex } from './bulk.ts';
import { ListFile } from './list-file.ts';
import { refuseInBulk } from './refuse.ts';
import {
  type CheckpointHead,
  dropCheckpoint,
  readCheckpointHead,
  restoreCheckpoint,
  writeCheckpoint,
} from './trace-checkpoint.ts';
import { type OutputNote, Rests } from './trace-rests.ts';
import { type FoundSeed, notFound, SeedFinder } from './trace-seeds.ts';

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

const TXID_BYTES = 32;

/** Services as scripts, so that an output is compared and not turned into an address. */
class Services {
  readonly byAddress: ReadonlyMap<string, Tag>;
  private readonly scripts = new Set<string>();
  private readonly lengths = new Set<number>();

  constructor(byAddress: ReadonlyMap<string, Tag>, network: Network) {
    this.byAddress = byAddress;
    for (const address of byAddress.keys()) {
      const script = checkAddress(address, network).scriptPubKey;
      this.scripts.add(Buffer.from(script).toString('latin1'));
      this.lengths.add(script.length);
    }
  }

  has(columns: BlockColumns, output: number): boolean {
    return this.lengths.has(columns.outputScript[2 * output + 1]) && this.scripts.has(scriptText(columns, output));
  }
}

function scriptText({ bytes, outputScript }: BlockColumns, output: number): string {
  const place = outputScript[2 * output];
  return Buffer.from(bytes.buffer, bytes.byteOffset + place, outputScript[2 * output + 1]).toString('latin1');
}

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
  private readonly request: TraceRequest;
  private readonly untilHeight: number | null;
  private readonly inputs: string;
  private readonly services: Services;
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
  private readonly hashed = { block: -1, position: -1, txid: Buffer.alloc(TXID_BYTES) };

  /** Looks at files and question, finds the named seeds, takes up a checkpoint. */
  static async open(given: BulkTrace): Promise<BulkRun> {
    const { options, checkpoint, fromHeight } = given;
    const index = openIndex(options);
    if (index.firstHeight === null) {
      const hint = 'a pruned node has no such folder; spoor ingest reads single files';
      throw new SpoorError(
        'INCOMPLETE',
        'the blocks do not start at the first of their chain',
        { file: options.folder },
        hint,
      );
    }
    const head = checkpoint === null ? null : readCheckpointHead(checkpoint);
    const run = new BulkRun(given, index, head);
    if (head === null || checkpoint === null) {
      await run.finder.locate(index, options, fromHeight);
      run.next = Math.min(run.finder.firstBlock(fromHeight), index.blocks.length);
    } else run.takeUp(head, checkpoint);
    // Only now: nothing of the user's is written to before the question has proved right.
    if (given.coins !== null) run.coins = run.rests.streamTo(new ListFile(given.coins, head?.coinsBytes ?? 0));
    return run;
  }

  private constructor(given: BulkTrace, index: BlockIndex, head: CheckpointHead | null) {
    const { network } = index;
    const packs = given.packs.map((path) => readPack(path, network));
    const tags = given.request.stopAt.includes('service') ? packs.flatMap(({ pack }) => pack.tags) : [];
    this.given = given;
    this.index = index;
    this.request = canonical(given.request);
    this.untilHeight = heightOf(this.request.until);
    this.inputs = packs
      .map(({ sha256 }) => `pack ${sha256}`)
      .sort()
      .join('\n');
    this.services = new Services(servicesAmong(tags), network);
    this.finder = new SeedFinder(this.request.seeds);
    this.labels = new LabelNumbers(this.request.maxLabels ?? null, head?.labels ?? []);
    const { rules, limits, conventions, stopAt } = this.request;
    const known = { network, labels: this.labels.booked, services: this.services.byAddress };
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
    const { options, checkpoint, checkpointBlocks } = this.given;
    const { workers, plain, verify, signal, onProgress } = options;
    const { blocks } = this.index;
    const how = { kind: 'trace', workers, plain, verify, from: this.next, ...(signal && { signal }) } as const;
    for await (const { number, columns } of feedBlocks(this.index, how)) {
      this.next = number;
      this.take(number, columns);
      this.next = number + 1;
      onProgress?.(this.next, blocks.length);
      if (checkpoint !== null && this.next % checkpointBlocks === 0) this.writeDown(checkpoint);
    }
    if (this.next >= blocks.length) return;
    if (checkpoint !== null) this.writeDown(checkpoint);
    const hint =
      checkpoint === null ? 'with --checkpoint FILE it could go on from here' : 'the same command goes on from here';
    throw new SpoorError('INTERRUPTED', `stopped after ${this.next} of ${blocks.length} blocks`, {}, hint);
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
    return (this.index.firstHeight ?? 0) + number;
  }

  private hashAt(number: number): string {
    return Buffer.from(this.index.blocks[number].hash).reverse().toString('hex');
  }

  /** Moves taint through one block. */
  private take(number: number, columns: BlockColumns): void {
    const height = this.heightAt(number);
    const found = this.finder.inBlock(number, columns, height);
    for (const { request, valueSat } of found) this.seeded.push({ request, valueSat, height });
    const { visits } = this.scan;
    const before = visits.gaps.length;
    const overlapsBefore = visits.ledgers.map(({ overlaps }) => overlaps.length);
    this.scan.scan(this.blockOf(columns, height, found));
    visits.ledgers.forEach(({ rule, overlaps }, at) => {
      for (const one of overlaps.slice(overlapsBefore[at])) {
        this.overlaps.push({ rule: rule.name, row: this.overlapRow(columns, one) });
      }
    });
    for (const gap of this.scan.visits.gaps.slice(before)) {
      const subject = this.txidText(columns, scanPosition(gap.tx));
      this.gaps.push({ kind: gap.kind, subject, detail: GAP_DETAIL[gap.kind], value: String(gap.valueSat) });
    }
  }

  private overlapRow(columns: BlockColumns, { tx, vout, label, valueSat, kept }: SeedOverlap): OverlapRow {
    const { booked } = this.labels;
    return {
      label: booked[label],
      outpoint: `${this.txidText(columns, scanPosition(tx))}:${vout}`,
      value: String(valueSat),
      kept: Object.fromEntries(kept.map(([other, amountSat]) => [booked[other], String(amountSat)])),
    };
  }

  private blockOf(columns: BlockColumns, height: number, found: readonly FoundSeed[]): ScanBlock<OutputNote> {
    const { services, index } = this;
    if (found.some(({ position }) => position === 0) && isDeadCoinbase(this.txidText(columns, 0), height)) {
      columns.outputFlags.fill(COLUMN_UNSPENDABLE, 0, columns.firstOutput[1]);
    }
    return {
      height,
      columns,
      subsidySat: subsidySat(height, index.network),
      seeds: found.map(({ position, vout, request }) => ({
        position,
        vout,
        label: this.labels.numberOf(request.label),
      })),
      txid: (position) => this.txidOf(columns, position),
      isService: (output) => services.has(columns, output),
      note: (_, output) => scriptText(columns, output),
    };
  }

  /** Txid of a transaction in internal order, hashed once while it is visited. */
  private txidOf(columns: BlockColumns, position: number): Buffer {
    const { hashed } = this;
    if (hashed.block !== this.next || hashed.position !== position) {
      hashTransaction(columns, position, hashed.txid, 0);
      hashed.block = this.next;
      hashed.position = position;
    }
    return hashed.txid;
  }

  private txidText(columns: BlockColumns, position: number): string {
    return Buffer.from(this.txidOf(columns, position)).reverse().toString('hex');
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
    this.finder.places = [...head.places];
    for (const at of head.matched) this.finder.matched.add(seeds[at]);
    this.seeded = head.seeded.map(([at, valueSat, height]) => ({ request: seeds[at], valueSat, height }));
    this.gaps = [...head.gaps];
    this.overlaps = [...head.overlaps];
    restoreCheckpoint(file, { scan: this.scan, rests: this.rests });
  }
}

/** The height of `--until`. Throws USAGE for a date: the files are not searched for one. */
function heightOf(until: string | null): number | null {
  if (until === null) return null;
  const limit = parseUntil(until);
  if ('height' in limit) return limit.height;
  throw new SpoorError('USAGE', '--until is a height here, not a date');
}
