/** The blocks folder of a real node: block and undo files as one chain give the facts of getblock 3, whatever the order, the key, or what is cut. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  caseInfo,
  factLines,
  type IngestOptions,
  ingestFiles,
  ingestSteps,
  verifyCase,
  withCase,
} from '../../src/case/index.ts';
import {
  nodeFilesOfBodies,
  readChainBlock,
  readNodeChain,
  spoorBlockLine,
  spoorLine,
} from '../../src/chain/bitcoin/index.ts';
import { SpoorError } from '../../src/ledger/index.ts';
import { refusalOf } from '../chain/bitcoin/source-content.ts';
import { bitcoindFor, type Node, startNode } from '../support/bitcoind.ts';
import { buildNodeChain, SMALL_FILES } from '../support/block-folder-chain.ts';
import { caseRows, rowDifferences } from '../support/case-rows.ts';
import { freshFolder } from '../support/cli.ts';
import { Prng } from '../support/prng.ts';
import { projectPath } from '../support/shared-data.ts';

const KEY = Buffer.from('00f1e2d3c4b5a697', 'hex');
const MAGIC = 0xfabfb5da;

/** One frame of a block file or undo file, with what follows its body. */
interface Piece {
  readonly bytes: Buffer;
  readonly body: Buffer;
}

type Files = ReadonlyMap<string, Buffer>;

/** Frames of clear bytes, the zeros behind the last one left out. */
function pieces(clear: Buffer, trailerBytes: number): Piece[] {
  const found: Piece[] = [];
  for (let at = 0; at + 8 <= clear.length && clear.readUInt32BE(at) === MAGIC; ) {
    const end = at + 8 + clear.readUInt32LE(at + 4);
    found.push({ bytes: clear.subarray(at, end + trailerBytes), body: clear.subarray(at + 8, end) });
    at = end + trailerBytes;
  }
  return found;
}

function xor(bytes: Buffer, key: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, at) => byte ^ key[at % 8]));
}

/** Block and undo files of a folder in the clear, by name: byte i XORed with key[i mod 8]. */
function clearPieces(folder: string): Map<string, Piece[]> {
  const key = readFileSync(join(folder, 'xor.dat'));
  const names = readdirSync(folder).filter((name) => /^(blk|rev)\d+\.dat$/.test(name));
  return new Map(
    names.map((name) => [name, pieces(xor(readFileSync(join(folder, name)), key), name.startsWith('rev') ? 32 : 0)]),
  );
}

function joined(parts: readonly Piece[]): Buffer {
  return Buffer.concat(parts.map(({ bytes }) => bytes));
}

function sha256d(bytes: Buffer): Buffer {
  const once = createHash('sha256').update(bytes).digest();
  return createHash('sha256').update(once).digest();
}

/** Every fact of the best chain of these files, without a case, and the notes; throws what the readers refuse. */
function readAll(files: Files): { lines: string[]; notes: readonly string[] } {
  const bodies = [...files].map(([name, bytes]) => ({
    name,
    sizeBytes: bytes.length,
    readRaw: (at: number, length: number) => bytes.subarray(at, at + length),
  }));
  const opened = nodeFilesOfBodies(bodies);
  const chain = readNodeChain(opened.files, { network: 'regtest', knownHeight: () => null, anyMayBeCut: false });
  const lines = chain.blocks.flatMap((block) => {
    const read = readChainBlock(block, 'regtest');
    return [spoorBlockLine(read.block), ...read.transactions.map(({ record }) => spoorLine(record))];
  });
  return { lines, notes: chain.notes };
}

