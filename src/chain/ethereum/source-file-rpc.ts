/**
 * Answers of a JSON-RPC node. A body is one envelope (`{"jsonrpc","id","result"}`), a list of them, or lines of question and answer (rpc-line.ts). What an
 * answer is, the question says, or else its shape. Answers about the same block in one body are joined.
 */
import { type AccountHash, account, NATIVE, SpoorError } from '../../ledger/index.ts';
import type { Field } from '../file/field.ts';
import {
  accountField,
  amountField,
  bytesField,
  contractField,
  hashField,
  textOfAbi,
  unlessBlank,
  wholeField,
} from './account-field.ts';
import { noAccountRecords, noteCount, type ParsedAccountRecords, type ReadContext } from './record.ts';
import { CANCUN_SEC, DAO_BLOCK, rpcBlock, rpcTransaction } from './rpc-block.ts';
import { rpcError } from './rpc-error.ts';
import { RpcBook } from './rpc-join.ts';
import { rpcListedLog, rpcReceipt } from './rpc-receipt.ts';
import { callTrace, flatTrace, type TraceFacts } from './trace.ts';

/** One answer, with its question where the body has it. */
interface Answer {
  readonly method: string | null;
  readonly params: readonly Field[];
  readonly result: Field;
}

interface Reading {
  readonly book: RpcBook;
  readonly parsed: ParsedAccountRecords;
  readonly context: ReadContext;
  /** Traces and receipts wait until all blocks are known. */
  readonly later: Array<() => void>;
  readonly left: { pending: number; removed: number; orphans: number; partyless: number; timedOut: number };
}

/** Whether a JSON value is an envelope of JSON-RPC, or a line of question and answer. */
export function isRpcAnswer(body: Field): boolean {
  const isLine = body.has('method') && body.has('answer');
  return (
    isLine ||
    (body.has('result') && (body.has('jsonrpc') || body.has('id'))) ||
    (body.has('jsonrpc') && body.has('error'))
  );
}

function answerOf(body: Field, { chainId, file }: ReadContext): Answer {
  const isLine = body.has('answer');
  if (isLine && !body.at('chainId').isNone && wholeField(body.at('chainId'), Number.MAX_SAFE_INTEGER) !== chainId) {
    throw body
      .at('chainId')
      .error(`the answer is of chain ${String(body.at('chainId').value)}, the case of chain ${chainId}`);
  }
  const envelope = isLine ? body.at('answer') : body;
  const error = envelope.at('error');
  if (!error.isNone) {
    const { value: code } = error.at('code');
    const { value: message } = error.at('message');
    throw rpcError(typeof code === 'number' ? code : 0, String(message), { file, ...body.place });
  }
  if (!envelope.has('result')) throw envelope.error('an envelope without result');
  const method = isLine ? body.at('method').text() : null;
  return { method, params: isLine ? body.at('params').items() : [], result: envelope.at('result') };
}

const SILENT = new Set([
  'eth_chainId',
  'eth_blockNumber',
  'net_version',
  'web3_clientVersion',
  'eth_getTransactionCount',
  'eth_syncing',
]);

/** Kind of an answer by its shape, where the question is not known. */
function shapeOf(result: Field): string {
  const sample = result.isList ? result.items()[0] : result;
  if (sample === undefined) return 'empty';
  if (!result.isList && sample.has('transactions') && sample.has('number')) return 'eth_getBlockByNumber';
  if (sample.has('cumulativeGasUsed') && sample.has('logs'))
    return result.isList ? 'eth_getBlockReceipts' : 'eth_getTransactionReceipt';
  if (result.isList && sample.has('topics') && sample.has('data')) return 'eth_getLogs';
  if (result.isList && sample.has('action')) return 'trace_block';
  if (result.isList && (sample.at('result').isObject || (sample.has('txHash') && sample.has('error'))))
    return 'debug_traceBlock';
  if (!result.isList && sample.has('nonce') && sample.has('blockHash') && sample.has('value'))
    return 'eth_getTransactionByHash';
  return 'unknown';
}

/** Its first block on the main chain. */
const CANCUN_BLOCK = 19_426_587;

/** Whether Cancun was active for a block; a chain not known is taken to be past it. */
function isCancun({ book, context }: Reading, block: { hash: AccountHash | null; number: number | null }): boolean {
  const known = block.hash === null ? undefined : book.blocks.get(block.hash);
  const timestampSec = known?.block.timestampSec ?? null;
  if (timestampSec !== null) return timestampSec >= CANCUN_SEC;
  return context.chainId !== 1 || block.number === null || block.number >= CANCUN_BLOCK;
}

