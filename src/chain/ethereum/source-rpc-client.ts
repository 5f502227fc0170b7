/**
 * Questions to an Ethereum node, and what its errors mean. Codes alone tell little (providers reuse -32000 and -32602), so words count too; the kinds are
 * what callers can act on: ask for less, ask another method, ask another node.
 */
import { SpoorError } from '../../ledger/index.ts';
import { tooDeepAt } from '../transport/depth.ts';
import { type RpcError, rpc, rpcBatch } from '../transport/json-rpc.ts';
import type { Finality } from '../transport/request.ts';
import type { Transport } from '../transport/transport.ts';

/** What an error means to the one who asks. */
export type FailureKind =
  | 'unsupported'
  | 'pruned'
  | 'no-tag'
  | 'too-large'
  | 'timeout'
  | 'missing'
  | 'unauthorized'
  | 'other';

/** A node's refusal. */
export interface RpcFailure extends RpcError {
  readonly kind: FailureKind;
}

/** An answer that is none but says why, or the result with the text of its envelope. */
export type RpcReply =
  | { readonly failure: null; readonly text: string; readonly result: unknown }
  | { readonly failure: RpcFailure };

/** One question. */
export interface RpcQuestion {
  readonly method: string;
  readonly params: readonly unknown[];
  /** How long a result stays true once `holds` has let it pass. */
  readonly finality: Finality;
  /** Throws where the result is not what was asked for; it is then never kept for good. */
  readonly holds?: (result: unknown) => void;
  readonly subject?: string | null;
  /** Whether a recorded answer that was true only for its moment serves. */
  readonly reuse?: boolean;
}

/** A message of several calls starts with so many; servers that take fewer are asked for fewer. */
const BATCH_CALLS = 100;
const MAX_FRAME_DEPTH = 2200;

const BY_CODE: ReadonlyMap<number, FailureKind> = new Map([
  // execution-apis: pruned history; unknown tag. JSON-RPC 2.0: no such method. EIP-1474: resource not found, method not supported.
  [4444, 'pruned'],
  [-39001, 'no-tag'],
  [-32601, 'unsupported'],
  [-32004, 'unsupported'],
  [-32001, 'missing'],
]);
const BY_WORDS: ReadonlyArray<readonly [RegExp, FailureKind]> = [
  [
    /prun|missing trie node|history (is |has been )?(not available|expired|unavailable)|historical state|state .*not available|old data not available/i,
    'pruned',
  ],
  [
    /method .*(not found|not available|does not exist|not supported|not whitelisted|disabled|not allowed)|unsupported method|the method .* is not/i,
    'unsupported',
  ],
  [
    /too large|more than [\d,]+ (results|logs)|returned more|limit(ed)? (exceeded|to)|exceeds?|block range|range is too|response size|max(imum)? .*range|up to a [\d,]+k? block|too many/i,
    'too-large',
  ],
  [/time(d)? ?out|deadline|took too long|canceled|cancelled/i, 'timeout'],
  [/not found|unknown block|header not|out ?of ?range|does not exist/i, 'missing'],
  [/unauthori[sz]ed|api key|forbidden|project id|access denied/i, 'unauthorized'],
];

/** What an error of a node means. */
export function failureOf(error: RpcError): RpcFailure {
  const kind = BY_CODE.get(error.code) ?? BY_WORDS.find(([words]) => words.test(error.message))?.[1] ?? 'other';
  return { ...error, kind };
}

const CODE_OF = {
  unsupported: 'SOURCE_FAILED',
  pruned: 'PRUNED',
  'no-tag': 'SOURCE_FAILED',
  'too-large': 'TOO_LARGE',
  timeout: 'INCOMPLETE',
  missing: 'NOT_FOUND',
  unauthorized: 'UNAUTHORIZED',
  other: 'SOURCE_FAILED',
} as const satisfies Record<FailureKind, string>;

/** The coded error for a refusal. */
export function refusal(host: string, what: string, { kind, code, message }: RpcFailure): SpoorError {
  const hint =
    kind === 'pruned'
      ? 'ordinary nodes keep neither old history nor old state: ask an archive node'
      : kind === 'timeout'
        ? 'nothing of it was kept as whole; run the command again, or ask a node with a longer time limit'
        : null;
  return new SpoorError(CODE_OF[kind], `${host} about ${what}: ${message} (${code})`, {}, hint);
}

