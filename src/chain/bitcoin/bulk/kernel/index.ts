/**
 * Claim:      the columns of `../columns.ts` from the bytes of a block and of its undo record.
 * Source:     BIP144; Bitcoin Core src/serialize.h (compact sizes, variable integers), src/compressor.cpp, src/undo.h. It refuses what
 *             `../parse-columns.ts` refuses; that file then says why, this one only that.
 * Parameters: buffers of the capacities given to `prepare`, at the addresses of the table it returns.
 * Cost:       one pass; witnesses are skipped, never copied; what is hashed is copied once, padded.
 * Fails when: a block is larger than consensus allows (the caller checks), or the columns are read after the next block was parsed.
 */
import { hashMessages, prepareHash } from './sha256';
import { reserve } from './memory';
import { ownerOfCompressed, ownerOfScript } from './owner';

const MAX_MONEY_SAT: u64 = 2_100_000_000_000_000;
const HEADER_BYTES: usize = 80;
const NULL_VOUT: u32 = 0xffff_ffff;
const OP_RETURN: u8 = 0x6a;
const MAX_SCRIPT_BYTES: u32 = 10_000;
/** Longest undo script that is stored whole is bounded by a block; a longer length is a lie. */
const MAX_UNDO_SCRIPT: u64 = 4_000_000;

let at: usize = 0;
let end: usize = 0;
/** Once set nothing more is believed; read at the end of each list. */
let failed: bool = false;

let block: usize = 0;
let undo: usize = 0;
let transactionPlace: usize = 0;
let firstInput: usize = 0;
let firstOutput: usize = 0;
let inputPlace: usize = 0;
let inputHead: usize = 0;
let inputVout: usize = 0;
let inputValue: usize = 0;
let inputOwner: usize = 0;
let outputValue: usize = 0;
let outputOwner: usize = 0;
let outputScript: usize = 0;
let outputFlags: usize = 0;
let txids: usize = 0;
let messages: usize = 0;
let messageStart: usize = 0;
let messageBlocks: usize = 0;
let merkleLevel: usize = 0;
/** Per transaction: where its inputs start and where its outputs end. */
let bodyStart: usize = 0;
let bodyEnd: usize = 0;

export let transactionCount: u32 = 0;
export let inputCount: u32 = 0;
export let outputCount: u32 = 0;

const TABLE: usize = memory.data(64, 16);

/** Makes the buffers. Returns the address of sixteen u32: where each is, in the order of the stores below. */
export function prepare(blockBytes: u32, undoBytes: u32, transactions: u32, inputs: u32, outputs: u32): usize {
  prepareHash();
  block = reserve(blockBytes + 64);
  transactionPlace = reserve((transactions + 1) * 4);
  firstInput = reserve((transactions + 1) * 4);
  firstOutput = reserve((transactions + 1) * 4);
  inputPlace = reserve(inputs * 4);
  inputHead = reserve(inputs * 8);
  inputVout = reserve(inputs * 4);
  inputValue = reserve(inputs * 8);
  inputOwner = reserve(inputs * 8);
  outputValue = reserve(outputs * 8);
  outputOwner = reserve(outputs * 8);
  outputScript = reserve(outputs * 8);
  outputFlags = reserve(outputs);
  txids = reserve(transactions * 32);
  bodyStart = reserve(transactions * 4);
  bodyEnd = reserve(transactions * 4);
  messageStart = reserve(transactions * 4);
  messageBlocks = reserve(transactions * 4);
  merkleLevel = reserve(transactions * 16 + 64);
  messages = reserve(blockBytes + transactions * 72 + 64);
  undo = reserve(undoBytes + 64);
  store<u32>(TABLE, block as u32);
  store<u32>(TABLE, undo as u32, 4);
  store<u32>(TABLE, transactionPlace as u32, 8);
  store<u32>(TABLE, firstInput as u32, 12);
  store<u32>(TABLE, firstOutput as u32, 16);
  store<u32>(TABLE, inputPlace as u32, 20);
  store<u32>(TABLE, inputHead as u32, 24);
  store<u32>(TABLE, inputVout as u32, 28);
  store<u32>(TABLE, inputValue as u32, 32);
  store<u32>(TABLE, inputOwner as u32, 36);
  store<u32>(TABLE, outputValue as u32, 40);
  store<u32>(TABLE, outputOwner as u32, 44);
  store<u32>(TABLE, outputScript as u32, 48);
  store<u32>(TABLE, outputFlags as u32, 52);
  store<u32>(TABLE, txids as u32, 56);
  return TABLE;
}

