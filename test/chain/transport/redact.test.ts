/** Secrets: struck out of all that comes back, found nowhere that is kept or printed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { REDACTED, Redactor, Secret } from '../../../src/chain/transport/redact.ts';
import type { SourceRequest } from '../../../src/chain/transport/request.ts';
import { SpoorError } from '../../../src/ledger/index.ts';
import { freshFolder, spoorAsync } from '../../support/cli.ts';
import { always, type Loopback, loopback, transportTo } from '../../support/loopback.ts';

/** Every character that some encoding changes. */
const KEY = 'Canary/5f0c+1d=9e & "x"';
const ADDRESS = '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw';

function redactorOf(...values: string[]): Redactor {
  const redactor = new Redactor();
  redactor.learn(values.map((value) => new Secret('header', 'x-key', value)));
  return redactor;
}

/** Forms in which a test looks for the key; written here apart from the code under test. */
function traces(key: string): string[] {
  const percent = [...Buffer.from(key)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return [
    key,
    encodeURIComponent(key),
    encodeURIComponent(key).toLowerCase(),
    encodeURIComponent(key).replaceAll('%20', '+'),
    Buffer.from(key).toString('base64'),
    Buffer.from(key).toString('base64url'),
    Buffer.from(key).toString('hex'),
    JSON.stringify(key).slice(1, -1),
    percent,
  ];
}

function assertClean(text: string | Buffer, where: string): void {
  for (const trace of traces(KEY)) assert.ok(!text.includes(trace), `${where} holds ${trace}`);
}

/** All a folder holds, bodies unzipped. */
function assertCleanFolder(folder: string): number {
  let files = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    assertClean(entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes, entry.name);
    assertClean(bytes, entry.name);
    assertClean(entry.name, 'a file name');
    files += 1;
  }
  return files;
}

/** Everything a request says, in every dress a server may give it. */
function echo(request: IncomingMessage): string {
  const said = [request.url ?? '', ...Object.values(request.headers).map(String)];
  const plain = said.flatMap((text) => [text, safeDecode(text), safeDecode(text).toLowerCase()]);
  return [
    ...plain,
    ...plain.map((text) => Buffer.from(text).toString('base64')),
    ...plain.map((text) => Buffer.from(`user:${text}`).toString('base64url')),
    ...plain.map((text) => Buffer.from(text).toString('hex')),
    JSON.stringify(plain),
    ...plain.map((text) => encodeURIComponent(text)),
  ].join('\n');
}

function safeDecode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'));
}

