/** The list of coins where taint rests, one line each: `txid:vout,valueSat,taintSat`, in chain order, in whole satoshi. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { MoneyGraph } from '../../graph/index.ts';
import { SpoorError } from '../../ledger/index.ts';
import type { IdKeeper } from './id-keeper.ts';

const BATCH_CHARACTERS = 1 << 20;

/** Sums over the list, satoshi. `burned` outputs can never be spent; they are in the sums, not in the list. */
export interface CoinSums {
  readonly coins: number;
  readonly heldSat: number;
  readonly burnedSat: number;
}

/** Writes the list to `file` (null: only sums). Throws IO. */
export function writeCoins(graph: MoneyGraph, ids: IdKeeper, to: { from: number; file: string | null }): CoinSums {
  const descriptor = to.file === null ? null : openList(to.file);
  const sums = { coins: 0, heldSat: 0, burnedSat: 0 };
  let batch = '';
  let transaction = -1;
  let txid = '';
  try {
    graph.held(to.from, (coin) => {
      if (coin.burned) {
        sums.burnedSat += coin.taintSat;
        return;
      }
      sums.coins += 1;
      sums.heldSat += coin.taintSat;
      if (descriptor === null) return;
      if (coin.transaction !== transaction) {
        transaction = coin.transaction;
        txid = ids.txid(transaction);
      }
      batch += `${txid}:${coin.vout},${coin.valueSat},${coin.taintSat}\n`;
      if (batch.length < BATCH_CHARACTERS) return;
      writeSync(descriptor, batch);
      batch = '';
    });
    if (descriptor !== null) writeSync(descriptor, batch);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
  return sums;
}

/** Opens a list for writing. Throws IO. */
export function openList(file: string): number {
  try {
    return openSync(file, 'w');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new SpoorError('IO', `the list cannot be written: ${code}`, { file }, 'check the folder and its permissions');
  }
}
