/**
 * Blocks on their way from workers to the one that takes them in chain order: a ring of slots in shared memory. Block number n goes through slot
 * n mod slots; a slot is free for n once block n - slots was taken. Arrays lie at fixed places of a slot, sized for the largest block there can be;
 * memory that no block touches is never given by the system.
 */
import { type BlockColumns, emptyColumns } from './columns.ts';
import { MAX_COLUMNS } from './kernel.ts';

/** Words before the first slot: the next block to claim, whether all is to stop, whether undo records are wanted, the next block to read ahead. */
const CLAIM = 0;
const STOP = 1;
const WANT_UNDO = 2;
const AHEAD = 3;

/** State of a slot: 2 n while it is free for its block n (counted per slot), 2 n + 1 while that block lies in it. */
const STATE = 0;
const TRANSACTIONS = 1;
const INPUTS = 2;
const OUTPUTS = 3;
const HAS_UNDO = 4;
const SLOT_WORDS = 16;
/** How long a worker sleeps before it looks again for a free slot: less than the blocks last that lie in the ring. */
const LOOK_AGAIN_MS = 1;
/** How far ahead of the claims files are read by who waits: at most half a gigabyte, which stays in memory until its turn. */
const AHEAD_BLOCKS = 128;

const SPENDS = [
  'bytes',
  'transactionPlace',
  'firstInput',
  'inputPlace',
  'inputHead',
  'inputVout',
  'inputValueSat',
] as const;
const RECEIPTS = [...SPENDS, 'inputOwner', 'firstOutput', 'outputValueSat', 'outputOwner', 'outputScript'] as const;
const CLUSTERS = ['firstInput', 'firstOutput', 'inputOwner', 'outputValueSat', 'outputOwner'] as const;

/**
 * What the columns of a slot hold besides counts: `graph` heads and outputs, `clusters` owners from undo, `owners` the scripts of outputs too,
 * `addresses` scripts alone, `spends` what is spent and the bytes it is in, with values where the taker wants undo records, `payers` with their owners too,
 * `receipts` also outputs and theirs, `full` the same and always with undo records: all that `owners` has.
 */
export const FEEDS = {
  count: [],
  txids: ['txids'],
  graph: [
    'firstInput',
    'firstOutput',
    'inputHead',
    'inputVout',
    'outputValueSat',
    'outputOwner',
    'outputFlags',
    'txids',
  ],
  clusters: CLUSTERS,
  owners: [...CLUSTERS, 'transactionPlace', 'outputScript', 'bytes'],
  addresses: ['transactionPlace', 'outputOwner', 'outputScript', 'bytes'],
  spends: SPENDS,
  payers: [...SPENDS, 'inputOwner'],
  receipts: RECEIPTS,
  full: RECEIPTS,
} as const satisfies Record<string, ReadonlyArray<keyof BlockColumns>>;
/** Kinds of feed. */
export type FeedKind = keyof typeof FEEDS;

type Column = (typeof FEEDS)[FeedKind][number];

/** Columns that only the undo record fills. */
const UNDO_COLUMNS: ReadonlySet<Column> = new Set<Column>(['inputValueSat', 'inputOwner']);

const { transactions: T, inputs: I, outputs: O } = MAX_COLUMNS;

/** Length of each column in elements, and how many of them a block uses. */
const SHAPES: Readonly<
  Record<Column, { readonly length: number; readonly bytes: 1 | 4 | 8; used(columns: BlockColumns): number }>
> = {
  transactionPlace: { length: T + 1, bytes: 4, used: ({ transactionCount }) => transactionCount + 1 },
  firstInput: { length: T + 1, bytes: 4, used: ({ transactionCount }) => transactionCount + 1 },
  firstOutput: { length: T + 1, bytes: 4, used: ({ transactionCount }) => transactionCount + 1 },
  inputPlace: { length: I, bytes: 4, used: ({ inputCount }) => inputCount },
  inputHead: { length: 2 * I, bytes: 4, used: ({ inputCount }) => 2 * inputCount },
  inputVout: { length: I, bytes: 4, used: ({ inputCount }) => inputCount },
  inputValueSat: { length: I, bytes: 8, used: ({ inputCount }) => inputCount },
  inputOwner: { length: 2 * I, bytes: 4, used: ({ inputCount }) => 2 * inputCount },
  outputValueSat: { length: O, bytes: 8, used: ({ outputCount }) => outputCount },
  outputOwner: { length: 2 * O, bytes: 4, used: ({ outputCount }) => 2 * outputCount },
  outputScript: { length: 2 * O, bytes: 4, used: ({ outputCount }) => 2 * outputCount },
  outputFlags: { length: O, bytes: 1, used: ({ outputCount }) => outputCount },
  txids: { length: 32 * T, bytes: 1, used: ({ transactionCount }) => 32 * transactionCount },
  bytes: {
    length: MAX_COLUMNS.bytes,
    bytes: 1,
    used: ({ transactionCount, transactionPlace }) => transactionPlace[transactionCount],
  },
};

/** The shared memory of a ring. */
export interface RingMemory {
  readonly kind: FeedKind;
  readonly slots: number;
  readonly control: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
}

function aligned(bytes: number): number {
  return (bytes + 63) & ~63;
}

function slotBytes(kind: FeedKind): number {
  return FEEDS[kind].reduce((sum, column) => sum + aligned(SHAPES[column].length * SHAPES[column].bytes), 0);
}

/** Makes the memory of a ring. */
export function ringMemory(kind: FeedKind, slots: number): RingMemory {
  const control = new SharedArrayBuffer(SLOT_WORDS * 4 * (slots + 1));
  return { kind, slots, control, data: new SharedArrayBuffer(Math.max(64, slots * slotBytes(kind))) };
}

