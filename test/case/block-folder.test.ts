/** The blocks folder of a real node: block and undo files as one chain give the facts of getblock 3, whatever the order, the key, or what is cut. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { factLines, type IngestOptions, ingestFiles, withCase } from '../../src/case/index.ts';
import { findBitcoind, type Node, startNode } from '../support/bitcoind.ts';
import { freshFolder } from '../support/cli.ts';
import { buildNodeChain, SMALL_FILES } from '../support/node-chain.ts';

/** Block and undo files of a folder, in the clear: byte i XORed with key[i mod 8], the zeros behind the last frame left alone. */
function clearFiles(folder: string): Map<string, Buffer> {
  const key = readFileSync(join(folder, 'xor.dat'));
  const names = readdirSync(folder).filter((name) => /^(blk|rev)\d+\.dat$/.test(name));
  return new Map(
    names.map((name) => {
      const disk = readFileSync(join(folder, name));
      const clear = Buffer.from(disk.map((byte, at) => byte ^ key[at % 8]));
      let end = 0;
      const trailer = name.startsWith('rev') ? 32 : 0;
      while (clear.readUInt32BE(end) === 0xfabfb5da) {
        end += 8 + clear.readUInt32LE(end + 4) + trailer;
        if (end + 8 > clear.length) break;
      }
      return [name, clear.subarray(0, end)];
    }),
  );
}

describe('the blocks folder of a node', function () {
  this.timeout(300_000);
  let folder = '';
  let node: Node | null = null;
  let blocksFolder = '';
  let wanted: string[] = [];
  let fees: number[] = [];
  let clear = new Map<string, Buffer>();

  before(async function () {
    folder = freshFolder();
    const found = findBitcoind();
    if ('missing' in found) {
      if (process.env.CI === 'true') throw new Error(found.missing);
      process.stderr.write(`    skipped: ${found.missing}\n`);
      return this.skip();
    }
    node = await startNode(found.path, join(folder, 'node'), SMALL_FILES);
    const tip = buildNodeChain(node);
    const { cli } = node;
    blocksFolder = node.blocksFolder;
    const heights = Array.from({ length: tip + 1 }, (_, height) => height);
    const answers = heights.map((height) =>
      cli('getblock', cli('getblockhash', String(height)), '3').replace(/\n\s*/g, ''),
    );
    fees = heights.map((height) =>
      height === 0
        ? 0
        : (JSON.parse(cli('getblockstats', String(height), '["totalfee"]')) as { totalfee: number }).totalfee,
    );
    writeFileSync(join(folder, 'rpc3.jsonl'), answers.join('\n'));
    wanted = factsOf('rpc3', [join(folder, 'rpc3.jsonl')]);
    clear = clearFiles(blocksFolder);
  });
  after(() => node?.stop());

  function factsOf(name: string, paths: readonly string[], options: Partial<IngestOptions> = {}): string[] {
    return withCase(join(folder, `${name}.spoor`), { create: true }, (context) => {
      ingestFiles(context.store, paths, { format: 'auto', network: 'regtest', ...options });
      return [...factLines(context)];
    });
  }

  /** Compares line by line: the difference of whole ledgers would be unreadable. */
  function same(found: readonly string[], expected: readonly string[]): void {
    const at = found.findIndex((text, index) => text !== expected[index]);
    if (at >= 0) assert.equal(found[at], expected[at]);
    assert.equal(found.length, expected.length);
  }

  /** A folder of its own with these files. */
  function written(name: string, files: Iterable<readonly [string, Buffer]>): string {
    const path = join(folder, name);
    mkdirSync(path);
    for (const [file, bytes] of files) writeFileSync(join(path, file), bytes);
    return path;
  }

  it('the folder as it lies gives the facts of getblock 3, with and without the key, and the fees of getblockstats', () => {
    assert.ok(existsSync(join(blocksFolder, 'blk00001.dat')), 'the chain fills two files');
    same(factsOf('folder', [blocksFolder]), wanted);
    same(factsOf('clear', [written('clear', clear)]), wanted);
    withCase(join(folder, 'folder.spoor'), { create: false }, ({ view }) => {
      fees.forEach((stated, height) => {
        const { feesSat, complete } = view.blockFees(height);
        assert.deepEqual([feesSat.reduce((sum, fee) => sum + fee, 0), complete], [stated, true], `height ${height}`);
      });
    });
  });
});
