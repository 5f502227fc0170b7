/**
 * Claim:      the value of one output came from these places, whatever its taint: coinbases, services, or the edge of what is known.
 * Source:     src/taint/README.md, backward; walk-back.ts does the walking. A range under a rule whose order knows no taint, a weight under haircut
 *             (forward amount over value is backward weight), every ancestor under poison.
 * Parameters: `BackwardParameters`: one rule, its conventions, stops and limits; nothing has a default here.
 * Cost:       O(ancestor outputs + ranges); it grows with all of the history, not with the taint in it, so a limit is wise on large facts.
 * Fails when: the division of the rule hangs on the taint itself (`backwardWay` gives null): such a rule is asked forward per source (per-source.ts).
 */
import { type LedgerView, NONE, type OutputId, outputId, type TxFrame, type TxId } from '../ledger/index.ts';
import { isCoinjoin } from '../pattern/index.ts';
import type { TraceConventions } from './result.ts';
import type { Pieces, TaintRule } from './rule.ts';
import {
  type BackStep,
  type BackTrail,
  type BackWay,
  type Demand,
  type Entry,
  type SatRange,
  type TaintPlace,
  walkBack,
} from './walk-back.ts';

/** Limits on the walk; null means none. */
export interface BackwardLimits {
  /** Transactions between the output asked about and a place that is not followed further. */
  readonly maxHops: number | null;
  /** Parts of less are not followed. */
  readonly minSat: number | null;
  /** Places made below this height are not followed. */
  readonly sinceHeight: number | null;
  /** Outputs worth at most this are not followed, whatever part of them: dust is sent to be found. Absent as null: all are. */
  readonly dustSat?: number | null;
  /** Transactions read at most, latest first; what is left then ends where it lies. Absent as null: no limit. */
  readonly maxTransactions?: number | null;
}

/** Everything the walk is told besides facts. */
export interface BackwardParameters {
  readonly limits: BackwardLimits;
  readonly conventions: Pick<TraceConventions, 'feeTaint' | 'coinbaseOrder'>;
  /** AddressIds of services: what comes out of one is of the service, and its history says nothing. */
  readonly serviceAddresses: Pick<ReadonlySet<number>, 'has'>;
  readonly stopAtCoinjoin: boolean;
}

/** Kind of an end, with the reason in `BackwardEnd.reason`. */
export type BackwardEndKind = 'coinbase' | 'service' | 'coinjoin' | 'gap' | 'limit';

/** Why a part ends. */
export type BackwardReason =
  | 'new-coins'
  | 'service'
  | 'coinjoin'
  | 'parent-missing'
  | 'input-value-unknown'
  | 'coinbase-missing'
  | 'max-hops'
  | 'min-sat'
  | 'dust'
  | 'max-transactions'
  | 'since';

/** Where a part of the value ends. With `vin` it is that input of `place.tx`, whose output the facts do not hold (or a coinbase's subsidy). */
export interface BackwardEnd {
  readonly kind: BackwardEndKind;
  readonly reason: BackwardReason;
  readonly place: TaintPlace;
  readonly vin: number | null;
  readonly amountSat: number;
  readonly range: SatRange;
  /** Fewest transactions to the output asked about. */
  readonly hops: number;
}

/**
 * The walk of one output. Under `ranges` and `shares` the amounts of the ends sum to its value. Under `ancestors` each is the full value of its
 * place, and under `per-source` what would be tainted here if that place alone were: these do not add up.
 */
export interface Backward {
  readonly way: BackWay | 'per-source';
  readonly steps: readonly BackStep[];
  readonly ends: readonly BackwardEnd[];
}

/** How value is handed back under a rule whatever its taint is; null where the division hangs on the taint itself. */
export function backwardWay(rule: TaintRule): BackWay | null {
  return rule.boundary === undefined ? (rule.backward ?? null) : null;
}

/** What the walk reads. */
export type BackwardView = Pick<LedgerView, 'frame' | 'transactionOf' | 'orderKeyOf' | 'blockFees'>;