describe('the blocks folder of a node', function () {
  this.timeout(300_000);
  let folder = '';
  let node: Node | null = null;
  let blocksFolder = '';
  let wanted: string[] = [];
  let fees: number[] = [];
  let parts = new Map<string, Piece[]>();
  let clear: Files = new Map();
  let small: Files = new Map();

  before(async function () {
    folder = freshFolder();
    node = await startNode(bitcoindFor(this), join(folder, 'node'), SMALL_FILES);
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
    parts = clearPieces(blocksFolder);
    clear = new Map([...parts].map(([name, frames]) => [name, joined(frames)]));
    small = smallFiles();
  });
  after(() => node?.stop());

  /** Three blocks in a row, with four payments and more each, and their undo records: small enough to damage everywhere. */
  function smallFiles(): Files {
    const blocks = (parts.get('blk00000.dat') ?? []).filter(({ body }) => body.length > 700).slice(0, 3);
    const prevs = new Set(blocks.map(({ body }) => body.toString('hex', 4, 36)));
    const undos = (parts.get('rev00000.dat') ?? []).filter(({ bytes, body }) =>
      [...prevs].some((prev) => sha256d(Buffer.concat([Buffer.from(prev, 'hex'), body])).equals(bytes.subarray(-32))),
    );
    assert.equal(undos.length, blocks.length);
    return new Map([
      ['blk00000.dat', joined(blocks)],
      ['rev00000.dat', joined(undos)],
    ]);
  }

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

  it('bulk and one by one make the same rows, from genesis, from the middle, with and without undo, and appended', () => {
    const noUndo = [...clear].filter(([name]) => name.startsWith('blk'));
    const second = [...clear].filter(([name]) => name.includes('00001'));
    const sets: Array<[string, string[]]> = [
      ['whole', [blocksFolder]],
      ['blk-only', [written('blk-only', noUndo)]],
      ['second', [written('second', second)]],
      ['second-blk', [written('second-blk', second.slice(0, 1))]],
    ];
    for (const [name, paths] of sets) {
      factsOf(`${name}-bulk`, paths);
      factsOf(`${name}-record`, paths, { loader: 'record' });
      const [bulk, record] = ['bulk', 'record'].map((loader) => join(folder, `${name}-${loader}.spoor`));
      assert.deepEqual(rowDifferences(bulk, record), [], name);
    }
    for (const loader of ['bulk', 'record'] as const) {
      for (const number of ['00000', '00001'])
        factsOf(`two-${loader}`, [join(blocksFolder, `blk${number}.dat`)], { loader });
    }
    assert.deepEqual(rowDifferences(join(folder, 'two-bulk.spoor'), join(folder, 'two-record.spoor')), []);
    assert.deepEqual(rowDifferences(join(folder, 'two-bulk.spoor'), join(folder, 'whole-bulk.spoor')), []);
  });

  it('undo records give the value, script and address of every input where no spent transaction is at hand', () => {
    const known = new Set(wanted);
    const lines = factsOf('lone', [written('lone', small)]);
    assert.ok(lines.length > 3 + 3 * 5);
    for (const line of lines) assert.ok(known.has(line), line);
  });

  it('blocks and files in any order, with padding, repeats and a key with a zero byte, are one chain', () => {
    const swap: Record<string, string> = { '00000': '00001', '00001': '00000' };
    const swapped = [...clear].map(
      ([name, bytes]) => [name.replace(/\d{5}/, (digits) => swap[digits]), bytes] as const,
    );
    same(factsOf('swapped', [written('swapped', swapped)]), wanted);
    const turned = [...parts].map(([name, frames]): [string, Buffer] => {
      const reversed = [...frames].reverse();
      const again = name.startsWith('blk') ? [...reversed, frames[0]] : reversed;
      return [name, Buffer.concat([xor(joined(again), KEY), Buffer.alloc(5_000)])];
    });
    const reversed = written('reversed', [...turned, ['xor.dat', KEY]]);
    withCase(join(folder, 'reversed.spoor'), { create: true }, (context) => {
      const [{ notes }] = ingestFiles(context.store, [reversed], { format: 'auto', network: 'regtest' });
      assert.ok(notes.includes('2 repeated blocks left out'), notes.join('; '));
      assert.ok(notes.includes('2 blocks on branches with less work left out as stale'), notes.join('; '));
      same([...factLines(context)], wanted);
    });
  });

  it('the tail of the last file may be cut anywhere; a cut before it is refused', () => {
    const bytes = small.get('blk00000.dat') as Buffer;
    const ends = pieces(bytes, 0).map(({ bytes: frame }) => frame.length);
    const whole = readAll(small);
    for (let length = 0; length < bytes.length; length += 1) {
      const blocks = ends.filter((_, index) => ends.slice(0, index + 1).reduce((a, b) => a + b) <= length).length;
      const atEnd = ends.slice(0, blocks).reduce((a, b) => a + b, 0) === length;
      if (atEnd && blocks < ends.length) continue;
      const { lines, notes } = readAll(new Map(small).set('blk00000.dat', bytes.subarray(0, length)));
      assert.deepEqual(lines, whole.lines.slice(0, lines.length));
      assert.equal(lines.filter((line) => line.startsWith('{"block"')).length, blocks, `cut at ${length}`);
      assert.ok(
        notes.some((note) => note.startsWith('blk00000.dat is cut at byte')),
        notes.join('; '),
      );
    }
    const cut = new Map([['blk00001.dat', clear.get('blk00001.dat') as Buffer]]);
    cut.set('blk00000.dat', (clear.get('blk00000.dat') as Buffer).subarray(0, -3));
    const error = refusalOf(() => readAll(new Map([...cut].sort())));
    assert.deepEqual([error.code, error.place.file], ['MALFORMED', 'blk00000.dat']);
    const undo = small.get('rev00000.dat') as Buffer;
    const lost = readAll(new Map(small).set('rev00000.dat', undo.subarray(0, -40)));
    assert.ok(lost.notes.some((note) => note.startsWith('rev00000.dat is cut at byte')));
    assert.ok(lost.notes.some((note) => note.startsWith('1 block without undo record')));
  });

  it('no flipped bit of a block or undo file passes silently', () => {
    const seed = 4711;
    const prng = Prng.fromSeed(seed);
    const whole = readAll(small);
    for (const [name, bytes] of small) {
      for (let round = 0; round < 1_500; round += 1) {
        const changed = Buffer.from(bytes);
        const at = prng.next() % changed.length;
        changed[at] ^= 1 << (prng.next() % 8);
        const what = `seed ${seed}, ${name}, byte ${at}`;
        try {
          const { lines, notes } = readAll(new Map(small).set(name, changed));
          // A header is covered by its hash only where a block follows; the last one may have any hash that meets the easy target of regtest.
          const last = pieces(bytes, 0).at(-1)?.body.byteOffset ?? 0;
          const lastHeader =
            name.startsWith('blk') && at >= last - bytes.byteOffset && at < last - bytes.byteOffset + 80;
          if (lastHeader) continue;
          assert.notDeepEqual(notes, whole.notes, `${what}: no note tells of it`);
          assert.ok(lines.length < whole.lines.length || name.startsWith('rev'), what);
        } catch (error) {
          assert.ok(error instanceof SpoorError, `${what}: ${String(error)}`);
          assert.match(error.code, /MALFORMED|HASH_MISMATCH|LEDGER_INVALID|AMOUNT_INVALID|FILE_NOT_FOUND/, what);
        }
      }
    }
  });

  it('a load that stops anywhere, or is killed, goes on and ends in the same rows', () => {
    factsOf('straight', [blocksFolder]);
    const straight = join(folder, 'straight.spoor');
    const options: IngestOptions = { format: 'auto', network: 'regtest', chunkTransactions: 40 };
    for (const stopAfter of [1, 2, 5]) {
      const file = join(folder, `stopped-${stopAfter}.spoor`);
      withCase(file, { create: true }, ({ store }) => {
        const steps = ingestSteps(store, [blocksFolder], options);
        for (let step = 0; step < stopAfter; step += 1) assert.equal(steps.next().done, false);
        steps.return([]);
      });
      withCase(file, { create: false }, (context) => {
        const problems = verifyCase(context, [blocksFolder]).checks.flatMap((check) => check.problems);
        assert.ok(problems.some((problem) => /blk00000.dat was read in part only/.test(problem)));
        const outcomes = ingestFiles(context.store, [blocksFolder], options);
        assert.ok(outcomes[0].unchanged > 0 && outcomes[0].added > 0 && !outcomes[0].already);
        const document = verifyCase(context, [blocksFolder]);
        assert.ok(document.ok, JSON.stringify(document.checks));
        assert.ok(ingestFiles(context.store, [blocksFolder], options).every(({ already }) => already));
      });
      assert.deepEqual(rowDifferences(file, straight), []);
    }
    const killed = join(folder, 'killed.spoor');
    const program = `
      import { ingestSteps, withCase } from ${JSON.stringify(pathToFileURL(projectPath('src/case/index.ts')).href)};
      withCase(${JSON.stringify(killed)}, { create: true }, ({ store }) => {
        const steps = ingestSteps(store, [${JSON.stringify(blocksFolder)}], ${JSON.stringify(options)});
        for (let step = 0; step < 3; step += 1) steps.next();
        process.kill(process.pid, 'SIGKILL');
      });`;
    const { signal } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      cwd: projectPath('.'),
    });
    assert.equal(signal, 'SIGKILL');
    factsOf('killed', [blocksFolder], options);
    assert.deepEqual(rowDifferences(killed, straight), []);
  });

  it('block files stay outside the case: verify reads them when they are given, and says so when not', () => {
    const lying = written('lying', clear);
    withCase(join(folder, 'outside.spoor'), { create: true }, (context) => {
      const outcomes = ingestFiles(context.store, [blocksFolder], { format: 'auto', network: 'regtest' });
      assert.deepEqual(
        outcomes.map((outcome) => outcome.file),
        ['blk00000.dat', 'blk00001.dat', 'rev00000.dat', 'rev00001.dat', 'xor.dat'],
      );
    });
    withCase(join(folder, 'outside.spoor'), { create: false }, (context) => {
      const disk = readFileSync(join(blocksFolder, 'blk00000.dat'));
      const [blk] = caseInfo(context).files;
      assert.equal(blk.sha256, createHash('sha256').update(disk).digest('hex'));
      assert.deepEqual([blk.outside, blk.size, blk.complete], [true, disk.length, true]);
      const notes = (paths: string[]): string => {
        const document = verifyCase(context, paths);
        assert.ok(document.ok, JSON.stringify(document.checks));
        return document.checks.flatMap((check) => check.notes).join('; ');
      };
      assert.match(
        notes([]),
        /blk00000.dat is kept outside the case and was not given.*not done: 4 bodies are outside/,
      );
      assert.match(notes([lying]), /blk00000.dat is kept outside the case and was not given/, 'other bytes, same name');
      assert.equal(notes([blocksFolder]), '');
      context.store.db.prepare('UPDATE output SET value = value - 1 WHERE id = 200').run();
      assert.ok(!verifyCase(context, [blocksFolder]).ok, 'a changed fact shows once the files are read again');
    });
    withCase(join(folder, 'inside.spoor'), { create: true }, (context) => {
      ingestFiles(context.store, [blocksFolder], { format: 'auto', network: 'regtest', keepBodies: true });
    });
    withCase(join(folder, 'inside.spoor'), { create: false }, (context) => {
      const { ok, checks } = verifyCase(context);
      assert.ok(ok && checks.every((check) => check.notes.length === 0), JSON.stringify(checks));
    });
  });

  it('refuses what cannot be, naming file, record and byte, and keeps what was there', () => {
    const blk = small.get('blk00000.dat') as Buffer;
    const rev = small.get('rev00000.dat') as Buffer;
    const [first, second] = [pieces(blk, 0), pieces(rev, 32)];
    const amount = Buffer.from(blk);
    amount[first[0].bytes.length - 12] ^= 1;
    const lied = Buffer.from(blk);
    lied.writeUInt32LE(first[0].body.length - 1, 4);
    const foreign = Buffer.from(first[1].bytes);
    foreign.writeUInt32BE(0xf9beb4d9, 0);
    const swappedSum = Buffer.concat([second[0].bytes.subarray(0, -32), second[1].bytes.subarray(-32)]);
    const other = (parts.get('rev00000.dat') ?? []).find(
      ({ body }) => !rev.includes(body) && body.length > 20,
    ) as Piece;
    const withFile = (name: string, bytes: Buffer): Files => new Map([...small, [name, bytes]]);
    const cases: Array<[what: string, files: Files, code: string, message: RegExp, file: string]> = [
      ['a short length', withFile('blk00000.dat', lied), 'MALFORMED', /the data ends|no block starts/, 'blk00000.dat'],
      ['a changed bit', withFile('blk00000.dat', amount), 'HASH_MISMATCH', /hash to/, 'blk00000.dat'],
      [
        'another network',
        withFile('blk00000.dat', Buffer.concat([first[0].bytes, foreign])),
        'MALFORMED',
        /a block of mainnet where regtest is expected/,
        'blk00000.dat',
      ],
      ['the checksum of another', withFile('rev00000.dat', swappedSum), 'MALFORMED', /fits no block/, 'rev00000.dat'],
      ['undo of another block', withFile('rev00000.dat', other.bytes), 'MALFORMED', /fits no block/, 'rev00000.dat'],
      ['undo alone', new Map([['rev00000.dat', rev]]), 'FILE_NOT_FOUND', /no block files/, ''],
      ['a key of 7 bytes', withFile('xor.dat', Buffer.alloc(7, 1)), 'MALFORMED', /has 8 bytes, this one 7/, 'xor.dat'],
      ['a wrong key', withFile('xor.dat', Buffer.alloc(8, 1)), 'MALFORMED', /no block starts here/, 'blk00000.dat'],
    ];
    factsOf('kept', [
      written(
        'kept',
        [...clear].filter(([name]) => name.includes('00001')),
      ),
    ]);
    const before = [...caseRows(join(folder, 'kept.spoor'))];
    for (const [what, files, code, message, file] of cases) {
      const path = written(`bad ${what}`, files);
      const error = refusalOf(() => factsOf('kept', [path]));
      assert.equal(error.code, code, `${what}: ${error.message}`);
      assert.match(error.message, message, what);
      assert.equal(error.place.file, file === '' ? path : file, what);
      same([...caseRows(join(folder, 'kept.spoor'))], before);
    }
    const lone = refusalOf(() => factsOf('kept', [join(folder, 'bad undo alone', 'rev00000.dat')]));
    assert.match(lone.message, /says nothing without its block file/);
  });
});
