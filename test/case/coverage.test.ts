/** What is complete, from whom and at which tip: kept, merged, stated by a trace, and deciding no amount. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  blockCoverage,
  type CaseContext,
  caseInfo,
  DEFAULT_CONVENTIONS,
  fetchSubjects,
  importPacks,
  ingestFiles,
  noteCoverage,
  parseSeed,
  parseSubject,
  trace,
  traceDocument,
  traceReport,
  withCase,
  withCaseAsync,
} from '../../src/case/index.ts';
import { blockHash } from '../../src/ledger/index.ts';
import type { TraceDocument } from '../../src/report/index.ts';
import { renderHtml, renderMarkdown, renderText } from '../../src/report/index.ts';
import { type CoverageRow, coverage, dropCoverageAbove, SCHEMA_VERSION } from '../../src/store/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { type EsploraServer, servedHash } from '../support/esplora-server.ts';
import { followWith, PACKS, REQUEST, serveWannacry, stillSource, WALLETS } from '../support/live-wannacry.ts';
import { writeOldCase } from '../support/old-case.ts';
import { projectPath } from '../support/shared-data.ts';

const NODE = { kind: 'core-rpc', host: '127.0.0.1:8332' } as const;

function hash(height: number): ReturnType<typeof blockHash> {
  return blockHash(servedHash(height));
}

function range(fromHeight: number, toHeight: number, tip: number, host: string = NODE.host): CoverageRow {
  return blockCoverage(
    { ...NODE, host },
    { fromHeight, toHeight, tip: { height: tip, hash: hash(tip) }, asOfSec: tip },
  );
}

function shown(context: CaseContext): string[] {
  return coverage(context.store).map(
    ({ fromHeight, toHeight, held, tip }) => `${fromHeight}..${toHeight} ${held} at ${tip?.height ?? '?'}`,
  );
}

describe('coverage', () => {
  let folder = '';
  let server: EsploraServer;

  before(async () => {
    folder = freshFolder();
    ({ server } = await serveWannacry(folder));
  });
  after(() => server.close());

  it('ranges of blocks that touch or overlap become one in any order; others, and those of another host, stay apart', () => {
    const ranges = [range(100, 109, 200), range(120, 129, 200), range(110, 112, 210), range(111, 119, 205)];
    const orders = [ranges, [...ranges].reverse(), [ranges[1], ranges[3], ranges[0], ranges[2]]];
    for (const [index, order] of orders.entries()) {
      withCase(join(folder, `ranges-${index}.spoor`), { create: true }, (context) => {
        for (const row of order) noteCoverage(context, row);
        noteCoverage(context, range(131, 140, 200));
        noteCoverage(context, range(90, 99, 200, 'other:1'));
        // 100-109, 110-112, 111-119 and 120-129 are 30 blocks; 130 is missing; the latest tip is 210.
        assert.deepEqual(shown(context), ['100..129 30 at 210', '131..140 10 at 200', '90..99 10 at 200']);
        dropCoverageAbove(context.store, 125);
        assert.deepEqual(shown(context), ['100..125 26 at ?', '90..99 10 at 200']);
      });
    }
  });

  it('of two statements about an address the complete one stays, then the later; what is held never shrinks', () => {
    const say = (held: number, stated: number, asOfSec: number): CoverageRow => ({
      ...range(0, 500, 500),
      kind: 'address',
      subject: WALLETS[0],
      stated,
      held,
      complete: held === stated,
      asOfSec,
    });
    withCase(join(folder, 'address.spoor'), { create: true }, (context) => {
      const now = (): Array<number | null | boolean> => {
        const [row] = coverage(context.store);
        return [row.held, row.stated, row.complete];
      };
      noteCoverage(context, say(25, 60, 1));
      noteCoverage(context, say(0, 61, 2));
      assert.deepEqual(now(), [25, 61, false]);
      noteCoverage(context, say(60, 60, 1));
      noteCoverage(context, say(25, 61, 3));
      assert.deepEqual(now(), [60, 60, true]);
      noteCoverage(context, say(61, 61, 4));
      assert.deepEqual(now(), [61, 61, true]);
    });
  });

  it('a case of the first schema gains the table and keeps its facts', () => {
    const now = join(folder, 'now.spoor');
    const file = join(folder, 'old.spoor');
    const sample = projectPath('samples/wannacry/transactions.jsonl');
    withCase(now, { create: true }, ({ store }) => ingestFiles(store, [sample], { format: 'spoor', network: null }));
    writeOldCase(now, file, 3);
    withCase(file, { create: false }, (context) => {
      assert.deepEqual(caseInfo(context).coverage, []);
      assert.equal(caseInfo(context).transactions, 358);
      assert.equal(caseInfo(context).schemaVersion, SCHEMA_VERSION);
    });
  });

  /** For every rule that keeps books: what is held, split by what it rests on, adds up to what the books hold. */
  function assertAddsUp({ rules, coverage: said }: TraceDocument): void {
    for (const { rule, conserves, books } of rules) {
      if (!conserves) continue;
      const held = books.reduce((total, row) => total + BigInt(row.held), 0n);
      const split = said.rests.reduce((total, row) => total + BigInt(row.held[rule]), 0n);
      assert.equal(split, held, rule);
    }
    assert.equal(
      said.rests.reduce((total, { outputs }) => total + outputs, 0),
      said.heldOutputs,
    );
  }

  it('a trace of files alone says so, in every form', () => {
    const outcome = spoor(folder, 'demo', '--case', 'demo.spoor');
    assert.match(outcome.stdout, /coverage +incomplete: 0 of \d+ held outputs rest on sources that were asked/);
    assert.match(outcome.stdout, /rest on files that saw them unspent when they were recorded/);
    withCase(join(folder, 'demo.spoor'), { create: false }, (context) => {
      const run = trace(context, { ...REQUEST, seeds: [parseSeed('w=tag:ransomware')] });
      const document = traceDocument(context, run);
      assertAddsUp(document);
      assert.equal(document.coverage.complete, false);
      assert.ok(document.coverage.rests.every(({ basis }) => basis === 'file' || basis === 'none'));
      // Five wallets are tagged; no source was asked about any.
      assert.equal(document.coverage.seedAddresses?.complete, 0);
      const report = traceReport(context, run, 'T');
      for (const text of [renderHtml(report), renderMarkdown(report), renderText(report)])
        assert.match(text.replace(/\s+/g, ' '), /seed addresses: a source gave the complete history of 0 of \d/);
    });
  });

  it('fetched and followed, it names source, host and tip; rows decide no amount and no run id', async () => {
    await withCaseAsync(join(folder, 'live.spoor'), { create: true }, async (context) => {
      importPacks(context, PACKS);
      const live = stillSource(server, join(folder, 'cache'));
      const subjects = WALLETS.map((wallet) => parseSubject(wallet));
      await fetchSubjects(context, live.esplora, { subjects, maxPages: 40 });
      const { run } = await followWith(context, live);
      const document = traceDocument(context, run);
      assertAddsUp(document);
      const height = 485_346; // the last block of samples/wannacry/README.md
      for (const { basis, source, host, tip } of document.coverage.rests) {
        assert.ok(basis === 'outspends' || basis === 'address');
        assert.deepEqual([source, host, tip], ['esplora', live.transport.host, { height, hash: servedHash(height) }]);
      }
      assert.deepEqual(document.coverage.seedAddresses, { asked: 3, complete: 3 });
      assert.equal(document.coverage.complete, true);
      const rows = caseInfo(context).coverage.filter(({ kind }) => kind === 'address');
      assert.deepEqual(
        rows.map(({ subject, complete }) => [subject, complete]),
        WALLETS.map((wallet) => [wallet, true]),
      );
      context.store.db.exec('DELETE FROM coverage');
      const without = traceDocument(context, trace(context, REQUEST));
      assert.deepEqual([without.run.id, without.rules], [document.run.id, document.rules]);
      assert.equal(without.coverage.complete, false);
    });
    const info = spoor(folder, 'case', 'info', '--case', 'live.spoor');
    assert.equal(info.status, 0, info.stderr);
  });

  it('a history cut short by pages is named with its counts, and case info shows it', async () => {
    await withCaseAsync(join(folder, 'short.spoor'), { create: true }, async (context) => {
      const live = stillSource(server, join(folder, 'short'));
      await fetchSubjects(context, live.esplora, { subjects: [parseSubject(WALLETS[0])], maxPages: 1 });
      const run = trace(context, {
        ...REQUEST,
        seeds: [parseSeed(`w=${WALLETS[0]}`)],
        conventions: DEFAULT_CONVENTIONS,
      });
      const [row] = traceDocument(context, run).coverage.incomplete;
      assert.deepEqual([row.kind, row.subject, row.held], ['address', WALLETS[0], 25]);
      assert.ok((row.stated ?? 0) > 25);
      assert.match(
        renderText(traceReport(context, run, 'T')).replace(/\s+/g, ' '),
        /25 of \d+ transactions held, incomplete \(esplora at 127/,
      );
    });
    const info = spoor(folder, 'case', 'info', '--case', 'short.spoor');
    assert.match(
      info.stdout,
      /coverage {2}address {2}115p7\w+ {2}25 of \d+, incomplete {2}esplora at 127\S+ {2}tip 485346 /,
    );
  });

  it('blocks that hold an output and what came after it are a basis up to their last block', () => {
    const file = projectPath('samples/wannacry/transactions.jsonl');
    withCase(join(folder, 'blocks.spoor'), { create: true }, (context) => {
      ingestFiles(context.store, [file], { format: 'spoor', network: null });
      importPacks(context, PACKS);
      noteCoverage(context, range(466_000, 485_346, 500_000));
      const { coverage: said } = traceDocument(context, trace(context, REQUEST));
      assert.deepEqual(
        said.rests.map(({ basis, tip }) => [basis, tip]),
        [['blocks', { height: 485_346, hash: null }]],
      );
    });
  });
});
