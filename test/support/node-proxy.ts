/**
 * A server on loopback in front of a node. It passes questions on with the node's password, may say something else than the node did, and speaks enough of
 * Esplora to give blocks in raw form.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Node } from './bitcoind.ts';

/** A question as it came. `call` is the method of a JSON-RPC question, else empty. */
export interface Question {
  readonly path: string;
  readonly call: string;
  readonly params: readonly unknown[];
  readonly authorization: string | undefined;
}

/** An answer on its way out. */
export interface Reply {
  readonly status: number;
  readonly bytes: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a test makes of the node's answer; null leaves it as it is. */
export type Lie = (question: Question, honest: Reply) => Reply | null | Promise<Reply | null>;

/** A running server. */
export interface NodeProxy {
  readonly url: string;
  readonly asked: Question[];
  lie: Lie | null;
  close(): Promise<void>;
}

/** Paths of Esplora as paths of the node's REST interface. */
function restPath(path: string): string {
  const raw = /^\/block\/([0-9a-f]{64})\/raw$/.exec(path);
  if (raw !== null) return `/rest/block/${raw[1]}.bin`;
  const height = /^\/block-height\/(\d+)$/.exec(path);
  if (height !== null) return `/rest/blockhashbyheight/${height[1]}.hex`;
  return path;
}

async function honestly(node: Node, { path, authorization }: Question, post: string): Promise<Reply> {
  if (path === '/blocks/tip/height')
    return { status: 200, bytes: Buffer.from(String(await node.rpc<number>('getblockcount'))) };
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const how = post === '' ? { headers } : { method: 'POST', headers, body: post };
  const response = await fetch(`${node.url}${restPath(path)}`, how);
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Starts a server in front of a node. */
export async function nodeProxy(node: Node): Promise<NodeProxy> {
  const asked: Question[] = [];
  const running: { lie: Lie | null } = { lie: null };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const post = Buffer.concat(chunks).toString('utf8');
      const { method: call = '', params = [] } = (post === '' ? {} : JSON.parse(post)) as {
        method?: string;
        params?: [];
      };
      const question = { path: request.url ?? '', call, params, authorization: request.headers.authorization };
      asked.push(question);
      const honest = await honestly(node, question, post);
      const { status, bytes, headers } = (await running.lie?.(question, honest)) ?? honest;
      response.writeHead(status, headers ?? {});
      response.end(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    get lie() {
      return running.lie;
    },
    set lie(next: Lie | null) {
      running.lie = next;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
