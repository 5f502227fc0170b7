/**
 * Whole blocks of a range into a case, of either kind of chain: each follows the one below it; where the case and the source differ, the walk goes down to
 * where they agree, the case is rolled back to there, and the fetch goes on from the fork.
 */
import { SpoorError } from '../../ledger/index.ts';
import type { RollbackOutcome } from './reorg.ts';

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

/** Who hears of progress. */
export interface SyncListener {
  readonly onBlock?: (height: number, to: number, fetched: boolean) => void;
  readonly onReorganisation?: (met: Reorganisation) => void;
}

/** A source and a case that are brought together. Hashes are compared as texts. */
export interface SyncedChain {
  readonly host: string;
  /** Height of the source's best block, asked afresh. */
  tipHeight(): Promise<number>;
  /** Hash in the source's best chain, asked afresh, or null above its tip. */
  hashOf(height: number): Promise<string | null>;
  heldHash(height: number): string | null;
  /** Highest height of the case with a hash, up to a ceiling, or null. */
  heldHeight(ceiling: number): number | null;
  isWhole(height: number): boolean;
  rollback(height: number): RollbackOutcome;
  /** Brings one block in and returns null, or the hash of the one that fits neither what the case holds there nor what is below. */
  bring(height: number): Promise<string | null>;
}

/** A reorganisation deeper than a coinbase takes to mature has never been; a source that differs further down is of another chain. */
export const MAX_DEPTH = 100;
/** A source that changes its mind more often than this in one run is not to be followed. */
const MAX_REORGANISATIONS = 25;

/** One fetch of a range. */
export class BlockSync {
  private readonly chain: SyncedChain;
  private readonly range: BlockRange;
  private readonly listener: SyncListener;
  private readonly met: Reorganisation[] = [];
  private retries = 0;

  constructor(chain: SyncedChain, range: BlockRange, listener: SyncListener) {
    this.chain = chain;
    this.range = range;
    this.listener = listener;
  }

  /** Fetches. Throws what the source and the importer throw; blocks that came before stay in the case. */
  async run(): Promise<BlocksOutcome> {
    const counts = { fetched: 0, already: 0 };
    let to = await this.settledEnd();
    for (let height = this.start(); height <= to; height += 1) {
      const isHeld = this.chain.isWhole(height);
      if (isHeld || (await this.fetch(height))) {
        counts[isHeld ? 'already' : 'fetched'] += 1;
        this.listener.onBlock?.(height, to, !isHeld);
        continue;
      }
      to = await this.settledEnd();
      // What was rolled back is fetched again, from the first height of the range that is no longer whole.
      while (height > this.start() && !this.chain.isWhole(height - 1)) height -= 1;
      height -= 1;
    }
    return { from: this.range.from, to, ...counts, reorganisations: this.met };
  }

  /** First height to fetch: what was rolled back below the range is fetched again too. */
  start(): number {
    return Math.min(this.range.from, ...this.met.map(({ height }) => height + 1));
  }

  /** Last height to fetch. Before it is said, the case is brought to the chain of the source. Throws NOT_FOUND. */
  private async settledEnd(): Promise<number> {
    const { from, to, fromTip } = this.range;
    const tip = await this.chain.tipHeight();
    await this.agree(tip);
    const end = fromTip ? tip - to : to;
    if (end >= from) return end;
    throw new SpoorError('NOT_FOUND', `${this.chain.host} has its tip at height ${tip}: nothing to fetch`);
  }

  /** Brings one block in. False when the source was found to have changed its mind: what to fetch is to be settled again. */
  private async fetch(height: number): Promise<boolean> {
    const misfit = await this.chain.bring(height);
    return misfit === null || this.again(height, misfit);
  }

  /** The chain moved between two questions, or the source contradicts itself. Returns false. Throws SOURCES_DISAGREE for the latter. */
  private async again(height: number, hash: string): Promise<false> {
    const { chain } = this;
    this.retries += 1;
    if (this.retries > MAX_REORGANISATIONS) {
      throw new SpoorError('SOURCES_DISAGREE', `${chain.host} changes its chain faster than it can be followed`);
    }
    if (await this.agree(height)) return false;
    if ((await chain.hashOf(height)) !== hash) return false;
    throw new SpoorError(
      'SOURCES_DISAGREE',
      `${chain.host} says that block ${hash} is at height ${height} of its chain, but it does not follow ` +
        `block ${chain.heldHash(height - 1)}, which it says is at height ${height - 1}`,
      {},
      'nothing of it was kept; ask another source',
    );
  }

  /**
   * Walks down from a height to where case and source agree, and rolls the case back to there. False when they agree at once: what the case
   * holds above, the source may just not have yet. Throws SOURCES_DISAGREE when they differ too far down.
   */
  private async agree(ceiling: number): Promise<boolean> {
    const { chain } = this;
    let lowest: number | null = null;
    let differing = 0;
    for (let height = chain.heldHeight(ceiling); height !== null; height = chain.heldHeight(height - 1)) {
      if ((await chain.hashOf(height)) === chain.heldHash(height)) break;
      lowest = height;
      differing += 1;
      if (differing > MAX_DEPTH) throw this.tooDeep(height);
    }
    if (lowest === null) return false;
    const depth = (chain.heldHeight(Number.MAX_SAFE_INTEGER) ?? lowest) - lowest + 1;
    const met = { ...chain.rollback(lowest - 1), depth };
    this.met.push(met);
    this.listener.onReorganisation?.(met);
    return true;
  }

  private tooDeep(height: number): SpoorError {
    return new SpoorError(
      'SOURCES_DISAGREE',
      `${this.chain.host} has other blocks than the case at more than ${MAX_DEPTH} heights, down to ${height}`,
      {},
      'no reorganisation was ever so deep: this source is of another chain; nothing was changed',
    );
  }
}
