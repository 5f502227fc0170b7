/** `cluster` and `rank` over accounts, on the theft from Bancor: figures by a separate count of the file. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AccountClusterDocument, AccountClusteringDocument, AccountLinkRow } from '../../src/report/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';

/** Huobi 23 and Huobi 14: the account pays both, and no one else. */
const HUOBI = ['0xf056f435ba0cc4fcd2f1b17e3766549ffc404b94', '0x5861b8446a2f6e19a067874c133f04c578928727'];
const TRANSIT_2 = '0xd294ac18b524ff59ab7fffcbd459f11128220550';

describe('clusters and ranks of accounts', () => {
  itWithData(
    'the last laundering account is a deposit address of Huobi, joined with who paid it',
    'bancor-2018',
    () => {
      const folder = freshFolder();
      const file = sharedData('bancor-2018/all-tx.csv.gz');
      const tags = HUOBI.map(
        (address) =>
          `  - {address: "${address}", label: Huobi, actor: huobi, source: "https://xblock.pro", currency: ETH, category: exchange, confidence: forensic}`,
      );
      const pack = ['title: Huobi', 'creator: test', 'tags:', ...tags];
      writeFileSync(join(folder, 'huobi.yaml'), `${pack.join('\n')}\n`);
      assert.equal(spoor(folder, 'ingest', file, '--quiet').status, 0);
      assert.equal(spoor(folder, 'tag', 'import', 'huobi.yaml', '--quiet').status, 0);
      const json = (...args: string[]): unknown => {
        const { status, stdout, stderr } = spoor(folder, ...args, '--json', '--quiet');
        assert.equal(status, 0, stderr);
        return JSON.parse(stdout);
      };
      const { deposits, clusters } = json('cluster', 'run', '--chain', 'ethereum') as AccountClusteringDocument;
      const own = deposits.find(({ address }) => address.toLowerCase() === TRANSIT_2);
      // Counted here from the file: ether that went from the account to Huobi, each line once.
      const rows = new Set(gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n').slice(1));
      const forwards = [...rows]
        .map((line) => line.split(','))
        .filter(
          ([, from, to, value, , , symbol]) =>
            from === TRANSIT_2 && HUOBI.includes(to) && symbol === '' && value !== '0',
        ).length;
      assert.equal(own?.forwards, forwards);
      assert.equal(own?.exchange, 'huobi');
      assert.ok(clusters.length > 0);

      const shown = json('cluster', 'show', TRANSIT_2) as AccountClusterDocument;
      assert.equal(shown.schema, 'spoor.cluster/1');
      assert.equal(shown.size, 1 + (own?.users.length ?? 0));
      assert.ok(!shown.addresses.some((address) => HUOBI.includes(address.toLowerCase())), 'never the exchange');
      const links = json('cluster', 'explain', TRANSIT_2, own?.users[0] ?? '') as AccountLinkRow[];
      assert.deepEqual(
        links.map(({ heuristic, strength }) => [heuristic, strength]),
        [['deposit-reuse', 'strong']],
      );
      const { status } = spoor(folder, 'cluster', 'explain', TRANSIT_2, HUOBI[0]);
      assert.equal(status, 3);

      const { ranked, claim } = json('rank', TRANSIT_2, '--count', '5') as {
        ranked: Array<{ score: string; account: string }>;
        claim: string;
      };
      const scores = ranked.map(({ score }) => Number(score));
      assert.deepEqual(
        scores,
        [...scores].sort((a, b) => b - a),
      );
      assert.ok(ranked.some(({ account }) => account.toLowerCase() === TRANSIT_2));
      assert.match(claim, /no amount/);
      assert.equal(spoor(folder, 'rank', `${TRANSIT_2}/native`).status, 2);
      // A tag starts from every account it names: the same order as from both by hand, and another than from one.
      const order = (...sources: string[]): unknown =>
        (json('rank', ...sources, '--count', '20') as { ranked: unknown }).ranked;
      assert.deepEqual(order('tag:huobi'), order(...[...HUOBI].sort()));
      assert.notDeepEqual(order('tag:huobi'), order(HUOBI[0]));
      assert.equal(spoor(folder, 'rank', 'tag:nobody').status, 3);
      assert.equal(spoor(folder, 'cluster', 'run', '--chain', 'ethereum', '--change', 'x').status, 2);
    },
  );
});
