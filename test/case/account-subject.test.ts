/** Subjects of an account chain: canonical forms, and refusals that name what is wrong. */
import assert from 'node:assert/strict';
import { type AccountSubject, isAccountSubject, parseAccountSubject } from '../../src/case/index.ts';
import { SpoorError } from '../../src/ledger/index.ts';

// EIP-55, test cases.
const VECTOR = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const OTHER = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359';
const HASH = `0x${'AB'.repeat(32)}`;

function refused(text: string, code: SpoorError['code'], words: RegExp): void {
  assert.throws(
    () => parseAccountSubject(text),
    (error) => error instanceof SpoorError && error.code === code && words.test(error.message),
    text,
  );
}

describe('subjects of an account chain', () => {
  it('accounts, assets, ranges and transactions come in canonical form', () => {
    const lower = VECTOR.toLowerCase();
    const texts: ReadonlyArray<readonly [string, string]> = [
      [lower, VECTOR],
      [`0x${lower.slice(2).toUpperCase()}`, VECTOR],
      [`${VECTOR}/native`, `${VECTOR}/native`],
      [`${lower}/${OTHER.toLowerCase()}`, `${VECTOR}/${OTHER}`],
      [`${VECTOR}@5..9`, `${VECTOR}@5..9`],
      [`${VECTOR}/native@2022-03-23..`, `${VECTOR}/native@2022-03-23..`],
      [HASH, HASH.toLowerCase()],
    ];
    for (const [given, canonical] of texts) {
      const subject = parseAccountSubject(given);
      assert.equal(subject.text, canonical);
      assert.deepEqual(parseAccountSubject(canonical), subject, 'the canonical form reads to the same');
    }
    const ranged = parseAccountSubject(`${VECTOR}/${OTHER}@2022-03-23..2022-03-23`) as Extract<
      AccountSubject,
      { kind: 'account' }
    >;
    assert.deepEqual([ranged.account, ranged.asset], [lower, OTHER.toLowerCase()]);
    // 2022-03-23 is 1647993600 to 1648079999 seconds since epoch.
    assert.deepEqual(ranged.range, { unit: 'time', from: 1_647_993_600, to: 1_648_079_999 });
    assert.equal(parseAccountSubject(HASH).kind, 'account-transaction');
  });

  it('says which text is one', () => {
    assert.ok(isAccountSubject('0X12') && !isAccountSubject('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'));
  });

  it('what is malformed is refused, naming the character or the part', () => {
    refused(VECTOR.replace('Aed', 'AeD'), 'ADDRESS_INVALID', /character 42 \("D"\) should be "d"/);
    refused(`${VECTOR.slice(0, -1)}g`, 'ADDRESS_INVALID', /character 42 \("g"\) is not a hex digit/);
    refused(VECTOR.slice(0, -1), 'ADDRESS_INVALID', /has 40 hex digits after 0x; .* has 39/);
    refused(HASH.slice(0, -1), 'TXID_INVALID', /has 64 hex digits after 0x; .* has 63/);
    refused(`${VECTOR}/USDC`, 'SUBJECT_INVALID', /"USDC" is no asset/);
    refused(`${VECTOR}/${OTHER}/native`, 'SUBJECT_INVALID', /more than one asset/);
    refused(`${VECTOR}/${OTHER.slice(0, -1)}`, 'ADDRESS_INVALID', /39/);
    refused(`${VECTOR}@9..5`, 'SUBJECT_INVALID', /ends before it starts/);
    refused(`${VECTOR}@`, 'SUBJECT_INVALID', /not a range/);
    refused(`${HASH}/native`, 'SUBJECT_INVALID', /neither an asset nor a range/);
    refused('bc1q', 'SUBJECT_INVALID', /does not start with 0x/);
    refused('', 'SUBJECT_INVALID', /empty/);
  });
});
