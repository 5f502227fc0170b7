/** Following live on the command line, killed and interrupted at random points: nothing whose answer was recorded is asked again. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importPacks, trace, verifyCase, withCase } from '../../src/case/index.ts';
import { freshFolder, type Outcome, spoorAsync } from '../support/cli.ts';
import type { EsploraServer } from '../support/esplora-server.ts';
import { books, PACKS, REQUEST, serveWannacry } from '../support/live-wannacry.ts';
import { Prng } from '../support/prng.ts';
import { projectPath } from '../support/shared-data.ts';

describe('following live, killed', () => {
  let folder = '';
  let server: EsploraServer;
  let offline = '';

  before(async () => {
    folder = freshFolder();
    ({ server, offline } = await serveWannacry(folder));
    withCase(join(folder, 'live.spoor'), { create: true }, (context) => importPacks(context, PACKS));
    const outcome = await spoorAsync(folder, ['fetch', 'tag:ransomware', ...common()]);
    assert.equal(outcome.status, 0, outcome.stderr);
  });
  after(() => server.close());
  afterEach(() => {
    server.mischief = null;
  });

  function common(): string[] {
    const cache = join(folder, 'cache');
    return ['--url', server.url, '--cache', cache, '--case', 'live.spoor', '--per-second', '1000'];
  }

  const FOLLOW = ['trace', '--seed', 'w=tag:ransomware', '--rule', 'fifo,haircut', '--follow', '--json'];

  /** Paths whose answers are in the cache. */
  function recorded(): Set<string> {
    const manifest = join(folder, 'cache', 'manifest.jsonl');
    const lines = existsSync(manifest) ? readFileSync(manifest, 'utf8').split('\n') : [];
    const urls = lines.flatMap((line) => {
      try {
        return [(JSON.parse(line) as { url: string }).url];
      } catch (error) {
        // The last line of a killed process may be cut.
        if (error instanceof SyntaxError) return [];
        throw error;
      }
    });
    return new Set(urls.map((url) => url.replace(server.url, '')));
  }

  /** Follows, and sends a signal when the server has seen so many requests; `late` waits so many milliseconds more. */
  function followUntil(requests: number, signal: 'SIGKILL' | 'SIGINT', lateMs: number): Promise<Outcome> {
    const args = [projectPath('dist/cli/main.js'), ...FOLLOW, ...common()];
    const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, NODE_OPTIONS: '' } });
    let left = requests;
    server.mischief = () => {
      left -= 1;
      if (left === 0) setTimeout(() => child.kill(signal), lateMs);
      return false;
    };
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
    return new Promise((resolve) =>
      child.on('close', (status) => {
        server.mischief = null;
        resolve({ status, ...text });
      }),
    );
  }

  it('five times kill -9 and two times Ctrl-C: no recorded answer is asked for again, and the end is that of the offline run', async () => {
    const seed = 20_170_803;
    const random = Prng.fromSeed(seed);
    for (let round = 0; round < 7; round += 1) {
      const signal = round % 3 === 2 ? 'SIGINT' : 'SIGKILL';
      const known = recorded();
      server.asked.length = 0;
      const outcome = await followUntil(1 + random.int(6), signal, random.int(4));
      const place = `seed ${seed}, round ${round}, ${signal}`;
      assert.equal(outcome.status, signal === 'SIGINT' ? 130 : null, `${place}: ${outcome.stderr}`);
      assert.equal(outcome.stdout, '', place);
      assert.deepEqual(
        server.asked.filter((path) => known.has(path)),
        [],
        place,
      );
    }
    const known = recorded();
    server.asked.length = 0;
    const last = await spoorAsync(folder, [...FOLLOW, ...common()]);
    assert.equal(last.status, 0, last.stderr);
    assert.deepEqual(
      server.asked.filter((path) => known.has(path)),
      [],
      `seed ${seed}, last`,
    );
    assert.equal(new Set(server.asked).size, server.asked.length);
    assert.equal(JSON.parse(last.stdout).follow.ended, 'nothing new');
    withCase(join(folder, 'live.spoor'), { create: false }, (context) => {
      assert.equal(books(trace(context, REQUEST)), offline);
      assert.ok(verifyCase(context).ok);
    });
    server.asked.length = 0;
    const again = await spoorAsync(folder, [...FOLLOW, ...common()]);
    assert.deepEqual([again.status, server.asked], [0, []]);
    const { rules, run } = JSON.parse(last.stdout);
    assert.deepEqual([JSON.parse(again.stdout).rules, JSON.parse(again.stdout).run.id], [rules, run.id]);
  });
});
