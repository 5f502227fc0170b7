/** Hostile requests, row by row of the hostile-input table that concerns the service. Each test ends with a service that still answers. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import Fastify from 'fastify';
import type { App } from '../../src/api/app.ts';
import { addAnswerHeaders, BODY_LIMIT } from '../../src/api/server.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { Prng } from '../support/prng.ts';
import { ask, codeOf, demoCaseIn, FAKE_WORKER, quietOptions, withService } from '../support/service.ts';
import { projectPath } from '../support/shared-data.ts';

const FINE = JSON.stringify({ subject: { type: 'address', network: 'bitcoin', address: 'a' } });

describe('api: hostile requests', () => {
  const file = demoCaseIn(freshFolder());
  const inService = (work: (port: number) => Promise<void>): Promise<void> =>
    withService(quietOptions(file, { workerFile: FAKE_WORKER }), async ({ port }) => {
      await work(port);
      assert.equal((await post(port, FINE)).status, 200, 'it still answers');
    });
  const post = (port: number, body: string, path = '/v1/screenings') => ask(port, { method: 'POST', path, body });

  it('bodies above 1 MB are refused, and so is one that says less than it sends', () =>
    inService(async (port) => {
      const at = JSON.stringify({
        subject: { type: 'address', network: 'bitcoin', address: 'a' },
        ref: 'x'.repeat(BODY_LIMIT),
      });
      const over = await post(port, at);
      assert.deepEqual([over.status, codeOf(over)], [413, 'TOO_LARGE']);
      const answer = await raw(
        port,
        `POST /v1/screenings HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${'ffff\r\n'.concat('x'.repeat(0xffff), '\r\n').repeat(20)}`,
      );
      assert.match(answer, /^HTTP\/1\.1 413 /);
    }));

  it('keys that reach a prototype are refused wherever they stand, unknown ones too', () =>
    inService(async (port) => {
      const subject = '{"type":"address","network":"bitcoin","address":"a"}';
      for (const body of [
        `{"__proto__":{"admin":true},"subject":${subject}}`,
        `{"subject":${subject},"constructor":{"prototype":{"admin":true}}}`,
        `{"subject":{"__proto__":{"x":1},"type":"address","network":"bitcoin","address":"a"}}`,
        `{"subject":${subject},"\\u005f_proto__":{"admin":true}}`,
        `{"subject":${subject},"prototype":{}}`,
        `{"subject":${subject},"toString":1}`,
        `{"subject":${subject},"surprise":1}`,
        `{"requests":[{"__proto__":null,"subject":${subject}}]}`,
      ]) {
        for (const path of ['/v1/screenings', '/v1/screenings/batch']) {
          assert.equal((await post(port, body, path)).status, 400, `${path} ${body}`);
        }
      }
      assert.equal((await ask(port, { path: '/v1/alerts?__proto__=1' })).status, 400);
      assert.equal((await ask(port, { path: '/v1/alerts?constructor=1' })).status, 400);
      assert.equal(({} as { admin?: boolean }).admin, undefined);
    }));

  it('what is no JSON, too deep, or of another type is refused with one form of problem', () =>
    inService(async (port) => {
      for (const body of [
        '',
        '{',
        'null',
        '[]',
        '"x"',
        '1e999',
        '['.repeat(100_000),
        `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
        '{"subject":[]}',
        '{"subject":{"type":"address","network":"bitcoin","address":{"$ne":null}}}',
        '{"subject":{"type":"transfer","txid":"a","vout":1e400}}',
        '{"subject":{"type":"transfer","txid":"a","vout":-1}}',
      ]) {
        const reply = await post(port, body);
        assert.equal(reply.status, 400, body.slice(0, 40));
        assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
        const problem = JSON.parse(reply.text) as Record<string, unknown>;
        for (const member of ['type', 'title', 'status', 'detail', 'code', 'request_id'])
          assert.ok(member in problem, member);
      }
    }));

  it('SQL in every field finds nothing and changes nothing (fuzz, seed 7)', () =>
    inService(async (port) => {
      const prng = Prng.fromSeed(7);
      const parts = [
        "'",
        '"',
        ';',
        '--',
        '/*',
        '*/',
        ' OR 1=1',
        ' UNION SELECT sha256 FROM token',
        '); DROP TABLE alert;',
        '%',
        '_',
        '\\',
        '\u0000',
        '`',
        '||',
        'x',
      ];
      const some = (): string =>
        Array.from({ length: 1 + prng.between(0, 5) }, () => parts[prng.between(0, parts.length - 1)]).join('');
      for (let turn = 0; turn < 20; turn += 1) {
        const bad = some();
        const encoded = encodeURIComponent(bad);
        for (const path of [
          `/v1/screenings/${encoded}`,
          `/v1/alerts/${encoded}`,
          `/v1/alerts?state=${encoded}`,
          `/v1/alerts?kind=${encoded}`,
          `/v1/screenings?cursor=${encoded}`,
        ]) {
          const { status, text } = await ask(port, { path });
          assert.ok(status === 400 || status === 404 || text.includes('"items":[]'), `${status} ${path}`);
        }
        const sent = await post(
          port,
          JSON.stringify({ subject: { type: 'address', network: 'bitcoin', address: bad } }),
        );
        assert.equal((JSON.parse(sent.text) as { screening: { echo: string } }).screening.echo, bad, 'text is text');
      }
      assert.equal((await ask(port, { path: '/v1/alerts' })).status, 200);
    }));

  it('no file is named by a client: paths that climb find nothing', () =>
    inService(async (port) => {
      const before = readdirSync(dirname(file)).sort();
      for (const path of [
        '/../etc/passwd',
        '/v1/../../etc/passwd',
        '/%2e%2e/%2e%2e/etc/passwd',
        '/v1/traces/..%2f..%2fetc%2fpasswd',
        '/v1/traces/%2e%2e',
        '/v1/screenings/..%5c..%5cx',
        '/v1/alerts/%00',
        '/v1/tags?subject=../../etc/passwd',
        '/v1/tags?subject=file:///etc/passwd',
        '//etc/passwd',
        '/v1/traces/%ff',
        '/openapi.json/../../package.json',
      ]) {
        const { status, text } = await ask(port, { path });
        assert.ok(status === 400 || status === 404, `${status} ${path}`);
        assert.ok(!text.includes('root:'));
      }
      assert.deepEqual(readdirSync(dirname(file)).sort(), before);
    }));

  it('long texts are refused before any pattern sees them: no request costs more than its length (ReDoS)', () =>
    inService(async (port) => {
      const long = 'a'.repeat(12_000);
      const started = performance.now();
      for (const path of [
        `/v1/screenings/scr_${long}`,
        `/v1/alerts?kind=${long}`,
        `/v1/tags?subject=${long}!`,
        `/v1/screenings?cursor=${long}`,
        `/v1/traces/${long}`,
      ]) {
        const { status } = await ask(port, { path });
        assert.ok([400, 404, 414].includes(status), `${status}`);
      }
      const heads: Record<string, string>[] = [
        { authorization: `Bearer ${long}` },
        { authorization: ` ${' '.repeat(5000)}x` },
        { 'idempotency-key': long },
      ];
      for (const headers of heads) {
        const { status } = await ask(port, { method: 'POST', path: '/v1/screenings', body: FINE, headers });
        assert.ok([200, 400, 401].includes(status), `${status}`);
      }
      // 50 ms each on a quiet machine; ten times that where others share it.
      assert.ok(performance.now() - started < 8 * 500);
      const head = await raw(
        port,
        `GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`,
      );
      assert.match(head, /^HTTP\/1\.1 (400|431) /);
    }));

  it('what is no HTTP, or asks two things at once, gets one refusal and the end of the connection', () =>
    inService(async (port) => {
      const own = `127.0.0.1:${port}`;
      for (const text of [
        'nonsense\r\n\r\n',
        `GET /v1/health HTTP/1.1\r\n\r\n`,
        `GET http://evil.example/v1/health HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
        `POST /v1/screenings HTTP/1.1\r\nHost: ${own}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        `GET /v1/health HTTP/1.1\r\nHost: ${own}\r\nContent-Length: -1\r\n\r\n`,
      ]) {
        assert.match(await raw(port, text), /^HTTP\/1\.1 (400|421) /, text.split('\r\n')[0]);
      }
    }));

  it('the log holds no token, no subject, no reference and no key (canary), and says which request failed', async () => {
    const folder = freshFolder();
    const own = demoCaseIn(folder);
    const token = spoor(folder, 'token', 'create', 'canary', '--scope', 'admin', '--case', own).stdout.trim();
    // The secret itself may hold underscores: all behind the second one of the token is the secret.
    const secret = /^spoor_[^_]+_(.{20,})$/.exec(token)?.[1];
    assert.ok(secret !== undefined, token);
    const child = spawn(
      process.execPath,
      [projectPath('dist/cli/main.js'), 'serve', '--port', '0', '--case', own, '--log-level', 'debug'],
      { env: { ...process.env, NODE_OPTIONS: '' } },
    );
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const url = await new Promise<string>((resolve) =>
      child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim())),
    );
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const port = Number(new URL(url).port);
    const address = '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw';
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': 'canary-key-4711' };
    const body = JSON.stringify({
      subject: { type: 'address', network: 'bitcoin', address },
      customer_ref: 'canary-customer',
    });
    await ask(port, { method: 'POST', path: '/v1/screenings', body, headers });
    await ask(port, { path: `/v1/tags?subject=${address}`, headers });
    await ask(port, { path: `/v1/screenings/${address}`, headers });
    await ask(port, { path: '/v1/version', headers: { authorization: `Bearer ${token}x` } });
    const refused = await ask(port, { method: 'POST', path: '/v1/screenings', body: '{', headers });
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
    assert.ok(log.includes((JSON.parse(refused.text) as { request_id: string }).request_id));
    for (const canary of [token, secret, address, 'canary-customer', 'canary-key'])
      assert.ok(!log.includes(canary), `the log holds ${canary}`);
    for (const name of ['case.spoor', 'case.spoor.state', 'case.spoor.state-wal'])
      if (existsSync(join(folder, name))) assert.ok(!readFileSync(join(folder, name)).includes(secret), name);
  });

  it('a route on its way out says since when, until when and where to read on', async () => {
    const app = Fastify() as unknown as App;
    addAnswerHeaders(app, {});
    const deprecation = { sinceSec: 1_688_169_599, sunsetSec: 1_719_791_999, link: 'https://docs.example/v2' };
    app.get('/old', { config: { deprecation } }, async () => ({}));
    const { headers } = await app.inject('/old');
    await app.close();
    // RFC 9745, section 2.1, example: @1688169599 is Friday, June 30, 2023 at 23:59:59 UTC.
    assert.equal(headers.deprecation, '@1688169599');
    assert.equal(headers.sunset, 'Sun, 30 Jun 2024 23:59:59 GMT');
    assert.equal(headers.link, '<https://docs.example/v2>; rel="deprecation"');
  });
});

/** Sends bytes and gives what came back before the end, or within a second. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    const done = (): void => {
      socket.destroy();
      resolve(got);
    };
    socket.setEncoding('utf8').on('data', (part: string) => (got += part));
    socket.on('close', done);
    socket.on('error', done);
    setTimeout(done, 1500).unref();
  });
}
