/**
 * Answers of Blockscout's API v2: pages of lists (`items`, `next_page_params`) of transactions, internal transactions and token transfers, and an account.
 * Names of fields changed between versions; both are read. An answer that says that something is not processed yet is INCOMPLETE.
 */
import {
  type Account,
  type AccountTransactionRecord,
  NATIVE,
  SpoorError,
  UNSTATED_TRANSACTION,
} from '../../ledger/index.ts';
import type { Field } from '../file/field.ts';
import {
  accountField,
  amountField,
  bigWholeField,
  bytesField,
  contractField,
  hashField,
  methodIdOf,
  timeField,
  unlessBlank,
  wholeField,
} from './account-field.ts';
import { RowBook } from './join-rows.ts';
import {
  burntBeforeLondon,
  movesOfPlainCall,
  noAccountRecords,
  type ParsedAccountRecords,
  type ReadContext,
  unlessZero,
} from './record.ts';
import { internalKind } from './source-file-etherscan-row.ts';

const MESSAGES = [
  [/not (been )?(yet )?(processed|indexed)|not processed yet|in progress/i, 'INCOMPLETE', 'ask again later'],
  [/too many|rate limit/i, 'RATE_LIMITED', 'wait, or ask more slowly'],
  [/not found/i, 'NOT_FOUND', 'the server does not know it'],
  [/unauthori[sz]ed|forbidden|api key/i, 'UNAUTHORIZED', 'check the key'],
] as const;

/** Whether a JSON value is such an answer. */
export function isBlockscoutAnswer(body: Field): boolean {
  return (
    (body.has('items') && body.has('next_page_params')) ||
    body.has('coin_balance') ||
    (body.has('message') && body.keys().length === 1)
  );
}

/** The first of several names of one field. */
function named(row: Field, ...names: readonly string[]): Field {
  return row.at(names.find((name) => row.has(name)) ?? names[0]);
}

/** An account: an object with its hash. */
function partyField(field: Field): Account {
  return accountField(field.isObject ? named(field, 'hash', 'address_hash') : field);
}

function frame(row: Field): AccountTransactionRecord {
  return {
    ...UNSTATED_TRANSACTION,
    hash: hashField(named(row, 'transaction_hash', 'tx_hash', 'hash')),
    blockNumber: unlessBlank(named(row, 'block_number', 'block'), wholeField),
    blockHash: unlessBlank(row.at('block_hash'), hashField),
    timestampSec: unlessBlank(row.at('timestamp'), timeField),
  };
}

function statusOf(row: Field): boolean | null {
  const status = unlessBlank(row.at('status'), (field) => field.text());
  if (status === null) return null;
  if (status !== 'ok' && status !== 'error')
    throw row.at('status').error(`expected "ok" or "error", found "${status.slice(0, 40)}"`);
  return status === 'ok';
}

function delegatedIn(list: Field): Account[] | null {
  if (list.isNone) return null;
  return list.items().flatMap((item) => unlessBlank(named(item, 'authority', 'authority_address'), partyField) ?? []);
}

/** Fee and its burned part. How the fee of blobs stands in the figures is not documented: it is left open for their transactions. */
function feesOf(
  row: Field,
  base: AccountTransactionRecord,
  type: number | null,
  chainId: number,
): Partial<AccountTransactionRecord> {
  const gasPriceWei = unlessBlank(row.at('gas_price'), amountField);
  if (type === 3 || row.at('fee').isNone) return { gasPriceWei };
  const burnt = unlessBlank(named(row, 'transaction_burnt_fee', 'tx_burnt_fee'), amountField);
  const isActual = row.at('fee').at('type').value === 'actual';
  return {
    gasPriceWei,
    feeWei: isActual ? unlessBlank(row.at('fee').at('value'), amountField) : null,
    burntWei: burnt ?? burntBeforeLondon(chainId, base.blockNumber),
  };
}

function transactionRow(row: Field, { chainId }: ReadContext): AccountTransactionRecord | null {
  const base = frame(row);
  if (base.blockNumber === null) return null;
  const type = unlessBlank(row.at('type'), (field) => wholeField(field, 255));
  const succeeded = statusOf(row);
  const input = unlessBlank(row.at('raw_input'), bytesField);
  return {
    ...base,
    ...feesOf(row, base, type, chainId),
    txIndex: unlessBlank(named(row, 'position', 'transaction_index'), wholeField),
    from: partyField(row.at('from')),
    to: unlessBlank(row.at('to'), partyField),
    created: unlessBlank(row.at('created_contract'), partyField),
    valueWei: amountField(row.at('value')),
    succeeded,
    nonce: unlessBlank(row.at('nonce'), bigWholeField),
    type,
    methodId: input === null ? null : methodIdOf(input),
    delegated: delegatedIn(row.at('authorization_list')),
    ...(succeeded === true ? movesOfPlainCall(unlessBlank(row.at('gas_used'), amountField)) : {}),
  };
}

