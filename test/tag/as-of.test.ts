/** The two clocks of a tag at equal instants, against a table by hand. A day counts from its first moment: `from` a day on includes that day. */
import assert from 'node:assert/strict';
import { standingOf, type TagDays, type TagWindow } from '../../src/tag/index.ts';

const OPEN: TagWindow = {
  ...{ maybeFrom: null, validFrom: null, maybeTo: null, validTo: null },
  ...{ validToKnown: null, knownSince: null, retracted: null },
};
const [D1, D2, D3, D4, D5, D6] = ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-06'];

type Row = readonly [what: string, tag: Partial<TagWindow>, days: TagDays, expected: ReturnType<typeof standingOf>];

const EXACT = { validFrom: D2, validTo: D4 };
/** On the lists of D2 and D3; not on those of D1 and D5; the one of D5 became known on D5. */
const LISTED = { maybeFrom: D1, validFrom: D2, maybeTo: D3, validTo: D5, validToKnown: D5, knownSince: D2 };

const ROWS: readonly Row[] = [
  ['the day before it begins', EXACT, { asOf: D1 }, null],
  ['its first day', EXACT, { asOf: D2 }, 'holds'],
  ['the day before it ends', EXACT, { asOf: D3 }, 'holds'],
  ['the first day on which it holds no more', EXACT, { asOf: D4 }, null],
  ['without a day asked about, also after its end', EXACT, {}, 'holds'],
  ['no bounds stated', {}, { asOf: D1 }, 'holds'],
  ['the day before it is known', { knownSince: D3 }, { knownAt: D2 }, null],
  ['the day since which it is known', { knownSince: D3 }, { knownAt: D3 }, 'holds'],
  ['known since nobody says when', {}, { knownAt: D3 }, null],
  ['the same, such claims asked for', {}, { knownAt: D3, unstated: 'include' }, 'holds'],
  [
    'it held before it was known, asked with what was known later',
    { ...EXACT, knownSince: D5 },
    { asOf: D2, knownAt: D5 },
    'holds',
  ],
  ['the same, asked with what was known then', { ...EXACT, knownSince: D5 }, { asOf: D2, knownAt: D2 }, null],
  ['the day before it is taken back', { knownSince: D1, retracted: D3 }, { knownAt: D2 }, 'holds'],
  ['the day on which it is taken back', { knownSince: D1, retracted: D3 }, { knownAt: D3 }, null],
  ['taken back, with all that is known now', { knownSince: D1, retracted: D3 }, { asOf: D2 }, null],
  [
    'taken back on the day since which it is known: never known',
    { knownSince: D3, retracted: D3 },
    { knownAt: D3 },
    null,
  ],
  ['on the day of the list before its first one', LISTED, { asOf: D1 }, null],
  ['on its first list', LISTED, { asOf: D2 }, 'holds'],
  ['on its last list', LISTED, { asOf: D3 }, 'holds'],
  ['between its last list and the next', LISTED, { asOf: D4 }, 'possible'],
  ['on the day of the list it is gone from', LISTED, { asOf: D5 }, null],
  ['after it', LISTED, { asOf: D6 }, null],
  ['between, the day before the next list is known', LISTED, { asOf: D4, knownAt: D4 }, 'holds'],
  ['between, on the day the next list is known', LISTED, { asOf: D4, knownAt: D5 }, 'possible'],
  ['gone, asked with what was known the day before', LISTED, { asOf: D5, knownAt: D4 }, 'holds'],
  ['gone, asked on that day', LISTED, { asOf: D5, knownAt: D5 }, null],
  ['first list only two days after an earlier list: between', { ...LISTED, validFrom: D3 }, { asOf: D2 }, 'possible'],
];

describe('two clocks of a tag', () => {
  for (const [what, tag, days, expected] of ROWS)
    it(what, () => {
      assert.equal(standingOf({ ...OPEN, ...tag }, days), expected);
    });
});
