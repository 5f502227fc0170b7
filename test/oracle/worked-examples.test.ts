/** The oracles against examples worked by hand: src/taint/README.md */
import assert from 'node:assert/strict';
import { checkTinyChain } from '../support/tiny-chain.ts';
import { balances, integerBooks, oracleBooks } from './books.ts';
import { fifoOracle, inOutOracle, lifoReverseOracle, lifoStackOracle, type Marks } from './fifo.ts';
import {
  COINBASE_TX,
  coinbaseFixture,
  DUST_MERGE_TX,
  dustFixture,
  EXAMPLE_X_TX,
  exampleX,
  firstWinsFixture,
  overfillFixture,
} from './fixtures.ts';
import { fraction } from './fraction.ts';
import { haircutOracle } from './haircut.ts';
import { apportion, haircutIntegerOracle, seniorityOracle, tihoOracle } from './haircut-integer.ts';
import { poisonOracle } from './poison.ts';
import type { OracleResult } from './walk.ts';

/** Marks of runs written like [c25 S4]: pairs of (mark, length). */
function runs(...pairs: Array<[mark: number, length: number]>): number[] {
  return pairs.flatMap(([mark, length]) => new Array<number>(length).fill(mark));
}

const C = 0;
const S = 1;

/** Amounts of label 0 on the outputs of one transaction, then in its fee. */
function amountsAt<T extends number | ReturnType<typeof fraction>>(
  result: OracleResult<unknown, T>,
  tx: number,
  outputs: number,
): T[] {
  const taints = Array.from({ length: outputs }, (_, vout) => result.taint.get(`${tx}:${vout}`)![0]!);
  return [...taints, result.fee[tx]![0]!];
}

