/**
 * `fetch --blocks`: whole blocks of a range into the case, one store transaction each, so that a killed run goes on where it ended. Blocks that the case
 * holds whole are not asked for. Each block must follow the one below it; where the case and the source differ, the walk goes down to where they agree,
 * the case is rolled back to there, and the fetch goes on from the fork.
 */
import { type ChainSource, networkOfGenesis, type SourceTip, spoorBlockLine } from '../chain/bitcoin/index.ts';
import { type BlockHash, type Network, SpoorError } from '../ledger/index.ts';
import { type CaseStore, hashAt, hashedHeight, hasWholeBlock } from '../store/index.ts';
import { type CaseContext, caseNetwork, viewOf } from './context.ts';
import { blockCoverage, noteCoverage } from './coverage.ts';
import { ingestBody, ingestRead, readBody } from './ingest.ts';
import { type RollbackOutcome, rollback } from './reorg.ts';

/** Heights asked for, inclusive; `to` counts from the tip when `fromTip` is set: 0 is the tip itself. */
export interface BlockRange {
  readonly from: number;
  readonly to: number;
  readonly fromTip: boolean;
}

/** A reorganisation that was met: the height up to which case and source agree, and how many heights were rolled back. */
export interface Reorganisation extends RollbackOutcome {
  readonly depth: number;
}

/** What fetching blocks did. */
export interface BlocksOutcome {
  readonly from: number;
  readonly to: number;
  readonly fetched: number;
  /** Blocks of the range that the case held whole; nothing was asked about them but the hash of the topmost. */
  readonly already: number;
  readonly reorganisations: readonly Reorganisation[];
}

/** What is asked, and who hears of progress. */
export interface BlocksRequest {
  readonly range: BlockRange;
  readonly network: Network | null;
  readonly onBlock?: (height: number, to: number, fetched: boolean) => void;
  readonly onReorganisation?: (met: Reorganisation) => void;
}

/** A reorganisation deeper than a coinbase takes to mature has never been; a source that differs further down is of another chain. */
const MAX_DEPTH = 100;
/** A source that changes its mind more often than this in one run is not to be followed. */
const MAX_REORGANISATIONS = 25;

/** Reads `FROM..TO`; TO is a height, `tip` or `tip-N`. Throws USAGE. */
export function parseBlocks(text: string): BlockRange {
  const match = /^(\d{1,9})\.\.(?:(\d{1,9})|tip(?:-(\d{1,9}))?)$/.exec(text);
  const range =
    match === null
      ? null
      : { from: Number(match[1]), to: Number(match[2] ?? match[3] ?? 0), fromTip: match[2] === undefined };
  if (range !== null && (range.fromTip || range.to >= range.from)) return range;
  throw new SpoorError(
    'USAGE',
    `--blocks ${text} is no range of blocks`,
    {},
    'write FROM..TO with heights; TO may be tip, or tip-6 to stay six blocks below it',
  );
}

/** Fetches a range of blocks. Throws what the source and the importer throw; blocks that came before stay in the case. */
export async function fetchBlocks(
  context: CaseContext,
  source: ChainSource,
  request: BlocksRequest,
): Promise<BlocksOutcome> {
  const network = await networkFor(context, source, request.network);
  const sync = new Sync({ ...context, network, view: viewOf(context.store, network) }, source, request);
  return sync.run();
}

/** The network the source is on, by the hash of its first block. Throws USAGE when case or user say another. */
async function networkFor({ store }: CaseContext, source: ChainSource, asked: Network | null): Promise<Network> {
  const first = await source.blockHash(0);
  const found = networkOfGenesis(first);
  if (found === null)
    throw new SpoorError('USAGE', `${source.host} is on no known network: its first block is ${first}`);
  if (asked !== null && asked !== found)
    throw new SpoorError('USAGE', `${source.host} is on ${found}, not on ${asked}`, {}, 'leave --network out');
  return caseNetwork(store, found);
}

class Sync {
  private readonly context: CaseContext;
  private readonly source: ChainSource;
  private readonly request: BlocksRequest;
  private readonly met: Reorganisation[] = [];
  private retries = 0;
  private tip: SourceTip | null = null;

  constructor(context: CaseContext, source: ChainSource, request: BlocksRequest) {
    this.context = context;
    this.source = source;
    this.request = request;
  }

  private get store(): CaseStore {
    return this.context.store;
  }

  async run(): Promise<BlocksOutcome> {
    const counts = { fetched: 0, already: 0 };
    let to = await this.settledEnd();
    for (let height = this.start(); height <= to; height += 1) {
      const isHeld = hasWholeBlock(this.store, height);
      if (isHeld || (await this.fetch(height))) {
        counts[isHeld ? 'already' : 'fetched'] += 1;
        this.request.onBlock?.(height, to, !isHeld);
        continue;
      }
      to = await this.settledEnd();
      // What was rolled back is fetched again, from the first height of the range that is no longer whole.
      while (height > this.start() && !hasWholeBlock(this.store, height - 1)) height -= 1;
      height -= 1;
    }
    const { from } = this.request.range;
    noteCoverage(
      this.context,
      blockCoverage(this.source, { fromHeight: this.start(), toHeight: to, tip: this.tip, asOfSec: null }),
    );
    return { from, to, ...counts, reorganisations: this.met };
  }

