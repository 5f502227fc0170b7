/**
 * A bulk trace written down between two blocks: where it is, which outputs carry taint, what every rule holds, where taint has come to rest.
 * JSON lines with a digest at the end, written beside the old file and put in its place whole, so that a killed process leaves one of the two.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { SpoorError } from '../../ledger/index.ts';
import type { GapRow, OverlapRow } from '../../report/index.ts';
import { restoreLine, type StateLine, stateLines, type TaintScan } from '../../taint/index.ts';
import { fileLines } from './list-file.ts';
import type { OutputNote, RestRow, Rests } from './trace-rests.ts';
import type { SeedPlace } from './trace-seeds.ts';

const SCHEMA = 'spoor.bulk-checkpoint/2';
const BATCH_CHARACTERS = 1 << 20;

/** What the verb knows besides the engine. */
export interface CheckpointHead {
  /** Digest of everything that decides the answer. */
  readonly question: string;
  /** Number of the next block in the index, and hash of the one before it. */
  readonly next: number;
  readonly lastHash: string;
  /** Size of the list of coins in bytes. */
  readonly coinsBytes: number;
  readonly places: readonly SeedPlace[];
  readonly labels: readonly string[];
  /** Outputs that seeds were found to be: number of the request, satoshi, block. */
  readonly seeded: ReadonlyArray<readonly [request: number, valueSat: number, height: number]>;
  /** Numbers of the requests that something was found for. */
  readonly matched: readonly number[];
  readonly gaps: readonly GapRow[];
  readonly overlaps: ReadonlyArray<{ readonly rule: string; readonly row: OverlapRow }>;
}

type Scan = TaintScan<OutputNote>;

/** One line of the file. */
type Line =
  | { readonly kind: 'head'; readonly schema: string; readonly head: CheckpointHead }
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
  | { readonly kind: 'end'; readonly sha256: string };

function* lines(head: CheckpointHead, scan: Scan, rests: Rests): Generator<Line> {
  const { visits, nextOutput } = scan;
  yield { kind: 'head', schema: SCHEMA, head };
  yield { kind: 'scan', nextOutput };
  for (const { txid, vout, number, note } of scan.held()) {
    yield { kind: 'output', txid: Buffer.from(txid).toString('hex'), vout, number, note };
  }
  yield* stateLines(visits);
  for (const [rule, rows] of rests.rows) for (const rest of rows) yield { kind: 'rest', rule, rest };
}

/** Writes a checkpoint in place of the one before. Throws IO. */
export function writeCheckpoint(file: string, head: CheckpointHead, state: { scan: Scan; rests: Rests }): void {
  const beside = `${file}.part`;
  onDisk(file, () => {
    const descriptor = openSync(beside, 'w');
    try {
      const digest = createHash('sha256');
      let batch = '';
      const flush = (): void => {
        digest.update(batch);
        writeSync(descriptor, batch);
        batch = '';
      };
      for (const line of lines(head, state.scan, state.rests)) {
        batch += `${JSON.stringify(line)}\n`;
        if (batch.length > BATCH_CHARACTERS) flush();
      }
      flush();
      const end: Line = { kind: 'end', sha256: digest.digest('hex') };
      writeSync(descriptor, `${JSON.stringify(end)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, file);
  });
}

/** Takes the file away, once the answer is there. */
export function dropCheckpoint(file: string): void {
  onDisk(file, () => rmSync(file, { force: true }));
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
function verified(file: string): CheckpointHead {
  const damaged = (what: string): never => {
    const hint = 'take the file away to start from the beginning';
    throw new SpoorError('VERIFY_FAILED', `this is no whole checkpoint: ${what}`, { file }, hint);
  };
  const digest = createHash('sha256');
  let head: CheckpointHead | null = null;
  let last = '';
  for (const text of fileLines(file)) {
    if (last !== '') digest.update(`${last}\n`);
    else head = headOf(text) ?? damaged('its first line is not that of one');
    last = text;
  }
  if (last !== JSON.stringify({ kind: 'end', sha256: digest.digest('hex') })) damaged('its digest is wrong');
  return head ?? damaged('it is empty');
}

function headOf(text: string): CheckpointHead | null {
  try {
    const line = JSON.parse(text) as Line;
    return line.kind === 'head' && line.schema === SCHEMA ? line.head : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Head of a checkpoint, null when there is no file. Throws VERIFY_FAILED, IO. */
export function readCheckpointHead(file: string): CheckpointHead | null {
  return onDisk(file, () => (existsSync(file) ? verified(file) : null));
}

/** Puts the state of a verified checkpoint into a fresh scan. */
export function restoreCheckpoint(file: string, state: { scan: Scan; rests: Rests }): void {
  const { scan, rests } = state;
  for (const text of onDisk(file, () => fileLines(file))) {
    const line = JSON.parse(text) as Line;
    if (line.kind === 'scan') scan.nextOutput = line.nextOutput;
    else if (line.kind === 'output') {
      const { vout, number, note } = line;
      scan.hold({ txid: Buffer.from(line.txid, 'hex'), vout, number, note });
    } else if (line.kind === 'rest') rests.keep(line.rule, line.rest);
    else if (line.kind !== 'head' && line.kind !== 'end') restoreLine(scan.visits, line);
  }
}
