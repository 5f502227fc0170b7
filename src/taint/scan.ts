/**
 * Claim:      the same answer as `propagate.ts` from one pass over the chain, without an index: what is not tainted is neither hashed nor kept.
 * Source:     chain order is topological order, so every output is made before it is spent; the values of a spend are in the undo record.
 * Parameters: as `propagate.ts`; who is told of resting places; a note of the caller's own per tainted output.
 * Cost:       one test of a bit per input; per tainted transaction one hash and the rules; memory by the outputs that carry taint at one time.
 * Fails when: blocks are out of order or missing: a spend that is not seen leaves its output unspent.
 *
 * Transactions are named by their order keys here. Tainted outputs get dense numbers as they appear, in total order.
 */
import { type BlockFees, NONE, outputId, SpoorError, type TxFrame, txId } from '../ledger/index.ts';
import { OutpointTable } from './outpoint-table.ts';
import type { Placement, TaintResult } from './result.ts';
import { type VisitParameters, Visits } from './visit.ts';

/** What tells whether a block spends taint: its inputs in block order, the coinbase's left out (`BlockColumns` of the chain room has it all). */
export interface ScanColumns {
  readonly transactionCount: number;
  readonly bytes: Uint8Array;
  readonly firstInput: Uint32Array;
  readonly inputPlace: Uint32Array;
  readonly inputHead: Uint32Array;
  readonly inputVout: Uint32Array;
}

/** One transaction, read when taint meets it, not to be written to. Lists are in vin and vout order; a coinbase has no inputs. Amounts in satoshi. */
export interface ScanTransaction<Note> {
  /** 32 bytes in internal order, good until the next transaction is asked for. */
  readonly txid: Uint8Array;
  readonly inputValueSat: number[];
  /** Owners of what is spent and of outputs as numbers that tell them apart, NONE for nobody; asked for where coinjoins stop taint. */
  readonly inputOwner: number[];
  readonly outputOwner: number[];
  readonly outputValueSat: number[];
  /** Bit 1: unspendable, as in `TxFrame.outputFlags`. */
  readonly outputFlags: number[];
  /** Whether taint stops at the owner of this output. */
  isService(vout: number): boolean;
  /** What the caller needs to name this output later. */
  note(vout: number): Note;
}

/** A seed that lies in the block at hand: output `vout` of its transaction `position`. Labels count from 0, in canonical order. */
export interface ScanSeed {
  readonly position: number;
  readonly vout: number;
  readonly label: number;
}

/** One block in chain order. Transactions are named by position in the block. */
export interface ScanBlock<Note> {
  readonly height: number;
  readonly columns: ScanColumns;
  /** New coins the block may make, in satoshi. */
  readonly subsidySat: number;
  readonly seeds: readonly ScanSeed[];
  /** Reads a transaction; the same object again while no other is asked for. */
  transaction(position: number): ScanTransaction<Note>;
  /** Fees of the transactions behind the coinbase, in block order; asked for where fee taint goes on. */
  feesSat(): number[];
}

/** Takes a resting place with the txid of its output (32 bytes in internal order, good for the call) and its note. */
export type OnScanRest<Note> = (rule: string, placement: Placement, of: { txid: Uint8Array; note: Note }) => void;

/** What a scan is told: as a run, but services are asked of each block and labels come with the seeds. */
export type ScanParameters = Omit<VisitParameters, 'serviceAddresses' | 'keepTrail'>;

/** A tainted output that waits. */
export interface HeldOutput<Note> {
  readonly txid: Uint8Array;
  readonly vout: number;
  readonly number: number;
  readonly note: Note;
}

/** No block has more transactions; the coinbase gets this as its rank, because it comes last. */
const RANKS = 2 ** 20;
/** Owner keys are 0 and above, NONE is -1. */
const SERVICE = -2;
const SERVICES: ReadonlySet<number> = new Set([SERVICE]);

