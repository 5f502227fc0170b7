/** Hand-calculated histories of accounts (methods 4.2), every rule. */
import assert from 'node:assert/strict';
import { accountId, assetId, NONE } from '../../../src/ledger/index.ts';
import {
  type AccountRuleName,
  type AccountTaintResult,
  DEFAULT_ACCOUNT_CONVENTIONS,
} from '../../../src/taint/index.ts';
import { converts, effect, type PlainFrame } from '../../support/account-frames.ts';
import { runAccounts as run, seedOn } from '../../support/account-run.ts';

/** Taint held by an account in an asset under a rule. */
function held(result: AccountTaintResult, rule: AccountRuleName, account: number, asset = 0): bigint {
  const found = result.rules
    .find((one) => one.rule === rule)
    ?.holdings.find((one) => one.account === account && one.asset === asset && one.status === 'held');
  return found?.taint[0]?.[1] ?? 0n;
}

const fees = (result: AccountTaintResult): Record<string, bigint> =>
  Object.fromEntries(result.rules.filter(({ conserves }) => conserves).map(({ rule, books }) => [rule, books[0].fee]));

/** Receive 5 clean, 1 stolen, 5 clean; pay 5, with 1 of gas. */
const RECEIPTS: readonly PlainFrame[] = [
  { effects: [effect('mint', NONE, 1, 5)] },
  { effects: [effect('mint', NONE, 1, 1)] },
  { effects: [effect('mint', NONE, 1, 5)] },
];
const PAYMENT: PlainFrame = { effects: [effect('fee', 1, NONE, 1), effect('move', 1, 2, 5)] };

describe('account taint by hand', () => {
  it('5 clean, 1 stolen, 5 clean, then 5 out: haircut carries 5/11, which is 0 in whole units and 5,000 of 11,000 in thousands', () => {
    const small = run([...RECEIPTS, { effects: [effect('move', 1, 2, 5)] }], { seeds: [seedOn(1, 0)] });
    assert.equal(held(small, 'haircut', 2), 0n); // 5/11 of one unit: below a half, stays
    const large = run(
      [
        { effects: [effect('mint', NONE, 1, 55_000)] },
        { effects: [effect('mint', NONE, 1, 11_000)] },
        { effects: [effect('mint', NONE, 1, 55_000)] },
        { effects: [effect('move', 1, 2, 55_000)] },
      ],
      { seeds: [seedOn(1, 0)] },
    );
    assert.equal(held(large, 'haircut', 2), 5_000n); // 55 * 11 / 121 thousands
    assert.equal(held(large, 'haircut', 1), 6_000n);
  });

  it('fifo with gas first: gas takes a clean unit, the payment is [c4 S1]; with gas last: [c5], and gas is the stolen unit', () => {
    const request = { seeds: [seedOn(1, 0)] };
    const first = run([...RECEIPTS, PAYMENT], request);
    assert.equal(held(first, 'fifo', 2), 1n);
    assert.equal(fees(first).fifo, 0n);
    const last = run([...RECEIPTS, PAYMENT], {
      ...request,
      conventions: { ...DEFAULT_ACCOUNT_CONVENTIONS, gas: 'last' },
    });
    assert.equal(held(last, 'fifo', 2), 0n);
    assert.equal(fees(last).fifo, 1n);
  });

  it('the other rules on the same history', () => {
    const result = run([...RECEIPTS, PAYMENT], { seeds: [seedOn(1, 0)] });
    // lifo: gas 1 clean, then 4 clean and the stolen unit. taint-first: the gas takes it. clean-first: it stays.
    assert.deepEqual(
      [held(result, 'lifo', 2), fees(result)['taint-first'], held(result, 'clean-first', 1)],
      [1n, 1n, 1n],
    );
    // poison: full balances of both.
    assert.deepEqual([held(result, 'poison', 1), held(result, 'poison', 2)], [5n, 5n]);
  });

  it('a conversion carries the tainted part, scaled, and leaves the pool clean', () => {
    const result = run(
      [
        { effects: [effect('mint', NONE, 1, 30)] },
        { effects: [effect('mint', NONE, 1, 10)] },
        { effects: [effect('mint', NONE, 3, 1_000, 1)] },
        {
          effects: [effect('move', 1, 3, 20), effect('move', 3, 1, 500, 1)],
          conversions: [converts(1, [0, 20], [1, 500])],
        },
        { effects: [effect('move', 3, 4, 20)] },
      ],
      { seeds: [seedOn(1, 0)] },
    );
    // Haircut: 10 of 40 are stolen, so 5 of the 20 sent, so 125 of the 500.
    assert.equal(held(result, 'haircut', 1, 1), 125n);
    assert.equal(held(result, 'haircut', 1, 0), 5n);
    assert.equal(held(result, 'haircut', 3, 0) + held(result, 'haircut', 4, 0), 0n);
    // FIFO sends 20 of the 30 clean ones; LIFO the 10 stolen ones and 10 more.
    assert.equal(held(result, 'fifo', 1, 1), 0n);
    assert.equal(held(result, 'lifo', 1, 1), 250n);
    const native = result.rules[0].books.find(({ asset }) => asset === assetId(0));
    const token = result.rules[0].books.find(({ asset }) => asset === assetId(1));
    assert.deepEqual([native?.seeded, native?.convertedOut, token?.convertedIn], [10n, 5n, 125n]);
  });

  it('a conversion that pays another account is a move to it', () => {
    const result = run(
      [
        { effects: [effect('mint', NONE, 1, 10)] },
        { effects: [effect('mint', NONE, 3, 1_000, 1)] },
        {
          effects: [effect('move', 1, 3, 10), effect('move', 3, 2, 500, 1)],
          conversions: [converts(1, [0, 10], [1, 500], 2)],
        },
      ],
      { seeds: [seedOn(0, 0)] },
    );
    const [holding] = result.rules[0].holdings;
    assert.deepEqual(
      { account: holding.account, asset: holding.asset, taint: holding.taint, hops: holding.hops },
      { account: accountId(2), asset: assetId(1), taint: [[0, 500n]], hops: 1 },
    );
  });
});
