/**
 * Memory in pieces. Arrays that grow are lists of chunks of 1 MiB, so that growing copies nothing and wastes at most one chunk; a hash table that
 * was outgrown is cut into chunks for them.
 */

const CHUNK_BYTES: usize = 1 << 20;
/** Most chunks of one array: the 4 GiB a WebAssembly memory can have. */
const MAX_CHUNKS: usize = 4096;

export let top: usize = 0;
/** First of the chunks that were given back; each holds the address of the next. */
export let given: usize = 0;
/** Bytes reserved, for the report. */
export let reservedBytes: f64 = 0;

/** `bytes` of zeros, aligned to 64. Traps when the memory is full: the caller turns that into an error. */
export function reserve(bytes: usize): usize {
  if (top == 0) top = (__heap_base + 63) & ~63;
  const start = top;
  const next = <u64>top + ((<u64>bytes + 63) & ~63);
  if (next > 0xffff_0000) unreachable();
  top = next as usize;
  const pages = <i32>((next + 0xffff) >>> 16);
  const have = memory.size();
  // Pages that are not touched cost nothing, so memory grows in larger steps.
  if (pages > have && memory.grow(max(pages - have, 256)) < 0 && memory.grow(pages - have) < 0) unreachable();
  reservedBytes += <f64>bytes;
  return start;
}

/** Gives memory back, to be used as chunks. */
export function giveBack(start: usize, bytes: usize): void {
  for (let at = start; at + CHUNK_BYTES <= start + bytes; at += CHUNK_BYTES) {
    store<u32>(at, given as u32);
    given = at;
  }
  reservedBytes -= <f64>(bytes & ~(CHUNK_BYTES - 1));
}

function chunk(): usize {
  if (given == 0) return reserve(CHUNK_BYTES);
  const start = given;
  given = load<u32>(start);
  memory.fill(start, 0, CHUNK_BYTES);
  reservedBytes += <f64>CHUNK_BYTES;
  return start;
}

/** A new list of chunks: its first word counts them, their addresses follow. */
export function newArray(): usize {
  return reserve(4 * (MAX_CHUNKS + 1)) + 4;
}

/** Makes room for element `index`, of 4 bytes (`shift` 18) or 8 (`shift` 17). */
@inline
export function extend(array: usize, index: u32, shift: u32): void {
  while (load<u32>(array - 4) <= index >>> shift) addChunk(array);
}

function addChunk(array: usize): void {
  const count = load<u32>(array - 4);
  store<u32>(array + (<usize>count << 2), chunk() as u32);
  store<u32>(array - 4, count + 1);
}

/** Address of a 4-byte element. */
@inline
export function at32(array: usize, index: u32): usize {
  return <usize>load<u32>(array + (<usize>(index >>> 18) << 2)) + (<usize>(index & 0x3ffff) << 2);
}

/** Address of an 8-byte element. */
@inline
export function at64(array: usize, index: u32): usize {
  return <usize>load<u32>(array + (<usize>(index >>> 17) << 2)) + (<usize>(index & 0x1ffff) << 3);
}

/** The first element behind the chunk in which an element of 4 bytes lies: up to there they lie side by side. */
@inline
export function chunkEnd32(index: u32): u32 {
  return (index | 0x3ffff) + 1;
}

/** The same for elements of 8 bytes. */
@inline
export function chunkEnd64(index: u32): u32 {
  return (index | 0x1ffff) + 1;
}

/** Zeros in every element. */
export function clearArray(array: usize): void {
  const count = load<u32>(array - 4);
  for (let chunkAt: u32 = 0; chunkAt < count; chunkAt += 1) {
    memory.fill(load<u32>(array + (<usize>chunkAt << 2)), 0, CHUNK_BYTES);
  }
}
