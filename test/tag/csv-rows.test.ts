/** Tables read line by line against csv-parse over the whole text: where the first answers, both give the same rows on the same lines. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { csvTable, fullRows, plainRows } from '../../src/tag/csv-rows.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';

/** Whether the text was read line by line; fails when csv-parse reads it otherwise, or refuses it. */
function agree(text: string): boolean {
  const rows = plainRows(text);
  if (rows === null) return false;
  assert.deepEqual(rows, fullRows(text), JSON.stringify(text));
  return true;
}

describe('rows of tables', () => {
  for (const folder of ['labels-btc-curated', 'labels-eth-known'])
    itWithData(
      `the public tables of ${folder} are read alike, all but the one with carriage returns`,
      folder,
      function () {
        this.timeout(20_000);
        const names = readdirSync(sharedData(folder)).filter((name) => /\.csv(\.gz)?$/.test(name));
        const whole = names.filter((name) => {
          const bytes = readFileSync(sharedData(`${folder}/${name}`));
          const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
          return !agree(text.replace(/^[ \t]*"?#.*$/gm, ''));
        });
        assert.deepEqual(whole, folder === 'labels-eth-known' ? ['etherscan.csv'] : []);
      },
    );

  it('any text of commas, quotes, ends of lines and letters: read alike, or left to csv-parse', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      ' ',
      ',',
      ',',
      '\n',
      '\n',
      '"',
      '"a"',
      '""',
      '"a,b"',
      '\t',
      '\uFEFF',
      'é',
      '#',
      '\\',
    );
    let answered = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        if (agree(pieces.join(''))) answered += 1;
      }),
      { numRuns: 2000 },
    );
    assert.ok(answered > 700, `${answered} of 2000 were read line by line`);
  }).timeout(20_000);

  it('keeps the lines, blank ones and comments counted; a cell over two lines and a broken table go to csv-parse', () => {
    const { rows, comments } = csvTable('# a list\naddress,name\n\n1,"x, y"\n# b\n2,"z"\n', 't.csv');
    assert.deepEqual(comments, ['# a list', '# b']);
    assert.deepEqual(rows, [
      { line: 2, cells: ['address', 'name'] },
      { line: 4, cells: ['1', 'x, y'] },
      { line: 6, cells: ['2', 'z'] },
    ]);
    assert.deepEqual(csvTable('a,b\n1,"x\ny"\n', 't.csv').rows.at(1)?.cells, ['1', 'x\ny']);
    assert.throws(() => csvTable('a,b\n1,"x\n', 't.csv'), {
      code: 'TAGPACK_INVALID',
      message: /broken CSV: Quote Not Closed/,
    });
  });

  it('a row longer than the limit is refused, however it is written', () => {
    for (const row of [`1,${'x'.repeat(100_001)}`, `1,"${'x'.repeat(100_001)}"`])
      assert.throws(() => csvTable(`a,b\n${row}\n`, 't.csv'), { code: 'TAGPACK_INVALID', message: /Max Record Size/ });
  });
});
