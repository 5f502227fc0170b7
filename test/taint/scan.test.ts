/** The one-pass driver against the one that knows who spends what, on random chains: every rule, convention, limit and stop. */
import assert from 'node:assert/strict';
import { NONE, SpoorError } from '../../src/ledger/index.ts';
import {
  DEFAULT_CONVENTIONS,
  type Placement,
  propagate,
  RULE_NAMES,
  type ScanParameters,
  type TaintResult,
  TaintScan,
  type TraceConventions,
  type TraceLimits,
} from '../../src/taint/index.ts';
import { OutpointTable } from '../../src/taint/outpoint-table.ts';
import { graphsOfLaw, timeoutOfLaw } from '../support/graph-count.ts';
import { Prng } from '../support/prng.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import { type TinyBlockOptions, type TinyNote, tinyBlocks, tinyScanTxid } from '../support/scan-tiny.ts';
import { labelCountOf, type TinyChain, type TinySeed } from '../support/tiny-chain.ts';
import { engineSeeds, tinyBlockFees, tinyFrames } from '../support/tiny-view.ts';

const GRAPHS = graphsOfLaw(800);
const FIRST_SEED = Number(process.env.SEED ?? 20_170_512);
const RULES = [...RULE_NAMES, 'comb:low', 'comb:high', 'inout:TL', 'inout:HS', 'inout:CF'];
const NO_LIMITS: TraceLimits = { maxHops: null, minSat: null, minShareMillionths: null, untilHeight: null };

function pick<T>(prng: Prng, list: readonly T[]): T {
  return list[prng.int(list.length)];
}

function randomConventions(prng: Prng): TraceConventions {
  return {
    feeTaint: pick(prng, ['sink', 'propagate']),
    coinbaseOrder: pick(prng, ['fees-first', 'subsidy-first']),
    haircutFee: pick(prng, ['share', 'outputs-only', 'fee-first']),
    haircutRounding: pick(prng, ['largest-remainder', 'down', 'fixed-point']),
    combSize: 3,
    addressFilter: 'none',
    haircutTxShareMillionths: prng.chance(0.2) ? prng.int(500_000) : null,
    orderFee: pick(prng, ['tail', 'prorate-inputs']),
    seedOverlap: pick(prng, ['first-wins', 'seed-overrides']),
    tihoTies: pick(prng, ['lower-vout', 'higher-vout']),
    like: 'none',
    seeding: 'outpoint',
  };
}

function randomLimits(prng: Prng): TraceLimits {
  if (prng.chance(0.4)) return NO_LIMITS;
  const maybe = (value: number): number | null => (prng.chance(0.4) ? value : null);
  return {
    maxHops: maybe(prng.int(4)),
    minSat: maybe(prng.int(60)),
    minShareMillionths: maybe(prng.int(700_000)),
    untilHeight: maybe(prng.between(1, 12)),
    maxTransactions: maybe(prng.int(6)),
    maxSegments: maybe(prng.between(1, 3)),
  };
}

interface Case {
  readonly chain: TinyChain;
  readonly seeds: readonly TinySeed[];
  readonly parameters: Omit<ScanParameters, 'labelCount'>;
  readonly dress: TinyBlockOptions;
}

/** The sparse driver with the spenders at hand, and owners on inputs as an undo file gives them. */
function reference({ chain, seeds, parameters, dress }: Case): TaintResult {
  const frame = tinyFrames(chain);
  const run = propagate({
    ...parameters,
    labelCount: labelCountOf(seeds),
    seeds: engineSeeds(chain, seeds),
    serviceAddresses: dress.services ?? new Set(),
    lookAhead: 1,
    keepTrail: false,
  });
  let step = run.next();
  while (!step.done) {
    const { transactions, blocks } = step.value;
    step = run.next({
      frames: transactions.map((tx) => ({
        ...frame(tx),
        inputAddress: chain.transactions[tx].inputs.map((input) =>
          'external' in input ? NONE : (chain.transactions[input.tx].outputs[input.vout].address ?? NONE),
        ),
      })),
      blocks: blocks.map((height) => tinyBlockFees(chain, height)),
    });
  }
  return step.value;
}

type Rested = Pick<Placement, 'valueSat' | 'hops' | 'status' | 'reason' | 'taint'> & TinyNote;

function rested({ valueSat, hops, status, reason, taint }: Placement, { tx, vout }: TinyNote): Rested {
  return { tx, vout, valueSat, hops, status, reason, taint };
}

