/** Files of rules: the bundled one, what is refused and where, thresholds on the unit, and scores by hand. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { SpoorError } from '../../src/ledger/index.ts';
import { readThreshold, sharesOf, unitText } from '../../src/screen/amount.ts';
import { judgeGolden, parseRuleFile } from '../../src/screen/index.ts';
import { projectPath } from '../support/shared-data.ts';

const RULES = `schema: spoor.rules/1
id: test
version: 3
unknown_share: 0.1
rules:
  - id: ransom
    version: 2
    name: ransom
    kind: indirect
    direction: received
    categories: [ransomware]
    method: haircut
    min_amount: 0.5 BTC
    min_share: 0.25
    max_hops: 4
    window: 30d
    level: high
    action: hold
golden:
`;

function refused(text: string): SpoorError {
  try {
    parseRuleFile(text, 'rules.yaml');
  } catch (error) {
    assert.ok(error instanceof SpoorError);
    return error;
  }
  return assert.fail('nothing was refused');
}

describe('rules', () => {
  it('the bundled file reads, and its golden cases come out as written', () => {
    const text = readFileSync(projectPath('samples/rules/default.yaml'), 'utf8');
    const outcomes = judgeGolden(parseRuleFile(text, 'default.yaml'));
    assert.ok(outcomes.length >= 10);
    assert.deepEqual(
      outcomes.filter(({ passed }) => !passed),
      [],
    );
  });

  it('thresholds bind on the unit: amount, share, hops, days, kind, category, direction, method', () => {
    const parts = (ransom: string, rest: string): string =>
      `parts: [{category: ransomware, hops: 4, days_before: 30, haircut: ${ransom}}, {part: mined, haircut: ${rest}}]`;
    // 0.5 of 2 BTC is a quarter exactly.
    const cases: Array<[string, string]> = [
      [parts('0.5 BTC', '1.5 BTC'), 'high'],
      [parts('0.49999999 BTC', '1 BTC'), 'none'],
      [parts('0.5 BTC', '1.50000001 BTC'), 'none'],
      [parts('0.5 BTC', '1.5 BTC').replace('hops: 4', 'hops: 5'), 'none'],
      [parts('0.5 BTC', '1.5 BTC').replace('hops: 4', 'hops: 1'), 'none'],
      [parts('0.5 BTC', '1.5 BTC').replace('30', '31'), 'none'],
      [parts('0.5 BTC', '1.5 BTC').replace('ransomware', 'exchange'), 'none'],
      [`direction: sent\n    ${parts('0.5 BTC', '1.5 BTC')}`, 'none'],
      [parts('0.5 BTC', '1.5 BTC').replace('haircut: 0.5 BTC', 'haircut: 0.4 BTC, fifo: 2 BTC'), 'none'],
    ];
    const text = cases
      .map(([body, level], at) => `  - name: case ${at}\n    ${body}\n    expect: {level: ${level}}\n`)
      .join('');
    const outcomes = judgeGolden(parseRuleFile(RULES + text, 'rules.yaml'));
    assert.deepEqual(
      outcomes.map(({ got }) => got.level),
      cases.map(([, level]) => level),
    );
  });

  it('refuses what is wrong, naming the line and the field', () => {
    const cases: Array<[string, string, string]> = [
      ['level: high', 'level: terrible', 'rules[0].level'],
      ['max_hops: 4', 'max_hobs: 4', 'rules[0].max_hobs'],
      ['    kind: indirect\n', '', 'rules[0].kind'],
      ['[ransomware]', '[ransomwhere]', 'rules[0].categories[0]'],
      ['min_amount: 0.5 BTC', 'min_amount: 0.5', 'rules[0].min_amount'],
      ['min_amount: 0.5 BTC', 'min_amount: 0.000000001 BTC', 'rules[0].min_amount'],
      ['min_share: 0.25', 'min_share: 1.5', 'rules[0].min_share'],
      ['method: haircut', 'method: poison', 'rules[0].min_amount'],
      ['kind: indirect', 'kind: ownership', 'rules[0].method'],
      ['window: 30d', 'window: 30', 'rules[0].window'],
      ['version: 3', 'version: three', 'version'],
      ['unknown_share: 0.1', 'unknown_share: 2', 'unknown_share'],
    ];
    for (const [from, to, field] of cases) {
      const error = refused(`${RULES.replace(from, to)}  []\n`);
      assert.equal(error.code, 'RULES_INVALID', to);
      assert.equal(error.place.field, field, to);
    }
    const bombs = ['a: &a [x]\nb: [*a, *a]\n', 'a: !!js/function x\n', 'a: 1\na: 2\n', '<<: {a: 1}\n', '[[[['];
    for (const text of bombs) assert.equal(refused(text).code, 'RULES_INVALID');
    assert.equal(refused(`#${'x'.repeat(1024 * 1024)}`).code, 'TOO_LARGE');
  });

  it('amounts are read from text to the last unit, and shares sum to one', () => {
    assert.deepEqual(readThreshold('0.00000001 BTC'), { asset: 'BTC', raw: 1n });
    assert.deepEqual(readThreshold('1.000000000000000001 ETH'), { asset: 'ETH', raw: 10n ** 18n + 1n });
    assert.deepEqual(readThreshold('7'), { asset: null, raw: 7n });
    assert.equal(unitText(10_000n, 8), '0.0001');
    assert.equal(unitText(10n ** 18n, 18), '1');
    // Thirds: 333333 each is one millionth short; the first of equal remainders gets it.
    assert.deepEqual(sharesOf([1n, 1n, 1n]), [333_334n, 333_333n, 333_333n]);
  });
});
