/** Worked examples of src/taint/README.md on the engines: values are the published ones, calculated by hand in the fixtures. */
import assert from 'node:assert/strict';
import { btcText, mulDiv, satoshiFromBtcText, shareText } from '../../src/ledger/index.ts';
import { DEFAULT_CONVENTIONS } from '../../src/taint/index.ts';
import {
  COINBASE_TX,
  coinbaseFixture,
  DUST_MERGE_TX,
  dustFixture,
  EXAMPLE_X_TX,
  exampleX,
} from '../oracle/fixtures.ts';
import { traceTiny } from '../support/tiny-view.ts';

function ruleOf(
  name: string,
  given: Parameters<typeof traceTiny>,
  tx: number,
): { outputs: number[]; fee: bigint; burned: bigint } {
  const [chain, seeds, parameters] = given;
  const result = traceTiny(chain, seeds, { ...parameters, rules: [name] }).value.rules[0];
  const outputs = chain.transactions[tx].outputs.map((_, vout) => {
    const at = [...result.holdings, ...result.passed].find(
      (placement) => placement.tx === tx && placement.vout === vout,
    );
    return at?.taint.reduce((sum, [, amountSat]) => sum + amountSat, 0) ?? 0;
  });
  return { outputs, fee: result.books[0]?.fee ?? 0n, burned: result.books[0]?.burned ?? 0n };
}

describe('worked examples', () => {
  it('running example X (invariant 11): fifo 0,15,15;4, haircut 8,17,7;2, outputs-only 9,18,7;0, poison 25,50,20', () => {
    const { chain, seeds } = exampleX();
    assert.deepEqual(ruleOf('fifo', [chain, seeds, {}], EXAMPLE_X_TX), { outputs: [0, 15, 15], fee: 4n, burned: 0n });
    assert.deepEqual(ruleOf('haircut', [chain, seeds, {}], EXAMPLE_X_TX), { outputs: [8, 17, 7], fee: 2n, burned: 0n });
    const conventions = { ...DEFAULT_CONVENTIONS, haircutFee: 'outputs-only' } as const;
    assert.deepEqual(ruleOf('haircut', [chain, seeds, { conventions }], EXAMPLE_X_TX).outputs, [9, 18, 7]);
    assert.deepEqual(ruleOf('poison', [chain, seeds, {}], EXAMPLE_X_TX).outputs, [25, 50, 20]);
  });

  it('coinbase orders of src/taint/README.md: S4 lies in the first output, or in the second; an under-claim burns the tail', () => {
    const under = (coinbaseOrder: 'fees-first' | 'subsidy-first', outputs: number[]): unknown => {
      const { chain, seeds } = coinbaseFixture(outputs);
      const conventions = { ...DEFAULT_CONVENTIONS, feeTaint: 'propagate', coinbaseOrder } as const;
      return ruleOf('fifo', [chain, seeds, { conventions }], COINBASE_TX);
    };
    assert.deepEqual(under('fees-first', [40, 18]), { outputs: [4, 0], fee: 0n, burned: 0n });
    assert.deepEqual(under('subsidy-first', [40, 18]), { outputs: [0, 4], fee: 0n, burned: 0n });
    // 50 subsidy, then [c1 S4 c3]: outputs 40 and 12 leave 6 satoshi, of which [S3 c3] are the last: 3 tainted burn.
    assert.deepEqual(under('subsidy-first', [40, 12]), { outputs: [0, 1], fee: 0n, burned: 3n });
  });

  it('dust splitting steers whole-satoshi haircut: 10 where the exact answer is 5 (src/taint/README.md)', () => {
    const { chain, seeds } = dustFixture();
    assert.deepEqual(ruleOf('haircut', [chain, seeds, {}], DUST_MERGE_TX).outputs, [10]);
  });

  it('limits cut and book what they cut; a service stops; a missing spender is unresolved', () => {
    const pay = (
      height: number,
      inputs: Array<{ tx: number; vout: number } | { external: number }>,
      outputs: object[],
    ) => ({ coinbase: false, height, inputs, outputs }) as never;
    // 100 seeded -> 60 to a service, 30 on (spent again), 10 fee; the 30 goes to 30 that a source saw spent.
    const chain = {
      transactions: [
        pay(1, [{ external: 100 }], [{ value: 100 }]),
        pay(2, [{ tx: 0, vout: 0 }], [{ value: 60, address: 7 }, { value: 30 }]),
        pay(3, [{ tx: 1, vout: 1 }], [{ value: 30, statedSpent: true }]),
      ],
    };
    const seeds = [{ tx: 0, vout: 0, label: 0 }];
    const book = (given: object): Record<string, bigint> => ({
      ...traceTiny(chain, seeds, { rules: ['fifo'], ...given }).value.rules[0].books[0],
    });
    const base = { seeded: 100n, held: 0n, fee: 10n, stopped: 0n, cut: 0n, burned: 0n, unresolved: 0n };
    assert.deepEqual(book({ serviceAddresses: new Set([7]) }), { ...base, stopped: 60n, unresolved: 30n });
    const limits = { maxHops: null, minSat: null, minShareMillionths: null, untilHeight: null };
    assert.deepEqual(book({ limits: { ...limits, maxHops: 1 } }), { ...base, held: 60n, cut: 30n });
    assert.deepEqual(book({ limits: { ...limits, minSat: 31 } }), { ...base, held: 60n, cut: 30n });
    assert.deepEqual(book({ limits: { ...limits, untilHeight: 2 } }), { ...base, held: 60n, cut: 30n });
    assert.deepEqual(book({ limits: { ...limits, minShareMillionths: 1_000_000 } }), {
      ...base,
      held: 60n,
      unresolved: 30n,
    });
  });
});

describe('exact amounts', () => {
  it('mulDiv agrees with bigint on products of up to 102 bits', () => {
    let state = 88_172_645_463_325_252n;
    const next = (bound: bigint): bigint => {
      state ^= (state << 13n) & ((1n << 64n) - 1n);
      state ^= state >> 7n;
      state ^= (state << 17n) & ((1n << 64n) - 1n);
      return state % bound;
    };
    const into = { quotient: 0, remainder: 0 };
    for (let index = 0; index < 200_000; index += 1) {
      const c = 1n + next(1n << (1n + next(50n)));
      const a = next(c + 1n);
      const b = next(2_100_000_000_000_000n);
      mulDiv(Number(a), Number(b), Number(c), into);
      assert.deepEqual(
        [BigInt(into.quotient), BigInt(into.remainder)],
        [(a * b) / c, (a * b) % c],
        `${a} * ${b} / ${c}`,
      );
    }
  });

  it('reads bitcoin text without floats and writes it back', () => {
    assert.equal(satoshiFromBtcText('5.96e-05'), 5960);
    assert.equal(satoshiFromBtcText('32.02476446'), 3_202_476_446);
    assert.equal(btcText(1), '0.00000001');
    assert.equal(shareText(1, 3), '0.333333');
    for (const wrong of ['-1', '0.000000001', 'NaN', '21000000.00000001', ''])
      assert.throws(() => satoshiFromBtcText(wrong), { code: 'AMOUNT_INVALID' });
  });
});
