/** Block files straight through: same answers as plain Maps over the same files, whatever the order, the key or the number of threads; every damage named. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  type BulkOptions,
  bulkClusters,
  bulkCount,
  bulkGraph,
  bulkHaircut,
  bulkTxids,
} from '../../src/case/bulk/index.ts';
import { decodeBlock } from '../../src/chain/bitcoin/index.ts';
import { parseOutpoint } from '../../src/ledger/index.ts';
import { type GeneratedMeta, generate, PLAIN } from '../bench/bulk/generate.ts';
import { blocksOf } from '../bench/bulk/stand-in-chain.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { projectPath } from '../support/shared-data.ts';

const CHAIN = { ...PLAIN, transactions: 4000, mix: 'modern', seed: 11 } as const;
/** The same chain as a node might leave it: five files or so, out of order, with a key and zeros at the end. */
const TANGLED = { ...CHAIN, fileBytes: 400_000, xor: true, shuffle: 20, padding: true };
/** Another one, with lost siblings, half of them with an undo record. */
const FORKED = { ...TANGLED, staleEvery: 15 };

const GENESIS_HASH = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';

describe('block files in bulk', function () {
  this.timeout(180_000);
  let folder = '';
  let tangled = '';
  let meta: GeneratedMeta;

  before(() => {
    folder = join(freshFolder(), 'plain');
    tangled = join(folder, '..', 'tangled');
    for (const made of [folder, tangled]) mkdirSync(made, { recursive: true });
    meta = generate(folder, CHAIN);
    assert.equal(generate(tangled, TANGLED).txidDigest, meta.txidDigest);
    assert.ok(
      readdirSync(tangled).filter((name) => name.startsWith('blk')).length > 3 && existsSync(join(tangled, 'xor.dat')),
    );
  });

  const options = (of: string, more: Partial<BulkOptions> = {}): BulkOptions => ({
    folder: of,
    workers: 2,
    plain: false,
    verify: false,
    until: null,
    ...more,
  });

  /** The answer of a stand-in of test/bench/bulk over the plain files. */
  function standIn(name: string, ...args: string[]): Record<string, unknown> {
    const file = projectPath(`test/bench/bulk/stand-in-${name}.ts`);
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', file, folder, ...args], {
      cwd: projectPath('.'),
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it('counts and hashes what the generator wrote, from tangled files as from plain ones, with any number of threads and without WebAssembly', async () => {
    for (const [of, more] of [
      [folder, {}],
      [tangled, {}],
      [tangled, { workers: 1 }],
      [tangled, { workers: 3 }],
      [tangled, { plain: true }],
    ] as const) {
      const { blocks, transactions, inputs, outputs, bytes } = await bulkCount(options(of, more));
      const counted = [blocks, transactions, inputs, outputs, bytes];
      assert.deepEqual(counted, [meta.blocks, meta.transactions, meta.inputs, meta.outputs, meta.bytes]);
      assert.equal((await bulkTxids(options(of, more))).digest, meta.txidDigest);
    }
  });

  it('leaves lost branches out and finds the undo records of the blocks that stayed', async () => {
    const forked = join(folder, '..', 'forked');
    mkdirSync(forked);
    const truth = generate(forked, FORKED);
    assert.ok(truth.staleBlocks > 5);
    const graph = await bulkGraph(options(forked));
    assert.deepEqual([graph.blocks, graph.transactions], [truth.blocks, truth.transactions]);
    assert.equal((await bulkTxids(options(forked))).digest, truth.txidDigest);
    assert.equal((await bulkClusters(options(forked))).digest, graph.digest);
    assert.match(
      graph.notes.join('\n'),
      new RegExp(`^${truth.staleBlocks} blocks are not on the branch with most work`),
    );
  });

  it('the graph is that of plain Maps; clusters from undo files alone are the same', async () => {
    const { transactions, inputs, outputs, spent, addresses, clusters, largestCluster, digest } = standIn('graph');
    const wanted = { transactions, inputs, outputs, spent, addresses, clusters, largestCluster, digest };
    for (const of of [folder, tangled]) {
      for (const plain of [false, true]) {
        const graph = await bulkGraph(options(of, { plain }));
        assert.deepEqual(wanted, pick(graph, wanted));
        const alone = await bulkClusters(options(of, { plain }));
        assert.deepEqual({ ...wanted, spent: 0 }, pick(alone, wanted));
      }
    }
  });

  it('lists every address with its cluster: spelled as the decoder spells it, numbered as they appear', async () => {
    const file = join(folder, 'clusters.csv');
    const walked: number[] = [];
    const onProgress = (done: number): void => void walked.push(done);
    const { addresses } = await bulkClusters({ ...options(tangled, { onProgress }), list: file });
    assert.deepEqual(
      walked,
      Array.from({ length: meta.blocks }, (_, number) => number + 1),
      'every block is read once',
    );
    assert.ok(!existsSync(`${file}.part`));
    const [title, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    assert.equal(title, 'address,cluster');
    const appeared = new Map<string, number>();
    for (const block of blocksOf(folder)) {
      for (const { record } of decodeBlock(block, 'mainnet').transactions) {
        for (const { address, scriptPubKey } of record.outputs) {
          const owner = address ?? (scriptPubKey?.endsWith('ac') === true ? `script:${scriptPubKey}` : null);
          if (owner !== null && !appeared.has(owner)) appeared.set(owner, appeared.size);
        }
      }
    }
    const listed = lines.map((line) => line.split(',')[0]);
    assert.deepEqual(listed, [...appeared.keys()]);
    assert.equal(listed.length, addresses);
    const clusters = new Map(lines.map((line) => line.split(',') as [string, string]));
    for (const cluster of new Set(clusters.values())) assert.equal(clusters.get(listed[Number(cluster)]!), cluster);
    const beside = join(folder, 'clusters-of-trace.csv');
    const asked = ['--seed', `theft=${meta.theft}`, '--rule', 'dirty-first', '--stop-at', 'none', '--clusters', beside];
    const traced = spoor(folder, 'bulk', 'trace', tangled, ...asked);
    assert.equal(traced.status, 0, traced.stderr);
    assert.match(
      traced.stdout,
      new RegExp(`^${addresses} addresses in ${new Set(clusters.values()).size} clusters`, 'm'),
    );
    assert.ok(readFileSync(beside).equals(readFileSync(file)));
  });

  it('haircut over the chain is that of exact integers in Maps, coin by coin, and adds up', async () => {
    const list = join(folder, 'coins-of-maps.csv');
    const { coins, heldSat, feeSat } = standIn('haircut', meta.theft, list);
    const mine = join(folder, 'coins.csv');
    const answer = await bulkHaircut({ ...options(tangled), seed: parseOutpoint(meta.theft), coins: mine });
    assert.deepEqual([answer.coins, answer.heldSat, answer.feeSat], [coins, heldSat, feeSat]);
    assert.equal(readFileSync(mine, 'utf8'), readFileSync(list, 'utf8'));
    const sum = BigInt(answer.heldSat) + BigInt(answer.feeSat) + BigInt(answer.burnedSat);
    assert.equal(BigInt(answer.seededSat), sum);
    assert.ok(answer.coins > 100 && answer.reached > 100);
  });

  it('on the command line: one JSON document, exit codes, and the first blocks alone', () => {
    const outcome = spoor(folder, 'bulk', 'graph', tangled, '--json');
    assert.equal(outcome.status, 0, outcome.stderr);
    const { schema, transactions } = JSON.parse(outcome.stdout) as { schema: string; transactions: number };
    assert.deepEqual([schema, transactions], ['spoor.bulk/1', meta.transactions]);
    assert.match(spoor(folder, 'bulk', 'count', tangled, '--until', '0').stdout, /^transactions: 1$/m);
    for (const [args, status, words] of [
      [['count', join(folder, 'nowhere')], 3, /no such file/],
      [['count', freshFolder()], 3, /no block files/],
      [['count', tangled, '--workers', '0'], 2, /--workers is a whole number/],
      [['haircut', tangled, '--seed', `theft=${'ab'.repeat(32)}:0`], 3, /no output abab/],
      [['haircut', tangled, '--seed', 'theft=abab:0'], 2, /txid has 64/],
      [['haircut', tangled, '--seed', `t=${meta.theft}`, '--coins', '/nowhere/coins.csv'], 9, /cannot be written/],
      [[], 2, /name what to do/],
    ] as const) {
      const refused = spoor(folder, 'bulk', ...args);
      assert.equal(refused.status, status, `${args.join(' ')}: ${refused.stderr}`);
      assert.match(refused.stderr, words);
      assert.equal(refused.stdout, '');
    }
  });

  it('stops when asked to: before the first block, and between two', async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(bulkCount(options(folder, { signal })), { code: 'INTERRUPTED' });
    await assert.rejects(bulkGraph(options(folder, { signal })), {
      code: 'INTERRUPTED',
      message: /^stopped after 0 of/,
    });
    const later = new AbortController();
    const onProgress = (done: number): void => {
      if (done === 10) later.abort();
    };
    const stopped = bulkClusters(options(folder, { signal: later.signal, onProgress }));
    await assert.rejects(stopped, { code: 'INTERRUPTED', message: /^stopped after 10 of/ });
  });

  /** A copy of the plain folder for damage. */
  function copy(name: string): string {
    const to = join(folder, '..', name);
    cpSync(folder, to, { recursive: true });
    return to;
  }

  function poke(file: string, at: number, value: (byte: number) => number): void {
    const bytes = readFileSync(file);
    bytes[at] = value(bytes[at]!);
    writeFileSync(file, bytes);
  }

  it('names file, block and field of what is damaged, and nothing passes silently', async () => {
    const block = copy('bad-block');
    const bytes = readFileSync(join(block, 'blk00000.dat'));
    poke(join(block, 'blk00000.dat'), bytes.length - 5, (byte) => byte ^ 0xff);
    assert.equal((await bulkCount(options(block))).verified, false);
    for (const plain of [false, true]) {
      const checked = bulkTxids(options(block, { verify: true, plain }));
      await assert.rejects(checked, { code: 'HASH_MISMATCH', message: /merkle root/ });
    }
    assert.equal((await bulkCount(options(folder, { verify: true }))).verified, true);
    const count = copy('bad-count');
    poke(join(count, 'blk00000.dat'), 8 + 80 + 1 + 4, () => 0xff);
    await assert.rejects(bulkCount(options(count)), {
      code: 'MALFORMED',
      // The hash of the genesis block of mainnet; its first transaction starts at byte 81, the count of its inputs at 85.
      place: { file: 'blk00000.dat', record: `block ${GENESIS_HASH}, transactions[0]`, field: 'inputs' },
    });
    const undo = copy('bad-undo');
    poke(join(undo, 'rev00000.dat'), 50_000, (byte) => byte ^ 1);
    await assert.rejects(bulkClusters(options(undo)), { code: 'HASH_MISMATCH', message: /checksum/ });
    await bulkGraph(options(undo));
    const missing = copy('no-undo');
    truncateSync(join(missing, 'rev00000.dat'), 60_000);
    await assert.rejects(bulkClusters(options(missing)), { code: 'INCOMPLETE', message: /no undo record/ });
    const strange = copy('no-frames');
    poke(join(strange, 'rev00000.dat'), 0, (byte) => byte ^ 1);
    assert.equal((await bulkCount(options(strange))).blocks, meta.blocks, 'who needs no undo record reads none');
    await assert.rejects(bulkClusters(options(strange)), {
      code: 'MALFORMED',
      message: /no undo record starts here/,
    });
    const cut = copy('cut');
    truncateSync(join(cut, 'blk00000.dat'), bytes.length - 1);
    const counted = await bulkCount(options(cut));
    assert.equal(counted.blocks, meta.blocks - 1);
    assert.match(counted.notes.join('\n'), /is cut at byte \d+: its last block has/);
  });

  it('refuses a wrong key, two networks in one folder and a chain without its beginning', async () => {
    const key = copy('bad-key');
    writeFileSync(join(key, 'xor.dat'), Buffer.alloc(7, 1));
    await assert.rejects(bulkCount(options(key)), { code: 'MALFORMED', place: { file: 'xor.dat' } });
    writeFileSync(join(key, 'xor.dat'), Buffer.alloc(8, 1));
    await assert.rejects(bulkCount(options(key)), { code: 'MALFORMED', message: /no block starts here/ });
    const mixed = copy('mixed');
    copyFileSync(join(mixed, 'blk00000.dat'), join(mixed, 'blk00001.dat'));
    poke(join(mixed, 'blk00001.dat'), 0, () => 0xfa);
    for (const [at, byte] of [
      [1, 0xbf],
      [2, 0xb5],
      [3, 0xda],
    ] as const)
      poke(join(mixed, 'blk00001.dat'), at, () => byte);
    await assert.rejects(bulkCount(options(mixed)), { code: 'MALFORMED', message: /block of regtest where mainnet/ });
    const later = copy('later');
    const files = readdirSync(tangled).filter((name) => /^(blk|rev)/.test(name));
    for (const name of [...readdirSync(later)].filter((one) => /^(blk|rev)/.test(one)))
      truncateSync(join(later, name), 0);
    for (const name of [...files, 'xor.dat']) copyFileSync(join(tangled, name), join(later, name));
    truncateSync(join(later, 'blk00000.dat'), 0);
    assert.ok((await bulkClusters(options(later))).addresses > 0, 'clusters start anywhere');
    const seed = ['--seed', `V=${'ab'.repeat(32)}:0`];
    for (const [verb, ...more] of [
      ['graph'],
      ['haircut', ...seed],
      ['trace', ...seed, '--rule', 'fifo'],
      ['taint', ...seed, '--rule', 'fifo'],
    ] as const) {
      const refused = spoor(later, 'bulk', verb, '.', ...more);
      assert.equal(refused.status, 7, refused.stderr);
      assert.match(refused.stderr, /do not start at the first of their chain/);
      assert.doesNotMatch(refused.stderr, /spoor bulk/, 'no verb of bulk is advised: all need the beginning');
    }
  });
});

/** The fields of `wanted` out of `found`. */
function pick(found: object, wanted: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(found).filter(([name]) => name in wanted));
}
