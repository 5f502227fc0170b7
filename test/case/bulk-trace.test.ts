/** Taint straight from block files: the same document as ingesting the files into a case and tracing there; checkpoints; refusals. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bulkClusters } from '../../src/case/bulk/index.ts';
import {
  type BulkTrace,
  bulkTrace,
  importPacks,
  ingestFiles,
  parseSeed,
  type TraceRequest,
  trace,
  traceDocument,
  withCase,
} from '../../src/case/index.ts';
import { SpoorError } from '../../src/ledger/index.ts';
import type { TraceDocument } from '../../src/report/index.ts';
import { DEFAULT_CONVENTIONS, RULE_NAMES } from '../../src/taint/index.ts';
import { addressOfNumber, type BlockFolder, writeBlockFolder } from '../support/block-folder.ts';
import { Prng } from '../support/prng.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import type { TinyChain, TinySeed } from '../support/tiny-chain.ts';

const FIRST_SEED = Number(process.env.SEED ?? 7_170_512);
const CHAINS = 8;

/** Nothing of the chain is spent outside of it, and everything is in it. */
function closedChain(seed: number): TinyChain {
  const { transactions } = randomChain(seed, { everyCoinbase: true, transactions: 40 });
  return {
    transactions: transactions.map((transaction) => ({
      ...transaction,
      outputs: transaction.outputs.map(({ statedSpent: _, ...output }) => output),
    })),
  };
}

/** Options that end the run after some blocks, as Ctrl-C does. */
function stoppingAfter({ options }: BulkTrace, blocks: number): BulkTrace['options'] {
  const abort = new AbortController();
  let left = blocks;
  const onProgress = (): void => {
    left -= 1;
    if (left <= 0) abort.abort();
  };
  return { ...options, signal: abort.signal, onProgress };
}

interface Ground {
  readonly folder: string;
  readonly files: BlockFolder;
  readonly chain: TinyChain;
  readonly seeds: readonly TinySeed[];
  readonly pack: string;
}

