/** Every transaction of the recorded folders through the command line; counts from their PROVENANCE files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder, spoor } from '../support/cli.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';
import { year2009Lines } from '../support/year-2009.ts';

function verified(folder: string, file: string): { transactions: number; verified: number; blocks: number } {
  const verify = spoor(folder, 'case', 'verify', '--case', file);
  assert.equal(verify.status, 0, verify.stdout);
  return JSON.parse(spoor(folder, 'case', 'info', '--json', '--case', file).stdout);
}

describe('real data through the store', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
  });

  itWithData('esplora-fixtures: 123 distinct transactions, all re-hash', 'esplora-fixtures', () => {
    const files = readdirSync(sharedData('esplora-fixtures')).filter((name) => name.includes('.json'));
    const outcome = spoor(
      folder,
      'ingest',
      ...files.map((name) => sharedData(`esplora-fixtures/${name}`)),
      '--case',
      'e.spoor',
    );
    assert.equal(outcome.status, 0, outcome.stderr);
    // 7 single ones of the first repository, 50 of the genesis address, 32 + 34 of hodlhodl, and the Tx0; the second copy of the mix is the same.
    const info = verified(folder, 'e.spoor');
    assert.deepEqual([info.transactions, info.verified], [7 + 50 + 32 + 34, 7 + 50 + 32 + 34]);
  });

  itWithData(
    'bitcoin-etl-blocks: node answers come in, a raw export is refused with the reason, the enriched rows agree',
    'bitcoin-etl-blocks',
    () => {
      const base = sharedData('bitcoin-etl-blocks');
      for (const block of readdirSync(base).filter((name) => !name.includes('.'))) {
        for (const name of readdirSync(join(base, block))) {
          if (!/rpc_response_get(block|rawtransaction)_|expected_transactions/.test(name)) continue;
          const outcome = spoor(folder, 'ingest', join(base, block, name), '--case', 'b.spoor');
          const refused = name.endsWith('_None.json')
            ? /getblock HASH 3/
            : name.startsWith('expected') && block === 'block_with_transactions'
              ? /enrich/
              : null;
          assert.equal(outcome.status, refused === null ? 0 : 7, outcome.stderr);
          if (refused !== null) assert.match(outcome.stderr, refused);
        }
      }
      // Blocks 0, 1, 50000, 50001 (3 transactions), 50002, and the three transactions that 50001 spends.
      const info = verified(folder, 'b.spoor');
      assert.deepEqual([info.transactions, info.verified, info.blocks], [10, 10, 5]);
    },
  );

  itWithData(
    '2009 whole: 32,709 transactions, 219 spends conserve; blocks 1 to 255 of it equal the raw blocks',
    'bitcoin-2009-complete',
    () => {
      writeFileSync(join(folder, '2009.jsonl'), year2009Lines().join('\n'));
      const outcome = spoor(folder, 'ingest', '2009.jsonl', '--case', '2009.spoor');
      assert.equal(outcome.status, 0, outcome.stderr);
      assert.equal(verified(folder, '2009.spoor').transactions, 32_709);
      const raw = spawnSync('bunzip2', ['-c', sharedData('bitcoin-blocks/mainnet.blocks1-255.dat.bz2')], {
        maxBuffer: 2 ** 28,
      });
      if (raw.status !== 0) throw new Error('bunzip2 is needed to unpack the raw blocks');
      writeFileSync(join(folder, 'early.dat'), raw.stdout);
      assert.equal(spoor(folder, 'ingest', 'early.dat', '--case', 'early.spoor').status, 0);
      const txidsUpTo255 = (file: string): string[] =>
        spoor(folder, 'case', 'export', '--case', file)
          .stdout.split('\n')
          .filter((line) => line.startsWith('{"txid"'))
          .map((line) => JSON.parse(line) as { txid: string; height: number })
          .filter(({ height }) => height >= 1 && height <= 255)
          .map(({ txid }) => txid)
          .sort();
      const early = txidsUpTo255('early.spoor');
      assert.equal(early.length, 262);
      assert.deepEqual(txidsUpTo255('2009.spoor'), early);
      assert.equal(verified(folder, 'early.spoor').verified, 262);
    },
  );
});
