/** `spoor path` over accounts: the Bancor theft to its exchange, held against a plain walk over the lines of the file; refusals. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { AccountPathDocument } from '../../src/report/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';

const HUOBI = '0xf056f435ba0cc4fcd2f1b17e3766549ffc404b94';

interface Line {
  readonly hash: string;
  readonly from: string;
  readonly to: string;
  readonly wei: bigint;
  readonly block: number;
}

/** Ether moves of the file that did not fail, in order of blocks. */
function linesOf(file: string): Line[] {
  return gunzipSync(readFileSync(file))
    .toString('utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .filter(
      ([, from, to, wei, , , symbol, , failed]) => symbol === '' && Number(failed) === 0 && wei !== '0' && from !== to,
    )
    .map(([hash, from, to, wei, , block]) => ({ hash, from, to, wei: BigInt(wei), block: Number(block) }))
    .sort((a, b) => a.block - b.block);
}

/** Largest smallest amount that can have gone from an account to another: widths of what has arrived, in one pass. Two lines of one block are not joined. */
function widest(lines: readonly Line[], start: string, end: string): bigint {
  const width = new Map<string, { wei: bigint; block: number }[]>();
  for (const { from, to, wei, block } of lines) {
    if (to === start || from === end) continue;
    const arrived =
      from === start ? [wei] : (width.get(from) ?? []).filter((one) => one.block < block).map((one) => one.wei);
    if (arrived.length === 0) continue;
    const most = arrived.reduce((a, b) => (b > a ? b : a));
    width.set(to, [...(width.get(to) ?? []), { wei: most < wei ? most : wei, block }]);
  }
  return (width.get(end) ?? []).reduce((most, { wei }) => (wei > most ? wei : most), 0n);
}

describe('spoor path over accounts', () => {
  itWithData('Bancor: from the thief to Huobi 23, along lines of the file, the widest first', 'bancor-2018', () => {
    const folder = freshFolder();
    const file = sharedData('bancor-2018/all-tx.csv.gz');
    const names = readFileSync(sharedData('bancor-2018/all-address.csv'), 'utf8').split('\n');
    const thief = names.find((line) => line.toLowerCase().startsWith('0x8ddfdf60'))?.split(',')[0] ?? '';
    assert.equal(spoor(folder, 'ingest', '--quiet', file).status, 0);
    const asked = spoor(folder, 'path', thief, HUOBI, '--json', '--quiet');
    assert.equal(asked.status, 0, asked.stderr);
    const document = JSON.parse(asked.stdout) as AccountPathDocument;
    assert.deepEqual([document.schema, document.run.chain, document.paths.length], ['spoor.path/1', 'ethereum', 5]);
    assert.equal(document.explored.cutShort, false);
    const lines = linesOf(file);
    assert.equal(document.paths[0].bottleneck, String(widest(lines, thief.toLowerCase(), HUOBI)));
    for (const { steps, bottleneck, hops } of document.paths) {
      assert.equal(steps.length, hops);
      assert.equal(steps[0].from.toLowerCase(), thief.toLowerCase());
      assert.equal(steps[hops - 1].to.toLowerCase(), HUOBI);
      steps.forEach(({ transaction, from, to, amount, height, asset }, index) => {
        const line = lines.find(({ hash }) => hash === transaction);
        assert.deepEqual(
          [from.toLowerCase(), to.toLowerCase(), amount, height, asset],
          [line?.from, line?.to, String(line?.wei), line?.block, 'native'],
        );
        if (index === 0) return;
        assert.equal(from, steps[index - 1].to);
        assert.ok((height ?? 0) >= (steps[index - 1].height ?? 0));
      });
      const least = steps.map(({ amount }) => BigInt(amount)).reduce((a, b) => (b < a ? b : a));
      assert.equal(bottleneck, String(least));
    }
    const text = spoor(folder, 'path', thief, HUOBI, '--count', '1', '--quiet').stdout;
    assert.match(text, /Path 1: \d+ moves, at most [\d.]+ ETH/);
    const csv = spoor(folder, 'path', thief, HUOBI, '--format', 'csv', '--count', '1', '--quiet')
      .stdout.trim()
      .split('\n');
    assert.equal(csv.length, 1 + document.paths[0].hops);
    const none = spoor(folder, 'path', HUOBI, thief, '--quiet');
    assert.equal(none.status, 3, none.stdout);
  });

  it('refuses what is of the other chain, by name', () => {
    const folder = freshFolder();
    const [a, b] = [`0x${'a'.repeat(40)}`, `0x${'b'.repeat(40)}`];
    const refused = (...args: string[]): string => {
      const { status, stderr } = spoor(folder, 'path', ...args, '--quiet');
      assert.equal(status, 2, stderr);
      return stderr;
    };
    assert.match(refused(a, b, '--stop-at', 'coinjoin'), /--stop-at over accounts knows .*not "coinjoin"/);
    assert.match(refused(a, '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw'), /"12t9YD.*" is not on Ethereum/);
    assert.match(refused(a, b, '--chain', 'bitcoin'), /--chain bitcoin/);
    assert.match(refused('tag:x', 'tag:y', '--stop-at', 'mixer'), /--stop-at knows service, coinjoin/);
    assert.match(refused(a, `0x${'1'.repeat(64)}`), /is a transaction/);
    assert.match(refused(`${a}/native`, `${b}/${b}`), /a path is of one asset/);
  });
});