interface Answer {
  readonly result: TaintResult;
  readonly rests: Map<string, Rested[]>;
  readonly held: number;
}

function scanned({ chain, seeds, parameters, dress }: Case): Answer {
  const rests = new Map<string, Rested[]>(parameters.rules.map((rule) => [rule, []]));
  const scan = new TaintScan<TinyNote>(
    { ...parameters, labelCount: labelCountOf(seeds) },
    (rule, placement, { txid, note }) => {
      assert.ok(tinyScanTxid(note.tx, dress.sameHeads).equals(txid), 'the txid belongs to the note');
      rests.get(rule)?.push(rested(placement, note));
    },
  );
  for (const block of tinyBlocks(chain, seeds, dress)) scan.scan(block);
  const held = scan.heldCount;
  return { result: scan.finish(), rests, held };
}

function check(given: Case): Answer {
  const expected = reference(given);
  const found = scanned(given);
  assert.equal(found.result.value.transactionsVisited, expected.value.transactionsVisited, 'visited');
  expected.value.rules.forEach(({ rule, books, holdings }, index) => {
    assert.deepEqual(found.result.value.rules[index].books, books, `${rule}: books`);
    const own = found.rests.get(rule)?.sort((a, b) => a.tx - b.tx || a.vout - b.vout);
    assert.deepEqual(
      own,
      holdings.map((holding) => rested(holding, holding)),
      `${rule}: holdings`,
    );
  });
  assert.deepEqual(
    found.result.gaps.map(({ kind, valueSat }) => ({ kind, valueSat })),
    expected.gaps.map(({ kind, valueSat }) => ({ kind, valueSat })),
  );
  return found;
}

/** Without outputs that somebody outside has spent: a scan sees every spend. */
function closedChain(seed: number): TinyChain {
  const { transactions } = randomChain(seed, { everyCoinbase: true });
  return {
    transactions: transactions.map((transaction) => ({
      ...transaction,
      outputs: transaction.outputs.map(({ statedSpent: _, ...output }) => output),
    })),
  };
}

function randomCase(seed: number): Case {
  const prng = Prng.fromSeed(seed ^ 0x5ca9);
  const chain = closedChain(seed);
  return {
    chain,
    seeds: randomSeeds(chain, seed, prng.between(1, 3)),
    parameters: {
      rules: RULES,
      limits: randomLimits(prng),
      conventions: randomConventions(prng),
      stopAtCoinjoin: prng.chance(0.5),
    },
    dress: {
      sameHeads: prng.chance(0.3),
      services: new Set(prng.chance(0.4) ? [prng.int(12), prng.int(12)] : []),
    },
  };
}

const PLAIN: Case['parameters'] = {
  rules: RULES,
  limits: NO_LIMITS,
  conventions: DEFAULT_CONVENTIONS,
  stopAtCoinjoin: true,
};

