/** The walks of one question over outputs, under one bound on transactions. */
import { type OutputId, outputId } from '../ledger/index.ts';
import { amountOf } from './amount.ts';
import { addsUp, type Contribution } from './contribution.ts';
import { destinationOf } from './destination.ts';
import type { ResolvedScreening, ScreenedFlow } from './question.ts';
import type { Flow, Method, Screening } from './schema.ts';
import { type ScreenView, sourceOf, type WalkLimits } from './source.ts';

/** The walks of one question. */
export class Walk {
  private readonly view: ScreenView;
  private readonly asked: ResolvedScreening;
  private readonly limits: WalkLimits;
  private readonly read = new Set<number>();

  constructor(view: ScreenView, asked: ResolvedScreening, dustSat: number) {
    this.view = { ...bound(view), frame: (tx) => this.noted(tx) };
    this.asked = asked;
    const { max_hops: maxHops, max_transactions: maxTransactions } = asked.limits;
    this.limits = { maxHops, maxTransactions, dustSat };
    this.source = view;
  }

  private readonly source: ScreenView;

  private noted(tx: Parameters<ScreenView['frame']>[0]): ReturnType<ScreenView['frame']> {
    this.read.add(tx);
    return this.source.frame(tx);
  }

  transactionsRead(): number {
    return this.read.size;
  }

  screened(): Screening['screened'] {
    const { received, sent, asset } = this.asked;
    const row = (direction: Flow, flow: ScreenedFlow | null): Screening['screened'] => {
      if (flow === null || (flow.outputs.length === 0 && flow.cut.outputs === 0)) return [];
      const outputs = flow.outputs.length + flow.cut.outputs;
      return [{ direction, outputs, left_out: flow.dustOutputs, amount: amountOf(totalOf(flow), asset) }];
    };
    return [...row('source', received), ...row('destination', sent)];
  }

  contributions(): Contribution[] {
    return [...this.ofSource(), ...this.ofDestination()];
  }

  private ofSource(): Contribution[] {
    const { received, methods } = this.asked;
    if (received === null) return [];
    const found = methods.flatMap((method) => {
      // One bound for all outputs of a subject: what an earlier one used up, a later one does not have.
      let left = this.limits.maxTransactions;
      return received.outputs.flatMap(({ output, day }) => {
        const before = this.walkedBy(method);
        const limits = { ...this.limits, maxTransactions: Math.max(0, left) };
        const parts = sourceOf(this.counting(method), { output: outputId(output), day, methods: [method], limits });
        left -= this.walkedBy(method) - before;
        return parts;
      });
    });
    return [...found, ...this.cut('source', received)];
  }

  private readonly walked = new Map<Method, Set<number>>();

  private walkedBy(method: Method): number {
    return this.walked.get(method)?.size ?? 0;
  }

  private counting(method: Method): ScreenView {
    const seen = this.walked.get(method) ?? new Set<number>();
    this.walked.set(method, seen);
    const frame = (tx: Parameters<ScreenView['frame']>[0]): ReturnType<ScreenView['frame']> => {
      seen.add(tx);
      return this.view.frame(tx);
    };
    return { ...this.view, frame };
  }

  private ofDestination(): Contribution[] {
    const { sent, methods, own, hopsBefore, untilHeight } = this.asked;
    if (sent === null) return [];
    const byDay = new Map<string | null, OutputId[]>();
    for (const { output, day } of sent.outputs) byDay.set(day, [...(byDay.get(day) ?? []), outputId(output)]);
    // Outputs of one day are followed together, so that change that comes back is counted once.
    const outputs = sent.outputs.map(({ output }) => outputId(output));
    const day = byDay.size === 1 ? [...byDay.keys()][0] : null;
    const found =
      outputs.length === 0
        ? []
        : destinationOf(this.view, {
            outputs,
            day,
            methods,
            limits: this.limits,
            untilHeight,
            own: new Set(own),
            hopsBefore,
          });
    return [...found, ...this.cut('destination', sent)];
  }

  private cut(flow: Flow, { cut }: ScreenedFlow): Contribution[] {
    if (cut.outputs === 0) return [];
    const nowhere = { place: `${cut.outputs} outputs`, address: null };
    return this.asked.methods.filter(addsUp).map((method) => ({
      flow,
      method,
      part: 'untraced',
      reason: 'max-outputs',
      amount: BigInt(cut.raw),
      hops: 1,
      category: null,
      identity: null,
      timestampSec: null,
      place: () => nowhere.place,
      path: () => ({ steps: [], from: nowhere, to: nowhere }),
    }));
  }
}

/** The methods of a view as an object that others can be put beside. */
function bound(view: ScreenView): ScreenView {
  return {
    frame: (tx) => view.frame(tx),
    transactionOf: (output) => view.transactionOf(output),
    orderKeyOf: (tx) => view.orderKeyOf(tx),
    blockFees: (height) => view.blockFees(height),
    txText: (tx) => view.txText(tx),
    outputText: (output) => view.outputText(output),
    inputText: (tx, vin) => view.inputText(tx, vin),
    identify: (address, day) => view.identify(address, day),
  };
}

function totalOf({ outputs, cut }: ScreenedFlow): bigint {
  return outputs.reduce((sum, { raw }) => sum + BigInt(raw), BigInt(cut.raw));
}
