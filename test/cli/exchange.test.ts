/** `report` for other programs over accounts, on the bundled Ronin theft; arrivals are counted from the report's own table, amounts known from the chain. */
import assert from 'node:assert/strict';
import { freshFolder, spoor } from '../support/cli.ts';
import { projectPath } from '../support/shared-data.ts';

const THEFT = '0xc28fad5e8d5e0ce6a2eaf67b6687be5d58113e16be590824d6cfa1a94467d0b7';
const THIEF = '0x098B716B8Aaf21512996dC57EB0615e2383E2f96';
/** 173,600 ether, by samples/ronin/README.md. */
const STOLEN_WEI = `1736${'0'.repeat(20)}`;

describe('reports of accounts for other programs', () => {
  it('say every arrival once, the stolen ether to the wei, and every account by its checksum', () => {
    const folder = freshFolder();
    assert.equal(spoor(folder, 'ingest', '--quiet', projectPath('samples/ronin/facts.jsonl')).status, 0);
    const traced = spoor(folder, 'trace', '--quiet', '--seed', `RONIN=${THEFT}`, '--rule', 'haircut,fifo');
    assert.equal(traced.status, 0);
    const report = (format: string): string => spoor(folder, 'report', '--quiet', '--format', format).stdout;
    const { hops }: { hops: Array<{ to: string; amount: string; transaction: string }> } = JSON.parse(report('json'));

    const graphml = report('graphml');
    assert.equal(graphml.split('<edge ').length - 1, hops.length);
    const amounts = [...graphml.matchAll(/key="edge-amount">(\d+)</g)].map(([, amount]) => amount);
    assert.deepEqual(
      amounts,
      hops.map(({ amount }) => amount),
    );
    const seed = new RegExp(`target="place:${THIEF}">\\s*<data key="edge-payment">seed</data>(?:\\s*<data[^\\n]*)*`);
    assert.match(seed.exec(graphml)?.[0] ?? '', new RegExp(`edge-amount">${STOLEN_WEI}<`));
    assert.match(graphml, /seeded 173600000000000000000000,/);

    const wallets = (JSON.parse(report('stix')).objects as Array<{ type: string; value: string }>).filter(
      ({ type }) => type === 'cryptocurrency-wallet',
    );
    for (const { to } of hops) assert.ok(wallets.some(({ value }) => value === to));

    const { Event: event } = JSON.parse(report('misp'));
    const transactions = event.Object.filter(({ name }: { name: string }) => name === 'cryptocurrency-transaction');
    assert.equal(transactions.length, new Set(hops.map(({ transaction }) => transaction)).size);
    assert.match(JSON.stringify(event), new RegExp(`"${STOLEN_WEI} base units of ETH; taint by haircut ${STOLEN_WEI}`));
  });
});
