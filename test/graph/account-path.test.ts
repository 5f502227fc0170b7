/** The k best paths between accounts against enumeration on random histories, by hand on a small one, and their bounds. */
import assert from 'node:assert/strict';
import { type AccountPathQuestion, accountPaths, PATH_ORDERS } from '../../src/graph/index.ts';
import {
  type AccountFrame,
  type AccountId,
  type AccountView,
  accountId,
  assetId,
  NATIVE,
  UNSTATED_TRANSACTION,
} from '../../src/ledger/index.ts';
import { accountPathOracle } from '../oracle/account-path.ts';
import { randomAccountFacts, someone } from '../support/account-facts.ts';
import { graphsOfLaw } from '../support/graph-count.ts';
import { memoryAccountView } from '../support/memory-account-view.ts';
import { Prng } from '../support/prng.ts';

const GRAPHS = graphsOfLaw(700);
const always = (): boolean => true;

/** The engine's answer in the words of the oracle. */
function engine(view: AccountView, question: AccountPathQuestion) {
  const firstPlace = new Map<AccountFrame, number>();
  let places = 0;
  for (const frame of view.frames()) {
    firstPlace.set(frame, places);
    places += frame.effects.length;
  }
  return accountPaths(view, question).paths.map(({ moves, bottleneck, elapsedSec }) => ({
    places: moves.map(({ frame, effect }) => (firstPlace.get(frame) ?? Number.NaN) + effect),
    bottleneck,
    elapsedSec,
  }));
}

function randomQuestion(view: AccountView, prng: Prng): AccountPathQuestion {
  // People who pay: others are on no path but as its end.
  const payers = [...view.frames()].flatMap(({ effects }) =>
    effects.flatMap(({ kind, from }) => (kind === 'move' ? [Number(from)] : [])),
  );
  const accounts = prng.shuffled([...new Set(payers.filter((id) => id >= 0))].map(accountId));
  const some = (most: number): Set<AccountId> => new Set(accounts.splice(0, prng.between(1, most)));
  const from = some(2);
  const to = some(3);
  // Now and then an account is at both ends, or a stop is an end.
  for (const id of from) if (prng.chance(0.1)) to.add(id);
  const stops = prng.chance(0.5) ? new Set<AccountId>() : some(2);
  for (const id of to) if (prng.chance(0.2)) stops.add(id);
  const refused = prng.chance(0.7) ? -1 : prng.int(12);
  const [firstKey, lastKey] = prng.chance(0.7) ? [0, 99] : [prng.int(4), 6 + prng.int(8)];
  return {
    by: prng.pick(PATH_ORDERS),
    count: prng.pick([1, 2, 3, 1000]),
    from,
    to,
    assets: new Set(
      Array.from({ length: view.assetCount() }, (_, id) => assetId(id)).filter((id) => id === 0 || prng.chance(0.8)),
    ),
    maxHops: prng.pick([1, 2, 3, 4, 12]),
    maxTransactions: 1000,
    maxSteps: 1_000_000,
    stops,
    passes: ({ orderKey }) => orderKey !== refused,
    starts: ({ orderKey }) => orderKey >= firstKey,
    ends: ({ orderKey }) => orderKey <= lastKey,
  };
}

describe('money paths between accounts', () => {
  it(`are the k best of all there are, on ${GRAPHS} random histories`, () => {
    const found = new Map<string, number>();
    let longest = 0;
    for (let seed = 1; seed <= GRAPHS; seed += 1) {
      const prng = Prng.fromSeed(seed ^ 0xacc7);
      const view = memoryAccountView(randomAccountFacts(prng));
      const question = randomQuestion(view, prng);
      const paths = engine(view, question);
      assert.deepEqual(paths, accountPathOracle(view, question), `seed ${seed}, by ${question.by}`);
      found.set(question.by, (found.get(question.by) ?? 0) + paths.length);
      longest = Math.max(longest, ...paths.map(({ places }) => places.length));
    }
    for (const by of PATH_ORDERS) assert.ok((found.get(by) ?? 0) > GRAPHS / 4, `${by}: ${found.get(by)} compared`);
    assert.ok(longest >= 4, `no path had more than ${longest} moves`);
  });

  /**
   * By hand; accounts A 0, B 1, C 2, D 3, one transaction a block, block b at 1000 + 10 b seconds, no fee:
   * 1: A>B 9; 2: B>D 2; 3: A>C 7; 4: C>B 6; 5: B>D 5; 6: A>D 3. A path B>D at 2 cannot follow on C>B at 4.
   * Paths A to D: 1,2 (2 in 10 s); 1,5 (5 in 40 s); 3,4,5 (5 in 20 s); 6 (3 in 0 s).
   */
  const payments = [
    [0, 1, 9],
    [1, 3, 2],
    [0, 2, 7],
    [2, 1, 6],
    [1, 3, 5],
    [0, 3, 3],
  ];
  const view = memoryAccountView({
    transactions: payments.map(([from, to, amount], index) => ({
      ...UNSTATED_TRANSACTION,
      rowKey: `row:${index + 1}`,
      blockNumber: index + 1,
      txIndex: 0,
      timestampSec: 1010 + 10 * index,
      from: someone(from),
      to: someone(to),
      valueWei: BigInt(amount),
      succeeded: true,
      internal: [],
      tokens: [],
    })),
  });
  const id = (number: number): AccountId => view.findAccount(someone(number)) ?? assert.fail('not in the view');
  const asked = (more: Partial<AccountPathQuestion>): AccountPathQuestion => ({
    by: 'value',
    count: 10,
    from: new Set([id(0)]),
    to: new Set([id(3)]),
    assets: new Set([view.findAsset(NATIVE) ?? assert.fail('no coin')]),
    maxHops: 12,
    maxTransactions: 100,
    maxSteps: 1000,
    stops: new Set(),
    passes: always,
    starts: always,
    ends: always,
    ...more,
  });
  const blocks = (more: Partial<AccountPathQuestion>) =>
    accountPaths(view, asked(more)).paths.map(({ moves, bottleneck, elapsedSec }) => [
      moves.map(({ frame }) => frame.blockNumber).join(','),
      Number(bottleneck),
      elapsedSec,
    ]);

  it('by hand, in all three orders', () => {
    const [early, through, round, straight] = [
      ['1,2', 2, 10],
      ['1,5', 5, 40],
      ['3,4,5', 5, 20],
      ['6', 3, 0],
    ];
    assert.deepEqual(blocks({ by: 'value' }), [through, round, straight, early]);
    assert.deepEqual(blocks({ by: 'time' }), [straight, early, round, through]);
    assert.deepEqual(blocks({ by: 'hops' }), [straight, through, early, round]);
    assert.deepEqual(blocks({ by: 'hops', maxHops: 1 }), [straight]);
    assert.deepEqual(blocks({ stops: new Set([id(1)]) }), [straight]);
    assert.deepEqual(blocks({ starts: ({ blockNumber }) => blockNumber > 1 }), [round, straight]);
  });

  it('say what cut the search short', () => {
    const limited = accountPaths(view, asked({ maxTransactions: 2 }));
    assert.deepEqual([limited.paths.length, limited.explored.transactions, limited.explored.cutShort], [1, 2, true]);
    const hasty = accountPaths(view, asked({ maxSteps: 1 }));
    assert.deepEqual([hasty.explored.steps, hasty.explored.cutShort], [1, true]);
    assert.equal(accountPaths(view, asked({})).explored.cutShort, false);
  });
});
