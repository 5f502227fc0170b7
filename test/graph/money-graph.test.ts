/** The graph kernel where chains are strange: txids that look alike, twins, tables that grow, spends of what is not there. */
import assert from 'node:assert/strict';
import { type GraphState, MoneyGraph, type OutputNumber, type TaintedCoin } from '../../src/graph/index.ts';
import { graphBlock as block, graphModule, type HandTx, head, words } from '../support/graph-block.ts';
import { Prng } from '../support/prng.ts';

const SEED = Number(process.env.SEED ?? 20_170_803);
const LIMITS = { transactions: 5000, inputs: 5000, outputs: 300_000 };

/** A txid with these first eight bytes. */
function id(low: number, high: number, rest = 0): Buffer {
  const bytes = Buffer.alloc(32, rest);
  bytes.writeUInt32LE(low, 0);
  bytes.writeUInt32LE(high, 4);
  return bytes;
}

const never = (): never => assert.fail('no txid looks like another here');

describe(`money graph (SEED=${SEED})`, () => {
  let module: WebAssembly.Module;
  before(() => {
    module = graphModule();
  });
  const graph = (transactions = 100, ids = true): MoneyGraph =>
    new MoneyGraph(module, { transactions, ids, block: LIMITS });
  const haircut = (of: MoneyGraph, seed: OutputNumber): { reached: number; feeSat: bigint; coins: TaintedCoin[] } => {
    const run = of.taint({
      rule: 'haircut',
      seeds: [seed],
      feeTaint: 'sink',
      coinbaseOrder: 'fees-first',
      haircutFee: 'share',
      subsidySat: () => 0,
    });
    const coins: TaintedCoin[] = [];
    run.rests((coin) => coins.push(coin));
    return { reached: run.books.reached, feeSat: run.books.feeSat, coins };
  };
  /** The graph as a checkpoint keeps it, through text. */
  function copyOf(of: MoneyGraph, transactions: number, ids: boolean): MoneyGraph {
    const state = JSON.parse(JSON.stringify(of.state)) as GraphState;
    const copy = new MoneyGraph(module, { transactions, ids, block: LIMITS }, state);
    for (const page of of.pages()) copy.putPage(page);
    return copy;
  }
  const roots = (of: MoneyGraph): number[] => [...of.clusters()].flatMap((piece) => [...piece]);

  it('keeps txids apart that share bytes 4 to 7 and fall on one slot: each child finds its own parent', () => {
    // 4096 slots: the lower 12 bits say where to start, so these three start at one slot with one tag.
    const alike = [id(5, 77), id(5 + 4096, 77), id(5 + 8192, 77)];
    const seen = new Map(alike.map((txid, number) => [number, txid]));
    const money = graph();
    const asked: number[][] = [];
    money.add(
      block(alike.map((txid, index) => ({ txid, spends: [], outputs: [{ owner: BigInt(index + 1), valueSat: 10 }] }))),
      ({ index, other }) => {
        asked.push([index, other]);
        return head(seen.get(other)!);
      },
    );
    assert.deepEqual(asked, [
      [1, 0],
      [2, 0],
    ]);
    money.add(
      block([
        { txid: id(1, 1), spends: [], outputs: [{ owner: 9n, valueSat: 5 }] },
        {
          txid: id(2, 2),
          spends: [
            { txid: alike[0]!, vout: 0 },
            { txid: alike[2]!, vout: 0 },
          ],
          outputs: [{ owner: 8n, valueSat: 20 }],
        },
      ]),
      never,
    );
    assert.deepEqual(money.faults(), { missing: 0, spentTwice: 0 });
    // Addresses in order of appearance: 1, 2, 3, 9, 8. The spend joins 1 and 3, not 2.
    assert.deepEqual(roots(money), [0, 1, 0, 3, 4]);
    assert.deepEqual(
      alike.map((txid) => money.transactionNumber(txid)),
      [0, 1, 2],
    );
    assert.equal(money.transactionNumber(id(99, 98)), null);
  });

  it('lets an early coinbase that repeats another one replace it', () => {
    const twin = id(3, 4);
    const money = graph();
    const coinbase = (owner: bigint): HandTx => ({ txid: twin, spends: [], outputs: [{ owner, valueSat: 50 }] });
    money.add(block([coinbase(1n)]), never);
    money.add(block([coinbase(2n)]), ({ index, other }) => {
      assert.deepEqual([index, other], [0, 0]);
      return null;
    });
    assert.equal(money.transactionNumber(twin), 1);
    const child: HandTx = { txid: id(7, 7), spends: [{ txid: twin, vout: 0 }], outputs: [{ owner: 3n, valueSat: 50 }] };
    money.add(block([{ txid: id(6, 6), spends: [], outputs: [] }, child]), never);
    const { coins } = haircut(money, { transaction: 1, output: money.firstOutput(1) });
    assert.deepEqual(
      coins.map(({ transaction, vout, taintSat }) => [transaction, vout, taintSat]),
      [[3, 0, 50]],
      'the taint of the second twin went to the child',
    );
  });

  it('counts spends of what is not there and second spends', () => {
    const money = graph();
    const parent = id(1, 2);
    money.add(block([{ txid: parent, spends: [], outputs: [{ owner: 1n, valueSat: 5 }] }]), never);
    const spend = (low: number, txid: Buffer, vout: number): HandTx => ({
      txid: id(low, low),
      spends: [{ txid, vout }],
      outputs: [],
    });
    const coinbase: HandTx = { txid: id(50, 50), spends: [], outputs: [] };
    money.add(
      block([coinbase, spend(10, parent, 0), spend(11, parent, 0), spend(12, parent, 1), spend(13, id(9, 9), 0)]),
      never,
    );
    assert.deepEqual(money.faults(), { missing: 2, spentTwice: 1 });
  });

  it('burns what can never be spent, and shares by largest remainder with the fee last', () => {
    const money = graph();
    const seed = id(1, 2);
    money.add(
      block([
        {
          txid: seed,
          spends: [],
          outputs: [
            { owner: 1n, valueSat: 10 },
            { owner: 2n, valueSat: 11 },
          ],
        },
      ]),
      never,
    );
    const made = [3, 3, 3].map((valueSat, vout) => ({ owner: BigInt(vout + 5), valueSat, burned: vout === 2 }));
    const spends = [
      { txid: seed, vout: 0 },
      { txid: seed, vout: 1 },
    ];
    money.add(
      block([
        { txid: id(4, 4), spends: [], outputs: [] },
        { txid: id(5, 5), spends, outputs: made },
      ]),
      never,
    );
    // 10 of 21 are tainted. Outputs of 3 get 30/21 = 1 rest 9 each, the fee of 12 gets 120/21 = 5 rest 15; 2 satoshi are left: the fee, then vout 0.
    const { reached, feeSat, coins } = haircut(money, { transaction: 0, output: 0 });
    assert.deepEqual([reached, feeSat], [1, 6n]);
    assert.deepEqual(
      coins.map(({ vout, taintSat, status }) => [vout, taintSat, status]),
      [
        [0, 2, 'unspent'],
        [1, 1, 'unspent'],
        [2, 1, 'burned'],
      ],
    );
  });

  it('refuses to divide what a transaction pays beyond what it takes', () => {
    const money = graph();
    const seed = id(1, 2);
    money.add(block([{ txid: seed, spends: [], outputs: [{ owner: 1n, valueSat: 10 }] }]), never);
    const made = { txid: id(5, 5), spends: [{ txid: seed, vout: 0 }], outputs: [{ owner: 2n, valueSat: 11 }] };
    money.add(block([{ txid: id(4, 4), spends: [], outputs: [] }, made]), never);
    for (const haircutFee of ['share', 'outputs-only'] as const) {
      for (const rule of ['haircut', 'fifo', 'lifo']) {
        const asked = (): unknown =>
          money.taint({
            rule,
            seeds: [{ transaction: 0, output: 0 }],
            feeTaint: 'sink',
            coinbaseOrder: 'fees-first',
            haircutFee,
            subsidySat: () => 0,
          });
        assert.throws(asked, { code: 'LEDGER_INVALID', message: /^transaction number 2 of the graph pays more/ });
      }
    }
  });

  it('numbers and joins a million addresses as a Map does, through every growth of table and arrays, kept and taken up on the way', () => {
    const prng = Prng.fromSeed(SEED);
    let money = graph(10, false);
    const numbers = new Map<bigint, number>();
    const key = (): bigint => (BigInt(prng.next()) << 32n) | BigInt(prng.int(1 << 20) << 3) | 1n;
    const known: bigint[] = [];
    for (let round = 0; round < 5; round += 1) {
      const owners = Array.from({ length: 200_000 }, () =>
        known.length > 0 && prng.int(4) === 0 ? known[prng.int(known.length)]! : key(),
      );
      for (const owner of owners) {
        if (!numbers.has(owner)) known.push(owner);
        numbers.set(owner, numbers.get(owner) ?? numbers.size);
      }
      const spends = [known[prng.int(known.length)]!, known[prng.int(known.length)]!].map((owner) => ({
        txid: id(1, 1),
        vout: 0,
        owner,
      }));
      money.addSpends(
        block([
          { txid: id(0, 0), spends: [], outputs: owners.map((owner) => ({ owner, valueSat: 1 })) },
          { txid: id(1, 1), spends, outputs: [] },
        ]),
      );
      money = copyOf(money, 10, false);
    }
    const { addresses, clusters } = money.counts(0);
    assert.equal(addresses, numbers.size);
    assert.ok(addresses > 700_000 && clusters >= addresses - 5 && clusters < addresses);
    for (const owner of known.slice(0, 5000)) {
      const [low, high] = words([owner]);
      assert.equal(money.addressNumber(low!, high!), numbers.get(owner));
    }
    assert.equal(money.addressNumber(1, 2), null);
  });
});
