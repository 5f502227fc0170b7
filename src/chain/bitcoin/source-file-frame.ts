/** Frames of a node's block and undo files: 4 magic bytes, 4 bytes length little-endian, body, for undo files a checksum; zero bytes as padding. */
import { Buffer } from 'node:buffer';
import { type Network, SpoorError } from '../../ledger/index.ts';

/** Message start bytes per network, hex in file order; the last two are both `testnet` (3 and 4). */
const MAGICS: Readonly<Record<string, Network>> = {
  f9beb4d9: 'mainnet',
  '0a03cf40': 'signet',
  fabfb5da: 'regtest',
  '0b110907': 'testnet',
  '1c163f28': 'testnet',
};
const MAGIC_BYTES = 4;
/** Magic and length. */
export const FRAME_HEAD_BYTES = 8;
/** A serialised block is at most 4,000,000 bytes (the weight limit of BIP141); a longer length is not a length. */
export const MAX_BLOCK_BYTES = 4_000_000;

const XOR_HINT =
  'Nodes from version 28 on keep these files XORed with the key in xor.dat of the same folder: undo that first (byte i of a file with key byte i mod 8).';

/** Bytes of a file in the clear, read by place; reads past the end give what there is. */
export interface ByteSource {
  readonly name: string;
  readonly sizeBytes: number;
  read(at: number, length: number): Buffer;
  /** First place from `at` on that is not padding, or the size. */
  skipPadding(at: number): number;
}

/** A buffer as a source. */
export class BufferSource implements ByteSource {
  readonly name: string;
  readonly sizeBytes: number;
  private readonly bytes: Buffer;

  constructor(name: string, bytes: Buffer) {
    this.name = name;
    this.bytes = bytes;
    this.sizeBytes = bytes.length;
  }

  read(at: number, length: number): Buffer {
    return this.bytes.subarray(at, at + length);
  }

  skipPadding(at: number): number {
    let end = at;
    while (end < this.bytes.length && this.bytes[end] === 0) end += 1;
    return end;
  }
}

/** Where one body lies: `start` and `length` without frame and checksum, `record` for messages. */
export interface Frame {
  readonly record: string;
  readonly start: number;
  readonly length: number;
}

/** What the frames of a file are to be. */
export interface FrameRules {
  readonly network: Network;
  /** `block` or `undo record`. */
  readonly noun: string;
  /** Bytes behind each body that its length does not count. */
  readonly trailerBytes: number;
  readonly maxBytes: number;
  /** A running node is cut in the middle of writing its last file. */
  readonly mayBeCut: boolean;
}

/** Network of the magic bytes at an offset, or null. */
function magicAt(source: ByteSource, offset: number): Network | null {
  return MAGICS[source.read(offset, MAGIC_BYTES).toString('hex')] ?? null;
}

/** Network of the first frame, after padding if any; null where there is none. */
export function networkOf(source: ByteSource): Network | null {
  return magicAt(source, source.skipPadding(0));
}

/** Whether the bytes start like a blk file. */
export function looksFramed(bytes: Buffer): boolean {
  return networkOf(new BufferSource('', bytes)) !== null;
}

/**
 * Start of the next frame from `at` on, or the size when only padding is left. A magic that is XORed may itself start with bytes that are zero on
 * disk, so the places just before the end of the padding count too.
 */
function nextStart(source: ByteSource, at: number): number {
  if (magicAt(source, at) !== null) return at;
  const end = source.skipPadding(at);
  if (end === source.sizeBytes) return end;
  for (let start = Math.max(at, end - MAGIC_BYTES + 1); start < end; start += 1) {
    if (magicAt(source, start) !== null) return start;
  }
  return end;
}

/** Whether a whole frame starts somewhere in the rest of a file: then the frame before it is not the last one, cut, but has a wrong length. */
function holdsFrame(source: ByteSource, from: number, rules: FrameRules): boolean {
  const rest = source.read(from, source.sizeBytes - from);
  const magics = Object.keys(MAGICS).filter((magic) => MAGICS[magic] === rules.network);
  return magics.some((magic) => {
    const wanted = Buffer.from(magic, 'hex');
    for (let at = rest.indexOf(wanted); at >= 0; at = rest.indexOf(wanted, at + 1)) {
      const end = at + FRAME_HEAD_BYTES;
      const length = end <= rest.length ? rest.readUInt32LE(at + MAGIC_BYTES) : Number.POSITIVE_INFINITY;
      if (length > 0 && length <= rules.maxBytes && end + length + rules.trailerBytes <= rest.length) return true;
    }
    return false;
  });
}

/** Whether the last bytes of a file are the beginning of a magic. */
function isBegunMagic(head: Buffer, network: Network): boolean {
  const seen = head.toString('hex');
  return (
    head.length < MAGIC_BYTES &&
    Object.keys(MAGICS).some((magic) => MAGICS[magic] === network && magic.startsWith(seen))
  );
}

/** What a cut file lacks, or the refusal where it must be whole. */
function cutNote(source: ByteSource, frame: { at: number; what: string; record: string }, rules: FrameRules): string {
  const { at, what, record } = frame;
  const place = { file: source.name, record };
  if (!rules.mayBeCut) throw new SpoorError('MALFORMED', `the file is cut: ${what}`, place);
  if (holdsFrame(source, at + MAGIC_BYTES, rules)) {
    throw new SpoorError('MALFORMED', `the length is wrong, or the file is cut in the middle: ${what}`, place);
  }
  return `${source.name} is cut at byte ${at}: ${what}; all before it was read`;
}

/** Frames of a file in its order. Returns the note of a cut tail, or null. Throws MALFORMED naming the byte offset. */
export function* frames(source: ByteSource, rules: FrameRules): Generator<Frame, string | null> {
  const { noun, trailerBytes, network } = rules;
  const size = source.sizeBytes;
  let count = 0;
  for (let at = nextStart(source, 0); at < size; at = nextStart(source, at)) {
    const record = `${noun} ${count} at byte ${at}`;
    const place = { file: source.name, record };
    const head = source.read(at, FRAME_HEAD_BYTES);
    const found = magicAt(source, at);
    if (found === null && isBegunMagic(head, network)) {
      return cutNote(source, { at, what: `it ends inside the magic of its last ${noun}`, record }, rules);
    }
    if (found === null) {
      const seen = head.toString('hex', 0, MAGIC_BYTES);
      throw new SpoorError(
        'MALFORMED',
        `no ${noun} starts here: "${seen}" is not the magic of a network`,
        place,
        XOR_HINT,
      );
    }
    if (found !== network) {
      throw new SpoorError('MALFORMED', `a ${noun} of ${found} where ${network} is expected`, place);
    }
    if (head.length < FRAME_HEAD_BYTES) {
      return cutNote(source, { at, what: `it ends inside the length of its last ${noun}`, record }, rules);
    }
    const length = head.readUInt32LE(MAGIC_BYTES);
    if (length > rules.maxBytes) {
      throw new SpoorError('MALFORMED', `a ${noun} of ${length} bytes; at most ${rules.maxBytes} are possible`, place);
    }
    const start = at + FRAME_HEAD_BYTES;
    const held = size - start;
    if (held < length + trailerBytes) {
      return cutNote(
        source,
        { at, what: `its last ${noun} has ${held} of ${length + trailerBytes} bytes`, record },
        rules,
      );
    }
    yield { record, start, length };
    at = start + length + trailerBytes;
    count += 1;
  }
  return null;
}
