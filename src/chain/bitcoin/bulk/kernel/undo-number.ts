/**
 * Claim:      the numbers of an undo record: variable integers, and amounts as they are compressed there.
 * Source:     Bitcoin Core, src/serialize.h (VARINT), src/compressor.cpp (DecompressAmount).
 * Parameters: none.
 * Cost:       a comparison for a number of one byte; else about thirty operations without a branch on the length, because the lengths of amounts
 *             follow no pattern that a processor could learn.
 * Fails when: a number is longer than any that Core writes, or above what it may be: `failed` is set.
 */
const STOPS: u64 = 0x8080_8080_8080_8080;

/** Set for good by what cannot be; whoever reads a list clears it first. */
export let failed: bool = false;
/** Where the last number ended: a function returns one value. */
export let behind: usize = 0;

/** Clears `failed`. */
export function hope(): void {
  failed = false;
}

/**
 * A variable integer at `place`, in bytes before `end`: seven bits a byte, most significant first, one added for every byte that another follows. Sets
 * `behind`. Eight bytes are read whatever its length.
 */
@inline
export function varint(place: usize, end: usize): u64 {
  const first: u64 = load<u8>(place);
  if (first >= 0x80 || place >= end) return severalBytes(place, end);
  behind = place + 1;
  return first;
}

function severalBytes(place: usize, end: usize): u64 {
  const word = load<u64>(place);
  const stops = ~word & STOPS;
  if (stops == 0) return longVarint(place, end);
  const bits: u64 = ctz(stops) + 1;
  behind = place + <usize>(bits >>> 3);
  if (behind > end) failed = true;
  // Bytes in the order of their weight, then their seven bits drawn together: two, four and eight at a time.
  let value = bswap(word) >>> (64 - bits);
  value = (value & 0x007f_007f_007f_007f) | ((value & 0x7f00_7f00_7f00_7f00) >>> 1);
  value = (value & 0x0000_3fff_0000_3fff) | ((value & 0x3fff_0000_3fff_0000) >>> 2);
  value = (value & 0x0fff_ffff) | ((value & 0x0fff_ffff_0000_0000) >>> 4);
  return value + load<u64>(ADDED + (<usize>(bits >>> 3) << 3));
}

/** What the ones amount to that are added to a number of so many bytes. */
const ADDED: usize = memory.data<u64>([
  0, 0, 0x80, 0x4080, 0x20_4080, 0x1020_4080, 0x8_1020_4080, 0x408_1020_4080, 0x2_0408_1020_4080,
]);

/** One of more than eight bytes. */
function longVarint(place: usize, end: usize): u64 {
  let value: u64 = 0;
  for (let at = place; at < end; at += 1) {
    const byte: u64 = load<u8>(at);
    if (value > 0x01ff_ffff_ffff_ffff) break;
    value = (value << 7) | (byte & 0x7f);
    if (byte < 0x80) {
      behind = at + 1;
      return value;
    }
    value += 1;
  }
  failed = true;
  behind = end;
  return 0;
}

/** A variable integer that is a size or a height: none is above 2^53. Sets `behind`. */
@inline
export function smallVarint(place: usize, end: usize): u64 {
  const value = varint(place, end);
  if (value > 0x1f_ffff_ffff_ffff) failed = true;
  return value;
}

/** An amount in satoshi. Fails above all the money there is. */
@inline
export function amountOf(compressed: u64): u64 {
  if (compressed == 0) return 0;
  const code = compressed - 1;
  // Division of 32 bits is several times cheaper, and enough for most amounts.
  if (code < 0x1_0000_0000) {
    const short = code as u32;
    const rest = short / 10;
    const digit = rest / 9;
    return scaled(short - rest * 10, <u64>rest + 1, <u64>digit * 10 + (rest - digit * 9) + 1);
  }
  const rest = code / 10;
  const digit = rest / 9;
  return scaled((code - rest * 10) as u32, rest + 1, digit * 10 + (rest - digit * 9) + 1);
}

/** Units with their trailing zeros. Nine stand for nine or more, and then no digit is apart. */
@inline
function scaled(zeros: u32, whole: u64, value: u64): u64 {
  const units = zeros == 9 ? whole : value;
  const place = zeros << 3;
  if (units <= load<u64>(MOST + place)) return units * load<u64>(TEN + place);
  failed = true;
  return 0;
}

/** Powers of ten, and the most units of each that are no more than all the money. */
const TEN: usize = memory.data<u64>([
  1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
]);
const MOST: usize = memory.data<u64>([
  2_100_000_000_000_000, 210_000_000_000_000, 21_000_000_000_000, 2_100_000_000_000, 210_000_000_000, 21_000_000_000,
  2_100_000_000, 210_000_000, 21_000_000, 2_100_000,
]);
