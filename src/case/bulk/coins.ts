/** The list of coins where taint rests, one line each: `txid:vout,valueSat,taintSat`, in chain order, in whole satoshi. */
import type { MoneyGraph } from '../../graph/index.ts';
import type { IdKeeper } from './id-keeper.ts';
import { ListFile } from './list-file.ts';

/** Sums over the list, satoshi. `burned` outputs can never be spent; they are in the sums, not in the list. */
export interface CoinSums {
  readonly coins: number;
  readonly heldSat: number;
  readonly burnedSat: number;
}

/** Writes the list to `file` (null: only sums). Throws IO. */
export function writeCoins(graph: MoneyGraph, ids: IdKeeper, to: { from: number; file: string | null }): CoinSums {
  const list = to.file === null ? null : new ListFile(to.file, 0);
  const sums = { coins: 0, heldSat: 0, burnedSat: 0 };
  let transaction = -1;
  let txid = '';
  graph.held(to.from, (coin) => {
    if (coin.burned) {
      sums.burnedSat += coin.taintSat;
      return;
    }
    sums.coins += 1;
    sums.heldSat += coin.taintSat;
    if (list === null) return;
    if (coin.transaction !== transaction) {
      transaction = coin.transaction;
      txid = ids.txid(transaction);
    }
    list.write(`${txid}:${coin.vout},${coin.valueSat},${coin.taintSat}\n`);
  });
  list?.close();
  return sums;
}
