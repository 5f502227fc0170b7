/** Oracle 20: every threshold of the detectors, exactly on it and one unit beyond (methods: detector goldens). */
import assert from 'node:assert/strict';
import {
  ashigaruMix,
  type Detector,
  detect,
  equalOutput,
  equalOutputChange,
  fits,
  joinMarket,
  joinMarketFiltered,
  type ShapeInput,
  stonewall,
  type TransactionShape,
  WASABI_2_DENOMINATIONS_SAT,
  wasabi1Levels,
  wasabi2,
  wasabi2Large,
  wasabi2Structural,
  wasabi10,
  wasabi11,
  whirlpoolMix,
  whirlpoolTx0,
} from '../../src/pattern/index.ts';
import { different, NULL_DATA, payees, payers, shape, times } from './shapes.ts';

/** A boundary: the last transaction that fits and the first that does not, and a word of the check that must fail. */
function boundary(detector: Detector, title: string, on: TransactionShape, beyond: TransactionShape, word: string) {
  it(`${detector.name}: ${title}`, () => {
    const accepted = detect(detector, on);
    const failed = accepted.checks.filter(({ holds }) => holds !== true);
    assert.deepEqual(failed, [], 'on the boundary');
    assert.equal(accepted.verdict, 'yes');
    const refused = detect(detector, beyond);
    assert.equal(refused.verdict, 'no', 'one beyond');
    const reasons = refused.checks.filter(({ holds }) => holds === false).map(({ rule }) => rule);
    assert.ok(
      reasons.some((rule) => rule.includes(word)),
      `refused for ${reasons.join('; ')}, not for "${word}"`,
    );
    assert.ok(fits(detector, on) && !fits(detector, beyond), 'the short form agrees');
  });
}

const MILLION = 1_000_000;
const coordinator = { valueSat: 77, address: 'bc1qs604c7jv6amk4cxqlnvuxv26hv3e48cds4m0ew', type: 'p2wpkh' } as const;

describe('equal outputs of no protocol', () => {
  const five = payees([MILLION, MILLION, MILLION, 5, 6]);
  boundary(
    equalOutput,
    'at least 2 inputs',
    shape(payers([1, 1]), payees([9, 9, 1])),
    shape(payers([1]), five),
    '2 in',
  );
  boundary(
    equalOutput,
    'at least 3 outputs',
    shape(payers([1, 1]), payees([9, 9, 1])),
    shape(payers([1, 1]), payees([9, 9])),
    'at least 3 outputs',
  );
  boundary(
    equalOutput,
    'half the outputs, rounded up, exactly',
    shape(payers([1, 1, 1]), five),
    shape(payers([1, 1, 1]), payees([MILLION, MILLION, MILLION, MILLION, 6])),
    'exactly 3',
  );
  boundary(
    equalOutput,
    'as many payers as participants',
    shape(payers([1, 1, 1]), five),
    shape([...payers([1, 1]), { ...payers([1])[0]! }], five),
    'payers',
  );
  for (const dust of [546, 2730]) {
    const of = (valueSat: number) => shape(payers([1, 1]), payees([valueSat, valueSat, 1]));
    boundary(equalOutput, `${dust} sat is no denomination`, of(dust + 1), of(dust), 'dust');
  }
  const half = payees([100_000, 100_000, 30_000, 40_000]);
  boundary(
    equalOutputChange,
    'largest input within denomination plus change less 10,000 sat',
    shape(payers([130_000, 1]), half),
    shape(payers([130_001, 1]), half),
    'largest input',
  );
  boundary(
    equalOutputChange,
    'one repeated value',
    shape(payers([1, 1]), half),
    shape(payers([1, 1]), payees([100_000, 100_000, 30_000, 30_000])),
    'one repeated',
  );
  boundary(
    equalOutputChange,
    'a sweep leaves one change out, not two',
    shape(payers([1, 1, 1]), payees([...times(3, 100_000), 30_000, 40_000])),
    shape(payers([1, 1, 1]), payees([...times(3, 100_000), 30_000])),
    'one less',
  );
  boundary(
    equalOutputChange,
    'not one other too many',
    shape(payers([1, 1]), half),
    shape(payers([1, 1]), payees([100_000, 100_000, 30_000, 40_000, 50_000])),
    'one less',
  );
});

