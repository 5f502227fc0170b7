/** Every account rule against the unit-by-unit oracle on random histories: several assets and labels, partial order, failed transactions, conversions. */
import assert from 'node:assert/strict';
import {
  ACCOUNT_RULES,
  type AccountRuleName,
  type AccountRuleResult,
  type AccountTaintResult,
  accountTaint,
} from '../../../src/taint/index.ts';
import { accountOracle } from '../../oracle/account-taint.ts';
import { frameView } from '../../support/account-frames.ts';
import { type RandomHistory, randomHistory } from '../../support/random-accounts.ts';

const HISTORIES = Number(process.env.SPOOR_GRAPHS ?? 20_000);

/** Two of the rules in turn, so that every pair meets. */
function rulesOf(seed: number): AccountRuleName[] {
  const first = seed % ACCOUNT_RULES.length;
  const step = 1 + (Math.floor(seed / ACCOUNT_RULES.length) % (ACCOUNT_RULES.length - 1));
  return [ACCOUNT_RULES[first], ACCOUNT_RULES[(first + step) % ACCOUNT_RULES.length]];
}

function traced(history: RandomHistory, rules: readonly AccountRuleName[]): AccountTaintResult {
  const { frames, conversions, stated, maxHops, minAmount, untilKey, gas, followIncome, stops } = history;
  return accountTaint(frameView(frames, stated), {
    rules,
    labelCount: history.labelCount,
    seeds: history.seeds,
    priors: history.priors,
    limits: {
      maxHops,
      minAmount: new Map(frames.flatMap(({ effects }) => effects.map(({ asset }) => [asset, BigInt(minAmount)]))),
      untilKey,
      maxLots: null,
    },
    conventions: { gas, feeIncome: followIncome ? 'follow' : 'clean', statedBalances: 'adjust' },
    stopAt: (account) => (stops.has(account) ? 'stop' : null),
    conversionsOf: ({ orderKey }) => conversions[orderKey / 10 - 1],
    keepTrail: false,
  });
}

/** Equal amounts under every key; the whole maps are shown only where they differ. */
function assertSame(actual: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>, place: string): void {
  const differs = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean => {
    for (const [key, amount] of a) if (amount !== (b.get(key) ?? 0)) return true;
    return false;
  };
  if (!differs(actual, expected) && !differs(expected, actual)) return;
  const sorted = (map: ReadonlyMap<string, number>) =>
    [...map].filter(([, amount]) => amount > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(sorted(actual), sorted(expected), place);
}

/** What a rule says, as the oracle words it. */
function worded({ holdings, books }: AccountRuleResult): { places: Map<string, number>; sums: Map<string, number> } {
  const places = new Map<string, number>();
  for (const { account, asset, status, reason, taint } of holdings) {
    for (const [label, amount] of taint) places.set(`${account} ${asset} ${status} ${reason} ${label}`, Number(amount));
  }
  const sums = new Map<string, number>();
  for (const { asset, label, ...terms } of books) {
    for (const [term, amount] of Object.entries(terms))
      if (amount > 0n) sums.set(`${asset} ${term} ${label}`, Number(amount));
  }
  return { places, sums };
}

describe('account taint against unit by unit', () => {
  it(`agrees on ${HISTORIES} histories under two rules each, places and books`, () => {
    let placesSeen = 0;
    let converted = 0;
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const history = randomHistory(seed);
      const result = traced(history, rulesOf(seed));
      const priors = history.priors.map((prior) => ({ ...prior, amount: Number(prior.amount) }));
      for (const answer of result.rules) {
        const { rule, books, conserves } = answer;
        const expected = accountOracle({ ...history, rule, priors });
        const { places, sums } = worded(answer);
        const place = `seed ${seed}, rule ${rule}`;
        assertSame(places, expected.places, place);
        placesSeen += places.size;
        if (!conserves) continue;
        assertSame(sums, expected.sums, place);
        converted += books.filter(({ convertedIn }) => convertedIn > 0n).length;
      }
    }
    assert.ok(placesSeen > HISTORIES && converted > HISTORIES / 100, `${placesSeen} places, ${converted} converted`);
  });
});
