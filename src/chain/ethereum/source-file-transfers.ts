/**
 * Plain tables of transfers (a query's export, a study's data set): a header, then a line a transfer. Columns are known by the names below, whatever their
 * order and case. Several lines with one hash are one transaction; a line without hash is kept under a key of its own content.
 */
import {
  type Account,
  type AccountHash,
  type AccountTransactionRecord,
  NATIVE,
  SpoorError,
  type TokenRecord,
  UNSTATED_TRANSACTION,
} from '../../ledger/index.ts';
import { csvRows } from '../file/csv.ts';
import type { Field } from '../file/field.ts';
import { accountField, contractField, hashField, timeField, unlessBlank, wholeField } from './account-field.ts';
import { DOUBLE_EXACT, mayBeOff, type TableAmount, tableAmount } from './decimal.ts';
import { RowBook } from './join-rows.ts';
import {
  burntBeforeLondon,
  movesOfPlainCall,
  noAccountRecords,
  noteCount,
  type ParsedAccountRecords,
  type ReadContext,
  unlessZero,
} from './record.ts';
import { type Column, type Columns, columnsOf, isTransferHeader, looksLikeTransfers } from './transfer-columns.ts';

/** One line, read. */
interface Line {
  readonly row: Field;
  readonly columns: Columns;
  readonly from: Account | null;
  readonly to: Account | null;
  readonly amount: TableAmount;
  readonly timestampSec: number | null;
  readonly blockNumber: number | null;
  readonly logIndex: number | null;
  /** `move`: of the transaction itself; `internal`: by a contract inside it; `token`. */
  readonly kind: 'move' | 'internal' | 'token';
}

/** Flags of tables that went through a data frame: `0`, `1`, `0.0`, `1.0`, `true`, `false`. */
function flagField(field: Field): boolean {
  const text = field.text().toLowerCase();
  if (['0', '0.0', 'false'].includes(text)) return false;
  if (['1', '1.0', 'true'].includes(text)) return true;
  throw field.error(`expected 0 or 1, found "${text.slice(0, 40)}"`);
}

function lineOf(row: Field, columns: Columns): Line {
  const cell = (column: Column): Field => row.at(columns[column] ?? '');
  const isToken = !cell('contract').isNone || !cell('symbol').isNone;
  if (isToken && cell('contract').isNone)
    throw cell('contract').error('a token without its contract: a symbol alone says nothing');
  const amount = columns.baseUnits === undefined ? tableAmount(cell('ether'), 18) : tableAmount(cell('baseUnits'), 0);
  if (isToken && columns.baseUnits === undefined)
    throw cell('ether').error('an amount of a token in a column of ether');
  const pays = columns.gasPrice === undefined || !cell('gasPrice').isNone;
  return {
    row,
    columns,
    from: unlessBlank(cell('from'), accountField),
    to: unlessBlank(cell('to'), accountField),
    amount,
    timestampSec: unlessBlank(cell('time'), timeField),
    blockNumber: unlessBlank(cell('block'), wholeField),
    logIndex: unlessBlank(cell('logIndex'), wholeField),
    kind: isToken ? 'token' : pays ? 'move' : 'internal',
  };
}

/** What a line says of the transaction around its transfer. */
function frameOf(line: Line, chainId: number): AccountTransactionRecord {
  const { row, columns, timestampSec, blockNumber, amount } = line;
  const cell = (column: Column): Field => row.at(columns[column] ?? '');
  const paid = line.kind !== 'internal';
  const gasPrice = paid ? unlessBlank(cell('gasPrice'), wholeAmount) : null;
  const gasUsed = paid ? unlessBlank(cell('gasUsed'), wholeAmount) : null;
  const hasFee = gasPrice !== null && gasUsed !== null;
  return {
    ...UNSTATED_TRANSACTION,
    hash: hashOf(line),
    timestampSec,
    blockNumber,
    gasPriceWei: gasPrice,
    feeWei: hasFee ? gasPrice * gasUsed : null,
    burntWei: hasFee ? burntBeforeLondon(chainId, blockNumber) : null,
    approximate: mayBeOff(amount),
  };
}

function wholeAmount(field: Field): bigint {
  return tableAmount(field, 0).amount;
}

