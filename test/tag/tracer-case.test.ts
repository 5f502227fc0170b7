/** Cases of TRacer as tags: sources to seed by name, targets to compare with; a wrong record is refused by itself. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { importPacks, listTags, parseAccountSeed, seedOver, withCase } from '../../src/case/index.ts';
import { checkAddress } from '../../src/chain/bitcoin/index.ts';
import { readTagFile, TagText, tagFormatOf } from '../../src/tag/index.ts';
import { freshFolder } from '../support/cli.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';

describe('cases of TRacer', () => {
  it('a record without an address is refused with its place, the others stand', () => {
    const text = JSON.stringify({
      name: 'A theft',
      net: 'eth',
      reporter: 'somebody',
      url: 'https://example.org',
      source: [{ address: `0x${'a'.repeat(40)}`, label: 'Hacker' }],
      target: [{ label: 'nothing' }, { address: `0x${'b'.repeat(40)}`, label: 'Exchange' }],
    });
    assert.equal(tagFormatOf(new TagText(text, 'case.json')), 'tracer-case');
    const { tags, refused } = readTagFile('tracer-case', new TagText(text, 'case.json'), {
      ...{ name: 'case.json', keepGoing: true, chains: 'all', knownSince: null, map: null },
      checkAddress: (address: string) => checkAddress(address).address,
    });
    assert.deepEqual(
      tags.map(({ label }) => label),
      ['A theft', 'A theft: Exchange'],
    );
    assert.equal(refused.length, 1);
  });

  itWithData('all 21 are read, and a case by its name is a seed', 'heist-labels-ethereum', () => {
    const folder = sharedData('heist-labels-ethereum/tracer-cases');
    const files = readdirSync(folder).map((name) => join(folder, name));
    assert.equal(files.length, 21);
    withCase(join(freshFolder(), 'heists.spoor'), { create: true }, (context) => {
      const outcomes = importPacks(context, files);
      assert.equal(outcomes.length, 21);
      const tags = listTags(context);
      // PROVENANCE.md: Upbit 1 -> 813 targets.
      assert.equal(tags.filter(({ label }) => label.startsWith('Upbit Hack: ')).length, 813);
      const { subjects } = seedOver(context, parseAccountSeed('U=tag:Upbit Hack'));
      assert.equal(subjects.length, 1);
    });
  });
});
