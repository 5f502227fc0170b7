/** Every transaction of the recorded folders through the store; counts from their PROVENANCE files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CaseDocument, caseInfo, ingestFiles, verifyCase, withCase } from '../../src/case/index.ts';
import { freshFolder } from '../support/cli.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';
import { year2009Lines } from '../support/year-2009.ts';

/** Reads files into a case in this process. */
function ingest(folder: string, file: string, paths: readonly string[]): void {
  withCase(join(folder, file), { create: true }, ({ store }) =>
    ingestFiles(store, paths, { format: 'auto', network: null }),
  );
}

/** What a case holds, after everything it claims was checked again. */
function verified(folder: string, file: string): CaseDocument {
  return withCase(join(folder, file), { create: false }, (context) => {
    const document = verifyCase(context);
    assert.ok(document.ok, JSON.stringify(document.checks));
    return caseInfo(context);
  });
}

describe('real data through the store', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
  });

  itWithData('esplora-fixtures: 123 distinct transactions, all re-hash', 'esplora-fixtures', () => {
    const files = readdirSync(sharedData('esplora-fixtures')).filter((name) => name.includes('.json'));
    ingest(
      folder,
      'e.spoor',
      files.map((name) => sharedData(`esplora-fixtures/${name}`)),
    );
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
          const path = join(base, block, name);
          const refused = name.endsWith('_None.json')
            ? { code: 'MALFORMED', hint: /getblock HASH 3/ }
            : name.startsWith('expected') && block === 'block_with_transactions'
              ? { code: 'NOT_ENRICHED', hint: /enrich/ }
              : null;
          if (refused === null) ingest(folder, 'b.spoor', [path]);
          else assert.throws(() => ingest(folder, 'b.spoor', [path]), refused);
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
      ingest(folder, '2009.spoor', [join(folder, '2009.jsonl')]);
      withCase(join(folder, '2009.spoor'), { create: false }, ({ view }) => {
        assert.equal(view.transactionCount(), 32_709);
        const spending = [...view.transactions()].map((tx) => view.frame(tx)).filter(({ coinbase }) => !coinbase);
        assert.equal(spending.length, 219);
        for (const { inputOutput, inputValueSat, outputValueSat } of spending) {
          assert.ok(
            inputOutput.every((output) => output >= 0),
            'every spend of the year is linked',
          );
          const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
          assert.ok(sum(outputValueSat) <= sum(inputValueSat));
        }
      });
      const raw = spawnSync('bunzip2', ['-c', sharedData('bitcoin-blocks/mainnet.blocks1-255.dat.bz2')], {
        maxBuffer: 2 ** 28,
      });
      if (raw.status !== 0) throw new Error('bunzip2 is needed to unpack the raw blocks');
      writeFileSync(join(folder, 'early.dat'), raw.stdout);
      ingest(folder, 'early.spoor', [join(folder, 'early.dat')]);
      const txidsUpTo255 = (file: string): string[] =>
        withCase(join(folder, file), { create: false }, (context) =>
          [...context.view.transactions()]
            .map((tx) => context.view.transaction(tx))
            .filter(({ height }) => height !== null && height >= 1 && height <= 255)
            .map(({ txid }) => txid)
            .sort(),
        );
      const early = txidsUpTo255('early.spoor');
      assert.equal(early.length, 262);
      assert.deepEqual(txidsUpTo255('2009.spoor'), early);
      assert.equal(verified(folder, 'early.spoor').verified, 262);
    },
  );
});
