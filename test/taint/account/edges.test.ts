/** What a run says beside amounts, by hand: limits on lots, coverage, seeds on tainted receipts, holes of transactions, conversions that are not borne out. */
import assert from 'node:assert/strict';
import { accountId, assetId, type FrameHole, NONE } from '../../../src/ledger/index.ts';
import { type AccountTaintRequest, type AccountTaintResult, accountWhy } from '../../../src/taint/index.ts';
import { converts, effect, type PlainFrame } from '../../support/account-frames.ts';
import { runAccounts as run, seedOn, UNLIMITED } from '../../support/account-run.ts';

function answer(result: AccountTaintResult, rule: string) {
  const found = result.rules.find((one) => one.rule === rule);
  assert.ok(found !== undefined);
  return found;
}

/** Taint by account under a rule: `account asset status reason`, label and amount. */
function places(result: AccountTaintResult, rule: string): Array<[string, string]> {
  return answer(result, rule).holdings.map(({ account, asset, status, reason, taint }) => [
    `${account} ${asset} ${status} ${reason}`,
    taint.map(([label, amount]) => `${label}:${amount}`).join(' '),
  ]);
}

const mint = (to: number, amount: number, asset = 0): PlainFrame => ({
  effects: [effect('mint', NONE, to, amount, asset)],
});
const move = (from: number, to: number, amount: number): PlainFrame => ({
  effects: [effect('move', from, to, amount)],
});

