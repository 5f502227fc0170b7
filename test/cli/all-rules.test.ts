/** Every rule in one command over the bundled case: books per wallet, the spread at the exchanges, the envelope that holds it, in every format. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { loadTrace, traceReport, withCase } from '../../src/case/index.ts';
import {
  btcOf,
  type IntervalRow,
  renderCsv,
  renderHtml,
  renderJson,
  renderMarkdown,
  renderText,
  type TraceDocument,
} from '../../src/report/index.ts';
import { RULE_NAMES } from '../../src/taint/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';

const WALLETS = {
  '12t9': '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw',
  '13AM4': '13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94',
  '115p7': '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn',
};
const SEEDS = Object.entries(WALLETS).flatMap(([label, address]) => ['--seed', `${label}=${address}`]);
const EARLY = ['dirty-first', 'pure-dirty-first'];

function holds(row: IntervalRow, what: string): void {
  const amounts = Object.entries(row.byRule).map(([rule, amount]) => [rule, BigInt(amount)] as const);
  const following = amounts.filter(([rule]) => !EARLY.includes(rule)).map(([, amount]) => amount);
  const all = amounts.map(([, amount]) => amount);
  const [least, most] = [following, all].map((list) => [
    list.reduce((a, b) => (a < b ? a : b)),
    list.reduce((a, b) => (a > b ? a : b)),
  ]);
  assert.deepEqual([row.following.least, row.following.most], least.map(String), what);
  assert.deepEqual([row.least, row.most], most.map(String), what);
  assert.ok(row.envelope !== null, what);
  for (const amount of following) {
    assert.ok(amount >= BigInt(row.envelope.lower) && amount <= BigInt(row.envelope.upper), `${what}: ${amount}`);
  }
}

describe('spoor trace --rule all', () => {
  let folder = '';
  let document: TraceDocument;
  before(() => {
    folder = freshFolder();
    assert.equal(spoor(folder, 'demo').status, 0);
    const outcome = spoor(folder, 'trace', ...SEEDS, '--rule', 'all', '--json');
    assert.equal(outcome.status, 0, outcome.stderr);
    document = JSON.parse(outcome.stdout);
  });

  it('balances the books of every wallet under every conserving rule', () => {
    assert.deepEqual(
      document.rules.map(({ rule }) => rule),
      RULE_NAMES,
    );
    for (const { rule, conserves, books } of document.rules) {
      if (!conserves) continue;
      assert.deepEqual(books.map(({ label }) => label).sort(), Object.keys(WALLETS).sort(), rule);
      for (const { label, seeded, held, fee, stopped, cut, burned, unresolved } of books) {
        const parts = [held, fee, stopped, cut, burned, unresolved].reduce((sum, text) => sum + BigInt(text), 0n);
        assert.equal(BigInt(seeded), parts, `${rule}, ${label}`);
      }
    }
  });

  it('gives the spread at both exchanges; what it says of services is what its holdings there sum to', () => {
    const { intervals, rules } = document;
    assert.ok(intervals !== undefined);
    assert.deepEqual(intervals.early, EARLY);
    assert.deepEqual(intervals.services.map(({ service }) => service).sort(), ['HitBtc.com', 'Poloniex.com']);
    for (const { service, byRule } of intervals.services) {
      for (const { rule, holdings, conserves } of rules) {
        if (!conserves) continue;
        const own = new Set<string>(
          intervals.outputs
            .filter(({ address }) => address === (service === 'HitBtc.com' ? HITBTC : POLONIEX))
            .map(({ outpoint }) => outpoint),
        );
        const sum: bigint = holdings
          .filter(({ outpoint }) => own.has(outpoint))
          .flatMap(({ taint }) => Object.values(taint))
          .reduce((total, amount) => total + BigInt(amount), 0n);
        assert.equal(byRule[rule], String(sum), `${service}, ${rule}`);
      }
    }
    // Rules do disagree here: the interval is not a point.
    for (const { following } of intervals.services) assert.ok(BigInt(following.least) < BigInt(following.most));
  });

  it('every interval holds the answer of every rule, and the envelope those that follow on', () => {
    const { intervals } = document;
    assert.ok(intervals !== undefined);
    const rows: Array<readonly [string, IntervalRow & { labels?: Record<string, IntervalRow> }]> = [
      ...intervals.services.map((row) => [row.service, row] as const),
      ...intervals.addresses.map((row) => [row.address, row] as const),
      ...intervals.outputs.map((row) => [row.outpoint, row] as const),
    ];
    assert.ok(rows.length > 20);
    for (const [name, row] of rows) {
      holds(row, name);
      for (const [label, own] of Object.entries(row.labels ?? {})) holds(own, `${name}, ${label}`);
    }
    const resting = new Set(
      document.rules
        .filter(({ conserves }) => conserves)
        .flatMap(({ holdings }) => holdings.map((one) => one.outpoint)),
    );
    const listed = new Set(intervals.outputs.map(({ outpoint }) => outpoint));
    for (const outpoint of resting) assert.ok(listed.has(outpoint), outpoint);
  });

  it('leads text, Markdown and HTML with the interval; CSV and JSON carry it; a stored run says the same', () => {
    const service = document.intervals?.services.find(({ service: name }) => name === 'HitBtc.com');
    assert.ok(service?.envelope);
    const report = withCase(join(folder, 'case.spoor'), { create: false }, (context) =>
      traceReport(context, loadTrace(context, null), 'All rules'),
    );
    assert.deepEqual(JSON.parse(renderJson(report)).trace.intervals, document.intervals);
    const header = renderCsv(report).split('\n')[0];
    assert.match(header, /,least_sat,most_sat,envelope_lower_sat,envelope_upper_sat,/);
    for (const render of [renderText, renderMarkdown, renderHtml]) {
      const written = render(report);
      const at = written.indexOf('How far the rules agree');
      assert.ok(at > 0 && at < written.indexOf('eached services'), render.name);
      const flat = written.replace(/\s+/g, ' ').replaceAll('\\', '');
      for (const end of [service.following.least, service.following.most, service.envelope.lower])
        assert.ok(flat.includes(btcOf(end)), `${render.name}: ${end}`);
    }
  });

  it('case verify runs the envelope again, and notices one changed bound', () => {
    assert.equal(spoor(folder, 'case', 'verify').status, 0);
    const db = new Database(join(folder, 'case.spoor'));
    db.exec('UPDATE taint_bound SET made_upper = made_upper + 1 WHERE output = (SELECT max(output) FROM taint_bound)');
    db.close();
    const outcome = spoor(folder, 'case', 'verify');
    assert.equal(outcome.status, 6, outcome.stderr);
    assert.match(outcome.stdout, /envelope: running it again gives another result/);
  });

  it('a trace of single rules has no intervals unless --envelope asks for them', () => {
    const plain = JSON.parse(spoor(folder, 'trace', ...SEEDS, '--rule', 'fifo,haircut', '--json').stdout);
    assert.equal('intervals' in plain, false);
    const asked = JSON.parse(spoor(folder, 'trace', ...SEEDS, '--rule', 'fifo', '--envelope', '--json').stdout);
    assert.deepEqual(asked.intervals.rules, ['fifo']);
    assert.equal(asked.intervals.envelope, true);
  });
});

/** Deposit addresses of the bundled tags. */
const HITBTC = '1ETWkyQUY9nRpVMyGwha4vRhwKgMbomMQe';
const POLONIEX = '1BvTQTP5PJVCEz7dCU2YxgMskMxxikSruM';
