/** Both AccountViews through one suite. */
import { closeCase, SqliteAccountView } from '../../src/store/index.ts';
import { storeOf } from '../support/account-store.ts';
import { accountViewSuite } from '../support/account-view-suite.ts';
import { memoryAccountView } from '../support/memory-account-view.ts';

accountViewSuite('memory', (facts) => ({ view: memoryAccountView(facts), close: () => undefined }));

accountViewSuite('SQLite', (facts) => {
  const store = storeOf(facts);
  return { view: new SqliteAccountView(store), close: () => closeCase(store) };
});
