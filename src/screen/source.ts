/**
 * Claim:      the value of one received output is divided, to the last unit, over the first identified holders it came from, new coins, dust, and what
 *             nobody can say; what lies behind a holder changes nothing.
 * Source:     methods, exposure: haircut backward weight, the first hit stops; the same with FIFO; poison for "any path". taint/backward.ts walks.
 * Parameters: methods, limits, the dust bound, who is identified on which day; nothing has a default here.
 * Cost:       that of the walk: O(ancestor outputs + ranges) of each method, bounded by `maxTransactions`; frames are read once by a view that keeps them.
 * Fails when: a holder is identified that is none (a wrong tag): the claim is named with its source, so that it can be checked.
 */
import { type AddressId, addressId, NONE, type OutputId, outputId } from '../ledger/index.ts';
import {
  type BackStep,
  type Backward,
  type BackwardEnd,
  type BackwardView,
  backward,
  DEFAULT_CONVENTIONS,
  ruleByName,
} from '../taint/index.ts';
import type { Contribution, FoundPath, PathStep, ScreenTexts } from './contribution.ts';
import { addsUp } from './contribution.ts';
import { COINJOIN, type Identity, leadOf } from './identity.ts';
import type { Method } from './schema.ts';

/** What a screening reads. A view that keeps what it was asked can be asked again from what it kept. */
export interface ScreenView extends BackwardView, ScreenTexts {
  /** Who an address is said to be on a day (null: whenever); null when nobody identifies it. */
  identify(address: AddressId, day: string | null): Identity | null;
}

/** Limits of one walk, per method. */
export interface WalkLimits {
  readonly maxHops: number;
  readonly maxTransactions: number;
  /** Outputs worth at most this are dust. */
  readonly dustSat: number;
}

/** One received output. `day` is that of the deposit: who is identified, and listed, on it. */
export interface SourceQuestion {
  readonly output: OutputId;
  readonly day: string | null;
  readonly methods: readonly Method[];
  readonly limits: WalkLimits;
}

/** Where one output came from, method by method. */
export function sourceOf(view: ScreenView, question: SourceQuestion): Contribution[] {
  const { day, methods, limits, output } = question;
  const who = (address: number): Identity | null => (address === NONE ? null : view.identify(addressId(address), day));
  return methods.flatMap((method) => {
    const found = backward(
      view,
      { rule: ruleByName(method, DEFAULT_CONVENTIONS), output },
      {
        limits: {
          maxHops: limits.maxHops,
          minSat: null,
          sinceHeight: null,
          dustSat: limits.dustSat,
          maxTransactions: limits.maxTransactions,
        },
        conventions: DEFAULT_CONVENTIONS,
        serviceAddresses: { has: (address) => who(address) !== null },
        stopAtCoinjoin: true,
      },
    );
    return new Ends(view, { method, output, who, dustSat: limits.dustSat }, found).contributions();
  });
}

/** Ends of one walk as parts. */
class Ends {
  private readonly view: ScreenView;
  private readonly asked: {
    readonly method: Method;
    readonly output: OutputId;
    readonly who: (address: number) => Identity | null;
    readonly dustSat: number;
  };
  private readonly found: Backward;
  private moves: Map<number, BackStep[]> | null = null;

  constructor(view: ScreenView, asked: Ends['asked'], found: Backward) {
    this.view = view;
    this.asked = asked;
    this.found = found;
  }

  /** One part per place: under FIFO many ranges of one output come apart on the way. */
  contributions(): Contribution[] {
    const byPlace = new Map<string, { end: BackwardEnd; amount: bigint; hops: number }>();
    for (const end of this.found.ends) {
      const key = `${end.reason} ${end.vin === null ? end.place.output : `${end.place.tx}/${end.vin}`}`;
      const same = byPlace.get(key);
      if (same === undefined) byPlace.set(key, { end, amount: BigInt(end.amountSat), hops: end.hops });
      else {
        if (addsUp(this.asked.method)) same.amount += BigInt(end.amountSat);
        same.hops = Math.min(same.hops, end.hops);
      }
    }
    return [...byPlace.values()].map((part) => this.contribution(part));
  }

