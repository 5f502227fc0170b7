/** Laws of taint over accounts on random histories: what must hold whatever the rule (invariants 22 and 23 of the methods, issue 6). */
import assert from 'node:assert/strict';
import { type AccountFrame, accountId, accountTxId, assetId, NONE } from '../../../src/ledger/index.ts';
import {
  type AccountTaintResult,
  accountPriors,
  accountWhy,
  DEFAULT_ACCOUNT_CONVENTIONS,
} from '../../../src/taint/index.ts';
import { converts, effect, framesOf, frameView } from '../../support/account-frames.ts';
import { runHistory } from '../../support/account-run.ts';
import { Prng } from '../../support/prng.ts';
import { type RandomHistory, randomHistory } from '../../support/random-accounts.ts';

const HISTORIES = Math.ceil(Number(process.env.SPOOR_GRAPHS ?? 20_000) / 40);

function each(check: (history: RandomHistory, seed: number) => void): void {
  for (let seed = 1; seed <= HISTORIES; seed += 1) check(randomHistory(seed), seed);
}

/** Amounts by place and label, with labels renamed. */
function places(result: AccountTaintResult, rename: (label: number) => number): unknown {
  return result.rules.map(({ rule, holdings, books }) => ({
    rule,
    holdings: holdings.map(({ taint, ...place }) => ({
      ...place,
      taint: taint.map(([label, amount]) => [rename(label), amount] as const).sort(([a], [b]) => a - b),
    })),
    books: books
      .map((book) => ({ ...book, label: rename(book.label) }))
      .sort((a, b) => a.asset - b.asset || a.label - b.label),
  }));
}

