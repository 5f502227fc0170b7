/** Rows of Etherscan's lists. What a row does not say stays null: a row of a token transfer names no sender of the transaction around it. */
import {
  type AccountTransactionRecord,
  type EventRecord,
  type InternalMove,
  type TokenRecord,
  UNSTATED_TRANSACTION,
} from '../../ledger/index.ts';
import type { Field } from '../file/field.ts';
import {
  accountField,
  amountField,
  bigWholeField,
  bytesField,
  contractField,
  derived,
  hashField,
  methodIdOf,
  unlessBlank,
  wholeField,
} from './account-field.ts';
import { decodeLogs, type RawLog } from './log.ts';
import { burntBeforeLondon, movesOfPlainCall, type ReadContext, unlessZero } from './record.ts';

/** Makes a record of a row; null for a row that tells of nothing that happened. */
export type RowReader = (row: Field, context: ReadContext) => AccountTransactionRecord | null;

/** Pseudo hashes of allocations of the first block: no transaction, kept under the row's own key. */
const GENESIS = /^GENESIS_[0-9a-zA-Z_]+$/;

function identity(row: Field): Pick<AccountTransactionRecord, 'hash' | 'rowKey'> {
  const hash = row.at('hash');
  if (typeof hash.value === 'string' && GENESIS.test(hash.value)) {
    return { hash: null, rowKey: `genesis:${hash.value.toLowerCase()}` };
  }
  return { hash: hashField(hash), rowKey: null };
}

/** What all lists say of the transaction itself. */
function frame(row: Field): AccountTransactionRecord {
  return {
    ...UNSTATED_TRANSACTION,
    ...identity(row),
    blockNumber: unlessBlank(row.at('blockNumber'), wholeField),
    blockHash: unlessBlank(row.at('blockHash'), hashField),
    txIndex: unlessBlank(row.at('transactionIndex'), wholeField),
    timestampSec: unlessBlank(row.at('timeStamp'), bigWholeField),
  };
}

/** First four bytes of the input; `deprecated` stands where the input is left out. */
function methodOf(row: Field): string | null {
  const method = unlessBlank(row.at('methodId'), (field) => methodIdOf(bytesField(field)));
  const { value } = row.at('input');
  return (
    method ?? (typeof value === 'string' && value.startsWith('0x') ? methodIdOf(bytesField(row.at('input'))) : null)
  );
}

/** Gas as the sender paid it. `gasPrice` is the effective price; blobs are not in these lists. */
function fees(row: Field, { chainId }: ReadContext): Partial<AccountTransactionRecord> {
  const gasPriceWei = unlessBlank(row.at('gasPrice'), amountField);
  const gasUsed = unlessBlank(row.at('gasUsed'), amountField);
  if (gasPriceWei === null || gasUsed === null) return { gasPriceWei };
  const blockNumber = unlessBlank(row.at('blockNumber'), wholeField);
  return { gasPriceWei, feeWei: gasPriceWei * gasUsed, burntWei: burntBeforeLondon(chainId, blockNumber) };
}

function flag(field: Field): boolean {
  const text = field.text();
  if (text !== '0' && text !== '1') throw field.error(`expected "0" or "1", found "${text.slice(0, 40)}"`);
  return text === '1';
}

/** Whether a transaction succeeded: its receipt says so since Byzantium, before it the explorer's own trace. */
function succeededOf(row: Field): boolean | null {
  const isError = unlessBlank(row.at('isError'), flag);
  const receipt = unlessBlank(row.at('txreceipt_status'), flag);
  if (receipt !== null && isError !== null && receipt === isError) {
    throw row.at('isError').error('isError and txreceipt_status contradict each other');
  }
  return receipt ?? (isError === null ? null : !isError);
}

/** A row of `txlist`. */
export function listRow(row: Field, context: ReadContext): AccountTransactionRecord {
  const succeeded = succeededOf(row);
  const base = frame(row);
  const paid = fees(row, context);
  const plain = succeeded === true ? movesOfPlainCall(unlessBlank(row.at('gasUsed'), amountField)) : {};
  return {
    ...base,
    ...(base.hash === null ? {} : { ...paid, ...plain }),
    from: base.hash === null && row.at('from').value === 'GENESIS' ? null : unlessBlank(row.at('from'), accountField),
    to: unlessBlank(row.at('to'), accountField),
    created: unlessBlank(row.at('contractAddress'), accountField),
    valueWei: amountField(row.at('value')),
    succeeded,
    nonce: unlessBlank(row.at('nonce'), bigWholeField),
    methodId: methodOf(row),
  };
}

const MOVING: Readonly<Record<string, InternalMove['kind']>> = {
  call: 'call',
  create: 'create',
  create2: 'create',
  selfdestruct: 'selfdestruct',
  suicide: 'selfdestruct',
};
const NOT_MOVING = new Set(['delegatecall', 'staticcall', 'callcode']);

function traceAddressOf(field: Field): string {
  const text = field.text();
  if (!/^\d{1,6}(_\d{1,6})*$/.test(text))
    throw field.error(`expected a place such as 0_14, found "${text.slice(0, 40)}"`);
  return text;
}

