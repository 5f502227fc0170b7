/** Worked examples of src/taint/README.md as hand-written chains. Amounts in satoshi. */
import type { TinyChain, TinySeed, TinyTx } from '../support/tiny-chain.ts';

/** A chain and its seeds. */
export interface Fixture {
  readonly chain: TinyChain;
  readonly seeds: readonly TinySeed[];
}

/** Index of the transaction in which the running example happens. */
export const EXAMPLE_X_TX = 3;

/**
 * Running example X: inputs 60 clean, 30 all tainted, 10 = [c6 S4]; outputs 25, 50, 20; fee 5. One label, seeded 34. The third input
 * is made by transaction 2, which joins 6 clean satoshis and 4 seeded ones into a single output.
 */
export function exampleX(): Fixture {
  return {
    chain: {
      transactions: [
        payment(1, [{ external: 30 }], [30]),
        payment(1, [{ external: 4 }], [4]),
        payment(2, [{ external: 6 }, { tx: 1, vout: 0 }], [10]),
        payment(3, [{ external: 60 }, { tx: 0, vout: 0 }, { tx: 2, vout: 0 }], [25, 50, 20]),
      ],
    },
    seeds: [
      { tx: 0, vout: 0, label: 0 },
      { tx: 1, vout: 0, label: 0 },
    ],
  };
}

/** Index of the coinbase in `coinbaseFixture`. */
export const COINBASE_TX = 3;

/**
 * Coinbase example of src/taint/README.md: fees [c1 S4] of transaction 1 and [c3] of transaction 2, subsidy 50. `outputs` are what the coinbase
 * claims: 40 and 18 is all, 40 and 15 leaves 3.
 */
export function coinbaseFixture(outputs: readonly number[] = [40, 18]): Fixture {
  return {
    chain: {
      transactions: [
        payment(1, [{ external: 4 }], [4]),
        payment(2, [{ external: 11 }, { tx: 0, vout: 0 }], [10]),
        payment(2, [{ external: 5 }], [2]),
        { coinbase: true, height: 2, subsidy: 50, inputs: [], outputs: outputs.map((value) => ({ value })) },
      ],
    },
    seeds: [{ tx: 0, vout: 0, label: 0 }],
  };
}

/** Index of the transaction that merges the dust of `dustFixture`. */
export const DUST_MERGE_TX = 2;

/** Dust splitting (src/taint/README.md): 10 of 20 sat tainted, split in 20 outputs of 1 sat; the first ten are merged again. */
export function dustFixture(): Fixture {
  const ten = Array.from({ length: 10 }, (_, vout) => ({ tx: 1, vout }));
  return {
    chain: {
      transactions: [
        payment(1, [{ external: 10 }], [10]),
        payment(2, [{ external: 10 }, { tx: 0, vout: 0 }], new Array<number>(20).fill(1)),
        payment(3, ten, [10]),
      ],
    },
    seeds: [{ tx: 0, vout: 0, label: 0 }],
  };
}

/** Two labels of 1 sat each into outputs of 1 and 1 (src/taint/README.md): rounding each label alone would put both on output 0. */
export function overfillFixture(): Fixture {
  return {
    chain: {
      transactions: [
        payment(1, [{ external: 1 }], [1]),
        payment(1, [{ external: 1 }], [1]),
        payment(
          2,
          [
            { tx: 0, vout: 0 },
            { tx: 1, vout: 0 },
          ],
          [1, 1],
        ),
      ],
    },
    seeds: [
      { tx: 0, vout: 0, label: 0 },
      { tx: 1, vout: 0, label: 1 },
    ],
  };
}

/** A seed on an output that already carries taint: [c6 A4] becomes [B6 A4] (first wins); then split 5, 5. */
export function firstWinsFixture(): Fixture {
  return {
    chain: {
      transactions: [
        payment(1, [{ external: 4 }], [4]),
        payment(2, [{ external: 6 }, { tx: 0, vout: 0 }], [10]),
        payment(3, [{ tx: 1, vout: 0 }], [5, 5]),
      ],
    },
    seeds: [
      { tx: 0, vout: 0, label: 0 },
      { tx: 1, vout: 0, label: 1 },
    ],
  };
}

function payment(height: number, inputs: TinyTx['inputs'], values: readonly number[]): TinyTx {
  return { coinbase: false, height, inputs, outputs: values.map((value) => ({ value })) };
}