describe('oracles: running example X', () => {
  const { chain, seeds } = exampleX();
  const golden = <T extends number | ReturnType<typeof fraction>>(result: OracleResult<unknown, T>) =>
    amountsAt(result, EXAMPLE_X_TX, 3);

  it('is a valid chain whose third input is [c6 S4]', () => {
    checkTinyChain(chain);
    assert.deepEqual(fifoOracle(chain, seeds).state.get('2:0'), runs([C, 6], [S, 4]));
  });

  it('fifo cuts [c60 S30 c6 S4] into [c25] [c35 S15] [S15 c5], fee [c1 S4]', () => {
    const result = fifoOracle(chain, seeds);
    assert.deepEqual(golden(result), [0, 15, 15, 4]);
    const states = [0, 1, 2].map((vout) => result.state.get(`3:${vout}`));
    assert.deepEqual(states, [runs([C, 25]), runs([C, 35], [S, 15]), runs([S, 15], [C, 5])]);
    assert.deepEqual(result.feeState[EXAMPLE_X_TX], runs([C, 1], [S, 4]));
  });

  it('lifo-stack gives 19, 15, 0 and the slices keep their inner order', () => {
    const result = lifoStackOracle(chain, seeds);
    assert.deepEqual(golden(result), [19, 15, 0, 0]);
    assert.deepEqual(result.state.get('3:0'), runs([S, 15], [C, 6], [S, 4]));
    assert.deepEqual(result.state.get('3:1'), runs([C, 35], [S, 15]));
  });

  it('the other order rules give what src/taint/README.md lists', () => {
    assert.deepEqual(golden(lifoReverseOracle(chain, seeds)), [20, 10, 0, 4]);
    assert.deepEqual(golden(inOutOracle(chain, seeds, { in: 'C', out: 'S' })), [0, 29, 0, 5]);
    assert.deepEqual(golden(inOutOracle(chain, seeds, { in: 'T', out: 'H' })), [0, 34, 0, 0]);
    assert.deepEqual(golden(inOutOracle(chain, seeds, { in: 'F', out: 'F' })), [0, 15, 15, 4]);
    assert.deepEqual(golden(inOutOracle(chain, seeds, { in: 'F', out: 'L' })), [20, 10, 0, 4]);
    assert.deepEqual(golden(inOutOracle(chain, seeds, { in: 'L', out: 'F' })), [19, 15, 0, 0]);
  });

  it('inputs by size: smallest first lines up [c6 S4 S30 c60], highest first [c60 S30 c6 S4]', () => {
    // S/F: 25 = c6 S19; 50 = S15 c35; 20 = c20; fee c5. H equals F here, served highest first: 50 = c50; 25 = c10 S15; 20 = S15 c5.
    assert.deepEqual(golden(inOutOracle(chain, seeds, { in: 'S', out: 'F' })), [19, 15, 0, 0]);
    assert.deepEqual(golden(inOutOracle(chain, seeds, { in: 'H', out: 'H' })), [15, 0, 15, 4]);
  });

  it('haircut is 17/2, 17, 34/5, fee 17/10 exactly and 8, 17, 7, fee 2 in integers', () => {
    const exact = [fraction(17, 2), fraction(17), fraction(34, 5), fraction(17, 10)];
    assert.deepEqual(golden(haircutOracle(chain, seeds)), exact);
    assert.deepEqual(golden(haircutIntegerOracle(chain, seeds)), [8, 17, 7, 2]);
  });

  it('outputs-only haircut is 34 b/95 exactly and 9, 18, 7, fee 0 in integers', () => {
    const exact = [fraction(34 * 25, 95), fraction(34 * 50, 95), fraction(34 * 20, 95), fraction(0)];
    assert.deepEqual(golden(haircutOracle(chain, seeds, { haircutFee: 'outputs-only' })), exact);
    assert.deepEqual(golden(haircutIntegerOracle(chain, seeds, { haircutFee: 'outputs-only' })), [9, 18, 7, 0]);
  });

  it('tiho fills the highest output, seniority the first', () => {
    assert.deepEqual(golden(tihoOracle(chain, seeds)), [0, 34, 0, 0]);
    assert.deepEqual(golden(seniorityOracle(chain, seeds)), [25, 9, 0, 0]);
  });

  it('tiho with 98 of 100 tainted fills all outputs and puts 3 in the fee, with 60 it fills 50 and 10', () => {
    for (const [tainted, expected] of [
      [98, [25, 50, 20, 3]],
      [60, [10, 50, 0, 0]],
    ] as const) {
      const one = {
        transactions: [
          { coinbase: false, height: 1, inputs: [{ external: tainted }], outputs: [{ value: tainted }] },
          {
            coinbase: false,
            height: 2,
            inputs: [{ tx: 0, vout: 0 }, { external: 100 - tainted }],
            outputs: [{ value: 25 }, { value: 50 }, { value: 20 }],
          },
        ],
      };
      assert.deepEqual(amountsAt(tihoOracle(one, [{ tx: 0, vout: 0, label: 0 }]), 1, 3), expected);
    }
  });

  it('poison reaches all three outputs', () => {
    const { labels } = poisonOracle(chain, seeds);
    assert.deepEqual(
      ['3:0', '3:1', '3:2'].map((key) => labels.get(key)),
      [[0], [0], [0]],
    );
  });

  it('books: 34 seeded, fifo holds 30 and paid 4, haircut holds 32 and paid 2', () => {
    const none = { burned: 0n, unresolved: 0n, cut: 0n };
    assert.deepEqual(integerBooks(chain, fifoOracle(chain, seeds)), [{ seeded: 34n, held: 30n, fee: 4n, ...none }]);
    assert.deepEqual(integerBooks(chain, haircutIntegerOracle(chain, seeds)), [
      { seeded: 34n, held: 32n, fee: 2n, ...none },
    ]);
  });
});

