/** Exposure on random graphs: against origins of single satoshis and exact fractions, and invariant 25. */
import assert from 'node:assert/strict';
import { NONE, outputId, txId } from '../../src/ledger/index.ts';
import { isCoinjoin } from '../../src/pattern/index.ts';
import type { Contribution } from '../../src/screen/contribution.ts';
import type { Method } from '../../src/screen/index.ts';
import { sourceOf } from '../../src/screen/source.ts';
import { fifoOrigins, haircutOrigins, type OriginFacts } from '../oracle/exposure.ts';
import { Prng } from '../support/prng.ts';
import { randomChain } from '../support/random-chain.ts';
import { tinyOutputs, tinyScreenView } from '../support/screen-view.ts';
import type { TinyChain } from '../support/tiny-chain.ts';

const FIRST_SEED = Number(process.env.SEED ?? 25_000_000);
const GRAPHS = Number(process.env.GRAPHS ?? 30);
const ADDRESSES = 9;
const CATEGORIES = ['exchange', 'ransomware', 'sanction', 'mixing_service'];
const LIMITS = { maxHops: 1000, maxTransactions: 100_000, dustSat: 0 };

interface Case {
  readonly chain: TinyChain;
  readonly categories: Map<number, string>;
  readonly prng: Prng;
}

/** A random chain whose outputs have addresses, a third of which are somebody's. */
function randomCase(seed: number): Case {
  const prng = Prng.fromSeed(seed ^ 0x5eed);
  const plain = randomChain(seed);
  const transactions = plain.transactions.map((transaction) => ({
    ...transaction,
    outputs: transaction.outputs.map((output) => ({ ...output, address: prng.between(0, ADDRESSES - 1) })),
  }));
  const categories = new Map<number, string>();
  for (let address = 0; address < ADDRESSES; address += 1)
    if (prng.chance(0.3)) categories.set(address, CATEGORIES[prng.between(0, CATEGORIES.length - 1)]);
  return { chain: { transactions }, categories, prng };
}

function factsOf({ chain, categories }: Case): OriginFacts {
  const view = tinyScreenView(chain, categories);
  return {
    frame: (tx) => view.frame(txId(tx)),
    transactionOf: (output) => view.transactionOf(outputId(output)),
    category: (address) => categories.get(address) ?? null,
  };
}

function walked(given: Case, output: number, method: Method, limits = LIMITS): Contribution[] {
  const view = tinyScreenView(given.chain, given.categories);
  return sourceOf(view, { output: outputId(output), day: null, methods: [method], limits });
}

/** Amounts by origin, in the words of the oracle. */
function byOrigin(parts: readonly Contribution[]): Map<string, bigint> {
  const amounts = new Map<string, bigint>();
  for (const { part, category, identity, amount } of parts) {
    const origin = part !== 'entity' ? part : identity === null ? 'coinjoin' : `entity ${category} ${identity.address}`;
    if (amount > 0n) amounts.set(origin, (amounts.get(origin) ?? 0n) + amount);
  }
  return new Map([...amounts].sort());
}

/** Runs a law on every output of every graph; a failure names the seed. */
function onGraphs(law: (given: Case, output: number, valueSat: number) => void): void {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + GRAPHS; seed += 1) {
    const given = randomCase(seed);
    for (const { tx, vout, output } of tinyOutputs(given.chain)) {
      const valueSat = given.chain.transactions[tx].outputs[vout].value;
      try {
        law(given, output, valueSat);
      } catch (error) {
        if (error instanceof Error) error.message = `SEED=${seed} output ${tx}:${vout}: ${error.message}`;
        throw error;
      }
    }
  }
}

describe('exposure on random graphs', () => {
  it('fifo: every satoshi is with the origin that the list of satoshis says', () => {
    onGraphs((given, output) => {
      const expected = new Map<string, bigint>();
      for (const origin of fifoOrigins(factsOf(given), output)) expected.set(origin, (expected.get(origin) ?? 0n) + 1n);
      assert.deepEqual(byOrigin(walked(given, output, 'fifo')), new Map([...expected].sort()));
    });
  });

  it('haircut: sums to the value, and is the exact fraction to less than a satoshi for each transaction walked', () => {
    onGraphs((given, output, valueSat) => {
      const found = byOrigin(walked(given, output, 'haircut'));
      const sum = [...found.values()].reduce((total, amount) => total + amount, 0n);
      assert.equal(sum, BigInt(valueSat));
      const expected = haircutOrigins(factsOf(given), output);
      for (const origin of new Set([...found.keys(), ...expected.keys()])) {
        const part = expected.get(origin) ?? { numerator: 0n, denominator: 1n };
        const off = (found.get(origin) ?? 0n) * part.denominator - part.numerator * BigInt(valueSat);
        const moves = BigInt(given.chain.transactions.length * 4);
        assert.ok((off < 0n ? -off : off) < moves * part.denominator, origin);
      }
    });
  });

  it('poison reaches every origin that the exact fractions name', () => {
    onGraphs((given, output, valueSat) => {
      if (valueSat === 0) return;
      const reached = new Set(walked(given, output, 'poison').flatMap(({ identity }) => identity?.address ?? []));
      for (const [origin, { numerator }] of haircutOrigins(factsOf(given), output)) {
        const [, , address] = origin.split(' ');
        if (address !== undefined && numerator > 0n) assert.ok(reached.has(address), origin);
      }
    });
  });

  it('invariant 25: relabelling whatever lies behind a holder changes nothing', () => {
    let relabelled = 0;
    onGraphs((given, output) => {
      const front = frontOf(given, output);
      const other = new Map(given.categories);
      for (let address = 0; address < ADDRESSES; address += 1) {
        if (front.has(address)) continue;
        relabelled += 1;
        if (given.prng.chance(0.5)) other.delete(address);
        else other.set(address, CATEGORIES[given.prng.between(0, CATEGORIES.length - 1)]);
      }
      for (const method of ['haircut', 'fifo', 'poison'] as const)
        assert.deepEqual(
          byOrigin(walked({ ...given, categories: other }, output, method)),
          byOrigin(walked(given, output, method)),
        );
    });
    assert.ok(relabelled > GRAPHS);
  });

  it('invariant 25: a higher limit on hops or transactions leaves no more untraced', () => {
    onGraphs((given, output) => {
      const untraced = (limits: typeof LIMITS): bigint =>
        byOrigin(walked(given, output, 'fifo', limits)).get('untraced') ?? 0n;
      for (let limit = 1; limit < 6; limit += 1) {
        assert.ok(untraced({ ...LIMITS, maxHops: limit + 1 }) <= untraced({ ...LIMITS, maxHops: limit }));
        assert.ok(
          untraced({ ...LIMITS, maxTransactions: limit + 1 }) <= untraced({ ...LIMITS, maxTransactions: limit }),
        );
      }
    });
  });
});

/** Addresses that a walk from an output meets before or at the first holder. */
function frontOf(given: Case, output: number): Set<number> {
  const facts = factsOf(given);
  const met = new Set<number>();
  const open = [output];
  while (open.length > 0) {
    const at = open.pop() as number;
    const frame = facts.frame(facts.transactionOf(at));
    if (frame.coinbase || isCoinjoin(frame)) continue;
    for (const input of frame.inputOutput) {
      if (input === NONE) continue;
      const maker = facts.frame(facts.transactionOf(input));
      const address = maker.outputAddress[input - maker.firstOutput];
      met.add(address);
      if (!given.categories.has(address)) open.push(input);
    }
  }
  return met;
}
