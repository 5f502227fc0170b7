/**
 * Claim:      the value of the outputs followed is divided, to the last unit, over the first identified holders it reached, fees, burned and unspent
 *             outputs, dust, and what nobody can say.
 * Source:     as source.ts, forward: taint/propagate.ts with the outputs as the seeds of one label, stopped at whoever is identified.
 * Parameters: methods, limits, the dust bound, who is identified; nothing has a default here.
 * Cost:       O(k log k) for k transactions the value reaches, bounded by `maxTransactions` per method.
 * Fails when: an output that nothing in the facts spends is taken for unspent: only where a source states it is; else it counts as untraced.
 */
import {
  addressId,
  type BlockFees,
  NONE,
  OUTPUT_STATED_UNSPENT,
  type OutputId,
  outputId,
  type TxFrame,
  type TxId,
} from '../ledger/index.ts';
import {
  type Book,
  DEFAULT_CONVENTIONS,
  type Placement,
  propagate,
  type RuleResult,
  type TraceParameters,
} from '../taint/index.ts';
import { addsUp, type Contribution, type FoundPath, type PathStep } from './contribution.ts';
import { COINJOIN, type Identity } from './identity.ts';
import type { Method } from './schema.ts';
import { entity, type ScreenView, type WalkLimits } from './source.ts';

/** Outputs whose value is followed. */
export interface DestinationQuestion {
  readonly outputs: readonly OutputId[];
  readonly day: string | null;
  readonly methods: readonly Method[];
  readonly limits: WalkLimits;
  /** Spends above this height are not looked at; null: all. */
  readonly untilHeight: number | null;
  /** Addresses of the subject itself: nothing stops there. */
  readonly own: ReadonlySet<number>;
  /** Transactions between the subject and the outputs: 1 where they lie with the counterparty, 0 where the subject holds them. */
  readonly hopsBefore: 0 | 1;
}

/** Where the outputs went, method by method. */
export function destinationOf(view: ScreenView, question: DestinationQuestion): Contribution[] {
  const who = (address: number): Identity | null =>
    address === NONE || question.own.has(address) ? null : view.identify(addressId(address), question.day);
  return follow(view, parametersOf(view, question, who)).flatMap((result) =>
    new Places(view, question, who, result).contributions(),
  );
}

function parametersOf(
  view: ScreenView,
  { outputs, methods, limits, untilHeight }: DestinationQuestion,
  who: (address: number) => Identity | null,
): TraceParameters {
  const seeds = outputs.map((output) => {
    const tx = view.transactionOf(output);
    return { output, tx, orderKey: view.orderKeyOf(tx), label: 0 };
  });
  const { maxHops, maxTransactions } = limits;
  return {
    rules: methods,
    labelCount: 1,
    seeds: seeds.sort((a, b) => a.orderKey - b.orderKey || a.output - b.output),
    limits: { maxHops, minSat: null, minShareMillionths: null, untilHeight, maxTransactions },
    conventions: DEFAULT_CONVENTIONS,
    serviceAddresses: { has: (address) => who(address) !== null },
    stopAtCoinjoin: true,
    lookAhead: 1,
    keepTrail: true,
  };
}

/** Answers the engine from the view. */
function follow(
  view: { frame(tx: TxId): TxFrame; blockFees(height: number): BlockFees },
  parameters: TraceParameters,
): readonly RuleResult[] {
  const run = propagate(parameters);
  let step = run.next();
  while (!step.done) {
    const { transactions, blocks } = step.value;
    step = run.next({
      frames: transactions.map((tx) => view.frame(tx)),
      blocks: blocks.map((height) => view.blockFees(height)),
    });
  }
  return step.value.value.rules;
}

/** Where taint rests under one method, as parts. */
class Places {
  private readonly view: ScreenView;
  private readonly question: DestinationQuestion;
  private readonly who: (address: number) => Identity | null;
  private readonly result: RuleResult;
  private readonly method: Method;
  private readonly trail: Map<number, Placement>;

