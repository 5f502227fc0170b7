/**
 * Claim:      says at once of nearly every outpoint that it is not held, and of the rest exactly whether it is and under which number.
 * Source:     a one-hash filter of bits before an open-addressing index; the last word is a comparison of all 32 bytes of the txid, because
 *             transaction ids can be searched for whose first 8 bytes agree.
 * Parameters: none; filter and index grow with what is held.
 * Cost:       one read of a bit for an outpoint not held (64 KB of bits while fewer than 32,768 are held); 56 bytes for each held.
 * Fails when: somebody makes many ids that agree in the words hashed here: it then gets slow, not wrong.
 */

const TXID_BYTES = 32;
const FIRST_CAPACITY = 1024;
/** Bits of the filter per entry ever put in since it was built; below this it is built anew from what is held. */
const FILTER_BITS_PER_ENTRY = 16;
const FIRST_FILTER_BITS = 2 ** 19;
const GOLDEN = 0x9e37_79b1;

/** Outpoints with a number and a note each. Slots are reused. */
export class OutpointTable<Note> {
  /** Number of outpoints held. */
  size = 0;
  private filter = new Uint32Array(FIRST_FILTER_BITS / 32);
  private filterMask = FIRST_FILTER_BITS - 1;
  private filtered = 0;
  /** Slot + 1 by hash, 0 for none; linear probing, at most half full. */
  private index = new Int32Array(FIRST_CAPACITY * 2);
  private free: number[] = [];
  private used = 0;
  private txids = new Uint8Array(FIRST_CAPACITY * TXID_BYTES);
  private hash = new Uint32Array(FIRST_CAPACITY);
  private vout = new Uint32Array(FIRST_CAPACITY);
  private number = new Float64Array(FIRST_CAPACITY);
  private notes: Array<Note | undefined> = [];

  /** First input from `from` to before `to` that may be held, else `to`. `heads` are two words per input, see columns. */
  nextCandidate(inputs: { heads: Uint32Array; vouts: Uint32Array }, from: number, to: number): number {
    const { filter, filterMask } = this;
    const { heads, vouts } = inputs;
    for (let input = from; input < to; input += 1) {
      const bit = (heads[2 * input] ^ Math.imul(vouts[input], GOLDEN)) & filterMask;
      if ((filter[bit >>> 5] & (1 << (bit & 31))) !== 0 && this.mayHold(heads[2 * input], vouts[input])) return input;
    }
    return to;
  }

  /** Whether an outpoint with this first word and vout is held: the filter lets one of some fifty pass that is not. */
  private mayHold(head: number, vout: number): boolean {
    const { index } = this;
    const mask = index.length - 1;
    const hash = (head ^ Math.imul(vout, GOLDEN)) >>> 0;
    for (let at = spread(hash) & mask; index[at] !== 0; at = (at + 1) & mask) {
      if (this.hash[index[at] - 1] === hash) return true;
    }
    return false;
  }

  /** Slot of an outpoint, -1 when it is not held. `bytes` has the txid in internal order at `place`. */
  find(bytes: Uint8Array, place: number, vout: number): number {
    const { index } = this;
    const mask = index.length - 1;
    const hash = hashOf(bytes, place, vout);
    for (let at = spread(hash) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const slot = index[at] - 1;
      if (this.hash[slot] === hash && this.vout[slot] === vout && this.sameTxid(slot, bytes, place)) return slot;
    }
    return -1;
  }

  /** Adds an outpoint; false when it is held already. */
  add(bytes: Uint8Array, vout: number, entry: { number: number; note: Note }): boolean {
    if (this.find(bytes, 0, vout) >= 0) return false;
    if ((this.size + 1) * 2 > this.index.length) this.growIndex();
    const slot = this.free.pop() ?? this.newSlot();
    this.txids.set(bytes.subarray(0, TXID_BYTES), slot * TXID_BYTES);
    this.hash[slot] = hashOf(bytes, 0, vout);
    this.vout[slot] = vout;
    this.number[slot] = entry.number;
    this.notes[slot] = entry.note;
    this.size += 1;
    this.enterIndex(slot);
    this.enterFilter(slot);
    return true;
  }

  /** Number of the outpoint in a slot. */
  numberAt(slot: number): number {
    return this.number[slot];
  }

