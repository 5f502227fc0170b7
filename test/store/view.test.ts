/** Both LedgerViews through one suite. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ingestFiles } from '../../src/case/index.ts';
import { classifyScript, isProvablyUnspendable, subsidySat } from '../../src/chain/bitcoin/index.ts';
import { closeCase, openCase, SqliteView } from '../../src/store/index.ts';
import { freshFolder } from '../support/cli.ts';
import { esploraOf } from '../support/esplora.ts';
import { memoryView } from '../support/memory-view.ts';
import { ledgerViewSuite } from '../support/view-suite.ts';

const BASE_HEIGHT = 100;
let folder = '';
before(() => {
  folder = freshFolder();
});

ledgerViewSuite('memory', (chain) => ({ view: memoryView(chain), base: 0, close: () => undefined }));

ledgerViewSuite('SQLite', (chain, seed) => {
  const file = join(folder, `${seed}.json`);
  writeFileSync(file, JSON.stringify(esploraOf(chain, BASE_HEIGHT)));
  const store = openCase(join(folder, `${seed}.spoor`));
  ingestFiles(store, [file], { format: 'esplora', network: 'mainnet' });
  const view = new SqliteView(store, {
    classify: (script) => classifyScript(script, 'mainnet'),
    isUnspendable: isProvablyUnspendable,
    subsidySat: (height) => subsidySat(height, 'mainnet'),
  });
  return { view, base: BASE_HEIGHT, close: () => closeCase(store) };
});
