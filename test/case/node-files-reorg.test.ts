/** A case made of a real node's block files meets a reorganisation when it asks the node for more, and ends as a fresh build. */
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import {
  factLines,
  fetchBlocks,
  ingestFiles,
  parseBlocks,
  rollback,
  verifyCase,
  withCase,
  withCaseAsync,
} from '../../src/case/index.ts';
import { type ChainSource, CoreRestSource, Transport } from '../../src/chain/bitcoin/index.ts';
import { bitcoindFor, type Node, startNode } from '../support/bitcoind.ts';
import { SMALL_FILES } from '../support/block-folder-chain.ts';
import { freshFolder } from '../support/cli.ts';
import { buildChain, reorganise } from '../support/node-chain.ts';

const DEPTH = 4;

describe('block files, then a reorganisation at the node', function () {
  this.timeout(300_000);
  let folder = '';
  let node: Node | null = null;

  before(async function () {
    folder = freshFolder();
    node = await startNode(bitcoindFor(this), join(folder, 'node'), SMALL_FILES);
    await buildChain(node);
  });
  after(() => node?.stop());

  function open(cache: string): ChainSource {
    assert.ok(node !== null);
    const clock = { nowMs: () => 1_700_000_000_000, sleep: () => Promise.resolve(), random: () => 0 };
    const base = { url: node.url, secretHeaders: {} };
    return new CoreRestSource(
      new Transport({ base, cacheFolder: join(folder, cache), mode: 'live', perSecond: 1000, clock }),
    );
  }

  it('takes the undone blocks out without the files, and the old files bring them back only where the chain is free', async () => {
    assert.ok(node !== null);
    const files = join(folder, 'files');
    cpSync(node.blocksFolder, files, { recursive: true });
    const path = join(folder, 'case.spoor');
    const feed = (): boolean[] =>
      withCase(path, { create: true }, ({ store }) =>
        ingestFiles(store, [files], { format: 'auto', network: 'regtest' }).map(({ already }) => already),
      );
    const facts = (): string[] => withCase(path, { create: false }, (context) => [...factLines(context)]);
    const isSound = (): void =>
      withCase(path, { create: false }, (context) => {
        const { ok, checks } = verifyCase(context, [files]);
        assert.ok(ok, JSON.stringify(checks.filter((check) => !check.ok)));
        assert.ok(!JSON.stringify(checks).includes('not done'));
      });
    feed();
    const before = facts();
    const tip = await node.rpc<number>('getblockcount');
    withCase(path, { create: false }, (context) => rollback(context, tip - DEPTH));
    isSound();
    assert.ok(feed().includes(false));
    assert.deepEqual(facts(), before);
    await reorganise(node, DEPTH);
    const range = parseBlocks('0..tip');
    const { reorganisations } = await withCaseAsync(path, { create: false }, (context) =>
      fetchBlocks(context, open('cache'), { range, network: null }),
    );
    assert.deepEqual(
      reorganisations.map(({ depth, height, cut }) => [depth, height, cut]),
      [[DEPTH, tip - DEPTH, []]],
    );
    const fresh = join(folder, 'fresh.spoor');
    const wanted = await withCaseAsync(fresh, { create: true }, async (context) => {
      await fetchBlocks(context, open('fresh-cache'), { range, network: null });
      return [...factLines(context)];
    });
    assert.deepEqual(facts(), wanted);
    isSound();
    assert.ok(feed().every((already) => already));
    assert.deepEqual(facts(), wanted);
  });
});
