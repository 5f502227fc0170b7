/** Days by the calendar of ISO 8601, and which tag a repeat is a repeat of. */
import assert from 'node:assert/strict';
import { SpoorError } from '../../src/ledger/index.ts';
import { dayOf } from '../../src/tag/text.ts';
import { BLOCK_1, GENESIS, pack, parse } from './support.ts';

describe('days and repeats of tags', () => {
  it('a day is one of the Gregorian calendar: 2000 and 2024 have a 29th of February, 1900 and 2023 have none', () => {
    const isDay = (text: string): boolean => {
      try {
        return dayOf('lastmod', text) === text.slice(0, 10);
      } catch (error) {
        assert.ok(error instanceof SpoorError && error.place.field === 'lastmod', text);
        return false;
      }
    };
    const days = ['2000-02-29', '2024-02-29', '1999-12-31', '2021-04-30', '2021-01-31 12:18:52'];
    const none = ['1900-02-29', '2023-02-29', '2021-04-31', '2021-11-31', '2021-00-10', '2021-13-01', '2021-01-00'];
    assert.deepEqual(
      days.filter((text) => !isDay(text)),
      [],
    );
    assert.deepEqual([...none, '2021-1-1', '20210101', ''].filter(isDay), []);
  });

  it('the third of three equal tags repeats the first; another claim about the same address repeats none', () => {
    const tags = [GENESIS, GENESIS, BLOCK_1, GENESIS, GENESIS].map((address, at) =>
      at === 3 ? `- {address: ${address}, label: other}` : `- {address: ${address}}`,
    );
    const refused: string[] = [];
    const { tags: kept } = parse(pack(tags.join('\n')), { onBadTag: (error) => void refused.push(error.message) });
    assert.deepEqual(
      kept.map(({ index }) => index),
      [0, 2, 3],
    );
    assert.deepEqual(
      refused.map((message) => /tags\[\d\]/.exec(message)?.[0]),
      ['tags[0]', 'tags[0]'],
    );
  });
});
