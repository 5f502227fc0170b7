/** Where one block is put as columns before it is added, and what is worked out of it on the way. */
import { reserve } from './memory';

export let txids: usize = 0;
export let firstInput: usize = 0;
export let firstOutput: usize = 0;
export let inputHead: usize = 0;
export let inputVout: usize = 0;
export let outputValue: usize = 0;
export let outputOwner: usize = 0;
export let outputFlags: usize = 0;
/** Transaction that each input spends, owner of what it spends, owner of each output. */
export let spentNumber: usize = 0;
export let payer: usize = 0;
export let payee: usize = 0;

/** Most of each in one block. */
export let mostTransactions: u32 = 0;
export let mostInputs: u32 = 0;
export let mostOutputs: u32 = 0;

const TABLE: usize = memory.data(64, 16);

/**
 * Makes the buffers for the largest block. Returns the address of eight u32: txids, firstInput, firstOutput, inputHead, inputVout, outputValue,
 * outputOwner, outputFlags.
 */
export function prepareStaging(transactions: u32, inputs: u32, outputs: u32): usize {
  mostTransactions = transactions;
  mostInputs = inputs;
  mostOutputs = outputs;
  txids = reserve(<usize>transactions << 5);
  firstInput = reserve(<usize>(transactions + 1) << 2);
  firstOutput = reserve(<usize>(transactions + 1) << 2);
  inputHead = reserve(<usize>inputs << 3);
  inputVout = reserve(<usize>inputs << 2);
  outputValue = reserve(<usize>outputs << 3);
  outputOwner = reserve(<usize>outputs << 3);
  outputFlags = reserve(<usize>outputs);
  spentNumber = reserve(<usize>inputs << 2);
  payer = reserve(<usize>inputs << 2);
  payee = reserve(<usize>outputs << 2);
  store<u32>(TABLE, txids as u32);
  store<u32>(TABLE, firstInput as u32, 4);
  store<u32>(TABLE, firstOutput as u32, 8);
  store<u32>(TABLE, inputHead as u32, 12);
  store<u32>(TABLE, inputVout as u32, 16);
  store<u32>(TABLE, outputValue as u32, 20);
  store<u32>(TABLE, outputOwner as u32, 24);
  store<u32>(TABLE, outputFlags as u32, 28);
  return TABLE;
}
