/** Whether a service says that it can screen exactly while it can: every check on both of its sides. */
import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Freshness } from '../../src/api/fresh.ts';
import { Pool } from '../../src/api/pool.ts';
import { type Readiness, readiness } from '../../src/api/ready.ts';
import { openScratchState } from '../../src/case/index.ts';
import { freshFolder } from '../support/cli.ts';
import { ask, demoCaseIn, FAKE_WORKER, quietOptions, withService } from '../support/service.ts';

/** What is amiss as the service says it: `check code` of each that does not hold, and the status it came with. */
async function amiss(port: number): Promise<readonly [number, readonly string[]]> {
  const { status, text, headers } = await ask(port, { path: '/v1/ready' });
  const { ready, checks } = JSON.parse(text) as Readiness;
  assert.equal(ready, status === 200);
  assert.equal(headers['retry-after'], ready ? undefined : '1');
  assert.deepEqual(
    checks.map(({ check }) => check),
    ['running', 'state', 'threads', 'case', 'data'],
  );
  for (const { ok, code } of checks) assert.equal(ok, code === null);
  return [status, checks.flatMap(({ check, ok, code }) => (ok ? [] : [`${check} ${code}`]))];
}

function setVersion(file: string, version: number): void {
  const db = new Database(file);
  db.pragma(`user_version = ${version}`);
  db.close();
}

function versionOf(file: string): number {
  const db = new Database(file);
  const version = db.pragma('user_version', { simple: true }) as number;
  db.close();
  return version;
}

/** Threads take a while to start. */
async function untilThreadsAnswer(port: number): Promise<void> {
  for (let tries = 0; tries < 30; tries += 1) {
    const { text } = await ask(port, { path: '/v1/ready' });
    if ((JSON.parse(text) as Readiness).checks.every(({ check, ok }) => check !== 'threads' || ok)) return;
  }
}

describe('api: readiness', () => {
  it('holds while both files are there and of its schema, and says which is not', async () => {
    const file = demoCaseIn(freshFolder());
    await withService(quietOptions(file), async ({ port }) => {
      await untilThreadsAnswer(port);
      assert.deepEqual(await amiss(port), [200, []]);
      for (const [name, check] of [
        [file, 'case'],
        [`${file}.state`, 'state'],
      ]) {
        const version = versionOf(name);
        setVersion(name, version + 1);
        assert.deepEqual(await amiss(port), [503, [`${check} CASE_NEWER`]], 'a newer program brought it further');
        setVersion(name, version);
        assert.deepEqual(await amiss(port), [200, []]);
      }
      renameSync(file, `${file}.away`);
      assert.deepEqual(await amiss(port), [503, ['case FILE_NOT_FOUND']]);
      writeFileSync(file, 'no case at all');
      assert.deepEqual(await amiss(port), [503, ['case CASE_UNREADABLE']]);
      assert.equal((await ask(port, { path: '/v1/health' })).status, 200, 'it lives all the same');
      rmSync(file);
      renameSync(`${file}.away`, file);
      assert.deepEqual(await amiss(port), [200, []]);
    });
  });

  it('does not hold on data too old to screen by', async () => {
    const options = quietOptions(demoCaseIn(freshFolder()), { maxAgeSec: 1 });
    await withService(options, async ({ port }) => {
      await untilThreadsAnswer(port);
      assert.deepEqual(await amiss(port), [503, ['data DATA_STALE']]);
    });
  });

  it('does not hold while no thread answers, nor on the way to the end', async () => {
    const options = quietOptions(demoCaseIn(freshFolder()), { workerFile: FAKE_WORKER });
    await withService(options, async ({ port }) => {
      await untilThreadsAnswer(port);
      assert.deepEqual(await amiss(port), [200, []]);
      const subject = { type: 'address', network: 'bitcoin', address: 'a' };
      const body = JSON.stringify({ subject, customer_ref: 'sleep 2600' });
      await ask(port, { method: 'POST', path: '/v1/screenings?wait_ms=0', body });
      assert.deepEqual(await amiss(port), [503, ['threads TIMED_OUT', 'case TIMED_OUT']]);
      await untilThreadsAnswer(port);
      assert.deepEqual(await amiss(port), [200, []], 'the thread is free again');
    });
    const prices = { files: [], price: 'middle' } as const;
    const limits = { threads: 0, maxWaiting: 1, maxWaitingOfOne: 1, jobTimeoutMs: 1000 };
    const pool = new Pool({ caseFile: '', rulesFile: null, prices, ...limits });
    await pool.close();
    const state = openScratchState();
    const fresh = new Freshness({ pool, nowMs: () => 0, maxAgeSec: null, tips: [] });
    const { ready, checks } = await readiness({ state, pool, fresh, isStopping: () => true });
    state.close();
    assert.deepEqual([ready, checks[0]], [false, { check: 'running', ok: false, code: 'BUSY' }]);
  });
});