  /** First height to fetch: what was rolled back below the range is fetched again too. */
  private start(): number {
    return Math.min(this.request.range.from, ...this.met.map(({ height }) => height + 1));
  }

  /** Last height to fetch. Before it is said, the case is brought to the chain of the source. Throws NOT_FOUND. */
  private async settledEnd(): Promise<number> {
    const { from, to, fromTip } = this.request.range;
    const tip = await this.source.tip();
    this.tip = tip;
    await this.agree(tip.height);
    const end = fromTip ? tip.height - to : to;
    if (end >= from) return end;
    throw new SpoorError('NOT_FOUND', `${this.source.host} has its tip at height ${tip.height}: nothing to fetch`);
  }

  /** Brings one block in. False when the source was found to have changed its mind: what to fetch is to be settled again. */
  private async fetch(height: number): Promise<boolean> {
    const { store, source } = this;
    const { network } = this.context;
    const hash = await source.blockHash(height);
    const held = hashAt(store, height);
    if (held !== null && held !== hash) return this.again(height, hash);
    const body = { ...(await source.block(hash)), network };
    const parsed = readBody(body);
    const [first] = parsed.blocks;
    const parent = hashAt(store, height - 1);
    const isLost = first === undefined;
    if (isLost || (parent !== null && first.block.prevHash !== parent)) return this.again(height, hash);
    if (first.block.height !== null && first.block.height !== height) {
      throw new SpoorError(
        'SOURCES_DISAGREE',
        `${source.host} gives block ${hash} for height ${height}; the block says height ${first.block.height}`,
      );
    }
    if (first.block.height === null && parent === null && height > 0) this.anchor(height, hash);
    ingestRead(store, parsed, network);
    return true;
  }

  /** Raw blocks of before BIP 34 tell no height; where no link leads to one, what the source says of it is recorded beside them. */
  private anchor(height: number, hash: BlockHash): void {
    const { network } = this.context;
    const unsaid = { prevHash: null, merkleRoot: null, timestampSec: null, transactionCount: null };
    const bytes = Buffer.from(`${spoorBlockLine({ hash, height, ...unsaid })}\n`);
    ingestBody(this.store, { name: `height of block ${hash}.jsonl`, bytes, format: 'spoor', network });
  }

  /** The chain moved between two questions, or the source contradicts itself. Returns false. Throws SOURCES_DISAGREE for the latter. */
  private async again(height: number, hash: BlockHash): Promise<false> {
    const { source, store } = this;
    this.retries += 1;
    if (this.retries > MAX_REORGANISATIONS) {
      throw new SpoorError('SOURCES_DISAGREE', `${source.host} changes its chain faster than it can be followed`);
    }
    if (await this.agree(height)) return false;
    if ((await hashOrNull(source, height)) !== hash) return false;
    throw new SpoorError(
      'SOURCES_DISAGREE',
      `${source.host} says that block ${hash} is at height ${height} of its chain, but it does not follow ` +
        `block ${hashAt(store, height - 1)}, which it says is at height ${height - 1}`,
      {},
      'nothing of it was kept; ask another source',
    );
  }

  /**
   * Walks down from a height to where case and source agree, and rolls the case back to there. False when they agree at once: what the case
   * holds above, the source may just not have yet. Throws SOURCES_DISAGREE when they differ too far down.
   */
  private async agree(ceiling: number): Promise<boolean> {
    let lowest: number | null = null;
    let differing = 0;
    for (
      let height = hashedHeight(this.store, ceiling);
      height !== null;
      height = hashedHeight(this.store, height - 1)
    ) {
      if ((await hashOrNull(this.source, height)) === hashAt(this.store, height)) break;
      lowest = height;
      differing += 1;
      if (differing > MAX_DEPTH) throw this.tooDeep(height);
    }
    if (lowest === null) return false;
    const depth = (hashedHeight(this.store, Number.MAX_SAFE_INTEGER) ?? lowest) - lowest + 1;
    const met = { ...rollback(this.context, lowest - 1), depth };
    this.met.push(met);
    this.request.onReorganisation?.(met);
    return true;
  }

  private tooDeep(height: number): SpoorError {
    return new SpoorError(
      'SOURCES_DISAGREE',
      `${this.source.host} has other blocks than the case at more than ${MAX_DEPTH} heights, down to ${height}`,
      {},
      'no reorganisation was ever so deep: this source is of another chain; nothing was changed',
    );
  }
}

/** Hash at a height, or null where the source's chain does not reach it any more. */
async function hashOrNull(source: ChainSource, height: number): Promise<BlockHash | null> {
  try {
    return await source.blockHash(height);
  } catch (error) {
    if (error instanceof SpoorError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
