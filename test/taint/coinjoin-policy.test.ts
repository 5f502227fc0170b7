/**
 * Coinjoins followed by haircut: every conserving rule becomes haircut there and stays so; books add up; nothing else
 * changes.
 */
import assert from 'node:assert/strict';
import type { TxFrame } from '../../src/ledger/index.ts';
import { RULE_NAMES, type RuleResult } from '../../src/taint/index.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import type { TinyChain, TinySeed } from '../support/tiny-chain.ts';
import { traceTiny } from '../support/tiny-view.ts';

const GRAPHS = 300;
/** Rules that end at the first clean part have another reach; the others differ in how they divide alone. */
const DIVIDING = RULE_NAMES.filter((name) => !name.includes('dirty-first') && name !== 'poison');

function followed(chain: TinyChain, seeds: readonly TinySeed[], isMix: (frame: TxFrame) => boolean): RuleResult[] {
  return [
    ...traceTiny(chain, seeds, {
      rules: [...RULE_NAMES],
      isMix: (frame) => !frame.coinbase && isMix(frame),
      haircutAtCoinjoin: true,
    }).value.rules,
  ];
}

function amounts({ holdings, passed, books }: RuleResult): unknown {
  const of = (places: RuleResult['holdings']) => places.map(({ output, taint, status }) => [output, taint, status]);
  return { holdings: of(holdings), passed: of(passed), books };
}

describe('coinjoins followed by haircut', () => {
  it(`where every transaction is one, every conserving rule is haircut (${GRAPHS} random graphs)`, () => {
    assert.ok(DIVIDING.includes('fifo') && DIVIDING.includes('tiho') && DIVIDING.includes('haircut'));
    for (let seed = 1; seed <= GRAPHS; seed += 1) {
      const chain = randomChain(seed);
      const rules = followed(chain, randomSeeds(chain, seed, 1 + (seed % 3)), () => true);
      const haircut = amounts(rules.find(({ rule }) => rule === 'haircut')!);
      for (const result of rules) {
        if (DIVIDING.includes(result.rule)) assert.deepEqual(amounts(result), haircut, `seed ${seed}, ${result.rule}`);
      }
    }
  });

  it('where none is, nothing changes', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 2);
      const plain = traceTiny(chain, seeds, { rules: [...RULE_NAMES] }).value.rules;
      assert.deepEqual(followed(chain, seeds, () => false).map(amounts), plain.map(amounts), `seed ${seed}`);
    }
  });

  it(`where some are, books add up, and what came through one is flagged under all but haircut (${GRAPHS} graphs)`, () => {
    let flagged = 0;
    for (let seed = 1; seed <= GRAPHS; seed += 1) {
      const chain = randomChain(seed);
      // The engine itself throws when a book does not add up.
      const rules = followed(chain, randomSeeds(chain, seed, 2), ({ tx }) => tx % 3 === 0);
      for (const { rule, conserves, holdings, passed } of rules) {
        const coarse = [...holdings, ...passed].filter((place) => place.coarse !== undefined);
        if (!conserves || rule === 'haircut') assert.equal(coarse.length, 0, rule);
        flagged += coarse.length;
      }
    }
    assert.ok(flagged > GRAPHS, `${flagged} flagged`);
  });

  it('by hand: fifo before, averages at the coinjoin and after', () => {
    // 0 pays 60 tainted; 1 puts it behind 40 clean: fifo gives output 0 [c40 S10], output 1 [S50]. 2 is a coinjoin of those 50 with 50 clean into
    // 50 and 50: 25 each by haircut, where fifo would give 50 and 0. 3 splits one of them 20, 30: 10 and 15.
    const chain: TinyChain = {
      transactions: [
        { coinbase: false, height: 1, inputs: [{ external: 60 }], outputs: [{ value: 60 }] },
        {
          coinbase: false,
          height: 2,
          inputs: [{ external: 40 }, { tx: 0, vout: 0 }],
          outputs: [{ value: 50 }, { value: 50 }],
        },
        {
          coinbase: false,
          height: 3,
          inputs: [{ tx: 1, vout: 1 }, { external: 50 }],
          outputs: [{ value: 50 }, { value: 50 }],
        },
        { coinbase: false, height: 4, inputs: [{ tx: 2, vout: 0 }], outputs: [{ value: 20 }, { value: 30 }] },
      ],
    };
    const [fifo] = traceTiny(chain, [{ tx: 0, vout: 0, label: 0 }], {
      rules: ['fifo'],
      isMix: ({ tx }) => Number(tx) === 2,
      haircutAtCoinjoin: true,
    }).value.rules;
    assert.deepEqual(
      fifo?.holdings.map(({ tx, vout, taint, coarse }) => [Number(tx), vout, taint[0]?.[1], coarse ?? null]),
      [
        [1, 0, 10, null],
        [2, 1, 25, 'here'],
        [3, 0, 10, 'before'],
        [3, 1, 15, 'before'],
      ],
    );
  });
});
