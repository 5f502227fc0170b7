/** Reads a table of the EthereumHeist study (Bancor, EasyFi) into records, and its labels; rows of one hash are one transaction. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { type Account, type AccountTransactionRecord, account, accountHash, asset } from '../../src/ledger/index.ts';
import { deal, moved, paid } from './account-history.ts';
import { sharedData } from './shared-data.ts';

type Row = Readonly<Record<string, string>>;

/** Records of `folder`, by block and then in the order of the file. */
export function heistRecords(folder: string): AccountTransactionRecord[] {
  const text = gunzipSync(readFileSync(sharedData(`${folder}/all-tx.csv.gz`))).toString('utf8');
  const byHash = new Map<string, Row[]>();
  for (const row of parse(text, { columns: true }) as Row[])
    byHash.set(row.hash, [...(byHash.get(row.hash) ?? []), row]);
  const records = [...byHash.values()].map(recordOf);
  return records.sort((a, b) => (a.blockNumber ?? 0) - (b.blockNumber ?? 0));
}

/** Base units from what a program printed that kept them as a double: `12.0`, `5.1225262e+17`; a part below one unit is cut. */
function whole(text: string): bigint {
  const [digits, exponent = '0'] = text.split('e');
  const [before, after = ''] = digits.split('.');
  const shift = Number(exponent);
  return BigInt(before + after.slice(0, shift).padEnd(shift, '0'));
}

function recordOf(rows: readonly Row[]): AccountTransactionRecord {
  // Only the row of the transaction itself has a gas price and no token; the others are moves of contracts and tokens.
  const top = rows.find((row) => row.contractAddress === '' && row.gasPrice !== '');
  const inner = rows.filter((row) => row.contractAddress === '' && row.gasPrice === '' && !row.isError.startsWith('1'));
  const tokens = rows.filter((row) => row.contractAddress !== '');
  const empty = deal(0, account(rows[0].from));
  return {
    ...empty,
    hash: accountHash(rows[0].hash),
    blockNumber: Number(rows[0].blockNumber),
    timestampSec: Number(rows[0].timeStamp),
    from: top === undefined ? null : account(top.from),
    to: top === undefined || top.to === '' ? null : account(top.to),
    valueWei: top === undefined ? null : whole(top.value),
    succeeded: top === undefined ? null : !top.isError.startsWith('1'),
    feeWei: top === undefined ? null : whole(top.gasPrice) * whole(top.gasUsed),
    internal: inner
      .filter(({ from, to }) => from !== '' && to !== '')
      .map(({ from, to, value }) => paid(account(from), account(to), whole(value))),
    tokens: tokens.map(({ from, to, value, contractAddress }) =>
      moved(asset(contractAddress), account(from), account(to), whole(value)),
    ),
    events: null,
    approximate: rows.some(({ value }) => /[.e]/.test(value)),
  };
}

/** Labels of `folder`: account to name and kind. */
export function heistLabels(folder: string): Map<Account, { readonly name: string; readonly label: string }> {
  const rows = parse(readFileSync(sharedData(`${folder}/all-address.csv`), 'utf8'), { columns: true }) as Row[];
  return new Map(rows.map((row) => [account(row.address), { name: row.name_tag, label: row.label }]));
}