  private contribution({ end, amount, hops }: { end: BackwardEnd; amount: bigint; hops: number }): Contribution {
    const { method } = this.asked;
    const what = this.whatOf(end);
    return {
      flow: 'source',
      method,
      amount,
      // An input that leads nowhere lies one transaction behind the output it was asked for.
      hops: Math.max(1, end.vin === null ? hops : hops + 1),
      ...what,
      timestampSec: this.view.txText(end.place.tx).timestampSec,
      place: () => this.placeText(end).place,
      path: () => this.pathOf(end),
    };
  }

  private whatOf(end: BackwardEnd): Pick<Contribution, 'part' | 'reason' | 'category' | 'identity'> {
    const none = { category: null, identity: null };
    if (end.vin !== null && end.kind === 'gap') {
      const frame = this.view.frame(end.place.tx);
      const valueSat = frame.inputValueSat[end.vin];
      if (valueSat !== NONE && valueSat <= this.asked.dustSat) return { part: 'dust', reason: 'dust', ...none };
      const identity = this.asked.who(frame.inputAddress[end.vin]);
      if (identity !== null) return entity(identity);
    }
    if (end.kind === 'service') {
      const { output } = end.place;
      const { tx } = end.place;
      const frame = this.view.frame(tx);
      const identity = this.asked.who(output === NONE ? NONE : frame.outputAddress[output - frame.firstOutput]);
      if (identity === null) throw new Error('a walk ended at a holder that nobody identifies');
      return entity(identity);
    }
    if (end.kind === 'coinjoin') return { part: 'entity', reason: 'coinjoin', category: COINJOIN, identity: null };
    if (end.kind === 'coinbase') return { part: 'mined', reason: end.reason, ...none };
    return { part: end.reason === 'dust' ? 'dust' : 'untraced', reason: end.reason, ...none };
  }

  private placeText({ place, vin }: BackwardEnd): { place: string; address: string | null } {
    if (vin !== null) return this.view.inputText(place.tx, vin);
    return place.output === NONE
      ? { place: `${this.view.txText(place.tx).txid}:fee`, address: null }
      : this.view.outputText(place.output);
  }

  private pathOf(end: BackwardEnd): FoundPath {
    const { output } = this.asked;
    const to = this.view.outputText(output);
    const steps = this.stepsFrom(end.place.output).map((step) => this.stepText(step));
    const from = this.placeText(end);
    if (end.vin !== null) {
      const amount = addsUp(this.asked.method) ? BigInt(end.amountSat) : null;
      const lies = end.place.output === NONE ? '' : this.view.outputText(outputId(end.place.output)).place;
      steps.unshift({ ...this.view.txText(end.place.tx), from: from.place, to: lies, amount });
    }
    return { steps, from, to };
  }

  private stepText(step: BackStep): PathStep {
    const text = (output: number): string => (output === NONE ? 'fee' : this.view.outputText(output).place);
    const amount = addsUp(this.asked.method) ? BigInt(step.amountSat) : null;
    return { ...this.view.txText(step.tx), from: text(step.from.output), to: text(step.to.output), amount };
  }

  /** Fewest moves from a place to the output asked about, breadth first; among equals the larger amount, then the earlier place. */
  private stepsFrom(start: number): BackStep[] {
    const { output } = this.asked;
    const moves = this.movesByPlace();
    const cameBy = new Map<number, BackStep | null>([[start, null]]);
    for (let border = [start]; border.length > 0 && !cameBy.has(output); ) {
      const next: number[] = [];
      for (const at of border)
        for (const step of moves.get(at) ?? []) {
          if (cameBy.has(step.to.output)) continue;
          cameBy.set(step.to.output, step);
          next.push(step.to.output);
        }
      border = next;
    }
    const steps: BackStep[] = [];
    for (let step = cameBy.get(output); step; step = cameBy.get(step.from.output)) steps.unshift(step);
    return steps;
  }

  private movesByPlace(): Map<number, BackStep[]> {
    if (this.moves !== null) return this.moves;
    const moves = new Map<number, BackStep[]>();
    for (const step of this.found.steps) {
      const same = moves.get(step.from.output);
      if (same === undefined) moves.set(step.from.output, [step]);
      else same.push(step);
    }
    for (const steps of moves.values()) steps.sort((a, b) => b.amountSat - a.amountSat || a.to.output - b.to.output);
    this.moves = moves;
    return moves;
  }
}

/** A part that an identified holder brought or got. */
export function entity(identity: Identity): Pick<Contribution, 'part' | 'reason' | 'category' | 'identity'> {
  return { part: 'entity', reason: 'identified', category: leadOf(identity).category, identity };
}
