/** `spoor path` on the bundled case, held against a plain walk over the lines of its file; formats, bounds and refusals. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { findPaths, type PathRequest, withCase } from '../../src/case/index.ts';
import type { PathDocument } from '../../src/report/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { HITBTC, POLONIEX, type SampleLine, sampleLines, WALLET } from '../support/wannacry-lines.ts';

/** Smallest output and transactions of every way from the wallet to an address, by plain recursion; services are not passed. */
function waysTo(
  { lines, spender }: ReturnType<typeof sampleLines>,
  end: string,
): Array<{ bottleneck: number; txids: string[] }> {
  const ways: Array<{ bottleneck: number; txids: string[] }> = [];
  const walk = (from: string, bottleneck: number, txids: readonly string[]): void => {
    const next = spender.get(from);
    if (next === undefined) return;
    lines.get(next)?.outputs.forEach(({ valueSat, address }, vout) => {
      const way = { bottleneck: Math.min(bottleneck, Number(valueSat)), txids: [...txids, next] };
      if (address === end) ways.push(way);
      else if (![WALLET, HITBTC, POLONIEX].includes(address ?? '')) walk(`${next}:${vout}`, way.bottleneck, way.txids);
    });
  };
  for (const { txid, outputs } of lines.values())
    outputs.forEach(({ valueSat, address }, vout) => {
      if (address === WALLET) walk(`${txid}:${vout}`, Number(valueSat), []);
    });
  return ways;
}

describe('spoor path', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
    assert.equal(spoor(folder, 'demo', '--quiet').status, 0);
  });
  /** The verb in this process, as the command line calls it. */
  const paths = (to: string, asked: Partial<PathRequest>): PathDocument =>
    withCase(join(folder, 'case.spoor'), { create: false }, (context) =>
      findPaths(context, {
        from: WALLET,
        to,
        by: 'value',
        count: 400,
        maxHops: 12,
        maxTransactions: 10_000,
        window: null,
        stopAt: ['service', 'coinjoin'],
        ...asked,
      }),
    );

  it('from the wallet to HitBTC and Poloniex: the hops of the recorded lines, widest first', () => {
    const sample = sampleLines();
    for (const end of [HITBTC, POLONIEX]) {
      const ways = waysTo(sample, end).sort((a, b) => b.bottleneck - a.bottleneck || a.txids.length - b.txids.length);
      const document = paths(end, {});
      assert.equal(document.schema, 'spoor.path/1');
      assert.equal(document.paths.length, ways.length);
      document.paths.forEach(({ bottleneck, hops, steps }, index) => {
        assert.equal(bottleneck, String(ways[index].bottleneck));
        assert.equal(hops, ways[index].txids.length);
        for (const { txid, from, to } of steps) {
          const line = sample.lines.get(txid) as SampleLine;
          assert.ok(line.inputs.some(({ prevTxid, prevVout }) => `${prevTxid}:${prevVout}` === from.outpoint));
          const [made, vout] = to.outpoint.split(':') as [string, string];
          assert.equal(made, txid);
          assert.deepEqual(
            [line.outputs[Number(vout)].valueSat, line.outputs[Number(vout)].address],
            [to.value, to.address],
          );
        }
      });
    }
    const best = paths('tag:HitBtc.com', { count: 1 }).paths[0];
    assert.deepEqual(
      best.steps.map(({ txid }) => txid.slice(0, 8)),
      ['409803bb', '340b44c7', '21e8fd77', '131551e3'],
    );
  });

  it('by hops the fewest come first, by time the fastest; a window and a hop limit leave out what is outside', () => {
    const hops = paths(HITBTC, { by: 'hops' }).paths.map((path) => path.hops);
    assert.deepEqual(
      hops,
      [...hops].sort((a, b) => a - b),
    );
    const times = paths(HITBTC, { by: 'time' }).paths.map(({ elapsedSec }) => elapsedSec ?? Number.MAX_VALUE);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    const few = paths(HITBTC, { maxHops: hops[0] + 1 }).paths;
    assert.equal(few.length, hops.filter((count) => count <= hops[0] + 1).length);
    assert.ok(few.length < hops.length);
    const before = spoor(folder, 'path', WALLET, HITBTC, '--window', '..478994');
    assert.equal(before.status, 3);
    assert.match(before.stdout, /no path within these bounds/);
    assert.match(before.stdout, /window \.\.478994/);
  });

  it('a cluster stands for its addresses: from that of the wallet, which has no other, the same paths', () => {
    assert.equal(spoor(folder, 'cluster', 'run', '--quiet').status, 0);
    const cluster = spoor(folder, 'path', `cluster:${WALLET}`, HITBTC, '--count', '3', '--json');
    assert.equal(cluster.status, 0, cluster.stderr);
    const document = JSON.parse(cluster.stdout) as PathDocument;
    assert.equal(document.from.subject, `cluster:${WALLET}`);
    assert.deepEqual(document.paths, paths(HITBTC, { count: 3 }).paths);
  });

  it('prints text and CSV, and the same bytes again', () => {
    const text = spoor(folder, 'path', WALLET, 'tag:HitBtc.com', '--count', '2').stdout;
    assert.match(text, /1\. 4 transactions, at most 1\.99900000 BTC \(199900000 sat\)/);
    assert.match(text, /HitBtc\.com\]/);
    assert.equal(spoor(folder, 'path', WALLET, 'tag:HitBtc.com', '--count', '2', '--quiet').stdout, text);
    const json = spoor(folder, 'path', WALLET, HITBTC, '--count', '1', '--json').stdout;
    assert.deepEqual(JSON.parse(json), paths(HITBTC, { count: 1 }));
    const csv = spoor(folder, 'path', WALLET, HITBTC, '--count', '1', '--format', 'csv').stdout.trim().split('\n');
    assert.equal(csv.length, 5);
    assert.match(csv[0], /^path,hops,bottleneck_sat,/);
    assert.match(csv[4], /^1,4,199900000,\d+,4,131551e3/);
  });

  it('refuses what is wrong before it looks for the case', () => {
    const cases: Array<[number, RegExp, string[]]> = [
      [2, /character 34/, [`${WALLET.slice(0, -1)}x`, HITBTC]],
      [2, /--count is 0/, [WALLET, HITBTC, '--count', '0']],
      [2, /ends before it starts/, [WALLET, HITBTC, '--window', '9..3']],
      [3, /nothing in the case matches tag:nosuch/, [WALLET, 'tag:nosuch']],
    ];
    for (const [status, message, args] of cases) {
      const outcome = spoor(folder, 'path', ...args);
      assert.equal(outcome.status, status, outcome.stderr);
      assert.match(outcome.stderr, message);
      assert.equal(outcome.stdout, '');
    }
  });
});