/** Walks the value of an output back. Throws a plain Error for a rule without a way back. */
export function backward(
  view: BackwardView,
  asked: { readonly rule: TaintRule; readonly output: OutputId },
  parameters: BackwardParameters,
): Backward {
  const way = backwardWay(asked.rule);
  if (way === null) throw new Error(`rule ${asked.rule.name} has no walk back that knows no taint`);
  const trail = new OriginTrail(view, asked, parameters);
  const tx = view.transactionOf(asked.output);
  const frame = view.frame(tx);
  const amountSat = frame.outputValueSat[asked.output - frame.firstOutput];
  const place = { tx, output: asked.output };
  const first: Demand = { place, orderKey: frame.orderKey, label: VALUE, amountSat, start: 0, hops: 0 };
  const steps = walkBack(trail, way, amountSat === 0 && way !== 'ancestors' ? [] : [first]);
  return { way, steps, ends: trail.found };
}

/** Value whatever its label: the clean label of a division in which nothing is tainted. */
const VALUE = -1;

/** Value followed to where it came from. */
class OriginTrail implements BackTrail {
  readonly found: BackwardEnd[] = [];
  private read = 0;
  private readonly view: BackwardView;
  private readonly asked: { readonly rule: TaintRule; readonly output: OutputId };
  private readonly parameters: BackwardParameters;

  constructor(
    view: BackwardView,
    asked: { readonly rule: TaintRule; readonly output: OutputId },
    parameters: BackwardParameters,
  ) {
    this.view = view;
    this.asked = asked;
    this.parameters = parameters;
  }

  isSpent(): boolean {
    const { maxTransactions = null } = this.parameters.limits;
    return maxTransactions !== null && this.read >= maxTransactions;
  }

  cut(demand: Demand): void {
    this.note(demand, { kind: 'limit', reason: 'max-transactions' });
  }

  /** What an input says of the output it spends is enough to stop there; the history behind is not read. */
  endsAhead(demand: Demand, { frame }: Entry, vin: number): boolean {
    if (frame.coinbase || demand.place.output === NONE) return false;
    const end = this.placeEnd(frame.inputAddress[vin], frame.inputValueSat[vin]);
    if (end === null) return false;
    this.note(demand, end);
    return true;
  }

  private note(demand: Demand, end: Pick<BackwardEnd, 'kind' | 'reason'>): void {
    const { place, amountSat, hops } = demand;
    this.found.push({ ...end, place, vin: null, amountSat, range: this.rangeOf(demand), hops });
  }

  /** What the place itself says, whoever made it. */
  private placeEnd(address: number, valueSat: number): Pick<BackwardEnd, 'kind' | 'reason'> | null {
    const { limits, serviceAddresses } = this.parameters;
    const { dustSat = null } = limits;
    if (dustSat !== null && valueSat !== NONE && valueSat <= dustSat) return { kind: 'limit', reason: 'dust' };
    return address !== NONE && serviceAddresses.has(address) ? { kind: 'service', reason: 'service' } : null;
  }

  entryOf(tx: TxId): Entry {
    this.read += 1;
    const frame = this.view.frame(tx);
    const { inputValueSat, outputValueSat } = frame;
    if (frame.coinbase) return this.coinbaseEntry(frame);
    const from = frame.inputOutput.map((output) => {
      if (output === NONE) return null;
      const parent = this.view.transactionOf(outputId(output));
      return { place: { tx: parent, output: outputId(output) }, orderKey: this.view.orderKeyOf(parent) };
    });
    return { frame, inputState: clean(from.length), inputValueSat, outputValueSat, from };
  }