describe('JoinMarket', () => {
  const round = (denominationSat: number, n: number, changes: number): TransactionShape =>
    shape(payers(times(n, 1)), payees([...times(n, denominationSat), ...different(changes, 9_000_000)]));
  boundary(joinMarket, 'denomination above 2,730 sat', round(2731, 3, 3), round(2730, 3, 3), 'half');
  boundary(joinMarket, 'at least 3 participants', round(MILLION, 3, 3), round(MILLION, 2, 2), '3 participants');
  boundary(joinMarket, 'half the outputs', round(MILLION, 3, 3), round(MILLION, 3, 4), 'half');
  boundary(joinMarket, 'an output besides', round(MILLION, 3, 1), round(MILLION, 3, 0), 'not the denomination');
  const twice = payees([...times(3, MILLION), 1, 2]);
  const same: ShapeInput[] = payers([1, 1, 1]).map((input) => ({ ...input, address: 'one' }));
  boundary(joinMarket, 'as many payers', shape(payers([1, 1, 1]), twice), shape(same, twice), 'payers');
  const reused = twice.map((output, vout) => (vout === 4 ? { ...output, address: 'payee 0' } : output));
  boundary(
    joinMarket,
    'outputs differ',
    shape(payers([1, 1, 1]), twice),
    shape(payers([1, 1, 1]), reused),
    'different',
  );
  // From 50 inputs on: 20 inputs a participant, 1.7 outputs a participant.
  const large = (inputs: number, n: number, changes: number): TransactionShape =>
    shape(payers(times(inputs, 1)), payees([...times(n, MILLION), ...different(changes, 9_000_000)]));
  boundary(joinMarket, '20 inputs a participant', large(60, 3, 3), large(61, 3, 3), 'inputs a participant');
  boundary(joinMarket, '1.7 outputs a participant', large(50, 10, 7), large(50, 10, 6), '1.7');
  it('joinmarket: under 50 inputs neither is asked', () => assert.ok(fits(joinMarket, large(49, 10, 6))));

  const { inputs, outputs } = round(MILLION, 3, 3);
  const withData = shape(inputs, [...outputs, NULL_DATA]);
  boundary(joinMarketFiltered, 'no null data', shape(inputs, outputs), withData, 'null data');
  // Three payers in 6 places and 5 payees: 3 of 11 used again; in 7 places it is 4 of 12, which is a third.
  const paid = round(MILLION, 3, 2).outputs;
  const again = (places: number): TransactionShape =>
    shape(
      payers(times(places, 1)).map((one, at) => ({ ...one, address: at < 3 ? one.address : 'payer 0' })),
      paid,
    );
  boundary(joinMarketFiltered, 'address reuse below a third', again(6), again(7), 'third');
  boundary(joinMarketFiltered, '100 inputs', large(100, 50, 50), large(101, 50, 50), 'at most 100');
  boundary(joinMarketFiltered, 'under 4 inputs per output', large(23, 3, 3), large(24, 3, 3), 'inputs per output');
  const repeats = (extra: readonly number[]) => shape(payers(times(5, 1)), payees([...times(5, MILLION), ...extra]));
  boundary(joinMarketFiltered, '2 repeated values', repeats([7, 7, 8]), repeats([7, 7, 8, 8]), 'repeated values');
});

