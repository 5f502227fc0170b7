/** Data that are too old to screen by: refused on one side of the boundary, answered on the other, by a clock the test moves. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Freshness } from '../../src/api/fresh.ts';
import type { JobAnswer } from '../../src/api/job.ts';
import { ingestFiles, rollback, withCase } from '../../src/case/index.ts';
import { freshFolder } from '../support/cli.ts';
import { cleanLines, DEPOSIT, ledgerFile, line, lineTxid, PEOPLE } from '../support/screening-chain.ts';
import { ask, codeOf, quietOptions, type Reply, withService } from '../support/service.ts';

/** The last of the clean lines is of block 212, whose time is 1,600,000,000 + 212 * 600. */
const TIP_SEC = 1_600_127_200;
const MAX_AGE_SEC = 3600;
const { deposit, miner } = PEOPLE;

describe('api: data too old to screen by', () => {
  const folder = freshFolder();
  const fed = (file: string, name: string, text: string): void => {
    const source = join(folder, name);
    writeFileSync(source, text);
    withCase(file, { create: true }, ({ store }) => {
      ingestFiles(store, [source], { format: 'auto', network: null, account: null });
    });
  };
  const caseOf = (name: string, lines: readonly string[]): string => {
    const file = join(folder, `${name}.spoor`);
    fed(file, `${name}.jsonl`, ledgerFile(lines));
    return file;
  };
  const body = (network = 'bitcoin', address: string = deposit): unknown => ({
    subject: { type: 'address', network, address },
  });
  const post = (port: number, sent: unknown, headers: Record<string, string> = {}, path = '/v1/screenings') =>
    ask(port, { method: 'POST', path: `${path}?wait_ms=10000`, body: JSON.stringify(sent), headers });
  const health = async (port: number): Promise<string> =>
    (JSON.parse((await ask(port, { path: '/v1/health' })).text) as { status: string }).status;
  const dataOf = (reply: Reply): unknown => (JSON.parse(reply.text) as { age: unknown }).age;

  it('at the age allowed a screening is answered, a second later refused until the case is fed; reads go on and tell the age', async () => {
    const file = caseOf('both', cleanLines());
    const clock = { sec: TIP_SEC + MAX_AGE_SEC };
    const options = quietOptions(file, { maxAgeSec: MAX_AGE_SEC, nowMs: () => clock.sec * 1000 });
    await withService(options, async ({ port }) => {
      const key = { 'idempotency-key': 'before' };
      const answered = await post(port, body(), key);
      assert.equal(answered.status, 200, answered.text);
      assert.equal(await health(port), 'ok');
      clock.sec += 1;
      assert.equal(await health(port), 'stale');
      for (const refused of [
        await post(port, body()),
        await post(port, { requests: [body(), body()] }, {}, '/v1/screenings/batch'),
      ]) {
        assert.deepEqual([refused.status, codeOf(refused), refused.headers['retry-after']], [503, 'DATA_STALE', '60']);
        assert.match(String(refused.headers['content-type']), /^application\/problem\+json/);
        assert.match(refused.text, /latest block of bitcoin in the case is 3601 s old; .* at most 3600 s/);
      }
      assert.equal((await post(port, body(), key)).text, answered.text, 'what was answered is given again');
      const list = JSON.parse((await ask(port, { path: '/v1/screenings' })).text) as { items: unknown[] };
      assert.equal(list.items.length, 1, 'nothing that was refused is kept');
      const tags = await ask(port, { path: `/v1/tags?subject=${deposit}` });
      assert.deepEqual([tags.status, tags.headers['spoor-data-age']], [200, 'bitcoin=3601']);
      const data = await ask(port, { path: '/v1/data' });
      const tip_at = new Date(TIP_SEC * 1000).toISOString();
      const chains = [{ network: 'bitcoin', tip_at, age_sec: MAX_AGE_SEC + 1, stale: true }];
      assert.deepEqual([data.status, dataOf(data)], [200, { max_sec: MAX_AGE_SEC, chains }]);
      // One block more, ten minutes younger, fed by another process: answered again without a restart.
      fed(file, 'more.jsonl', ledgerFile([line(9, 213, [], [{ valueSat: 5, address: miner }])]));
      assert.equal((await post(port, body())).status, 200);
      assert.equal(await health(port), 'ok');
    });
  });

  it('after a spell in which nobody asked, the first question is judged by the case as it is: a rollback makes it older', async () => {
    const file = caseOf('rolled', cleanLines());
    const clock = { ms: TIP_SEC * 1000 };
    const options = quietOptions(file, { maxAgeSec: MAX_AGE_SEC, nowMs: () => clock.ms });
    await withService(options, async ({ port }) => {
      assert.equal((await post(port, body())).status, 200);
      // Below 201 of the clean lines there is block 100 only: a hundred blocks of ten minutes older than what was remembered.
      withCase(file, { create: false }, (context) => void rollback(context, 201));
      clock.ms += 1000;
      const first = await post(port, body());
      assert.deepEqual([first.status, codeOf(first)], [503, 'DATA_STALE']);
    });
  });

  it('data of which no thread tells the age are not screened by', async () => {
    const clock = { ms: 1000 };
    const tips = [{ chain: 'bitcoin', tipSec: 1 }] as const;
    let answer: JobAnswer | null = null;
    const pool = { ask: async () => answer };
    const fresh = new Freshness({ pool, nowMs: () => clock.ms, maxAgeSec: 100, tips });
    await fresh.lookOrRefuse(['bitcoin']);
    clock.ms += 999;
    await fresh.lookOrRefuse(['bitcoin']);
    clock.ms += 1;
    await assert.rejects(fresh.lookOrRefuse(['bitcoin']), { code: 'BUSY' });
    answer = { ok: false, code: 'LOCKED', message: '', place: {}, hint: null, unexpected: null };
    await assert.rejects(fresh.lookOrRefuse(['bitcoin']), { code: 'BUSY' });
    assert.equal(fresh.age()?.chains[0].age_sec, 1, 'as last seen');
    answer = { ok: true, text: '[{"chain":"bitcoin","tipSec":2}]', alerts: [] };
    await fresh.lookOrRefuse(['bitcoin']);
    assert.equal(fresh.age()?.chains[0].age_sec, 0);
  });

  it('a chain of which the case holds nothing, or whose tip has no time, is never young; other chains are', async () => {
    const clock = () => TIP_SEC * 1000;
    const limited = (file: string) => quietOptions(file, { maxAgeSec: MAX_AGE_SEC, nowMs: clock });
    const account = `0x${'1'.repeat(40)}`;
    await withService(limited(caseOf('one', cleanLines())), async ({ port }) => {
      assert.equal((await post(port, body())).status, 200);
      const other = await post(port, body('ethereum', account));
      assert.deepEqual([other.status, codeOf(other)], [503, 'DATA_STALE']);
      assert.match(other.text, /does not tell the time of the highest block of ethereum/);
    });
    const untimed = cleanLines().map((text) => text.replace(/"timestampSec":\d+,/, ''));
    await withService(limited(caseOf('untimed', untimed)), async ({ port }) => {
      assert.equal((await post(port, body())).status, 503);
      assert.equal(await health(port), 'stale');
    });
    // Some sources tell when they first saw a transaction in place of the time of its block.
    const seen = cleanLines().map((text) => text.replace('"timestampSec"', '"seenSec"'));
    await withService(limited(caseOf('seen', seen)), async ({ port }) => {
      assert.equal((await post(port, body())).status, 200);
    });
    const block = { number: 7, hash: `0x${'7'.repeat(64)}`, timestampSec: TIP_SEC - MAX_AGE_SEC };
    const file = caseOf('two', cleanLines());
    fed(file, 'accounts.jsonl', `{"schema":"spoor.accounts/1","chainId":1}\n${JSON.stringify({ block })}\n`);
    await withService(limited(file), async ({ port }) => {
      assert.equal((await post(port, body('ethereum', account))).status, 200);
      const tags = await ask(port, { path: `/v1/tags?subject=${deposit}` });
      assert.equal(tags.headers['spoor-data-age'], 'bitcoin=0, ethereum=3600');
    });
  });

  it('without the option no age is too old, and the data still tell it', async () => {
    const file = caseOf('free', cleanLines());
    const nowMs = () => (TIP_SEC + 1_000_000_000) * 1000;
    await withService(quietOptions(file, { nowMs }), async ({ port }) => {
      assert.equal((await post(port, { subject: { type: 'transfer', txid: lineTxid(DEPOSIT), vout: 0 } })).status, 200);
      assert.equal(await health(port), 'ok');
      const tip_at = new Date(TIP_SEC * 1000).toISOString();
      const chains = [{ network: 'bitcoin', tip_at, age_sec: 1_000_000_000, stale: null }];
      assert.deepEqual(dataOf(await ask(port, { path: '/v1/data' })), { max_sec: null, chains });
      const tags = await ask(port, { path: `/v1/tags?subject=${deposit}` });
      assert.equal(tags.headers['spoor-data-age'], undefined);
    });
  });
});