function hashOf({ row, columns }: Line): AccountHash | null {
  return unlessBlank(row.at(columns.hash ?? ''), hashField);
}

function recordOf(line: Line, chainId: number): AccountTransactionRecord {
  const { from, to, row, columns, kind } = line;
  const { amount } = line.amount;
  const frame = frameOf(line, chainId);
  const failed = unlessBlank(row.at(columns.isError ?? ''), flagField);
  if (kind === 'token') {
    const asset = contractField(row.at(columns.contract ?? ''));
    const ends = { from: from === null ? null : unlessZero(from), to: to === null ? null : unlessZero(to) };
    return {
      ...frame,
      tokens: failed === true ? null : [{ asset, ...ends, amount, logIndex: line.logIndex, step: null }],
    };
  }
  if (kind === 'internal') {
    if (from === null) throw row.at(columns.from ?? 'from').error('missing: who the ether came from');
    // A frame that failed moved nothing and says nothing of the others: the list stays unstated, for an empty one would say that there is no other.
    if (failed === true || to === null || amount === 0n) return frame;
    return { ...frame, internal: [{ kind: 'call', from, to, valueWei: amount, traceAddress: null, step: null }] };
  }
  const gasUsed = unlessBlank(row.at(columns.gasUsed ?? ''), wholeAmount);
  const succeeded = failed === null ? null : !failed;
  return { ...frame, from, to, valueWei: amount, succeeded, ...(succeeded === true ? movesOfPlainCall(gasUsed) : {}) };
}

/** Whether two amounts are one that a float may have rounded in between (53 bits of precision). */
function isSameRounded(a: bigint, b: bigint): boolean {
  const difference = a > b ? a - b : b - a;
  return difference * DOUBLE_EXACT <= (a > b ? a : b) * 2n;
}

function isSameTransfer(a: Line, b: Line): boolean {
  return (
    a.kind === b.kind &&
    a.from === b.from &&
    a.to === b.to &&
    a.logIndex === b.logIndex &&
    a.row.at(a.columns.contract ?? '').value === b.row.at(b.columns.contract ?? '').value &&
    isSameRounded(a.amount.amount, b.amount.amount)
  );
}

/** The line of several about one transfer that no float touched, or the first. */
function exactest(lines: readonly Line[]): Line {
  return lines.find(({ amount }) => !mayBeOff(amount)) ?? lines[0];
}

/** Lines in groups that tell of the same transfer. */
function sameTransfers(lines: readonly Line[]): Line[][] {
  const groups: Line[][] = [];
  for (const line of lines) {
    const known = groups.find(([first]) => isSameTransfer(first, line));
    if (known === undefined) groups.push([line]);
    else known.push(line);
  }
  return groups;
}

/**
 * Lines of each transaction. Without a column of gas a lone line is taken for the transfer of the transaction itself; of several none can be told from what
 * contracts moved, so all are kept as that.
 */
function linesByHash(lines: readonly Line[]): Line[][] {
  const byHash = new Map<string, Line[]>();
  for (const line of lines) {
    const hash = line.row.at(line.columns.hash ?? '').value as string;
    const group = byHash.get(hash);
    if (group === undefined) byHash.set(hash, [line]);
    else group.push(line);
  }
  return [...byHash.values()].map((group) => {
    const moves = group.filter(({ kind }) => kind === 'move');
    const isOpen = group[0].columns.gasPrice === undefined && sameTransfers(moves).length > 1;
    return isOpen ? group.map((line) => (line.kind === 'move' ? { ...line, kind: 'internal' } : line)) : group;
  });
}

/**
 * A transaction has one transfer of its own. A table that tells one twice was put together from the lists of several accounts, and everything between two
 * of them stands in it twice: there, equal lines are one.
 */
function isPutTogether(transactions: readonly Line[][]): boolean {
  return transactions.some((lines) => lines.filter(({ kind }) => kind === 'move').length > 1);
}

function keyOf(line: Line, seen: Map<string, number>): string {
  const { timestampSec, blockNumber, from, to, amount, row, columns } = line;
  const asset = row.at(columns.contract ?? '').value ?? NATIVE;
  const content = ['transfer', timestampSec ?? `block ${blockNumber}`, from, to, asset, amount.amount].join(':');
  const nth = (seen.get(content) ?? 0) + 1;
  seen.set(content, nth);
  return `${content}:${nth}`;
}