describe('Wasabi 1', () => {
  const old = (height: number, equal: number, paid = true): TransactionShape =>
    shape(
      payers([1, 1, 1]),
      [...payees(times(equal, MILLION)), ...(paid ? [{ ...coordinator, unspendable: false }] : payees([77]))],
      height,
    );
  boundary(wasabi10, 'from block 530,500', old(530_500, 3), old(530_499, 3), 'block');
  boundary(wasabi10, 'to block 609,999', old(609_999, 3), old(610_000, 3), 'block');
  boundary(wasabi10, 'more than 2 equal outputs', old(600_000, 3), old(600_000, 2), 'more than 2');
  boundary(wasabi10, 'the coordinator is paid', old(600_000, 3), old(600_000, 3, false), 'coordinator');

  const late = (given: { equal?: number; valueSat?: number; inputs?: number; unique?: number; height?: number }) =>
    shape(
      payers(times(given.inputs ?? 10, 1)),
      payees([...times(given.equal ?? 10, given.valueSat ?? 10_000_000), ...different(given.unique ?? 2, 50)]),
      given.height ?? 610_000,
    );
  boundary(wasabi11, 'from block 610,000', late({}), late({ height: 609_999 }), 'block');
  boundary(wasabi11, 'at least 10 equal outputs', late({}), late({ equal: 9 }), '10 equal');
  boundary(wasabi11, 'as many inputs', late({}), late({ inputs: 9 }), '10 inputs');
  boundary(wasabi11, 'up to 0.02 BTC above', late({ valueSat: 12_000_000 }), late({ valueSat: 12_000_001 }), 'within');
  boundary(wasabi11, 'up to 0.02 BTC below', late({ valueSat: 8_000_000 }), late({ valueSat: 7_999_999 }), 'within');
  boundary(wasabi11, '2 values that occur once', late({}), late({ unique: 1 }), 'once');
  const { inputs, outputs } = late({});
  const nested: TransactionShape = shape([...inputs, ...payers([1], 'p2sh')], outputs);
  boundary(wasabi11, 'only P2WPKH', shape(inputs, outputs), nested, 'P2WPKH');
  it('wasabi-1.1: an unknown height or type makes it unknown, not no', () => {
    assert.equal(detect(wasabi11, shape(inputs, outputs, null)).verdict, 'unknown');
    assert.equal(detect(wasabi11, shape([...inputs, ...payers([1], null)], outputs)).verdict, 'unknown');
  });
});

describe('Wasabi 1 by levels', () => {
  const levels = (given: { inputs?: number; base?: readonly number[]; change?: readonly number[] }) =>
    shape(
      payers(times(given.inputs ?? 20, 1)),
      payees([...(given.base ?? times(3, 10_000_000)), ...(given.change ?? [3, 5])]),
    );
  boundary(
    wasabi1Levels,
    '0.005 BTC above',
    levels({ base: times(3, 10_500_000) }),
    levels({ base: times(3, 10_500_001) }),
    'level',
  );
  boundary(
    wasabi1Levels,
    '0.005 BTC below',
    levels({ base: [9_500_000, 9_500_000, 9_500_000, 10_000_000] }),
    levels({ base: [9_499_999, 9_499_999, 9_500_000, 10_000_000] }),
    'level',
  );
  boundary(
    wasabi1Levels,
    'level 1 within 0.01 BTC of 0.2',
    levels({ base: times(3, 21_000_000) }),
    levels({ base: times(3, 21_000_001) }),
    'level',
  );
  boundary(wasabi1Levels, '3 participants', levels({}), levels({ base: times(2, 10_000_000) }), 'at least 3 outputs');
  boundary(wasabi1Levels, '7 payers a participant', levels({ inputs: 21 }), levels({ inputs: 22 }), 'at most 21');
  const ten = (n: number) => shape(payers(times(n, 1)), payees([...times(4, 10_000_000), 3, 5_000_123, 7_000_001]));
  boundary(wasabi1Levels, '10 inputs', ten(10), ten(9), '10 inputs');
  // 20 inputs of which an address has 2 (a tenth), or 3.
  const top = (n: number) =>
    shape(
      payers(times(20, 1)).map((one, at) => ({ ...one, address: at < n ? 'payer 0' : one.address })),
      payees([...times(3, 10_000_000), 3, 5]),
    );
  boundary(wasabi1Levels, 'no address over a tenth', top(2), top(3), 'tenth');
  // 3 of 7 outputs are half of all but one; of 30 with 21 payers all but 21 + 1 are 8, so 3 are too few on both counts.
  boundary(
    wasabi1Levels,
    'half but one on levels',
    levels({ inputs: 3 * 7, change: different(22, 400) }),
    levels({ inputs: 3 * 7, change: different(23, 400) }),
    'on levels',
  );
  // Under 20 inputs: 4 x 10,008,999 + 4,004 = 40,040,000 is 4,004 off a multiple, a ten-thousandth of it exactly.
  // 4 x 10,008,998 + 4,004 is 40,039,996, of which 4,004 is more.
  const payout = (modalSat: number, inputs = 10): TransactionShape =>
    shape(payers(times(inputs, 1)), payees([...times(4, modalSat), 4_004]));
  boundary(wasabi1Levels, 'a small round is no multiple', payout(10_008_998), payout(10_008_999), 'multiple');
  boundary(wasabi1Levels, 'from 20 inputs on it may be', payout(10_008_999, 20), payout(10_008_999, 19), 'multiple');
  it('wasabi-1-levels: a level has 2 outputs or is none', () => {
    const doubled = (n: number) => levels({ base: [...times(3, 10_000_000), ...times(n, 20_000_000)] });
    assert.deepEqual(detect(wasabi1Levels, doubled(2)).fit?.denominationsSat, [10_000_000, 20_000_000]);
    assert.deepEqual(detect(wasabi1Levels, doubled(1)).fit?.denominationsSat, [10_000_000]);
  });
  it('wasabi-1-levels: confidence is floor(50 + 50 (n/payers - 1/7) / (6/7)), halved when one structure fails', () => {
    // n 4, 10 payers: 50 + 50 (0.4 - 0.142857) / 0.857143 = 65. Outputs 5: 4 is half of all but one, and 4 >= 5 - 10 - 1.
    assert.equal(detect(wasabi1Levels, payout(10_008_998)).fit?.confidence, 65);
    // n 3, 21 payers: 1/7 exactly: 50; 25 outputs: 3 >= 25 - 22, but not half: 25.
    assert.equal(detect(wasabi1Levels, levels({ inputs: 21, change: different(22, 400) })).fit?.confidence, 25);
  });
});

