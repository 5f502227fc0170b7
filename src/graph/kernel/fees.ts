/**
 * Claim:      the taint of fees ends in the books, or waits for the coinbase of its block, which collects subsidy and fees.
 * Source:     `src/taint/fee-flow.ts`, for one label.
 * Parameters: where it goes, and whether the subsidy stands before the fees or behind them.
 * Cost:       O(transactions of the block) for each block whose fees carry taint.
 * Fails when: a transaction pays more than it takes: `refuse` names it.
 */
import { mostTransactions, transactionOutput, transactionPaid, valueOf } from './index';
import { at32, at64, chunkEnd64, reserve } from './memory';
import { hopsAt, overdrawn, refuse } from './taint';

const NONE: u32 = 0xffff_ffff;

/** Taint that ended as fee, satoshi. */
export let feeSat: u64 = 0;

export let feesGoOn: bool = false;
export let subsidyFirst: bool = false;
/** Fees of the block at hand that carry taint: their transactions and states. */
export let feePayer: usize = 0;
export let feeState: usize = 0;
export let feeCount: u32 = 0;
export let feeTaint: u64 = 0;
export let feeHops: u32 = 0;

/** Starts a run. `fees`: 0 end in the books, 1 go on into the coinbase, 2 likewise and the subsidy stands before them. */
export function beginFees(fees: u32): void {
  if (feePayer == 0) {
    feePayer = reserve(<usize>mostTransactions << 2);
    feeState = reserve(<usize>mostTransactions << 2);
  }
  feesGoOn = fees != 0;
  subsidyFirst = fees == 2;
  feeSat = 0;
  closeFees();
}

/** The fees of the block are taken. */
export function closeFees(): void {
  feeCount = 0;
  feeTaint = 0;
}

/** Satoshi of an output. */
@inline
export function valueSat(output: u32): u64 {
  return <u64>(<i64>load<f64>(at64(valueOf, output)));
}

/** What the coinbase at hand collects: the subsidy, and with the fees. */
export let subsidy: u64 = 0;
export let income: u64 = 0;

/** Whether a coinbase claims no more than it collects from the block that ends before `end`. */
export function claims(number: u32, end: u32, subsidySat: u64): bool {
  subsidy = subsidySat;
  income = subsidySat;
  for (let payer = number + 1; payer < end; payer += 1) income += feeOf(payer);
  return overdrawn == NONE && madeBy(number) <= income;
}

/** Satoshi of all outputs of a transaction. */
export function madeBy(number: u32): u64 {
  let made: u64 = 0;
  const end = load<u32>(at32(transactionOutput, number + 1));
  for (let output = load<u32>(at32(transactionOutput, number)); output < end; ) {
    const stop = min(end, chunkEnd64(output));
    for (let at = at64(valueOf, output); output < stop; output += 1, at += 8) made += <u64>(<i64>load<f64>(at));
  }
  return made;
}

/** Satoshi that a transaction takes. */
@inline
export function paidBy(number: u32): u64 {
  return load<u64>(at64(transactionPaid, number));
}

/** Satoshi that a transaction leaves to the miner. */
export function feeOf(number: u32): u64 {
  const paid = paidBy(number);
  const made = madeBy(number);
  if (made > paid) {
    refuse(number);
    return 0;
  }
  return paid - made;
}

/** Taint that a fee carries: to the books, or on to the coinbase of its block. */
@inline
export function payFee(number: u32, taintSat: u64, state: u32): void {
  if (!feesGoOn) feeSat += taintSat;
  else if (taintSat > 0) keepFee(number, taintSat, state);
}

/** Whether the state of a fee is wanted, not only its taint. */
@inline
export function keepsFees(): bool {
  return feesGoOn;
}

function keepFee(number: u32, taintSat: u64, state: u32): void {
  store<u32>(feePayer + (<usize>feeCount << 2), number);
  store<u32>(feeState + (<usize>feeCount << 2), state);
  const hops = hopsAt(number);
  feeHops = feeCount == 0 ? hops : min(feeHops, hops);
  feeCount += 1;
  feeTaint += taintSat;
}

/** Taint of fees that no coinbase takes, or that it would mix under a rule that does not follow it there: it stays with who paid it. */
@inline
export function refuseFees(taintSat: u64): void {
  feeSat += taintSat;
}
