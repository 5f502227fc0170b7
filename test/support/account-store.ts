/** Account facts into a store, and every row that comes of it. */

import { AccountTable, type CaseStore, inOneTransaction, keepChainId, openScratchCase } from '../../src/store/index.ts';
import type { AccountFacts } from './memory-account-view.ts';

/** Keeps facts, as one file would bring them. */
export function keepFacts(store: CaseStore, facts: AccountFacts): AccountTable {
  return inOneTransaction(store, () => {
    keepChainId(store, facts.chainId ?? 1);
    const table = new AccountTable(store);
    for (const block of facts.blocks ?? []) table.takeBlock(block);
    for (const token of facts.tokens ?? []) table.takeToken(token);
    for (const one of facts.accounts ?? []) table.takeAccount(one);
    for (const record of facts.transactions) table.take(record);
    for (const balance of facts.balances ?? []) table.takeBalance(balance);
    table.settle();
    return table;
  });
}

/** A store of these facts only. */
export function storeOf(facts: AccountFacts): CaseStore {
  const store = openScratchCase();
  keepFacts(store, facts);
  return store;
}

/** Every row of every account table, row numbers replaced by what they stand for. */
export function accountRows({ db }: CaseStore): string[] {
  const name = (column: string) => `(SELECT account FROM account_name n WHERE n.id = x.${column})`;
  const tx = (column: string) => `(SELECT coalesce(row_key, hex(hash)) FROM account_tx t WHERE t.id = x.${column})`;
  const asset = '(SELECT asset FROM account_asset a WHERE a.id = x.asset)';
  const replaced: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    account_chain: {},
    account_name: { id: "''" },
    account_asset: { id: "''" },
    account_block: { fee_recipient: name('fee_recipient') },
    account_credit: { account: name('account') },
    account_tx: {
      id: "''",
      sender: name('sender'),
      receiver: name('receiver'),
      created: name('created'),
      shadowed_by: tx('shadowed_by'),
    },
    account_internal: { tx: tx('tx'), sender: name('sender'), receiver: name('receiver') },
    account_token_move: { tx: tx('tx'), asset, sender: name('sender'), receiver: name('receiver') },
    account_event: { tx: tx('tx'), emitter: name('emitter') },
    account_activity: { account: name('account'), tx: tx('tx') },
    account_balance: { account: name('account'), asset },
  };
  return Object.entries(replaced).flatMap(([table, names]) => {
    const columns = (db.pragma(`table_info(${table})`) as Array<{ name: string }>).map(
      (column) => names[column.name] ?? `x.${column.name}`,
    );
    const rows = db
      .prepare(`SELECT ${columns.join(', ')} FROM ${table} x`)
      .raw()
      .all() as unknown[][];
    return rows
      .map(
        (row) =>
          `${table} ${row.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : String(value))).join('|')}`,
      )
      .sort();
  });
}