describe('oracles: fee taint in a coinbase (src/taint/README.md)', () => {
  function coinbaseOutputs(outputs: readonly number[], coinbaseOrder: 'fees-first' | 'subsidy-first') {
    const { chain, seeds } = coinbaseFixture(outputs);
    checkTinyChain(chain);
    const result = fifoOracle(chain, seeds, { feeTaint: 'propagate', coinbaseOrder });
    const states: Marks[] = outputs.map((_, vout) => result.state.get(`${COINBASE_TX}:${vout}`)!);
    return { states, burned: result.feeState[COINBASE_TX]!, books: integerBooks(chain, result) };
  }

  it('fees come as [c1 S4] and [c3], and sink by default', () => {
    const { chain, seeds } = coinbaseFixture();
    const result = fifoOracle(chain, seeds);
    assert.deepEqual(result.feeState[1], runs([C, 1], [S, 4]));
    assert.deepEqual(result.feeState[2], runs([C, 3]));
    assert.deepEqual(result.state.get('3:0'), runs([C, 40]));
    assert.deepEqual(integerBooks(chain, result), [
      { seeded: 4n, held: 0n, fee: 4n, burned: 0n, unresolved: 0n, cut: 0n },
    ]);
  });

  it('fees-first: [c1 S4 c35] [c18]', () => {
    const { states, burned, books } = coinbaseOutputs([40, 18], 'fees-first');
    assert.deepEqual(states, [runs([C, 1], [S, 4], [C, 35]), runs([C, 18])]);
    assert.deepEqual(burned, []);
    assert.deepEqual(books, [{ seeded: 4n, held: 4n, fee: 0n, burned: 0n, unresolved: 0n, cut: 0n }]);
  });

  it('subsidy-first: [c40] [c11 S4 c3]', () => {
    const { states } = coinbaseOutputs([40, 18], 'subsidy-first');
    assert.deepEqual(states, [runs([C, 40]), runs([C, 11], [S, 4], [C, 3])]);
  });

  it('claiming only 55 burns 3 clean satoshis under both orders', () => {
    const feesFirst = coinbaseOutputs([40, 15], 'fees-first');
    assert.deepEqual(feesFirst.states, [runs([C, 1], [S, 4], [C, 35]), runs([C, 15])]);
    assert.deepEqual(feesFirst.burned, runs([C, 3]));
    const subsidyFirst = coinbaseOutputs([40, 15], 'subsidy-first');
    assert.deepEqual(subsidyFirst.states, [runs([C, 40]), runs([C, 11], [S, 4])]);
    assert.deepEqual(subsidyFirst.burned, runs([C, 3]));
  });

  it('claiming only 52, subsidy first, burns [S3 c3] and books it', () => {
    // line [c50 c1 S4 c3]: 40 take c40, 12 take c10 c1 S1, what is left is S3 c3
    const { states, burned, books } = coinbaseOutputs([40, 12], 'subsidy-first');
    assert.deepEqual(states[1], runs([C, 11], [S, 1]));
    assert.deepEqual(burned, runs([S, 3], [C, 3]));
    assert.deepEqual(books, [{ seeded: 4n, held: 1n, fee: 0n, burned: 3n, unresolved: 0n, cut: 0n }]);
  });

  it('haircut: the fee of transaction 1 carries 4 * 5/15, the coinbase spreads it over 58 satoshis', () => {
    const { chain, seeds } = coinbaseFixture([40, 12]);
    const result = haircutOracle(chain, seeds, { feeTaint: 'propagate' });
    const inFee = fraction(4 * 5, 15);
    assert.deepEqual(result.fee[1], [inFee]);
    // 4/3 sat over 58: 40 take 4/3*40/58 = 80/87, 12 take 24/87, the 6 unclaimed 12/87
    assert.deepEqual(amountsAt(result, COINBASE_TX, 2), [fraction(80, 87), fraction(24, 87), fraction(12, 87)]);
    assert.ok(oracleBooks(chain, result).every(balances));
  });

  it('poison enters a coinbase only when told to', () => {
    const { chain, seeds } = coinbaseFixture();
    assert.deepEqual(poisonOracle(chain, seeds).labels.get('3:0'), []);
    assert.deepEqual(poisonOracle(chain, seeds, { feeTaint: 'propagate' }).labels.get('3:0'), [0]);
  });
});

