/** `spoor cluster activity` as a user runs it, over the bundled case. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder, spoor } from '../support/cli.ts';

const WALLET = '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw';

describe('spoor cluster activity', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
    assert.equal(spoor(folder, 'demo', '--quiet').status, 0);
  });

  it('table, document and picture say the same, and that they attribute nothing', () => {
    const ask = ['cluster', 'activity', WALLET, '--offset', '+03:00', '--offset=-05:00'];
    const { stdout, status } = spoor(folder, ...ask, '--window', 'outbreak=2017-05-12..2017-05-19');
    assert.equal(status, 0);
    const document = JSON.parse(spoor(folder, ...ask, '--svg', 'activity.svg', '--json').stdout);
    assert.equal(document.schema, 'spoor.activity/1');
    assert.deepEqual(
      document.clocks.map(({ offset }: { offset: string }) => offset),
      ['+00:00', '+03:00', '-05:00'],
    );
    const plain = stdout.replace(/\s+/g, ' ');
    assert.ok(plain.includes(document.claim) && document.claim.includes('makes none by itself'), stdout);
    assert.ok(stdout.includes(`${document.receipts} receipts, ${document.spends} spends`));
    assert.ok(stdout.includes('window outbreak:'));
    const [{ receipts }] = document.clocks;
    assert.match(stdout, new RegExp(`14:00 +${receipts.hours[14]} +0`));
    const svg = readFileSync(join(folder, 'activity.svg'), 'utf8');
    // Three clocks, two rows each, 24 hours and seven weekdays.
    assert.equal(svg.match(/<rect class="bar"/g)?.length, 3 * 2 * 31);
    for (const text of ['receipts, UTC+03:00', 'spends, UTC-05:00', 'makes none by itself']) {
      assert.ok(svg.includes(text), text);
    }
    const heights = [...svg.matchAll(/<rect class="bar"[^>]*><title>(\d+)<\/title>/g)].map(([, count]) =>
      Number(count),
    );
    assert.deepEqual(heights.slice(0, 31), [...receipts.hours, ...receipts.weekdays]);
  });

  it('refuses bad options with 2 and what the case lacks with 3', () => {
    for (const bad of [
      [WALLET, '--offset', '3'],
      [WALLET, '--window', 'soon'],
      [WALLET, '--burst-least', '1'],
      [WALLET, '--dormant-days', 'many'],
    ]) {
      assert.equal(spoor(folder, 'cluster', 'activity', ...bad).status, 2, bad.join(' '));
    }
    assert.equal(spoor(folder, 'cluster', 'activity', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa').status, 3);
  });
});
