/** Walks over block files that were stopped or killed go on to the bytes of an uninterrupted one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BulkOptions, bulkClusters, bulkGraph } from '../../src/case/bulk/index.ts';
import { type BulkTrace, bulkTrace, parseSeed } from '../../src/case/index.ts';
import { SpoorError } from '../../src/ledger/index.ts';
import { DEFAULT_CONVENTIONS } from '../../src/taint/index.ts';
import { type GeneratedMeta, generate, PLAIN } from '../bench/bulk/generate.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { Prng } from '../support/prng.ts';
import { projectPath } from '../support/shared-data.ts';

const SEED = Number(process.env.SEED ?? 20_170_803);
const POLL_MS = 2;

describe(`bulk walks that go on (SEED=${SEED})`, function () {
  this.timeout(120_000);
  let folder = '';
  let blocks = '';
  let meta: GeneratedMeta;

  before(() => {
    folder = freshFolder();
    blocks = join(folder, 'blocks');
    mkdirSync(blocks);
    meta = generate(blocks, { ...PLAIN, transactions: 3000, mix: 'modern', seed: 7, fileBytes: 400_000, shuffle: 10 });
  });

  const options = (more: Partial<BulkOptions> = {}): BulkOptions => ({
    folder: blocks,
    workers: 1,
    plain: false,
    verify: false,
    until: null,
    ...more,
  });

  /** Options that end the walk when so many more blocks are taken. */
  function stopping(left: number): Partial<BulkOptions> {
    const abort = new AbortController();
    let more = left;
    const onProgress = (): void => {
      more -= 1;
      if (more === 0) abort.abort();
    };
    return { signal: abort.signal, onProgress };
  }

  /** Asks until there is an answer, each time for some blocks more. */
  async function inPieces<T>(ask: (more: Partial<BulkOptions>) => Promise<T>, prng: Prng): Promise<T> {
    for (let stops = 0; ; stops += 1) {
      try {
        const answer = await ask(stopping(prng.between(40, meta.blocks >> 2)));
        assert.ok(stops > 1, 'it was stopped');
        return answer;
      } catch (error) {
        if (!(error instanceof SpoorError) || error.code !== 'INTERRUPTED') throw error;
        assert.match(error.hint ?? '', /the same command goes on from here/);
      }
    }
  }

  it('the whole graph, stopped anywhere, is that of one run', async () => {
    const checkpoint = { file: join(folder, 'graph-state'), everyBlocks: 1000 };
    const whole = await bulkGraph(options());
    assert.deepEqual(await inPieces((more) => bulkGraph({ ...options(more), checkpoint }), Prng.fromSeed(SEED)), whole);
    assert.ok(!existsSync(checkpoint.file));
  });

  it('clusters and their list, stopped anywhere, are those of one run', async () => {
    const checkpoint = { file: join(folder, 'cluster-state'), everyBlocks: 1000 };
    const [list, again] = ['one.csv', 'pieces.csv'].map((name) => join(folder, name));
    const whole = await bulkClusters({ ...options(), list });
    const ask = (more: Partial<BulkOptions>): Promise<object> =>
      bulkClusters({ ...options(more), list: again, checkpoint });
    assert.deepEqual(await inPieces(ask, Prng.fromSeed(SEED)), whole);
    assert.ok(readFileSync(again).equals(readFileSync(list)));
    assert.ok(!existsSync(checkpoint.file) && !existsSync(`${again}.part`));
  });

  it('clusters go on over a chain that has grown; the graph says that it cannot', async () => {
    const [clusters, graph] = ['grown-clusters', 'grown-graph'].map((name) => ({
      file: join(folder, name),
      everyBlocks: 10,
    }));
    const first = { until: 40, ...stopping(20) };
    await assert.rejects(bulkClusters({ ...options(first), checkpoint: clusters }), { code: 'INTERRUPTED' });
    const found = await bulkClusters({ ...options(), checkpoint: clusters });
    assert.equal(found.digest, (await bulkClusters(options())).digest);
    const asked = bulkGraph({ ...options({ until: 40, ...stopping(20) }), checkpoint: graph });
    await assert.rejects(asked, { code: 'INTERRUPTED' });
    const state = readFileSync(graph.file);
    await assert.rejects(bulkGraph({ ...options(), checkpoint: graph }), {
      code: 'USAGE',
      message: /the chain has grown/,
      hint: /--until HEIGHT/,
    });
    await assert.rejects(bulkClusters({ ...options(), checkpoint: graph }), { message: /of another question/ });
    await assert.rejects(bulkGraph({ ...options({ verify: true }), checkpoint: graph }), {
      message: /another question/,
    });
    writeFileSync(graph.file, state.subarray(0, state.length - 100));
    await assert.rejects(bulkGraph({ ...options(), checkpoint: graph }), { code: 'VERIFY_FAILED' });
    writeFileSync(graph.file, state);
    const resumed = await bulkGraph({ ...options({ until: 40 }), checkpoint: graph });
    assert.deepEqual(resumed, await bulkGraph(options({ until: 40 })));
  });

  /** A trace of the theft and of a coin that it becomes twenty hops later, so that the files are searched before taint moves. */
  function twoSeeds(more: Partial<BulkOptions>, changes: Partial<BulkTrace>): BulkTrace {
    const seeds = [`theft=${meta.theft}`, `late=${meta.theftPeels[20]}:0`].map((text) => parseSeed(text));
    return {
      options: options(more),
      request: {
        seeds,
        rules: ['fifo'],
        limits: { maxHops: null, minSat: null, minShareMillionths: null },
        until: null,
        stopAt: ['none'],
        conventions: DEFAULT_CONVENTIONS,
        splitBelowSat: null,
      },
      packs: [],
      fromHeight: 0,
      coins: null,
      clusters: null,
      checkpoint: null,
      ...changes,
    };
  }

  it('a checkpoint rests on every block it has seen: seeds found beyond taint are not carried to a chain without them', async () => {
    const checkpoint = { file: join(folder, 'two-seeds'), everyBlocks: 100_000 };
    const abort = new AbortController();
    let last = 0;
    const onProgress = (done: number): void => {
      if (done < last) abort.abort();
      last = done;
    };
    await assert.rejects(bulkTrace(twoSeeds({ signal: abort.signal, onProgress }, { checkpoint })), {
      code: 'INTERRUPTED',
    });
    const [first] = readFileSync(checkpoint.file, 'utf8').split('\n');
    const { blocks, state } = JSON.parse(first).head;
    const beyond = Math.max(...state.places.map(({ block }: { block: number }) => block)) + 1;
    assert.ok(beyond > state.next + 1, `a seed in block ${beyond - 1}, taint at ${state.next}`);
    assert.equal(blocks, beyond);
    // Heights are numbers of blocks: this chain ends behind the block of taint and before that of the seed.
    const shorter = twoSeeds({ until: state.next }, { checkpoint });
    await assert.rejects(bulkTrace(shorter), { code: 'HASH_MISMATCH', message: /not in this chain/ });
    const found = await bulkTrace(twoSeeds({}, { checkpoint }));
    assert.deepEqual(found, await bulkTrace(twoSeeds({}, {})));
  });

  it('a question that a checkpoint refuses leaves the lists of an earlier answer alone', async () => {
    const [coins, clusters] = ['kept-coins', 'kept-clusters'].map((name) => join(folder, name));
    const checkpoint = { file: join(folder, 'other-question'), everyBlocks: 100_000 };
    const stopped = bulkTrace(twoSeeds(stopping(10), { checkpoint }));
    await assert.rejects(stopped, { code: 'INTERRUPTED' });
    for (const list of [coins, clusters]) writeFileSync(list, 'an earlier answer\n');
    const refused = bulkTrace(twoSeeds({}, { checkpoint, coins, clusters }));
    await assert.rejects(refused, { code: 'USAGE', message: /of another question/ });
    for (const list of [coins, clusters]) assert.equal(readFileSync(list, 'utf8'), 'an earlier answer\n');
    assert.ok(existsSync(checkpoint.file) && !existsSync(`${clusters}.part`));
  });

  /** What tells one writing of the checkpoint from the next. */
  function versionOf(file: string): string {
    const { ino = 0, mtimeMs = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {};
    return `${ino} ${mtimeMs}`;
  }

  /** Runs a command and kills it some milliseconds after its checkpoint was written `writes` times. True where it was killed. */
  function killed(args: readonly string[], at: { state: string; writes: number; lateMs: number }): Promise<boolean> {
    const env = { ...process.env, NODE_OPTIONS: '' };
    const program = [projectPath('dist/cli/main.js'), ...args];
    const child = spawn(process.execPath, program, { cwd: folder, stdio: 'ignore', env });
    let [seen, left] = [versionOf(at.state), at.writes];
    const poll = setInterval(() => {
      const now = versionOf(at.state);
      if (now === seen) return;
      seen = now;
      left -= 1;
      if (left === 0) setTimeout(() => child.kill('SIGKILL'), at.lateMs);
    }, POLL_MS);
    return new Promise((resolve) =>
      child.on('close', (_, signal) => {
        clearInterval(poll);
        resolve(signal === 'SIGKILL');
      }),
    );
  }

  it('after kill -9 at random points the graph, clusters, and taint with clusters end in the same bytes', async () => {
    const prng = Prng.fromSeed(SEED);
    const trace = ['--seed', `theft=${meta.theft}`, '--rule', 'fifo', '--stop-at', 'none', '--json'];
    for (const [name, args, lists] of [
      ['graph', ['bulk', 'graph', blocks, '--json'], []],
      ['clusters', ['bulk', 'clusters', blocks, '--json', '--out', 'LIST'], ['LIST']],
      ['trace', ['bulk', 'trace', blocks, ...trace, '--coins', 'COINS', '--clusters', 'LIST'], ['COINS', 'LIST']],
    ] as const) {
      const whole = spoor(folder, ...args.map((word) => (lists.some((one) => one === word) ? `whole-${word}` : word)));
      assert.equal(whole.status, 0, whole.stderr);
      const state = join(folder, `${name}-killed`);
      const asked = [...args, '--checkpoint', state];
      let kills = 0;
      for (let round = 0; round < 2; round += 1) {
        if (
          await killed([...asked, '--checkpoint-blocks', '4'], {
            state,
            writes: prng.between(1, 4),
            lateMs: prng.int(20),
          })
        )
          kills += 1;
      }
      assert.ok(kills > 0, `${name} was killed ${kills} times`);
      assert.ok(existsSync(state), name);
      const last = spoor(folder, ...asked);
      assert.deepEqual([last.status, last.stdout], [0, whole.stdout], `${name}: ${last.stderr}`);
      for (const list of lists) {
        const bytes = readFileSync(join(folder, list));
        assert.ok(bytes.length > 100 && bytes.equals(readFileSync(join(folder, `whole-${list}`))), `${name}: ${list}`);
      }
      assert.ok(!existsSync(state) && !existsSync(join(folder, 'LIST.part')), name);
    }
  });
});