  constructor(
    view: ScreenView,
    question: DestinationQuestion,
    who: (address: number) => Identity | null,
    result: RuleResult,
  ) {
    this.view = view;
    this.question = question;
    this.who = who;
    this.result = result;
    this.method = question.methods.find((method) => method === result.rule) ?? 'haircut';
    this.trail = new Map(result.passed.map((placement) => [placement.output, placement]));
  }

  contributions(): Contribution[] {
    const parts = this.result.holdings.map((placement) => this.contribution(placement));
    const book: Book | undefined = this.result.books[0];
    if (book === undefined || !addsUp(this.method)) return parts;
    if (book.fee > 0n) parts.push(this.fee(book.fee));
    const sum = parts.reduce((total, { amount }) => total + amount, 0n);
    if (sum !== book.seeded) throw new Error(`parts of ${this.method} sum to ${sum}, ${book.seeded} were followed`);
    return parts;
  }

  private fee(amount: bigint): Contribution {
    const none = { category: null, identity: null, timestampSec: null };
    return {
      flow: 'destination',
      method: this.method,
      part: 'fee',
      reason: 'fee',
      amount,
      hops: 1,
      ...none,
      place: () => 'fees',
      path: () => ({ steps: [], from: NOWHERE, to: NOWHERE }),
    };
  }

  private contribution(placement: Placement): Contribution {
    const amount = placement.taint.reduce((sum, [, valueSat]) => sum + BigInt(valueSat), 0n);
    return {
      flow: 'destination',
      method: this.method,
      amount,
      hops: Math.max(1, placement.hops + this.question.hopsBefore),
      ...this.whatOf(placement),
      timestampSec: this.view.txText(placement.tx).timestampSec,
      place: () => this.view.outputText(placement.output).place,
      path: () => this.pathOf(placement),
    };
  }

  private whatOf(placement: Placement): Pick<Contribution, 'part' | 'reason' | 'category' | 'identity'> {
    const none = { category: null, identity: null };
    const { status, valueSat, output, tx } = placement;
    const reason = placement.reason ?? status;
    const frame = this.view.frame(tx);
    const vout = output - frame.firstOutput;
    if (status === 'stopped') {
      if (reason === 'coinjoin') return { part: 'entity', reason, category: COINJOIN, identity: null };
      if (valueSat <= this.question.limits.dustSat) return { part: 'dust', reason: 'dust', ...none };
      const identity = this.who(frame.outputAddress[vout]);
      if (identity === null) throw new Error('taint stopped at a holder that nobody identifies');
      return entity(identity);
    }
    if (status === 'burned') return { part: 'burned', reason, ...none };
    if (status === 'unspent') {
      const stated = (frame.outputFlags[vout] & OUTPUT_STATED_UNSPENT) !== 0;
      return stated ? { part: 'unspent', reason, ...none } : { part: 'untraced', reason: 'spender-not-known', ...none };
    }
    return { part: 'untraced', reason, ...none };
  }

  /** Back from the place to a seed, each time to the tainted input that is nearest to one; larger taint, then the earlier output first among equals. */
  private pathOf(placement: Placement): FoundPath {
    const steps: PathStep[] = [];
    const seeds = new Set<number>(this.question.outputs);
    let at = placement;
    while (!(at.hops === 0 && seeds.has(at.output))) {
      const before = this.view
        .frame(at.tx)
        .inputOutput.flatMap((output) => (output === NONE ? [] : (this.trail.get(output) ?? [])))
        .sort((a, b) => a.hops - b.hops || taintOf(b) - taintOf(a) || a.output - b.output)
        .at(0);
      if (before === undefined) break;
      const amount = addsUp(this.method) ? BigInt(taintOf(at)) : null;
      const text = (output: number): string => this.view.outputText(outputId(output)).place;
      steps.unshift({ ...this.view.txText(at.tx), from: text(before.output), to: text(at.output), amount });
      at = before;
    }
    return { steps, from: this.view.outputText(at.output), to: this.view.outputText(placement.output) };
  }
}

const NOWHERE = { place: 'fees', address: null };

function taintOf({ taint }: Placement): number {
  return taint.reduce((sum, [, valueSat]) => sum + valueSat, 0);
}
