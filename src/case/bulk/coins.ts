/** The list of coins where taint of one rule rests, one line each: `txid:vout,valueSat,taintSat`, in chain order, in whole satoshi. */
import type { TaintRun } from '../../graph/index.ts';
import type { IdKeeper } from './id-keeper.ts';
import { ListFile } from './list-file.ts';

/** Writes the list to `file` (null: only counts), without what can never be spent. Returns how many coins it has. Throws IO. */
export function writeCoins(run: TaintRun, ids: IdKeeper, file: string | null): { coins: number } {
  const list = file === null ? null : new ListFile(file, 0);
  let coins = 0;
  let transaction = -1;
  let txid = '';
  run.rests((coin) => {
    if (coin.status === 'burned') return;
    coins += 1;
    if (list === null) return;
    if (coin.transaction !== transaction) {
      transaction = coin.transaction;
      txid = ids.txid(transaction);
    }
    list.write(`${txid}:${coin.vout},${coin.valueSat},${coin.taintSat}\n`);
  });
  list?.close();
  return { coins };
}