describe(`bulk trace (SEED=${FIRST_SEED})`, function () {
  this.timeout(120_000);
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'spoor-bulk-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function ground(seed: number, xor = false): Ground {
    const chain = closedChain(seed);
    const place = join(folder, `chain-${seed}${xor ? '-xor' : ''}`);
    const files = writeBlockFolder(place, chain, { xor });
    const services = [0, 1, 2, 3, 4]
      .map((kind) => addressOfNumber(kind + (seed % 2) * 7))
      .filter((text) => text !== null);
    const pack = join(folder, `services-${seed}.yaml`);
    const tags = services
      .slice(seed % 3, (seed % 3) + 2)
      .map((address) => `  - address: ${address}\n    label: Exchange`);
    writeFileSync(
      pack,
      `title: Services\ncreator: test\nsource: https://example.org/list\ncategory: exchange\nconfidence: ownership\ncurrency: BTC\nnetwork: BTC\nlastmod: 2024-01-01\ntags:\n${tags.join('\n')}\n`,
    );
    return { folder: place, files, chain, seeds: randomSeeds(chain, seed, 3), pack };
  }

  function request({ seeds, files }: Ground, prng: Prng, changes: Partial<TraceRequest> = {}): TraceRequest {
    const pick = <T>(list: readonly T[]): T => list[prng.int(list.length)];
    const maybe = (value: number): number | null => (prng.chance(0.25) ? value : null);
    return {
      seeds: seeds.map(({ tx, vout, label }) => parseSeed(`L${label}=${files.txids[tx]}:${vout}`, 'regtest')),
      rules: [...RULE_NAMES, 'inout:HS'],
      limits: { maxHops: maybe(3), minSat: maybe(20), minShareMillionths: maybe(200_000) },
      until: prng.chance(0.25) ? String(prng.between(2, 12)) : null,
      stopAt: pick([['service', 'coinjoin'], ['service'], ['none']]),
      conventions: {
        ...DEFAULT_CONVENTIONS,
        feeTaint: pick(['sink', 'propagate']),
        coinbaseOrder: pick(['fees-first', 'subsidy-first']),
        haircutFee: pick(['share', 'outputs-only']),
      },
      splitBelowSat: null,
      ...changes,
    };
  }

  function asked({ folder: place, pack }: Ground, what: TraceRequest, changes: Partial<BulkTrace> = {}): BulkTrace {
    return {
      options: { folder: place, workers: 1, plain: false, verify: true, until: null },
      request: what,
      packs: [pack],
      fromHeight: 0,
      coins: null,
      checkpoint: null,
      clusters: null,
      ...changes,
    };
  }

  /** Case with the same files, traced with the same question. */
  function overCase(name: string, { files, pack }: Ground, what: TraceRequest): TraceDocument {
    return withCase(join(folder, `${name}.spoor`), { create: true }, ({ store }) => {
      ingestFiles(store, [files.blk], { format: 'auto', network: 'regtest' });
      return withCase(join(folder, `${name}.spoor`), { create: false }, (context) => {
        importPacks(context, [pack]);
        return traceDocument(context, trace(context, what));
      });
    });
  }

  /** The document, or the refusal of limits under which no seed could be followed. */
  function overCaseOrNot(
    name: string,
    own: Ground,
    what: TraceRequest,
  ): TraceDocument | { code: string; message: string } {
    try {
      return overCase(name, own, what);
    } catch (error) {
      if (!(error instanceof SpoorError) || error.code !== 'USAGE') throw error;
      return { code: error.code, message: error.message };
    }
  }

  it(`gives the document of ingest and trace on ${CHAINS} random chains, every rule`, async () => {
    let stopped = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + CHAINS; seed += 1) {
      const own = ground(seed);
      const what = request(own, Prng.fromSeed(seed));
      const expected = overCaseOrNot(`case-${seed}`, own, what);
      if ('message' in expected) {
        await assert.rejects(bulkTrace(asked(own, what)), expected);
        continue;
      }
      const found = await bulkTrace(asked(own, what));
      assert.deepEqual(found.rules, expected.rules, `seed ${seed}`);
      assert.deepEqual(found.seeds, expected.seeds, `seed ${seed}`);
      assert.deepEqual(found.gaps, expected.gaps, `seed ${seed}`);
      assert.deepEqual(found.run.tip, expected.run.tip, `seed ${seed}`);
      assert.deepEqual(found.run.params, expected.run.params, `seed ${seed}`);
      if (found.rules[0].holdings.some(({ status, stop }) => status === 'stopped' && stop?.tag !== '')) stopped += 1;
    }
    assert.ok(stopped > 0, 'some taint reaches a service');
  });

  it('takes transactions and address ranges as seeds, clear or under xor.dat, with WebAssembly or plainly', async () => {
    const own = ground(FIRST_SEED);
    const numbers = own.chain.transactions.flatMap(({ outputs }) => outputs.flatMap(({ address }) => address ?? []));
    const address = numbers.map(addressOfNumber).find((text) => text !== null);
    const what = request(own, Prng.fromSeed(1), {
      seeds: [parseSeed(`whole=${own.files.txids[1]}`, 'regtest'), parseSeed(`received=${address}@3..8`, 'regtest')],
      until: null,
    });
    const expected = overCase('case-subjects', own, what);
    const found = await bulkTrace(asked(own, what));
    assert.deepEqual([found.rules, found.seeds], [expected.rules, expected.seeds]);
    const masked = ground(FIRST_SEED, true);
    assert.deepEqual(await bulkTrace(asked(masked, what)), found);
    const plain = asked(own, what);
    assert.deepEqual(await bulkTrace({ ...plain, options: { ...plain.options, plain: true } }), found);
  });

  it('goes on from a checkpoint after any block to the bytes of an uninterrupted run', async () => {
    const own = ground(FIRST_SEED + 1);
    const prng = Prng.fromSeed(FIRST_SEED);
    for (const coins of [null, join(folder, 'coins.jsonl')]) {
      const what = request(own, Prng.fromSeed(5), { until: null });
      const whole = JSON.stringify(await bulkTrace(asked(own, what, { coins })));
      const list = coins === null ? '' : readFileSync(coins, 'utf8');
      for (let round = 0; round < 3; round += 1) {
        const file = join(folder, `state-${coins === null}-${round}`);
        let interruptions = 0;
        let answer = '';
        while (answer === '') {
          const given = asked(own, what, { coins, checkpoint: { file, everyBlocks: 3 } });
          const options = stoppingAfter(given, prng.between(1, 5));
          try {
            answer = JSON.stringify(await bulkTrace({ ...given, options }));
          } catch (error) {
            if (!(error instanceof SpoorError) || error.code !== 'INTERRUPTED') throw error;
            interruptions += 1;
          }
        }
        assert.ok(interruptions > 0);
        assert.equal(answer, whole, `round ${round}`);
        if (coins !== null) assert.equal(readFileSync(coins, 'utf8'), list, `round ${round}: coins`);
        assert.ok(!existsSync(file), 'the checkpoint is gone once the answer is there');
      }
    }
  });

  it('streams to a file what the document would hold', async () => {
    const own = ground(FIRST_SEED + 2);
    const what = request(own, Prng.fromSeed(2));
    const coins = join(folder, 'list.jsonl');
    const held = await bulkTrace(asked(own, what));
    const streamed = await bulkTrace(asked(own, what, { coins }));
    const lines = readFileSync(coins, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const expected = held.rules.flatMap(({ rule, holdings }) =>
      holdings.map((row) => JSON.stringify({ rule, ...row })),
    );
    assert.deepEqual(lines.sort(), expected.sort());
    assert.deepEqual(
      streamed.rules.map(({ books, holdings }) => [books, holdings]),
      held.rules.map(({ books }) => [books, []]),
    );
  });

  it('makes the clusters of bulk clusters in the same walk, byte for byte, and reads every block once where one seed was spent', async () => {
    const own = ground(FIRST_SEED + 2, true);
    const { folder: place } = own;
    const list = join(folder, 'clusters.csv');
    const alone = join(folder, 'clusters-alone.csv');
    const spent = own.chain.transactions.flatMap(({ inputs }) => inputs).find((input) => !('external' in input));
    assert.ok(spent !== undefined && !('external' in spent));
    const one = [parseSeed(`one=${own.files.txids[spent.tx]}:${spent.vout}`, 'regtest')];
    const unspent = own.chain.transactions.length - 1;
    const last = [parseSeed(`last=${own.files.txids[unspent]}`, 'regtest')];
    const address = addressOfNumber(own.chain.transactions.flatMap(({ outputs }) => outputs[0].address ?? [])[0]);
    const received = [parseSeed(`received=${address}`, 'regtest')];
    const { transactions, addresses, clusters, largestCluster, digest } = await bulkClusters({
      ...asked(own, request(own, Prng.fromSeed(1))).options,
      list: alone,
    });
    const several = own.seeds.map(({ tx, vout, label }) => `L${label}=${own.files.txids[tx]}:${vout}`);
    for (const [seeds, fromHeight, plain] of [
      [one, 0, false],
      [one, 0, true],
      [one, own.chain.transactions[spent.tx].height, false],
      [last, 0, false],
      [received, 0, false],
      [several.map((text) => parseSeed(text, 'regtest')), 0, true],
    ] as const) {
      const walked: number[] = [];
      const onProgress = (done: number): void => void walked.push(done);
      const options = { folder: place, workers: 1, plain, verify: false, until: null, onProgress };
      const what = request(own, Prng.fromSeed(2), { seeds, rules: ['fifo', 'haircut'], until: null });
      const given = asked(own, what, { options, fromHeight });
      const without = await bulkTrace(given);
      walked.length = 0;
      const { clusters: found, ...document } = await bulkTrace({ ...given, clusters: list });
      assert.deepEqual(document, without);
      assert.deepEqual(found, { transactions, addresses, clusters, largestCluster, digest });
      assert.equal(readFileSync(list, 'utf8'), readFileSync(alone, 'utf8'));
      assert.ok(!existsSync(`${list}.part`));
      if (seeds === one)
        assert.deepEqual(
          walked,
          [...Array(own.files.blocks).keys()].map((at) => at + 1),
        );
    }
    assert.ok(largestCluster > 1 && clusters > 1, 'clusters that say something');
  });

  const refuses = async (given: BulkTrace, code: string, words: RegExp): Promise<void> => {
    await assert.rejects(bulkTrace(given), (error) => {
      assert.ok(error instanceof SpoorError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, words);
      return true;
    });
  };

  it('refuses seeds that match nothing, overlap, or need a case', async () => {
    const own = ground(FIRST_SEED + 3);
    const prng = Prng.fromSeed(3);
    const of = (...texts: string[]): BulkTrace =>
      asked(own, request(own, prng, { seeds: texts.map((text) => parseSeed(text, 'regtest')), until: null }));
    const [id] = own.files.txids;
    await refuses(of(`a=${'ab'.repeat(32)}:0`), 'NOT_FOUND', /matches abab/);
    await refuses(of(`a=${id}:999`), 'NOT_FOUND', new RegExp(`matches ${id}:999`));
    await refuses(of(`a=${id}:0`, `b=${id}`), 'SEED_OVERLAP', /as "b" and as "a"/);
    await refuses(of('a=tag:theft'), 'USAGE', /needs the tags of a case/);
    await refuses(of(`a=${id}:0`, `b=${addressOfNumber(700)}`), 'NOT_FOUND', /matches bcrt|matches [mn2]/);
    await refuses({ ...of(`a=${id}:0`), fromHeight: 99 }, 'NOT_FOUND', /nothing in these blocks/);
    await refuses(asked(own, { ...request(own, prng), until: '2020-01-01' }), 'USAGE', /a height here, not a date/);
  });

  it('refuses damaged checkpoints, those of another question and of another chain, and keeps them', async () => {
    const own = ground(FIRST_SEED + 4);
    const what = request(own, Prng.fromSeed(4), { until: null });
    const file = join(folder, 'kept');
    const checkpoint = { file, everyBlocks: 1 };
    const given = asked(own, what, { checkpoint });
    const options = stoppingAfter(given, 5);
    await refuses({ ...given, options }, 'INTERRUPTED', /stopped after \d+ of \d+ blocks/);
    const bytes = readFileSync(file);
    const prng = Prng.fromSeed(FIRST_SEED);
    for (let round = 0; round < 30; round += 1) {
      const at = prng.int(bytes.length);
      const damaged = Buffer.from(bytes);
      damaged[at] ^= 1 << prng.int(8);
      writeFileSync(file, round % 3 === 0 ? bytes.subarray(0, at) : damaged);
      await refuses(given, 'VERIFY_FAILED', /no whole checkpoint/);
    }
    writeFileSync(file, bytes);
    await refuses({ ...given, request: { ...what, rules: ['fifo'] } }, 'USAGE', /of another question/);
    const other = ground(FIRST_SEED + 5);
    const elsewhere = asked(other, what, { checkpoint, packs: [own.pack] });
    await refuses(elsewhere, 'HASH_MISMATCH', /a block that is not in this chain/);
    assert.ok(readFileSync(file).equals(bytes));
  });

  it('refuses undo records that are not of their block', async () => {
    const own = ground(FIRST_SEED + 6);
    const rev = own.files.blk.replace('blk00000', 'rev00000');
    const bytes = readFileSync(rev);
    const what = request(own, Prng.fromSeed(6), { until: null });
    // Which records are read depends on where taint goes, so all are damaged: the last byte of each checksum.
    for (let at = 4; at < bytes.length; at += 8 + bytes.readUInt32LE(at) + 32)
      bytes[at + 3 + bytes.readUInt32LE(at) + 32] ^= 1;
    writeFileSync(rev, bytes);
    await refuses(asked(own, what), 'HASH_MISMATCH', /checksum is not that of the undo record/);
    rmSync(rev);
    await refuses(asked(own, what), 'INCOMPLETE', /no undo record/);
  });
});