  /** Note of the outpoint in a slot. */
  noteAt(slot: number): Note {
    const note = this.notes[slot];
    if (note === undefined) throw new Error(`slot ${slot} of the outpoint table is empty`);
    return note;
  }

  /** Txid of the outpoint in a slot, a view of 32 bytes. */
  txidAt(slot: number): Uint8Array {
    return this.txids.subarray(slot * TXID_BYTES, (slot + 1) * TXID_BYTES);
  }

  /** Slot of every number held. */
  slotsByNumber(): Map<number, number> {
    const slots = new Map<number, number>();
    for (let slot = 0; slot < this.used; slot += 1)
      if (this.notes[slot] !== undefined) slots.set(this.number[slot], slot);
    return slots;
  }

  /** Takes the outpoint of a slot out. */
  remove(slot: number): void {
    const { index } = this;
    const mask = index.length - 1;
    let hole = spread(this.hash[slot]) & mask;
    while (index[hole] !== slot + 1) hole = (hole + 1) & mask;
    // Entries behind the hole that may stand in it move up, so that no search ends before its entry.
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = spread(this.hash[index[at] - 1]) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      index[hole] = index[at];
      hole = at;
    }
    index[hole] = 0;
    this.notes[slot] = undefined;
    this.free.push(slot);
    this.size -= 1;
  }

  /** Everything held, by slot. */
  *entries(): Generator<{ txid: Uint8Array; vout: number; number: number; note: Note }> {
    for (let slot = 0; slot < this.used; slot += 1) {
      const note = this.notes[slot];
      if (note === undefined) continue;
      yield { txid: this.txidAt(slot), vout: this.vout[slot], number: this.number[slot], note };
    }
  }

  private sameTxid(slot: number, bytes: Uint8Array, place: number): boolean {
    const own = slot * TXID_BYTES;
    for (let at = 0; at < TXID_BYTES; at += 1) if (this.txids[own + at] !== bytes[place + at]) return false;
    return true;
  }

  private newSlot(): number {
    const { used } = this;
    if (used === this.hash.length) {
      this.txids = doubled(this.txids, new Uint8Array(this.txids.length * 2));
      this.hash = doubled(this.hash, new Uint32Array(used * 2));
      this.vout = doubled(this.vout, new Uint32Array(used * 2));
      this.number = doubled(this.number, new Float64Array(used * 2));
    }
    this.used += 1;
    return used;
  }

  private enterIndex(slot: number): void {
    const { index } = this;
    const mask = index.length - 1;
    let at = spread(this.hash[slot]) & mask;
    while (index[at] !== 0) at = (at + 1) & mask;
    index[at] = slot + 1;
  }

  private growIndex(): void {
    this.index = new Int32Array(this.index.length * 2);
    for (let slot = 0; slot < this.used; slot += 1) if (this.notes[slot] !== undefined) this.enterIndex(slot);
  }

  private enterFilter(slot: number): void {
    this.filtered += 1;
    if (this.filtered * FILTER_BITS_PER_ENTRY > this.filterMask + 1) this.renewFilter();
    else this.setBit(this.hash[slot]);
  }

  /** Bits cannot be taken back one by one: once too many were set, the filter is built from what is held, with room for twice as much. */
  private renewFilter(): void {
    let bits = FIRST_FILTER_BITS;
    while (bits < this.size * FILTER_BITS_PER_ENTRY * 2) bits *= 2;
    this.filter = new Uint32Array(bits / 32);
    this.filterMask = bits - 1;
    this.filtered = this.size;
    for (let slot = 0; slot < this.used; slot += 1) if (this.notes[slot] !== undefined) this.setBit(this.hash[slot]);
  }

  private setBit(hash: number): void {
    const bit = hash & this.filterMask;
    this.filter[bit >>> 5] |= 1 << (bit & 31);
  }
}

/** First word of the txid and the vout, mixed: what `nextCandidate` computes from columns. */
function hashOf(bytes: Uint8Array, place: number, vout: number): number {
  const head = bytes[place] | (bytes[place + 1] << 8) | (bytes[place + 2] << 16) | (bytes[place + 3] << 24);
  return (head ^ Math.imul(vout, GOLDEN)) >>> 0;
}

/** Outputs of one transaction differ in high bits as well as in low ones. */
function spread(hash: number): number {
  return Math.imul(hash, GOLDEN) >>> 7;
}

function doubled<T extends Uint8Array | Uint32Array | Float64Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
