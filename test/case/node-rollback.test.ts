/** Block files in a case whose chain is rolled back: what stays is what the blocks below say, and the same files bring the rest back as a fresh build has it. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { factsDigest } from '../../src/case/facts.ts';
import {
  type CaseContext,
  factLines,
  type IngestOptions,
  ingestFiles,
  rollback,
  verifyCase,
  withCase,
} from '../../src/case/index.ts';
import { writeBlockFolder } from '../support/block-folder.ts';
import { rowDifferences } from '../support/case-rows.ts';
import { freshFolder } from '../support/cli.ts';
import { Prng } from '../support/prng.ts';
import { randomChain } from '../support/random-chain.ts';
import { tableCounts } from '../support/table-counts.ts';
import type { TinyChain } from '../support/tiny-chain.ts';

const SEED = Number(process.env.SEED ?? 3_041);
const KEY = Buffer.from('0102030405060708', 'hex');
const CHECKSUM_BYTES = 32;

/** Frames of a block file, or of an undo file with what follows each record. */
function framesOf(bytes: Buffer, trailerBytes: number): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 8 + bytes.readUInt32LE(at + 4) + trailerBytes;
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return found;
}

describe(`block files after a rollback (SEED=${SEED})`, function () {
  this.timeout(120_000);
  let folder = '';
  before(() => {
    folder = freshFolder();
  });

  /** Nothing of the chain is spent outside of it. `salt` moves the value of every last output, but for the blocks up to a height. */
  function chainOf(seed: number, salt: { above: number } | null = null): TinyChain {
    const { transactions } = randomChain(seed, { everyCoinbase: true, transactions: 40 });
    const heights = [...new Set(transactions.map(({ height }) => height))];
    return {
      transactions: transactions.map((transaction) => ({
        ...transaction,
        outputs: transaction.outputs.map(({ statedSpent: _, ...output }, vout) => {
          const moved = salt !== null && transaction.coinbase && heights.indexOf(transaction.height) >= salt.above;
          return moved && vout === 0 ? { ...output, address: 900 + seed } : output;
        }),
      })),
    };
  }

  /** The first blocks of a folder, those from `split` on in a second file. */
  function written(name: string, source: string, blocks: number, at: { split: number; xor: boolean }): string {
    const place = join(folder, name);
    mkdirSync(place);
    const masked = (bytes: Buffer): Buffer => (at.xor ? Buffer.from(bytes.map((byte, i) => byte ^ KEY[i % 8])) : bytes);
    if (at.xor) writeFileSync(join(place, 'xor.dat'), KEY);
    for (const [kind, trailer, first] of [
      ['blk', 0, 0],
      // A genesis block has no undo record.
      ['rev', CHECKSUM_BYTES, 1],
    ] as const) {
      const frames = framesOf(readFileSync(join(source, `${kind}00000.dat`)), trailer);
      const kept = frames.slice(0, blocks - first);
      const files = [kept.slice(0, at.split - first), kept.slice(at.split - first)];
      files.forEach((own, number) => {
        if (own.length > 0) writeFileSync(join(place, `${kind}0000${number}.dat`), masked(Buffer.concat(own)));
      });
    }
    return place;
  }

  const feed = (file: string, paths: readonly string[], more: Partial<IngestOptions> = {}): boolean[] =>
    withCase(file, { create: true }, ({ store }) =>
      ingestFiles(store, paths, { format: 'auto', network: 'regtest', ...more }).map(({ already }) => already),
    );
  const inCase = <T>(file: string, work: (context: CaseContext) => T): T => withCase(file, { create: false }, work);
  const digestOf = (file: string): string => inCase(file, factsDigest);
  const sound = (file: string, ...bodies: string[]): void =>
    inCase(file, (context) => {
      const { ok, checks } = verifyCase(context, bodies);
      const notes = checks.flatMap((check) => check.notes);
      assert.ok(ok && !notes.some((note) => note.includes('not done')), JSON.stringify([notes, checks]));
    });

  for (const [what, xor, keepBodies, loader] of [
    ['kept outside the case', false, false, 'bulk'],
    ['kept in the case, under a key', true, true, 'bulk'],
    ['taken one by one', false, false, 'record'],
  ] as const) {
    it(`files ${what}: below the fork as if nothing else had been, and after the same files once more the fresh build`, () => {
      const prng = Prng.fromSeed(SEED);
      for (let seed = SEED; seed < SEED + 2; seed += 1) {
        const name = (text: string): string => `${seed}-${xor}-${loader}-${text}`;
        const made = writeBlockFolder(join(folder, name('source')), chainOf(seed));
        const source = join(folder, name('source'));
        const split = prng.between(3, made.blocks - 2);
        const place = written(name('blocks'), source, made.blocks, { split, xor });
        const options = { keepBodies, loader, chunkTransactions: 15 };
        const [own, fresh] = [name('case.spoor'), name('fresh.spoor')].map((one) => join(folder, one));
        feed(fresh, [place], options);
        feed(own, [place], options);
        for (const height of [made.blocks - 2, split, split - 1, prng.between(1, split - 2)]) {
          const where = `seed ${seed}, ${made.blocks} blocks, files split at ${split}, back to ${height}`;
          const out = inCase(own, (context) => rollback(context, height));
          assert.equal(out.blocks, made.blocks - 1 - height, where);
          const dropped = readdirSync(place).filter((one) => one.includes('00001') && height < split);
          assert.deepEqual([out.dropped, out.cut], [dropped, []], where);
          const below = written(name(`below-${height}`), source, height + 1, { split, xor });
          const wanted = join(folder, name(`below-${height}.spoor`));
          feed(wanted, [below], options);
          assert.equal(digestOf(own), digestOf(wanted), where);
          assert.deepEqual(rowDifferences(own, wanted), [], where);
          sound(own, place);
          const already = feed(own, [place], options);
          assert.ok(already.includes(false), where);
          assert.equal(digestOf(own), digestOf(fresh), where);
          assert.deepEqual(rowDifferences(own, fresh), [], where);
          assert.deepEqual(
            ...([own, fresh].map((one) => inCase(one, ({ store }) => tableCounts(store))) as [object, object]),
            where,
          );
          sound(own, place);
          assert.ok(
            feed(own, [place], options).every((one) => one),
            `${where}: nothing is left to do`,
          );
        }
      }
    });
  }

  it('once the case holds the other branch, the same files bring nothing back', () => {
    const fork = 5;
    const [source, other] = ['a', 'b'].map((name) => join(folder, `branch-${name}`));
    const made = writeBlockFolder(source, chainOf(SEED));
    writeBlockFolder(other, chainOf(SEED, { above: fork }));
    const [own, rival] = ['own.spoor', 'rival.spoor'].map((name) => join(folder, name));
    feed(rival, [other]);
    const lines = join(folder, 'rival.jsonl');
    writeFileSync(
      lines,
      inCase(rival, (context) => [...factLines(context)].join('\n')),
    );
    feed(own, [source]);
    assert.notEqual(digestOf(own), digestOf(rival));
    assert.throws(() => feed(own, [lines]), { code: 'SOURCES_DISAGREE' });
    assert.equal(inCase(own, (context) => rollback(context, fork)).blocks, made.blocks - 1 - fork);
    feed(own, [lines], { format: 'spoor' });
    const digest = digestOf(own);
    assert.equal(digest, digestOf(rival));
    assert.deepEqual(feed(own, [source]), [true, true]);
    assert.equal(digestOf(own), digest);
    sound(own, source);
  });
});
