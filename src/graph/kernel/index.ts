/**
 * Claim:      the whole money graph in numbers: what every input spends, what every output is worth, whose it is and who spends it; and clusters.
 * Source:     numbers in chain order, which is an order in which parents come before children (`src/graph/README.md`).
 * Parameters: columns of one block at a time, copied to the staging buffers of `prepare`.
 * Cost:       a few memory reads for each input and output; at most 200 bytes a transaction in all.
 * Fails when: the blocks do not start with the first one: what they spend is then not there, and counted as such.
 */
import { addressCount, findNumber, numberOf, prepareAddresses, touch } from './address-table';
import { growTo, isCoinjoin, joinPayers, mergeCount, prepareComponents, rootOf, settle } from './components';
import { at32, at64, extend, newArray, reservedBytes } from './memory';
import {
  firstInput,
  firstOutput,
  inputHead,
  inputVout,
  mostInputs,
  mostOutputs,
  mostTransactions,
  outputFlags,
  outputOwner,
  outputValue,
  payee,
  payer,
  prepareStaging,
  spentNumber,
  txids,
} from './staging';
import { addException, exceptionCount, findTransaction, insertTransaction, prepareTransactions } from './transaction-table';

export {
  addException,
  addressCount,
  exceptionCount,
  findNumber,
  findTransaction,
  mergeCount,
  mostInputs,
  mostOutputs,
  mostTransactions,
  reservedBytes,
  rootOf,
  settle,
};
export {
  begin,
  burnedSat,
  cutSat,
  fateOf,
  heldSat,
  hopsAt,
  nextRest,
  overdrawn,
  placeForSeeds,
  reached,
  taintAt,
  visitCoinbase,
  walk,
} from './taint';
export { nextEntered } from './entered';
export { feeSat } from './fees';
export { at32 } from './memory';
export { seededSat } from './seeds';
// What a graph under construction has outside of its memory is exported whole, so that it can be kept (`kernel-state.ts`).
export { lowWords, mask as addressMask, table as addressTable } from './address-table';
export { known, parent, scratch } from './components';
export { given, top } from './memory';
export { exceptions, mask as transactionMask, table as transactionTable } from './transaction-table';
export { firstInput, firstOutput, inputHead, inputVout, outputFlags, outputOwner, outputValue, payee, payer, spentNumber, txids };

const NONE: u32 = 0xffff_ffff;

/** First input and first output of each transaction, with the end of the last. */
export let transactionInput: usize = 0;
export let transactionOutput: usize = 0;
/** Output that each input spends. */
export let inputOutput: usize = 0;
/** Satoshi that each transaction takes (u64). */
export let transactionPaid: usize = 0;
/** Satoshi of each output (f64, exact). */
export let valueOf: usize = 0;
/**
 * Owner of each output, and 4 bytes behind it the transaction that spends it plus one; 0 is unspent, all ones can never be spent. Side by side, because
 * a spend asks for both and memory is slow.
 */
export let holderOf: usize = 0;
/** Output in which each address was first met. */
export let addressOutput: usize = 0;

export let transactionCount: u32 = 0;
export let inputCount: u32 = 0;
export let outputCount: u32 = 0;
export let spentCount: u32 = 0;
/** Inputs whose transaction or output is not there, and outputs spent twice: both 0 for a whole chain. */
export let missingCount: u32 = 0;
export let doubleCount: u32 = 0;

/**
 * Makes tables and staging buffers. `transactions` is how many there will be in all (0 for clusters alone), the others are the most of one block.
 * Returns the address of eight u32: txids, firstInput, firstOutput, inputHead, inputVout, outputValue, outputOwner, outputFlags.
 */
export function prepare(transactions: u32, addresses: u32, blockTransactions: u32, blockInputs: u32, blockOutputs: u32): usize {
  if (transactions > 0) prepareTransactions(transactions);
  prepareAddresses(addresses);
  prepareComponents(max(blockInputs, blockOutputs));
  transactionInput = newArray();
  transactionOutput = newArray();
  inputOutput = newArray();
  transactionPaid = newArray();
  valueOf = newArray();
  holderOf = newArray();
  addressOutput = newArray();
  return prepareStaging(blockTransactions, blockInputs, blockOutputs);
}

/**
 * Numbers the staged transactions from `from` on. Returns how many are numbered: fewer than there are where one meets the bytes of another
 * (`met`); the caller compares, calls `addException`, and goes on after it.
 */
export function insertIds(from: u32, transactions: u32): u32 {
  for (let index = from; index < transactions; index += 1) {
    const found = insertTransaction(load<u64>(txids + (<usize>index << 5)), transactionCount + index);
    if (found == NONE) continue;
    met = found;
    return index;
  }
  return transactions;
}

/** Transaction whose slot was met. */
export let met: u32 = 0;

/** Numbers of the owners of the staged outputs, all ones for none, to `payee`. `record` keeps where each was first met. */
@inline
function internOwners(outputs: u32, record: bool): void {
  touched += touch(outputOwner, outputs);
  for (let index: u32 = 0; index < outputs; index += 1) {
    const key = load<u64>(outputOwner + (<usize>index << 3));
    const before = addressCount;
    const number = key == 0 ? NONE : numberOf(key);
    store<u32>(payee + (<usize>index << 2), number);
    if (record && addressCount != before) {
      extend(addressOutput, number, 18);
      store<u32>(at32(addressOutput, number), outputCount + index);
    }
  }
  growTo(addressCount);
}

/** Keeps the compiler from dropping reads that only warm the cache. */
export let touched: u64 = 0;

