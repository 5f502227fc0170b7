/**
 * A walk over block files written down between two blocks, so that a stopped one goes on from there. JSON lines with a digest at the end, written beside
 * the old file and put in its place whole, so that a killed process leaves one of the two. What the lines say is the walk's own.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { BlockIndex } from '../../chain/bitcoin/bulk/index.ts';
import { ENGINE_VERSION, SpoorError } from '../../ledger/index.ts';
import { fileLines } from './list-file.ts';

const SCHEMA = 'spoor.bulk-checkpoint/3';
const BATCH_CHARACTERS = 1 << 20;

/** Where a walk is written down, and after how many blocks each time. */
export interface CheckpointPlace {
  readonly file: string;
  readonly everyBlocks: number;
}

/** A line of a walk's own; `head` and `end` are taken. */
export interface CheckpointLine {
  readonly kind: string;
}

interface Head<State> {
  /** Digest of everything that decides the answer but the blocks. */
  readonly question: string;
  /** How many blocks of the chain the state rests on, and the hash of the last of them. */
  readonly blocks: number;
  readonly lastHash: string;
  readonly state: State;
}

/** The checkpoints of one walk: `State` is what it takes up first, `Line` the rest, piece by piece. */
export class WalkCheckpoints<State, Line extends CheckpointLine> {
  private readonly place: CheckpointPlace;
  private readonly index: BlockIndex;
  private readonly question: string;

  /** `question` is everything that decides the answer besides blocks, network and engine, as JSON. */
  constructor(place: CheckpointPlace, index: BlockIndex, question: unknown) {
    this.place = place;
    this.index = index;
    const asked = JSON.stringify([ENGINE_VERSION, index.network, question]);
    this.question = createHash('sha256').update(asked).digest('hex');
  }

  /**
   * What was written last, null where nothing was. Throws VERIFY_FAILED for a damaged file, USAGE for one of another question, HASH_MISMATCH where the
   * chain has changed below it, IO.
   */
  takeUp(): State | null {
    const { file } = this.place;
    const head = onDisk(file, () => (existsSync(file) ? verified<State>(file) : null));
    if (head === null) return null;
    if (head.question !== this.question) {
      const hint = 'take the file away, or ask what was asked when it was written';
      throw new SpoorError('USAGE', 'the checkpoint is of another question', { file }, hint);
    }
    if (head.blocks > this.index.blocks.length || this.hashBefore(head.blocks) !== head.lastHash) {
      const hint = 'the node has left the branch the checkpoint was on: take the file away to start from the beginning';
      throw new SpoorError('HASH_MISMATCH', 'the checkpoint ends at a block that is not in this chain', { file }, hint);
    }
    return head.state;
  }

  /** The lines that belong to what `takeUp` gave. */
  *lines(): Generator<Line> {
    for (const text of onDisk(this.place.file, () => fileLines(this.place.file))) {
      const line = JSON.parse(text) as Line;
      if (line.kind !== 'head' && line.kind !== 'end') yield line;
    }
  }

  /** Whether the walk is to be written down now that it has taken so many blocks. */
  isDue(blocks: number): boolean {
    return blocks % this.place.everyBlocks === 0;
  }

  /** Writes the walk down in place of what was written before. Throws IO. */
  write({ blocks, state, lines }: WalkSnapshot<State, Line>): void {
    const { file } = this.place;
    const head: Head<State> = { question: this.question, blocks, lastHash: this.hashBefore(blocks), state };
    onDisk(file, () => {
      writeWhole(`${file}.part`, { kind: 'head', schema: SCHEMA, head }, lines);
      renameSync(`${file}.part`, file);
    });
  }

  /** Takes the file away, once the answer is there. */
  drop(): void {
    onDisk(this.place.file, () => rmSync(this.place.file, { force: true }));
  }

  /** Hash of the last of the first blocks; empty for none. */
  private hashBefore(blocks: number): string {
    return blocks === 0 ? '' : Buffer.from(this.index.blocks[blocks - 1].hash).toString('hex');
  }
}

/** A walk as it stands: how many blocks of the chain are in it, and what says so. */
export interface WalkSnapshot<State, Line> {
  readonly blocks: number;
  readonly state: State;
  readonly lines: Iterable<Line>;
}

/** Writes a walk down where that is due, and where it ends early. */
export interface WalkKeeper {
  /** So many blocks of the chain are behind. Throws IO. */
  passed(blocks: number): void;
  /** The error of a walk that ends here, which says how it goes on. Throws IO. */
  stopped(blocks: number, total: number): SpoorError;
}

/** A keeper; without checkpoints it only tells of them. */
export function keeperOf<State, Line extends CheckpointLine>(
  checkpoints: WalkCheckpoints<State, Line> | null,
  snapshot: () => WalkSnapshot<State, Line>,
): WalkKeeper {
  return {
    passed(blocks) {
      if (checkpoints?.isDue(blocks) === true) checkpoints.write(snapshot());
    },
    stopped(blocks, total) {
      checkpoints?.write(snapshot());
      const hint =
        checkpoints === null ? 'with --checkpoint FILE it could go on from here' : 'the same command goes on from here';
      return new SpoorError('INTERRUPTED', `stopped after ${blocks} of ${total} blocks`, {}, hint);
    },
  };
}

function writeWhole(file: string, head: object, lines: Iterable<CheckpointLine>): void {
  const descriptor = openSync(file, 'w');
  try {
    const digest = createHash('sha256');
    let batch = `${JSON.stringify(head)}\n`;
    const flush = (): void => {
      digest.update(batch);
      writeSync(descriptor, batch);
      batch = '';
    };
    for (const line of lines) {
      batch += `${JSON.stringify(line)}\n`;
      if (batch.length > BATCH_CHARACTERS) flush();
    }
    flush();
    writeSync(descriptor, `${JSON.stringify({ kind: 'end', sha256: digest.digest('hex') })}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function onDisk<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SpoorError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SpoorError('IO', `the checkpoint cannot be used: ${reason}`, { file });
  }
}

/** Checks the digest before anything is believed. Returns the head. */
function verified<State>(file: string): Head<State> {
  const damaged = (what: string): never => {
    const hint = 'take the file away to start from the beginning';
    throw new SpoorError('VERIFY_FAILED', `this is no whole checkpoint: ${what}`, { file }, hint);
  };
  const digest = createHash('sha256');
  let head: Head<State> | null = null;
  let last = '';
  for (const text of fileLines(file)) {
    if (last !== '') digest.update(`${last}\n`);
    else head = headOf<State>(text) ?? damaged('its first line is not that of one');
    last = text;
  }
  if (last !== JSON.stringify({ kind: 'end', sha256: digest.digest('hex') })) damaged('its digest is wrong');
  return head ?? damaged('it is empty');
}

function headOf<State>(text: string): Head<State> | null {
  try {
    const line = JSON.parse(text) as { kind: string; schema?: string; head: Head<State> };
    return line.kind === 'head' && line.schema === SCHEMA ? line.head : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