function take(reading: Reading, answer: Answer): void {
  const { book, context, parsed, left, later } = reading;
  const { result, params } = answer;
  const method = answer.method ?? shapeOf(result);
  if (SILENT.has(method) || method === 'empty') return;
  if (result.value === null)
    throw new SpoorError('NOT_FOUND', `the node knows no answer to ${method}`, result.placeOfField());
  switch (method) {
    case 'eth_getBlockByNumber':
    case 'eth_getBlockByHash':
      if (result.at('hash').isNone || result.at('number').isNone) left.pending += 1;
      else book.addBlock(rpcBlock(result, context.chainId));
      return;
    case 'eth_getTransactionByHash':
      if (result.at('blockHash').isNone) left.pending += 1;
      else book.addTransaction({ record: rpcTransaction(result, context.chainId, null), place: result.place });
      return;
    case 'eth_getTransactionReceipt':
      book.addReceipt(rpcReceipt(result));
      return;
    case 'eth_getBlockReceipts':
      later.push(() => takeReceipts(reading, result));
      return;
    case 'eth_getLogs':
      takeLogs(reading, result);
      return;
    case 'debug_traceBlock':
    case 'debug_traceBlockByNumber':
    case 'debug_traceBlockByHash':
      later.push(() => takeCallTraces(reading, result, params));
      return;
    case 'debug_traceTransaction': {
      const hash = hashField(needed(params[0], result, method));
      later.push(() => addTrace(reading, callTrace(result, hash, isCancun(reading, blockOf(reading, hash))), hash));
      return;
    }
    case 'trace_block':
    case 'trace_filter':
    case 'trace_transaction':
      later.push(() => takeFlatTraces(reading, result));
      return;
    case 'ots_getInternalOperations': {
      const hash = hashField(needed(params[0], result, method));
      later.push(() => takeOperations(reading, result, hash));
      return;
    }
    case 'eth_getBalance':
    case 'eth_getCode':
    case 'eth_call':
      takeState(parsed, method, params, result);
      return;
    default:
      throw result.error(
        answer.method === null
          ? 'an answer of a shape that is not read'
          : `answers to ${method.slice(0, 60)} are not read`,
        'Read are: blocks with transactions, receipts, logs, callTracer and trace_block traces, and balances beside their question.',
      );
  }
}

function needed(param: Field | undefined, result: Field, method: string): Field {
  if (param === undefined) throw result.error(`an answer to ${method} does not say which transaction it is about`);
  return param;
}

function blockOf({ book }: Reading, hash: AccountHash): { hash: AccountHash | null; number: number | null } {
  for (const { block, hashes } of book.blocks.values())
    if (hashes.includes(hash)) return { hash: block.hash, number: block.number };
  return { hash: null, number: null };
}

function takeReceipts({ book }: Reading, result: Field): void {
  const receipts = result.items().map(rpcReceipt);
  const hash = receipts[0]?.record.blockHash ?? null;
  const block = hash === null ? undefined : book.blocks.get(hash);
  if (block !== undefined && block.hashes.length !== receipts.length) {
    const what = `${receipts.length} receipts for the ${block.hashes.length} transactions of block ${block.block.number}`;
    throw new SpoorError('INCOMPLETE', what, result.placeOfField(), 'Ask for the receipts again.');
  }
  for (const receipt of receipts) book.addReceipt(receipt);
}

function takeLogs({ book, left }: Reading, result: Field): void {
  for (const item of result.items()) {
    const log = rpcListedLog(item);
    if (log.isRemoved) left.removed += 1;
    else book.addLog(log);
  }
}

function addTrace({ book, left }: Reading, trace: TraceFacts, hash: AccountHash): void {
  left.orphans += trace.orphans;
  if (!trace.isWhole && trace.orphans === 0) left.partyless += 1;
  book.addTrace(trace, hash);
}