describe('account taint at its edges, by hand', () => {
  it('a balance with more lots than it may have becomes one mixed lot, and is counted', () => {
    // [c4 S4 c4 S2]: four lots, 6 of 14 stolen. Without a limit FIFO pays 4 with c4. Mixed, 4 carry 4 * 6 / 14 = 1.71: 2.
    const plain = [mint(1, 4), mint(1, 4), mint(1, 4), mint(1, 2), move(1, 2, 4)];
    const seeds = [seedOn(1, 0), seedOn(3, 0)];
    const free = run(plain, { seeds });
    assert.deepEqual(places(free, 'fifo'), [['1 0 held null', '0:6']]);
    assert.deepEqual(answer(free, 'fifo').coarse, []);
    for (const keepTrail of [true, false]) {
      const limited = run(plain, { seeds, keepTrail, limits: { ...UNLIMITED, maxLots: 2 } });
      const mixed = [
        ['1 0 held null', '0:4'],
        ['2 0 held null', '0:2'],
      ];
      assert.deepEqual([places(limited, 'fifo'), places(limited, 'lifo')], [mixed, mixed]);
      const coarse = { account: 1, asset: 0, reason: 'lot-limit', count: 1, amount: 6n };
      assert.deepEqual(answer(limited, 'fifo').coarse, [coarse]);
      assert.deepEqual(answer(limited, 'haircut').coarse, []);
    }
    // Four lots are not more than four.
    assert.deepEqual(places(run(plain, { seeds, limits: { ...UNLIMITED, maxLots: 4 } }), 'fifo'), places(free, 'fifo'));
  });

  it('taint that rests where the facts do not hold all of an account is unresolved, in the books too', () => {
    const isCovered: AccountTaintRequest['isCovered'] = (account) => account !== accountId(2);
    const result = run([mint(1, 10), move(1, 2, 4)], { seeds: [seedOn(0, 0)], isCovered });
    for (const rule of ['haircut', 'fifo']) {
      assert.deepEqual(places(result, rule), [
        ['1 0 held null', '0:6'],
        ['2 0 unresolved no-coverage', '0:4'],
      ]);
      const [{ seeded, held, unresolved }] = answer(result, rule).books;
      assert.deepEqual([seeded, held, unresolved], [10n, 6n, 4n]);
    }
    // Poison: the whole balances. And the way back is asked for all that rests there.
    assert.deepEqual(places(result, 'poison')[1], ['2 0 unresolved no-coverage', '0:4']);
    const why = accountWhy(answer(result, 'haircut'), accountId(2), assetId(0));
    assert.deepEqual(why?.asked, [[0, 4n]]);
    assert.deepEqual(
      why?.origins.map(({ tx, share }) => [tx, share]),
      [[0, [[0, 4n]]]],
    );
  });

  it('a seed on a receipt that brings taint fills what is clean of it, and the overlap is told', () => {
    // 10 stolen, 10 clean; 10 paid on, and that payment is a seed of label 1. Haircut brings 5 of label 0; FIFO 10; LIFO none.
    const result = run([mint(1, 10), mint(1, 10), move(1, 2, 10)], {
      labelCount: 2,
      seeds: [seedOn(0, 0), seedOn(2, 0, 1)],
    });
    const overlap = { tx: 2, orderKey: 30, effect: 0, label: 1, amount: 10n };
    assert.deepEqual(
      result.overlaps.filter(({ rule }) => ['haircut', 'fifo', 'lifo', 'poison'].includes(rule)),
      [
        { rule: 'haircut', ...overlap, kept: [[0, 5n]] },
        { rule: 'fifo', ...overlap, kept: [[0, 10n]] },
      ],
    );
    assert.deepEqual(places(result, 'haircut'), [
      ['1 0 held null', '0:5'],
      ['2 0 held null', '0:5 1:5'],
    ]);
    assert.deepEqual(places(result, 'fifo'), [['2 0 held null', '0:10']]);
    assert.deepEqual(places(result, 'lifo'), [
      ['1 0 held null', '0:10'],
      ['2 0 held null', '1:10'],
    ]);
    assert.deepEqual(
      answer(result, 'haircut').books.map(({ label, seeded }) => [label, seeded]),
      [
        [0, 10n],
        [1, 5n],
      ],
    );
    // What the seeds named is the full receipts, under whatever rule.
    assert.deepEqual(
      result.seeded.map(({ label, receipts, amount }) => [label, receipts, amount]),
      [
        [0, 1, 10n],
        [1, 1, 10n],
      ],
    );
  });

  it('holes of a transaction are told where it moves taint, and nowhere else', () => {
    const holes: ReadonlyArray<readonly FrameHole[]> = [[], ['tokens'], ['status'], ['status', 'tokens']];
    const notesOf: AccountTaintRequest['notesOf'] = ({ orderKey }) =>
      holes[orderKey / 10 - 1].map((hole) => (hole === 'tokens' ? 'tokens-missing' : 'status-missing'));
    const plain = [mint(1, 10), move(1, 2, 4), mint(3, 5), move(2, 3, 4)];
    for (const keepTrail of [true, false]) {
      const { gaps, framesTainted } = run(plain, { seeds: [seedOn(0, 0)], notesOf, keepTrail });
      assert.deepEqual(gaps, [
        { kind: 'tokens-missing', tx: 1 },
        { kind: 'status-missing', tx: 3 },
        { kind: 'tokens-missing', tx: 3 },
      ]);
      assert.equal(framesTainted, 3);
    }
  });

  it('a conversion that the effects do not bear out is refused, told, and its transaction moves as it stands', () => {
    const swap = (conversion: ReturnType<typeof converts>): readonly PlainFrame[] => [
      mint(1, 10),
      mint(3, 1_000, 1),
      { effects: [effect('move', 1, 3, 10), effect('move', 3, 1, 500, 1)], conversions: [conversion] },
    ];
    const seeds = [seedOn(0, 0)];
    const refused = [
      converts(1, [0, 20], [1, 500]), // paid 10 only
      converts(1, [0, 10], [1, 600]), // got 500 only
      converts(2, [0, 10], [1, 500]), // another account
      converts(1, [0, 10], [0, 10]), // no change of asset
      converts(1, [0, 0], [1, 500]), // nothing paid
    ];
    for (const conversion of refused) {
      const result = run(swap(conversion), { seeds });
      assert.deepEqual(result.gaps, [{ kind: 'conversion-refused', tx: 2, account: conversion.account }]);
      assert.deepEqual(places(result, 'haircut'), [['3 0 held null', '0:10']]);
    }
    const borne = run(swap(converts(1, [0, 10], [1, 500])), { seeds });
    assert.deepEqual(borne.gaps, []);
    assert.deepEqual(places(borne, 'haircut'), [['1 1 held null', '0:500']]);
  });
});