/** Clears `length` bytes at `from` that a node XORed; `key` is the eight bytes of xor.dat turned so that its first byte meets the first of these. */
export function unmask(from: usize, length: u32, key: u64): void {
  const whole = from + (length & ~7);
  for (let word = from; word < whole; word += 8) store<u64>(word, load<u64>(word) ^ key);
  for (let byte = whole; byte < from + length; byte += 1) {
    store<u8>(byte, load<u8>(byte) ^ <u8>(key >>> (<u64>(byte - whole) << 3)));
  }
}

/** A compact size in its shortest form; what is longer, or reaches past the end, fails. */
@inline
function compactSize(): u32 {
  if (at >= end) {
    failed = true;
    return 0;
  }
  const first: u32 = load<u8>(at);
  if (first < 0xfd) {
    at += 1;
    return first;
  }
  return longCompactSize(first);
}

function longCompactSize(first: u32): u32 {
  const size: u32 = first == 0xfd ? load<u16>(at, 1) : load<u32>(at, 1);
  at += first == 0xfd ? 3 : 5;
  // Nothing in a block is longer than a block, so nine bytes are never the shortest form.
  if (at > end || first == 0xff || size < <u32>(first == 0xfd ? 0xfd : 0x1_0000)) failed = true;
  return size;
}

@inline
function skip(bytes: u32): void {
  if (<usize>bytes > end - at) failed = true;
  else at += bytes;
}

/** Whether the prevout at `place` is that of a coinbase. */
@inline
function isNull(place: usize): bool {
  return (load<u64>(place) | load<u64>(place, 8) | load<u64>(place, 16) | load<u64>(place, 24)) == 0;
}

/** Inputs of one transaction; of a coinbase (`isFirst`) the null prevout is checked and left out. */
@inline
function readInputs(count: u32, isFirst: bool): void {
  if (isFirst) {
    if (count != 1 || end - at < 41 || load<u32>(at, 32) != NULL_VOUT || !isNull(at)) {
      failed = true;
      return;
    }
    at += 36;
    skip(compactSize());
    skip(4);
    return;
  }
  for (let index: u32 = 0; index < count && !failed; index += 1) {
    if (end - at < 41) {
      failed = true;
      return;
    }
    const vout = load<u32>(at, 32);
    if (vout == NULL_VOUT) failed = true;
    store<u32>(inputPlace + (inputCount << 2), (at - block) as u32);
    store<u64>(inputHead + (inputCount << 3), load<u64>(at));
    store<u32>(inputVout + (inputCount << 2), vout);
    inputCount += 1;
    at += 36;
    skip(compactSize());
    skip(4);
  }
}

@inline
function readOutputs(count: u32, owners: bool): void {
  for (let index: u32 = 0; index < count && !failed; index += 1) {
    if (end - at < 9) {
      failed = true;
      return;
    }
    const valueSat = load<u64>(at);
    if (valueSat > MAX_MONEY_SAT) failed = true;
    at += 8;
    const length = compactSize();
    const script = at;
    skip(length);
    if (failed) return;
    store<f64>(outputValue + (outputCount << 3), <f64>valueSat);
    if (owners) {
      const place = outputScript + (outputCount << 3);
      store<u32>(place, (script - block) as u32);
      store<u32>(place, length, 4);
      const unspendable = (length > 0 && load<u8>(script) == OP_RETURN) || length > MAX_SCRIPT_BYTES;
      store<u8>(outputFlags + outputCount, unspendable ? 1 : 0);
      store<u64>(outputOwner + (outputCount << 3), ownerOfScript(script, length));
    }
    outputCount += 1;
  }
}

