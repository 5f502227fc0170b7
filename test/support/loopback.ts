/** HTTP servers on loopback whose answers a test writes, and transports that ask them without waiting. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TransportOptions } from '../../src/chain/transport/options.ts';
import { Transport } from '../../src/chain/transport/transport.ts';

/** What a test makes of a request; `body` is what was posted. */
export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A running server. `handler` may be replaced at any time; `asked` are the addresses asked for, in order. */
export interface Loopback {
  readonly url: string;
  readonly port: number;
  readonly asked: string[];
  handler: Handler;
  close(): Promise<void>;
}

/** Starts a server on 127.0.0.1, encrypted when it is given a key and a certificate. */
export async function loopback(handler: Handler, tls?: { key: string; cert: string }): Promise<Loopback> {
  const asked: string[] = [];
  const running = { handler };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push(request.url ?? '');
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => running.handler(request, response, Buffer.concat(parts).toString('utf8')));
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    asked,
    get handler() {
      return running.handler;
    },
    set handler(next: Handler) {
      running.handler = next;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A handler that always answers so. */
export function always(status: number, body: string | Buffer, headers: Record<string, string> = {}): Handler {
  return (_, response) => void response.writeHead(status, headers).end(body);
}

/** A clock that stands still until someone sleeps, and notes how long they did. */
export class StillClock {
  ms = 1_700_000_000_000;
  readonly waits: number[] = [];
  chance = 0.5;

  nowMs(): number {
    return this.ms;
  }

  random(): number {
    return this.chance;
  }

  async sleep(ms: number): Promise<void> {
    this.waits.push(ms);
    this.ms += ms;
  }
}

/** A transport to a server with a still clock and no pace. */
export function transportTo(url: string, cacheFolder: string, more: Partial<TransportOptions> = {}): Transport {
  return new Transport({
    base: { url },
    cacheFolder,
    mode: 'live',
    perSecond: 100_000,
    clock: new StillClock(),
    ...more,
  });
}
