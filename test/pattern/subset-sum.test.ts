/** Subset sums: what BlockSci calls definite and possible, by hand and against every way of dealing tried one by one. */
import assert from 'node:assert/strict';
import { type SumLimits, sumVerdict, type TransactionShape } from '../../src/pattern/index.ts';
import { Prng } from '../support/prng.ts';
import { payees, payers, shape } from './shapes.ts';

const SEED = Number(process.env.SEED ?? 20_180_101);
const LIMITS: SumLimits = { baseFeeSat: 0, feeMillionths: 0, maxSteps: 10_000 };
const of = (inputsSat: readonly number[], outputsSat: readonly number[]): TransactionShape =>
  shape(payers(inputsSat), payees(outputsSat));

describe(`subset sums (SEED=${SEED})`, () => {
  it('definite: every participant can pay his equal output and his change, less the fee', () => {
    const coinjoin = of([30, 12], [10, 10, 20, 2]);
    assert.equal(sumVerdict(coinjoin, LIMITS), 'definite');
    // One satoshi short on the second: he is paid for when the fee may be 1 sat, or a tenth of 10 sat.
    const short = of([31, 11], [10, 10, 20, 2]);
    assert.equal(sumVerdict(short, LIMITS), 'possible');
    assert.equal(sumVerdict(short, { ...LIMITS, baseFeeSat: 1 }), 'definite');
    assert.equal(sumVerdict(short, { ...LIMITS, feeMillionths: 100_000 }), 'definite');
    assert.equal(sumVerdict(short, { ...LIMITS, feeMillionths: 99_999 }), 'possible');
  });

  it('possible: two equal outputs to others can be paid', () => {
    assert.equal(sumVerdict(of([10, 10, 5], [10, 10, 1, 2, 3]), LIMITS), 'possible');
    assert.equal(sumVerdict(of([10, 9, 6], [10, 10, 1, 2, 3]), LIMITS), 'possible', '9 + 6 pay one');
    assert.equal(sumVerdict(of([20, 9], [10, 10, 1, 2, 3]), LIMITS), 'no', '9 pay none');
    assert.equal(sumVerdict(of([20, 9], [7, 8, 9]), LIMITS), 'no', 'nothing equal');
  });

  it('inputs of one address are one payer', () => {
    const one = of([30, 12], [10, 10, 20, 2]);
    const inputs = one.inputs.map((input) => ({ ...input, address: 'one' }));
    assert.equal(sumVerdict({ ...one, inputs }, LIMITS), 'no');
  });

  it('a value that is not known is unknown, spent steps are timed-out', () => {
    const coinjoin = of([30, 12], [10, 10, 20, 2]);
    const hidden = coinjoin.inputs.map((input) => ({ ...input, valueSat: null }));
    assert.equal(sumVerdict({ ...coinjoin, inputs: hidden }, LIMITS), 'unknown');
    assert.equal(sumVerdict(coinjoin, { ...LIMITS, maxSteps: 1 }), 'timed-out');
    assert.equal(sumVerdict(coinjoin, { ...LIMITS, maxSteps: 2 }), 'definite', 'two payers, two steps');
  });

  it('agrees with every way of dealing tried one by one (2,000 coinjoins)', () => {
    const random = Prng.fromSeed(SEED);
    const seen = new Map<string, number>();
    for (let round = 0; round < 2_000; round += 1) {
      const participants = random.between(2, 3);
      const inputsSat = Array.from({ length: random.between(participants, 6) }, () => random.between(1, 15));
      const denominationSat = random.between(3, 9);
      const changes = Array.from({ length: random.between(participants - 1, participants) }, (_, at) => 10 + 3 * at);
      const outputsSat = [...new Array<number>(participants).fill(denominationSat), ...changes];
      const goals = Array.from({ length: participants }, (_, at) => denominationSat + (changes[at] ?? 0));
      const tried = dealt(inputsSat, goals)
        ? 'definite'
        : dealt(inputsSat, [denominationSat, denominationSat])
          ? 'possible'
          : 'no';
      const found = sumVerdict(of(inputsSat, outputsSat), LIMITS);
      assert.equal(found, tried, JSON.stringify({ inputsSat, outputsSat }));
      seen.set(found, (seen.get(found) ?? 0) + 1);
    }
    assert.ok((seen.get('definite') ?? 0) > 50 && (seen.get('possible') ?? 0) > 50, JSON.stringify([...seen]));
  });
});

/** Whether some way of giving each sum to one goal reaches all. */
function dealt(sums: readonly number[], goals: readonly number[]): boolean {
  for (let way = 0; way < goals.length ** sums.length; way += 1) {
    const left = [...goals];
    let rest = way;
    for (const sum of sums) {
      left[rest % goals.length]! -= sum;
      rest = Math.floor(rest / goals.length);
    }
    if (left.every((goal) => goal <= 0)) return true;
  }
  return false;
}