@inline
function skipWitnesses(inputs: u32): void {
  let items: u32 = 0;
  for (let index: u32 = 0; index < inputs && !failed; index += 1) {
    const count = compactSize();
    items |= count;
    for (let item: u32 = 0; item < count && !failed; item += 1) skip(compactSize());
  }
  if (items == 0) failed = true;
}

function readTransaction(index: u32, owners: bool): void {
  store<u32>(transactionPlace + (index << 2), (at - block) as u32);
  store<u32>(firstInput + (index << 2), inputCount);
  store<u32>(firstOutput + (index << 2), outputCount);
  if (end - at < 10) {
    failed = true;
    return;
  }
  at += 4;
  let witness = false;
  if (load<u8>(at) == 0) {
    if (load<u8>(at, 1) != 1) failed = true;
    witness = true;
    at += 2;
  }
  store<u32>(bodyStart + (index << 2), at as u32);
  const inputs = compactSize();
  if (inputs == 0) failed = true;
  readInputs(inputs, index == 0);
  readOutputs(compactSize(), owners);
  store<u32>(bodyEnd + (index << 2), at as u32);
  if (witness) skipWitnesses(inputs);
  skip(4);
}

/** Parses the block in the block buffer. Returns 0, or 1 where something in it cannot be. `owners` asks for scripts, owner keys and flags. */
export function parse(length: u32, owners: bool): u32 {
  at = block + HEADER_BYTES;
  end = block + length;
  failed = length <= <u32>HEADER_BYTES;
  transactionCount = 0;
  inputCount = 0;
  outputCount = 0;
  const count: u32 = failed ? 0 : compactSize();
  if (failed || count == 0 || <usize>count * 60 > end - at) return 1;
  for (let index: u32 = 0; index < count && !failed; index += 1) readTransaction(index, owners);
  transactionCount = count;
  store<u32>(transactionPlace + (count << 2), (at - block) as u32);
  store<u32>(firstInput + (count << 2), inputCount);
  store<u32>(firstOutput + (count << 2), outputCount);
  return failed || at != end ? 1 : 0;
}

/** Copies what is hashed of each transaction, pads it (FIPS 180-4 section 5.1.1), and hashes all. */
export function hashTransactions(): void {
  let to = messages;
  for (let index: u32 = 0; index < transactionCount; index += 1) {
    const slot = index << 2;
    const start = block + load<u32>(transactionPlace + slot);
    const next = block + load<u32>(transactionPlace + slot, 4);
    const from = <usize>load<u32>(bodyStart + slot);
    const length = <usize>load<u32>(bodyEnd + slot) - from;
    store<u32>(messageStart + slot, to as u32);
    store<u32>(to, load<u32>(start));
    memory.copy(to + 4, from, length);
    store<u32>(to + 4 + length, load<u32>(next - 4));
    const bytes = length + 8;
    const blocks = (bytes + 72) >>> 6;
    memory.fill(to + bytes, 0, (blocks << 6) - bytes);
    store<u8>(to + bytes, 0x80);
    store<u64>(to + (blocks << 6) - 8, bswap<u64>(<u64>bytes << 3));
    store<u32>(messageBlocks + slot, blocks as u32);
    to += blocks << 6;
  }
  hashMessages(messageStart, messageBlocks, transactionCount, txids);
}

/**
 * Whether the hashed transactions have the merkle root of the header (Bitcoin Core, src/consensus/merkle.cpp: an odd level repeats its last hash). Uses
 * the message buffers, so `hashTransactions` comes before.
 */
export function rootFits(): bool {
  let count = transactionCount;
  let from = txids;
  while (count > 1) {
    const pairs = (count + 1) >>> 1;
    const digests = messages + (<usize>pairs << 7);
    for (let pair: u32 = 0; pair < pairs; pair += 1) {
      const left = from + (<usize>pair << 6);
      const last: u32 = 2 * pair + 1;
      const right = last < count ? left + 32 : left;
      const to = messages + (<usize>pair << 7);
      memory.copy(to, left, 32);
      memory.copy(to + 32, right, 32);
      memory.fill(to + 64, 0, 64);
      store<u8>(to + 64, 0x80);
      store<u8>(to + 126, 2);
      store<u32>(messageStart + (pair << 2), to as u32);
      store<u32>(messageBlocks + (pair << 2), 2);
    }
    hashMessages(messageStart, messageBlocks, pairs, digests);
    memory.copy(merkleLevel, digests, <usize>pairs << 5);
    from = merkleLevel;
    count = pairs;
  }
  for (let word: usize = 0; word < 32; word += 8) {
    if (load<u64>(from + word) != load<u64>(block + 36 + word)) return false;
  }
  return true;
}

