/**
 * Tables of an ethereum-etl export, as CSV or JSON lines, several in one body. A table that tells anything of a block tells all of it: an export goes by
 * ranges of blocks. Token transfers stand in two tables; the logs are taken where they are there, for the table of transfers does not say whether its
 * value is an amount or the number of an item (ERC-721).
 */
import {
  type AccountBlockRecord,
  type AccountHash,
  type AccountTransactionRecord,
  type BlockCredit,
  SpoorError,
  type TokenMove,
} from '../../ledger/index.ts';
import { csvRows } from '../file/csv.ts';
import { Field } from '../file/field.ts';
import { parseJson } from '../file/json.ts';
import { accountField, amountField, contractField, hashField, unlessBlank, wholeField } from './account-field.ts';
import { joinRecords } from './join-rows.ts';
import { decodeLogs } from './log.ts';
import {
  burntBeforeLondon,
  type LocatedAccountTransaction,
  movesOfPlainCall,
  NOTHING_MOVED,
  noAccountRecords,
  noteCount,
  type ParsedAccountRecords,
  type ReadContext,
  unlessZero,
  wholeLists,
} from './record.ts';
import { CANCUN_SEC } from './rpc-block.ts';
import {
  type EtlReceipt,
  etlBlock,
  etlFlat,
  etlLog,
  etlReceipt,
  etlTransaction,
  NO_PARTIES,
} from './source-file-ethereum-etl-row.ts';
import { type EtlTable, etlTableOf, isEtlHeader } from './source-file-ethereum-etl-table.ts';
import { callTrace, flatTrace, type TraceFacts } from './trace.ts';

type Rows = Map<EtlTable, Field[]>;

/** Everything of one body about one transaction. */
interface Told {
  record: AccountTransactionRecord;
  readonly place: LocatedAccountTransaction['place'];
  receipt: EtlReceipt | null;
  readonly logs: Field[];
  readonly transfers: Field[];
  readonly traces: Field[];
  frame: Field | null;
}

interface Reading {
  readonly context: ReadContext;
  readonly parsed: ParsedAccountRecords;
  readonly told: Map<AccountHash, Told>;
  readonly byPlace: Map<string, AccountHash>;
  readonly blocks: Map<number, { block: AccountBlockRecord; place: LocatedAccountTransaction['place'] }>;
  /** Blocks of which the body has logs, transfers, traces. */
  readonly has: { readonly log: Set<number>; readonly transfer: Set<number>; readonly trace: Set<number> };
  readonly items: Set<string>;
  placeless: number;
  partyless: number;
  rewards: number;
}

/** Rows of CSV or JSON by table. Throws MALFORMED for rows of no table known. */
function rowsOf(content: Uint8Array, bodies: readonly Field[] | null, file: string): Rows {
  const rows: Rows = new Map();
  const put = (table: EtlTable | null, row: Field): void => {
    if (table === null)
      throw row.error(
        'neither a transaction, receipt, log, transfer, trace, block, token nor contract of ethereum-etl',
      );
    const known = rows.get(table);
    if (known === undefined) rows.set(table, [row]);
    else known.push(row);
  };
  if (bodies === null) {
    const tables = new Map<ReadonlySet<string>, EtlTable | null>();
    for (const { columns, row } of csvRows(content, file, isEtlHeader)) {
      if (!tables.has(columns)) tables.set(columns, etlTableOf(columns));
      put(tables.get(columns) ?? null, row);
    }
    return rows;
  }
  for (const row of bodies.flatMap((body) => (body.isList ? body.items().map((item) => item.asRecord()) : [body])))
    put(etlTableOf(row), row);
  return rows;
}

function toldOf({ told }: Reading, record: AccountTransactionRecord, row: Field): Told {
  const hash = record.hash ?? hashField(row.at('transaction_hash'));
  const known = told.get(hash);
  if (known !== undefined) {
    known.record = joinRecords(known.record, record, row.place);
    return known;
  }
  const fresh: Told = { record, place: row.place, receipt: null, logs: [], transfers: [], traces: [], frame: null };
  told.set(hash, fresh);
  return fresh;
}

function takeTransactions(reading: Reading, rows: Rows): void {
  for (const row of rows.get('transaction') ?? []) {
    const record = etlTransaction(row);
    const told = toldOf(reading, record, row);
    if (!row.at('receipt_gas_used').isNone) takeReceipt(told, etlReceipt(row, 'receipt_'), row);
  }
  for (const row of rows.get('receipt') ?? []) {
    const receipt = etlReceipt(row, '');
    takeReceipt(toldOf(reading, receipt.record, row), receipt, row);
  }
  for (const [hash, { record }] of reading.told) {
    if (record.blockNumber !== null && record.txIndex !== null)
      reading.byPlace.set(`${record.blockNumber} ${record.txIndex}`, hash);
  }
}

