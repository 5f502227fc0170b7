/** What a screening reads: from the case, keeping every answer; or from what was kept, when a verdict is made again. */
import {
  type AddressId,
  type BlockFees,
  NONE,
  type OutputId,
  outputId,
  type TxFrame,
  type TxId,
  txId,
} from '../../ledger/index.ts';
import type { Identity, ScreenView, TxText } from '../../screen/index.ts';
import { addressText } from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import { timeOf } from '../trace/hops.ts';

interface PlaceText {
  readonly place: string;
  readonly address: string | null;
}

/** Answers of a view by question, as JSON keeps them. */
export interface KeptReads {
  readonly frames: ReadonlyArray<readonly [number, TxFrame]>;
  readonly makers: ReadonlyArray<readonly [number, number]>;
  readonly keys: ReadonlyArray<readonly [number, number]>;
  readonly transactions: ReadonlyArray<readonly [number, TxText]>;
  readonly outputs: ReadonlyArray<readonly [number, PlaceText]>;
  readonly inputs: ReadonlyArray<readonly [string, PlaceText]>;
  /** Who was identified, by address number and day; whoever is not here was not. */
  readonly identities: ReadonlyArray<readonly [string, Identity]>;
}

/** A view that asks another source once per question and keeps the answers. */
export class KeepingView implements ScreenView {
  private readonly frames = new Map<number, TxFrame>();
  private readonly makers = new Map<number, TxId>();
  private readonly keys = new Map<number, number>();
  private readonly transactions = new Map<number, TxText>();
  private readonly outputs = new Map<number, PlaceText>();
  private readonly inputs = new Map<string, PlaceText>();
  private readonly identities = new Map<string, Identity | null>();
  private readonly from: ScreenView;

  constructor(from: ScreenView) {
    this.from = from;
  }

  frame(tx: TxId): TxFrame {
    return once(this.frames, tx, () => this.from.frame(tx));
  }

  transactionOf(output: OutputId): TxId {
    return once(this.makers, output, () => this.from.transactionOf(output));
  }

  orderKeyOf(tx: TxId): number {
    return once(this.keys, tx, () => this.from.orderKeyOf(tx));
  }

  /** Fee taint goes to the fee here, so nobody asks. */
  blockFees(height: number): BlockFees {
    return this.from.blockFees(height);
  }

  txText(tx: TxId): TxText {
    return once(this.transactions, tx, () => this.from.txText(tx));
  }

  outputText(output: number): PlaceText {
    return once(this.outputs, output, () => this.from.outputText(output));
  }

  inputText(tx: TxId, vin: number): PlaceText {
    return once(this.inputs, `${tx} ${vin}`, () => this.from.inputText(tx, vin));
  }

  identify(address: AddressId, day: string | null): Identity | null {
    return once(this.identities, `${address} ${day ?? ''}`, () => this.from.identify(address, day));
  }

  /** Everything that was asked. */
  kept(): KeptReads {
    const identities = [...this.identities].flatMap(([key, identity]) =>
      identity === null ? [] : [[key, identity] as const],
    );
    return {
      frames: [...this.frames],
      makers: [...this.makers],
      keys: [...this.keys],
      transactions: [...this.transactions],
      outputs: [...this.outputs],
      inputs: [...this.inputs],
      identities,
    };
  }
}

function once<K, V>(kept: Map<K, V>, key: K, ask: () => V): V {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const answer = ask();
  kept.set(key, answer);
  return answer;
}

/** The facts and tags of a case as a screening reads them. */
export function caseScreenView(
  { store, view }: CaseContext,
  identityOf: (address: string, day: string | null) => Identity | null,
): ScreenView {
  return {
    frame: (tx) => view.frame(tx),
    transactionOf: (output) => view.transactionOf(output),
    orderKeyOf: (tx) => view.orderKeyOf(tx),
    blockFees: (height) => view.blockFees(height),
    txText: (tx) => {
      const transaction = view.transaction(tx);
      return { txid: transaction.txid, height: transaction.height, timestampSec: timeOf(transaction) };
    },
    outputText: (output) => {
      const { outpoint, address } = view.output(outputId(output));
      return { place: outpoint, address };
    },
    inputText: (tx, vin) => {
      const { prevout, address } = view.transaction(tx).inputs[vin];
      return { place: prevout ?? 'not named', address };
    },
    identify: (address, day) => {
      const text = address === NONE ? null : addressText(store, address);
      return text === null ? null : identityOf(text, day);
    },
  };
}

/** A view over what was kept. Asked for what was not, it says that the record is damaged: a plain Error, as for any number a view never gave out. */
export function keptView(reads: KeptReads): ScreenView {
  const frames = new Map(reads.frames);
  const makers = new Map(reads.makers);
  const keys = new Map(reads.keys);
  const transactions = new Map(reads.transactions);
  const outputs = new Map(reads.outputs);
  const inputs = new Map(reads.inputs);
  const identities = new Map(reads.identities);
  const held = <K, V>(kept: ReadonlyMap<K, V>, key: K, noun: string): V => {
    const found = kept.get(key);
    if (found === undefined) throw new Error(`the record of the screening lacks ${noun} ${String(key)}`);
    return found;
  };
  return {
    frame: (tx) => held<number, TxFrame>(frames, tx, 'transaction'),
    transactionOf: (output) => txId(held<number, number>(makers, output, 'maker of output')),
    orderKeyOf: (tx) => held<number, number>(keys, tx, 'place of transaction'),
    blockFees: (height) => {
      throw new Error(`the record of a screening holds no fees of block ${height}`);
    },
    txText: (tx) => held<number, TxText>(transactions, tx, 'text of transaction'),
    outputText: (output) => held(outputs, output, 'text of output'),
    inputText: (tx, vin) => held(inputs, `${tx} ${vin}`, 'text of input'),
    identify: (address, day) => identities.get(`${address} ${day ?? ''}`) ?? null,
  };
}