describe('oracles: rounding, several labels, seeds on tainted outputs', () => {
  it('dust splitting: integer haircut says 10 where the exact one says 5', () => {
    const { chain, seeds } = dustFixture();
    const integer = haircutIntegerOracle(chain, seeds);
    const ones = Array.from({ length: 20 }, (_, vout) => integer.taint.get(`1:${vout}`)![0]);
    assert.deepEqual(ones, runs([1, 10], [0, 10]));
    assert.deepEqual(integer.taint.get(`${DUST_MERGE_TX}:0`), [10]);
    assert.deepEqual(haircutOracle(chain, seeds).taint.get(`${DUST_MERGE_TX}:0`), [fraction(5)]);
  });

  it('two labels of 1 sat never share an output of 1 sat', () => {
    const { chain, seeds } = overfillFixture();
    const { taint } = haircutIntegerOracle(chain, seeds);
    assert.deepEqual(
      [taint.get('2:0'), taint.get('2:1')],
      [
        [1, 0],
        [0, 1],
      ],
    );
  });

  it('apportion against what is left, worked by hand', () => {
    // Label 0: 5 over (3, 3, 4): 1.5, 1.5, 2.0 -> 1, 1, 2, one missing to index 0 -> (2, 1, 2); left (1, 2, 2).
    // Label 1: 3 over (1, 2, 2): 0.6, 1.2, 1.2 -> 0, 1, 1, one missing to remainder 0.6 -> (1, 1, 1).
    assert.deepEqual(apportion([5, 3], [3, 3, 4]), [
      [2, 1],
      [1, 1],
      [2, 1],
    ]);
    assert.throws(() => apportion([5, 3], [3, 4]), RangeError);
  });

  it('a seed on a tainted output fills only what is clean', () => {
    const { chain, seeds } = firstWinsFixture();
    const fifo = fifoOracle(chain, seeds);
    assert.deepEqual(fifo.state.get('1:0'), runs([2, 6], [1, 4]));
    assert.deepEqual(
      [fifo.taint.get('2:0'), fifo.taint.get('2:1')],
      [
        [0, 5],
        [4, 1],
      ],
    );
    const exact = haircutOracle(chain, seeds);
    assert.deepEqual(exact.taint.get('2:0'), [fraction(2), fraction(3)]);
    const books = integerBooks(chain, fifo);
    assert.deepEqual(
      books.map(({ seeded, held }) => [seeded, held]),
      [
        [4n, 4n],
        [6n, 6n],
      ],
    );
    assert.deepEqual(poisonOracle(chain, seeds).labels.get('2:1'), [0, 1]);
  });

  it('unspendable, known spent and plain outputs are burned, unresolved and held', () => {
    const chain = {
      transactions: [
        { coinbase: false, height: 1, inputs: [{ external: 10 }], outputs: [{ value: 10 }] },
        {
          coinbase: false,
          height: 2,
          inputs: [{ tx: 0, vout: 0 }],
          outputs: [{ value: 1, unspendable: true }, { value: 2, statedSpent: true }, { value: 3 }],
        },
      ],
    };
    const [book] = integerBooks(chain, fifoOracle(chain, [{ tx: 0, vout: 0, label: 0 }]));
    assert.deepEqual(book, { seeded: 10n, held: 3n, fee: 4n, burned: 1n, unresolved: 2n, cut: 0n });
  });

  it('zero-value outputs carry poison and no amount', () => {
    const chain = {
      transactions: [
        { coinbase: false, height: 1, inputs: [{ external: 0 }], outputs: [{ value: 0 }] },
        { coinbase: false, height: 1, inputs: [{ tx: 0, vout: 0 }, { external: 7 }], outputs: [{ value: 7 }] },
      ],
    };
    const seeds = [{ tx: 0, vout: 0, label: 0 }];
    assert.deepEqual(poisonOracle(chain, seeds).labels.get('1:0'), [0]);
    assert.deepEqual(haircutOracle(chain, seeds).taint.get('1:0'), [fraction(0)]);
    assert.deepEqual(fifoOracle(chain, seeds).taint.get('1:0'), [0]);
  });
});
