/**
 * spoor JSON lines of an account chain, the format in which a case is exported: `{"schema":"spoor.accounts/1","chainId":1}` first, then one fact a line:
 * `block`, `transaction`, `balance`, `token` or `account`. Amounts are decimal text; a null is written by leaving the key out.
 */
import {
  type AccountBlockRecord,
  type AccountRecord,
  type AccountTransactionRecord,
  type Asset,
  account,
  accountHash,
  asset,
  type BalanceRecord,
  type BlockCredit,
  baseUnits,
  type EventRecord,
  type InternalMove,
  type TokenMove,
  type TokenRecord,
} from '../../ledger/index.ts';
import { type Field, located, orNull } from '../file/field.ts';
import { noAccountRecords, type ParsedAccountRecords, type ReadContext } from './record.ts';

/** Schema of the lines that this version reads and writes. */
export const SPOOR_ACCOUNTS_SCHEMA = 'spoor.accounts/1';

const text = (field: Field): string => field.text();
const flag = (field: Field): boolean => field.flag();
const count = (field: Field): number => field.whole(Number.MAX_SAFE_INTEGER);
const accountField = (field: Field) => located(field, () => account(field.text()));
const assetField = (field: Field): Asset => located(field, () => asset(field.text()));
const hashField = (field: Field) => located(field, () => accountHash(field.text()));
const amountField = (field: Field): bigint => located(field, () => baseUnits(field.text()));

/** One of a few words. */
function word<Word extends string>(field: Field, words: readonly Word[]): Word {
  const found = words.find((one) => one === field.text());
  if (found === undefined) throw field.error(`"${field.text().slice(0, 40)}" is none of ${words.join(', ')}`);
  return found;
}

function internalOf(row: Field): InternalMove {
  return {
    kind: word(row.at('kind'), ['call', 'create', 'selfdestruct']),
    from: accountField(row.at('from')),
    to: orNull(row.at('to'), accountField),
    valueWei: amountField(row.at('valueWei')),
    traceAddress: orNull(row.at('traceAddress'), text),
    step: orNull(row.at('step'), count),
  };
}

function tokenOf(row: Field): TokenMove {
  return {
    asset: assetField(row.at('asset')),
    from: orNull(row.at('from'), accountField),
    to: orNull(row.at('to'), accountField),
    amount: amountField(row.at('amount')),
    logIndex: orNull(row.at('logIndex'), count),
    step: orNull(row.at('step'), count),
  };
}

function eventOf(row: Field): EventRecord {
  const fields = row.at('fields');
  return {
    emitter: accountField(row.at('emitter')),
    name: text(row.at('name')),
    fields: Object.fromEntries(fields.keys().map((key) => [key, text(fields.at(key))])),
    logIndex: orNull(row.at('logIndex'), count),
    step: orNull(row.at('step'), count),
  };
}

const listOf =
  <T>(read: (row: Field) => T) =>
  (list: Field): T[] =>
    list.items().map(read);

function transactionOf(row: Field): AccountTransactionRecord {
  const whole = orNull(
    row.at('whole'),
    listOf((one) => word<'internal' | 'tokens'>(one, ['internal', 'tokens'])),
  );
  return {
    hash: orNull(row.at('hash'), hashField),
    rowKey: orNull(row.at('rowKey'), text),
    blockNumber: orNull(row.at('blockNumber'), count),
    blockHash: orNull(row.at('blockHash'), hashField),
    txIndex: orNull(row.at('txIndex'), count),
    timestampSec: orNull(row.at('timestampSec'), count),
    from: orNull(row.at('from'), accountField),
    to: orNull(row.at('to'), accountField),
    created: orNull(row.at('created'), accountField),
    valueWei: orNull(row.at('valueWei'), amountField),
    succeeded: orNull(row.at('succeeded'), flag),
    nonce: orNull(row.at('nonce'), count),
    type: orNull(row.at('type'), count),
    methodId: orNull(row.at('methodId'), text),
    gasPriceWei: orNull(row.at('gasPriceWei'), amountField),
    feeWei: orNull(row.at('feeWei'), amountField),
    burntWei: orNull(row.at('burntWei'), amountField),
    delegated: orNull(row.at('delegated'), listOf(accountField)),
    internal: orNull(row.at('internal'), listOf(internalOf)),
    tokens: orNull(row.at('tokens'), listOf(tokenOf)),
    events: orNull(row.at('events'), listOf(eventOf)),
    ...(whole === null ? {} : { whole }),
    approximate: orNull(row.at('approximate'), flag) ?? false,
  };
}

