/** Unknown history in the bundled case and in documents: no transaction taken away narrows an interval, and what makes no sense is refused. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  caseInfo,
  DEFAULT_CONVENTIONS,
  ingestFiles,
  loadTrace,
  parseSeed,
  type TraceRequest,
  trace,
  traceDocument,
  traceReport,
} from '../../src/case/index.ts';
import { type LedgerView, outputId, type TxId } from '../../src/ledger/index.ts';
import { renderText } from '../../src/report/index.ts';
import { ruleByName, type Seed, taintOverView, unknownHistory } from '../../src/taint/index.ts';
import { type DemoFolder, demoFolder } from '../support/demo-case.ts';
import { tinyTxid } from '../support/esplora.ts';
import { snapshot, without } from '../support/without.ts';

function request(seeds: readonly string[], given: Partial<TraceRequest>): TraceRequest {
  return {
    seeds: seeds.map((seed) => parseSeed(seed)),
    rules: ['fifo', 'haircut', 'tiho'],
    limits: { maxHops: null, minSat: null, minShareMillionths: null },
    until: null,
    stopAt: ['service'],
    conventions: DEFAULT_CONVENTIONS,
    splitBelowSat: null,
    unknown: 'bounds',
    ...given,
  };
}

/** Intervals of one rule by output and label, over a view that may lack transactions. */
function intervals(view: LedgerView, seeds: readonly Seed[], rule: string): Map<string, readonly [number, number]> {
  const labelCount = 1 + Math.max(...seeds.map(({ label }) => label));
  const terms = {
    labelCount,
    seeds,
    conventions: DEFAULT_CONVENTIONS,
    serviceAddresses: new Set<number>(),
    stopAtCoinjoin: false,
  };
  const limits = { maxHops: null, minSat: null, minShareMillionths: null, untilHeight: null };
  const [ordinary] = taintOverView(view, { ...terms, limits, rules: [rule], lookAhead: 1, keepTrail: true }).value
    .rules;
  const parameters = { ...terms, rule: ruleByName(rule, DEFAULT_CONVENTIONS), untilHeight: null, ordinary };
  return new Map(
    unknownHistory(view, parameters).outputs.flatMap((output) =>
      output.intervals.map(({ label, lowerSat, upperSat }) => [
        `${output.output} ${label}`,
        [lowerSat, upperSat] as const,
      ]),
    ),
  );
}

