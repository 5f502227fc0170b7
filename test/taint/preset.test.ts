/** What `--like TOOL` stands for: one fixture per tool, worked by hand from what the tool was read to do (src/taint/README.md). */
import assert from 'node:assert/strict';
import { DEFAULT_CONVENTIONS, PRESET_NAMES, resolveConventions, type TraceConventions } from '../../src/taint/index.ts';
import type { TinyChain, TinyInput, TinySeed, TinyTx } from '../support/tiny-chain.ts';
import { traceTiny } from '../support/tiny-view.ts';

function pay(height: number, inputs: readonly TinyInput[], values: readonly number[]): TinyTx {
  return { coinbase: false, height, inputs, outputs: values.map((value) => ({ value })) };
}

function mint(height: number, subsidy: number, values: readonly number[]): TinyTx {
  return { coinbase: true, height, subsidy, inputs: [], outputs: values.map((value) => ({ value })) };
}

function like(tool: string): { conventions: TraceConventions; rules: readonly string[] } {
  const { conventions, rules } = resolveConventions({ like: tool, conventions: {}, rules: null, stopAt: null });
  return { conventions, rules: rules ?? [] };
}

/** Where taint rests under a tool, as [transaction, vout, status, [label, satoshi] pairs] per rule, and its books under `fee`. */
function rests(tool: string, chain: TinyChain, seeds: readonly TinySeed[]): Record<string, unknown> {
  const { conventions, rules } = like(tool);
  const found = traceTiny(chain, seeds, { rules, conventions }).value.rules.map(({ rule, holdings, books }) => [
    rule,
    {
      at: holdings.map(({ tx, vout, status, taint }) => [tx, vout, status, ...taint.map(([, amountSat]) => amountSat)]),
      fee: books.map((book) => Number(book.fee)),
    },
  ]);
  return Object.fromEntries(found);
}

const ONE: TinySeed[] = [{ tx: 0, vout: 0, label: 0 }];

