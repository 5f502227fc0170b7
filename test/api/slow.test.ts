/** Clients that hold connections: those that send slowly are cut in time, more than are allowed are turned away, and the others keep being served. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { freshFolder } from '../support/cli.ts';
import { ask, demoCaseIn, FAKE_WORKER, quietOptions, withService } from '../support/service.ts';

const TIMEOUT_MS = 500;
/** Node looks at what is under way at intervals; the service asks for ten in the time of a request. The rest is room for a busy machine. */
const CUT_MS = 3 * TIMEOUT_MS;
const DRIP_MS = 50;

interface Held {
  readonly socket: Socket;
  /** What came until the end, and when the end came. */
  readonly ended: Promise<{ readonly text: string; readonly afterMs: number }>;
}

/** Opens a connection, sends what stands at the beginning, then one more byte again and again. */
function drip(port: number, start: string, byte: string | null): Promise<Held> {
  return new Promise((resolve, reject) => {
    const since = performance.now();
    let text = '';
    const socket = connect(port, '127.0.0.1');
    const timer = byte === null ? null : setInterval(() => socket.writable && socket.write(byte), DRIP_MS);
    const ended = new Promise<{ text: string; afterMs: number }>((over) => {
      socket.on('close', () => {
        if (timer !== null) clearInterval(timer);
        over({ text, afterMs: performance.now() - since });
      });
    });
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    // Written to after the other side was done with it.
    socket.on('error', () => undefined);
    socket.once('error', reject);
    socket.once('connect', () => {
      if (start !== '') socket.write(start);
      resolve({ socket, ended });
    });
  });
}

describe('api: clients that hold connections', () => {
  const options = quietOptions(demoCaseIn(freshFolder()), { workerFile: FAKE_WORKER });

  it('a request that does not arrive whole in time is cut, wherever it stalls, and others are answered meanwhile', () =>
    withService({ ...options, requestTimeoutMs: TIMEOUT_MS }, async ({ port }) => {
      const host = `Host: 127.0.0.1:${port}\r\n`;
      const head = `POST /v1/screenings HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;
      const slow = await Promise.all([
        drip(port, '', null),
        drip(port, `GET /v1/health HTTP/1.1\r\n${host}X: `, 'a'),
        drip(port, `${head}Content-Length: 100000\r\n\r\n{`, ' '),
        drip(port, `${head}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'),
        ...Array.from({ length: 40 }, () => drip(port, 'GET /v1/health HTTP/1.1\r\nX: ', 'a')),
      ]);
      let answered = 0;
      const done = Promise.all(slow.map(({ ended }) => ended));
      let over = false;
      void done.then(() => {
        over = true;
      });
      while (!over) {
        assert.equal((await ask(port, { path: '/v1/health' })).status, 200);
        answered += 1;
      }
      assert.ok(answered > 3, `${answered} others were answered`);
      for (const { text, afterMs } of await done) {
        assert.ok(afterMs >= TIMEOUT_MS && afterMs < CUT_MS, `${afterMs} ms`);
        assert.match(text, /^HTTP\/1\.1 408 /);
      }
    }));

  it('connections above the cap are turned away; one that ends makes room', () =>
    withService({ ...options, maxConnections: 3 }, async ({ port }) => {
      const held = await Promise.all([drip(port, '', null), drip(port, '', null)]);
      assert.equal((await ask(port, { path: '/v1/health' })).status, 200, 'the third');
      const third = await drip(port, '', null);
      await assert.rejects(ask(port, { path: '/v1/health' }), { code: 'ECONNRESET' });
      third.socket.destroy();
      await third.ended;
      for (;;) {
        // The server sees the end of a connection a little later.
        const reply = await ask(port, { path: '/v1/health' }).catch(() => null);
        if (reply !== null) break;
      }
      for (const { socket } of held) socket.destroy();
    }));
});
