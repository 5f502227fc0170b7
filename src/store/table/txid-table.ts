/**
 * Claim:      finds the number of a txid among those added, exactly.
 * Source:     open addressing with linear probing; txids are hashes, so their own bytes choose the slot.
 * Parameters: none; it grows by doubling when more than half full.
 * Cost:       32 bytes for each txid and 8 to 16 for its slots; one or two cache misses a question.
 * Fails when: a million txids are made to start with the same four bytes: then it is slow, not wrong.
 */
import type { Buffer } from 'node:buffer';

const WORDS = 8;
const FIRST_SLOTS = 2 ** 16;

/** Numbers 0, 1, 2 ... of txids in the order they were added. */
export class TxidTable {
  size = 0;
  private slots = new Int32Array(FIRST_SLOTS);
  private words = new Int32Array((FIRST_SLOTS / 2) * WORDS);

  /** Adds a txid; one that is there already is found by its newest number from now on. Tells whether it was new. */
  add(txid: Buffer): boolean {
    if (2 * (this.size + 1) > this.slots.length) this.grow();
    const slot = this.slotOf(txid);
    const isNew = this.slots[slot] === 0;
    for (let word = 0; word < WORDS; word += 1) this.words[this.size * WORDS + word] = txid.readInt32LE(4 * word);
    this.size += 1;
    this.slots[slot] = this.size;
    return isNew;
  }

  /** Number of a txid, or -1. */
  find(txid: Buffer): number {
    return this.slots[this.slotOf(txid)] - 1;
  }

  /** Slot that holds a txid, or the free one where it would be. */
  private slotOf(txid: Buffer): number {
    const mask = this.slots.length - 1;
    const first = txid.readInt32LE(0);
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      const entry = this.slots[slot];
      if (entry === 0) return slot;
      const at = (entry - 1) * WORDS;
      if (this.words[at] !== first) continue;
      let word = 1;
      while (word < WORDS && this.words[at + word] === txid.readInt32LE(4 * word)) word += 1;
      if (word === WORDS) return slot;
    }
  }

  private grow(): void {
    const { words, slots } = this;
    this.slots = new Int32Array(2 * slots.length);
    this.words = new Int32Array(2 * words.length);
    this.words.set(words);
    const mask = this.slots.length - 1;
    for (const entry of slots) {
      if (entry === 0) continue;
      let slot = words[(entry - 1) * WORDS] & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = entry;
    }
  }
}
