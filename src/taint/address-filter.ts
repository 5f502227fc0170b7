/**
 * Filters on what address taint reached, after the search (TaintedTX `filtering`): each names a shape that payouts of one mixer have. Parts of the text
 * are `NAME=VALUE` with commas between them, all of which must hold; `none` lets everything pass.
 */
import { type LedgerView, NONE, outputId, SpoorError, type TxFrame, txId } from '../ledger/index.ts';

/** What a transaction must be like; null does not ask. */
export interface AddressFilter {
  /** Mixing time: blocks after the label's earliest seed. */
  readonly withinBlocks: number | null;
  readonly inputs: number | null;
  readonly outputs: number | null;
  /** Inputs and outputs that a transaction before or behind it has: chains of payouts look alike. */
  readonly neighbour: readonly [inputs: number, outputs: number] | null;
  /** No input address received anything else. */
  readonly freshInputs: boolean;
  /** Fee of the mixer: an output is worth at most the label's largest seed less this. */
  readonly mixerFeeSat: number | null;
  /** Fee of the transaction, exactly. */
  readonly feeSat: number | null;
}

/** Lets everything pass. */
export const NO_ADDRESS_FILTER: AddressFilter = {
  withinBlocks: null,
  inputs: null,
  outputs: null,
  neighbour: null,
  freshInputs: false,
  mixerFeeSat: null,
  feeSat: null,
};

const COUNTS: ReadonlyMap<string, 'withinBlocks' | 'inputs' | 'outputs' | 'mixerFeeSat' | 'feeSat'> = new Map([
  ['within-blocks', 'withinBlocks'],
  ['inputs', 'inputs'],
  ['outputs', 'outputs'],
  ['mixer-fee-sat', 'mixerFeeSat'],
  ['fee-sat', 'feeSat'],
] as const);

/** Reads a filter. Throws USAGE naming the part that is wrong. */
export function parseAddressFilter(text: string): AddressFilter {
  if (text === 'none') return NO_ADDRESS_FILTER;
  const filter: { -readonly [Name in keyof AddressFilter]: AddressFilter[Name] } = { ...NO_ADDRESS_FILTER };
  for (const part of text.split(',')) {
    const [name, value = ''] = part.trim().split('=', 2);
    const count = COUNTS.get(name);
    const shape = /^(\d{1,5})x(\d{1,5})$/.exec(value);
    if (count !== undefined && /^\d{1,15}$/.test(value)) filter[count] = Number(value);
    else if (name === 'neighbour' && shape !== null) filter.neighbour = [Number(shape[1]), Number(shape[2])];
    else if (name === 'inputs-fresh' && value === 'yes') filter.freshInputs = true;
    else {
      const known = `${[...COUNTS.keys()].join('=N, ')}=N, neighbour=INPUTSxOUTPUTS, inputs-fresh=yes`;
      throw new SpoorError('USAGE', `--address-filter has "${part}"; it knows ${known}`);
    }
  }
  return filter;
}

/** What filters read. */
export type FilterView = Pick<LedgerView, 'frame' | 'transactionOf' | 'output' | 'outputsOfAddress'>;

/** Whether an output of this value, made by this transaction, passes. `origin` is the label's earliest height and largest seed. */
export function passesFilter(
  view: FilterView,
  filter: AddressFilter,
  of: {
    readonly frame: TxFrame;
    readonly valueSat: number;
    readonly origin: { readonly height: number; readonly valueSat: number };
  },
): boolean {
  const { frame, valueSat, origin } = of;
  const { withinBlocks, inputs, outputs, neighbour, mixerFeeSat, feeSat } = filter;
  return (
    (withinBlocks === null || (frame.height !== NONE && Math.abs(frame.height - origin.height) <= withinBlocks)) &&
    (inputs === null || frame.inputValueSat.length === inputs) &&
    (outputs === null || frame.outputValueSat.length === outputs) &&
    (mixerFeeSat === null || valueSat <= origin.valueSat - mixerFeeSat) &&
    (feeSat === null || feeOf(frame) === feeSat) &&
    (neighbour === null || neighbours(view, frame).some((other) => hasShape(other, neighbour))) &&
    (!filter.freshInputs || inputsAreFresh(view, frame))
  );
}

/** Fee in satoshi; null in a coinbase and where an input's value is unknown. */
function feeOf({ coinbase, inputValueSat, outputValueSat }: TxFrame): number | null {
  if (coinbase || inputValueSat.includes(NONE)) return null;
  const paidSat = inputValueSat.reduce((total, valueSat) => total + valueSat, 0);
  return outputValueSat.reduce((left, valueSat) => left - valueSat, paidSat);
}

function hasShape({ inputValueSat, outputValueSat }: TxFrame, [inputs, outputs]: readonly [number, number]): boolean {
  return inputValueSat.length === inputs && outputValueSat.length === outputs;
}

function neighbours(view: FilterView, frame: TxFrame): TxFrame[] {
  const before = frame.inputOutput.flatMap((output) => (output === NONE ? [] : [view.transactionOf(outputId(output))]));
  const behind = frame.outputSpender.flatMap((spender) => (spender === NONE ? [] : [txId(spender)]));
  return [...before, ...behind].map((tx) => view.frame(tx));
}

/** A source that does not know an input's output cannot say that its address is fresh. */
function inputsAreFresh(view: FilterView, frame: TxFrame): boolean {
  return frame.inputOutput.every((output) => {
    if (output === NONE) return false;
    const { address } = view.output(outputId(output));
    return address === null || view.outputsOfAddress(address).length === 1;
  });
}
