/** The bundled case through the command line: published facts of WannaCry (../shared/data/README.md, section 4) and the JSON contract. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder, spoor } from '../support/cli.ts';
import { itWithData, projectPath, sharedData } from '../support/shared-data.ts';

describe('spoor demo', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
  });

  it('prints the story with the published totals, and the same bytes again', () => {
    const first = spoor(folder, 'demo');
    assert.equal(first.status, 0, first.stderr);
    const flat = first.stdout.replace(/\s+/g, ' ');
    for (const fact of [
      'received 1450067602 sat',
      'received 1786713037 sat',
      'received 1974510304 sat',
      'sent 1441067602 sat',
      'sent 1777113037 sat',
      'sent 1974510304 sat',
    ]) {
      assert.ok(flat.includes(fact), fact);
    }
    for (const cashOut of ['a028bb2d', '409803bb', '8def6458', 'd17829f8', '35e5d5fe', 'ef0ac1c1'])
      assert.ok(flat.includes(` ${cashOut}`), cashOut);
    assert.ok(flat.includes('17 of 358 transactions of the case re-hash to their txid'));
    assert.ok(flat.includes('387 of 1206 inputs are linked'));
    assert.equal(spoor(folder, 'demo').stdout, first.stdout);
  });

  it('keeps 90 receipts below 0.01 BTC apart', () => {
    const document = JSON.parse(spoor(folder, 'demo', '--json').stdout);
    const small = document.seeds.filter(({ label }: { label: string }) => label.endsWith('/small'));
    assert.equal(
      small.reduce((sum: number, { outputs }: { outputs: number }) => sum + outputs, 0),
      90,
    );
    assert.equal(
      document.seeds.reduce((sum: number, { outputs }: { outputs: number }) => sum + outputs, 0),
      354,
    );
  });

  it('trace --json keeps the contract and its books add up; report formats are written', () => {
    const outcome = spoor(folder, 'trace', '--seed', 'w=tag:ransomware', '--rule', 'fifo,haircut,poison', '--json');
    assert.equal(outcome.status, 0, outcome.stderr);
    const document = JSON.parse(outcome.stdout);
    assert.equal(document.schema, 'spoor.trace/1');
    assert.deepEqual(
      document.rules.map(({ rule }: { rule: string }) => rule),
      ['fifo', 'haircut', 'poison'],
    );
    for (const { books, conserves, holdings } of document.rules) {
      assert.equal(conserves, books.length > 0);
      for (const { seeded, held, fee, stopped, cut, burned, unresolved } of books) {
        assert.equal(
          BigInt(seeded),
          [held, fee, stopped, cut, burned, unresolved].reduce((sum, text) => sum + BigInt(text), 0n),
        );
      }
      for (const { outpoint, taint, value } of holdings) {
        assert.match(outpoint, /^[0-9a-f]{64}:\d+$/);
        for (const amount of Object.values(taint))
          assert.ok(BigInt(amount as string) > 0n && BigInt(amount as string) <= BigInt(value));
      }
    }
    for (const format of ['html', 'md', 'csv', 'json']) {
      assert.equal(spoor(folder, 'report', '--format', format, '--out', `r.${format}`).status, 0);
      assert.ok(
        readFileSync(join(folder, `r.${format}`), 'utf8').includes(
          'a028bb2d4c795cb8a8fd2f03285934fba8747fa84296fb7711dcda179b21cc4c',
        ),
      );
    }
    assert.equal(spoor(folder, 'trace', '--seed', 'w=tag:ransomware', '--strict', '--json').status, 5);
  });

  it('why sums to the taint shown', () => {
    const subject = '36ef488e59d719fb906254aed61bfe46e8f64778bc6cac97e56a68c241004c28:1';
    for (const rule of ['fifo', 'haircut']) {
      const trace = JSON.parse(spoor(folder, 'trace', '--seed', 'w=tag:ransomware', '--rule', rule, '--json').stdout);
      const shown = trace.rules[0].holdings.find(({ outpoint }: { outpoint: string }) => outpoint === subject).taint.w;
      const document = JSON.parse(spoor(folder, 'why', subject, '--json').stdout);
      assert.equal(document.rule, rule);
      assert.equal(document.outputs[0].taint.w, shown);
    }
  });

  it('verify finds one changed byte of a recorded body and names it', () => {
    spoor(folder, 'demo');
    assert.equal(spoor(folder, 'case', 'verify').status, 0);
    const bytes = readFileSync(join(folder, 'case.spoor'));
    const at = bytes.indexOf('"schema":"spoor.ledger/1"');
    bytes[at + 1] ^= 1;
    writeFileSync(join(folder, 'changed.spoor'), bytes);
    const outcome = spoor(folder, 'case', 'verify', '--case', 'changed.spoor');
    assert.equal(outcome.status, 6, outcome.stderr);
    assert.match(outcome.stdout, /body [0-9a-f]{64} does not hash to its name/);
  });

  it('refuses what is wrong, each with its exit code, and leaves the case as it was', () => {
    const before = spoor(folder, 'case', 'export').stdout;
    const one = '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLo';
    const cases: Array<[number, RegExp, string[]]> = [
      [2, /character 34/, ['trace', '--seed', `a=${one}`]],
      [2, /no rule "lifu"/, ['trace', '--seed', 'a=tag:x', '--rule', 'lifu']],
      [3, /nothing in the case matches/, ['trace', '--seed', 'a=tag:nosuch']],
      [2, /not LABEL=SUBJECT/, ['trace', '--seed', 'nolabel']],
      [2, /seeded as "a" and as "b"/, ['trace', '--seed', 'a=tag:wannacry', '--seed', 'b=tag:wannacry']],
      [3, /no such case file/, ['case', 'info', '--case', 'nosuch.spoor']],
      [3, /no such file/, ['ingest', 'nosuch.json']],
      [7, /wrong JSON/, ['ingest', projectPath('LICENSE')]],
      [9, /not a readable case|made by another/, ['case', 'info', '--case', projectPath('LICENSE')]],
    ];
    for (const [status, text, args] of cases) {
      const outcome = spoor(folder, ...args);
      assert.match(outcome.stderr, text, args.join(' '));
      assert.equal(outcome.status, status, args.join(' '));
      assert.equal(outcome.stdout, '', args.join(' '));
    }
    assert.equal(spoor(folder, 'case', 'export').stdout, before);
  });

  itWithData('the sample is what the importers make of the recorded files, in any order', 'wannacry-2017', () => {
    const base = sharedData('wannacry-2017');
    const names = [
      '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn',
      '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw',
      '13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94',
    ];
    const files = [
      ...names.map((name) => join(base, `blockchain_info.rawaddr.${name}.json.gz`)),
      join(base, 'walletexplorer.12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw.txs_outs.json.gz'),
    ];
    const sample = readFileSync(projectPath('samples/wannacry/transactions.jsonl'), 'utf8');
    for (const [name, order] of [
      ['forward.spoor', files],
      ['backward.spoor', [...files].reverse()],
    ] as const) {
      const outcome = spoor(folder, 'ingest', ...order, '--case', name);
      assert.equal(outcome.status, 0, outcome.stderr);
      assert.equal(spoor(folder, 'case', 'export', '--case', name).stdout, sample);
    }
    assert.match(spoor(folder, 'ingest', files[0], '--case', 'forward.spoor').stdout, /in the case already/);
  });
});
