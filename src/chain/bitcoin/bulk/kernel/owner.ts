/** Owner keys as in `../owner-key.ts`, which says what they are; here they are the same arithmetic on bytes in memory. */

const P2PKH: u32 = 1;
const P2SH: u32 = 2;
const P2WPKH: u32 = 3;
const P2WSH: u32 = 4;
const P2TR: u32 = 5;
const P2PK: u32 = 6;
const P2PK_LONG: u32 = 7;

const SEED_1: u32 = 0x73706f6f;
const SEED_2: u32 = 0x72747261;

@inline
function finish(lane: u32): u32 {
  let h = lane ^ 36;
  h = (h ^ (h >>> 16)) * 0x85ebca6b;
  h = (h ^ (h >>> 13)) * 0xc2b2ae35;
  return h ^ (h >>> 16);
}

/** What a word is turned into does not depend on the seed, so both lanes go through one loop; past the payload the words are zero. */
@inline
function keyOf(head: u32, payload: usize, words: usize): u64 {
  let k = rotl<u32>(head * 0xcc9e2d51, 15) * 0x1b873593;
  let h1 = rotl<u32>(SEED_1 ^ k, 13) * 5 + 0xe6546b64;
  let h2 = rotl<u32>(SEED_2 ^ k, 13) * 5 + 0xe6546b64;
  for (let word: usize = 0; word < words; word += 1) {
    k = rotl<u32>(load<u32>(payload + (word << 2)) * 0xcc9e2d51, 15) * 0x1b873593;
    h1 = rotl<u32>(h1 ^ k, 13) * 5 + 0xe6546b64;
    h2 = rotl<u32>(h2 ^ k, 13) * 5 + 0xe6546b64;
  }
  for (let word: usize = words; word < 8; word += 1) {
    h1 = rotl<u32>(h1, 13) * 5 + 0xe6546b64;
    h2 = rotl<u32>(h2, 13) * 5 + 0xe6546b64;
  }
  const low = finish(h1);
  const high = finish(h2);
  return low == 0 && high == 0 ? <u64>1 << 32 : (<u64>low) | ((<u64>high) << 32);
}

function key20(head: u32, payload: usize): u64 {
  return keyOf(head, payload, 5);
}

function key32(head: u32, payload: usize): u64 {
  return keyOf(head, payload, 8);
}

/** Owner key of a script, low word first; 0 where the script has no owner. */
export function ownerOfScript(at: usize, length: u32): u64 {
  const first = load<u8>(at);
  if (length == 22) {
    if (first == 0 && load<u8>(at, 1) == 20) return key20(P2WPKH, at + 2);
  } else if (length == 25) {
    if (load<u32>(at) << 8 == 0x14a97600 && load<u16>(at, 23) == 0xac88) return key20(P2PKH, at + 3);
  } else if (length == 23) {
    if (load<u16>(at) == 0x14a9 && load<u8>(at, 22) == 0x87) return key20(P2SH, at + 2);
  } else if (length == 34) {
    if (load<u8>(at, 1) == 32) {
      if (first == 0) return key32(P2WSH, at + 2);
      if (first == 0x51) return key32(P2TR, at + 2);
    }
  } else if (length == 35) {
    const prefix: u32 = load<u8>(at, 1);
    if (first == 33 && (prefix == 2 || prefix == 3) && load<u8>(at, 34) == 0xac) {
      return key32(P2PK | (prefix << 8), at + 2);
    }
  } else if (length == 67) {
    if (first == 65 && load<u8>(at, 1) == 4 && load<u8>(at, 66) == 0xac) {
      return key32(P2PK_LONG | ((4 | <u32>(load<u8>(at, 65) & 1)) << 8), at + 2);
    }
  }
  return 0;
}

/** Owner key of the special compressed forms of undo files: 0 p2pkh, 1 p2sh, 2 to 5 p2pk by the prefix of the key. */
export function ownerOfCompressed(form: u32, at: usize): u64 {
  if (form == 0) return key20(P2PKH, at);
  if (form == 1) return key20(P2SH, at);
  return key32((form < 4 ? P2PK : P2PK_LONG) | (form << 8), at);
}