/** The running state of one scan. */
export class TaintScan<Note> {
  readonly visits: Visits;
  /** Number that the next tainted transaction's first output gets. */
  nextOutput = 0;
  private readonly table = new OutpointTable<Note>();
  /** Owners of inputs matter to the test for coinjoins alone. */
  private readonly asksOwners: boolean;
  /** The transaction being visited: its block, its position, its tainted inputs and their slots, its outputs that wait. */
  private block: ScanBlock<Note> | null = null;
  private position = 0;
  private readonly taintedInputs: Array<readonly [input: number, output: number]> = [];
  private readonly slots = new Map<number, number>();
  private readonly waiting = new Set<number>();
  private unspentSlots: ReadonlyMap<number, number> = new Map();

  constructor(parameters: ScanParameters, onRest: OnScanRest<Note>) {
    this.asksOwners = parameters.stopAtCoinjoin;
    this.visits = new Visits(
      { ...parameters, serviceAddresses: SERVICES, keepTrail: false },
      (holder, waiting) => {
        holder.wait(waiting);
        this.waiting.add(waiting.vout);
      },
      (rule, placement) => onRest(rule, placement, this.nameOf(placement)),
    );
  }

  /** Moves taint through the next block of the chain. */
  scan(block: ScanBlock<Note>): void {
    const { transactionCount } = block.columns;
    const seeded = new Set(block.seeds.map(({ position }) => position));
    let feesTainted = false;
    let from = 1;
    this.block = block;
    for (const place of [...seeded].filter((position) => position > 0).sort((a, b) => a - b)) {
      feesTainted = this.follow(block, from, place) || feesTainted;
      this.lookUp(block, place);
      feesTainted = this.visit(block, place) || feesTainted;
      from = place + 1;
    }
    feesTainted = this.follow(block, from, transactionCount) || feesTainted;
    if (feesTainted) this.visits.enterBlock(blockFees(block));
    if (feesTainted || seeded.has(0)) {
      this.forgetInputs();
      this.visit(block, 0);
    }
    this.visits.closeFees();
    this.block = null;
  }

  /** Visits the transactions of these positions that spend taint. Returns whether fee taint goes on. */
  private follow(block: ScanBlock<Note>, from: number, to: number): boolean {
    const { firstInput, inputHead, inputVout } = block.columns;
    const inputs = { heads: inputHead, vouts: inputVout };
    const end = firstInput[to];
    let feesTainted = false;
    let input = this.table.nextCandidate(inputs, firstInput[from], end);
    while (input < end) {
      const position = transactionOf(firstInput, input, to);
      this.lookUp(block, position);
      if (this.slots.size > 0) feesTainted = this.visit(block, position) || feesTainted;
      input = this.table.nextCandidate(inputs, firstInput[position + 1], end);
    }
    return feesTainted;
  }

  /** The chain is at its end: what waits is unspent. Throws CONSERVATION if the books do not add up. */
  finish(): TaintResult {
    this.unspentSlots = this.table.slotsByNumber();
    this.visits.restUnspent();
    return this.visits.result();
  }

  /** Outputs that carry taint now. */
  held(): Iterable<HeldOutput<Note>> {
    return this.table.entries();
  }

  /** How many outputs carry taint now. */
  get heldCount(): number {
    return this.table.size;
  }

  /** Puts a held output back, when a scan goes on from another time. */
  hold({ txid, vout, number, note }: HeldOutput<Note>): void {
    if (this.table.add(txid, vout, { number, note })) return;
    throw new SpoorError('LEDGER_INVALID', `output ${vout} of one transaction is made twice and was not spent between`);
  }

  /** Txid and note of an output that comes to rest: spent here, made here, or left at the end. */
  private nameOf({ output, vout }: Placement): { txid: Uint8Array; note: Note } {
    const { block, position, table } = this;
    const slot = this.slots.get(output) ?? this.unspentSlots.get(output);
    if (slot !== undefined) return { txid: table.txidAt(slot), note: table.noteAt(slot) };
    if (block === null) throw new Error(`output ${output} comes to rest and is not held`);
    const transaction = block.transaction(position);
    return { txid: transaction.txid, note: transaction.note(vout) };
  }

  private forgetInputs(): void {
    this.taintedInputs.length = 0;
    this.slots.clear();
  }

