/** One suite for every LedgerView: what an engine or a report may rely on, said on a TinyChain. */
import assert from 'node:assert/strict';
import { type LedgerView, NONE, OUTPUT_UNSPENDABLE, outputId, txid } from '../../src/ledger/index.ts';
import { tinyTxid } from './esplora.ts';
import { randomChain } from './random-chain.ts';
import { fee, inputValue, outpointKey, spenders, type TinyChain } from './tiny-chain.ts';

/** Declares the suite for a kind of view; `open` makes one that holds the chain (heights shifted by `base`), `close` lets go of it. */
export function ledgerViewSuite(
  kind: string,
  open: (chain: TinyChain, seed: number) => { view: LedgerView; base: number; close: () => void },
): void {
  describe(`LedgerView over ${kind}`, () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      it(`random chain ${seed}: identities, frames, order, spenders and fees`, () => {
        const chain = randomChain(seed);
        const { view, base, close } = open(chain, seed);
        try {
          checkIdentities(chain, view, base);
          checkFrames(chain, view);
          checkOrder(view);
        } finally {
          close();
        }
      });
    }
  });
}

function checkIdentities(chain: TinyChain, view: LedgerView, base: number): void {
  assert.equal(view.transactionCount(), chain.transactions.length);
  assert.equal(view.tip().height, Math.max(...chain.transactions.map(({ height }) => height)) + base);
  assert.deepEqual(view.findTransactions(txid('00'.repeat(32))), []);
  assert.equal(view.findOutput(txid(tinyTxid(0)), 10_000), null);
  chain.transactions.forEach(({ outputs }, tx) => {
    const [found] = view.findTransactions(txid(tinyTxid(tx)));
    const transaction = view.transaction(found);
    assert.equal(transaction.txid, tinyTxid(tx));
    outputs.forEach(({ value }, vout) => {
      const output = view.findOutput(txid(tinyTxid(tx)), vout);
      assert.ok(output !== null);
      assert.equal(view.output(output).valueSat, value);
      assert.equal(view.output(output).outpoint, `${tinyTxid(tx)}:${vout}`);
      assert.equal(view.transactionOf(output), found);
      assert.equal(view.orderKeyOf(found), view.frame(found).orderKey);
      assert.equal(view.spenderOf(output), view.frame(found).outputSpender[vout]);
      const { address } = view.output(output);
      if (address !== null) assert.ok(view.outputsOfAddress(address).includes(output));
    });
  });
}

function checkFrames(chain: TinyChain, view: LedgerView): void {
  const spent = spenders(chain);
  chain.transactions.forEach(({ inputs, outputs, coinbase }, tx) => {
    const [found] = view.findTransactions(txid(tinyTxid(tx)));
    const frame = view.frame(found);
    assert.equal(frame.coinbase, coinbase);
    assert.deepEqual(
      frame.inputValueSat,
      inputs.map((_, vin) => inputValue(chain, tx, vin)),
    );
    assert.deepEqual(
      frame.inputOutput,
      inputs.map((input) => ('external' in input ? NONE : view.findOutput(txid(tinyTxid(input.tx)), input.vout))),
    );
    assert.deepEqual(
      frame.outputValueSat,
      outputs.map(({ value }) => value),
    );
    assert.deepEqual(
      frame.outputFlags.map((flags) => (flags & OUTPUT_UNSPENDABLE) !== 0),
      outputs.map(({ unspendable }) => unspendable === true),
    );
    outputs.forEach((_, vout) => {
      const spender = spent.get(outpointKey(tx, vout));
      assert.equal(
        frame.outputSpender[vout],
        spender === undefined ? NONE : view.findTransactions(txid(tinyTxid(spender)))[0],
      );
      if (spender !== undefined)
        assert.ok(frame.outputSpenderKey[vout] > frame.orderKey, 'a spender comes after its parent');
      assert.equal(view.output(outputId(frame.firstOutput + vout)).vout, vout);
    });
    if (!coinbase) assert.equal(view.transaction(found).feeSat, fee(chain, tx));
  });
}

/** Ascending keys, heights never fall, a coinbase last in its block. */
function checkOrder(view: LedgerView): void {
  let before = -1;
  let height = -1;
  let closed = -1;
  for (const tx of view.transactions()) {
    const frame = view.frame(tx);
    assert.ok(frame.orderKey > before && frame.height >= height);
    assert.notEqual(frame.height, closed, 'nothing follows the coinbase of a block');
    [before, height] = [frame.orderKey, frame.height];
    if (frame.coinbase) closed = frame.height;
  }
}
