/** Help tells the truth: an example can be typed as it stands, and what is refused is said as it is. */
import assert from 'node:assert/strict';
import { parseCount } from '../../src/cli/io.ts';
import { freshFolder, spoor } from '../support/cli.ts';

const BULK = ['count', 'txids', 'graph', 'clusters', 'haircut', 'taint', 'trace'];

describe('help', () => {
  it('examples of bulk name bulk commands, and each its own', () => {
    const folder = freshFolder();
    for (const verb of BULK) {
      const { stdout, status } = spoor(folder, 'bulk', verb, '--help');
      assert.equal(status, 0);
      const [, examples = ''] = stdout.split('Examples:');
      const named = [...examples.matchAll(/^ {2}spoor (\w+) (\S+)/gm)].map(([, ...words]) => words);
      for (const words of named) assert.deepEqual(words, ['bulk', verb]);
    }
  });

  it('a count that is too long is called that', () => {
    assert.equal(parseCount('--count', '999999999'), 999_999_999);
    assert.throws(() => parseCount('--count', '1000000000'), /--count is a whole number of at most 9 digits/);
  });
});
