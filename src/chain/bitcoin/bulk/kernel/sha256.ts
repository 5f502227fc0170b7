/**
 * Claim:      double SHA-256 of many messages, four at a time in the lanes of SIMD registers.
 * Source:     FIPS 180-4 sections 4.1.2, 4.2.2, 5.1.1, 6.2; the lane refill is ours: a lane whose message ends takes the next one at once, because
 *             grouping messages of equal length leaves lanes idle.
 * Parameters: a list of messages, already padded to whole blocks of 64 bytes, and where each digest goes.
 * Cost:       one compression of four lanes per 64 bytes of message and one for the second hash; about a quarter of node:crypto per transaction.
 * Fails when: a message is not padded (the digest is then of something else): only the writers of this folder call it.
 */

/** Round constants, each four times, so that a round loads one vector. */
const K4: usize = memory.data(1024, 16);
/** Message schedule: 64 vectors, lane by lane. */
const W: usize = memory.data(1024, 16);
/** Hash values: word k of lane l at 16 k + 4 l. */
const STATE: usize = memory.data(128, 16);
/** Per lane: a block that holds the first digest, padded, for the second hash. */
const SECOND: usize = memory.data(256, 16);
/** Per lane: next block, blocks left, where the digest goes, 1 while the first hash runs. */
const LANE_AT: usize = memory.data(16, 16);
const LANE_LEFT: usize = memory.data(16, 16);
const LANE_OUT: usize = memory.data(16, 16);
const LANE_FIRST: usize = memory.data(16, 16);
/** What an idle lane hashes. */
const IDLE: usize = memory.data(64, 16);

const IV: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/** Fills the tables that static data would have to repeat four times. Called once. */
export function prepareHash(): void {
  for (let round: usize = 0; round < 64; round += 1) {
    v128.store(K4 + (round << 4), i32x4.splat(load<u32>(K + (round << 2))));
  }
  for (let lane: usize = 0; lane < 4; lane += 1) {
    const block = SECOND + (lane << 6);
    memory.fill(block, 0, 64);
    store<u8>(block + 32, 0x80);
    store<u8>(block + 62, 1);
  }
}

@inline
function rotr(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shr_u(x, bits), i32x4.shl(x, 32 - bits));
}