@inline
function appendOutputs(transactions: u32, outputs: u32): void {
  for (let index: u32 = 0; index <= transactions; index += 1) {
    const number = transactionCount + index;
    extend(transactionInput, number, 18);
    extend(transactionOutput, number, 18);
    store<u32>(at32(transactionInput, number), inputCount + load<u32>(firstInput + (<usize>index << 2)));
    store<u32>(at32(transactionOutput, number), outputCount + load<u32>(firstOutput + (<usize>index << 2)));
  }
  for (let index: u32 = 0; index < outputs; index += 1) {
    const number = outputCount + index;
    extend(valueOf, number, 17);
    extend(holderOf, number, 17);
    store<f64>(at64(valueOf, number), load<f64>(outputValue + (<usize>index << 3)));
    const holder = at64(holderOf, number);
    store<u32>(holder, load<u32>(payee + (<usize>index << 2)));
    if (load<u8>(outputFlags + index) != 0) store<u32>(holder, NONE, 4);
  }
}

/** Number of the output that a staged input spends, or all ones. */
@inline
function spentOutput(index: u32, transactions: u32): u32 {
  const number = load<u32>(spentNumber + (<usize>index << 2));
  if (number >= transactionCount + transactions) return NONE;
  const vout = load<u32>(inputVout + (<usize>index << 2));
  const first = load<u32>(at32(transactionOutput, number));
  return vout < load<u32>(at32(transactionOutput, number + 1)) - first ? first + vout : NONE;
}

/** Looks up every staged input: first all transactions, then all outputs, so that the reads of one loop do not wait for each other. */
@inline
function resolveInputs(inputs: u32, transactions: u32): void {
  extend(transactionPaid, transactionCount + transactions, 17);
  for (let index: u32 = 0; index < inputs; index += 1) {
    store<u32>(spentNumber + (<usize>index << 2), findTransaction(load<u64>(inputHead + (<usize>index << 3))));
  }
  let index: u32 = 0;
  for (let transaction: u32 = 1; transaction < transactions; transaction += 1) {
    const next = load<u32>(firstInput + (<usize>transaction << 2), 4);
    const spender = transactionCount + transaction + 1;
    let paid: u64 = 0;
    for (; index < next; index += 1) {
      const output = spentOutput(index, transactions);
      extend(inputOutput, inputCount + index, 18);
      store<u32>(at32(inputOutput, inputCount + index), output);
      let owner = NONE;
      if (output == NONE) missingCount += 1;
      else {
        const holder = at64(holderOf, output);
        owner = load<u32>(holder);
        paid += <u64>(<i64>load<f64>(at64(valueOf, output)));
        if (load<u32>(holder, 4) != 0) doubleCount += 1;
        else spentCount += 1;
        store<u32>(holder, spender, 4);
      }
      store<u32>(payer + (<usize>index << 2), owner);
    }
    store<u64>(at64(transactionPaid, spender - 1), paid);
  }
}

@inline
function joinAll(transactions: u32): void {
  for (let index: u32 = 1; index < transactions; index += 1) {
    const at = <usize>index << 2;
    const input = load<u32>(firstInput + at);
    const inputs = load<u32>(firstInput + at, 4) - input;
    if (inputs < 2) continue;
    const output = load<u32>(firstOutput + at);
    const outputs = load<u32>(firstOutput + at, 4) - output;
    const payers = payer + (<usize>input << 2);
    const payees = payee + (<usize>output << 2);
    if (!isCoinjoin(payers, inputs, payees, outputValue + (<usize>output << 3), outputs)) joinPayers(payers, inputs);
  }
}

/** First output of a transaction; that of the next one is its end. */
export function firstOutputOf(transaction: u32): u32 {
  return load<u32>(at32(transactionOutput, transaction));
}

/** Satoshi of an output. */
export function valueAt(output: u32): f64 {
  return load<f64>(at64(valueOf, output));
}

/** Adds the staged block, whose ids are numbered, to the graph. */
export function addBlock(transactions: u32, inputs: u32, outputs: u32): void {
  internOwners(outputs, true);
  appendOutputs(transactions, outputs);
  resolveInputs(inputs, transactions);
  joinAll(transactions);
  transactionCount += transactions;
  inputCount += inputs;
  outputCount += outputs;
}

/** Addresses that `listOwners` gave before: one word each. */
export let listed: usize = 0;

/** For each output of the block added last the number of its owner where it was not given before, else all ones. Returns the address of the list. */
export function listOwners(outputs: u32): usize {
  if (listed == 0) listed = newArray();
  if (addressCount > 0) extend(listed, addressCount - 1, 18);
  for (let index: u32 = 0; index < outputs; index += 1) {
    const own = payee + (<usize>index << 2);
    const number = load<u32>(own);
    if (number == NONE) continue;
    const at = at32(listed, number);
    if (load<u32>(at) != 0) store<u32>(own, NONE);
    else store<u32>(at, 1);
  }
  return payee;
}

/** Adds the staged block to the clusters only; `inputHead` holds the owner keys of what the inputs spend. */
export function addSpends(transactions: u32, inputs: u32, outputs: u32): void {
  internOwners(outputs, false);
  touched += touch(inputHead, inputs);
  for (let index: u32 = 0; index < inputs; index += 1) {
    const key = load<u64>(inputHead + (<usize>index << 3));
    store<u32>(payer + (<usize>index << 2), key == 0 ? NONE : numberOf(key));
  }
  growTo(addressCount);
  joinAll(transactions);
  transactionCount += transactions;
  inputCount += inputs;
  outputCount += outputs;
}