function takeReceipt(told: Told, receipt: EtlReceipt, row: Field): void {
  // What was paid replaces the price the transaction offered.
  if (receipt.record.gasPriceWei !== null) told.record = { ...told.record, gasPriceWei: receipt.record.gasPriceWei };
  told.record = joinRecords(told.record, { ...receipt.record, hash: told.record.hash }, row.place);
  told.receipt = receipt;
}

function takeLogs(reading: Reading, rows: Rows): void {
  for (const row of rows.get('log') ?? []) {
    const told = toldOf(reading, etlLog(row).record, row);
    told.logs.push(row);
    reading.has.log.add(wholeField(row.at('block_number')));
  }
  for (const row of rows.get('token_transfer') ?? []) {
    const told = toldOf(reading, etlLog(row).record, row);
    told.transfers.push(row);
    reading.has.transfer.add(wholeField(row.at('block_number')));
  }
}

/** Rows of no transaction: rewards, allocations of the first block, and the move of the DAO's ether, which this table alone tells. */
function takeOutside(reading: Reading, row: Field, type: string): void {
  const number = wholeField(row.at('block_number'));
  const amountWei = amountField(row.at('value'));
  if (type === 'daofork') {
    const from = accountField(row.at('from_address'));
    const record = { ...etlLog(row).record, hash: null, rowKey: `daofork:${from}`, succeeded: true };
    reading.parsed.transactions.push({
      record: { ...record, from, to: accountField(row.at('to_address')), valueWei: amountWei },
      place: row.place,
    });
    return;
  }
  const known = reading.blocks.get(number);
  if (known === undefined) {
    reading.rewards += 1;
    return;
  }
  const credit: BlockCredit = { kind: 'reward', to: accountField(row.at('to_address')), amountWei };
  known.block = { ...known.block, credits: [...(known.block.credits ?? []), credit] };
}

function takeTraces(reading: Reading, rows: Rows): void {
  for (const row of rows.get('trace') ?? []) {
    const number = wholeField(row.at('block_number'));
    const type = row.at('trace_type').text();
    if (['reward', 'genesis', 'daofork'].includes(type)) {
      takeOutside(reading, row, type);
      continue;
    }
    reading.has.trace.add(number);
    const index = unlessBlank(row.at('transaction_index'), wholeField);
    const hash =
      unlessBlank(row.at('transaction_hash'), hashField) ?? reading.byPlace.get(`${number} ${index}`) ?? null;
    if (hash === null) reading.placeless += 1;
    else toldOf(reading, { ...etlLog(row).record, hash }, row).traces.push(row);
  }
  for (const row of rows.get('geth_trace') ?? []) {
    const number = wholeField(row.at('block_number'));
    row
      .at('transaction_traces')
      .items()
      .forEach((frame, index) => {
        const hash = reading.byPlace.get(`${number} ${index}`);
        const told = hash === undefined ? undefined : reading.told.get(hash);
        if (told === undefined) reading.placeless += 1;
        else told.frame = frame;
      });
    reading.has.trace.add(number);
  }
}

/** Trace of a transaction, of either kind; null where the body has none. */
function traceOf(told: Told, reading: Reading): TraceFacts | null {
  const number = told.record.blockNumber;
  const timestampSec =
    told.record.timestampSec ?? (number === null ? null : (reading.blocks.get(number)?.block.timestampSec ?? null));
  const isCancun = timestampSec === null ? reading.context.chainId !== 1 : timestampSec >= CANCUN_SEC;
  if (told.frame !== null) return callTrace(told.frame, told.record.hash, isCancun);
  if (told.traces.length === 0) return null;
  const flat = told.traces.map((row) => etlFlat(row, told.record.hash));
  const trace = flatTrace(
    flat.filter((item) => item !== NO_PARTIES),
    isCancun,
  );
  return { ...trace, isWhole: trace.isWhole && !flat.includes(NO_PARTIES) };
}

/** Transfers of the table of transfers: amounts, unless the contract is known to be of items. */
function transfersOf(told: Told, reading: Reading): TokenMove[] {
  return told.transfers
    .filter((row) => !reading.items.has(contractField(row.at('token_address'))))
    .map((row) => ({
      asset: contractField(row.at('token_address')),
      from: unlessZero(accountField(row.at('from_address'))),
      to: unlessZero(accountField(row.at('to_address'))),
      amount: amountField(row.at('value')),
      logIndex: wholeField(row.at('log_index')),
      step: null,
    }));
}

function fee({ record, receipt }: Told, { blocks, context }: Reading): Partial<AccountTransactionRecord> {
  if (receipt === null || record.gasPriceWei === null) return {};
  const { gasUsed } = receipt;
  const baseFee = record.blockNumber === null ? null : (blocks.get(record.blockNumber)?.block.baseFeeWei ?? null);
  const burntWei = baseFee === null ? burntBeforeLondon(context.chainId, record.blockNumber) : baseFee * gasUsed;
  // These tables do not tell the fee of blobs (type 3): what their sender paid is unknown.
  return record.type === 3 ? {} : { feeWei: record.gasPriceWei * gasUsed, burntWei };
}

