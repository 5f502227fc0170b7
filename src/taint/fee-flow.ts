/**
 * Claim:      fee taint of a block enters its coinbase as the block's fees and subsidy do.
 * Source:     src/taint/README.md, coinbase order: `fees-first` as TaintChain lays them, `subsidy-first` as BlockSci does.
 * Parameters: coinbase order. What the coinbase does not claim is the tail and is burned.
 * Cost:       O(transactions of the block) for each block whose fees carry taint.
 * Fails when: the block is not held completely: the taint is then booked as fee and a gap says so.
 */
import { type BlockFees, NONE, type TxFrame, type TxId, txId } from '../ledger/index.ts';
import { type HopList, lesserHops } from './hop-list.ts';
import type { TaintGap, TraceConventions } from './result.ts';
import type { TaintState } from './rule.ts';

/** Taint of one fee under one rule, with the hops it had taken. */
export interface FeeTaint {
  readonly state: TaintState;
  readonly hops: HopList;
  /** The places of the satoshi are lost (coarsen.ts). */
  readonly coarse: boolean;
}

/** What a coinbase collects under one rule: virtual inputs in order. */
export interface CoinbaseIncome {
  readonly inputState: ReadonlyArray<TaintState | null>;
  readonly inputValueSat: readonly number[];
  readonly hops: HopList;
  /** Who pays each virtual input: a transaction of the block, as its place in the list of paid fees; -1 for clean fees and the subsidy. */
  readonly payer: readonly number[];
  readonly coarse: boolean;
  /** The tainted fees with who paid them, for a rule that does not follow them into the coinbase. */
  readonly paid: ReadonlyArray<{ readonly tx: TxId; readonly orderKey: number; readonly state: TaintState }>;
}

/** Fee taint of a transaction that waits for the coinbase of its block. */
interface WaitingFee {
  readonly frame: TxFrame;
  readonly fees: ReadonlyArray<FeeTaint | null>;
}

/** Fee in satoshi; 0 where an input's value is unknown. */
function feeOf({ inputValueSat, outputValueSat }: TxFrame): number {
  if (inputValueSat.includes(NONE)) return 0;
  const paidSat = inputValueSat.reduce((total, valueSat) => total + valueSat, 0);
  return outputValueSat.reduce((left, valueSat) => left - valueSat, paidSat);
}

/** Fee taint on its way into coinbases. */
export class FeeFlow {
  private readonly order: TraceConventions['coinbaseOrder'];
  private readonly blocks = new Map<number, BlockFees>();
  private readonly waiting = new Map<number, Map<TxId, WaitingFee>>();

  constructor(order: TraceConventions['coinbaseOrder']) {
    this.order = order;
  }

  /** Keeps the fee taint of a transaction, one entry per rule. Returns the height to ask for when the block is new, else null. */
  keep(frame: TxFrame, fees: ReadonlyArray<FeeTaint | null>): number | null {
    const perTx = this.waiting.get(frame.height);
    if (perTx !== undefined) {
      perTx.set(frame.tx, { frame, fees });
      return null;
    }
    this.waiting.set(frame.height, new Map([[frame.tx, { frame, fees }]]));
    return this.blocks.has(frame.height) ? null : frame.height;
  }

  /** Takes the facts of a block. Returns its coinbase if it can be followed. */
  enter(block: BlockFees): { tx: TxId; orderKey: number } | null {
    this.blocks.set(block.height, block);
    if (!block.complete || block.coinbase === NONE) return null;
    return { tx: txId(block.coinbase), orderKey: block.coinbaseOrderKey };
  }

  /** Income of a coinbase per rule, taken out of the waiting list; null when none of its fees carries taint or the facts are short. */
  collect(frame: TxFrame, ruleCount: number): Array<CoinbaseIncome | null> | null {
    const perTx = this.waiting.get(frame.height);
    const block = this.blocks.get(frame.height);
    // The coinbase is the last of its block: nothing will ask about this block again.
    this.blocks.delete(frame.height);
    if (perTx === undefined || block === undefined || block.coinbase !== frame.tx || !block.complete) return null;
    const income = block.feesSat.reduce((total, feeSat) => total + feeSat, block.subsidySat);
    if (frame.outputValueSat.reduce((total, valueSat) => total + valueSat, 0) > income) return null;
    this.waiting.delete(frame.height);
    return Array.from({ length: ruleCount }, (_, rule) => this.incomeOf(block, perTx, rule));
  }

  /** Fee taint that reached no coinbase, for the books and as gaps. Empties the list. */
  leftOver(): Array<{ gap: TaintGap; orderKey: number; fees: ReadonlyArray<FeeTaint | null> }> {
    const left = [...this.waiting.values()].flatMap((perTx) => [...perTx]);
    this.waiting.clear();
    return left.map(([tx, { frame, fees }]) => ({
      gap: { kind: 'coinbase-missing', output: NONE, tx, valueSat: feeOf(frame) },
      orderKey: frame.orderKey,
      fees,
    }));
  }

  private incomeOf(block: BlockFees, perTx: ReadonlyMap<TxId, WaitingFee>, rule: number): CoinbaseIncome | null {
    const fees = block.transactions.map((tx) => perTx.get(tx)?.fees[rule] ?? null);
    const tainted = fees.filter((fee) => fee !== null);
    if (tainted.length === 0) return null;
    const paid = block.transactions.flatMap((tx, index) => {
      const state = fees[index]?.state;
      return state === undefined ? [] : [{ tx, orderKey: perTx.get(tx)?.frame.orderKey ?? 0, state }];
    });
    const hops = tainted.map((fee) => fee.hops).reduce((a, b) => lesserHops(a, b));
    const states = fees.map((fee) => fee?.state ?? null);
    const coarse = tainted.some((fee) => fee.coarse);
    const { feesSat, subsidySat } = block;
    let places = 0;
    const payer = fees.map((fee) => (fee === null ? -1 : places++));
    return this.order === 'fees-first'
      ? {
          inputState: [...states, null],
          inputValueSat: [...feesSat, subsidySat],
          payer: [...payer, -1],
          hops,
          coarse,
          paid,
        }
      : {
          inputState: [null, ...states],
          inputValueSat: [subsidySat, ...feesSat],
          payer: [-1, ...payer],
          hops,
          coarse,
          paid,
        };
  }
}