/** One frame. What failed or moved nothing leaves the list unstated: an empty one says that there is no other. */
function internalRow(row: Field): AccountTransactionRecord {
  const base = { ...frame(row), txIndex: unlessBlank(row.at('transaction_index'), wholeField) };
  const kind = internalKind(row.at('type'));
  const valueWei = amountField(row.at('value'));
  const to = unlessBlank(row.at('to'), partyField) ?? unlessBlank(row.at('created_contract'), partyField);
  const failed = !row.at('error').isNone || row.at('success').value === false;
  if (kind === null || failed || valueWei === 0n || to === null) return base;
  return {
    ...base,
    internal: [{ kind, from: partyField(row.at('from')), to, valueWei, traceAddress: null, step: null }],
  };
}

function tokenRow(row: Field, parsed: ParsedAccountRecords): AccountTransactionRecord {
  const token = row.at('token');
  const asset = contractField(named(token, 'address_hash', 'address'));
  const [from, to] = [partyField(row.at('from')), partyField(row.at('to'))];
  const logIndex = unlessBlank(row.at('log_index'), wholeField);
  const base = { ...frame(row), succeeded: true };
  const text = (key: string): string | null => unlessBlank(token.at(key), (field) => field.text());
  const kind = text('type') ?? 'ERC-20';
  const isAmount = kind === 'ERC-20';
  if (!parsed.tokens.some((known) => known.asset === asset)) {
    const decimals = isAmount ? unlessBlank(token.at('decimals'), (field) => wholeField(field, 255)) : null;
    parsed.tokens.push({ asset, symbol: text('symbol'), name: text('name'), decimals });
  }
  const total = row.at('total');
  if (isAmount) {
    const move = {
      asset,
      from: unlessZero(from),
      to: unlessZero(to),
      amount: amountField(total.at('value')),
      logIndex,
      step: null,
    };
    return { ...base, tokens: [move] };
  }
  const many = unlessBlank(total.at('value'), amountField);
  const fields = {
    from,
    to,
    id: amountField(total.at('token_id')).toString(),
    ...(many === null ? {} : { value: many.toString() }),
  };
  const name = kind === 'ERC-1155' ? 'erc1155.transfer' : 'erc721.transfer';
  const emitter = accountField(named(token, 'address_hash', 'address'));
  return { ...base, events: [{ emitter, name, fields, logIndex, step: null }] };
}

function recordOf(row: Field, parsed: ParsedAccountRecords, context: ReadContext): AccountTransactionRecord | null {
  if (row.has('token') && row.has('total')) return tokenRow(row, parsed);
  if (named(row, 'transaction_hash', 'tx_hash').isNone && row.has('hash')) return transactionRow(row, context);
  if (row.has('index') || row.has('success')) return internalRow(row);
  throw row.error(
    'an item of a list that is not read',
    'Read are: transactions, internal-transactions, token-transfers, and an account.',
  );
}

/** Reads one answer. Throws MALFORMED, SOURCES_DISAGREE, and what its message means: INCOMPLETE, RATE_LIMITED, NOT_FOUND, UNAUTHORIZED, SOURCE_FAILED. */
export function readBlockscout(body: Field, context: ReadContext): ParsedAccountRecords {
  const parsed = noAccountRecords();
  const message = body.at('message').value;
  if (typeof message === 'string') {
    const known = MESSAGES.find(([pattern]) => pattern.test(message));
    const shown = `the answer says: ${message.slice(0, 200)}`;
    throw new SpoorError(known?.[1] ?? 'SOURCE_FAILED', shown, { file: context.file }, known?.[2] ?? null);
  }
  if (body.has('coin_balance')) {
    const account = accountField(body.at('hash'));
    const amount = unlessBlank(body.at('coin_balance'), amountField);
    const blockNumber = unlessBlank(body.at('block_number_balance_updated_at'), wholeField);
    if (amount !== null) parsed.balances.push({ account, asset: NATIVE, blockNumber, amount });
    if (typeof body.at('is_contract').value === 'boolean')
      parsed.accounts.push({ account, isContract: body.at('is_contract').flag() });
    return parsed;
  }
  const book = new RowBook();
  for (const item of body.at('items').items()) {
    const row = item.asRecord();
    const record = recordOf(row, parsed, context);
    if (record === null) parsed.notes.push('an unconfirmed transaction left out');
    else book.add(record, row.place);
  }
  parsed.transactions.push(...book.transactions());
  if (!body.at('next_page_params').isNone) parsed.notes.push('the list goes on behind this page');
  return parsed;
}
