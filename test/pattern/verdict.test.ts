/** The verdict on a transaction: order of families, vetoes, missing facts; and the real transactions of `coinjoin-mainnet`. */
import assert from 'node:assert/strict';
import { type CoinjoinContext, coinjoinVerdict, isMix, type TransactionShape } from '../../src/pattern/index.ts';
import { readDumplings } from '../support/dumplings.ts';
import { itWithData } from '../support/shared-data.ts';
import { different, NULL_DATA, payees, payers, shape, times } from './shapes.ts';

const PLAIN: CoinjoinContext = { exchangeInput: false, spendsMix: false };

function verdictOf(of: TransactionShape, context: CoinjoinContext = PLAIN): string {
  const { verdict, family, veto } = coinjoinVerdict(of, context);
  assert.equal(isMix(of, context), verdict === 'yes', 'the short form agrees');
  return [verdict, family, veto].filter((word) => word !== null).join(' ');
}

describe('the verdict', () => {
  // Fits JoinMarket (3 of 6 equal) and equal outputs of no protocol (exactly half).
  const inputs = payers([2_000_000, 2_000_001, 2_000_002]);
  const outputs = payees([...times(3, 1_000_000), ...different(3, 900_000)]);

  it('names the first family that fits', () => {
    assert.equal(verdictOf(shape(inputs, outputs)), 'yes joinmarket');
    assert.equal(verdictOf(shape(payers([1_100_000, 1_000_000]), payees([600_000, 600_000, 500_000]))), 'no stonewall');
  });

  it('believes no family before its first block', () => {
    assert.equal(verdictOf(shape(inputs, outputs, 336_861)), 'yes joinmarket');
    assert.equal(verdictOf(shape(inputs, outputs, 336_860)), 'yes equal-output');
  });

  it('an exchange among the payers hides what its payouts look like', () => {
    assert.equal(verdictOf(shape(inputs, outputs), { ...PLAIN, exchangeInput: true }), 'no exchange');
    const mix = shape(payers([...times(4, 1_000_000), 1_000_100]), payees(times(5, 1_000_000)));
    assert.equal(verdictOf(mix, { ...PLAIN, exchangeInput: true }), 'yes whirlpool');
  });

  it('a spend of a mix with equal outputs of no protocol is post-mix', () => {
    // Five outputs, three of them equal, two payees the same: no JoinMarket, which wants them different.
    const same = outputs.slice(0, 5).map((output, vout) => (vout === 4 ? { ...output, address: 'payee 0' } : output));
    assert.equal(verdictOf(shape(inputs, same)), 'yes equal-output');
    assert.equal(verdictOf(shape(inputs, same), { ...PLAIN, spendsMix: true }), 'no post-mix');
    assert.equal(verdictOf(shape(inputs, outputs), { ...PLAIN, spendsMix: true }), 'yes joinmarket');
  });

  it('a Tx0 has equal outputs and one owner', () => {
    const cut = shape(inputs, [...payees([...times(3, 1_000_500), 50_000]), NULL_DATA]);
    assert.equal(verdictOf(cut), 'no whirlpool-tx0');
    assert.equal(coinjoinVerdict(cut, PLAIN).tx0.verdict, 'yes');
  });

  it('says unknown, not no, when payers are not known', () => {
    const hidden = inputs.map((input) => ({ ...input, address: null }));
    assert.equal(verdictOf(shape(hidden, outputs)), 'unknown joinmarket');
  });

  it('an ordinary payment fits nothing', () => {
    assert.equal(verdictOf(shape(payers([5]), payees([3, 1]))), 'no');
    assert.equal(verdictOf({ ...shape(payers([5, 5, 5]), payees([5, 5, 5])), coinbase: true }), 'no');
  });
});

describe('real coinjoins', () => {
  itWithData('every Wasabi 1 and Whirlpool coinjoin of the lists is found, under its name', 'coinjoin-mainnet', () => {
    // The labels are those of the files; block 700,000 was mined on 2021-09-11, block 840,000 on 2024-04-20.
    const count = (name: string, height: number, want: string): [number, number] => {
      const all = readDumplings(name, height);
      return [all.filter(({ shape: of }) => verdictOf(of) === want).length, all.length];
    };
    assert.deepEqual(count('wasabi1.WasabiCoinJoins', 697_000, 'yes wasabi-1'), [196, 196]);
    assert.deepEqual(count('whirlpool.SamouraiCoinJoins', 834_000, 'yes whirlpool'), [1403, 1403]);
  });
});
