/** Answers taken apart into named texts, so that two programs can be held to one answer. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { GeneratedMeta } from './generate.ts';
import type { Run } from './measure.ts';

/** Where a program works. */
export interface Place {
  /** Block files. */
  readonly folder: string;
  /** For what a program writes. */
  readonly scratch: string;
  readonly meta: GeneratedMeta;
}

/** Named parts of an answer as text. Every program of one size that states a part must state the same. */
export type Facts = Readonly<Record<string, string>>;

/** File for the list of coins of the whole-chain haircut, in the scratch folder. */
export const COINS = 'coins.csv';
/** File for the resting places of one-pass taint, in the scratch folder. */
export const RESTS = 'rests.jsonl';

const PIECE_BYTES = 2 ** 22;
const COUNTS = ['blocks', 'transactions', 'inputs', 'outputs'];
const CLUSTERS = ['addresses', 'clusters', 'largestCluster', 'digest'];
/** Terms that together are what was seeded (blueprint 5). */
const TERMS = ['held', 'fee', 'stopped', 'cut', 'burned', 'unresolved'];

/** Some fields of an answer as one text. Throws when one is missing: an answer that is not given is not equal. */
function fields({ answer }: Run, names: readonly string[]): string {
  return names
    .map((name) => {
      const value = answer[name];
      if (typeof value !== 'number' && typeof value !== 'string') throw new Error(`the answer has no "${name}"`);
      return `${name} ${value}`;
    })
    .join(', ');
}

/** What the generator knows about the answers. */
export function truth(meta: GeneratedMeta): Facts {
  const { blocks, transactions, inputs, outputs, bytes, txidDigest } = meta;
  return {
    counts: `blocks ${blocks}, transactions ${transactions}, inputs ${inputs}, outputs ${outputs}`,
    bytes: `bytes ${bytes}`,
    'transactions ingested': String(transactions),
    txids: `digest ${txidDigest}`,
  };
}

/** Counts and bytes of our walk. */
export function walkFacts(run: Run): Facts {
  return { counts: fields(run, COUNTS), bytes: fields(run, ['bytes']) };
}

/** Counts and txids of the peers that have both. */
export function countFacts(run: Run): Facts {
  return { counts: fields(run, COUNTS), ...txidFacts(run) };
}

/** The digest over all txids. */
export function txidFacts(run: Run): Facts {
  return { txids: fields(run, ['digest']) };
}

/** Addresses and clusters. */
export function clusterFacts(run: Run): Facts {
  return { clusters: fields(run, CLUSTERS) };
}

/** Addresses, clusters and spends. */
export function graphFacts(run: Run): Facts {
  return { ...clusterFacts(run), spent: fields(run, ['spent']) };
}

/** What an ingest says it added; into a new case that is everything. */
export function ingestFacts({ answer }: Run): Facts {
  const { files } = answer as { files: { added: number }[] };
  return { 'transactions ingested': String(files.reduce((sum, { added }) => sum + added, 0)) };
}

/** Lines of a list whatever their order. */
function setDigest(lines: string[]): string {
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

/** The list of coins of a whole-chain haircut, byte for byte, as a set, and its sums. Removes the list. */
export function coinFacts(run: Run, { scratch }: Place): Facts {
  const file = join(scratch, COINS);
  const list = readFileSync(file);
  rmSync(file);
  return {
    coins: createHash('sha256').update(list).digest('hex'),
    'coins in any order': setDigest(list.toString('latin1').trimEnd().split('\n')),
    haircut: fields(run, ['heldSat', 'feeSat']),
  };
}

/** Lines of a list of resting places, cut to what the list of coins has; piece by piece, as the whole may not fit a string. */
function* coinsOf(file: string): Generator<string> {
  const descriptor = openSync(file, 'r');
  const piece = Buffer.alloc(PIECE_BYTES);
  let begun = '';
  for (let read = readSync(descriptor, piece); read > 0; read = readSync(descriptor, piece)) {
    const lines = (begun + piece.toString('latin1', 0, read)).split('\n');
    begun = lines.pop()!;
    for (const line of lines) {
      const { outpoint, value, taint } = JSON.parse(line);
      yield `${outpoint},${value},${taint.theft}`;
    }
  }
  closeSync(descriptor);
}

/** The one row of books of a trace by one conserving rule. Throws when it does not add up. */
function bookOf({ answer }: Run): Readonly<Record<string, string>> {
  const { rules } = answer as { rules: { books: Record<string, string>[] }[] };
  const book = rules[0]?.books[0];
  if (book === undefined) throw new Error('the trace has no books');
  const total = TERMS.reduce((sum, term) => sum + BigInt(book[term] ?? '0'), 0n);
  if (String(total) !== book.seeded) throw new Error(`seeded ${book.seeded}, but its terms add up to ${total}`);
  return book;
}

/**
 * Every conserving rule must seed the same and add up; haircut must agree with the whole-chain one coin for coin. What is beyond that has its
 * oracles in the tests. Removes the list of resting places.
 */
export function traceFacts(rule: string, run: Run, { scratch }: Place): Facts {
  const file = join(scratch, RESTS);
  const coins = rule === 'haircut' ? [...coinsOf(file)] : [];
  rmSync(file);
  if (rule === 'poison') return {};
  const book = bookOf(run);
  const seeded = { seeded: book.seeded! };
  if (rule !== 'haircut') return seeded;
  return {
    ...seeded,
    'coins in any order': setDigest(coins),
    haircut: `heldSat ${book.held}, feeSat ${book.fee}`,
  };
}
