/** Shapes that go into and come out of the taint engine. Amounts are satoshi as safe integers; sums over a run are bigint. */
import type { BlockFees, GapKind, OutputId, TxFrame, TxId } from '../ledger/index.ts';
import type { StateLine } from './checkpoint.ts';
import type { Coarse } from './coarsen.ts';
import type { TraceConventions } from './conventions.ts';
import type { TaintState } from './rule.ts';

export type { TraceConventions } from './conventions.ts';

/** Where taint rests at the end, or `passed` for an output whose taint moved on. */
export type TaintStatus = 'unspent' | 'stopped' | 'cut' | 'burned' | 'unresolved' | 'passed';

/** Why a branch ended. */
export type StopReason =
  | 'service'
  | 'coinjoin'
  | 'max-hops'
  | 'min-sat'
  | 'min-share'
  | 'until'
  | 'max-transactions'
  | 'mixed'
  | 'min-tx-share'
  | 'seed-overridden'
  | 'coinbase'
  | 'unspendable'
  | 'spender-missing'
  | 'input-value-unknown'
  | 'input-height-unknown';

/** One seed: an output fully tainted with the label of this index. */
export interface Seed {
  readonly output: OutputId;
  /** Transaction that makes the output, and its place in the total order. */
  readonly tx: TxId;
  readonly orderKey: number;
  readonly label: number;
}

/** Limits a user sets. `null` means no limit. */
export interface TraceLimits {
  readonly maxHops: number | null;
  readonly minSat: number | null;
  /** Taint over value below which an output is not followed, in millionths. */
  readonly minShareMillionths: number | null;
  /** Spends above this height are not followed. */
  readonly untilHeight: number | null;
  /** Transactions that taint of one rule may enter, in total order; what would enter one more is cut. Absent as null: no limit. */
  readonly maxTransactions?: number | null;
  /** Runs of satoshi one output may hold under an order rule; above it is made coarse (coarsen.ts). Absent as null: no limit. */
  readonly maxSegments?: number | null;
}

/** Everything the engine is told besides facts. */
export interface TraceParameters {
  readonly rules: readonly string[];
  readonly labelCount: number;
  /** In canonical order of labels: that of each label's earliest seed. */
  readonly seeds: readonly Seed[];
  readonly limits: TraceLimits;
  readonly conventions: TraceConventions;
  /** AddressIds of services where taint stops; empty when the user does not stop there. */
  readonly serviceAddresses: Pick<ReadonlySet<number>, 'has'>;
  readonly stopAtCoinjoin: boolean;
  /** How to tell a coinjoin; absent: by equal outputs alone (`isCoinjoin` of the pattern room). */
  readonly isMix?: (frame: TxFrame) => boolean;
  /** At a coinjoin divide by haircut whatever the rule, and go on so. Absent: by the rule. Means nothing where taint stops there. */
  readonly haircutAtCoinjoin?: boolean;
  /** How many queued transactions to ask for at once: 1 for a local view, more where every question costs a wait. */
  readonly lookAhead: number;
  /** Go on from another time: `seeds` are then those made since, and the facts up to then must be as they were. */
  readonly from?: Iterable<StateLine>;
  /** Is given the state at the end, to go on from. */
  readonly onEnd?: (lines: Iterable<StateLine>) => void;
  /** Keep outputs whose taint moved on (`passed`), for hop tables and `why`. */
  readonly keepTrail: boolean;
  /** Also bound what any conserving rule could say, per output (bounds.ts). Not asked for when absent. */
  readonly envelope?: boolean;
}

/** Taint on one output under one rule. `taint` lists (label index, satoshi) by ascending label, amounts above zero. */
export interface Placement {
  readonly output: OutputId;
  readonly tx: TxId;
  readonly vout: number;
  readonly orderKey: number;
  readonly valueSat: number;
  /** Fewest transactions from a seed. */
  readonly hops: number;
  readonly status: TaintStatus;
  readonly reason: StopReason | null;
  readonly taint: ReadonlyArray<readonly [label: number, valueSat: number]>;
  /** Set where an order rule lost the places of the satoshi to `maxSegments`: the taint is an average from there on. */
  readonly coarse?: Coarse;
  /** The rule's own state of the output, for provenance; absent when read back from a store. */
  readonly state?: TaintState;
}