/** The block that call traces are of: the one asked for, or the only one of the body. */
function tracedBlock(
  { book }: Reading,
  result: Field,
  params: readonly Field[],
): { hash: AccountHash; number: number; hashes: readonly AccountHash[] } | null {
  const asked = params[0]?.value;
  const blocks = [...book.blocks.values()].map(({ block, hashes }) => ({
    hash: block.hash,
    number: block.number,
    hashes,
  }));
  const named = blocks.find(
    ({ hash, number }) =>
      typeof asked === 'string' && (asked === hash || (/^0x[0-9a-f]{1,12}$/i.test(asked) && Number(asked) === number)),
  );
  const block = named ?? (asked === undefined && blocks.length === 1 ? blocks[0] : null);
  if (block !== null && block.hashes.length !== result.items().length) {
    const what = `${result.items().length} traces for the ${block.hashes.length} transactions of block ${block.number}`;
    throw new SpoorError('INCOMPLETE', what, result.placeOfField(), 'Ask for the traces of the block again.');
  }
  return block;
}

function takeCallTraces(reading: Reading, result: Field, params: readonly Field[]): void {
  const block = tracedBlock(reading, result, params);
  result.items().forEach((item, place) => {
    const hash = unlessBlank(item.at('txHash'), hashField) ?? block?.hashes[place] ?? null;
    if (hash === null) {
      throw new SpoorError(
        'INCOMPLETE',
        'the traces name no transactions',
        item.placeOfField(),
        'Older nodes leave the hashes out: read the block itself in one body with its traces.',
      );
    }
    if (block !== null && block.hashes[place] !== hash)
      throw item.at('txHash').error(`the trace at place ${place} is not that of ${block.hashes[place]}`);
    if (!item.at('result').isObject) reading.left.timedOut += 1;
    else
      addTrace(
        reading,
        callTrace(item.at('result'), hash, isCancun(reading, block ?? { hash: null, number: null })),
        hash,
      );
  });
}

/** Flat traces by transaction, in their order; those of no transaction are rewards. */
function takeFlatTraces(reading: Reading, result: Field): void {
  const byHash = new Map<AccountHash, Field[]>();
  for (const item of result.items()) {
    if (item.at('transactionHash').isNone) takeReward(reading, item);
    else {
      const hash = hashField(item.at('transactionHash'));
      byHash.set(hash, [...(byHash.get(hash) ?? []), item]);
    }
  }
  for (const [hash, items] of byHash) {
    const block = {
      hash: unlessBlank(items[0].at('blockHash'), hashField),
      number: unlessBlank(items[0].at('blockNumber'), wholeField),
    };
    addTrace(reading, flatTrace(items, isCancun(reading, block)), hash);
  }
}

function takeReward({ book }: Reading, item: Field): void {
  if (item.at('type').text() !== 'reward')
    throw item.at('transactionHash').error('missing: which transaction the frame is of');
  const hash = hashField(item.at('blockHash'));
  const known = book.rewards.get(hash) ?? { number: wholeField(item.at('blockNumber')), credits: [] };
  const action = item.at('action');
  known.credits.push({
    kind: 'reward',
    to: accountField(action.at('author')),
    amountWei: amountField(action.at('value')),
  });
  book.rewards.set(hash, known);
}

const OPERATIONS = ['call', 'selfdestruct', 'create', 'create'] as const;

/**
 * Moves without places in the tree, and possibly with some that were reverted: whole only where there are none. Some nodes (anvil) list the top call first,
 * which is no move inside of the transaction: no contract pays in the name of the one who signed.
 */
function takeOperations(reading: Reading, result: Field, hash: AccountHash): void {
  const sender = reading.book.statedRecord(hash)?.from ?? null;
  const isTopCall = (item: Field, index: number): boolean =>
    index === 0 && sender !== null && accountField(item.at('from')) === sender;
  const moves = result.items().flatMap((item, index) => {
    if (isTopCall(item, index)) return [];
    const kind = OPERATIONS[wholeField(item.at('type'), OPERATIONS.length - 1)];
    const valueWei = amountField(item.at('value'));
    const move = {
      kind,
      from: accountField(item.at('from')),
      to: accountField(item.at('to')),
      valueWei,
      traceAddress: null,
      step: null,
    };
    return valueWei === 0n ? [] : [move];
  });
  addTrace(
    reading,
    { hash, failed: null, moves, logs: null, isWhole: moves.length === 0, orphans: 0, field: result },
    hash,
  );
}

const BALANCE_OF = /^0x70a08231(0{24})([0-9a-f]{40})$/;
const DELEGATION = /^0xef0100[0-9a-f]{40}$/;

