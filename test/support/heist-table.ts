/** Tables of the EthereumHeist study (Bancor, EasyFi) as records, and their labels. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { readAccountFiles } from '../../src/chain/ethereum/index.ts';
import { type Account, type AccountTransactionRecord, account } from '../../src/ledger/index.ts';
import { sharedData } from './shared-data.ts';

/** Records of `folder`, by block and then in the order of the file. */
export function heistRecords(folder: string): AccountTransactionRecord[] {
  const path = sharedData(`${folder}/all-tx.csv.gz`);
  const { transactions } = readAccountFiles([path], { format: 'auto', chainId: 1, account: null });
  const records = transactions.map(({ record }) => record);
  return records.sort((a, b) => (a.blockNumber ?? 0) - (b.blockNumber ?? 0));
}

/** Labels of `folder`: account to name and kind. */
export function heistLabels(folder: string): Map<Account, { readonly name: string; readonly label: string }> {
  const rows: Array<Record<string, string>> = parse(readFileSync(sharedData(`${folder}/all-address.csv`), 'utf8'), {
    columns: true,
  });
  return new Map(rows.map((row) => [account(row.address), { name: row.name_tag, label: row.label }]));
}