function tokenOf({ row, columns }: Line): TokenRecord {
  const symbol = row.at(columns.symbol ?? '');
  return {
    asset: contractField(row.at(columns.contract ?? '')),
    symbol: symbol.isNone ? null : symbol.text(),
    name: null,
    decimals: unlessBlank(row.at(columns.decimals ?? ''), (field) => wholeField(field, 255)),
  };
}

function linesOf(content: Uint8Array, file: string): Line[] {
  const known = new Map<ReadonlySet<string>, Columns>();
  return csvRows(content, file, isTransferHeader).map(({ row, columns }) => {
    const named = known.get(columns) ?? columnsOf(columns);
    known.set(columns, named);
    const line = lineOf(row, named);
    if (line.from === null && line.to === null) throw row.at(named.from ?? 'from').error('neither sender nor receiver');
    if (line.timestampSec === null && line.blockNumber === null && row.at(named.hash ?? '').isNone) {
      throw row.at(named.time ?? 'time').error('neither time, block nor transaction');
    }
    return line;
  });
}

/** Reads a table of transfers. Throws MALFORMED naming line and column, SOURCES_DISAGREE where two lines contradict each other. */
export function readTransfers(content: Uint8Array, { file, chainId }: ReadContext): ParsedAccountRecords {
  const parsed = noAccountRecords();
  if (!looksLikeTransfers(content)) {
    throw new SpoorError(
      'MALFORMED',
      'the header names no transfers: it needs columns for sender, receiver, amount, and time or hash',
      { file, record: 'line 1' },
      'for example: hash,from,to,value,timeStamp,blockNumber (value in base units), or block_time,from,to,total_eth',
    );
  }
  const lines = linesOf(content, file);
  const transactions = linesByHash(lines.filter(({ row, columns }) => !row.at(columns.hash ?? '').isNone));
  const seen = new Map<string, number>();
  for (const line of lines.filter(({ row, columns }) => row.at(columns.hash ?? '').isNone)) {
    parsed.transactions.push({
      record: { ...recordOf(line, chainId), rowKey: keyOf(line, seen) },
      place: line.row.place,
    });
  }
  const book = new RowBook();
  const fold = isPutTogether(transactions);
  let folded = 0;
  for (const group of transactions) {
    for (const same of sameTransfers(group)) {
      const kept = fold || same[0].kind === 'move' ? [exactest(same)] : same;
      folded += same.length - kept.length;
      for (const line of kept) book.add(recordOf(line, chainId), line.row.place);
    }
  }
  parsed.transactions.push(...book.transactions());
  parsed.tokens.push(...firstOfEach(lines.filter(({ kind }) => kind === 'token').map(tokenOf)));
  noteLines(parsed, lines, folded);
  return parsed;
}

function firstOfEach(tokens: readonly TokenRecord[]): TokenRecord[] {
  return [...new Map([...tokens].reverse().map((token) => [token.asset, token])).values()].reverse();
}

function noteLines({ notes, transactions }: ParsedAccountRecords, lines: readonly Line[], folded: number): void {
  const off = transactions.filter(({ record }) => record.approximate).length;
  noteCount(notes, off, {
    one: 'transaction has an amount that went through a float: good to about 16 digits, marked approximate',
    many: 'transactions have amounts that went through a float: good to about 16 digits, marked approximate',
  });
  noteCount(notes, lines.filter(({ amount }) => amount.isCut).length, {
    one: 'amount had a fraction of a base unit, which was dropped',
    many: 'amounts had a fraction of a base unit, which was dropped',
  });
  noteCount(notes, folded, {
    one: 'line repeats another one (the table was put together from several lists) and counts once',
    many: 'lines repeat others (the table was put together from several lists) and count once',
  });
  noteCount(notes, transactions.filter(({ record }) => record.hash === null).length, {
    one: 'line names no transaction: its gas, its place in the block and its other moves are unknown',
    many: 'lines name no transaction: their gas, their places in their blocks and their other moves are unknown',
  });
}
