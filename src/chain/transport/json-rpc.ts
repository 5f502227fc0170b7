/**
 * JSON-RPC over the one transport. The id is constant, so that the same question is the same text and its recorded answer is found again. Errors come with
 * status 200 from servers strict about version 2.0, with 500 or 404 from older ones; both are answers here.
 */
import { SpoorError } from '../../ledger/index.ts';
import { type Finality, jsonRpcSaysRateLimit } from './request.ts';
import type { Transport } from './transport.ts';

/** One call. */
export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
  /** Of an answer without error. */
  readonly finality: Finality | ((bytes: Buffer) => Finality);
  /** Whether a recorded answer that was true only for its moment is passed over. */
  readonly fresh?: boolean;
  readonly subject?: string | null;
  /** Whether code 429 or -32005 in a body is "ask less often", as public Ethereum servers mean it: asked again later, like status 429. */
  readonly heedsRateLimit?: boolean;
}

/** What the server said is wrong. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  /** What else it says, for example a range it would answer. */
  readonly data?: unknown;
}

/** The envelope as it came, and its error if it holds one. */
export interface RpcAnswer {
  readonly bytes: Buffer;
  readonly error: RpcError | null;
}

/** Errors are short; an answer above this is a result and is not parsed only to look for one. */
const MAX_ERROR_BYTES = 65_536;

/** Statuses with which servers send errors of JSON-RPC. */
const ERROR_STATUSES: ReadonlySet<number> = new Set([400, 404, 500]);

/** Code of a node that is starting: RPC_IN_WARMUP of Bitcoin Core, src/rpc/protocol.h. */
const STARTING = -28;

/** The value of a JSON text, or undefined where the bytes are none. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The error of an envelope, or null where it holds none. */
function errorOf(bytes: Buffer): RpcError | null {
  if (bytes.length > MAX_ERROR_BYTES) return null;
  const envelope = parsed(bytes);
  if (typeof envelope !== 'object' || envelope === null || !('error' in envelope)) return null;
  return errorOfEnvelope(envelope);
}

function errorOfEnvelope({ error }: { error: unknown }): RpcError | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown };
  const said = { code: typeof code === 'number' ? code : 0, message: String(message).slice(0, 200) };
  return data === undefined ? said : { ...said, data };
}

/** Asks one question. Throws what the transport throws, NOT_FOUND when nothing answers at the address. */
export async function rpc(transport: Transport, call: RpcCall): Promise<RpcAnswer> {
  const { method, params, finality } = call;
  const answer = await transport.ask({
    path: '',
    post: JSON.stringify({ jsonrpc: '2.0', id: 'spoor', method, params }),
    fresh: call.fresh ?? false,
    json: true,
    subject: call.subject ?? null,
    ...(call.heedsRateLimit === true ? { saysRateLimit: jsonRpcSaysRateLimit } : {}),
    answered: (status, bytes) => ERROR_STATUSES.has(status) && errorOf(bytes) !== null,
    finality: (bytes) => {
      const error = errorOf(bytes);
      if (error !== null) return error.code === STARTING ? 'refusal' : 'tip';
      return typeof finality === 'function' ? finality(bytes) : finality;
    },
  });
  const error = errorOf(answer.bytes);
  if (error === null && answer.status !== 200) throw noRpcHere(transport, answer.status);
  return { bytes: answer.bytes, error };
}

function noRpcHere(transport: Transport, status: number): SpoorError {
  return new SpoorError(
    'NOT_FOUND',
    `${transport.host} answers no JSON-RPC at this address (status ${status})`,
    {},
    'give --url the address of the RPC port, without a path unless a gateway has one',
  );
}

/** The result of an envelope. Numbers in it have been through floats: for heights and hashes, never for money. Throws MALFORMED. */
export function rpcResult({ bytes }: RpcAnswer, what: string): unknown {
  const envelope = parsed(bytes);
  if (typeof envelope !== 'object' || envelope === null || !('result' in envelope)) {
    throw new SpoorError('MALFORMED', `the answer to ${what} is not the envelope of JSON-RPC`);
  }
  return envelope.result;
}

/** The answer to one call of a batch: the envelope of that call as text, and its error if it holds one. */
export interface BatchAnswer {
  readonly text: string;
  readonly result: unknown;
  readonly error: RpcError | null;
}

/** Calls of one batch; all share how long their answers stay true and whom they are about. */
export interface RpcBatch {
  readonly calls: ReadonlyArray<Pick<RpcCall, 'method' | 'params'>>;
  readonly finality: Finality;
  readonly subject: string | null;
}

/**
 * Asks several questions in one message, each with its number; answers may come in any order. Null where the server takes no batch, or none so long: it
 * answers with one error for all. Throws MALFORMED where a number is missing, unknown or there twice, and what the transport throws.
 */
export async function rpcBatch(transport: Transport, batch: RpcBatch): Promise<BatchAnswer[] | null> {
  const { calls } = batch;
  const post = JSON.stringify(calls.map(({ method, params }, id) => ({ jsonrpc: '2.0', id, method, params })));
  const answer = await transport.ask({
    path: '',
    post,
    fresh: true,
    json: true,
    subject: batch.subject,
    saysRateLimit: jsonRpcSaysRateLimit,
    answered: (status, bytes) => ERROR_STATUSES.has(status) && errorOf(bytes) !== null,
    finality: (bytes) => {
      const answers = parsed(bytes);
      const whole = Array.isArray(answers) && answers.length === calls.length;
      return whole && answers.every((item) => hasResult(item)) ? batch.finality : 'tip';
    },
  });
  const value = parsed(answer.bytes);
  if (errorOf(answer.bytes) !== null || answer.status === 413) return null;
  if (!Array.isArray(value)) throw noRpcHere(transport, answer.status);
  return sorted(value, calls.length, transport.host);
}

function hasResult(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'result' in item && item.result !== null;
}

function sorted(answers: readonly unknown[], count: number, host: string): BatchAnswer[] {
  const byId = new Map<unknown, BatchAnswer>();
  for (const item of answers) {
    if (typeof item !== 'object' || item === null) throw outOfBatch(host, 'holds what is no answer');
    const { id, result, error } = item as { id?: unknown; result?: unknown; error?: unknown };
    if (byId.has(id)) throw outOfBatch(host, `answers question ${String(id)} twice`);
    byId.set(id, { text: JSON.stringify(item), result, error: errorOfEnvelope({ error }) });
  }
  return Array.from({ length: count }, (_, id) => {
    const found = byId.get(id);
    if (found === undefined || byId.size > count) throw outOfBatch(host, `does not answer question ${id} of ${count}`);
    return found;
  });
}

function outOfBatch(host: string, what: string): SpoorError {
  return new SpoorError('MALFORMED', `the answer of ${host} to a batch ${what}`, {}, 'nothing of it was kept');
}