/** The books of one label under one conserving rule. */
export interface Book {
  seeded: bigint;
  held: bigint;
  fee: bigint;
  stopped: bigint;
  cut: bigint;
  burned: bigint;
  unresolved: bigint;
}

/** Answer of one rule. `holdings` in order of (orderKey, vout); `passed` likewise, empty unless the trail was kept. */
export interface RuleResult {
  readonly rule: string;
  readonly conserves: boolean;
  readonly books: readonly Book[];
  readonly holdings: readonly Placement[];
  readonly passed: readonly Placement[];
  /** Tainted transactions visited, and (label, satoshi) taint each paid as fee. */
  readonly transactions: readonly RuleTransaction[];
  /** Outputs made coarse by `maxSegments`, and tainted outputs after them; absent where there are none. */
  readonly coarse?: CoarseCount;
  /** What each seed newly filled; absent when read back from a store. */
  readonly seeded?: readonly SeedFill[];
  /** Fee taint that entered coinbases; absent when read back from a store, empty unless the trail was kept. */
  readonly collected?: readonly Collected[];
}

/** The income of a coinbase under a rule: fees and subsidy as virtual inputs, with the transaction that paid each; null for the subsidy. */
export interface Collected {
  readonly tx: TxId;
  readonly inputState: ReadonlyArray<TaintState | null>;
  readonly inputValueSat: readonly number[];
  readonly payers: ReadonlyArray<{ readonly tx: TxId; readonly orderKey: number } | null>;
}

/** How many outputs `maxSegments` made coarse, and how many tainted ones came after them. */
export interface CoarseCount {
  here: number;
  before: number;
}

/** A seed on an output that carries taint of other labels already: what they keep. Labels from 0. */
export interface SeedOverlap {
  readonly tx: TxId;
  readonly vout: number;
  readonly label: number;
  readonly valueSat: number;
  readonly kept: ReadonlyArray<readonly [label: number, valueSat: number]>;
}

/** What a seed filled of its output: all of it, or the part that was clean. */
export interface SeedFill {
  readonly output: OutputId;
  readonly label: number;
  readonly filledSat: number;
}

/** One transaction that moved taint under a rule. */
export interface RuleTransaction {
  readonly tx: TxId;
  readonly orderKey: number;
  readonly feeTaint: ReadonlyArray<readonly [label: number, valueSat: number]>;
}

/** Bounds on the taint of one label (from 0) on an output; label `NONE` is all labels together. */
export interface Bound {
  readonly label: number;
  readonly lowerSat: number;
  readonly upperSat: number;
}

/**
 * What any conserving rule could say of one output, ascending labels: of the taint it was made with, and of what of that comes to rest on it. A rule that
 * stops early of itself (dirty-first) keeps to the upper ends only, and to those only where no seed lies below another.
 */
export interface BoundedOutput {
  readonly output: OutputId;
  readonly tx: TxId;
  readonly vout: number;
  readonly orderKey: number;
  readonly valueSat: number;
  readonly status: TaintStatus;
  readonly made: readonly Bound[];
  readonly rests: readonly Bound[];
}

/** Answer of one run. `envelope` in order of (orderKey, vout), null when it was not asked for. */
export interface TraceValue {
  readonly rules: readonly RuleResult[];
  readonly envelope: readonly BoundedOutput[] | null;
  readonly transactionsVisited: number;
}

/** A hole met on the way: an output (or NONE, for a fee) whose taint could not be followed, with its full value in satoshi. */
export interface TaintGap {
  readonly kind: GapKind;
  readonly output: number;
  readonly tx: TxId;
  readonly valueSat: number;
}

/** The engine's answer with the holes it met. */
export interface TaintResult {
  readonly value: TraceValue;
  readonly gaps: readonly TaintGap[];
}

/** What the engine asks for: transactions by number (the first is needed now, the rest soon), and the fees of blocks by height. */
export interface TaintNeeds {
  readonly transactions: readonly TxId[];
  readonly blocks: readonly number[];
  /** Whether the frames must say how old their inputs are (`TxFrame.inputHeight`). */
  readonly heights?: boolean;
}

/** The answer, in the order asked. */
export interface TaintFacts {
  readonly frames: readonly TxFrame[];
  readonly blocks: readonly BlockFees[];
}