function creditOf(row: Field): BlockCredit {
  return {
    kind: word(row.at('kind'), ['reward', 'withdrawal']),
    to: accountField(row.at('to')),
    amountWei: amountField(row.at('amountWei')),
  };
}

function blockOf(row: Field): AccountBlockRecord {
  return {
    hash: hashField(row.at('hash')),
    number: count(row.at('number')),
    parentHash: orNull(row.at('parentHash'), hashField),
    timestampSec: orNull(row.at('timestampSec'), count),
    feeRecipient: orNull(row.at('feeRecipient'), accountField),
    baseFeeWei: orNull(row.at('baseFeeWei'), amountField),
    transactionCount: orNull(row.at('transactionCount'), count),
    credits: orNull(row.at('credits'), listOf(creditOf)),
  };
}

function balanceOf(row: Field): BalanceRecord {
  return {
    account: accountField(row.at('account')),
    asset: assetField(row.at('asset')),
    blockNumber: orNull(row.at('blockNumber'), count),
    amount: amountField(row.at('amount')),
  };
}

function claimOf(row: Field): TokenRecord {
  return {
    asset: assetField(row.at('asset')),
    symbol: orNull(row.at('symbol'), text),
    name: orNull(row.at('name'), text),
    decimals: orNull(row.at('decimals'), (field) => field.whole(255)),
  };
}

function kindOf(row: Field): AccountRecord {
  return { account: accountField(row.at('account')), isContract: orNull(row.at('isContract'), flag) };
}

/** Whether a line is the first of an export of account facts. */
export function isSpoorAccounts(line: Field): boolean {
  return line.isObject && line.has('schema') && line.at('schema').text() === SPOOR_ACCOUNTS_SCHEMA;
}

/** Reads the lines of one export. Throws MALFORMED, and USAGE where they are of another chain. */
export function readSpoorAccounts(
  lines: readonly Field[],
  { chainId }: Pick<ReadContext, 'chainId'>,
): ParsedAccountRecords {
  const parsed = noAccountRecords();
  for (const line of lines) {
    if (line.has('schema')) {
      if (!isSpoorAccounts(line)) throw line.at('schema').error(`it is not ${SPOOR_ACCOUNTS_SCHEMA}`);
      const told = count(line.at('chainId'));
      if (told !== chainId)
        throw line.at('chainId').error(`the lines are of chain ${told}, not ${chainId}`, `give --chain-id ${told}`);
    } else if (line.has('transaction')) {
      parsed.transactions.push({ record: transactionOf(line.at('transaction')), place: line.place });
    } else if (line.has('block')) parsed.blocks.push({ block: blockOf(line.at('block')), place: line.place });
    else if (line.has('balance')) parsed.balances.push(balanceOf(line.at('balance')));
    else if (line.has('token')) parsed.tokens.push(claimOf(line.at('token')));
    else if (line.has('account')) parsed.accounts.push(kindOf(line.at('account')));
    else throw line.error('the line is none of transaction, block, balance, token and account');
  }
  return parsed;
}

/** One fact as a line. */
export type SpoorAccountFact =
  | { readonly schema: typeof SPOOR_ACCOUNTS_SCHEMA; readonly chainId: number }
  | { readonly block: AccountBlockRecord }
  | { readonly transaction: AccountTransactionRecord }
  | { readonly balance: BalanceRecord }
  | { readonly token: TokenRecord }
  | { readonly account: AccountRecord };

/** Writes one fact: keys in the order of the record, amounts as text, nothing for null. */
export function spoorAccountLine(fact: SpoorAccountFact): string {
  return JSON.stringify(fact, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : (value ?? undefined),
  );
}
