/**
 * Claim:      every output that the seeds of a bulk trace name, block by block in chain order.
 * Source:     a block file knows no txids, but an input names the transaction it spends and the undo record the height that one was made at; so the
 *             first spend of any of its outputs leads to it, and its block alone is hashed. Addresses are compared as scripts.
 * Parameters: the first block to look at.
 * Cost:       one test per input until every named transaction was found; one comparison per output for addresses.
 * Fails when: no output of a named transaction is spent: blocks are then hashed until it is met. One that lies before the first block looked at
 *             is not found, and that is said.
 */
import {
  type BlockColumns,
  type BlockIndex,
  type BlockReader,
  decodeUndo,
  feedBlocks,
  outputsOf,
  ownerKeyOfScript,
  scriptOfAddress,
} from '../../chain/bitcoin/bulk/index.ts';
import { hasDeadCoinbase, isDeadCoinbase, SpoorError, type Txid, txid } from '../../ledger/index.ts';
import type { Subject } from '../subject.ts';
import type { SeedRequest } from '../trace/seed.ts';
import type { BulkOptions } from './bulk.ts';

/** A seed where it lies: position of its transaction in the block, and vout. */
export interface FoundSeed {
  readonly request: SeedRequest;
  readonly position: number;
  readonly vout: number;
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
const HEADS = 2 ** 16;

/** How the chain is searched. */
type SearchOptions = Pick<BulkOptions, 'workers' | 'plain' | 'signal'>;

/** Seeds of one trace, as asked in canonical order. */
export class SeedFinder {
  /** Where the named transactions lie, once located or given back by a checkpoint. */
  places: SeedPlace[] = [];
  /** Requests that something was found for. */
  readonly matched = new Set<SeedRequest>();
  private readonly requests: readonly SeedRequest[];
  private readonly watched: readonly WatchedAddress[];
  /** Named transactions that are not found yet, by txid in internal order, one character per byte; and the first two bytes of them. */
  private readonly wanted = new Map<string, Txid>();
  private readonly heads = new Uint8Array(HEADS);

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
    for (const { subject } of requests) {
      if (subject.kind !== 'outpoint' && subject.kind !== 'transaction') continue;
      const id = internal(subject.txid);
      this.wanted.set(id, subject.txid);
      this.heads[id.charCodeAt(0) | (id.charCodeAt(1) << 8)] = 1;
    }
  }

  /** Whether named transactions are still to be found. */
  get searching(): boolean {
    return this.wanted.size > 0;
  }

  /** Whether seeds are also looked for in every block: outputs to an address. */
  get watches(): boolean {
    return this.watched.length > 0;
  }

  /** Takes up what a checkpoint kept: the places found until then. */
  takeUp(places: readonly SeedPlace[]): void {
    this.places = [...places];
    for (const place of places) this.found(place);
  }

  /** First block that can hold a seed, from `from` on. */
  firstBlock(from: number): number {
    if (this.watched.length > 0) return from;
    return this.places.reduce((least, { block }) => Math.min(least, block), Number.MAX_SAFE_INTEGER);
  }

  /** Looks for spends of named transactions in the block at hand, and finds those transactions. `height` is that of block 0 of the index. */
  search(at: { number: number; columns: BlockColumns; firstHeight: number; from: number }, reader: BlockReader): void {
    const { columns, number } = at;
    const { inputCount, inputHead } = columns;
    for (let input = 0; input < inputCount; input += 1) {
      if (this.heads[inputHead[2 * input] & (HEADS - 1)] === 0) continue;
      const id = this.wanted.get(textAt(columns.bytes, columns.inputPlace[input]));
      // Two coinbases may have the txid: only hashing finds both.
      if (id === undefined || hasDeadCoinbase(id)) continue;
      const block = spentHeight(reader.undoRecord(number), input) - at.firstHeight;
      if (block < at.from) throw notFound(id, true);
      if (block <= number) this.placesOf(reader.read(block), block);
      if (!this.wanted.has(internal(id))) continue;
      const record = `input ${input} of block ${number}`;
      throw new SpoorError('MALFORMED', `${record} spends ${id}, which is not where its undo record says`, { record });
    }
  }

  /** Notes what a hashed block has of the named transactions. */
  private placesOf(columns: BlockColumns, block: number): void {
    const places = [...placesIn(columns, { number: block, heads: this.heads, wanted: this.wanted })];
    this.places.push(...places);
    for (const place of places) this.found(place);
  }

  private found(place: SeedPlace): void {
    this.wanted.delete(internal(place.txid));
  }

  /** Hashes blocks until every named transaction that is left is met. Throws NOT_FOUND, INTERRUPTED. */
  async hashAll(index: BlockIndex, options: SearchOptions, from: number): Promise<void> {
    const { workers, plain, signal } = options;
    const { wanted, heads } = this;
    const feed = feedBlocks(index, { kind: 'txids', workers, plain, from, ...(signal && { signal }) });
    for await (const { number, columns } of feed) {
      for (const place of placesIn(columns, { number, heads, wanted })) {
        this.places.push(place);
        // Behind the dead one the living may follow.
        if (!isDeadCoinbase(place.txid, (index.firstHeight ?? 0) + number)) this.found(place);
      }
      if (wanted.size === 0) return;
    }
    if (signal?.aborted === true) throw new SpoorError('INTERRUPTED', 'stopped while looking for the seeds');
    for (const { txid: id } of this.places) wanted.delete(internal(id));
    for (const missing of wanted.values()) throw notFound(missing, from > 0);
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
      if (before === undefined || before.position !== seed.position || before.vout !== seed.vout) return true;
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
        const { valueSat } = outputsOf(columns, position);
        return this.requests.flatMap((request): FoundSeed[] => {
          const { subject } = request;
          if ((subject.kind !== 'outpoint' && subject.kind !== 'transaction') || subject.txid !== id) return [];
          if (subject.kind === 'transaction')
            return valueSat.map((each, vout) => seedAt(request, { position, vout }, each));
          const { vout } = subject;
          if (vout >= valueSat.length) throw notFound(subject.text, false);
          return [seedAt(request, { position, vout }, valueSat[vout])];
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
        const vout = output - columns.firstOutput[position];
        found.push(seedAt(request, { position, vout }, columns.outputValueSat[output]));
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

function seedAt(request: SeedRequest, at: { position: number; vout: number }, valueSat: number): FoundSeed {
  return { request, ...at, valueSat };
}

/** A txid in internal order, one character per byte. */
function internal(id: Txid | string): string {
  return Buffer.from(id, 'hex').reverse().toString('latin1');
}

function textAt(bytes: Uint8Array, place: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + place, TXID_BYTES).toString('latin1');
}

/** Height at which the output was made that the n-th input of a block spends. */
function spentHeight(record: Uint8Array, input: number): number {
  return decodeUndo(Buffer.from(record)).flat()[input].height;
}

function* placesIn(
  { txids, transactionCount }: BlockColumns,
  search: { number: number; heads: Uint8Array; wanted: ReadonlyMap<string, Txid> },
): Generator<SeedPlace> {
  for (let position = 0; position < transactionCount; position += 1) {
    const at = position * TXID_BYTES;
    if (search.heads[txids[at] | (txids[at + 1] << 8)] === 0) continue;
    const id = search.wanted.get(textAt(txids, at));
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