describe('unknown history in a case', () => {
  let demo: DemoFolder;
  before(() => {
    demo = demoFolder();
  });

  it('WannaCry: without any of its transactions no interval is narrower', () => {
    demo.inCase('case.spoor', (context) => {
      const view = snapshot(context.view);
      const run = trace(context, request(['w=tag:ransomware'], { stopAt: ['none'] }));
      const seeds = run.content.seeds.map(({ label, output }): Seed => {
        const tx = view.transactionOf(outputId(output));
        return { label, output: outputId(output), tx, orderKey: view.orderKeyOf(tx) };
      });
      const seeded = new Set(seeds.map(({ tx }) => tx));
      const others = [...view.transactions()].filter((tx) => !seeded.has(tx));
      assert.ok(others.length > 3, 'the cash-outs carry no seed');
      let widened = 0;
      for (const rule of ['fifo', 'haircut']) {
        const whole = intervals(view, seeds, rule);
        for (const tx of others) {
          const less = intervals(without(view, new Set<TxId>([tx])), seeds, rule);
          const { firstOutput, outputValueSat } = view.frame(tx);
          for (const [key, [lower, upper]] of whole) {
            const output = Number(key.split(' ')[0]);
            if (output >= firstOutput && output < firstOutput + outputValueSat.length) continue;
            const [lowerLess, upperLess] = less.get(key) ?? [0, 0];
            assert.ok(lowerLess <= lower && upperLess >= upper, `${rule}, without ${tx}: ${key}`);
            if (lowerLess < lower || upperLess > upper) widened += 1;
          }
        }
      }
      assert.ok(widened > 0, 'some of them matter');
    });
  });

  it('the document states lower and upper around the amount, also when it is made again; the text says what hangs on it', () => {
    demo.inCase('case.spoor', (context) => {
      const run = trace(context, request(['w=tag:ransomware'], { rules: ['fifo', 'poison'] }));
      const document = traceDocument(context, run);
      assert.equal(document.run.params.unknown, 'bounds');
      for (const { rule, holdings, unknown } of document.rules) {
        if (rule === 'poison') {
          assert.equal(unknown, undefined);
          continue;
        }
        for (const { taint, value, bounds } of holdings) {
          const [lower, upper] = [BigInt(bounds?.w.lower ?? -1), BigInt(bounds?.w.upper ?? -1)];
          assert.ok(
            0n <= lower && lower <= BigInt(taint.w) && BigInt(taint.w) <= upper && upper <= BigInt(value),
            rule,
          );
        }
        assert.ok((unknown?.openInputs ?? 0) > 0);
      }
      assert.deepEqual(traceDocument(context, loadTrace(context, run.run.id)), document);
      const text = renderText(traceReport(context, run, 'Trace')).replace(/\s+/g, ' ');
      assert.match(text, /Unknown history =+ - fifo: \d+ inputs without history/);
      assert.match(text, /unknown history = bounds/);
      const plain = traceDocument(
        context,
        trace(context, request(['w=tag:ransomware'], { rules: ['fifo'], unknown: undefined })),
      );
      assert.ok(
        plain.rules.every(
          ({ unknown, holdings }) => unknown === undefined && holdings.every((row) => row.bounds === undefined),
        ),
      );
    });
  });

  it('limits on what is not known, and conventions without bounds, are refused and nothing is kept', () => {
    demo.inCase('case.spoor', (context) => {
      const before = caseInfo(context);
      const limits = { maxHops: null, minSat: null, minShareMillionths: null };
      for (const [given, message] of [
        [{ limits: { ...limits, maxHops: 2 } }, /does not go with --max-hops/],
        [{ limits: { ...limits, minSat: 0 } }, /does not go with --min-sat/],
        [{ limits: { ...limits, minShareMillionths: 5 } }, /does not go with --min-share/],
        [{ limits: { ...limits, maxTransactions: 5 } }, /does not go with --max-visited/],
        [{ limits: { ...limits, maxSegments: 5 } }, /does not go with --max-segments/],
        [
          { conventions: { ...DEFAULT_CONVENTIONS, seedOverlap: 'seed-overrides' } },
          /does not go with these conventions/,
        ],
        [{ atCoinjoin: 'haircut' }, /does not go with --at-coinjoin haircut/],
        [{ coinjoinDetector: 'protocols' }, /does not go with --coinjoin-detector protocols/],
        [{ rules: ['age-seniority'] }, /does not go with --rule age-seniority/],
      ] as Array<[Partial<TraceRequest>, RegExp]>) {
        assert.throws(() => trace(context, request(['w=tag:ransomware'], given)), { code: 'USAGE', message });
      }
      assert.deepEqual(caseInfo(context), before);
    });
  });

  it('a seed that was spent before the facts begin is named with its spender, and facts that changed make no old bounds', () => {
    const line = (name: number, spends: number): string =>
      JSON.stringify({
        txid: tinyTxid(name),
        height: name,
        inputs: [{ prevTxid: tinyTxid(spends), prevVout: 0, valueSat: '10' }],
        outputs: [{ valueSat: '10' }],
      });
    writeFileSync(join(demo.path, 'a.jsonl'), line(2, 1));
    writeFileSync(join(demo.path, 'b.jsonl'), line(3, 2));
    demo.inCase('tiny.spoor', (context) => {
      const ingest = (name: string): void =>
        void ingestFiles(context.store, [join(demo.path, name)], { format: 'spoor', network: null });
      ingest('a.jsonl');
      const before = caseInfo(context);
      for (const seed of [`s=${tinyTxid(1)}:0`, `s=${tinyTxid(1)}`]) {
        assert.throws(() => trace(context, request([seed], {})), {
          code: 'NOT_FOUND',
          hint: new RegExp(`${tinyTxid(2)} spends it: it was spent before these facts begin`),
        });
      }
      assert.throws(() => trace(context, request([`s=${tinyTxid(1)}:1`], {})), {
        code: 'NOT_FOUND',
        hint: /case info/,
      });
      assert.throws(() => trace(context, request([`a=${tinyTxid(2)}:0`, `b=${tinyTxid(2)}`], {})), {
        code: 'SEED_OVERLAP',
      });
      assert.deepEqual(caseInfo(context), before, 'nothing is written');
      const run = trace(context, request([`s=${tinyTxid(2)}:0`], {}));
      ingest('b.jsonl');
      assert.throws(() => traceDocument(context, run), { code: 'VERIFY_FAILED' });
    });
  });
});
