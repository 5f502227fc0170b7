/** A real node in regtest: the same blocks by RPC verbosity 2 and 3, as raw blocks, as block files with and without XOR, give the same facts. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bulkTrace,
  caseInfo,
  DEFAULT_CONVENTIONS,
  factLines,
  ingestFiles,
  parseSeed,
  type TraceRequest,
  trace,
  traceDocument,
  verifyCase,
  withCase,
} from '../../src/case/index.ts';
import { RULE_NAMES } from '../../src/taint/index.ts';
import { findBitcoind, type Node, startNode } from '../support/bitcoind.ts';
import { freshFolder } from '../support/cli.ts';

const TYPES = ['legacy', 'p2sh-segwit', 'bech32', 'bech32m'];

describe('a real bitcoind in regtest', function () {
  this.timeout(300_000);
  let folder = '';
  let node: Node | null = null;
  let tip = 0;

  before(async function () {
    folder = freshFolder();
    const found = findBitcoind();
    if ('missing' in found) {
      if (process.env.CI === 'true') throw new Error(found.missing);
      process.stderr.write(`    skipped: ${found.missing}\n`);
      return this.skip();
    }
    node = await startNode(found.path, join(folder, 'node'));
    tip = buildChain(node);
  });
  after(() => node?.stop());

  /** Coinbases, payments to every script type, a batch, a chain inside one block, a bare multisig and an OP_RETURN. Returns the height. */
  function buildChain({ cli }: Node): number {
    cli('createwallet', 'w');
    const own = cli('getnewaddress', '', 'bech32');
    cli('generatetoaddress', '104', own);
    for (let round = 0; round < 3; round += 1) {
      for (const type of TYPES) cli('sendtoaddress', cli('getnewaddress', '', type), '0.25');
      const batch = Object.fromEntries(
        TYPES.flatMap((type) => [0.01, 0.02].map((amount) => [cli('getnewaddress', '', type), amount])),
      );
      cli('sendmany', '', JSON.stringify(batch));
      cli('generatetoaddress', '1', own);
    }
    const [coin] = JSON.parse(cli('listunspent', '1')) as Array<{ txid: string; vout: number; amount: number }>;
    const change = cli('getrawchangeaddress');
    const data = JSON.stringify([{ data: '68656c6c6f' }, { [change]: Number((coin.amount - 0.001).toFixed(8)) }]);
    const raw = cli('createrawtransaction', JSON.stringify([{ txid: coin.txid, vout: coin.vout }]), data);
    cli('sendrawtransaction', (JSON.parse(cli('signrawtransactionwithwallet', raw)) as { hex: string }).hex);
    cli('generatetoaddress', '1', own);
    return Number(cli('getblockcount'));
  }

  function factsOf(name: string, files: readonly string[]): string[] {
    return withCase(join(folder, `${name}.spoor`), { create: true }, (context) => {
      ingestFiles(context.store, files, { format: 'auto', network: 'regtest' });
      const { transactions, verified } = caseInfo(context);
      assert.equal(verified, transactions, `${name}: every transaction re-hashes`);
      assert.ok(verifyCase(context).ok, name);
      return [...factLines(context)];
    });
  }

  /** Compares line by line: the difference of whole ledgers would be unreadable. */
  function same(found: readonly string[], wanted: readonly string[]): void {
    const at = found.findIndex((text, index) => text !== wanted[index]);
    if (at >= 0) assert.equal(found[at], wanted[at]);
    assert.equal(found.length, wanted.length);
  }

  function written(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  it('five ways of reading the same blocks give the same facts, and the fees of getblockstats', () => {
    const running = node as Node;
    const hashes = Array.from({ length: tip + 1 }, (_, height) => running.cli('getblockhash', String(height)));
    const byRpc = (verbosity: string): string =>
      hashes.map((hash) => running.cli('getblock', hash, verbosity).replace(/\n\s*/g, '')).join('\n');
    const facts = factsOf('rpc2', [written('rpc2.jsonl', byRpc('2'))]);
    assert.ok(facts.length > 2 * tip);
    same(factsOf('rpc3', [written('rpc3.jsonl', byRpc('3'))]), facts);
    const raw = Buffer.concat(
      hashes.map((hash) => {
        const block = Buffer.from(running.cli('getblock', hash, '0'), 'hex');
        const frame = Buffer.alloc(8);
        frame.writeUInt32LE(0xdab5bffa, 0);
        frame.writeUInt32LE(block.length, 4);
        return Buffer.concat([frame, block]);
      }),
    );
    writeFileSync(join(folder, 'raw.dat'), raw);
    same(factsOf('raw', [join(folder, 'raw.dat')]), facts);
    assert.ok(existsSync(join(running.blocksFolder, 'xor.dat')), 'this node keeps its block files XORed');
    same(factsOf('xored', [join(running.blocksFolder, 'blk00000.dat')]), facts);
    const clear = join(folder, 'clear');
    mkdirSync(clear);
    copyFileSync(join(folder, 'raw.dat'), join(clear, 'blk00000.dat'));
    writeFileSync(join(clear, 'xor.dat'), Buffer.alloc(8));
    same(factsOf('clear', [join(clear, 'blk00000.dat')]), facts);
    withCase(join(folder, 'rpc2.spoor'), { create: false }, ({ view }) => {
      for (let height = tip - 4; height <= tip; height += 1) {
        const stated = (
          JSON.parse(running.cli('getblockstats', String(height), '["totalfee"]')) as { totalfee: number }
        ).totalfee;
        const { feesSat, complete } = view.blockFees(height);
        assert.deepEqual([feesSat.reduce((sum, fee) => sum + fee, 0), complete], [stated, true], `height ${height}`);
      }
    });
  });

  it('one pass over the block and undo files of the node gives the trace of the case made from them', async () => {
    const running = node as Node;
    const seeds = Array.from({ length: 8 }, (_, at) => {
      const block = JSON.parse(running.cli('getblock', running.cli('getblockhash', String(at + 1)), '1')) as {
        tx: string[];
      };
      return parseSeed(`L${at % 3}=${block.tx[0]}`, 'regtest');
    });
    const request: TraceRequest = {
      seeds,
      rules: RULE_NAMES,
      limits: { maxHops: null, minSat: null, minShareMillionths: null },
      until: null,
      stopAt: ['coinjoin'],
      conventions: { ...DEFAULT_CONVENTIONS, feeTaint: 'propagate' },
      splitBelowSat: null,
    };
    const file = join(folder, 'one-pass.spoor');
    const facts = factsOf('one-pass', [join(running.blocksFolder, 'blk00000.dat')]);
    assert.ok(facts.length > 0);
    const wanted = withCase(file, { create: false }, (context) => traceDocument(context, trace(context, request)));
    const options = { folder: running.blocksFolder, workers: 1, plain: false, verify: true, until: null };
    const asked = { options, request, packs: [], fromHeight: 0, coins: null, checkpoint: null, checkpointBlocks: 1 };
    const found = await bulkTrace(asked);
    assert.deepEqual([found.rules, found.seeds, found.gaps], [wanted.rules, wanted.seeds, wanted.gaps]);
    assert.deepEqual(found.run.tip, wanted.run.tip);
    const moved = found.rules.flatMap(({ holdings }) => holdings).filter(({ hops }) => hops > 0);
    assert.ok(moved.length > 0, 'taint moved');
    assert.deepEqual(await bulkTrace({ ...asked, options: { ...options, plain: true } }), found);
  });

  it('a key of the wrong length is refused, a wrong key does not pass silently', () => {
    const running = node as Node;
    for (const [key, code] of [
      [Buffer.alloc(7, 1), 'MALFORMED'],
      [Buffer.alloc(8, 0x55), /MALFORMED|FORMAT_UNKNOWN/],
    ] as const) {
      const bad = join(folder, `bad-${key.length}`);
      mkdirSync(bad);
      writeFileSync(
        join(bad, 'blk00000.dat'),
        readFileSync(join(running.blocksFolder, 'blk00000.dat')).subarray(0, 100_000),
      );
      writeFileSync(join(bad, 'xor.dat'), key);
      assert.throws(() => factsOf(`bad-${key.length}`, [join(bad, 'blk00000.dat')]), { code });
    }
  });
});