@inline
function bigEndian(at: usize): v128 {
  return i8x16.shuffle(v128.load(at), i8x16.splat(0), 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Sixteen words of each of four blocks, transposed so that a vector holds one word of all lanes. */
@inline
function loadSchedule(a: usize, b: usize, c: usize, d: usize): void {
  for (let at: usize = 0; at < 64; at += 16) {
    const rowA = bigEndian(a + at);
    const rowB = bigEndian(b + at);
    const rowC = bigEndian(c + at);
    const rowD = bigEndian(d + at);
    const ab0 = i32x4.shuffle(rowA, rowB, 0, 4, 1, 5);
    const ab1 = i32x4.shuffle(rowA, rowB, 2, 6, 3, 7);
    const cd0 = i32x4.shuffle(rowC, rowD, 0, 4, 1, 5);
    const cd1 = i32x4.shuffle(rowC, rowD, 2, 6, 3, 7);
    const to = W + (at << 2);
    v128.store(to, i32x4.shuffle(ab0, cd0, 0, 1, 4, 5));
    v128.store(to, i32x4.shuffle(ab0, cd0, 2, 3, 6, 7), 16);
    v128.store(to, i32x4.shuffle(ab1, cd1, 0, 1, 4, 5), 32);
    v128.store(to, i32x4.shuffle(ab1, cd1, 2, 3, 6, 7), 48);
  }
}

@inline
function expandSchedule(): void {
  for (let at: usize = W; at < W + 768; at += 16) {
    const early = v128.load(at, 16);
    const late = v128.load(at, 224);
    const sigma0 = v128.xor(v128.xor(rotr(early, 7), rotr(early, 18)), i32x4.shr_u(early, 3));
    const sigma1 = v128.xor(v128.xor(rotr(late, 17), rotr(late, 19)), i32x4.shr_u(late, 10));
    const sum = i32x4.add(i32x4.add(v128.load(at), sigma0), i32x4.add(v128.load(at, 144), sigma1));
    v128.store(at, sum, 256);
  }
}

@inline
function first(e: v128, f: v128, g: v128, h: v128, at: usize): v128 {
  const sum1 = v128.xor(v128.xor(rotr(e, 6), rotr(e, 11)), rotr(e, 25));
  const choice = v128.xor(g, v128.and(e, v128.xor(f, g)));
  const constant = i32x4.add(v128.load(W + at), v128.load(K4 + at));
  return i32x4.add(i32x4.add(h, sum1), i32x4.add(choice, constant));
}

@inline
function second(a: v128, b: v128, c: v128): v128 {
  const sum0 = v128.xor(v128.xor(rotr(a, 2), rotr(a, 13)), rotr(a, 22));
  return i32x4.add(sum0, v128.xor(b, v128.and(v128.xor(a, b), v128.xor(b, c))));
}

/** One block of each lane into the hash values. */
function compress(blockA: usize, blockB: usize, blockC: usize, blockD: usize): void {
  loadSchedule(blockA, blockB, blockC, blockD);
  expandSchedule();
  let a = v128.load(STATE);
  let b = v128.load(STATE, 16);
  let c = v128.load(STATE, 32);
  let d = v128.load(STATE, 48);
  let e = v128.load(STATE, 64);
  let f = v128.load(STATE, 80);
  let g = v128.load(STATE, 96);
  let h = v128.load(STATE, 112);
  for (let at: usize = 0; at < 1024; at += 128) {
    let t = first(e, f, g, h, at);
    d = i32x4.add(d, t);
    h = i32x4.add(t, second(a, b, c));
    t = first(d, e, f, g, at + 16);
    c = i32x4.add(c, t);
    g = i32x4.add(t, second(h, a, b));
    t = first(c, d, e, f, at + 32);
    b = i32x4.add(b, t);
    f = i32x4.add(t, second(g, h, a));
    t = first(b, c, d, e, at + 48);
    a = i32x4.add(a, t);
    e = i32x4.add(t, second(f, g, h));
    t = first(a, b, c, d, at + 64);
    h = i32x4.add(h, t);
    d = i32x4.add(t, second(e, f, g));
    t = first(h, a, b, c, at + 80);
    g = i32x4.add(g, t);
    c = i32x4.add(t, second(d, e, f));
    t = first(g, h, a, b, at + 96);
    f = i32x4.add(f, t);
    b = i32x4.add(t, second(c, d, e));
    t = first(f, g, h, a, at + 112);
    e = i32x4.add(e, t);
    a = i32x4.add(t, second(b, c, d));
  }
  v128.store(STATE, i32x4.add(a, v128.load(STATE)));
  v128.store(STATE, i32x4.add(b, v128.load(STATE, 16)), 16);
  v128.store(STATE, i32x4.add(c, v128.load(STATE, 32)), 32);
  v128.store(STATE, i32x4.add(d, v128.load(STATE, 48)), 48);
  v128.store(STATE, i32x4.add(e, v128.load(STATE, 64)), 64);
  v128.store(STATE, i32x4.add(f, v128.load(STATE, 80)), 80);
  v128.store(STATE, i32x4.add(g, v128.load(STATE, 96)), 96);
  v128.store(STATE, i32x4.add(h, v128.load(STATE, 112)), 112);
}

function startLane(lane: usize, at: usize, blocks: u32, out: usize, isFirst: u32): void {
  store<u32>(LANE_AT + (lane << 2), at as u32);
  store<u32>(LANE_LEFT + (lane << 2), blocks);
  store<u32>(LANE_OUT + (lane << 2), out as u32);
  store<u32>(LANE_FIRST + (lane << 2), isFirst);
  for (let word: usize = 0; word < 8; word += 1) {
    store<u32>(STATE + (word << 4) + (lane << 2), load<u32>(IV + (word << 2)));
  }
}

/** Writes the hash values of a lane as bytes. */
function writeDigest(lane: usize, to: usize): void {
  for (let word: usize = 0; word < 8; word += 1) {
    store<u32>(to + (word << 2), bswap(load<u32>(STATE + (word << 4) + (lane << 2))));
  }
}

/**
 * Hashes `count` messages. `starts` and `blocks` list u32 addresses and numbers of 64-byte blocks; digest k goes to `digests` + 32 k.
 */
export function hashMessages(starts: usize, blocks: usize, count: u32, digests: usize): void {
  let next: u32 = 0;
  let busy: u32 = 0;
  for (let lane: usize = 0; lane < 4; lane += 1) {
    if (next < count) {
      startLane(lane, load<u32>(starts + (next << 2)), load<u32>(blocks + (next << 2)), digests + (next << 5), 1);
      next += 1;
      busy += 1;
    } else startLane(lane, IDLE, 0, 0, 0);
  }
  while (busy > 0) {
    compress(load<u32>(LANE_AT), load<u32>(LANE_AT, 4), load<u32>(LANE_AT, 8), load<u32>(LANE_AT, 12));
    for (let lane: usize = 0; lane < 4; lane += 1) {
      const slot = lane << 2;
      const left = load<u32>(LANE_LEFT + slot);
      if (left > 1) {
        store<u32>(LANE_LEFT + slot, left - 1);
        store<u32>(LANE_AT + slot, load<u32>(LANE_AT + slot) + 64);
      } else if (left == 1) {
        const out = load<u32>(LANE_OUT + slot);
        if (load<u32>(LANE_FIRST + slot) == 1) {
          const again = SECOND + (lane << 6);
          writeDigest(lane, again);
          startLane(lane, again, 1, out, 0);
        } else {
          writeDigest(lane, out);
          if (next < count) {
            startLane(lane, load<u32>(starts + (next << 2)), load<u32>(blocks + (next << 2)), digests + (next << 5), 1);
            next += 1;
          } else {
            startLane(lane, IDLE, 0, 0, 0);
            busy -= 1;
          }
        }
      }
    }
  }
}
