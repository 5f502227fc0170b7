/** Payments without bigints against payments with them: shares of every rule over amounts, and whole runs whose amounts are around every limb. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_WORD } from '../../../src/ledger/index.ts';
import { ACCOUNT_HAIRCUT, CLEAN_FIRST, TAINT_FIRST } from '../../../src/taint/account/amount-rules.ts';
import { Limbs, wholeOf } from '../../../src/taint/account/limbs.ts';
import { AMOUNT, type Division, newDivision, SHARE, TAINT, WHOLE } from '../../../src/taint/account/proportion.ts';
import {
  type AccountTaintRequest,
  type AccountTaintResult,
  DEFAULT_ACCOUNT_CONVENTIONS,
} from '../../../src/taint/index.ts';
import { runHistory } from '../../support/account-run.ts';
import { type RandomHistory, randomHistory } from '../../support/random-accounts.ts';

const HISTORIES = Math.ceil(Number(process.env.SPOOR_GRAPHS ?? 20_000) / 20);
const RULES = [ACCOUNT_HAIRCUT, TAINT_FIRST, CLEAN_FIRST];
/** Wholes from here on are divided as bigints (proportion.ts). */
const TOP = 1n << 84n;

function put(division: Division, place: number, amount: bigint): void {
  const limbs = new Limbs();
  limbs.load(amount);
  assert.ok(!limbs.isWide);
  division[place] = limbs.low;
  division[place + 1] = limbs.high;
}

/** A whole of any size below 2^84 and two parts of it, often at or next to one end or the middle. */
const payments = fc
  .integer({ min: 1, max: 84 })
  .chain((bits) => fc.bigInt({ min: 1n, max: (1n << BigInt(bits)) - 1n }))
  .chain((whole) => {
    const near = [0n, 1n, whole / 2n, whole / 2n + 1n, whole - 1n, whole];
    const part = fc.oneof(
      fc.bigInt({ min: 0n, max: whole }),
      fc.constantFrom(...near.filter((one) => one >= 0n && one <= whole)),
    );
    return fc.tuple(part, part, fc.constant(whole));
  });

/** Histories with all amounts times a factor, so that they are as large as it and divide as badly. */
function scaled(history: RandomHistory, factor: bigint): RandomHistory {
  const times = <T extends { readonly amount: bigint }>(one: T): T => ({ ...one, amount: one.amount * factor });
  return {
    ...history,
    frames: history.frames.map((frame) => ({ ...frame, effects: frame.effects.map(times) })),
    stated: history.stated.map(times),
    priors: history.priors.map(times),
    conversions: history.conversions.map((list) =>
      list.map((one) => ({ ...one, outAmount: one.outAmount * factor, inAmount: one.inAmount * factor })),
    ),
  };
}

function traced(history: RandomHistory, given: Partial<AccountTaintRequest>): AccountTaintResult {
  return runHistory(history, {
    conventions: DEFAULT_ACCOUNT_CONVENTIONS,
    stopAt: (account) => (history.stops.has(account) ? 'stop' : null),
    keepTrail: false,
    ...given,
  });
}

/** Largest units: one, near 32, 53 and 64 bits, an ether, where two numbers end, and so that ten of the largest reach the word of the machine. */
const FACTORS = [
  1n,
  (1n << 29n) + 3n,
  (1n << 50n) - 1n,
  (1n << 61n) + 7n,
  10n ** 18n + 1n,
  (1n << 80n) + 5n,
  (1n << 83n) - 9n,
  MAX_WORD / 4096n,
];

describe('account taint without bigints', () => {
  it('shares of one label are those of the rule on bigints, whatever the size', () => {
    const division = newDivision();
    fc.assert(
      fc.property(payments, fc.constantFrom(...RULES), ([taint, amount, whole], { name, share, divide }) => {
        put(division, TAINT, taint);
        put(division, AMOUNT, amount);
        put(division, WHOLE, whole);
        share?.(division);
        assert.ok(whole < TOP);
        assert.equal(wholeOf(division[SHARE], division[SHARE + 1]), divide?.(amount, [taint], whole)[0], name);
      }),
      { seed: 1, numRuns: 20_000 },
    );
  });

  it('halves go up: 5 of 10 paid from 100 with 5 and 4 of taint carry 1 and 0, and at 80 bits the same', () => {
    // 10 * 5 / 100 = 0.5 and 10 * 4 / 100 = 0.4; 2^80 times as much: 2^79, and 10 * 4 * 2^80 / 100 = 0.4 * 2^80 rounded.
    const said = (taint: bigint, amount: bigint, whole: bigint): bigint => {
      const division = newDivision();
      put(division, TAINT, taint);
      put(division, AMOUNT, amount);
      put(division, WHOLE, whole);
      ACCOUNT_HAIRCUT.share?.(division);
      return wholeOf(division[SHARE], division[SHARE + 1]);
    };
    assert.deepEqual([said(5n, 10n, 100n), said(4n, 10n, 100n)], [1n, 0n]);
    const large = 1n << 76n;
    assert.equal(said(5n * large, 10n, 100n * large), 1n);
    assert.equal(said(5n * large - 1n, 10n, 100n * large), 0n);
    assert.equal(said(5n * large, 10n * large, 100n * large), large / 2n);
  });

  it('a run says the same as one that goes the long way, one label or several, at every size of amounts', () => {
    const limits = { maxHops: Number.MAX_SAFE_INTEGER, minAmount: new Map(), untilKey: null, maxLots: null };
    let moved = 0;
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const history = scaled(randomHistory(seed), FACTORS[seed % FACTORS.length]);
      const seeds = seed % 3 === 0 ? history.seeds : history.seeds.map((one) => ({ ...one, label: 0 }));
      const given = { seeds, labelCount: seed % 3 === 0 ? history.labelCount : 1 };
      const quick = traced(history, given);
      assert.deepEqual(quick, traced(history, { ...given, limits }), `seed ${seed}`);
      moved += quick.framesTainted;
    }
    assert.ok(moved > HISTORIES / 2, `${moved} frames moved taint`);
  });
});
