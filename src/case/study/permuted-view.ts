/**
 * Claim:      the same ledger with the inputs and the outputs of every transaction in another order: what each spends, holds and pays is untouched.
 * Source:     methods of the field on sensitivity: order rules read the order of inputs and outputs, which the payer's software draws, often by chance.
 * Parameters: `key` and the number of the order; 0 is the order of the chain.
 * Cost:       one digest for each input and output of a transaction that is asked for; its txid is read once for all orders.
 * Fails when: never; an output of a transaction that was not asked for before keeps its number, which no taint rests on.
 */
import { createHash } from 'node:crypto';
import {
  type BlockFees,
  type LedgerView,
  NONE,
  type OutputId,
  outputId,
  type TxFrame,
  type TxId,
} from '../../ledger/index.ts';
import type { OutputsView } from '../../taint/index.ts';

/** Places 0 to `count` - 1 in an order that key, number of the order, transaction and side decide: by the SHA-256 of each place. */
export function drawnOrder(seed: string, count: number): number[] {
  const digests = Array.from({ length: count }, (_, place) => {
    return { place, digest: createHash('sha256').update(`${seed} ${place}`).digest('hex') };
  });
  return digests.sort((a, b) => (a.digest < b.digest ? -1 : 1)).map(({ place }) => place);
}

/** Text that decides the order of one side of a transaction. */
export function orderSeed(of: { key: string; order: number; txid: string; side: 'vin' | 'vout' }): string {
  return `${of.key} ${of.order} ${of.txid} ${of.side}`;
}

/** Facts that no order changes, read once for all orders. */
export class OrderFacts {
  readonly view: LedgerView;
  private readonly txids = new Map<TxId, string>();

  constructor(view: LedgerView) {
    this.view = view;
  }

  txid(tx: TxId): string {
    const known = this.txids.get(tx);
    if (known !== undefined) return known;
    const { txid } = this.view.transaction(tx);
    this.txids.set(tx, txid);
    return txid;
  }
}

function placed<T>(values: readonly T[], order: readonly number[]): T[] {
  return order.map((place) => values[place]);
}

/** A view in one drawn order. Outputs are numbered by their new places: `real` and `virtual` translate. */
export class PermutedView implements OutputsView {
  private readonly facts: OrderFacts;
  private readonly drawn: { readonly key: string; readonly order: number };
  private readonly frames = new Map<TxId, TxFrame>();
  /** By transaction asked for: the first number of its outputs, and the place of the chain at each new place. */
  private readonly outputs = new Map<TxId, { readonly first: number; readonly order: readonly number[] }>();

  constructor(facts: OrderFacts, drawn: { readonly key: string; readonly order: number }) {
    this.facts = facts;
    this.drawn = drawn;
  }

  frame(tx: TxId): TxFrame {
    const known = this.frames.get(tx);
    if (known !== undefined) return known;
    const frame = this.facts.view.frame(tx);
    const vins = this.orderOf(tx, 'vin', frame.inputOutput.length);
    const vouts = this.orderOf(tx, 'vout', frame.outputValueSat.length);
    this.outputs.set(tx, { first: frame.firstOutput, order: vouts });
    const permuted: TxFrame = {
      ...frame,
      inputOutput: placed(frame.inputOutput, vins).map((output) => (output === NONE ? NONE : this.numberIn(output))),
      inputValueSat: placed(frame.inputValueSat, vins),
      inputAddress: placed(frame.inputAddress, vins),
      outputValueSat: placed(frame.outputValueSat, vouts),
      outputAddress: placed(frame.outputAddress, vouts),
      outputFlags: placed(frame.outputFlags, vouts),
      outputSpender: placed(frame.outputSpender, vouts),
      outputSpenderKey: placed(frame.outputSpenderKey, vouts),
    };
    this.frames.set(tx, permuted);
    return permuted;
  }

  private orderOf(tx: TxId, side: 'vin' | 'vout', count: number): number[] {
    const { order } = this.drawn;
    if (order === 0 || count < 2) return Array.from({ length: count }, (_, place) => place);
    return drawnOrder(orderSeed({ ...this.drawn, txid: this.facts.txid(tx), side }), count);
  }

  private numberIn(output: number): number {
    const known = this.outputs.get(this.facts.view.transactionOf(outputId(output)));
    return known === undefined ? output : known.first + known.order.indexOf(output - known.first);
  }

  /** The number here of an output of the chain. */
  virtual(output: OutputId): OutputId {
    this.frame(this.facts.view.transactionOf(output));
    return outputId(this.numberIn(output));
  }

  /** The output of the chain behind a number of this view. */
  real(output: OutputId): OutputId {
    const tx = this.facts.view.transactionOf(output);
    this.frame(tx);
    const known = this.outputs.get(tx);
    return known === undefined ? output : outputId(known.first + known.order[output - known.first]);
  }

  blockFees(height: number): BlockFees {
    return this.facts.view.blockFees(height);
  }

  transactionOf(output: OutputId): TxId {
    return this.facts.view.transactionOf(output);
  }
}
