/** The bundled theft from the Ronin bridge: its digest, and the figures that its README and the front page state. */
import assert from 'node:assert/strict';
import type { AccountTraceDocument } from '../../src/report/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { projectPath } from '../support/shared-data.ts';

const THEFT = '0xc28fad5e8d5e0ce6a2eaf67b6687be5d58113e16be590824d6cfa1a94467d0b7';

describe('the bundled Ronin facts', () => {
  const folder = freshFolder();

  it('have the digest that their README states, and trace to the second hop with books that add up', () => {
    const fed = spoor(folder, 'ingest', projectPath('samples/ronin/facts.jsonl'), '--quiet');
    assert.equal(fed.status, 0, fed.stderr);
    const info = spoor(folder, 'case', 'info');
    assert.match(info.stdout, /dc3b604fef587cfe8851702067d59eb0be901a1fccd8291c18b20deaf59e78e4/);
    const traced = spoor(folder, 'trace', '--seed', `RONIN=${THEFT}`, '--rule', 'haircut,fifo', '--json', '--quiet');
    assert.equal(traced.status, 0, traced.stderr);
    const document = JSON.parse(traced.stdout) as AccountTraceDocument;
    for (const { books } of document.rules) {
      const [{ seeded, held, fee, stopped, cut, burned, unresolved, convertedIn, convertedOut }] = books;
      assert.equal(seeded, '173600000000000000000000');
      const terms = [held, fee, stopped, cut, burned, unresolved, convertedOut].map(BigInt);
      assert.equal(
        BigInt(seeded) + BigInt(convertedIn),
        terms.reduce((sum, term) => sum + term, 0n),
      );
    }
    const second = document.rules[0].holdings.filter(({ hops }) => hops === 2);
    assert.ok(second.some(({ account }) => account === '0x002c93452d54B6d64bfA9879fCaB14a74f1BDD44'));
  });
});
