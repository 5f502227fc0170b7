/**
 * Claim:      every output that the seeds of a bulk trace name, block by block in chain order.
 * Source:     a block file knows no txids, so transactions are hashed until all that are named were met; addresses are compared as scripts.
 * Parameters: the first block to look at.
 * Cost:       hashing, by the worker threads, from that block to the last seed; nothing after it. Addresses: one comparison per output.
 * Fails when: a transaction lies before the first block looked at: it is then not found, and that is said.
 */
import { type BlockColumns, type BlockIndex, feedBlocks, ownerKeyOfScript } from '../../chain/bitcoin/bulk/index.ts';
import { scriptOfAddress } from '../../chain/bitcoin/index.ts';
import { isDeadCoinbase, SpoorError, type Txid, txid } from '../../ledger/index.ts';
import type { Subject } from '../subject.ts';
import type { SeedRequest } from '../trace.ts';
import type { BulkOptions } from './bulk.ts';

/** A seed where it lies: position of its transaction in the block, index of the output in the columns. */
export interface FoundSeed {
  readonly request: SeedRequest;
  readonly position: number;
  readonly vout: number;
  readonly output: number;
  readonly valueSat: number;
}

/** Place of a transaction that seeds name; block by its number in the index. */
export interface SeedPlace {
  readonly txid: string;
  readonly block: number;
  readonly position: number;
}

interface WatchedAddress {
  readonly request: SeedRequest;
  readonly range: Extract<Subject, { kind: 'address' }>['range'];
  readonly script: Uint8Array;
  readonly owner: Uint32Array;
}

const TXID_BYTES = 32;
const TIME_PLACE = 68;

/** Seeds of one trace, as asked in canonical order. */
export class SeedFinder {
  /** Where the named transactions lie, once located or given back by a checkpoint. */
  places: SeedPlace[] = [];
  /** Requests that something was found for. */
  readonly matched = new Set<SeedRequest>();
  private readonly requests: readonly SeedRequest[];
  private readonly watched: readonly WatchedAddress[];

  /** Throws USAGE for a subject that needs a case. */
  constructor(requests: readonly SeedRequest[]) {
    this.requests = requests;
    this.watched = requests.flatMap((request): WatchedAddress[] => {
      const { subject } = request;
      if (subject.kind === 'tag') {
        const hint = 'give the addresses, or ingest the blocks into a case and use spoor trace';
        throw new SpoorError('USAGE', `${subject.text} needs the tags of a case`, {}, hint);
      }
      if (subject.kind !== 'address') return [];
      const script = scriptOfAddress(subject.address);
      const owner = new Uint32Array(2);
      ownerKeyOfScript({ bytes: script, place: 0, length: script.length }, owner, 0);
      return [{ request, range: subject.range, script, owner }];
    });
  }

  /** First block that can hold a seed, from `from` on. */
  firstBlock(from: number): number {
    if (this.watched.length > 0) return from;
    return this.places.reduce((least, { block }) => Math.min(least, block), Number.MAX_SAFE_INTEGER);
  }

  /** Hashes blocks until every named transaction is met. Throws NOT_FOUND, INTERRUPTED. */
  async locate(
    index: BlockIndex,
    options: Pick<BulkOptions, 'workers' | 'plain' | 'signal'>,
    from: number,
  ): Promise<void> {
    const wanted = new Map<string, Txid>();
    for (const { subject } of this.requests) {
      if (subject.kind !== 'outpoint' && subject.kind !== 'transaction') continue;
      wanted.set(Buffer.from(subject.txid, 'hex').reverse().toString('latin1'), subject.txid);
    }
    if (wanted.size === 0) return;
    const heads = new Uint8Array(2 ** 16);
    for (const id of wanted.keys()) heads[id.charCodeAt(0) | (id.charCodeAt(1) << 8)] = 1;
    const { workers, plain, signal } = options;
    const feed = feedBlocks(index, { kind: 'txids', workers, plain, from, ...(signal && { signal }) });
    for await (const { number, columns } of feed) {
      for (const place of placesIn(columns, { number, heads, wanted })) {
        this.places.push(place);
        // Twice in the chain's youth a coinbase repeated another's txid: behind the dead one the living may follow.
        const height = (index.firstHeight ?? 0) + number;
        if (!isDeadCoinbase(place.txid, height))
          wanted.delete(Buffer.from(place.txid, 'hex').reverse().toString('latin1'));
      }
      if (wanted.size === 0) return;
    }
    if (signal?.aborted === true) throw new SpoorError('INTERRUPTED', 'stopped while looking for the seeds');
    const missing = [...wanted.values()].find((id) => this.places.every((place) => place.txid !== id));
    if (missing !== undefined) throw notFound(missing, from > 0);
  }