  /** Where fee taint propagates, a coinbase spends the fees of its block and the subsidy; without inputs here it is the end. */
  private coinbaseEntry(frame: TxFrame): Entry {
    const { outputValueSat, height } = frame;
    const none: Entry = { frame, inputState: [], inputValueSat: [], outputValueSat, from: [] };
    if (this.parameters.conventions.feeTaint === 'sink' || height === NONE) return none;
    const block = this.view.blockFees(height);
    const incomeSat = block.feesSat.reduce((total, feeSat) => total + feeSat, block.subsidySat);
    const claimedSat = outputValueSat.reduce((total, valueSat) => total + valueSat, 0);
    if (!block.complete || block.coinbase !== frame.tx || claimedSat > incomeSat) return none;
    const fees = block.transactions.map((tx) => ({
      place: { tx, output: NONE as typeof NONE },
      orderKey: this.view.orderKeyOf(tx),
    }));
    const { feesSat, subsidySat } = block;
    const feesFirst = this.parameters.conventions.coinbaseOrder === 'fees-first';
    return {
      frame,
      outputValueSat,
      inputState: clean(fees.length + 1),
      inputValueSat: feesFirst ? [...feesSat, subsidySat] : [subsidySat, ...feesSat],
      from: feesFirst ? [...fees, null] : [null, ...fees],
    };
  }

  pieces(entry: Entry): Pieces {
    if (this.asked.rule.pieces === undefined)
      throw new Error(`rule ${this.asked.rule.name} knows no places of satoshi`);
    return this.asked.rule.pieces(entry);
  }

  brought(entry: Entry): number[] {
    return [...entry.inputValueSat];
  }

  carrying(entry: Entry): number[] {
    return entry.from.map((_, vin) => vin);
  }

  ends(demand: Demand, entry: Entry): boolean {
    const end = this.endOf(demand, entry);
    if (end === null) return false;
    this.note(demand, end);
    return true;
  }

  /** The service that received the output asked about is no stop; any other is. */
  private endOf(
    { place, amountSat, hops }: Demand,
    { frame, from }: Entry,
  ): Pick<BackwardEnd, 'kind' | 'reason'> | null {
    const { limits, stopAtCoinjoin, conventions } = this.parameters;
    if (hops > 0 && place.output !== NONE) {
      const vout = place.output - frame.firstOutput;
      const stop = this.placeEnd(frame.outputAddress[vout], frame.outputValueSat[vout]);
      if (stop !== null) return stop;
    }
    if (frame.coinbase && from.length === 0) {
      if (conventions.feeTaint === 'sink') return { kind: 'coinbase', reason: 'new-coins' };
      return { kind: 'gap', reason: 'coinbase-missing' };
    }
    if (stopAtCoinjoin && !frame.coinbase && isCoinjoin(frame)) return { kind: 'coinjoin', reason: 'coinjoin' };
    if (limits.maxHops !== null && hops >= limits.maxHops) return { kind: 'limit', reason: 'max-hops' };
    if (limits.sinceHeight !== null && frame.height !== NONE && frame.height < limits.sinceHeight)
      return { kind: 'limit', reason: 'since' };
    if (limits.minSat !== null && amountSat < limits.minSat) return { kind: 'limit', reason: 'min-sat' };
    if (!frame.coinbase && frame.inputValueSat.includes(NONE) && this.asked.rule.conserves)
      return { kind: 'gap', reason: 'input-value-unknown' };
    return null;
  }

  private rangeOf({ start, amountSat }: Demand): SatRange {
    return backwardWay(this.asked.rule) === 'ranges' ? [start, start + amountSat] : null;
  }

  ownSat(): number {
    return 0;
  }

  isOrigin(): boolean {
    return false;
  }

  /** Every satoshi that lies on an output came in by an input, so nothing is left over but outputs of transactions without inputs. */
  origin({ place, hops }: Demand, amountSat: number, range: SatRange): void {
    this.found.push({ kind: 'gap', reason: 'parent-missing', place, vin: null, amountSat, range, hops });
  }

  openInput(
    { frame }: Entry,
    { demand, vin, amountSat, fromRange }: { demand: Demand; vin: number; amountSat: number; fromRange: SatRange },
  ): void {
    const kind = frame.coinbase ? 'coinbase' : 'gap';
    const reason = frame.coinbase ? 'new-coins' : amountSat === NONE ? 'input-value-unknown' : 'parent-missing';
    this.found.push({
      kind,
      reason,
      place: demand.place,
      vin,
      amountSat: Math.max(0, amountSat),
      range: fromRange,
      hops: demand.hops,
    });
  }
}

function clean(count: number): null[] {
  return new Array<null>(count).fill(null);
}