/** Hex as nodes want numbers. */
export function quantity(value: number): string {
  return `0x${value.toString(16)}`;
}

/** A number that a node states, or null where it states none that can be one. */
export function numberOf(text: unknown): number | null {
  if (typeof text !== 'string' || !/^0x[0-9a-f]{1,13}$/i.test(text)) return null;
  return Number(text);
}

/** Asks one node. */
export class EthRpcClient {
  readonly transport: Transport;
  /** Blocks at most in one question about logs; learned from a refusal that names a number of blocks. */
  mostLogBlocks: number | null = null;
  private batchCalls = BATCH_CALLS;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  get host(): string {
    return this.transport.host;
  }

  /** Asks; a refusal is an answer. Throws MALFORMED for what is no envelope, or answers another question; what `holds` throws; what the transport throws. */
  async ask({ method, params, finality, holds, subject, reuse }: RpcQuestion): Promise<RpcReply> {
    let judged: { readonly bytes: Buffer; readonly result: unknown } | null = null;
    // A fresh answer is read before it is recorded, and not once more after.
    const read = (bytes: Buffer): unknown => {
      if (judged?.bytes === bytes) return judged.result;
      const result = this.resultOf(bytes, method);
      if (result !== null) holds?.(result);
      judged = { bytes, result };
      return result;
    };
    const answer = await rpc(this.transport, {
      method,
      params,
      fresh: reuse !== true,
      subject: subject ?? null,
      heedsRateLimit: true,
      finality: (bytes) => (finality !== 'tip' && passes(() => read(bytes)) ? finality : 'tip'),
    });
    if (answer.error !== null) return { failure: failureOf(answer.error) };
    return { failure: null, text: answer.bytes.toString('utf8'), result: read(answer.bytes) };
  }

  /** Asks; a refusal is thrown. */
  async need(question: RpcQuestion, what: string): Promise<{ text: string; result: unknown }> {
    const reply = await this.ask(question);
    if (reply.failure !== null) throw refusal(this.host, what, reply.failure);
    return reply;
  }

  /** Asks several at once, fewer at a time where the server takes fewer. Every call has its own result or refusal. */
  async many(
    calls: ReadonlyArray<Pick<RpcQuestion, 'method' | 'params'>>,
    { finality, subject }: { finality: Finality; subject: string | null },
  ): Promise<RpcReply[]> {
    const replies: RpcReply[] = [];
    while (replies.length < calls.length) {
      const some = calls.slice(replies.length, replies.length + this.batchCalls);
      if (some.length === 1) {
        replies.push(await this.ask({ ...some[0], finality, subject, reuse: true }));
        continue;
      }
      const answers = await rpcBatch(this.transport, { calls: some, finality, subject });
      if (answers === null) this.batchCalls = Math.max(1, Math.floor(some.length / 2));
      else
        replies.push(
          ...answers.map(({ text, result, error }) =>
            error === null ? { failure: null, text, result } : { failure: failureOf(error) },
          ),
        );
    }
    return replies;
  }

  private resultOf(bytes: Buffer, method: string): unknown {
    const text = bytes.toString('utf8');
    if (tooDeepAt(text, MAX_FRAME_DEPTH) >= 0) throw this.malformed(method, 'nests deeper than calls can');
    const envelope = parsed(text);
    if (typeof envelope !== 'object' || envelope === null || !('result' in envelope))
      throw this.malformed(method, 'is not the envelope of JSON-RPC');
    const { id, result } = envelope as { id?: unknown; result?: unknown };
    if (id !== 'spoor') throw this.malformed(method, `answers another question (id ${String(id).slice(0, 40)})`);
    return result;
  }

  private malformed(method: string, why: string): SpoorError {
    return new SpoorError('MALFORMED', `the answer of ${this.host} to ${method} ${why}`, {}, 'nothing of it was kept');
  }
}

function passes(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof SpoorError) return false;
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