describe('Wasabi 2', () => {
  it('the denominations are 78, from 5,000 sat up', () => {
    assert.equal(WASABI_2_DENOMINATIONS_SAT.size, 78);
    assert.equal(Math.min(...WASABI_2_DENOMINATIONS_SAT), 5_000);
    assert.ok(Math.max(...WASABI_2_DENOMINATIONS_SAT) <= 134_375_000_000);
    for (const valueSat of [2 ** 13, 3 ** 8, 2 * 3 ** 8, 10 ** 4, 2 * 10 ** 4, 5 * 10 ** 3])
      assert.ok(WASABI_2_DENOMINATIONS_SAT.has(valueSat), `${valueSat}`);
    for (const valueSat of [4_999, 2 ** 12, 4 * 10 ** 4])
      assert.ok(!WASABI_2_DENOMINATIONS_SAT.has(valueSat), `${valueSat}`);
  });
  const round = (inputs: number, standard: number, others: number, height = 741_213): TransactionShape =>
    shape(payers(times(inputs, 9)), payees([...times(standard, 10_000), ...different(others, 9_999)]), height);
  boundary(wasabi2, 'from block 741,213', round(15, 9, 2), round(15, 9, 2, 741_212), 'block');
  boundary(wasabi2, '15 inputs', round(15, 9, 2), round(14, 9, 2), '15 inputs');
  boundary(wasabi2Large, '50 inputs', round(50, 9, 2), round(49, 9, 2), '50 inputs');
  // 9 of 11 are 81.8 %; 8 of 10 are exactly 80 %, which is not over.
  boundary(wasabi2, 'over 80 % denominations', round(15, 9, 2), round(15, 8, 2), '80 %');
  const { inputs, outputs } = round(15, 9, 2);
  const rising = [...inputs.slice(0, -1), { ...inputs.at(-1)!, valueSat: 10 }];
  boundary(wasabi2, 'inputs fall', shape(inputs, outputs), shape(rising, outputs), 'inputs from');
  boundary(wasabi2, 'outputs fall', shape(inputs, outputs), shape(inputs, [...outputs].reverse()), 'outputs from');
  const taproot = [...inputs.slice(0, -1), { ...inputs.at(-1)!, type: 'p2tr' as const }];
  const legacy = [...inputs.slice(0, -1), { ...inputs.at(-1)!, type: 'p2pkh' as const }];
  boundary(wasabi2, 'P2WPKH or P2TR', shape(taproot, outputs), shape(legacy, outputs), 'P2WPKH or P2TR');

  const free = (given: { inputs?: number; pairs?: number; others?: number; leastSat?: number }): TransactionShape =>
    shape(
      payers(times(given.inputs ?? 20, 9)),
      payees([
        ...different(given.pairs ?? 3, 90_000).flatMap((valueSat) => [valueSat, valueSat]),
        ...different((given.others ?? 2) - 1, 70_000),
        given.leastSat ?? 5_000,
      ]),
    );
  boundary(wasabi2Structural, '20 inputs', free({}), free({ inputs: 19 }), '20 inputs');
  boundary(wasabi2Structural, 'no output below 5,000 sat', free({}), free({ leastSat: 4_999 }), 'below');
  boundary(wasabi2Structural, '3 values that repeat', free({}), free({ pairs: 2 }), '3 values');
  boundary(wasabi2Structural, 'half the outputs but one', free({ others: 7 }), free({ others: 8 }), 'half');
  const { outputs: all } = free({});
  const pure = shape(payers(times(20, 9)), all.slice(0, 6));
  boundary(wasabi2Structural, 'an output that repeats nothing', shape(payers(times(20, 9)), all), pure, 'none of them');
  const top = (n: number) =>
    payers(times(20, 9)).map((one, at) => ({ ...one, address: at < n ? 'payer 0' : one.address }));
  boundary(wasabi2Structural, 'no address over a tenth', shape(top(2), all), shape(top(3), all), 'tenth');
});

