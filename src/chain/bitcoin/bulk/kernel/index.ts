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
import { amountOf, behind as behindNumber, failed as numberFailed, hope, smallVarint, varint } from './undo-number';

const MAX_MONEY_SAT: u64 = 2_100_000_000_000_000;
const HEADER_BYTES: usize = 80;
const NULL_VOUT: u32 = 0xffff_ffff;
const OP_RETURN: u8 = 0x6a;
const MAX_SCRIPT_BYTES: u32 = 10_000;
/** Longest undo script that is stored whole is bounded by a block; a longer length is a lie. */
const MAX_UNDO_SCRIPT: u64 = 4_000_000;

/** What `parse` is to make besides counts and places: the bits of its second argument. Owners come with scripts and flags, and with values. */
const WANT_OWNERS: u32 = 1;
const WANT_INPUTS: u32 = 2;
const WANT_VALUES: u32 = 4;

let end: usize = 0;
let want: u32 = 0;
/** Once set nothing more is believed; read at the end of each list. */
let failed: bool = false;
/** Where a number that took more than one byte ended: a function returns one value. Places themselves are locals, which stay in registers. */
let behind: usize = 0;

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

/** A compact size of more than one byte, `first` of them at `place`; not in its shortest form, it fails. Sets `behind`. */
function longSize(place: usize, first: u32): u32 {
  const size: u32 = first == 0xfd ? load<u16>(place, 1) : load<u32>(place, 1);
  behind = place + (first == 0xfd ? 3 : 5);
  // Nothing in a block is longer than a block, so nine bytes are never the shortest form.
  if (first == 0xff || size < <u32>(first == 0xfd ? 0xfd : 0x1_0000)) failed = true;
  return size;
}

/** The place behind a compact size and as many bytes; one that is beyond any block where there are not so many. */
@inline
function behindBytes(place: usize): usize {
  const first: u32 = load<u8>(place);
  return first < 0xfd ? place + 1 + first : behindMany(place, first);
}

function behindMany(place: usize, first: u32): usize {
  const size: usize = longSize(place, first);
  if (behind > end || size > end - behind) failed = true;
  return failed ? end + 1 : behind + size;
}

/** Whether the prevout at `place` is that of a coinbase. */
@inline
function isNull(place: usize): bool {
  return (load<u64>(place) | load<u64>(place, 8) | load<u64>(place, 16) | load<u64>(place, 24)) == 0;
}

/** The input of a coinbase: its null prevout is checked and left out. Returns the place behind it. */
function behindCoinbaseInput(place: usize, count: u32): usize {
  if (count != 1 || end - place < 41 || load<u32>(place, 32) != NULL_VOUT || !isNull(place)) failed = true;
  return behindBytes(place + 36) + 4;
}

/** Inputs of one transaction that is no coinbase. Returns the place behind them. Each list tests its place before it reads on. */
@inline
function readInputs(from: usize, count: u32): usize {
  let at = from;
  for (let index: u32 = 0; index < count; index += 1) {
    if (at + 41 > end) {
      failed = true;
      return at;
    }
    const vout = load<u32>(at, 32);
    if (vout == NULL_VOUT) failed = true;
    if (want & WANT_INPUTS) {
      store<u32>(inputPlace + (inputCount << 2), (at - block) as u32);
      store<u64>(inputHead + (inputCount << 3), load<u64>(at));
      store<u32>(inputVout + (inputCount << 2), vout);
    }
    inputCount += 1;
    at = behindBytes(at + 36) + 4;
  }
  return at;
}

/** Outputs of one transaction. Returns the place behind them. */
@inline
function readOutputs(from: usize, count: u32): usize {
  let at = from;
  for (let index: u32 = 0; index < count; index += 1) {
    if (at + 9 > end) {
      failed = true;
      return at;
    }
    const valueSat = load<u64>(at);
    if (valueSat > MAX_MONEY_SAT) failed = true;
    const next = behindBytes(at + 8);
    if (want & WANT_VALUES) store<f64>(outputValue + (outputCount << 3), <f64>valueSat);
    if (want & WANT_OWNERS && next <= end) noteOwner(at + 8, next);
    outputCount += 1;
    at = next;
  }
  return at;
}

/** Script, owner key and flag of an output whose script has its size at `size` and ends before `next`. */
@inline
function noteOwner(size: usize, next: usize): void {
  const first: u32 = load<u8>(size);
  const script = size + (first < 0xfd ? 1 : first == 0xfd ? 3 : 5);
  const length = (next - script) as u32;
  const place = outputScript + (outputCount << 3);
  store<u32>(place, (script - block) as u32);
  store<u32>(place, length, 4);
  const unspendable = (length > 0 && load<u8>(script) == OP_RETURN) || length > MAX_SCRIPT_BYTES;
  store<u8>(outputFlags + outputCount, unspendable ? 1 : 0);
  store<u64>(outputOwner + (outputCount << 3), ownerOfScript(script, length));
}

