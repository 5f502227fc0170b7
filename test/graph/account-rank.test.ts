/** Rankings of accounts (invariant 24 of the methods): mass, bound on pushes, direction, time, swaps, and equal scores. */
import assert from 'node:assert/strict';
import { type AccountRanking, accountRank, RANK_VARIANTS, type RankQuestion } from '../../src/graph/index.ts';
import { accountId, NONE } from '../../src/ledger/index.ts';
import { effect, framesOf, frameView, type PlainFrame } from '../support/account-frames.ts';
import { Prng } from '../support/prng.ts';

function rank(plain: readonly PlainFrame[], given: Partial<RankQuestion>): AccountRanking {
  const standard = { variant: 'base', sources: [accountId(0)], alpha: 0.15, beta: 0.8, epsilon: 1e-3 } as const;
  return accountRank(frameView(framesOf(plain)), { ...standard, ...given });
}

const scoreOf = ({ ranked }: AccountRanking, account: number): number =>
  ranked.find((one) => one.account === account)?.score ?? 0;

const pays = (from: number, to: number, amount = 10, asset = 0): PlainFrame => ({
  effects: [effect('move', from, to, amount, asset)],
});

function randomPayments(seed: number): PlainFrame[] {
  const random = Prng.fromSeed(seed);
  return Array.from({ length: random.between(1, 40) }, () => ({
    effects: Array.from({ length: random.between(1, 3) }, () =>
      effect('move', random.int(9), random.int(9), random.between(1, 100), random.int(3)),
    ),
  }));
}

describe('ranking of accounts', () => {
  it('mass: no more than 1 in all, all residue at most epsilon at the end, at most 1 / (alpha epsilon) pushes; the same every time', () => {
    for (let seed = 1; seed <= 80; seed += 1) {
      const plain = randomPayments(seed);
      for (const variant of RANK_VARIANTS) {
        const ranking = rank(plain, { variant });
        const absorbed = ranking.ranked.reduce((sum, { score }) => sum + score, 0);
        const place = `seed ${seed}, ${variant}`;
        assert.ok(absorbed + ranking.residue <= 1 + 1e-9, `${place}: ${absorbed + ranking.residue}`);
        assert.ok(ranking.mostResidue <= 1e-3 && ranking.pushes <= 1 / (0.15 * 1e-3), place);
        // Where mass without a way stays, none is lost.
        if (variant === 'time' || variant === 'redirect') assert.ok(absorbed + ranking.residue >= 1 - 1e-9, place);
        assert.deepEqual(rank(plain, { variant }), ranking, place);
      }
    }
  });

  it('by hand: 0 pays 1 and 2, 3 to 1 by value; one push from 0, then one each', () => {
    const plain = [pays(0, 1, 30), pays(0, 2, 10)];
    const base = rank(plain, { beta: 1 });
    // 0 keeps 0.15 and hands on 0.85, half each; they keep 0.15 of it, and the rest is lost.
    assert.ok(Math.abs(scoreOf(base, 1) - 0.15 * 0.425) < 1e-12 && scoreOf(base, 1) === scoreOf(base, 2));
    const weighed = rank(plain, { beta: 1, variant: 'weight' });
    assert.ok(Math.abs(scoreOf(weighed, 1) - 0.15 * 0.85 * 0.75) < 1e-12);
    assert.ok(Math.abs(scoreOf(weighed, 2) - 0.15 * 0.85 * 0.25) < 1e-12);
  });

  it('with beta 1 nothing upstream of the source has a score', () => {
    const plain = [pays(5, 0), pays(4, 5), pays(0, 1), pays(1, 2), pays(6, 2)];
    for (const variant of ['base', 'weight', 'time', 'redirect'] as const) {
      const ranking = rank(plain, { variant, beta: 1 });
      assert.deepEqual(
        [4, 5, 6].map((account) => scoreOf(ranking, account)),
        [0, 0, 0],
        variant,
      );
      assert.ok(scoreOf(ranking, 2) > 0, variant);
    }
  });

  it('time: what an account paid before it was paid gets nothing, base does not see that', () => {
    const plain = [pays(1, 2), pays(0, 1), pays(1, 3)];
    assert.ok(scoreOf(rank(plain, { beta: 1 }), 2) > 0);
    const timed = rank(plain, { beta: 1, variant: 'time' });
    assert.equal(scoreOf(timed, 2), 0);
    assert.ok(scoreOf(timed, 3) > 0);
  });

  it('redirect: goes on in the asset that a swap gave, not to the pool, and not in the asset that was paid', () => {
    const swap = { effects: [effect('move', 1, 9, 10, 0), effect('move', 9, 1, 500, 1)] };
    const plain = [pays(0, 1, 10, 0), swap, pays(1, 2, 500, 1), pays(1, 3, 7, 0), pays(9, 4, 10, 0)];
    const ranking = rank([plain[0], swap, plain[2], plain[4]], { beta: 1, variant: 'redirect' });
    assert.ok(scoreOf(ranking, 2) > 0);
    assert.deepEqual([scoreOf(ranking, 9), scoreOf(ranking, 4)], [0, 0]);
    const timed = rank(plain, { beta: 1, variant: 'time' });
    assert.ok(scoreOf(timed, 9) > 0);
  });

  it('a fake token of huge amounts moves no weight of another asset; mints, fees and burns are no payments', () => {
    const real = [pays(0, 1, 30), pays(0, 2, 10)];
    const one = rank(real, { variant: 'weight', beta: 1 });
    const faked = rank([...real, { effects: [effect('move', 0, 3, 10 ** 15, 2)] }], { variant: 'weight', beta: 1 });
    assert.ok(Math.abs(scoreOf(faked, 1) / scoreOf(faked, 2) - scoreOf(one, 1) / scoreOf(one, 2)) < 1e-9);
    const others = { effects: [effect('fee', 0, NONE, 5), effect('mint', NONE, 4, 5), effect('burn', 0, NONE, 5)] };
    assert.deepEqual(rank([...real, others], { variant: 'weight', beta: 1 }), one);
  });

  it('equal scores are in order of account', () => {
    const { ranked } = rank([pays(0, 3), pays(0, 2), pays(0, 1)], { beta: 1 });
    assert.deepEqual(
      ranked.map(({ account }) => Number(account)),
      [0, 1, 2, 3],
    );
  });
});