describe('chain/transport secrets', () => {
  it('a secret prints as nothing, however it is printed', () => {
    const secret = new Secret('header', 'x-key', KEY);
    for (const text of [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9 }),
      inspect(secret, { showHidden: true }),
    ]) {
      assertClean(text, 'print');
      assert.match(text, /\[secret\]/);
    }
    assert.equal(secret.reveal(), KEY);
  });

  it('too short a key, one with a line break, a header that is none: refused without repeating it', () => {
    for (const [name, value] of [
      ['x-key', 'short77'],
      ['x-key', 'long enough\r\nx-other: 1'],
      ['x-key', 'schlüssel-lang'],
      ['x key:', 'long enough'],
      ['', 'long enough'],
    ])
      assert.throws(
        () => new Secret('header', name, value),
        (error: SpoorError) => error.code === 'USAGE' && !error.message.includes(value),
      );
  });

  it('is struck out inside base64 at every alignment and length (seed printed on failure)', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\x20-\x7e]{8,40}$/),
        fc.uint8Array({ maxLength: 9 }),
        fc.uint8Array({ maxLength: 9 }),
        (key, before, after) => {
          const whole = Buffer.concat([before, Buffer.from(key), after]);
          const cleaned = redactorOf(key).text(`<${whole.toString('base64')}>`);
          assert.ok(cleaned.includes(REDACTED));
          // What is left decodes to less than the key: two bytes at an edge at most.
          assert.ok(
            cleaned.length <= `<${REDACTED}>`.length + Math.ceil(((before.length + after.length + 4) * 4) / 3) + 4,
          );
        },
      ),
      { seed: 20261124, numRuns: 300 },
    );
  });

  it('bytes and text lose the same, and what holds no secret is left as it is', () => {
    const redactor = redactorOf(KEY, 'second-key-99');
    const honest = Buffer.from([0, 1, 255, 254, 0x7b]);
    assert.deepEqual(redactor.bytes(honest), { bytes: honest, scrubbed: false });
    for (const trace of traces(KEY).slice(0, 8)) {
      const { bytes, scrubbed } = redactor.bytes(Buffer.from(`a ${trace} b ${trace}second-key-99`));
      assertClean(bytes, trace);
      assert.ok(scrubbed);
      assert.equal(redactor.text(`a ${trace} b ${trace}second-key-99`), bytes.toString());
    }
  });

  it('a Basic token hides a password, and a replaced secret stays secret', () => {
    const redactor = new Redactor();
    redactor.learn([new Secret('header', 'authorization', `Basic ${Buffer.from(`user:${KEY}`).toString('base64')}`)]);
    redactor.learn([new Secret('proxy', '', 'proxyuser:proxypassword')]);
    assertClean(redactor.text(`wrong password ${KEY} ${Buffer.from(`user:${KEY}`).toString('base64')}`), 'basic');
    assert.ok(!redactor.text('no proxypassword here').includes('proxypassword'));
    const error = redactor.error(new SpoorError('IO', KEY, { file: KEY, record: KEY }, KEY));
    assertClean(inspect(error, { depth: 9 }), 'error');
    assertClean(inspect(redactor.error(new TypeError(`bug with ${KEY}`)), { depth: 9 }), 'bug');
  });

  describe('over the wire', () => {
    let folder = '';
    let server: Loopback;
    const seen: string[] = [];
    before(async () => {
      folder = freshFolder();
      server = await loopback(always(200, ''));
    });
    after(() => server.close());

    const places = [
      ['header', ['--key-header', 'x-key'], ''],
      ['query', ['--key-query', 'apikey'], ''],
      ['path', ['--key-path'], '/v1/{key}'],
    ] as const;
    /** Every way a server may fail or lie, each of them repeating what it was told. */
    const behaviours: ReadonlyArray<readonly [string, (request: IncomingMessage, response: ServerResponse) => void]> = [
      [
        'an honest answer with an echo',
        (request, response) => {
          const isPage = (request.url ?? '').includes('/txs/');
          response.setHeader('etag', `"${safeHeader(echo(request))}"`);
          response.end(
            JSON.stringify(isPage ? [] : { address: ADDRESS, chain_stats: { tx_count: 0 }, you: echo(request) }),
          );
        },
      ],
      ['wrong JSON', (request, response) => void response.end(echo(request))],
      ['not found', (request, response) => void response.writeHead(404).end(echo(request))],
      ['refusal', (request, response) => void response.writeHead(401).end(echo(request))],
      ['forbidden', (request, response) => void response.writeHead(403).end(echo(request))],
      ['bad request', (request, response) => void response.writeHead(400).end(echo(request))],
      ['too large', (request, response) => void response.writeHead(413).end(echo(request))],
      ['too busy', (request, response) => void response.writeHead(429, { 'retry-after': '9999' }).end(echo(request))],
      [
        'redirect to a host named by the key',
        (request, response) => {
          const host = safeDecode(request.url ?? '')
            .replace(/[^a-zA-Z0-9]/g, '')
            .slice(0, 60);
          response
            .writeHead(302, {
              location: `http://${host}.example.org/?k=${encodeURIComponent(echo(request)).slice(0, 2000)}`,
            })
            .end();
        },
      ],
      [
        'redirect within, key and all',
        (request, response) => {
          if (request.url?.includes('moved')) response.writeHead(400).end(echo(request));
          else
            response
              .writeHead(302, { location: `${request.url}${request.url?.includes('?') ? '&' : '?'}moved=1` })
              .end();
        },
      ],
      ['hanging up', (request) => void request.socket.destroy()],
      ['nonsense for HTTP', (request) => void request.socket.end(`${request.url} ${request.headers['x-key']}\r\n\r\n`)],
    ];

    it('the command line, through all three places: no trace in cache, case, stdout, stderr', async () => {
      for (const [place, name] of [
        ['query', 'an honest answer with an echo'],
        ['query', 'redirect to a host named by the key'],
        ['header', 'refusal'],
        ['path', 'wrong JSON'],
      ]) {
        const [, options, path] = places.find(([one]) => one === place) ?? places[0];
        server.handler = (request, response) => {
          seen.push(String(request.headers['x-key'] ?? safeDecode(request.url ?? '')));
          (behaviours.find(([one]) => one === name) ?? behaviours[0])[1](request, response);
        };
        const args = [
          'fetch',
          ADDRESS,
          '--url',
          `${server.url}${path}`,
          '--cache',
          'cache',
          '--case',
          `${place}.spoor`,
        ];
        const env = { SPOOR_KEY: KEY };
        const { status, stdout, stderr } = await spoorAsync(folder, [...args, ...options, '--record'], env);
        assert.equal(status, name.startsWith('an honest') ? 0 : 7, stderr);
        assertClean(stdout, name);
        assertClean(stderr, name);
      }
      assert.ok(assertCleanFolder(folder) > 5);
      assert.ok(seen.length >= 4 && seen.every((text) => text.includes(KEY)), 'the key did go out');
    });

    it('the library, through all three places, with every failure: no trace in errors, answers, cache', async () => {
      for (const [place, , path] of places) {
        const secrets = [new Secret(place, place === 'header' ? 'x-key' : place === 'query' ? 'apikey' : '', KEY)];
        for (const [name, behaviour] of behaviours) {
          let told = '';
          server.handler = (request, response) => {
            told = safeDecode(`${request.url} ${request.headers['x-key'] ?? ''}`);
            behaviour(request, response);
          };
          const request: SourceRequest = {
            path: `/x/${encodeURIComponent(KEY)}`,
            query: { note: KEY },
            post: undefined,
            finality: 'tip',
            subject: null,
          };
          const transport = transportTo('', join(folder, 'library', `${place} ${name}`), {
            base: { url: server.url + path, secrets },
          });
          for (const one of [request, { ...request, post: `{"note":${JSON.stringify(KEY)}}` }]) {
            const outcome = await transport.ask(one).catch((error: Error) => error);
            assertClean(
              inspect(outcome instanceof Error ? outcome : outcome.bytes.toString('latin1'), {
                depth: 9,
                maxStringLength: null,
              }),
              `${place} ${name}`,
            );
          }
          assert.ok(told.includes(KEY));
        }
      }
      assert.ok(assertCleanFolder(join(folder, 'library')) > 10);
    });

    it('a struck-out body is said to be one in the manifest, and replays as it was kept', async () => {
      server.handler = (request, response) => void response.end(`you sent ${request.headers['x-key']}`);
      const cache = join(folder, 'said');
      const base = { url: server.url, secrets: [new Secret('header', 'x-key', KEY)] };
      const request: SourceRequest = { path: '/y', finality: 'tip', subject: null };
      const first = await transportTo('', cache, { base }).ask(request);
      assert.equal(first.bytes.toString(), 'you sent [secret]');
      assert.equal(JSON.parse(readFileSync(join(cache, 'manifest.jsonl'), 'utf8')).scrubbed, true);
      // Neither the name of a question nor its record depends on the key: a replay needs none.
      const again = await transportTo(server.url, cache, { mode: 'replay' }).ask(request);
      assert.deepEqual(again.bytes, first.bytes);
    });
  });
});

function safeHeader(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, ' ').slice(0, 4000);
}