/** Kind of an internal transaction as explorers name it; null for calls that move nothing. Throws MALFORMED for names not known. */
export function internalKind(field: Field): InternalMove['kind'] | null {
  const type = field.text().toLowerCase();
  if (NOT_MOVING.has(type)) return null;
  const kind = MOVING[type];
  if (kind === undefined) throw field.error(`"${type.slice(0, 40)}" is no kind of internal transaction known here`);
  return kind;
}

function internalMove(row: Field): InternalMove | null {
  const kind = internalKind(row.at('type'));
  if (kind === null) return null;
  const to = unlessBlank(row.at('to'), accountField) ?? unlessBlank(row.at('contractAddress'), accountField);
  const valueWei = amountField(row.at('value'));
  if (to === null || valueWei === 0n) return null;
  const traceAddress = unlessBlank(row.at('traceId'), traceAddressOf);
  return { kind, from: accountField(row.at('from')), to, valueWei, traceAddress, step: null };
}

/** A row of `txlistinternal`: one frame. A failed one moved nothing; the list stays unstated then, for an empty one says that there is no other. */
export function internalRow(row: Field): AccountTransactionRecord {
  const failed = unlessBlank(row.at('isError'), flag) === true;
  const move = internalMove(row);
  // The index is not documented for this list, and recorded answers give another than the list of the transactions themselves.
  return { ...frame(row), txIndex: null, internal: failed || move === null ? null : [move] };
}

function ends(row: Field): Pick<NonNullable<AccountTransactionRecord['tokens']>[number], 'from' | 'to'> {
  const [from, to] = [accountField(row.at('from')), accountField(row.at('to'))];
  return { from: unlessZero(from), to: unlessZero(to) };
}

/** What a list of tokens says of the transaction around: it did not fail, or there would be no log. */
function aroundToken(row: Field, context: ReadContext): AccountTransactionRecord {
  const nonce = unlessBlank(row.at('nonce'), bigWholeField);
  return { ...frame(row), ...fees(row, context), succeeded: true, nonce, methodId: methodOf(row) };
}

/** A row of `tokentx`. */
export function tokenRow(row: Field, context: ReadContext): AccountTransactionRecord {
  const asset = contractField(row.at('contractAddress'));
  const logIndex = unlessBlank(row.at('logIndex'), wholeField);
  const move = { asset, ...ends(row), amount: amountField(row.at('value')), logIndex, step: null };
  return { ...aroundToken(row, context), tokens: [move] };
}

/** Whether a row is of `tokennfttx` or `token1155tx`. */
export function isNftRow(row: Field): boolean {
  return row.has('tokenID');
}

/** A row of `tokennfttx` or `token1155tx`: an item changed hands. An event, never an amount. */
export function nftRow(row: Field, context: ReadContext): AccountTransactionRecord {
  const isMany = row.has('tokenValue');
  const fields = {
    from: accountField(row.at('from')),
    to: accountField(row.at('to')),
    id: amountField(row.at('tokenID')).toString(),
    ...(isMany ? { value: amountField(row.at('tokenValue')).toString() } : {}),
  };
  const event: EventRecord = {
    emitter: accountField(row.at('contractAddress')),
    name: isMany ? 'erc1155.transfer' : 'erc721.transfer',
    fields,
    logIndex: unlessBlank(row.at('logIndex'), wholeField),
    step: null,
  };
  return { ...aroundToken(row, context), events: [event] };
}

/** What a row says of its token: a claim of the token's own. */
export function tokenOfRow(row: Field): TokenRecord {
  const text = (key: string): string | null => unlessBlank(row.at(key), (field) => field.text());
  return {
    asset: contractField(row.at('contractAddress')),
    symbol: text('tokenSymbol'),
    name: text('tokenName'),
    decimals: isNftRow(row) ? null : unlessBlank(row.at('tokenDecimal'), (field) => wholeField(field, 255)),
  };
}

/** Numbers of `getLogs` are hex, and zero is written `0x`. */
function hexWhole(field: Field): number {
  return field.value === '0x' ? 0 : wholeField(field);
}

/** A row of `getLogs`. */
export function logRow(row: Field, { chainId }: ReadContext): AccountTransactionRecord {
  const log: RawLog = {
    address: accountField(row.at('address')),
    topics: row.at('topics').items().map(hashField),
    data: bytesField(row.at('data')),
    logIndex: unlessBlank(row.at('logIndex'), hexWhole),
    step: null,
    field: row,
  };
  const { tokens, events } = decodeLogs([log], chainId);
  return {
    ...UNSTATED_TRANSACTION,
    hash: hashField(row.at('transactionHash')),
    blockNumber: unlessBlank(row.at('blockNumber'), hexWhole),
    blockHash: unlessBlank(row.at('blockHash'), hashField),
    txIndex: unlessBlank(row.at('transactionIndex'), hexWhole),
    timestampSec: unlessBlank(row.at('timeStamp'), (field) =>
      bigWholeField(field.value === '0x' ? derived(field, '0') : field),
    ),
    succeeded: true,
    tokens: tokens.length === 0 ? null : tokens,
    events: events.length === 0 ? null : events,
  };
}
