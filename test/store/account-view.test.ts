/** Every AccountView through one suite: in memory, over SQLite, and over SQLite read once. */
import { heldView } from '../../src/case/account/held.ts';
import { closeCase, SqliteAccountView } from '../../src/store/index.ts';
import { storeOf } from '../support/account-store.ts';
import { accountViewSuite } from '../support/account-view-suite.ts';
import { memoryAccountView } from '../support/memory-account-view.ts';

accountViewSuite('memory', (facts) => ({ view: memoryAccountView(facts), close: () => undefined }));

accountViewSuite('SQLite', (facts) => {
  const store = storeOf(facts);
  return { view: new SqliteAccountView(store), close: () => closeCase(store) };
});

accountViewSuite('SQLite read once', (facts) => {
  const store = storeOf(facts);
  return { view: heldView(new SqliteAccountView(store)), close: () => closeCase(store) };
});
