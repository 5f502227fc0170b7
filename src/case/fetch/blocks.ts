/**
 * `fetch --blocks` on Bitcoin: whole blocks of a range into the case, one store transaction each, so that a killed run goes on where it ended. Blocks that the
 * case holds whole are not asked for (block-sync.ts).
 */
import { type ChainSource, networkOfGenesis, type SourceTip, spoorBlockLine } from '../../chain/bitcoin/index.ts';
import { type BlockHash, type Network, SpoorError } from '../../ledger/index.ts';
import { hashAt, hashedHeight, hasWholeBlock } from '../../store/index.ts';
import { type CaseContext, caseNetwork, viewOf } from '../context.ts';
import { blockCoverage, noteCoverage } from '../ingest/coverage.ts';
import { ingestBody, ingestRead, readBody } from '../ingest/ingest.ts';
import { type BlockRange, BlockSync, type BlocksOutcome, type SyncedChain, type SyncListener } from './block-sync.ts';
import { type RollbackOutcome, rollback } from './reorg.ts';

/** What is asked, and who hears of progress. */
export interface BlocksRequest extends SyncListener {
  readonly range: BlockRange;
  readonly network: Network | null;
}

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
  const own = { ...context, network, view: viewOf(context.store, network) };
  const chain = new BitcoinChain(own, source);
  const sync = new BlockSync(chain, request.range, request);
  const outcome = await sync.run();
  noteCoverage(
    own,
    blockCoverage(source, { fromHeight: sync.start(), toHeight: outcome.to, tip: chain.tip, asOfSec: null }),
  );
  return outcome;
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

class BitcoinChain implements SyncedChain {
  private readonly context: CaseContext;
  private readonly source: ChainSource;
  tip: SourceTip | null = null;

  constructor(context: CaseContext, source: ChainSource) {
    this.context = context;
    this.source = source;
  }

  get host(): string {
    return this.source.host;
  }

  async tipHeight(): Promise<number> {
    this.tip = await this.source.tip();
    return this.tip.height;
  }

  hashOf(height: number): Promise<BlockHash | null> {
    return hashOrNull(this.source, height);
  }

  heldHash(height: number): string | null {
    return hashAt(this.context.store, height);
  }

  heldHeight(ceiling: number): number | null {
    return hashedHeight(this.context.store, ceiling);
  }

  isWhole(height: number): boolean {
    return hasWholeBlock(this.context.store, height);
  }

  rollback(height: number): RollbackOutcome {
    return rollback(this.context, height);
  }

  async bring(height: number): Promise<string | null> {
    const { source } = this;
    const { network, store } = this.context;
    const hash = await source.blockHash(height);
    const held = hashAt(store, height);
    if (held !== null && held !== hash) return hash;
    const body = { ...(await source.block(hash)), network };
    const parsed = readBody(body);
    const [first] = parsed.blocks;
    const parent = hashAt(store, height - 1);
    const isLost = first === undefined;
    if (isLost || (parent !== null && first.block.prevHash !== parent)) return hash;
    if (first.block.height !== null && first.block.height !== height) {
      throw new SpoorError(
        'SOURCES_DISAGREE',
        `${source.host} gives block ${hash} for height ${height}; the block says height ${first.block.height}`,
      );
    }
    if (first.block.height === null && parent === null && height > 0) this.anchor(height, hash);
    ingestRead(store, parsed, network);
    return null;
  }

  /** Raw blocks of before BIP 34 tell no height; where no link leads to one, what the source says of it is recorded beside them. */
  private anchor(height: number, hash: BlockHash): void {
    const { network, store } = this.context;
    const unsaid = { prevHash: null, merkleRoot: null, timestampSec: null, transactionCount: null };
    const bytes = Buffer.from(`${spoorBlockLine({ hash, height, ...unsaid })}\n`);
    ingestBody(store, { name: `height of block ${hash}.jsonl`, bytes, format: 'spoor', network });
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