type View = Uint8Array | Uint32Array | Float64Array;

function view(data: SharedArrayBuffer, at: { bytes: 1 | 4 | 8; place: number; length: number }): View {
  if (at.bytes === 1) return new Uint8Array(data, at.place, at.length);
  return at.bytes === 4 ? new Uint32Array(data, at.place, at.length) : new Float64Array(data, at.place, at.length);
}

function slotColumns({ kind, data }: RingMemory, slot: number): BlockColumns {
  let place = slot * slotBytes(kind);
  const views: Partial<Record<Column, View>> = {};
  for (const column of FEEDS[kind]) {
    const { length, bytes } = SHAPES[column];
    views[column] = view(data, { bytes, place, length });
    place += aligned(length * bytes);
  }
  return Object.assign(emptyColumns(), views);
}

/** A ring as both ends see it. */
export class Ring {
  readonly slots: number;
  private readonly memory: RingMemory;
  private readonly words: Int32Array;
  private readonly columns: readonly BlockColumns[];

  constructor(memory: RingMemory) {
    this.memory = memory;
    this.slots = memory.slots;
    this.words = new Int32Array(memory.control);
    this.columns = Array.from({ length: memory.slots }, (_, slot) => slotColumns(memory, slot));
  }

  /** Takes the number of the next block to work on; numbers start at 0. */
  claim(): number {
    return Atomics.add(this.words, CLAIM, 1);
  }

  /** Takes the number of a block below `count` that is to be read ahead of its turn; null where enough is. */
  claimAhead(count: number): number | null {
    const claimed = Atomics.load(this.words, CLAIM);
    const before = Atomics.load(this.words, AHEAD);
    const next = Math.max(before, claimed);
    if (next >= Math.min(count, claimed + AHEAD_BLOCKS)) return null;
    return Atomics.compareExchange(this.words, AHEAD, before, next + 1) === before ? next : null;
  }

  /** What was read ahead lay in memory already: the rest of the way is not looked at. */
  skipAhead(): void {
    Atomics.store(this.words, AHEAD, Atomics.load(this.words, CLAIM) + AHEAD_BLOCKS);
  }

  /** Tells every worker to end. */
  stop(): void {
    Atomics.store(this.words, STOP, 1);
    for (let slot = 0; slot < this.slots; slot += 1) Atomics.notify(this.words, this.stateAt(slot));
  }

  get stopped(): boolean {
    return Atomics.load(this.words, STOP) === 1;
  }

  /** Whether the taker expects to need what inputs were worth. What it gets without is the same, read by itself. */
  get wantsUndo(): boolean {
    return Atomics.load(this.words, WANT_UNDO) === 1;
  }

  set wantsUndo(wanted: boolean) {
    Atomics.store(this.words, WANT_UNDO, wanted ? 1 : 0);
  }

  /**
   * Waits until the slot of block `number` is free, copies the columns into it and hands it over. `undo`: whether they have values of inputs;
   * `meanwhile` does a little while it waits, false for nothing to do.
   */
  put(number: number, from: BlockColumns, undo: boolean, meanwhile: () => boolean): void {
    const slot = number % this.slots;
    const state = this.stateAt(slot);
    const free = 2 * Math.floor(number / this.slots);
    for (let now = Atomics.load(this.words, state); now !== free; now = Atomics.load(this.words, state)) {
      if (this.stopped) return;
      if (!meanwhile()) Atomics.wait(this.words, state, now, LOOK_AGAIN_MS);
    }
    const to = this.columns[slot];
    for (const column of FEEDS[this.memory.kind]) {
      if (!undo && UNDO_COLUMNS.has(column)) continue;
      const used = SHAPES[column].used(from);
      to[column].set(from[column].subarray(0, used));
    }
    this.words[state + TRANSACTIONS] = from.transactionCount;
    this.words[state + INPUTS] = from.inputCount;
    this.words[state + OUTPUTS] = from.outputCount;
    this.words[state + HAS_UNDO] = undo ? 1 : 0;
    Atomics.store(this.words, state, free + 1);
    Atomics.notify(this.words, state);
  }

  /** Whether block `number` lies in its slot. */
  holds(number: number): boolean {
    return Atomics.load(this.words, this.stateAt(number % this.slots)) === this.full(number);
  }

  /** Waits for block `number`, at most `timeoutMs`, in which this thread does nothing else. */
  awaitArrival(number: number, timeoutMs: number): void {
    const state = this.stateAt(number % this.slots);
    const now = Atomics.load(this.words, state);
    if (now !== this.full(number)) Atomics.wait(this.words, state, now, timeoutMs);
  }

  /** Whether block `number`, which must have arrived, has values of its inputs. */
  hasUndo(number: number): boolean {
    return this.words[this.stateAt(number % this.slots) + HAS_UNDO] === 1;
  }

  /** Columns of block `number`, which must have arrived; good until `free`. */
  take(number: number): BlockColumns {
    const slot = number % this.slots;
    const state = this.stateAt(slot);
    const columns = this.columns[slot];
    columns.transactionCount = this.words[state + TRANSACTIONS];
    columns.inputCount = this.words[state + INPUTS];
    columns.outputCount = this.words[state + OUTPUTS];
    return columns;
  }

  /** Gives the slot of block `number` back. Nobody is woken: waking costs the one thread that others wait for more than a block does. */
  free(number: number): void {
    Atomics.store(this.words, this.stateAt(number % this.slots), this.full(number) + 1);
  }

  private full(number: number): number {
    return 2 * Math.floor(number / this.slots) + 1;
  }

  private stateAt(slot: number): number {
    return (slot + 1) * SLOT_WORDS + STATE;
  }
}