describe(`one-pass taint (SEED=${FIRST_SEED})`, () => {
  it(`gives the books and holdings of the driver that knows spenders, on ${GRAPHS} random chains`, () => {
    let stopped = 0;
    for (let index = 0; index < GRAPHS; index += 1) {
      try {
        const { rests } = check(randomCase(FIRST_SEED + index));
        if (rests.get('fifo')?.some(({ status }) => status === 'stopped')) stopped += 1;
      } catch (error) {
        throw new Error(`graph of seed ${FIRST_SEED + index}`, { cause: error });
      }
    }
    assert.ok(stopped > GRAPHS / 50, `${stopped} chains reach a service`);
  }).timeout(timeoutOfLaw(120_000));

  it('stops at a coinjoin by the owners that undo records name', () => {
    const root = (value: number, address: number) => ({
      coinbase: false,
      height: 1,
      inputs: [{ external: value }],
      outputs: [{ value, address }],
    });
    const chain: TinyChain = {
      transactions: [
        root(10, 1),
        root(10, 2),
        root(10, 3),
        { coinbase: true, height: 1, subsidy: 0, inputs: [], outputs: [] },
        {
          coinbase: false,
          height: 2,
          inputs: [0, 1, 2].map((tx) => ({ tx, vout: 0 })),
          outputs: [4, 5, 6].map((address) => ({ value: 10, address })),
        },
        { coinbase: true, height: 2, subsidy: 0, inputs: [], outputs: [] },
      ],
    };
    const scaled: TinyChain = {
      transactions: chain.transactions.map((transaction) => ({
        ...transaction,
        inputs: transaction.inputs.map((input) => ('external' in input ? { external: input.external * 1000 } : input)),
        outputs: transaction.outputs.map((output) => ({ ...output, value: output.value * 1000 })),
      })),
    };
    const { rests, held } = check({
      chain: scaled,
      seeds: [{ tx: 1, vout: 0, label: 0 }],
      parameters: PLAIN,
      dress: {},
    });
    const stop = [
      { tx: 1, vout: 0, valueSat: 10_000, hops: 0, status: 'stopped', reason: 'coinjoin', taint: [[0, 10_000]] },
    ];
    assert.deepEqual(rests.get('haircut'), stop);
    assert.equal(held, 0);
  });

  it('holds no more outputs than carry taint at one time', () => {
    const length = 2000;
    const chain: TinyChain = {
      transactions: Array.from({ length }, (_, tx) => ({
        coinbase: false,
        height: tx + 1,
        inputs: [tx === 0 ? { external: 5 } : { tx: tx - 1, vout: 0 }],
        outputs: [{ value: 5 }],
      })),
    };
    let most = 0;
    const scan = new TaintScan<TinyNote>({ ...PLAIN, labelCount: 1 }, () => undefined);
    for (const block of tinyBlocks(chain, [{ tx: 0, vout: 0, label: 0 }])) {
      scan.scan(block);
      most = Math.max(most, scan.heldCount);
    }
    assert.equal(most, 1);
    assert.equal(scan.finish().value.transactionsVisited, length);
  });

  it('refuses an output that is made twice while the first is unspent', () => {
    const chain = closedChain(3);
    const seeds = randomSeeds(chain, 3, 1);
    const block = tinyBlocks(chain, seeds).find(({ seeds: own }) => own.length > 0);
    const scan = new TaintScan<TinyNote>({ ...PLAIN, labelCount: 1 }, () => undefined);
    assert.ok(block !== undefined);
    const first = { ...block, columns: { ...block.columns, outputFlags: new Uint8Array(99) } };
    scan.scan(first);
    assert.throws(
      () => scan.scan({ ...first, height: first.height + 1 }),
      (error) => error instanceof SpoorError && error.code === 'LEDGER_INVALID',
    );
  });
});

describe('the table of held outpoints', () => {
  it('agrees with a Map under random adds and removes, with searched-for ids among them', () => {
    const prng = Prng.fromSeed(FIRST_SEED);
    const table = new OutpointTable<string>();
    const plain = new Map<string, { txid: Buffer; vout: number }>();
    const ids = Array.from({ length: 3000 }, (_, index) => {
      const id = Buffer.from(Array.from({ length: 32 }, () => prng.int(256)));
      return index % 3 === 0 ? id.fill(1, 0, 16) : id;
    });
    for (let round = 0; round < 40_000; round += 1) {
      const txid = pick(prng, ids);
      const vout = prng.int(4);
      const name = `${txid.toString('hex')}:${vout}`;
      const slot = table.find(txid, 0, vout);
      assert.equal(slot >= 0, plain.has(name));
      if (slot >= 0) assert.equal(table.noteAt(slot), name);
      if (slot >= 0 && prng.chance(round > 20_000 ? 0.9 : 0.3)) {
        table.remove(slot);
        plain.delete(name);
      } else {
        assert.equal(table.add(txid, vout, { number: round, note: name }), slot < 0);
        plain.set(name, { txid, vout });
      }
      assert.equal(table.size, plain.size);
    }
    assert.deepEqual(new Set([...table.entries()].map(({ note }) => note)), new Set(plain.keys()));
    for (const { txid, vout } of plain.values()) {
      const heads = new Uint32Array([txid.readUInt32LE(0), txid.readUInt32LE(4)]);
      assert.equal(table.nextCandidate({ heads, vouts: new Uint32Array([vout]) }, 0, 1), 0, 'the filter never hides');
    }
  });

  it('passes over nearly all outpoints that it does not hold', () => {
    const prng = Prng.fromSeed(1);
    const table = new OutpointTable<number>();
    const id = (): Buffer => Buffer.from(Array.from({ length: 32 }, () => prng.int(256)));
    for (let number = 0; number < 40_000; number += 1) table.add(id(), 0, { number, note: number });
    const count = 20_000;
    const heads = Uint32Array.from({ length: 2 * count }, () => prng.int(2 ** 32));
    const vouts = new Uint32Array(count);
    let hits = 0;
    for (let at = 0; at < count; at += 1) if (table.nextCandidate({ heads, vouts }, at, at + 1) === at) hits += 1;
    assert.ok(hits < count / 12, `${hits} of ${count} pass the filter`);
  });
});
