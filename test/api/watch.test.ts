/** A service that looks at everything watched while it runs: money that comes is told once, also over a restart, and kept as an alert. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addWatch, ingestFiles, noteSeen, openState, watchSubject, withCase } from '../../src/case/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { cleanLines, ledgerFile, line, PEOPLE } from '../support/screening-chain.ts';
import { ask, quietOptions, withService } from '../support/service.ts';

interface AlertItem {
  readonly kind: string;
  readonly subject: string;
  readonly source: string;
}

describe('api: watching', () => {
  const folder = freshFolder();
  const file = join(folder, 'case.spoor');
  const told = join(folder, 'told.jsonl');
  const options = quietOptions(file, { watchSec: 0.1 });
  const fed = (name: string, lines: readonly string[]): void => {
    writeFileSync(join(folder, name), ledgerFile(lines));
    withCase(file, { create: true }, ({ store }) => {
      ingestFiles(store, [join(folder, name)], { format: 'auto', network: null, account: null });
    });
  };
  const alerts = async (port: number): Promise<readonly AlertItem[]> =>
    (JSON.parse((await ask(port, { path: '/v1/alerts' })).text) as { items: AlertItem[] }).items;
  const looks = (count: number) => new Promise((resolve) => setTimeout(resolve, 300 * count));
  const lines = (): string[] => (existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : []);

  it('an event that comes while the service runs makes one alert and is told once', async () => {
    fed('before.jsonl', cleanLines().slice(0, 3));
    const watch = withCase(file, { create: false }, (context) => {
      const state = openState(file, { exclusive: false });
      const channels = { webhook: null, mailFolder: null, linesFile: told };
      const subject = watchSubject(PEOPLE.deposit, context.network);
      const asked = { subject, flow: 'received', level: 'high', minSat: null, rescreen: false, channels } as const;
      const id = addWatch(state, asked, 1);
      noteSeen(context, state, id, asked);
      state.close();
      return id;
    });
    await withService(options, async ({ port }) => {
      await looks(1);
      assert.deepEqual(await alerts(port), []);
      fed('after.jsonl', cleanLines());
      for (let tries = 0; tries < 50 && (await alerts(port)).length === 0; tries += 1) await looks(1);
      await looks(2);
      const found = (await alerts(port)).map(({ kind, subject, source }) => [kind, subject, source]);
      assert.deepEqual(found, [['watch', PEOPLE.deposit, watch]]);
      assert.equal(lines().length, 1);
      const metrics = (await ask(port, { path: '/metrics' })).text;
      assert.match(metrics, /spoor_alerts_total\{kind="watch"\} 1\n/);
      const settings = JSON.parse((await ask(port, { path: '/v1/version' })).text) as {
        settings: { watch_sec: number };
      };
      assert.equal(settings.settings.watch_sec, 0.1);
    });
    await withService(options, async ({ port }) => {
      await looks(3);
      assert.deepEqual([(await alerts(port)).length, lines().length], [1, 1], 'nor again after a restart');
    });
  });

  it('without the option nothing is looked at', async () => {
    fed('more.jsonl', [line(9, 213, [], [{ valueSat: 5, address: PEOPLE.deposit }])]);
    await withService(quietOptions(file), async ({ port }) => {
      // The threads are up and answer: from here on a service that looks would have looked.
      for (let tries = 0; tries < 100 && (await ask(port, { path: '/v1/ready' })).status !== 200; tries += 1)
        await looks(1);
      await looks(5);
      assert.equal((await alerts(port)).length, 1);
    });
    await withService(options, async ({ port }) => {
      for (let tries = 0; tries < 50 && (await alerts(port)).length === 1; tries += 1) await looks(1);
      assert.equal((await alerts(port)).length, 2, 'it was there to be found');
    });
  });

  it('an interval, an age or a number of threads of 0 is refused, not taken for another', () => {
    // The missing file would end the command as well, and otherwise: none of these lets a service begin.
    for (const option of ['--watch', '--threads', '--max-data-age']) {
      const { status, stderr } = spoor(folder, 'serve', '--prices', 'none.csv', '--case', file, option, '0');
      assert.deepEqual([status, stderr.includes(`${option} is at least 1`)], [2, true], stderr);
    }
  });
});
