/** The cache folder: what its rows say, old rows, damage of every kind, several writers. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type RecordedAnswer, Recording } from '../../../src/chain/transport/recording.ts';
import { requestKey, requestUrl, type SourceRequest } from '../../../src/chain/transport/request.ts';
import { freshFolder } from '../../support/cli.ts';
import { always, type Loopback, loopback, transportTo } from '../../support/loopback.ts';
import { projectPath } from '../../support/shared-data.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function row(name: string): Omit<RecordedAnswer, 'body'> {
  return {
    key: sha256(name),
    method: 'GET',
    url: `https://example.org/${name}`,
    params: [],
    post: null,
    source: 'esplora example.org',
    status: 200,
    scrubbed: false,
    headers: {},
    finality: 'final',
    fetchedSec: 1_700_000_000,
    attempts: 1,
  };
}

describe('chain/transport recording', () => {
  let root = '';
  let folders = 0;
  const folder = (): string => {
    const path = join(root, `r${folders++}`);
    mkdirSync(path);
    return path;
  };
  const bodyFile = (path: string, text: string): string =>
    join(path, 'bodies', sha256(text).slice(0, 2), `${sha256(text)}.gz`);
  before(() => {
    root = freshFolder();
  });

  it('a row says who was asked what, how, when, with what outcome, and keeps the headers that matter', async () => {
    const server: Loopback = await loopback(
      always(200, '{"ok":1}', {
        'content-type': 'application/json',
        etag: '"e1"',
        'x-ratelimit-limit': '50',
        'set-cookie': 'session=1',
        server: 'nginx',
      }),
    );
    const path = folder();
    const request: SourceRequest = {
      path: '/a/b',
      query: { z: '1', a: '2' },
      post: '{"method":"m","id":0}',
      finality: 'final',
      subject: null,
    };
    await transportTo(`${server.url}/api`, path, { kind: 'core-rpc' }).ask(request);
    await server.close();
    const rows = readFileSync(join(path, 'manifest.jsonl'), 'utf8').trim().split('\n');
    assert.equal(rows.length, 1);
    const { headers, ...said } = JSON.parse(rows[0]);
    assert.deepEqual(said, {
      key: requestKey(requestUrl(new URL(`${server.url}/api`), request), request.post),
      method: 'POST',
      url: `${server.url}/api/a/b?a=2&z=1`,
      params: [
        ['a', '2'],
        ['z', '1'],
      ],
      post: '{"method":"m","id":0}',
      source: `core-rpc 127.0.0.1:${server.port}`,
      status: 200,
      scrubbed: false,
      finality: 'final',
      fetchedSec: 1_700_000_000,
      attempts: 1,
      body: sha256('{"ok":1}'),
    });
    assert.deepEqual(Object.keys(headers).sort(), ['content-type', 'date', 'etag', 'x-ratelimit-limit']);
  });

  it('the same body is one file with the same bytes whoever writes it and whenever', () => {
    const [one, two] = [folder(), folder()];
    new Recording(one).keep(row('a'), Buffer.from('text '.repeat(1000)));
    new Recording(two).keep(row('b'), Buffer.from('text '.repeat(1000)));
    const files = [one, two].map((path) => readFileSync(bodyFile(path, 'text '.repeat(1000))));
    assert.deepEqual(files[0], files[1]);
    // RFC 1952: no time (bytes 4 to 7), system unknown (byte 9).
    assert.deepEqual([...files[0].subarray(4, 8), files[0][9]], [0, 0, 0, 0, 255]);
    assert.equal(gunzipSync(files[0]).length, 5000);
  });

  it('rows of an older shape are read', () => {
    const path = folder();
    const old = {
      key: sha256('k'),
      url: 'https://example.org/x?b=1&a=2',
      status: 200,
      body: sha256('old'),
      finality: 'final',
      fetchedSec: 5,
    };
    mkdirSync(join(path, 'bodies', sha256('old').slice(0, 2)), { recursive: true });
    writeFileSync(bodyFile(path, 'old'), gzipSync('old'));
    writeFileSync(join(path, 'manifest.jsonl'), `${JSON.stringify(old)}\n`);
    const recording = new Recording(path);
    const found = recording.find(sha256('k'));
    assert.ok(found);
    assert.deepEqual(
      [found.method, found.post, found.source, found.attempts, found.params],
      [
        'GET',
        null,
        'example.org',
        1,
        [
          ['a', '2'],
          ['b', '1'],
        ],
      ],
    );
    assert.equal(recording.body(found).toString(), 'old');
  });

  it('half a line says nothing and swallows nothing that is written after it', () => {
    const path = folder();
    new Recording(path).keep(row('a'), Buffer.from('a'));
    const manifest = join(path, 'manifest.jsonl');
    const whole = readFileSync(manifest, 'utf8');
    for (let length = 1; length < whole.length; length += 7) {
      writeFileSync(manifest, whole + whole.slice(0, length));
      const recording = new Recording(path);
      assert.ok(recording.find(sha256('a')));
      recording.keep(row('b'), Buffer.from('b'));
      const again = new Recording(path);
      assert.equal(again.body(again.find(sha256('b')) as RecordedAnswer).toString(), 'b');
    }
  });

  it('lines that are none of ours, or that point outside the folder, say nothing', () => {
    const path = folder();
    const good = { ...row('a'), body: sha256('a') };
    for (const bad of [
      'null',
      '7',
      '[]',
      '{}',
      '{"key":',
      JSON.stringify({ ...good, body: `../../${'a'.repeat(58)}` }),
      JSON.stringify({ ...good, body: 5 }),
      JSON.stringify({ ...good, key: 'x' }),
      JSON.stringify({ ...good, url: 'nonsense' }),
      JSON.stringify({ ...good, status: '200' }),
      JSON.stringify({ ...good, finality: 'whenever' }),
      JSON.stringify({ ...good, fetchedSec: null }),
    ]) {
      writeFileSync(join(path, 'manifest.jsonl'), `${bad}\n`);
      assert.equal(new Recording(path).find(good.key), null, bad);
    }
  });

  it('a body that was cut short, altered or swapped is noticed; one that is gone is asked for again, and missed by a replay', async () => {
    const text = 'the body '.repeat(50);
    const server = await loopback(always(200, text));
    const path = folder();
    const request: SourceRequest = { path: '/x', finality: 'final', subject: null };
    await transportTo(server.url, path).ask(request);
    const file = bodyFile(path, text);
    const whole = readFileSync(file);
    const damage: Array<() => void> = [
      () => truncateSync(file, whole.length - 9),
      () => truncateSync(file, 0),
      () => writeFileSync(file, 'not gzip'),
      () => writeFileSync(file, gzipSync('another body')),
      // 300 MB of zeros in 300 kB.
      () => writeFileSync(file, Buffer.concat(Array(300).fill(gzipSync(Buffer.alloc(2 ** 20))))),
    ];
    for (const [index, spoil] of damage.entries()) {
      writeFileSync(file, whole);
      spoil();
      for (const mode of ['live', 'replay'] as const)
        await assert.rejects(
          transportTo(server.url, path, { mode }).ask(request),
          { code: 'IO', message: /changed/ },
          `${index}`,
        );
    }
    assert.equal(server.asked.length, 1);
    rmSync(file);
    await assert.rejects(transportTo(server.url, path, { mode: 'replay' }).ask(request), { code: 'IO' });
    assert.equal((await transportTo(server.url, path).ask(request)).bytes.toString(), text);
    assert.equal(server.asked.length, 2);
    await server.close();
  });

  it('four processes write one folder at once and nothing is lost or torn', async function () {
    this.timeout(60_000);
    const path = folder();
    const script = `
      import { Recording } from ${JSON.stringify(projectPath('src/chain/transport/recording.ts'))};
      import { createHash } from 'node:crypto';
      const recording = new Recording(process.argv[1]);
      const who = Number(process.argv[2]);
      for (let index = 0; index < 50; index += 1) {
        const name = 'w' + who + 'i' + index;
        const key = createHash('sha256').update(name).digest('hex');
        recording.keep({ ...${JSON.stringify(row('x'))}, key, url: 'https://example.org/' + 'long'.repeat(200) + name }, Buffer.from('shared body ' + (index % 10)));
      }`;
    const writers = [0, 1, 2, 3].map(
      (who) =>
        new Promise<number | null>((resolve) =>
          spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, path, String(who)], {
            cwd: projectPath('.'),
            stdio: ['ignore', 'ignore', 'inherit'],
          }).on('close', resolve),
        ),
    );
    assert.deepEqual(await Promise.all(writers), [0, 0, 0, 0]);
    const recording = new Recording(path);
    for (let who = 0; who < 4; who += 1) {
      for (let index = 0; index < 50; index += 1) {
        const found = recording.find(sha256(`w${who}i${index}`));
        assert.ok(found, `w${who}i${index}`);
        assert.equal(recording.body(found).toString(), `shared body ${index % 10}`);
      }
    }
    // A writer that looks while another is in the middle of its line puts a line break before its own: an empty line, which says nothing.
    const lines = readFileSync(join(path, 'manifest.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    assert.equal(new Set(lines.map((line) => JSON.parse(line).key)).size, 200);
    assert.equal(lines.length, 200);
    const left = readdirSync(join(path, 'bodies'), { recursive: true, encoding: 'utf8' });
    assert.ok(left.every((name) => !name.endsWith('.part')));
  });
});
