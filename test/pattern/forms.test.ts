/** Forms other than coinjoins: each threshold on both sides; peel chains by hand; a real batch withdrawal. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { txId } from '../../src/ledger/index.ts';
import {
  batchPayout,
  consolidation,
  type Detector,
  dustSpray,
  fanOut,
  fits,
  hotWallet,
  peelChain,
  type TransactionShape,
} from '../../src/pattern/index.ts';
import { memoryView } from '../support/memory-view.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';
import type { TinyInput, TinyTx } from '../support/tiny-chain.ts';
import { different, NULL_DATA, payees, payers, shape, times } from './shapes.ts';

function boundary(detector: Detector, title: string, on: TransactionShape, beyond: TransactionShape) {
  it(`${detector.name}: ${title}`, () => {
    assert.ok(fits(detector, on), 'on the boundary');
    assert.ok(!fits(detector, beyond), 'one beyond');
  });
}

const from = (inputs: number, ...outputs: number[]): TransactionShape =>
  shape(payers(times(inputs, 9)), payees(outputs));

describe('forms of transactions', () => {
  boundary(consolidation, '10 inputs', from(10, 7), from(9, 7));
  boundary(consolidation, '1 output', from(10, 7), from(10, 7, 8));
  it('consolidation: null data beside it does not pay', () => {
    assert.ok(fits(consolidation, shape(payers(times(10, 9)), [...payees([7]), NULL_DATA])));
  });
  boundary(fanOut, '10 outputs', from(1, ...times(10, 7)), from(1, ...times(9, 7)));
  boundary(fanOut, '5 per input', from(2, ...times(10, 7)), from(3, ...times(14, 7)));
  boundary(batchPayout, '10 outputs', from(1, ...different(10, 99)), from(1, ...different(9, 99)));
  boundary(batchPayout, 'more outputs than inputs', from(10, ...different(11, 99)), from(11, ...different(11, 99)));
  // 10 outputs: 8 different values are 80 %, 7 are not.
  boundary(
    batchPayout,
    '80 % of values differ',
    from(1, ...different(7, 99), 5, 5, 5),
    from(1, ...different(6, 99), 5, 5, 5, 5),
  );
  const hot = (payeeCount: number, back: number, addresses = 1): TransactionShape =>
    shape(
      payers([9, 9]).map((input, vin) => ({ ...input, address: addresses === 1 ? 'hot' : `hot ${vin}` })),
      [
        ...payees(different(payeeCount, 50)),
        ...times(back, 3).map((sat) => ({ ...payees([sat])[0]!, address: 'hot' })),
      ],
    );
  boundary(hotWallet, '5 payees', hot(5, 1), hot(4, 1));
  boundary(hotWallet, 'one output back, not none', hot(5, 1), hot(5, 0));
  boundary(hotWallet, 'one output back, not two', hot(5, 1), hot(5, 2));
  boundary(hotWallet, 'one paying address', hot(5, 1), hot(5, 1, 2));
  boundary(dustSpray, '10 addresses', from(1, ...times(10, 1_000)), from(1, ...times(9, 1_000)));
  boundary(dustSpray, '1,000 sat', from(1, ...times(10, 1_000)), from(1, ...times(9, 1_000), 1_001));
  boundary(
    dustSpray,
    'half the outputs',
    from(1, ...times(10, 1_000), ...times(10, 5_000)),
    from(1, ...times(10, 1_000), ...times(11, 5_000)),
  );

  itWithData('a real withdrawal of an exchange to 143 outputs is a batch payout', 'esplora-fixtures', () => {
    const tx = JSON.parse(readFileSync(sharedData('esplora-fixtures/batch-withdrawal-143.json'), 'utf8')) as {
      vin: Array<{ prevout: { value: number; scriptpubkey: string } }>;
      vout: Array<{ value: number; scriptpubkey: string }>;
    };
    const holder = (script: string) => ({ address: script, type: null, unspendable: false });
    const real = shape(
      tx.vin.map(({ prevout }) => ({ valueSat: prevout.value, ...holder(prevout.scriptpubkey) })),
      tx.vout.map(({ value, scriptpubkey }) => ({ valueSat: value, ...holder(scriptpubkey) })),
    );
    assert.equal(real.outputs.length, 143);
    assert.ok(fits(batchPayout, real));
  });
});

describe('peel chains', () => {
  const tx = (inputs: TinyInput[], ...outputs: Array<number | { value: number; statedSpent: true }>): TinyTx => ({
    coinbase: false,
    height: 1,
    inputs,
    outputs: outputs.map((output) => (typeof output === 'number' ? { value: output } : output)),
  });
  const spend = (from: number, vout: number): TinyInput => ({ tx: from, vout });
  // 0: two inputs to one coin; 1, 2, 3 peel it; 4 gathers the last coin with another.
  const chain = {
    transactions: [
      tx([{ external: 50 }, { external: 50 }], 100),
      tx([spend(0, 0)], 10, 90),
      tx([spend(1, 1)], 80, 10),
      tx([spend(2, 0)], 15, 65),
      tx([spend(3, 1), { external: 5 }], 70),
    ],
  };
  const view = memoryView(chain);

  it('walks both ways to where the form ends', () => {
    for (const asked of [1, 2, 3]) {
      const found = peelChain(view, txId(asked), 10);
      assert.deepEqual(
        found?.hops.map(({ tx: hop, onwardVout }) => [Number(hop), onwardVout]),
        [
          [1, 1],
          [2, 0],
          [3, null],
        ],
        `asked at ${asked}`,
      );
      assert.deepEqual([found.verdict, found.startedBy, found.endedBy], ['yes', 'leaves-form', 'leaves-form']);
    }
    assert.equal(peelChain(view, txId(0), 10), null, 'two inputs');
    assert.equal(peelChain(view, txId(4), 10), null, 'one output');
  });

  it('a limit ends it and says so', () => {
    const found = peelChain(view, txId(2), 0);
    assert.deepEqual([found?.hops.length, found?.startedBy, found?.endedBy], [1, 'limit', 'limit']);
    const one = peelChain(view, txId(3), 1);
    assert.deepEqual([one?.hops.map((hop) => Number(hop.tx)), one?.startedBy], [[2, 3], 'limit']);
  });

  it('where both outputs go on it branches, and the verdict stays yes', () => {
    const forked = memoryView({
      transactions: [tx([{ external: 100 }], 40, 60), tx([spend(0, 0)], 10, 30), tx([spend(0, 1)], 20, 40)],
    });
    const found = peelChain(forked, txId(0), 5);
    assert.deepEqual([found?.verdict, found?.startedBy, found?.endedBy], ['yes', 'missing', 'branches']);
    assert.equal(peelChain(forked, txId(1), 5)?.startedBy, 'branches');
  });

  it('is unknown, not no, where the neighbours are not in the case', () => {
    const alone = (...outputs: Array<number | { value: number; statedSpent: true }>) =>
      peelChain(memoryView({ transactions: [tx([{ external: 100 }], ...outputs)] }), txId(0), 5);
    assert.deepEqual([alone(40, 60)?.verdict, alone(40, 60)?.endedBy], ['unknown', 'unspent']);
    assert.equal(alone(40, { value: 60, statedSpent: true })?.endedBy, 'missing');
    const after = memoryView({ transactions: [tx([{ external: 100 }], 100), tx([spend(0, 0)], 40, 60)] });
    assert.equal(peelChain(after, txId(1), 5)?.verdict, 'no', 'its source is known and not of the form; unspent');
  });
});