describe('presets', () => {
  it('taintchain: fifo, the tail as fee, which lies first in the coinbase; the seed that was there first stays', () => {
    // c6 A4 makes 10, of which 7 go on: c6 A1, fee A3. Fees before subsidy: the coinbase of 3 + 5 is A3 c5, cut into 2 and 6: A2, A1 c5.
    // The 7 are seeded as B: c6 is B's, A1 stays A's.
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 4 }], [4]),
        pay(2, [{ external: 6 }, { tx: 0, vout: 0 }], [7]),
        mint(2, 5, [2, 6]),
      ],
    };
    assert.deepEqual(rests('taintchain', chain, [...ONE, { tx: 1, vout: 0, label: 1 }]), {
      fifo: {
        at: [
          [1, 0, 'unspent', 1, 6],
          [2, 0, 'unspent', 2],
          [2, 1, 'unspent', 1],
        ],
        fee: [0, 0],
      },
    });
  });

  it('blocksci: shares rounded down, the rest to the fee, the subsidy before it in the coinbase; a seed is tainted in full', () => {
    // 10 of 20 tainted into 9 and 9: 4.5 each, so 4 and 4, and of the 2 left over the fee of 2 takes 2. The coinbase collects 50 clean and that 2 and
    // claims 26 and 26: 26 x 2 / 52 = 1 each. Then 4 of 9 into 3, 3, 3 without fee: 1.3 each, so 1, 1, 1; the fee has no room for the 1 left
    // over, which BlockSci drops; here it is booked with the fee. Poison: everything it reaches, the coinbase included.
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 10 }], [10]),
        pay(2, [{ tx: 0, vout: 0 }, { external: 10 }], [9, 9]),
        mint(2, 50, [26, 26]),
        pay(3, [{ tx: 1, vout: 0 }], [3, 3, 3]),
      ],
    };
    assert.deepEqual(rests('blocksci', chain, ONE), {
      haircut: {
        at: [
          [1, 1, 'unspent', 4],
          [2, 0, 'unspent', 1],
          [2, 1, 'unspent', 1],
          [3, 0, 'unspent', 1],
          [3, 1, 'unspent', 1],
          [3, 2, 'unspent', 1],
        ],
        fee: [1],
      },
      poison: {
        at: [
          [1, 1, 'unspent', 9],
          [2, 0, 'unspent', 26],
          [2, 1, 'unspent', 26],
          [3, 0, 'unspent', 3],
          [3, 1, 'unspent', 3],
          [3, 2, 'unspent', 3],
        ],
        fee: [],
      },
    });
    // The second output, 4 of 9 tainted with A, is a seed of B as well: B has all 9, A's 4 end there.
    const both = rests('blocksci', { transactions: chain.transactions.slice(0, 3) }, [
      ...ONE,
      { tx: 1, vout: 1, label: 1 },
    ]);
    assert.deepEqual((both.haircut as { at: unknown[] }).at.slice(0, 3), [
      [1, 0, 'unspent', 4],
      [1, 1, 'cut', 4],
      [1, 1, 'unspent', 9],
    ]);
  });

  it('taintedtx: every input pays its part of the fee, haircut takes the fee off first; seeds taint whole transactions', () => {
    // 60 clean and 40 tainted pay a fee of 10, a tenth: c54 S36 for outputs 50 and 40. Fifo: c50; c4 S36. LI/FO: S36 c14; c40. TI/HO: S36 c14;
    // c40. Haircut: 36 over 50 and 40 of 90: 20 and 16. The fee has the tenth of 40 under all of them.
    const chain: TinyChain = {
      transactions: [pay(1, [{ external: 40 }], [40]), pay(2, [{ external: 60 }, { tx: 0, vout: 0 }], [50, 40])],
    };
    const whole = { at: [[1, 0, 'unspent', 36]], fee: [4] };
    assert.deepEqual(rests('taintedtx', chain, ONE), {
      fifo: { at: [[1, 1, 'unspent', 36]], fee: [4] },
      'inout:LF': whole,
      'inout:TH': whole,
      haircut: {
        at: [
          [1, 0, 'unspent', 20],
          [1, 1, 'unspent', 16],
        ],
        fee: [4],
      },
      poison: {
        at: [
          [1, 0, 'unspent', 50],
          [1, 1, 'unspent', 40],
        ],
        fee: [],
      },
    });
    assert.equal(like('taintedtx').conventions.seeding, 'all-outputs');
  });

  it('zkokelj: haircut ends below a tenth of a transaction, lifo serves the last output first, tiho the later of two equals', () => {
    // 10 tainted and 80 clean, so 1/9, into 45 and 45: haircut 5 and 5; the first of them with 55 clean is 5 of 100: not followed.
    // Fifo: S10 c35; c45. Lifo from the last output, from the front: the second has S10. Tiho: equal outputs, the second first.
    // Comb: only one group covers 45 and 45 (10 alone covers neither), so both inputs are linked to each once: 45 x 1/2 = 22.5, from 22 to 23. Then 100
    // from that of 45 and a clean 55, one group again: 100 x 1/2 x 22/45 = 24.4 at least, 100 x 1/2 x 23/45 = 25.6 at most.
    // The follower takes [first 45, 55 clean] into 100: fifo has S10 there; the others have left the first output clean.
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 10 }], [10]),
        pay(2, [{ tx: 0, vout: 0 }, { external: 80 }], [45, 45]),
        pay(3, [{ tx: 1, vout: 0 }, { external: 55 }], [100]),
      ],
    };
    assert.deepEqual(rests('zkokelj', chain, ONE), {
      haircut: {
        at: [
          [1, 0, 'cut', 5],
          [1, 1, 'unspent', 5],
        ],
        fee: [0],
      },
      fifo: { at: [[2, 0, 'unspent', 10]], fee: [0] },
      'lifo-reverse': { at: [[1, 1, 'unspent', 10]], fee: [0] },
      tiho: { at: [[1, 1, 'unspent', 10]], fee: [0] },
      'comb:low': {
        at: [
          [1, 1, 'unspent', 22],
          [2, 0, 'unspent', 24],
        ],
        fee: [],
      },
      'comb:high': {
        at: [
          [1, 1, 'unspent', 23],
          [2, 0, 'unspent', 26],
        ],
        fee: [],
      },
    });
    // Exactly a tenth is not more than a tenth: 10 of 100 is not followed.
    const tenth: TinyChain = {
      transactions: [pay(1, [{ external: 10 }], [10]), pay(2, [{ tx: 0, vout: 0 }, { external: 90 }], [100])],
    };
    assert.deepEqual((rests('zkokelj', tenth, ONE).haircut as { at: unknown }).at, [[0, 0, 'cut', 10]]);
  });

  it('blockparser: a transaction named is tainted in full whatever comes in, outputs share by value, fees take their share and end', () => {
    // A 10 with 10 clean into 10 and 5, fee 5: half of each, 5 and 2.5 and 2.5, exactly. Shown rounded down: 5, 2. The books
    // of 10 = 7.5 held + 2.5 fee are 8 and 2: of equal remainders the first term of the equation has the satoshi.
    // Both outputs of it are seeds when the transaction is named: then they hold 10 and 5, all of them, and what was there ends.
    const chain: TinyChain = {
      transactions: [pay(1, [{ external: 10 }], [10]), pay(2, [{ tx: 0, vout: 0 }, { external: 10 }], [10, 5])],
    };
    assert.deepEqual(rests('blockparser', chain, ONE), {
      haircut: {
        at: [
          [1, 0, 'unspent', 5],
          [1, 1, 'unspent', 2],
        ],
        fee: [2],
      },
    });
    const named = [...ONE, { tx: 1, vout: 0, label: 0 }, { tx: 1, vout: 1, label: 0 }];
    assert.deepEqual(rests('blockparser', chain, named), {
      haircut: {
        at: [
          [1, 0, 'unspent', 10],
          [1, 1, 'unspent', 5],
        ],
        fee: [2],
      },
    });
    assert.equal(like('blockparser').conventions.seeding, 'all-outputs');
  });

  it('an explicit option goes with a preset that says the same, and is refused by name where they part', () => {
    const asked = { like: 'blocksci', conventions: {}, rules: null, stopAt: null };
    const same = resolveConventions({ ...asked, conventions: { feeTaint: 'propagate' }, rules: ['poison'] });
    assert.deepEqual([same.conventions.like, same.rules, same.stopAt], ['blocksci', ['poison'], ['none']]);
    const refused: Array<[Partial<Parameters<typeof resolveConventions>[0]>, RegExp]> = [
      [{ conventions: { coinbaseOrder: 'fees-first' } }, /--like blocksci and --coinbase-order fees-first/],
      [{ conventions: { haircutTxShareMillionths: 5 } }, /--like blocksci and --haircut-tx-share/],
      [{ rules: ['haircut', 'fifo'] }, /--like blocksci and --rule fifo/],
      [{ stopAt: ['service'] }, /--like blocksci and --stop-at service/],
      [{ like: 'taintedtx', rules: ['lifo'] }, /--like taintedtx and --rule lifo/],
      [{ like: 'blocksi' }, /"blocksi"/],
      [{ like: 'toString' }, /"toString"/],
    ];
    for (const [part, message] of refused) {
      assert.throws(() => resolveConventions({ ...asked, ...part }), { code: 'USAGE', message });
    }
    assert.throws(() => resolveConventions({ ...asked, like: 'blocksi' }), { hint: 'did you mean blocksci?' });
    const alone = resolveConventions({ ...asked, like: null, conventions: { orderFee: 'prorate-inputs' } });
    assert.deepEqual(alone.conventions, { ...DEFAULT_CONVENTIONS, orderFee: 'prorate-inputs' });
    assert.deepEqual(PRESET_NAMES, ['taintchain', 'blocksci', 'taintedtx', 'zkokelj', 'blockparser']);
  });
});