describe('laws of taint over accounts', () => {
  it('renaming labels commutes with every rule (invariant 14)', () => {
    each((history, seed) => {
      const rename = (label: number): number => history.labelCount - 1 - label;
      const seeds = history.seeds.map(({ label, select }) => ({ label: rename(label), select }));
      assert.deepEqual(
        places(runHistory(history, { seeds }), (label) => label),
        places(runHistory(history), rename),
        `seed ${seed}`,
      );
    });
  });

  it('taint never exceeds a balance, and every conserving rule taints only what poison taints', () => {
    each((history, seed) => {
      const { rules } = runHistory(history);
      const poisoned = new Set(
        rules
          .find(({ rule }) => rule === 'poison')
          ?.holdings.flatMap(({ account, asset, taint }) => taint.map(([label]) => `${account} ${asset} ${label}`)),
      );
      for (const { rule, conserves, holdings } of rules) {
        for (const { account, asset, balance, taint, status } of holdings) {
          if (!conserves || status !== 'held') continue;
          const sum = taint.reduce((total, [, amount]) => total + amount, 0n);
          assert.ok(sum > 0n && sum <= balance, `seed ${seed}, rule ${rule}: ${sum} of ${balance}`);
          for (const [label] of taint)
            assert.ok(poisoned.has(`${account} ${asset} ${label}`), `seed ${seed}, rule ${rule}`);
        }
      }
    });
  });

  it('intervals are the least and the most of the conserving rules, 0 where one has nothing, once per place and label', () => {
    each((history, seed) => {
      const stopAt = (account: number): string | null => (account === 1 ? 'service' : null);
      const { rules, intervals } = runHistory(history, { stopAt, keepTrail: false });
      const conserving = rules.filter(({ conserves }) => conserves);
      const named = ({
        account,
        asset,
        status,
        reason,
      }: (typeof intervals)[number] | (typeof rules)[0]['holdings'][0]) => `${account} ${asset} ${status} ${reason}`;
      const places = new Set(conserving.flatMap(({ holdings }) => holdings.map(named)));
      const expected = [...places].flatMap((place) =>
        Array.from({ length: history.labelCount }, (_, label) => {
          const amounts = conserving.map(({ holdings }) => {
            const taint = holdings.find((held) => named(held) === place)?.taint ?? [];
            return taint.find(([other]) => other === label)?.[1] ?? 0n;
          });
          const ascending = amounts.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
          return `${place} ${label}: ${ascending[0]} to ${ascending[ascending.length - 1]}`;
        }).filter((line) => !line.endsWith(' to 0')),
      );
      const found = intervals.map((interval) => {
        const { label, least, most } = interval;
        return `${named(interval)} ${label}: ${least} to ${most}`;
      });
      assert.deepEqual([...found].sort(), expected.sort(), `seed ${seed}`);
      const order = intervals.map(({ account, asset }) => account * 1000 + asset);
      assert.deepEqual(
        order,
        [...order].sort((a, b) => a - b),
        `seed ${seed}: by account, then asset`,
      );
    });
  });

  it('nothing is tainted before a seed, by a failed transaction, or in an asset that no seed and no conversion reached', () => {
    each((history, seed) => {
      const { rules } = runHistory(history);
      const failed = history.frames.filter(({ effects }) =>
        effects.every(({ kind }) => kind === 'fee' || kind === 'reward'),
      );
      const failedKeys = new Set(failed.map(({ orderKey }) => orderKey));
      for (const { rule, steps, holdings } of rules) {
        const reached = new Set<string>();
        const assets = new Set<string>();
        for (const step of steps) {
          for (const [label] of step.taint) {
            const source = `${step.from} ${step.fromAsset} ${label}`;
            if (step.kind !== 'seed')
              assert.ok(reached.has(source), `seed ${seed}, rule ${rule}: ${source} before receipt`);
            reached.add(`${step.to} ${step.asset} ${label}`);
            if (step.kind === 'move') assert.ok(!failedKeys.has(step.orderKey), `seed ${seed}, rule ${rule}: failed`);
            if (step.kind === 'seed' || step.kind === 'convert') assets.add(`${step.asset} ${label}`);
            else assert.equal(step.asset, step.fromAsset);
          }
        }
        for (const { asset, taint } of holdings)
          for (const [label] of taint) assert.ok(assets.has(`${asset} ${label}`));
      }
    });
  });

  it('balances are those of a plain replay, whatever the rules and seeds (invariant 22)', () => {
    each((history, seed) => {
      const frames = history.frames.filter(({ order }) => order !== 'partial');
      const priors = accountPriors(frameView(frames), { statedBalances: 'ignore', gas: 'first' });
      const balances = new Map<string, bigint>(
        priors.map(({ account, asset, amount }) => [`${account} ${asset}`, amount]),
      );
      const add = (account: number, asset: number, amount: bigint): void => {
        if (account !== NONE) balances.set(`${account} ${asset}`, (balances.get(`${account} ${asset}`) ?? 0n) + amount);
      };
      for (const { effects } of frames) {
        for (const { from, to, asset, amount } of effects) {
          add(from, asset, -amount);
          add(to, asset, amount);
          assert.ok((balances.get(`${from} ${asset}`) ?? 0n) >= 0n, `seed ${seed}: a prior too small`);
        }
      }
      const result = runHistory({ ...history, frames, stated: [], priors, gas: 'first' });
      for (const { holdings } of result.rules) {
        for (const { account, asset, balance } of holdings)
          assert.equal(balance, balances.get(`${account} ${asset}`), `seed ${seed}`);
      }
      assert.deepEqual(
        result.gaps.filter(({ kind }) => kind === 'unknown-history'),
        [],
      );
    });
  });

  it('books close and taint fits its balance also when conversions overlap, contradict the effects or each other', () => {
    each((_, seed) => {
      const random = Prng.fromSeed(seed);
      const draw = () => random.between(1, 9);
      const plain = Array.from({ length: 12 }, () => ({
        order: random.pick(['total', 'per-asset', 'partial'] as const),
        effects: Array.from({ length: random.between(1, 5) }, () => {
          const from = random.between(-1, 3);
          return effect(from < 0 ? 'mint' : 'move', from, random.int(4), draw(), random.int(3));
        }),
        conversions: Array.from({ length: random.int(3) }, () =>
          converts(random.int(4), [random.int(3), draw()], [random.int(3), draw()], random.int(4)),
        ),
      }));
      const frames: AccountFrame[] = framesOf(plain);
      const seeds = [
        { label: 0, select: { kind: 'range', account: accountId(0), asset: null, fromKey: 0, toKey: 60 } },
        { label: 1, select: { kind: 'range', account: accountId(1), asset: assetId(1), fromKey: 0, toKey: 60 } },
      ] as const;
      const history = { ...randomHistory(1), frames, conversions: plain.map(({ conversions }) => conversions) };
      const { rules } = runHistory({ ...history, stated: [], priors: [], seeds, labelCount: 2 });
      for (const { conserves, holdings } of rules) {
        for (const { balance, taint, status } of holdings) {
          const sum = taint.reduce((total, [, amount]) => total + amount, 0n);
          if (conserves && status === 'held') assert.ok(sum <= balance, `seed ${seed}`);
        }
      }
    });
  });

  it('the way back hands out what rests there to its seeds, whole where nothing was converted', () => {
    let asked = 0;
    each((history, seed) => {
      const { rules } = runHistory(history, { conversionsOf: () => [] });
      for (const answer of rules) {
        for (const { account, asset, status } of answer.holdings) {
          if (status !== 'held') continue;
          const why = accountWhy(answer, account, asset);
          assert.ok(why !== null && why.origins.length > 0, `seed ${seed}, rule ${answer.rule}`);
          for (const { share, taint } of why.steps) {
            for (const [label, amount] of share) {
              const brought = taint.find(([other]) => other === label)?.[1] ?? 0n;
              assert.ok(amount <= brought, `seed ${seed}, rule ${answer.rule}: more than was brought`);
            }
          }
          const sums = new Map<number, bigint>();
          for (const { share } of why.origins)
            for (const [label, amount] of share) sums.set(label, (sums.get(label) ?? 0n) + amount);
          if (answer.conserves)
            assert.deepEqual(
              [...sums].sort(([a], [b]) => a - b),
              why.asked,
              `seed ${seed}, rule ${answer.rule}`,
            );
          asked += 1;
        }
      }
    });
    assert.ok(asked > HISTORIES);
  });

  it('the short way of payments without limits says the same as the long one, hops and all', () => {
    each((history, seed) => {
      const limits = { maxHops: Number.MAX_SAFE_INTEGER, minAmount: new Map(), untilKey: null, maxLots: null };
      for (const keepTrail of [true, false]) {
        const given = { keepTrail, conventions: DEFAULT_ACCOUNT_CONVENTIONS };
        assert.deepEqual(runHistory(history, given), runHistory(history, { ...given, limits }), `seed ${seed}`);
      }
    });
  });

  it('a payment to oneself and one of nothing change nothing but gas (invariant 23)', () => {
    const base = [
      { effects: [effect('mint', NONE, 1, 10)] },
      { effects: [effect('fee', 1, NONE, 1), effect('move', 1, 2, 4)] },
    ];
    const idle = { effects: [effect('move', 1, 1, 5), effect('move', 2, 1, 0)] };
    const seeds = [{ label: 0, select: { kind: 'effect', tx: accountTxId(0), effect: 0 } }] as const;
    const history = { ...randomHistory(1), seeds, labelCount: 1, priors: [], stated: [], conversions: [] };
    const plain = runHistory({ ...history, frames: framesOf(base) });
    const padded = runHistory({ ...history, frames: framesOf([...base, idle]) });
    assert.deepEqual(padded.rules, plain.rules);
  });
});
