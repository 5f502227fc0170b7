/**
 * Claim:      whatever the transactions that the facts do not hold would say, a full trace puts between `lower` and `upper` satoshi of a label on each
 *             output; and taking a transaction out of the facts makes no interval narrower.
 * Source:     src/taint/README.md, unknown history, where the definition and the proof are.
 * Parameters: one conserving rule, its conventions, seeds and stops, and its ordinary answer, in which unknown history counts as clean.
 * Cost:       one pass over all transactions of the facts in total order, each divided once.
 * Fails when: limits on hops or amounts are set: they look at amounts that are not known here, so the caller refuses them.
 *
 * Sketch of the proof. A completion gives every input without history (`open`) some state; the facts of a case minus transaction t have more such
 * inputs, and the states that t really made are one choice for them: so each completion of the larger facts is one of the smaller. States are bounds
 * on all completions, and wider in gives wider out (unknown-state.ts): by induction over the total order nothing gets narrower.
 * Two statements on money narrow what an open input can be, and both only weaken when t goes. (1) Before the first block in which taint left the
 * facts in the ordinary answer (`leftFrom`) all taint is in sight and open inputs hold none; without t, the outputs t spent leave no later.
 * (2) While a block is made, what was seeded lies elsewhere as far as it surely lies on outputs made in earlier blocks and spent in later ones, or has
 * surely ended in earlier ones, or went to other outputs or the fee of the same transaction: an output holds no more than the rest. Without t fewer
 * outputs are known to be spent later, and less is sure. No order inside a block is assumed, since that of missing transactions is unknown.
 */
import {
  type BlockFees,
  type LedgerView,
  NONE,
  OUTPUT_UNSPENDABLE,
  type OutputId,
  outputId,
  type TxFrame,
  type TxId,
} from '../ledger/index.ts';
import { isCoinjoin } from '../pattern/index.ts';
import type { RuleResult, Seed, TraceConventions } from './result.ts';
import type { TaintRule } from './rule.ts';
import { count, Sight, type UnknownOutput } from './unknown-sight.ts';
import { type CoinjoinBounds, type UnknownDivided, type UnknownState, UnknownStates } from './unknown-state.ts';

/** What the pass is told besides facts. */
export interface UnknownParameters {
  readonly rule: TaintRule;
  readonly labelCount: number;
  readonly seeds: readonly Seed[];
  readonly conventions: Pick<TraceConventions, 'feeTaint' | 'coinbaseOrder'>;
  readonly serviceAddresses: Pick<ReadonlySet<number>, 'has'>;
  readonly stopAtCoinjoin: boolean;
  readonly untilHeight: number | null;
  /** The rule's answer with unknown history taken as clean: tells where taint left the facts. */
  readonly ordinary: Pick<RuleResult, 'holdings' | 'transactions'>;
  /** Inputs without history hold nothing. Absent: whatever they may. */
  readonly openInputsClean?: boolean;
  /** Taint goes through coinjoins too, within these bounds; not with unknown history, on which the mappings may hang. Absent: as `stopAtCoinjoin` says. */
  readonly coinjoins?: CoinjoinBounds;
}

/** The answer of one rule. */
export interface UnknownAnswer {
  /** In total order. */
  readonly outputs: readonly UnknownOutput[];
  /** Inputs that spend what the facts do not hold, where taint could come in by them, and their satoshi (0 for those of unknown value). */
  readonly openInputs: number;
  readonly openSat: bigint;
  /** By label: satoshi out of sight at the end of the facts. */
  readonly outOfSightSat: readonly bigint[];
}

/** What the pass reads. */
export type UnknownView = Pick<LedgerView, 'frame' | 'transactions' | 'transactionOf' | 'blockFees'>;

/** Bounds on every output under one rule. `onVisit` is told how many transactions were read and may throw to stop. */
export function unknownHistory(
  view: UnknownView,
  parameters: UnknownParameters,
  onVisit?: (visited: number) => void,
): UnknownAnswer {
  const pass = new UnknownPass(view, parameters);
  let visited = 0;
  for (const tx of view.transactions()) {
    pass.visit(view.frame(tx));
    visited += 1;
    onVisit?.(visited);
  }
  return pass.answer();
}

/** Height from which taint may be out of sight; infinite where all stays in sight. One for all labels: what one does depends on the others. */
function leftFrom(view: UnknownView, { ordinary, conventions }: UnknownParameters): number {
  let from = Number.POSITIVE_INFINITY;
  const left = (tx: TxId, taint: RuleResult['transactions'][number]['feeTaint']): void => {
    if (taint.length > 0) from = Math.min(from, view.frame(tx).height);
  };
  for (const { status, tx, taint } of ordinary.holdings)
    if (status === 'unspent' || status === 'unresolved') left(tx, taint);
  if (conventions.feeTaint === 'propagate') for (const { tx, feeTaint } of ordinary.transactions) left(tx, feeTaint);
  return from;
}

