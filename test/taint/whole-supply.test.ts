/**
 * The whole supply (invariant 16): every coinbase of 2009 its own label. Nothing is clean, so under every rule that keeps books the labels of each
 * unspent output add up to its value, each label to what its coinbase made, and all of them to what was issued and not burned.
 */
import assert from 'node:assert/strict';
import { DEFAULT_CONVENTIONS, RULE_NAMES } from '../../src/taint/index.ts';
import { itWithData } from '../support/shared-data.ts';
import { spenders, type TinyChain, type TinyInput, type TinyTx } from '../support/tiny-chain.ts';
import { traceTiny } from '../support/tiny-view.ts';
import { year2009Lines } from '../support/year-2009.ts';

/** Blocks 0 to 32,489 and what each may issue. */
const BLOCKS = 32_490;
const SUBSIDY_SAT = 5_000_000_000;

interface Line {
  readonly txid: string;
  readonly coinbase: boolean;
  readonly height: number;
  readonly inputs: ReadonlyArray<{ readonly prevTxid: string; readonly prevVout: number }>;
  readonly outputs: ReadonlyArray<{ readonly valueSat: string }>;
}

/** The year as a chain: by height, the coinbase last, else in the order of the tables. The output of the first block cannot be spent. */
function year(): TinyChain {
  const lines = year2009Lines().map((line) => JSON.parse(line) as Line);
  lines.sort((a, b) => a.height - b.height || Number(a.coinbase) - Number(b.coinbase));
  const places = new Map(lines.map(({ txid }, tx) => [txid, tx]));
  return {
    transactions: lines.map(({ coinbase, height, inputs, outputs }): TinyTx => {
      const spends = inputs.map(({ prevTxid, prevVout }): TinyInput => {
        const tx = places.get(prevTxid);
        if (tx === undefined) throw new Error(`${prevTxid} is spent and is not of 2009`);
        return { tx, vout: prevVout };
      });
      return {
        coinbase,
        height,
        ...(coinbase ? { subsidy: SUBSIDY_SAT } : {}),
        inputs: spends,
        outputs: outputs.map(({ valueSat }) => ({
          value: Number(valueSat),
          ...(height === 0 ? { unspendable: true } : {}),
        })),
      };
    }),
  };
}

describe('the whole supply of 2009', () => {
  itWithData('every coinbase its own label, under every rule with books', 'bitcoin-2009-complete', () => {
    const chain = year();
    const coinbases = chain.transactions.flatMap(({ coinbase }, tx) => (coinbase ? [tx] : []));
    assert.equal(coinbases.length, BLOCKS);
    const seeds = coinbases.flatMap((tx, label) =>
      chain.transactions[tx].outputs.map((_, vout) => ({ tx, vout, label })),
    );
    const rules = RULE_NAMES.filter((rule) => !/poison|address|dirty/.test(rule));
    // Fees go on to the coinbase that collects them: it is seeded on what it issues only.
    const conventions = { ...DEFAULT_CONVENTIONS, feeTaint: 'propagate' as const };
    const { value } = traceTiny(chain, seeds, { rules, conventions, keepTrail: false });
    const spent = spenders(chain);
    const unspent = chain.transactions.flatMap(({ height, outputs }, tx) =>
      outputs.flatMap(({ value: valueSat }, vout) =>
        height > 0 && valueSat > 0 && !spent.has(`${tx}:${vout}`) ? [`${tx}:${vout}=${valueSat}`] : [],
      ),
    );
    for (const { rule, conserves, books, holdings } of value.rules) {
      if (!conserves) continue;
      const held = holdings.filter(({ status }) => status === 'unspent');
      const labelled = held.map(
        ({ tx, vout, taint }) => `${tx}:${vout}=${taint.reduce((sum, [, amountSat]) => sum + amountSat, 0)}`,
      );
      assert.deepEqual(labelled, unspent, `${rule}: labels partition the unspent outputs`);
      books.forEach((book, label) => {
        assert.equal(book.seeded, BigInt(SUBSIDY_SAT), `${rule}, label ${label}`);
        assert.equal(book.held + book.burned, book.seeded, `${rule}, label ${label}`);
      });
      const total = (term: 'held' | 'burned'): bigint => books.reduce((sum, book) => sum + book[term], 0n);
      assert.equal(total('burned'), BigInt(SUBSIDY_SAT), `${rule}: the first coinbase is burned`);
      assert.equal(total('held'), BigInt(SUBSIDY_SAT) * BigInt(BLOCKS - 1), `${rule}: issued less burned`);
    }
    assert.ok(value.rules.length >= 6);
  });
});
