/**
 * Answers of the Etherscan API v2 (and of explorers that speak like it), whole: `{"status","message","result"}`. Everything in them is a text. A failure
 * comes with HTTP 200 and status "0", and so does an empty list.
 */
import { type Account, type BalanceRecord, NATIVE, SpoorError } from '../../ledger/index.ts';
import type { Field } from '../file/field.ts';
import { accountField, amountField } from './account-field.ts';
import { checkAccount } from './checksum.ts';
import { RowBook } from './join-rows.ts';
import { noAccountRecords, noteCount, type ParsedAccountRecords, type ReadContext } from './record.ts';
import {
  internalRow,
  isNftRow,
  listRow,
  logRow,
  nftRow,
  type RowReader,
  tokenOfRow,
  tokenRow,
} from './source-file-etherscan-row.ts';

/** Texts of status "0" that mean an empty list. */
const EMPTY = /^No (\w+ )*(transactions|transfers|records|logs|blocks|withdrawals) found/i;

/** What a failure's text means. */
const FAILURES: ReadonlyArray<readonly [RegExp, 'RATE_LIMITED' | 'TOO_LARGE' | 'INCOMPLETE' | 'UNAUTHORIZED', string]> =
  [
    [/rate limit|max calls per sec|too many/i, 'RATE_LIMITED', 'wait, or ask more slowly'],
    [
      /result window|page.*offset|too large|exceed.*records/i,
      'TOO_LARGE',
      'ask for a smaller range of blocks: page times offset may be 10,000 at most',
    ],
    [/query timeout|timed? ?out|smaller result/i, 'INCOMPLETE', 'ask for a smaller range of blocks'],
    [
      /api ?key|not supported for this chain|free tier|pro endpoint|upgrade|plan/i,
      'UNAUTHORIZED',
      'check the key, and what its plan covers',
    ],
  ];

/** The error that a text of status "0" means; `SOURCE_FAILED` for texts not known. */
export function etherscanError(text: string, place: { file?: string } = {}): SpoorError {
  const known = FAILURES.find(([pattern]) => pattern.test(text));
  const shown = `the answer says: ${text.slice(0, 200)}`;
  return known === undefined
    ? new SpoorError('SOURCE_FAILED', shown, place)
    : new SpoorError(known[1], shown, place, known[2]);
}

/** Whether a JSON object is such an answer. */
export function isEtherscanAnswer(body: Field): boolean {
  return body.has('status') && body.has('message') && body.has('result') && typeof body.at('status').value === 'string';
}

/** Reader of the rows of a list, by the keys of its first one. Throws MALFORMED for lists that are none of these. */
function readerOf(row: Field): RowReader {
  if (row.has('topics')) return logRow;
  if (isNftRow(row)) return nftRow;
  if (row.has('tokenSymbol')) return tokenRow;
  if (row.has('traceId') || row.has('errCode')) return internalRow;
  if (row.has('hash') && row.has('isError') && row.has('input')) return listRow;
  throw row.error(
    'rows of an answer that is not read',
    'Read are: txlist, txlistinternal, tokentx, tokennfttx, token1155tx, balance, balancemulti, getLogs.',
  );
}

/** Account the file is about: named by the user, or by the name of the file. Throws USAGE where neither says it. */
function accountOf({ account, file }: ReadContext): Account {
  if (account !== null) return account;
  const named = /0x[0-9a-fA-F]{40}(?![0-9a-fA-F])/.exec(file)?.[0];
  if (named !== undefined) return checkAccount(named);
  throw new SpoorError(
    'USAGE',
    'a balance does not say whose it is',
    { file },
    'Name its account with --account 0x..., or put the account (0x and 40 hex digits) into the name of the file.',
  );
}

function balanceOf(result: Field, context: ReadContext): BalanceRecord {
  if (/token/i.test(context.file)) {
    throw new SpoorError('USAGE', 'a balance of a token does not say of which token', { file: context.file });
  }
  return { account: accountOf(context), asset: NATIVE, blockNumber: null, amount: amountField(result) };
}

function readBalances(rows: readonly Field[], parsed: ParsedAccountRecords): void {
  for (const row of rows) {
    const amount = amountField(row.at('balance'));
    parsed.balances.push({ account: accountField(row.at('account')), asset: NATIVE, blockNumber: null, amount });
  }
}

/** Sizes of a full page: the limits of a request (free and paid), and what people ask for. */
const FULL_PAGES = new Set([1_000, 5_000, 10_000]);

function readList(rows: readonly Field[], parsed: ParsedAccountRecords, context: ReadContext): void {
  const reader = readerOf(rows[0]);
  const book = new RowBook();
  const tokens = new Map<string, ReturnType<typeof tokenOfRow>>();
  for (const item of rows) {
    const row = item.asRecord();
    const record = reader(row, context);
    if (record !== null) book.add(record, row.place);
    if (row.has('tokenSymbol')) {
      const token = tokenOfRow(row);
      if (!tokens.has(token.asset)) tokens.set(token.asset, token);
    }
  }
  parsed.transactions.push(...book.transactions());
  parsed.tokens.push(...tokens.values());
  if (FULL_PAGES.has(rows.length)) parsed.notes.push(`${rows.length} rows, a full page: the list may go on behind it`);
  const late = parsed.transactions.filter(
    ({ record }) => (record.timestampSec ?? 0) >= DENCUN_SEC && record.feeWei !== null,
  );
  noteCount(parsed.notes, reader === listRow && context.chainId === 1 ? late.length : 0, {
    one: 'fee is that of its gas alone: a list does not tell the fee of blobs',
    many: 'fees are those of gas alone: a list does not tell the fee of blobs',
  });
}

/** Dencun on the main chain (EIP-4844): blobs exist from here on. */
const DENCUN_SEC = 1_710_338_135;

/**
 * Reads one answer. Throws RATE_LIMITED, TOO_LARGE, INCOMPLETE, UNAUTHORIZED or SOURCE_FAILED where the answer says that it failed, USAGE for a balance
 * that does not say whose it is, MALFORMED naming the row and field, SOURCES_DISAGREE.
 */
export function readEtherscan(body: Field, context: ReadContext): ParsedAccountRecords {
  const parsed = noAccountRecords();
  const [status, message, result] = [body.at('status').text(), body.at('message').text(), body.at('result')];
  if (status === '0') {
    const isEmpty = EMPTY.test(message) && (result.isNone || (result.isList && result.items().length === 0));
    if (!isEmpty)
      throw etherscanError(typeof result.value === 'string' ? result.value : message, { file: context.file });
    parsed.notes.push(`an empty list: "${message.slice(0, 80)}"`);
    return parsed;
  }
  if (status !== '1') throw body.at('status').error(`expected "0" or "1", found "${status.slice(0, 40)}"`);
  if (!result.isList) return { ...parsed, balances: [balanceOf(result, context)] };
  const rows = result.items();
  if (rows.length === 0) parsed.notes.push('an empty list');
  else if (rows[0].has('balance') && rows[0].has('account')) readBalances(rows, parsed);
  else readList(rows, parsed, context);
  return parsed;
}