describe('Whirlpool', () => {
  for (const pool of [100_000, 1_000_000, 5_000_000, 50_000_000]) {
    const of = (...aboveSat: number[]): TransactionShape =>
      shape(
        payers([...times(5 - aboveSat.length, pool), ...aboveSat.map((sat) => pool + sat)]),
        payees(times(5, pool)),
      );
    boundary(whirlpoolMix, `pool ${pool}: 110,000 sat above`, of(110_000), of(110_001), '110000');
    boundary(whirlpoolMix, `pool ${pool}: 100 sat above`, of(100), of(99), 'at least 100');
    boundary(whirlpoolMix, `pool ${pool}: 1 entrant`, of(100), of(), '1 to 4');
    boundary(whirlpoolMix, `pool ${pool}: 4 entrants`, of(100, 100, 100, 100), of(100, 100, 100, 100, 100), '1 to 4');
    boundary(whirlpoolMix, `pool ${pool}: not below the pool`, of(100), of(100, -1), '110000');
  }
  const sized = (size: number, pool = MILLION): TransactionShape =>
    shape(payers([...times(size - 1, pool), pool + 100]), payees(times(size, pool)));
  boundary(whirlpoolMix, '5 inputs', sized(5), sized(4), '5 to 8');
  boundary(whirlpoolMix, '8 inputs', sized(8), sized(9), '5 to 8');
  boundary(ashigaruMix, '10 inputs', sized(10), sized(11), '5 to 10');
  boundary(ashigaruMix, 'pool 2,500,000', sized(5, 2_500_000), sized(5, 2_500_001), 'one pool');
  boundary(ashigaruMix, 'pool 25,000,000', sized(5, 25_000_000), sized(5, 24_999_999), 'one pool');
  it('whirlpool: the pools of Ashigaru are not its own', () => assert.ok(!fits(whirlpoolMix, sized(5, 2_500_000))));
  const { inputs, outputs } = sized(5);
  boundary(whirlpoolMix, 'as many outputs', sized(5), shape(inputs, outputs.slice(1)), 'as many');
  const twice = [...outputs.slice(1), outputs[1]!];
  boundary(whirlpoolMix, 'addresses differ', sized(5), shape(inputs, twice), 'different');
  it('whirlpool: an input of unknown value makes it unknown', () => {
    assert.equal(
      detect(whirlpoolMix, shape(payers([MILLION, MILLION, MILLION, MILLION + 100, null]), outputs)).verdict,
      'unknown',
    );
  });

  const tx0 = (valuesSat: readonly number[], nullData = 1): TransactionShape =>
    shape(payers([1]), [...payees(valuesSat), ...Array.from({ length: nullData }, () => NULL_DATA)]);
  const cut = (count: number, aboveSat: number, ...others: number[]) =>
    tx0([...times(count, MILLION + aboveSat), ...others]);
  boundary(whirlpoolTx0, '100 sat above', cut(2, 100, 50_000), cut(2, 99, 50_000), 'above a pool');
  boundary(whirlpoolTx0, '110,000 sat above', cut(2, 110_000, 50_000), cut(2, 110_001, 50_000), 'above a pool');
  boundary(whirlpoolTx0, '70 premix outputs', cut(70, 500, 50_000), cut(71, 500, 50_000), '1 to 70');
  boundary(whirlpoolTx0, 'fee and change', cut(2, 500, 50_000, 9), cut(2, 500, 50_000, 9, 8), 'others');
  boundary(whirlpoolTx0, 'fee of half the pool', cut(2, 500, 25_000), cut(2, 500, 24_999), 'half to three');
  boundary(whirlpoolTx0, 'fee of three times the pool', cut(2, 500, 150_000), cut(2, 500, 150_001), 'half to three');
  boundary(whirlpoolTx0, 'one fee', cut(2, 500, 50_000, 9), cut(2, 500, 50_000, 50_001), 'half to three');
  const values = [...times(2, MILLION + 500), 50_000];
  boundary(whirlpoolTx0, 'one null-data output, not none', tx0(values), tx0(values, 0), 'null-data');
  boundary(whirlpoolTx0, 'one null-data output, not two', tx0(values), tx0(values, 2), 'null-data');
});

