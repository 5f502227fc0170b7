/**
 * JSON-RPC over the one transport. The id is constant, so that the same question is the same text and its recorded answer is found again. Errors come with
 * status 200 from servers strict about version 2.0, with 500 or 404 from older ones; both are answers here.
 */
import { SpoorError } from '../../ledger/index.ts';
import type { Finality } from './request.ts';
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
}

/** What the server said is wrong. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
}

/** The envelope as it came, and its error if it holds one. */
export interface RpcAnswer {
  readonly bytes: Buffer;
  readonly error: RpcError | null;
}

/** Errors are short; an answer above this is a result and is not parsed only to look for one. */
const MAX_ERROR_BYTES = 65_536;

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
  const { error } = envelope;
  if (typeof error !== 'object' || error === null) return null;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { code: typeof code === 'number' ? code : 0, message: String(message).slice(0, 200) };
}

/** Asks one question. Throws what the transport throws, NOT_FOUND when nothing answers at the address. */
export async function rpc(transport: Transport, call: RpcCall): Promise<RpcAnswer> {
  const { method, params, finality } = call;
  const answer = await transport.ask({
    path: '',
    post: JSON.stringify({ jsonrpc: '2.0', id: 'spoor', method, params }),
    fresh: call.fresh ?? false,
    subject: call.subject ?? null,
    answered: (status, bytes) => (status === 500 || status === 404) && errorOf(bytes) !== null,
    finality: (bytes) => {
      if (errorOf(bytes) !== null) return 'tip';
      return typeof finality === 'function' ? finality(bytes) : finality;
    },
  });
  const error = errorOf(answer.bytes);
  if (error === null && answer.status !== 200) {
    throw new SpoorError(
      'NOT_FOUND',
      `${transport.host} answers no JSON-RPC at this address (status ${answer.status})`,
      {},
      'give --url the address of the RPC port, without a path unless a gateway has one',
    );
  }
  return { bytes: answer.bytes, error };
}

/** The result of an envelope. Numbers in it have been through floats: for heights and hashes, never for money. Throws MALFORMED. */
export function rpcResult({ bytes }: RpcAnswer, what: string): unknown {
  const envelope = parsed(bytes);
  if (typeof envelope !== 'object' || envelope === null || !('result' in envelope)) {
    throw new SpoorError('MALFORMED', `the answer to ${what} is not the envelope of JSON-RPC`);
  }
  return envelope.result;
}
