/** Columns of a plain table of transfers, by the names that tools give them. */
import { csvHeader } from '../file/csv.ts';

/** Names of each column, compared without case and underscores. */
const NAMES = {
  hash: ['hash', 'txhash', 'transactionhash', 'txid', 'evttxhash'],
  from: ['from', 'fromaddress', 'sender'],
  to: ['to', 'toaddress', 'recipient', 'receiver'],
  baseUnits: ['value', 'valuewei', 'amountwei', 'wei', 'rawvalue', 'rawamount', 'valueraw', 'amountraw'],
  ether: ['totaleth', 'eth', 'ether', 'valueeth', 'amounteth', 'ethvalue', 'ethamount', 'valueether'],
  time: ['timestamp', 'blocktimestamp', 'blocktime', 'time', 'evtblocktime'],
  block: ['blocknumber', 'block', 'evtblocknumber'],
  contract: ['contractaddress', 'tokenaddress', 'contract'],
  symbol: ['tokensymbol', 'symbol'],
  decimals: ['tokendecimal', 'tokendecimals', 'decimals'],
  isError: ['iserror'],
  gasPrice: ['gasprice', 'effectivegasprice'],
  gasUsed: ['gasused'],
  logIndex: ['logindex', 'evtindex'],
} as const;
/** What a column says. */
export type Column = keyof typeof NAMES;
/** The name in this table of each column it has. */
export type Columns = Readonly<Partial<Record<Column, string>>>;

/** The columns of a header; of two with one meaning the first. */
export function columnsOf(header: Iterable<string>): Columns {
  const found: Partial<Record<Column, string>> = {};
  for (const cell of header) {
    const plain = cell.toLowerCase().replaceAll('_', '');
    for (const column of Object.keys(NAMES) as Column[]) {
      if ((NAMES[column] as readonly string[]).includes(plain) && found[column] === undefined) found[column] = cell;
    }
  }
  return found;
}

/** Whether a header is that of a table of transfers: who, to whom, how much, and when or in which transaction. */
export function isTransferHeader(header: readonly string[]): boolean {
  const { from, to, baseUnits, ether, hash, time } = columnsOf(header);
  return from !== undefined && to !== undefined && (baseUnits ?? ether) !== undefined && (hash ?? time) !== undefined;
}

/** Whether bytes start with such a header. */
export function looksLikeTransfers(head: Uint8Array): boolean {
  return isTransferHeader(csvHeader(head));
}
