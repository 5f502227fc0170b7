/** Mappings of coinjoins against published vectors, and against every mapping tried one by one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  boundsOverMappings,
  countMappings,
  entropyText,
  intrafeesOf,
  type MappingQuestion,
} from '../../src/pattern/index.ts';
import { allMappings, boundsByTrial } from '../oracle/mappings.ts';
import { Prng } from '../support/prng.ts';
import { itWithData, projectPath, sharedData } from '../support/shared-data.ts';

const SEED = Number(process.env.SEED ?? 20_140_505);
const ROUNDS = Number(process.env.ORACLE_MAPPINGS ?? 600);
const NO_FEES = { makerSat: 0, takerSat: 0 };
const STEPS = 5_000_000;

interface Vector {
  readonly name: string;
  readonly intrafeesMillionths: number;
  readonly inputsSat: readonly number[];
  readonly outputsSat: readonly number[];
  readonly combinations: number;
  readonly entropy: number | null;
  readonly links: ReadonlyArray<readonly number[]> | null;
}

function question(of: Pick<MappingQuestion, 'inputsSat' | 'outputsSat'>, given: Partial<MappingQuestion> = {}) {
  return { ...of, intrafees: NO_FEES, oneEachSat: [], maxSteps: STEPS, ...given };
}

function holds(vector: Vector): void {
  const { inputsSat, outputsSat, combinations, entropy, links } = vector;
  const intrafees = intrafeesOf({ inputsSat, outputsSat }, vector.intrafeesMillionths);
  const counted = countMappings(question({ inputsSat, outputsSat }, { intrafees }));
  assert.equal(counted.verdict, 'complete', vector.name);
  assert.equal(counted.count, BigInt(combinations), vector.name);
  if (links !== null)
    assert.deepEqual(
      counted.links.map((row) => row.map(Number)),
      links,
      vector.name,
    );
  // Six places are shown: half a unit of the last is the most that rounding moves.
  if (entropy !== null) assert.ok(Math.abs(Number(entropyText(counted.count)) - entropy) <= 5e-7, vector.name);
}

/** A random order. */
function shuffled<Item>(random: Prng, items: readonly Item[]): Item[] {
  const order = items.map((item) => ({ item, at: random.next() }));
  return order.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

describe(`mappings of coinjoins (SEED=${SEED})`, () => {
  itWithData('equal the 16 published vectors of boltzmann-vectors', 'boltzmann-vectors', () => {
    interface Stored {
      readonly name: string;
      readonly maxCjIntrafeesRatio: number;
      readonly inputs: ReadonlyArray<readonly [string, number]>;
      readonly outputs: ReadonlyArray<readonly [string, number]>;
      readonly expected: {
        readonly nbCmbn: number;
        readonly matLnkCombinations: ReadonlyArray<readonly number[]>;
        readonly entropy: number;
        readonly intraFees: { readonly maker: number; readonly taker: number };
      };
    }
    const stored = JSON.parse(readFileSync(sharedData('boltzmann-vectors/vectors.json'), 'utf8')) as Stored[];
    assert.equal(stored.length, 16);
    for (const { name, maxCjIntrafeesRatio, inputs, outputs, expected } of stored) {
      // Rows and columns of the published matrices run from the largest value down.
      const falling = (of: Stored['inputs']) => of.map(([, valueSat]) => valueSat).sort((a, b) => b - a);
      const intrafeesMillionths = Math.round(maxCjIntrafeesRatio * 1_000_000);
      const [inputsSat, outputsSat] = [falling(inputs), falling(outputs)];
      const { maker: makerSat, taker: takerSat } = expected.intraFees;
      assert.deepEqual(intrafeesOf({ inputsSat, outputsSat }, intrafeesMillionths), { makerSat, takerSat }, name);
      const { nbCmbn: combinations, entropy, matLnkCombinations: links } = expected;
      holds({ name, intrafeesMillionths, inputsSat, outputsSat, combinations, entropy, links });
    }
  });

  it('equal the 8 other published vectors, and the count of a ninth', () => {
    const path = projectPath('test/vectors/boltzmann/published.json');
    const { vectors } = JSON.parse(readFileSync(path, 'utf8')) as { vectors: Vector[] };
    assert.equal(vectors.length, 9);
    for (const vector of vectors) holds(vector);
    const { inputsSat, outputsSat } = vectors[1]!;
    assert.deepEqual(intrafeesOf({ inputsSat, outputsSat }, 5_000), { makerSat: 420_388, takerSat: 1_261_164 });
  });

  function randomQuestion(random: Prng): MappingQuestion {
    const inputsSat = Array.from({ length: random.between(1, 4) }, () => random.between(1, 6));
    const outputsSat: number[] = [];
    let leftSat = inputsSat.reduce((sum, sat) => sum + sat, 0);
    const many = random.between(1, 4);
    while (outputsSat.length < many && leftSat > 0) {
      const valueSat = random.between(1, Math.min(5, leftSat));
      outputsSat.push(valueSat);
      leftSat -= valueSat;
    }
    const oneEachSat = random.between(0, 1) === 0 ? [] : [outputsSat[0]!];
    return { inputsSat, outputsSat, intrafees: NO_FEES, oneEachSat, maxSteps: STEPS };
  }

  it(`count and links equal those of all mappings tried one by one (${ROUNDS} coinjoins)`, () => {
    const random = Prng.fromSeed(SEED);
    for (let round = 0; round < ROUNDS; round += 1) {
      const asked = {
        ...randomQuestion(random),
        intrafees: { makerSat: random.between(0, 2), takerSat: random.between(0, 3) },
      };
      const links = asked.outputsSat.map(() => asked.inputsSat.map(() => 0n));
      let count = 0n;
      for (const owners of allMappings(asked)) {
        count += 1n;
        for (const { vins, vouts } of owners)
          for (const vout of vouts) for (const vin of vins) links[vout]![vin]! += 1n;
      }
      const counted = countMappings(asked);
      assert.deepEqual({ count: counted.count, links: counted.links }, { count, links }, JSON.stringify(asked));
    }
  });

  it(`bounds equal those of all mappings and all ways marked satoshi can lie (${ROUNDS} coinjoins)`, () => {
    const random = Prng.fromSeed(SEED + 1);
    let without = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const asked = randomQuestion(random);
      const markedSat = asked.inputsSat.map((sat) => random.between(0, sat));
      const tried = boundsByTrial(asked, markedSat);
      const found = boundsOverMappings(asked, [markedSat]);
      if (tried.includes(null)) {
        without += 1;
        assert.equal(found.verdict, 'no-mapping', JSON.stringify(asked));
        continue;
      }
      assert.deepEqual(found.bounds[0], tried, JSON.stringify({ asked, markedSat }));
      assert.equal(found.verdict, 'complete');
    }
    assert.ok(without > 0 && without < ROUNDS / 2, `${without} of ${ROUNDS} had no mapping`);
  });

  it(`with fees between owners, whatever truly happened lies within the bounds (${ROUNDS} coinjoins)`, () => {
    const random = Prng.fromSeed(SEED + 2);
    let paidBetween = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      // Half the coinjoins have two equal outputs of different owners: one owner of all is then no mapping, and hides no bound.
      const drawn = randomQuestion(random);
      const [firstSat = 1] = drawn.outputsSat;
      const room =
        drawn.inputsSat.reduce((left, sat) => left + sat, 0) - drawn.outputsSat.reduce((sum, sat) => sum + sat, 0);
      const twice = round % 2 === 0 && room >= firstSat;
      const asked = {
        ...drawn,
        outputsSat: twice ? [...drawn.outputsSat, firstSat] : drawn.outputsSat,
        oneEachSat: twice ? [firstSat] : [],
        intrafees: { makerSat: 2, takerSat: 3 },
      };
      const all = [...allMappings(asked)];
      if (all.length === 0) continue;
      const owners = all[random.int(all.length)]!;
      const markedSat = asked.inputsSat.map((sat) => random.pick([0, sat, random.between(0, sat)]));
      // Every owner shuffles his satoshi over his outputs; what is over goes into a pot, which makers and the miner draw from.
      const pot: boolean[] = [];
      const onOutput = asked.outputsSat.map(() => 0);
      const owed: number[] = [];
      for (const { vins, vouts } of owners) {
        const units = shuffled(
          random,
          vins.flatMap((vin) => Array.from({ length: asked.inputsSat[vin]! }, (_, at) => at < markedSat[vin]!)),
        );
        const slots = shuffled(
          random,
          vouts.flatMap((vout) => new Array<number>(asked.outputsSat[vout]!).fill(vout)),
        );
        slots.forEach((vout, at) => {
          if (at >= units.length) owed.push(vout);
          else if (units[at]) onOutput[vout]! += 1;
        });
        pot.push(...units.slice(slots.length));
      }
      const paidOut = shuffled(random, pot);
      owed.forEach((vout, at) => {
        if (paidOut[at]) onOutput[vout]! += 1;
      });
      if (owed.length > 0) paidBetween += 1;
      const outputs = boundsOverMappings(asked, [markedSat]).bounds[0]!;
      outputs.forEach(({ leastSat, mostSat }, vout) => {
        const sat = onOutput[vout]!;
        assert.ok(leastSat <= sat && sat <= mostSat, JSON.stringify({ asked, markedSat, owners, onOutput, outputs }));
      });
    }
    assert.ok(paidBetween > ROUNDS / 20, `owners paid each other in ${paidBetween}`);
  });

  it('stops at the steps it is given, the same each time, and then says what always holds', () => {
    const wide = {
      inputsSat: Array.from({ length: 14 }, (_, at) => 1_000 + at * at),
      outputsSat: Array.from({ length: 14 }, (_, at) => 900 + 7 * at),
    };
    const counted = countMappings(question(wide, { maxSteps: 100_000 }));
    assert.deepEqual([counted.verdict, counted.count], ['timed-out', 0n]);
    assert.equal(countMappings(question(wide, { maxSteps: 100_000 })).steps, counted.steps);
    const inSat = wide.inputsSat.reduce((sum, sat) => sum + sat, 0);
    const markedSat = wide.inputsSat.map((sat, vin) => (vin === 0 ? 0 : sat));
    const bounds = boundsOverMappings(question(wide, { maxSteps: 100_000 }), [markedSat]);
    assert.equal(bounds.verdict, 'timed-out');
    // All but 1,000 sat are marked: an output of 900 may have none, one of 991 none, and each may be marked in full.
    assert.equal(
      inSat - 1_000,
      markedSat.reduce((sum, sat) => sum + sat, 0),
    );
    assert.deepEqual(bounds.bounds[0]?.[0], { leastSat: 0, mostSat: 900 });
    const huge = question({
      inputsSat: wide.inputsSat.flatMap((sat) => [sat, sat + 5_000, sat + 9_999]),
      outputsSat: [5],
    });
    assert.equal(countMappings(huge).verdict, 'timed-out', 'too many sums to list');
  });

  it('the premise that equal outputs have different owners makes a link definite', () => {
    // Two owners, inputs 30 and 12, outputs 10, 10 and change 20 and 2. With one owner each: only 30 = 10 + 20, 12 = 10 + 2.
    const of = { inputsSat: [30, 12], outputsSat: [10, 10, 20, 2] };
    const free = boundsOverMappings(question(of), [[30, 0]]);
    assert.deepEqual(free.bounds[0]?.[3], { leastSat: 0, mostSat: 2 }, 'one owner of all is a mapping too');
    const apart = boundsOverMappings(question(of, { oneEachSat: [10] }), [[30, 0]]);
    assert.deepEqual(apart.bounds[0], [
      { leastSat: 0, mostSat: 10 },
      { leastSat: 0, mostSat: 10 },
      { leastSat: 20, mostSat: 20 },
      { leastSat: 0, mostSat: 0 },
    ]);
  });

  it('what a maker gains may be marked, and no more of his outputs than that', () => {
    // 12 = 5 + 6 and 1 paid, 8 + 1 gained = 5 + 4: the only mapping with one output of 5 each and at most 1 between owners.
    const asked = question(
      { inputsSat: [12, 8], outputsSat: [5, 5, 6, 4] },
      { oneEachSat: [5], intrafees: { makerSat: 1, takerSat: 1 } },
    );
    assert.equal(countMappings(asked).count, 2n, 'either owner may have either output of 5');
    assert.deepEqual(boundsOverMappings(asked, [[12, 0]]).bounds[0], [
      { leastSat: 0, mostSat: 5 },
      { leastSat: 0, mostSat: 5 },
      { leastSat: 6, mostSat: 6 },
      { leastSat: 0, mostSat: 1 },
    ]);
  });

  it('entropy is shown with six places, also of counts beyond any float', () => {
    assert.equal(entropyText(1n), '0.000000');
    assert.equal(entropyText(3n), '1.584963'); // log2 3 = 1.58496250072...
    assert.equal(entropyText(2n ** 5_000n), '5000.000000');
    assert.equal(entropyText(0n), null);
  });
});
