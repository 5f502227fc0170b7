/** A view as if transactions had never been ingested: the test of what missing data may do. */
import { type LedgerView, NONE, outputId, type TxFrame, type TxId } from '../../src/ledger/index.ts';

/** The same facts read once, for many questions in a row. */
export function snapshot(view: LedgerView): LedgerView {
  const frames = new Map([...view.transactions()].map((tx) => [tx, view.frame(tx)]));
  const owner = new Map<number, TxId>();
  for (const [tx, { firstOutput, outputValueSat }] of frames)
    for (let vout = 0; vout < outputValueSat.length; vout += 1) owner.set(firstOutput + vout, tx);
  const known = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('not in the snapshot');
    return value;
  };
  return {
    ...view,
    frame: (tx) => known(frames.get(tx)),
    transactions: () => frames.keys(),
    transactionOf: (output) => known(owner.get(output)),
    orderKeyOf: (tx) => known(frames.get(tx)).orderKey,
    blockFees: (height) => view.blockFees(height),
  };
}

/** The view without some transactions. `values`: whether inputs that spent their outputs still know what they spent. */
export function without(view: LedgerView, hidden: ReadonlySet<TxId>, values: 'kept' | 'lost' = 'kept'): LedgerView {
  const isHidden = (output: number): boolean => output !== NONE && hidden.has(view.transactionOf(outputId(output)));
  const blind = new Set<number>();
  if (values === 'lost')
    for (const tx of view.transactions()) {
      const { inputOutput, height } = view.frame(tx);
      if (inputOutput.some(isHidden)) blind.add(height);
    }
  const heights = new Set([...hidden].map((tx) => view.frame(tx).height));
  return {
    ...view,
    frame: (tx): TxFrame => {
      const frame = view.frame(tx);
      return {
        ...frame,
        inputOutput: frame.inputOutput.map((output) => (isHidden(output) ? NONE : output)),
        inputValueSat: frame.inputValueSat.map((value, vin) =>
          values === 'lost' && isHidden(frame.inputOutput[vin]) ? NONE : value,
        ),
        outputSpender: frame.outputSpender.map((spender) => (hidden.has(spender as TxId) ? NONE : spender)),
      };
    },
    blockFees: (height) => {
      const block = view.blockFees(height);
      return { ...block, complete: block.complete && !heights.has(height) && !blind.has(height) };
    },
    transactions: () => [...view.transactions()].filter((tx) => !hidden.has(tx)),
    // A class keeps its methods on its prototype, which the spread above does not copy.
    transactionOf: (output) => view.transactionOf(output),
    orderKeyOf: (tx) => view.orderKeyOf(tx),
  };
}