  /** Seeds of one block, each output once per label, in total order. Throws SEED_OVERLAP, NOT_FOUND for an output that its transaction lacks. */
  inBlock(number: number, columns: BlockColumns, height: number): FoundSeed[] {
    const found = [...this.named(number, columns), ...this.received(columns, height)];
    for (const { request } of found) this.matched.add(request);
    if (found.length < 2) return found;
    const rank = ({ request }: FoundSeed): number => this.requests.indexOf(request);
    const place = ({ position }: FoundSeed): number => (position === 0 ? Number.MAX_SAFE_INTEGER : position);
    found.sort((a, b) => place(a) - place(b) || a.vout - b.vout || rank(a) - rank(b));
    return found.filter((seed, at) => {
      const before = found[at - 1];
      if (before === undefined || before.output !== seed.output) return true;
      if (before.request.label === seed.request.label) return false;
      const labels = `"${before.request.label}" and as "${seed.request.label}"`;
      const subject = seed.request.subject.text;
      throw new SpoorError(
        'SEED_OVERLAP',
        `an output of ${subject} is seeded as ${labels}`,
        {},
        'give each output one label',
      );
    });
  }

  private named(number: number, columns: BlockColumns): FoundSeed[] {
    return this.places
      .filter(({ block }) => block === number)
      .flatMap(({ txid: id, position }) => {
        const first = columns.firstOutput[position];
        const count = columns.firstOutput[position + 1] - first;
        return this.requests.flatMap((request): FoundSeed[] => {
          const { subject } = request;
          if ((subject.kind !== 'outpoint' && subject.kind !== 'transaction') || subject.txid !== id) return [];
          if (subject.kind === 'outpoint' && subject.vout >= count) throw notFound(subject.text, false);
          const vouts = subject.kind === 'outpoint' ? [subject.vout] : Array.from({ length: count }, (_, vout) => vout);
          return vouts.map((vout) => seedAt(columns, { request, position, vout, output: first + vout }));
        });
      });
  }

  private received(columns: BlockColumns, height: number): FoundSeed[] {
    const found: FoundSeed[] = [];
    for (const { request, range, script, owner } of this.watched) {
      if (range !== null && !isInside(range, columns, height)) continue;
      for (let output = 0; output < columns.outputCount; output += 1) {
        if (columns.outputOwner[2 * output] !== owner[0] || columns.outputOwner[2 * output + 1] !== owner[1]) continue;
        if (!scriptIs(columns, output, script)) continue;
        const position =
          columns.firstOutput.subarray(0, columns.transactionCount + 1).findIndex((first) => first > output) - 1;
        found.push(seedAt(columns, { request, position, vout: output - columns.firstOutput[position], output }));
      }
    }
    return found;
  }
}

/** Nothing matches. */
export function notFound(subject: string, later: boolean): SpoorError {
  const hint = later
    ? 'an earlier --from looks at more blocks'
    : 'is this the right folder, and does it reach this far?';
  return new SpoorError('NOT_FOUND', `nothing in these blocks matches ${subject}`, {}, hint);
}

function seedAt(columns: BlockColumns, seed: Omit<FoundSeed, 'valueSat'>): FoundSeed {
  return { ...seed, valueSat: columns.outputValueSat[seed.output] };
}

function* placesIn(
  { txids, transactionCount }: BlockColumns,
  search: { number: number; heads: Uint8Array; wanted: ReadonlyMap<string, Txid> },
): Generator<SeedPlace> {
  for (let position = 0; position < transactionCount; position += 1) {
    const at = position * TXID_BYTES;
    if (search.heads[txids[at] | (txids[at + 1] << 8)] === 0) continue;
    const id = search.wanted.get(Buffer.from(txids.subarray(at, at + TXID_BYTES)).toString('latin1'));
    if (id !== undefined) yield { txid: txid(id), block: search.number, position };
  }
}

function isInside(range: NonNullable<WatchedAddress['range']>, { bytes }: BlockColumns, height: number): boolean {
  const word = (at: number): number =>
    bytes[at] + bytes[at + 1] * 2 ** 8 + bytes[at + 2] * 2 ** 16 + bytes[at + 3] * 2 ** 24;
  const value = range.unit === 'height' ? height : word(TIME_PLACE);
  return (range.from === null || value >= range.from) && (range.to === null || value <= range.to);
}

/** Whether an output has exactly this script. */
export function scriptIs({ bytes, outputScript }: BlockColumns, output: number, script: Uint8Array): boolean {
  const place = outputScript[2 * output];
  if (outputScript[2 * output + 1] !== script.length) return false;
  for (let at = 0; at < script.length; at += 1) if (bytes[place + at] !== script[at]) return false;
  return true;
}