class UnknownPass {
  private readonly view: UnknownView;
  private readonly given: UnknownParameters;
  private readonly states: UnknownStates;
  private readonly leftFrom: number;
  private readonly seededSat: readonly number[];
  private readonly seeds = new Map<TxId, Seed[]>();
  private readonly held = new Map<OutputId, { readonly state: UnknownState; readonly height: number }>();
  private readonly fees = new Map<TxId, UnknownState>();
  private readonly blocks = new Map<number, BlockFees | null>();
  private readonly sight: Sight;
  private openInputs = 0;
  private openSat = 0n;

  constructor(view: UnknownView, given: UnknownParameters) {
    this.view = view;
    this.given = given;
    this.leftFrom = given.openInputsClean === true ? Number.POSITIVE_INFINITY : leftFrom(view, given);
    const seededSat = new Array<number>(given.labelCount).fill(0);
    for (const seed of given.seeds) {
      this.seeds.set(seed.tx, [...(this.seeds.get(seed.tx) ?? []), seed]);
      const { outputValueSat, firstOutput } = view.frame(seed.tx);
      seededSat[seed.label] += outputValueSat[seed.output - firstOutput];
    }
    this.seededSat = seededSat;
    this.states = new UnknownStates(given.rule, seededSat, given.coinjoins !== undefined);
    this.sight = new Sight(seededSat);
  }

  visit(frame: TxFrame): void {
    const { height } = frame;
    const lost = this.sight.lostAt(height);
    const divided = frame.coinbase ? this.coinbase(frame, lost) : this.payment(frame, lost);
    const seeds = this.seeds.get(frame.tx) ?? [];
    if (divided === null && seeds.length === 0) return;
    const states = frame.outputValueSat.map((valueSat, vout) => {
      let state = divided?.outputs[vout] ?? null;
      for (const seed of seeds) {
        if (seed.output !== frame.firstOutput + vout) continue;
        state = this.states.seed(state, valueSat, seed.label + 1);
        lost[seed.label] += BigInt(valueSat);
        this.sight.enteredAt(height)[seed.label] += BigInt(valueSat);
      }
      return state;
    });
    const sure = this.endsOf(divided?.rest ?? null).map(({ lowerSat }) => BigInt(lowerSat));
    for (const state of states) count(sure, this.endsOf(state), 1n);
    states.forEach((state, vout) => {
      if (state !== null) this.settle(frame, { vout, state, sure, lost });
    });
  }

  /** Notes what an output got; in sight is what a transaction of the facts spends later, and what ends here. */
  private settle(frame: TxFrame, given: { vout: number; state: UnknownState; sure: bigint[]; lost: bigint[] }): void {
    const { vout, state, sure, lost } = given;
    const { height } = frame;
    const output = outputId(frame.firstOutput + vout);
    const ends = this.endsOf(state);
    const elsewhere = sure.map((sat, label) => sat - BigInt(ends[label].lowerSat));
    if (ends.some(({ upperSat }) => upperSat > 0)) this.sight.note({ output, height, elsewhere, ends });
    const stops = this.given.serviceAddresses.has(frame.outputAddress[vout]);
    const burned = (frame.outputFlags[vout] & OUTPUT_UNSPENDABLE) !== 0;
    const ended = stops || burned || ('known' in state && state.frozen === true);
    const spent = frame.outputSpender[vout] !== NONE;
    if (!ended && spent) this.held.set(output, { state, height });
    if (ended || (spent && height !== NONE)) count(lost, ends, -1n);
  }

  /** Takes what waits on an output that is spent, and counts it as come in. What a transaction without a height spends was never in sight. */
  private take(spent: number, height: number): UnknownState | null {
    const held = spent === NONE ? undefined : this.held.get(outputId(spent));
    if (held === undefined) return null;
    this.held.delete(outputId(spent));
    if (held.height !== height) count(this.sight.enteredAt(height), this.endsOf(held.state), 1n);
    if (height === NONE && held.height !== NONE) count(this.sight.lostAt(held.height), this.endsOf(held.state), 1n);
    return held.state;
  }

  private endsOf(state: UnknownState | null): Array<{ lowerSat: number; upperSat: number }> {
    return Array.from({ length: this.given.labelCount }, (_, label) => this.states.ends(state, label + 1));
  }

  /** Labels (from 1) that a place without history at this height may hold. */
  private possible(height: number): number[] {
    const may = height === NONE ? Number.isFinite(this.leftFrom) : height >= this.leftFrom;
    return may ? this.seededSat.map((_, label) => label + 1) : [];
  }

  private payment(frame: TxFrame, lost: bigint[]): UnknownDivided | null {
    const { inputOutput, inputValueSat, outputValueSat, height } = frame;
    const labels = this.possible(height);
    const mixes = this.mixing(frame);
    const until = this.given.untilHeight;
    const cut = mixes === 'yes' || (until !== null && height > until);
    let any = false;
    const states = inputOutput.map((spent, vin): UnknownState | null => {
      const held = this.take(spent, height);
      if (cut) return null;
      if (spent === NONE) this.noteOpen(inputValueSat[vin], labels);
      if (height !== NONE) count(lost, this.endsOf(held), 1n);
      const state = held ?? (spent === NONE ? this.states.open(Math.max(0, inputValueSat[vin]), labels) : null);
      any ||= state !== null;
      return state !== null && mixes === 'maybe' ? this.states.doubted(state, inputValueSat[vin]) : state;
    });
    if (inputValueSat.includes(NONE))
      return cut || (!any && labels.length === 0) ? null : this.allOpen(outputValueSat, this.presentIn(states, labels));
    if (!any) return null;
    const division = { inputState: states, inputValueSat, outputValueSat };
    const { coinjoins } = this.given;
    const divided =
      coinjoins?.isMix(frame) === true
        ? this.states.throughMix(division, (marksSat) => coinjoins.boundsOver(frame, marksSat))
        : this.states.divide(division);
    this.endBeforeMixing(divided, states, lost);
    this.payFee(frame, divided.rest, lost);
    return divided;
  }