/** State that was asked for: balances, code, and what a token says of itself. */
function takeState(parsed: ParsedAccountRecords, method: string, params: readonly Field[], result: Field): void {
  if (method === 'eth_getBalance' || method === 'eth_getCode') {
    const holder = accountField(needed(params[0], result, method));
    if (method === 'eth_getCode') {
      const code = bytesField(result);
      // An account that took code (EIP-7702) is still that of its key.
      parsed.accounts.push({ account: holder, isContract: code !== '0x' && !DELEGATION.test(code) });
    } else
      parsed.balances.push({
        account: holder,
        asset: NATIVE,
        blockNumber: blockParam(params[1]),
        amount: amountField(result),
      });
    return;
  }
  const call = needed(params[0], result, method);
  const contract = contractField(call.at('to'));
  const input = bytesField(call.has('data') ? call.at('data') : call.at('input'));
  const answer = bytesField(result);
  const owner = BALANCE_OF.exec(input)?.[2];
  const isNumber = /^0x[0-9a-f]{64}$/.test(answer);
  if (owner !== undefined) {
    if (!isNumber) throw result.error('expected one word, the balance of a token');
    const held = { asset: contract, blockNumber: blockParam(params[1]), amount: BigInt(answer) };
    parsed.balances.push({ account: account(`0x${owner}`), ...held });
    return;
  }
  const blank = { asset: contract, symbol: null, name: null, decimals: null };
  if (input === '0x313ce567' && isNumber) parsed.tokens.push({ ...blank, decimals: wholeField(result, 255) });
  else if (input === '0x95d89b41') parsed.tokens.push({ ...blank, symbol: textOfAbi(answer) });
  else if (input === '0x06fdde03') parsed.tokens.push({ ...blank, name: textOfAbi(answer) });
}

/** Block of a question about state; null for `latest` and other moving names. */
function blockParam(param: Field | undefined): number | null {
  const value = param?.value;
  return typeof value === 'string' && /^0x[0-9a-f]{1,12}$/i.test(value) ? Number(value) : null;
}

function note({ parsed: { notes }, left, book, context }: Reading): void {
  noteCount(notes, left.pending, {
    one: 'answer about no block left out (pending)',
    many: 'answers about no block left out (pending)',
  });
  noteCount(notes, left.removed, {
    one: 'log left out: the node takes it back',
    many: 'logs left out: the node takes them back',
  });
  noteCount(notes, left.orphans, {
    one: 'frame left out: the answer lacks a call around it, which may have failed',
    many: 'frames left out: the answer lacks calls around them, which may have failed',
  });
  noteCount(notes, left.partyless, {
    one: 'trace is not whole: it does not say whose balance a destroyed contract had, or lacks its top call',
    many: 'traces are not whole: they do not say whose balance a destroyed contract had, or lack their top calls',
  });
  noteCount(notes, left.timedOut, {
    one: 'transaction has no trace (the node gave up): what contracts moved in it is unknown',
    many: 'transactions have no trace (the node gave up): what contracts moved in them is unknown',
  });
  for (const { block } of book.blocks.values()) {
    if (block.number === 0)
      notes.push('block 0: the allocations of the first block are not in it, and no trace tells them');
    if (context.chainId === 1 && block.number === DAO_BLOCK) {
      notes.push(
        `block ${DAO_BLOCK}: the fork moved the ether of the DAO and of its children without transactions; these moves are not in any answer`,
      );
    }
  }
}

/** Reads answers of a node. Throws MALFORMED, INCOMPLETE, SOURCES_DISAGREE, and what an answer's error means (`rpcError`). */
export function readRpc(bodies: readonly Field[], context: ReadContext): ParsedAccountRecords {
  const parsed = noAccountRecords();
  const book = new RpcBook(context.chainId);
  const left = { pending: 0, removed: 0, orphans: 0, partyless: 0, timedOut: 0 };
  const reading: Reading = { book, parsed, context, later: [], left };
  const answers = bodies.flatMap((body) => (body.isList ? body.items().map((item) => item.asRecord()) : [body]));
  for (const body of answers) take(reading, answerOf(body, context));
  for (const work of reading.later) work();
  parsed.transactions.push(...book.transactions());
  for (const { block, hash } of book.blockRecords()) {
    parsed.blocks.push({ block, place: book.blocks.get(hash)?.field.place ?? { file: context.file } });
  }
  note(reading);
  return parsed;
}
