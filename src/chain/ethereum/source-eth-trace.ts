/**
 * The moves inside of the transactions of a block, by the first method the node has: debug_traceBlockByHash with callTracer and logs (order of ether and
 * tokens together), trace_block (order of ether alone), ots_getInternalOperations (no frames: undone moves cannot be told from real ones, so the caller must
 * prove the block by balances). A method that times out is no empty answer: single transactions are asked for, and what stays unanswered is INCOMPLETE.
 */
import { SpoorError } from '../../ledger/index.ts';
import type { Claimed } from './block-proof.ts';
import { rpcLine } from './rpc-line.ts';
import type { TraceMethod } from './source.ts';
import { type EthRpcClient, quantity, type RpcQuestion, type RpcReply, refusal } from './source-rpc-client.ts';
import { callTracerLies, topFrameLies, traceBlockLies } from './trace-check.ts';

/** A block whose traces are wanted. */
export interface TracedBlock {
  readonly chainId: number;
  readonly block: Claimed;
  readonly receipts: readonly Claimed[];
}

/** Lines for the body, and how they were learned. */
export interface TraceLines {
  readonly lines: string;
  readonly method: TraceMethod;
}

const TRACER = { tracer: 'callTracer', tracerConfig: { withLog: true } };
const NONE: TraceLines = { lines: '', method: null };

/** Asks for traces, and remembers what the node cannot be asked. */
export class Tracer {
  private readonly client: EthRpcClient;
  private readonly lacking = new Set<TraceMethod>();

  constructor(client: EthRpcClient) {
    this.client = client;
  }

  /** Throws INCOMPLETE where the node traces but did not get done, PRUNED, HASH_MISMATCH for traces that contradict the block. */
  async trace(asked: TracedBlock): Promise<TraceLines> {
    const transactions = asked.block.transactions as readonly Claimed[];
    if (transactions.length === 0) return { lines: '', method: 'debug_traceBlock' };
    return (await this.byCallTracer(asked)) ?? (await this.byTraceBlock(asked)) ?? (await this.byOts(asked)) ?? NONE;
  }

  /** Traces of one transaction, or no line where the node has no method for it. */
  async traceOne(chainId: number, transaction: Claimed, receipt: Claimed): Promise<TraceLines> {
    const hash = String(transaction.hash);
    const debug = this.questionOf('debug_traceTransaction', [hash, TRACER], hash, (result) =>
      this.hold(topFrameLies(result, transaction, receipt), `transaction ${hash}`),
    );
    const reply = await this.client.ask(debug);
    if (reply.failure === null) return { lines: rpcLine(chainId, debug, reply.text), method: 'debug_traceBlock' };
    const other = this.questionOf('trace_transaction', [hash], hash);
    const rows = await this.client.ask(other);
    if (rows.failure === null) return { lines: rpcLine(chainId, other, rows.text), method: 'trace_block' };
    if (reply.failure.kind === 'unsupported' && rows.failure.kind === 'unsupported') return NONE;
    throw refusal(this.client.host, `the trace of transaction ${hash}`, reply.failure);
  }

  private questionOf(
    method: string,
    params: readonly unknown[],
    subject: string | null,
    holds?: (result: unknown) => void,
  ): RpcQuestion {
    return { method, params, finality: 'final', subject, ...(holds === undefined ? {} : { holds }) };
  }

  private hold(lies: readonly string[], what: string): void {
    if (lies.length === 0) return;
    throw new SpoorError(
      'HASH_MISMATCH',
      `${this.client.host} contradicts itself about ${what}: ${lies.slice(0, 3).join('; ')}`,
      {},
      'nothing of it was kept; ask another source',
    );
  }

  private async byCallTracer({ chainId, block, receipts }: TracedBlock): Promise<TraceLines | null> {
    const transactions = block.transactions as readonly Claimed[];
    const question = this.questionOf('debug_traceBlockByHash', [block.hash, TRACER], null, (result) =>
      this.hold(callTracerLies(result, transactions, receipts), `traces of block ${Number(block.number)}`),
    );
    const reply = await this.unlessLacking('debug_traceBlock', question);
    if (reply === null) return null;
    if (reply.failure === null) return { lines: rpcLine(chainId, question, reply.text), method: 'debug_traceBlock' };
    const done: string[] = [];
    for (const [index, transaction] of transactions.entries()) {
      const one = await this.traceOne(chainId, transaction, receipts[index]);
      if (one.method === null)
        throw refusal(this.client.host, `traces of block ${Number(block.number)}`, reply.failure);
      done.push(one.lines);
    }
    return { lines: done.join(''), method: 'debug_traceBlock' };
  }

  private async byTraceBlock({ chainId, block }: TracedBlock): Promise<TraceLines | null> {
    const number = Number(block.number);
    const transactions = block.transactions as readonly Claimed[];
    const question = this.questionOf('trace_block', [quantity(number)], null, (result) =>
      this.hold(traceBlockLies(result, block, transactions), `traces of block ${number}`),
    );
    const reply = await this.unlessLacking('trace_block', question);
    if (reply === null) return null;
    if (reply.failure !== null) throw refusal(this.client.host, `traces of block ${number}`, reply.failure);
    return { lines: rpcLine(chainId, question, reply.text), method: 'trace_block' };
  }

  private async byOts({ chainId, block }: TracedBlock): Promise<TraceLines | null> {
    if (this.lacking.has('ots')) return null;
    const calls = (block.transactions as readonly Claimed[]).map(({ hash }) => ({
      method: 'ots_getInternalOperations',
      params: [hash],
    }));
    const replies = await this.client.many(calls, { finality: 'final', subject: null });
    const lines = replies.map((reply, index) => {
      if (reply.failure === null) return rpcLine(chainId, calls[index], reply.text);
      if (reply.failure.kind === 'unsupported') return null;
      throw refusal(this.client.host, `moves inside of transactions of block ${Number(block.number)}`, reply.failure);
    });
    if (!lines.includes(null)) return { lines: lines.join(''), method: 'ots' };
    this.lacking.add('ots');
    return null;
  }

  /** The reply, or null where the node does not have the method. A refusal for want of time is handed on. Throws the others. */
  private async unlessLacking(method: TraceMethod, question: RpcQuestion): Promise<RpcReply | null> {
    if (this.lacking.has(method)) return null;
    const reply = await this.client.ask(question);
    if (reply.failure === null || reply.failure.kind === 'timeout' || reply.failure.kind === 'too-large') return reply;
    if (reply.failure.kind !== 'unsupported')
      throw refusal(this.client.host, `traces (${question.method})`, reply.failure);
    this.lacking.add(method);
    return null;
  }
}
