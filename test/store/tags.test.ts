/** Tags in a case: two clocks, retraction as a fact, and cases of before the tables had columns. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEFAULT_READING,
  importPacks,
  listTags,
  retractPack,
  tagsOf,
  verifyCase,
  withCase,
} from '../../src/case/index.ts';
import { tagProblems } from '../../src/case/tag/import.ts';
import { tagCsv, tagLine } from '../../src/cli/command-tag.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';
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

  it('lists replace each other: between two lists it is not known, and the order of import shows nowhere', () => {
    // A on the lists of 1 January and 1 March, not of 1 May; B on those of 1 March and 1 May only.
    const lists: [string, string][] = [
      ['2024-01-01', `${GENESIS}\n`],
      ['2024-03-01', `${GENESIS}\n${BLOCK_1}\n`],
      ['2024-05-01', `${BLOCK_1}\n\n`],
    ];
    const answers = [lists, lists.toReversed()].map((order, at) =>
      withCase(join(folder, `${at}.spoor`), { create: true }, (context) => {
        for (const [day, text] of order) {
          const name = `${day}.sanctioned_addresses_XBT.txt`;
          importPacks(context, [write(name, text)], { ...DEFAULT_READING, knownSince: new Map([['*', day]]) });
        }
        const stands = (subject: string, asOf: string, knownAt: string | null = null): string =>
          [...new Set(tagsOf(context, subject, { asOf, knownAt }).map(({ standing }) => standing))].sort().join();
        const days = ['2023-12-31', '2024-01-01', '2024-02-01', '2024-03-01', '2024-04-01', '2024-05-01'];
        return {
          a: days.map((day) => stands(GENESIS, day)),
          b: days.map((day) => stands(BLOCK_1, day)),
          // In April nobody knew yet that A would be gone in May.
          aThen: stands(GENESIS, '2024-04-01', '2024-04-01'),
          ok: tagProblems(context),
        };
      }),
    );
    assert.deepEqual(answers[0], {
      a: ['possible', 'holds', 'holds', 'holds', 'possible', ''],
      b: ['', '', 'possible', 'holds', 'holds', 'holds'],
      aThen: 'holds',
      ok: [],
    });
    assert.deepEqual(answers[1], answers[0]);
  });

  it('in a table a label cannot be a formula; a wrong EIP-55 checksum is noted and the account kept', () => {
    withCase(join(folder, 'c.spoor'), { create: true }, (context) => {
      // The right spelling of the pool's address begins 0xd4B88D; every letter turned is wrong.
      const turned = `0x${ETHER.slice(2, 6).toUpperCase()}${ETHER.slice(6)}`;
      const labels = ['=1+1', '+1', '-1', '@x', 'fine'].map((label) => `- {address: ${GENESIS}, label: "${label}"}`);
      const [{ notes }] = importPacks(context, [
        write('a.yaml', pack([...labels, `- {address: "${turned}", currency: ETH, network: ETH}`].join('\n'))),
      ]);
      assert.match(notes.join(), /wrong EIP-55 checksum were kept: 1 of 6/);
      const cells = tagCsv(listTags(context))
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(',')[3].replaceAll('"', ''));
      assert.deepEqual(cells.sort(), ["'+1", "'-1", "'=1+1", "'@x", 'L', 'fine']);
    });
  });

  itWithData('OFAC 2024 against 2026: what was taken off is answered by day', 'labels-ofac', () => {
    const names = ['sanctioned_addresses_ETH.txt', '2026-07-snapshot.sanctioned_addresses_ETH.txt'];
    const [before, after] = names.map((name) => {
      const lines = readFileSync(sharedData(`labels-ofac/${name}`), 'utf8').split('\n');
      return new Set(lines.map((line) => line.trim().toLowerCase()).filter((line) => line !== ''));
    });
    const gone = [...before].filter((address) => !after.has(address));
    const stayed = [...before].filter((address) => after.has(address));
    assert.ok(gone.length > 20 && stayed.length > 20);
    withCase(join(folder, 'c.spoor'), { create: true }, (context) => {
      const knownSince = new Map([
        ['sanctioned_*', '2024-09-27'],
        ['2026-07-snapshot.*', '2026-07-30'],
      ]);
      importPacks(
        context,
        names.map((name) => sharedData(`labels-ofac/${name}`)),
        { ...DEFAULT_READING, knownSince },
      );
      const on = (asOf: string, addresses: string[]): Set<string> =>
        new Set(addresses.map((address) => tagsOf(context, address, { asOf })[0]?.standing ?? 'not listed'));
      assert.deepEqual(on('2024-09-27', gone), new Set(['holds']));
      // Between the two lists it is known that they were taken off, and not when.
      assert.deepEqual(on('2025-01-01', gone), new Set(['possible']));
      const line = (asOf: string): string => tagLine(tagsOf(context, gone[0], { asOf })[0]);
      assert.deepEqual([/ {2}possible$/.test(line('2025-01-01')), /possible/.test(line('2024-09-27'))], [true, false]);
      assert.deepEqual(on('2026-07-30', gone), new Set(['not listed']));
      assert.deepEqual(on('2025-01-01', stayed), new Set(['holds']));
      assert.equal(tagsOf(context, gone[0], { asOf: '2025-01-01', knownAt: '2025-01-01' })[0].standing, 'holds');
    });
  });
});