function recordOf(told: Told, reading: Reading): AccountTransactionRecord {
  const { context, has } = reading;
  const trace = traceOf(told, reading);
  if (trace !== null && !trace.isWhole) reading.partyless += 1;
  const number = told.record.blockNumber ?? -1;
  const succeeded = told.record.succeeded ?? (trace === null || trace.failed === null ? null : !trace.failed);
  if (trace !== null && trace.failed !== null && succeeded === trace.failed) {
    throw new SpoorError(
      'SOURCES_DISAGREE',
      `receipt and trace of ${told.record.hash} disagree whether it failed`,
      trace.field.placeOfField(),
    );
  }
  const timestampSec = told.record.timestampSec ?? reading.blocks.get(number)?.block.timestampSec ?? null;
  const base = { ...told.record, ...fee(told, reading), succeeded, timestampSec };
  if (succeeded === false) return { ...base, ...NOTHING_MOVED };
  const decoded = has.log.has(number)
    ? decodeLogs(
        told.logs.map((row) => etlLog(row).log(row)),
        context.chainId,
      )
    : null;
  const transfers = decoded === null && has.transfer.has(number) ? transfersOf(told, reading) : null;
  const record = {
    ...base,
    internal: trace === null || (!trace.isWhole && trace.moves.length === 0) ? null : trace.moves,
    // A table of transfers has no wraps of WETH and may have items for amounts: what it tells is never all.
    tokens: decoded?.tokens ?? (transfers === null || transfers.length === 0 ? null : transfers),
    events: decoded?.events ?? null,
    ...wholeLists(trace?.isWhole === true, decoded !== null),
  };
  return trace === null && (record.tokens ?? []).length === 0
    ? { ...record, ...movesOfPlainCall(told.receipt?.gasUsed ?? null) }
    : record;
}

function takeTokens({ parsed, items }: Reading, rows: Rows): void {
  for (const row of rows.get('token') ?? []) {
    const text = (key: string): string | null => unlessBlank(row.at(key), (field) => field.text());
    const decimals = unlessBlank(row.at('decimals'), (field) => wholeField(field, 255));
    parsed.tokens.push({
      asset: contractField(row.at('address')),
      symbol: text('symbol'),
      name: text('name'),
      decimals,
    });
  }
  for (const row of rows.get('contract') ?? []) {
    const address = accountField(row.at('address'));
    if (['true', 'True', true].includes(row.at('is_erc721').value as string | boolean)) items.add(address);
    parsed.accounts.push({ account: address, isContract: true });
  }
}

function note(reading: Reading, rows: Rows): void {
  const { notes } = reading.parsed;
  const open = (rows.get('token_transfer') ?? []).length > 0 && (rows.get('log') ?? []).length === 0;
  if (open)
    notes.push(
      'token transfers without logs: where a contract is of items (ERC-721) its amounts are numbers of items; give the table of logs too',
    );
  noteCount(notes, reading.placeless, {
    one: 'trace names no transaction and was left out: give the table of transactions too',
    many: 'traces name no transactions and were left out: give the table of transactions too',
  });
  noteCount(notes, reading.partyless, {
    one: 'trace is not whole: it does not say whose balance a destroyed contract had, or lacks its top call',
    many: 'traces are not whole: they do not say whose balance a destroyed contract had, or lack their top calls',
  });
  noteCount(notes, reading.rewards, {
    one: 'reward left out: give the table of blocks too',
    many: 'rewards left out: give the table of blocks too',
  });
}

/** Reads tables of ethereum-etl; `bodies` are the JSON records, or null where the content is CSV. Throws MALFORMED, SOURCES_DISAGREE. */
export function readEthereumEtl(
  content: Uint8Array,
  bodies: readonly Field[] | null,
  context: ReadContext,
): ParsedAccountRecords {
  const rows = rowsOf(content, bodies, context.file);
  const parsed = noAccountRecords();
  const reading: Reading = {
    context,
    parsed,
    told: new Map(),
    byPlace: new Map(),
    blocks: new Map(),
    has: { log: new Set(), transfer: new Set(), trace: new Set() },
    items: new Set(),
    placeless: 0,
    partyless: 0,
    rewards: 0,
  };
  for (const row of rows.get('block') ?? []) {
    const block = etlBlock(row, context.chainId, withdrawalsOf(row));
    reading.blocks.set(block.number, { block, place: row.place });
  }
  takeTokens(reading, rows);
  takeTransactions(reading, rows);
  takeLogs(reading, rows);
  takeTraces(reading, rows);
  for (const told of reading.told.values())
    parsed.transactions.push({ record: recordOf(told, reading), place: told.place });
  parsed.blocks.push(...reading.blocks.values());
  note(reading, rows);
  return parsed;
}

/** Withdrawals of a block: a list, or in CSV its JSON text. */
function withdrawalsOf(row: Field): Field {
  const cell = row.at('withdrawals');
  if (typeof cell.value !== 'string') return cell;
  return new Field(parseJson(cell.value, row.place.file ?? ''), cell.path, cell.place);
}
