/** A JSON-RPC server on loopback that passes questions on to a node and lies as a test tells it. */
import type { ServerResponse } from 'node:http';
import type { Anvil } from './anvil.ts';
import { type Loopback, loopback } from './loopback.ts';

/** A question as it came. */
export interface Asked {
  readonly id: unknown;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** An envelope of JSON-RPC. */
export type Envelope = Record<string, unknown>;

/** What a test makes of an honest answer; undefined leaves it as it is. */
export type Lie = (asked: Asked, honest: Envelope) => Envelope | undefined;

/** The proxy. `methods` are those asked for, in order. */
export interface RpcProxy {
  readonly url: string;
  readonly methods: string[];
  lie: Lie | null;
  /** Answers a whole message instead; true when it did. */
  raw: ((asked: unknown, response: ServerResponse) => boolean) | null;
  /** What a batch becomes before it goes out. */
  batch: ((answers: Envelope[]) => unknown) | null;
  honest(): void;
  close(): Promise<void>;
}

/** Error of JSON-RPC in place of a result. */
export function refused({ id }: Asked, code: number, message: string, data?: unknown): Envelope {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

/** A lie about one method only. */
export function about(method: string, lie: Lie): Lie {
  return (asked, honest) => (asked.method === method ? lie(asked, honest) : undefined);
}

/** Starts it. */
export async function rpcProxy(anvil: Anvil): Promise<RpcProxy> {
  const methods: string[] = [];
  const one = async (asked: Asked): Promise<Envelope> => {
    methods.push(asked.method);
    const response = await fetch(anvil.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...asked, jsonrpc: '2.0' }),
    });
    const honest = (await response.json()) as Envelope;
    return proxy.lie?.(asked, honest) ?? honest;
  };
  const answer = async (text: string, response: ServerResponse): Promise<void> => {
    const asked = JSON.parse(text) as Asked | Asked[];
    if (proxy.raw?.(asked, response) === true) return;
    const honest = Array.isArray(asked) ? await Promise.all(asked.map(one)) : await one(asked);
    const body = Array.isArray(honest) ? (proxy.batch?.(honest) ?? honest) : honest;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server: Loopback = await loopback((_, response, body) => {
    answer(body, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  const proxy: RpcProxy = {
    url: server.url,
    methods,
    lie: null,
    raw: null,
    batch: null,
    honest: () => {
      Object.assign(proxy, { lie: null, raw: null, batch: null });
      methods.length = 0;
    },
    close: server.close,
  };
  return proxy;
}