describe('confidence', () => {
  it('is the number that the source of each rule states, or none', () => {
    const stated = (detector: Detector, of: TransactionShape): number | null | undefined =>
      detect(detector, of).fit?.confidence;
    const round = shape(payers(times(3, 1)), payees([...times(3, MILLION), 7]));
    assert.equal(stated(joinMarket, round), 49);
    const mix = shape(payers([...times(4, MILLION), MILLION + 100]), payees(times(5, MILLION)));
    assert.equal(stated(whirlpoolMix, mix), 60);
    const cut = shape(payers([1]), [...payees([...times(2, MILLION + 500), 50_000]), NULL_DATA]);
    assert.equal(stated(whirlpoolTx0, cut), 60);
    const tiers = shape(payers(times(20, 9)), payees([9_000, 9_000, 8_000, 8_000, 7_000, 7_000, 6_000]));
    assert.equal(stated(wasabi2Structural, tiers), 60);
    // At most 10 inputs each: 29 payers are 2 participants at least, 30 are 3.
    const large = (n: number) => detect(wasabi2Structural, { ...tiers, inputs: payers(times(n, 9)) }).fit;
    assert.deepEqual([large(29)?.participants, large(30)?.participants], [2, 3]);
    assert.equal(stated(equalOutput, shape(payers([1, 1]), payees([9, 9, 1]))), null);
  });
});

describe('Stonewall', () => {
  const of = (...valuesSat: number[]): TransactionShape => shape(payers([1, 1]), payees(valuesSat));
  boundary(stonewall, '3 outputs', of(5_000, 5_000, 7), of(5_000, 5_000), '3 or 4');
  boundary(stonewall, '4 outputs', of(5_000, 5_000, 7, 8), of(5_000, 5_000, 7, 8, 9), '3 or 4');
  boundary(stonewall, 'the pair is at least 5,000 sat', of(5_000, 5_000, 7), of(4_999, 4_999, 7), 'at least 5000');
  boundary(stonewall, 'exactly twice', of(6_000, 6_000, 7, 8), of(6_000, 6_000, 6_000, 8), 'exactly one');
  boundary(stonewall, 'the others differ', of(6_000, 6_000, 7, 8), of(6_000, 6_000, 7, 7), 'exactly one');
  const outputs = payees([6_000, 6_000, 7]);
  boundary(stonewall, '2 inputs', shape(payers([1, 1]), outputs), shape(payers([1]), outputs), '2 inputs');
});