/** Witnesses of one transaction, which are not all empty. Returns the place behind them. */
@inline
function behindWitnesses(from: usize, inputs: u32): usize {
  let at = from;
  let items: u32 = 0;
  for (let index: u32 = 0; index < inputs; index += 1) {
    if (at >= end) {
      failed = true;
      return at;
    }
    let count: u32 = load<u8>(at);
    if (count < 0xfd) at += 1;
    else {
      count = longSize(at, count);
      at = behind;
    }
    items |= count;
    for (let item: u32 = 0; item < count; item += 1) {
      if (at >= end) {
        failed = true;
        return at;
      }
      at = behindBytes(at);
    }
  }
  if (items == 0) failed = true;
  return at;
}

/** One transaction. Returns the place behind it. */
function readTransaction(from: usize, index: u32): usize {
  let at = from;
  store<u32>(transactionPlace + (index << 2), (at - block) as u32);
  store<u32>(firstInput + (index << 2), inputCount);
  store<u32>(firstOutput + (index << 2), outputCount);
  if (at + 10 > end) {
    failed = true;
    return at;
  }
  at += 4;
  const witness = load<u8>(at) == 0;
  if (witness) {
    if (load<u8>(at, 1) != 1) failed = true;
    at += 2;
  }
  store<u32>(bodyStart + (index << 2), at as u32);
  let inputs: u32 = load<u8>(at);
  if (inputs < 0xfd) at += 1;
  else {
    inputs = longSize(at, inputs);
    at = behind;
  }
  if (inputs == 0) failed = true;
  at = index == 0 ? behindCoinbaseInput(at, inputs) : readInputs(at, inputs);
  if (failed || at >= end) {
    failed = true;
    return at;
  }
  let outputs: u32 = load<u8>(at);
  if (outputs < 0xfd) at += 1;
  else {
    outputs = longSize(at, outputs);
    at = behind;
  }
  at = readOutputs(at, outputs);
  store<u32>(bodyEnd + (index << 2), at as u32);
  if (failed) return at;
  return (witness ? behindWitnesses(at, inputs) : at) + 4;
}

/** Parses the block in the block buffer. Returns 0, or 1 where something in it cannot be. `parts` are the bits above. */
export function parse(length: u32, parts: u32): u32 {
  want = parts;
  end = block + length;
  failed = length <= <u32>HEADER_BYTES;
  transactionCount = 0;
  inputCount = 0;
  outputCount = 0;
  if (failed) return 1;
  let at = block + HEADER_BYTES;
  let count: u32 = load<u8>(at);
  if (count < 0xfd) at += 1;
  else {
    count = longSize(at, count);
    at = behind;
  }
  if (failed || at > end || count == 0 || <usize>count * 60 > end - at) return 1;
  for (let index: u32 = 0; index < count; index += 1) {
    at = readTransaction(at, index);
    if (failed || at > end) return 1;
  }
  transactionCount = count;
  store<u32>(transactionPlace + (count << 2), (at - block) as u32);
  store<u32>(firstInput + (count << 2), inputCount);
  store<u32>(firstOutput + (count << 2), outputCount);
  return at != end ? 1 : 0;
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

/** The spent output of one input. Returns the place behind it. */
@inline
function readSpent(from: usize, index: u32, owners: bool): usize {
  let at = from;
  const code = smallVarint(at, end);
  at = behindNumber;
  if (code > 1) {
    smallVarint(at, end);
    at = behindNumber;
  }
  store<f64>(inputValue + (index << 3), <f64>amountOf(varint(at, end)));
  at = behindNumber;
  const form = smallVarint(at, end);
  at = behindNumber;
  if (numberFailed) return at;
  const bytes: u64 = form < 2 ? 20 : form < 6 ? 32 : form - 6;
  if (bytes > MAX_UNDO_SCRIPT || at + <usize>bytes > end) {
    failed = true;
    return at;
  }
  if (owners) {
    const owner = form < 6 ? ownerOfCompressed(form as u32, at) : ownerOfScript(at, bytes as u32);
    store<u64>(inputOwner + (index << 3), owner);
  }
  return at + <usize>bytes;
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

/** A compact size in an undo record. Sets `behind`. */
@inline
function countAt(place: usize): u32 {
  const first: u32 = load<u8>(place);
  if (place >= end) failed = true;
  if (first >= 0xfd) return longSize(place, first);
  behind = place + 1;
  return first;
}

/** Takes over a block that was parsed elsewhere, for `parseUndo`: the caller has put its `firstInput` into the columns. */
export function adopt(transactions: u32): void {
  transactionCount = transactions;
  want = 0;
}

/** Fills value, and with `owners` owner, of every input from the undo record in its buffer. Returns 0, or 1 where it does not fit the parsed block. */
export function parseUndo(length: u32, owners: bool): u32 {
  end = undo + length;
  failed = length == 0;
  if (failed) return 1;
  hope();
  let at = undo;
  const count = countAt(at);
  at = behind;
  if (failed || count != transactionCount - 1) return 1;
  for (let index: u32 = 1; index <= count && !failed; index += 1) {
    const first = load<u32>(firstInput + (index << 2));
    const next = load<u32>(firstInput + (index << 2), 4);
    if (countAt(at) != next - first) return 1;
    at = behind;
    for (let input = first; input < next && !failed; input += 1) at = readSpent(at, input, owners);
    if (numberFailed) return 1;
    if (!failed && want & WANT_VALUES && overdraws(index)) failed = true;
  }
  return failed || at != end ? 1 : 0;
}