  /** Labels that may lie in these states, besides those that may anyway. */
  private presentIn(states: ReadonlyArray<UnknownState | null>, labels: readonly number[]): number[] {
    const held = states.flatMap((state) =>
      this.endsOf(state).flatMap(({ upperSat }, at) => (upperSat > 0 ? [at + 1] : [])),
    );
    return [...new Set([...labels, ...held])].sort((a, b) => a - b);
  }

  /** A rule that stops before mixing leaves what came in where it was: it has ended. */
  private endBeforeMixing(divided: UnknownDivided, states: ReadonlyArray<UnknownState | null>, lost: bigint[]): void {
    const moved = divided.rest !== null || divided.outputs.some((state) => state !== null);
    if (this.given.rule.boundary !== 'before' || moved) return;
    for (const state of states) count(lost, this.endsOf(state), -1n);
  }

  private noteOpen(valueSat: number, labels: readonly number[]): void {
    if (labels.length === 0) return;
    this.openInputs += 1;
    this.openSat += BigInt(Math.max(0, valueSat));
  }

  /** Outputs of a transaction of which nothing can be divided. */
  private allOpen(outputValueSat: readonly number[], labels: readonly number[]): UnknownDivided {
    return { outputs: outputValueSat.map((valueSat) => this.states.open(valueSat, labels)), rest: null };
  }

  /** Whether this is a coinjoin at which the run stops: where addresses of inputs are unknown, both answers may be true. */
  private mixing(frame: TxFrame): 'yes' | 'no' | 'maybe' {
    if (!this.given.stopAtCoinjoin || this.given.coinjoins !== undefined) return 'no';
    if (isCoinjoin(frame)) return 'yes';
    if (!frame.inputAddress.includes(NONE)) return 'no';
    const apart = frame.inputAddress.map((address, vin) => (address === NONE ? NONE - 1 - vin : address));
    return isCoinjoin({ ...frame, inputAddress: apart }) ? 'maybe' : 'no';
  }

  /** The fee ends where fee taint sinks; else it is in sight as far as its block is. */
  private payFee(frame: TxFrame, rest: UnknownState | null, lost: bigint[]): void {
    if (rest === null || frame.height === NONE) return;
    const { height, tx } = frame;
    if (this.given.conventions.feeTaint === 'propagate') {
      if (this.collected(height) === null) return;
      this.fees.set(tx, rest);
    }
    count(lost, this.endsOf(rest), -1n);
  }

  /** What a block pays into its coinbase; null where the facts do not hold it so that fees can be followed. */
  private collected(height: number): BlockFees | null {
    const known = this.blocks.get(height);
    if (known !== undefined) return known;
    const block = this.view.blockFees(height);
    const { complete, coinbase, feesSat, subsidySat } = block;
    let follows = complete && coinbase !== NONE;
    if (follows && coinbase !== NONE) {
      const claimedSat = this.view.frame(coinbase).outputValueSat.reduce((total, valueSat) => total + valueSat, 0);
      follows = claimedSat <= feesSat.reduce((total, feeSat) => total + feeSat, subsidySat);
    }
    this.blocks.set(height, follows ? block : null);
    return follows ? block : null;
  }

  private coinbase(frame: TxFrame, lost: bigint[]): UnknownDivided | null {
    const { height, outputValueSat } = frame;
    if (this.given.conventions.feeTaint === 'sink') return null;
    const block = height === NONE ? null : this.collected(height);
    if (block === null) {
      const labels = this.possible(height);
      return labels.length === 0 ? null : this.allOpen(outputValueSat, labels);
    }
    const { transactions, feesSat, subsidySat } = block;
    const states = transactions.map((tx) => this.fees.get(tx) ?? null);
    if (states.every((state) => state === null)) return null;
    for (const state of states) count(lost, this.endsOf(state), 1n);
    const feesFirst = this.given.conventions.coinbaseOrder === 'fees-first';
    const divided = this.states.divide({
      inputState: feesFirst ? [...states, null] : [null, ...states],
      inputValueSat: feesFirst ? [...feesSat, subsidySat] : [subsidySat, ...feesSat],
      outputValueSat,
      coinbase: true,
    });
    this.endBeforeMixing(divided, states, lost);
    count(lost, this.endsOf(divided.rest), -1n);
    return divided;
  }

  answer(): UnknownAnswer {
    return { ...this.sight.answer(), openInputs: this.openInputs, openSat: this.openSat };
  }
}