/** A variable integer of undo files: seven bits a byte, most significant first, one added for every byte that another follows. */
@inline
function varint(): u64 {
  let value: u64 = 0;
  while (at < end) {
    const byte: u64 = load<u8>(at);
    at += 1;
    if (value > 0x01ff_ffff_ffff_ffff) break;
    value = (value << 7) | (byte & 0x7f);
    if (byte < 0x80) return value;
    value += 1;
  }
  failed = true;
  return 0;
}

/** A variable integer that is a size or a height: none is above 2^53. */
@inline
function smallVarint(): u64 {
  const value = varint();
  if (value > 0x1f_ffff_ffff_ffff) failed = true;
  return value;
}

/** An amount as undo files compress it (Bitcoin Core, src/compressor.cpp, DecompressAmount). */
@inline
function amount(): u64 {
  let code = varint();
  if (code == 0) return 0;
  code -= 1;
  const exponent = code % 10;
  code /= 10;
  let value: u64;
  if (exponent < 9) {
    const digit = (code % 9) + 1;
    value = (code / 9) * 10 + digit;
  } else value = code + 1;
  for (let power: u64 = 0; power < exponent; power += 1) {
    if (value > MAX_MONEY_SAT) break;
    value *= 10;
  }
  if (value > MAX_MONEY_SAT) failed = true;
  return value;
}

/** The spent output of one input. */
@inline
function readSpent(index: u32): void {
  if (smallVarint() > 1) smallVarint();
  store<f64>(inputValue + (index << 3), <f64>amount());
  const form = smallVarint();
  if (failed) return;
  let owner: u64;
  if (form < 6) {
    const bytes: usize = form < 2 ? 20 : 32;
    if (end - at < bytes) {
      failed = true;
      return;
    }
    owner = ownerOfCompressed(form as u32, at);
    at += bytes;
  } else {
    const length = form - 6;
    if (length > MAX_UNDO_SCRIPT || <u64>(end - at) < length) {
      failed = true;
      return;
    }
    owner = ownerOfScript(at, length as u32);
    at += length as usize;
  }
  store<u64>(inputOwner + (index << 3), owner);
}

/** Whether a transaction would make more than it spends: its undo record is then another block's. Sums stay exact, amounts are below 2^51. */
@inline
function overdraws(index: u32): bool {
  let left: f64 = 0;
  const end = load<u32>(firstInput + (index << 2), 4);
  for (let input = load<u32>(firstInput + (index << 2)); input < end; input += 1) left += load<f64>(inputValue + (input << 3));
  if (left > <f64>MAX_MONEY_SAT) return true;
  const last = load<u32>(firstOutput + (index << 2), 4);
  for (let output = load<u32>(firstOutput + (index << 2)); output < last; output += 1) left -= load<f64>(outputValue + (output << 3));
  return left < 0;
}

/** Fills value and owner of every input from the undo record in the undo buffer. Returns 0, or 1 where it does not fit the parsed block. */
export function parseUndo(length: u32): u32 {
  at = undo;
  end = undo + length;
  failed = false;
  const count = compactSize();
  if (failed || count != transactionCount - 1) return 1;
  for (let index: u32 = 1; index <= count && !failed; index += 1) {
    const first = load<u32>(firstInput + (index << 2));
    const next = load<u32>(firstInput + (index << 2), 4);
    if (compactSize() != next - first) return 1;
    for (let input = first; input < next && !failed; input += 1) readSpent(input);
    if (!failed && overdraws(index)) failed = true;
  }
  return failed || at != end ? 1 : 0;
}
