/** The service under load: a thousand connections without a lost or wrong answer, and a flood that keeps nobody else waiting. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createToken, openState } from '../../src/case/index.ts';
import { freshFolder } from '../support/cli.ts';
import { loadScreenings, quantile } from '../support/load.ts';
import { demoCaseIn, killLeft, startProcess } from '../support/service.ts';

describe('api: under load', () => {
  afterEach(killLeft);

  it('1,000 connections at once: every answer comes and is the right one', async () => {
    const running = await startProcess(demoCaseIn(freshFolder()), { threads: 1 });
    const outcome = await loadScreenings({ port: running.port, connections: 1000, seconds: 4, name: 'load' });
    assert.deepEqual([outcome.wrong, outcome.lost, outcome.limited], [0, 0, 0], outcome.problems.join());
    assert.ok(outcome.right >= 1000, `${outcome.right} answers`);
    assert.equal(await running.end('SIGTERM'), 0);
  });

  it('a flood above the limit gets 429, and another token is answered all the while', async () => {
    const file = demoCaseIn(freshFolder());
    const state = openState(file, { exclusive: false });
    const make = (): string =>
      createToken(
        state,
        { name: 'load', scopes: ['screen'], expiresSec: null },
        { nowSec: Math.floor(Date.now() / 1000), random: randomBytes },
      ).text;
    const [calm, wild] = [make(), make()];
    state.close();
    const running = await startProcess(file, { threads: 1, rate: { max: 100, windowMs: 60_000, addressMax: null } });
    const gentle = { port: running.port, connections: 2, seconds: 2, pauseMs: 100, token: calm };
    const before = await loadScreenings({ ...gentle, name: 'before' });
    const [during, flood] = await Promise.all([
      loadScreenings({ ...gentle, name: 'during' }),
      loadScreenings({ port: running.port, connections: 20, seconds: 2, pauseMs: 10, token: wild, name: 'flood' }),
    ]);
    assert.deepEqual(
      [before, during].map(({ wrong, lost, limited }) => [wrong, lost, limited]),
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    );
    assert.deepEqual([flood.right, flood.wrong, flood.lost], [100, 0, 0]);
    assert.ok(flood.limited > 0);
    assert.ok(during.right > 0);
    // How fast is for the bench page: client, flood and server share this machine with whatever else it does.
    const [calmMs, floodMs] = [before, during].map(({ latenciesMs }) => quantile(latenciesMs, 0.5).toFixed(1));
    process.stdout.write(`median of the other token: ${calmMs} ms before, ${floodMs} ms during the flood\n`);
    assert.equal(await running.end('SIGTERM'), 0);
  });
});
