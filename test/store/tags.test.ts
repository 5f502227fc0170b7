/** Tags in a case: two clocks, retraction as a fact, and cases of before the tables had columns. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importPacks, listTags, retractPack, tagsOf, verifyCase, withCase } from '../../src/case/index.ts';
import { BLOCK_1, GENESIS, pack } from '../tag/support.ts';

const ETHER = '0xd4b88df4d29f5cedd6857912842cff3b20c8cfa3';

describe('tags of a case', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tags-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('a pack taken back is a fact with a day: known before it, not after; read again it holds anew', () => {
    withCase(join(folder, 'c.spoor'), { create: true }, (context) => {
      const path = write('a.yaml', pack(`- {address: ${GENESIS}, lastmod: 2020-05-01}\n- {address: ${BLOCK_1}}`));
      importPacks(context, [path]);
      assert.equal(retractPack(context, 'a.yaml', { day: '2021-01-01', reason: 'wrong', subject: null }).tags, 2);
      const count = (knownAt: string | null): number => tagsOf(context, GENESIS, { knownAt }).length;
      // Claimed 2020-05-01, taken back 2021-01-01: known on the days between, and on no other.
      assert.deepEqual(
        [count('2020-04-30'), count('2020-05-01'), count('2020-12-31'), count('2021-01-01'), count(null)],
        [0, 1, 1, 0, 0],
      );
      assert.deepEqual(listTags(context), []);
      importPacks(context, [path]);
      assert.equal(count(null), 1);
      assert.equal(verifyCase(context).checks.find(({ name }) => name.startsWith('tags are'))?.ok, true);
    });
  });

  it('one subject of a pack can be taken back alone', () => {
    withCase(join(folder, 'c.spoor'), { create: true }, (context) => {
      importPacks(context, [write('a.yaml', pack(`- address: ${GENESIS}\n- address: ${BLOCK_1}`))]);
      retractPack(context, 'a.yaml', { day: '2021-01-01', reason: null, subject: GENESIS });
      assert.deepEqual([tagsOf(context, GENESIS).length, tagsOf(context, BLOCK_1).length], [0, 1]);
      assert.throws(
        () => retractPack(context, 'a.yaml', { day: '2021-01-01', reason: null, subject: GENESIS }),
        /no tag of/,
      );
    });
  });

  it('other chains are kept: accounts in lower case, and text under its network', () => {
    withCase(join(folder, 'c.spoor'), { create: true }, (context) => {
      const tags = [
        `- {address: "0x${ETHER.slice(2).toUpperCase()}", currency: ETH, network: ETH}`,
        '- {address: Le3gXVa4SshHs3TmdrWNC434ceDQtsjMt8, currency: LTC, network: LTC}',
        '- {address: abc, currency: NOSUCH, network: ~}',
      ];
      const [{ notes }] = importPacks(context, [write('a.yaml', pack(tags.join('\n')))]);
      assert.ok(
        notes.some((note) => /nobody here knows.*NOSUCH 1/.test(note)),
        notes.join(),
      );
      assert.deepEqual(tagsOf(context, ETHER)[0].subject, { kind: 'account', account: ETHER });
      assert.deepEqual(tagsOf(context, 'Le3gXVa4SshHs3TmdrWNC434ceDQtsjMt8')[0].network, 'LTC');
      assert.deepEqual(tagsOf(context, 'abc', { network: 'NOSUCH' })[0].subject, { kind: 'other', text: 'abc' });
    });
  });
});