  /** Looks up every input of a transaction: which spend taint, and from where. */
  private lookUp(block: ScanBlock<Note>, position: number): void {
    const { columns } = block;
    const inputs = { heads: columns.inputHead, vouts: columns.inputVout };
    const end = columns.firstInput[position + 1];
    this.forgetInputs();
    let input = this.table.nextCandidate(inputs, columns.firstInput[position], end);
    for (; input < end; input = this.table.nextCandidate(inputs, input + 1, end)) {
      const slot = this.table.find(columns.bytes, columns.inputPlace[input], columns.inputVout[input]);
      if (slot < 0) continue;
      const output = this.table.numberAt(slot);
      this.taintedInputs.push([input, output]);
      this.slots.set(output, slot);
    }
  }

  /** Visits one transaction. Returns whether its fee carries taint that is to go on. */
  private visit(block: ScanBlock<Note>, position: number): boolean {
    const frame = this.frame(block, position);
    const { tx, orderKey, firstOutput } = frame;
    this.position = position;
    this.waiting.clear();
    for (const seed of block.seeds) {
      if (seed.position !== position) continue;
      this.visits.addSeed({ output: outputId(firstOutput + seed.vout), tx, orderKey, label: seed.label });
    }
    const propagates = this.visits.visit(frame) !== null;
    for (const slot of this.slots.values()) this.table.remove(slot);
    this.nextOutput += frame.outputValueSat.length;
    if (this.waiting.size === 0) return propagates;
    const transaction = block.transaction(position);
    for (const vout of this.waiting) {
      this.hold({ txid: transaction.txid, vout, number: firstOutput + vout, note: transaction.note(vout) });
    }
    return propagates;
  }

  private frame(block: ScanBlock<Note>, position: number): TxFrame {
    const { height } = block;
    const transaction = block.transaction(position);
    const { inputValueSat, outputValueSat, outputFlags } = transaction;
    const firstInput = block.columns.firstInput[position];
    const inputOutput = new Array<number>(inputValueSat.length).fill(NONE);
    for (const [input, output] of this.taintedInputs) inputOutput[input - firstInput] = output;
    const outputAddress = outputValueSat.map((_, vout) =>
      transaction.isService(vout) ? SERVICE : this.asksOwners ? transaction.outputOwner[vout] : NONE,
    );
    const orderKey = orderKeyOf(height, position);
    return {
      tx: txId(orderKey),
      orderKey,
      height,
      coinbase: position === 0,
      inputOutput,
      inputValueSat,
      inputAddress: this.asksOwners ? transaction.inputOwner : inputOutput,
      firstOutput: outputId(this.nextOutput),
      outputValueSat,
      outputAddress,
      outputFlags,
      outputSpender: NOBODY,
      outputSpenderKey: NOBODY,
    };
  }
}

/** No spender is known here, and nobody asks for one. */
const NOBODY: number[] = [];

/** Place in the one total order: the coinbase is the last of its block. */
function orderKeyOf(height: number, position: number): number {
  return height * RANKS + (position === 0 ? RANKS - 1 : position);
}

/** Height of a transaction as scans name it. */
export function scanHeight(tx: number): number {
  return Math.floor(tx / RANKS);
}

/** Position in its block of a transaction as scans name it. */
export function scanPosition(tx: number): number {
  const rank = tx % RANKS;
  return rank === RANKS - 1 ? 0 : rank;
}

/** Position, below `to`, of the transaction that has an input. */
function transactionOf(firstInput: Uint32Array, input: number, to: number): number {
  let low = 1;
  let high = to;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (firstInput[middle] <= input) low = middle;
    else high = middle;
  }
  return low;
}

/** What the transactions of a block pay. */
function blockFees(block: ScanBlock<unknown>): BlockFees {
  const { columns, height, subsidySat } = block;
  return {
    height,
    coinbase: txId(orderKeyOf(height, 0)),
    coinbaseOrderKey: orderKeyOf(height, 0),
    transactions: Array.from({ length: columns.transactionCount - 1 }, (_, index) =>
      txId(orderKeyOf(height, index + 1)),
    ),
    feesSat: block.feesSat(),
    subsidySat,
    complete: true,
  };
}
