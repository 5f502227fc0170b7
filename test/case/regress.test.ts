/** What once went wrong, each as the smallest case that shows it. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  caseInfo,
  DEFAULT_CONVENTIONS,
  factLines,
  importPacks,
  ingestFiles,
  loadTrace,
  parseSeed,
  trace,
  traceDocument,
  traceReport,
  verifyCase,
  why,
  withCase,
} from '../../src/case/index.ts';
import { renderJson, type TraceDocument } from '../../src/report/index.ts';
import { freshFolder } from '../support/cli.ts';
import { tinyTxid } from '../support/esplora.ts';
import { projectPath } from '../support/shared-data.ts';

const ADDRESS = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa';

/** A transaction as a spoor JSON line; `spends` are `txid:vout` texts of `tinyTxid` numbers, or values from outside. */
function line(
  name: number,
  height: number | null,
  given: { spends: Array<[number, number] | { outside: number }>; pays: Array<number | object>; extra?: object },
): string {
  return JSON.stringify({
    txid: tinyTxid(name),
    height: height ?? undefined,
    inputs: given.spends.map((spend, vin) =>
      Array.isArray(spend)
        ? { prevTxid: tinyTxid(spend[0]), prevVout: spend[1] }
        : { prevTxid: tinyTxid(10_000 + name * 10 + vin), prevVout: 0, valueSat: String(spend.outside) },
    ),
    outputs: given.pays.map((pay) => (typeof pay === 'number' ? { valueSat: String(pay) } : pay)),
    ...given.extra,
  });
}

describe('regressions', () => {
  let folder = '';
  let count = 0;
  before(() => {
    folder = freshFolder();
  });

  function file(content: string | string[], name?: string): string {
    count += 1;
    const path = join(folder, name ?? `${count}.jsonl`);
    writeFileSync(path, Array.isArray(content) ? content.join('\n') : content);
    return path;
  }

  /** Facts of a case fed with files in this order, one after the other. */
  function factsOf(paths: readonly string[]): string[] {
    count += 1;
    return withCase(join(folder, `${count}.spoor`), { create: true }, (context) => {
      for (const path of paths) ingestFiles(context.store, [path], { format: 'auto', network: null });
      assert.ok(verifyCase(context).ok);
      return [...factLines(context)];
    });
  }

  function sameInAnyOrder(paths: readonly string[]): void {
    assert.deepEqual(factsOf(paths), factsOf([...paths].reverse()));
  }

  function traced(
    lines: string[],
    seeds: string[],
    given: { rules?: string[]; maxHops?: number } = {},
  ): { document: TraceDocument; stored: string } {
    const path = file(lines);
    return withCase(`${path}.spoor`, { create: true }, (context) => {
      ingestFiles(context.store, [path], { format: 'spoor', network: null });
      const run = trace(context, {
        seeds: seeds.map((seed) => parseSeed(seed)),
        rules: given.rules ?? ['fifo'],
        limits: { maxHops: given.maxHops ?? null, minSat: null, minShareMillionths: null },
        until: null,
        stopAt: ['none'],
        conventions: DEFAULT_CONVENTIONS,
        splitBelowSat: null,
      });
      return { document: traceDocument(context, run), stored: `${path}.spoor` };
    });
  }

  it('a spent flag of false survives a source that says nothing, in any order', () => {
    const one = file(line(1, 10, { spends: [{ outside: 9 }], pays: [{ valueSat: '9', spent: false }] }));
    const two = file(line(1, 10, { spends: [{ outside: 9 }], pays: [{ valueSat: '9' }], extra: { position: 3 } }));
    sameInAnyOrder([one, two]);
    assert.ok(factsOf([one, two])[1].includes('"spent":false'));
  });

  it('two names of one transaction are both kept, and both link', () => {
    const parent = file(line(1, 10, { spends: [{ outside: 9 }], pays: [9], extra: { alias: 'x:1' } }));
    const renamed = file(line(1, 10, { spends: [{ outside: 9 }], pays: [9], extra: { alias: 'x:2' } }));
    const child = (alias: string, name: number): string =>
      file(
        JSON.stringify({
          txid: tinyTxid(name),
          height: 11,
          inputs: [{ prevAlias: alias, prevVout: 0, valueSat: '9' }],
          outputs: [{ valueSat: '9' }],
        }),
      );
    for (const alias of ['x:1', 'x:2']) {
      const spender = child(alias, 2);
      sameInAnyOrder([parent, renamed, spender]);
      assert.ok(factsOf([parent, renamed, spender]).some((fact) => fact.includes(`"prevTxid":"${tinyTxid(1)}"`)));
    }
  });

  it('of two equal outputs none is guessed; both count as unresolved, and a later source that knows settles it', () => {
    const pay = { valueSat: '5', address: ADDRESS };
    const parent = line(1, 10, { spends: [{ outside: 10 }], pays: [pay, pay] });
    const vague = JSON.stringify({
      txid: tinyTxid(2),
      height: 11,
      inputs: [{ prevTxid: tinyTxid(1), valueSat: '5', prevAddress: ADDRESS }],
      outputs: [{ valueSat: '5' }],
    });
    const { document } = traced([parent, vague], [`L=${tinyTxid(1)}:0`]);
    assert.equal(document.rules[0].books[0].unresolved, '5');
    assert.equal(document.gaps.length, 1);
    const exact = JSON.stringify({
      txid: tinyTxid(2),
      height: 11,
      inputs: [{ prevTxid: tinyTxid(1), prevVout: 1, valueSat: '5' }],
      outputs: [{ valueSat: '5' }],
    });
    sameInAnyOrder([file(parent), file(vague), file(exact)]);
  });

  it('a coinbase that repeats an earlier txid takes over its spenders, whichever file comes first', () => {
    const early = file(line(1, 100, { spends: [], pays: [50], extra: { coinbase: true } }));
    const twin = file([
      line(1, 200, { spends: [], pays: [50], extra: { coinbase: true } }),
      line(2, 300, { spends: [[1, 0]], pays: [50] }),
    ]);
    sameInAnyOrder([early, twin]);
    withCase(join(folder, 'twin.spoor'), { create: true }, (context) => {
      ingestFiles(context.store, [twin, early], { format: 'auto', network: null });
      const [spent] = context.view.transaction(context.view.findTransactions(tinyTxid(2) as never)[0]).inputs;
      assert.equal(context.view.transaction(context.view.transactionOf(spent.output as never)).height, 200);
    });
  });

  it('transactions without a height follow their parents, in any order of files', () => {
    const root = file(line(1, 50, { spends: [{ outside: 9 }], pays: [9] }));
    const loose = file([
      line(2, null, { spends: [[1, 0]], pays: [9] }),
      line(3, null, { spends: [[2, 0]], pays: [9] }),
    ]);
    const late = file(line(4, 60, { spends: [[3, 0]], pays: [9] }));
    sameInAnyOrder([root, loose, late]);
    const tooEarly = file(line(4, 40, { spends: [[3, 0]], pays: [9] }));
    for (const order of [
      [root, loose, tooEarly],
      [tooEarly, loose, root],
    ])
      assert.throws(() => factsOf(order), { code: 'LEDGER_INVALID' });
  });

  it('two blocks at one height, two transactions at one position, and a block at another height than its transaction are refused', () => {
    const hash = (digit: string): string => digit.repeat(64);
    const at = (name: number, extra: object): string =>
      file(line(name, 9, { spends: [{ outside: 1 }], pays: [1], extra }));
    const pairs = [
      [at(1, { blockHash: hash('a') }), at(2, { blockHash: hash('b') })],
      [at(1, { position: 4 }), at(2, { position: 4 })],
      [at(1, { blockHash: hash('c') }), file(JSON.stringify({ block: { hash: hash('c'), height: 8 } }))],
    ];
    for (const pair of pairs)
      for (const order of [pair, [...pair].reverse()])
        assert.throws(() => factsOf(order), /two blocks|two transactions|its block/);
  });

  it('labels are held to limits one by one (L1 3 hops away, L2 1)', () => {
    // c1 -> t1 -> t2 -> t3 <- c2, t3 -> t4; --max-hops 3 cuts L1 on t3:0, as it does alone; L2 (hop 1) goes on.
    const lines = [
      line(1, 1, { spends: [{ outside: 10 }], pays: [10] }),
      line(2, 1, { spends: [{ outside: 10 }], pays: [10] }),
      line(3, 2, { spends: [[1, 0]], pays: [10] }),
      line(4, 3, { spends: [[3, 0]], pays: [10] }),
      line(5, 4, {
        spends: [
          [4, 0],
          [2, 0],
        ],
        pays: [20],
      }),
      line(6, 5, { spends: [[5, 0]], pays: [20] }),
    ];
    const seeds = [`L1=${tinyTxid(1)}:0`, `L2=${tinyTxid(2)}:0`];
    for (const rule of ['fifo', 'haircut', 'poison']) {
      const at = (given: string[], label: string): unknown =>
        traced(lines, given, { rules: [rule], maxHops: 3 })
          .document.rules[0].holdings.filter(({ taint }) => label in taint)
          .map(({ outpoint, status, hops, taint }) => [outpoint, status, hops, taint[label]]);
      const alone = rule === 'poison' ? [[`${tinyTxid(5)}:0`, 'cut', 3, '20']] : [[`${tinyTxid(5)}:0`, 'cut', 3, '10']];
      assert.deepEqual(at([seeds[0]], 'L1'), alone, rule);
      assert.deepEqual(at(seeds, 'L1'), alone, rule);
      assert.deepEqual(at(seeds, 'L2'), [[`${tinyTxid(6)}:0`, 'unspent', 2, rule === 'poison' ? '20' : '10']], rule);
    }
  });

  it('why answers for what a seed filled and for what came in, and asks no input for more than it brought', () => {
    // A:100 -> B:200 with 100 clean, both seeded L: B holds 200, 100 from A and 100 of its own.
    const lines = [
      line(1, 1, { spends: [{ outside: 100 }], pays: [100] }),
      line(2, 2, { spends: [[1, 0], { outside: 100 }], pays: [200] }),
    ];
    for (const rule of ['fifo', 'haircut']) {
      const { stored } = traced(lines, [`L=${tinyTxid(1)}:0`, `L=${tinyTxid(2)}:0`], { rules: [rule] });
      const origins = withCase(
        stored,
        { create: false },
        (context) => why(context, { subject: `${tinyTxid(2)}:0`, rule, run: null }).outputs[0].origins,
      );
      assert.deepEqual(
        origins.map(({ outpoint, amount }) => [outpoint, amount]).sort(),
        [
          [`${tinyTxid(1)}:0`, '100'],
          [`${tinyTxid(2)}:0`, '100'],
        ].sort(),
        rule,
      );
    }
    // Two seeds of 1 sat become two outputs of 1 sat and are joined again: 1 sat from each.
    const dust = [
      line(1, 1, { spends: [{ outside: 1 }], pays: [1] }),
      line(2, 1, { spends: [{ outside: 1 }], pays: [1] }),
      line(3, 2, {
        spends: [
          [1, 0],
          [2, 0],
        ],
        pays: [1, 1],
      }),
      line(4, 3, {
        spends: [
          [3, 0],
          [3, 1],
        ],
        pays: [2],
      }),
    ];
    const { stored } = traced(dust, [`L=${tinyTxid(1)}:0`, `L=${tinyTxid(2)}:0`], { rules: ['haircut'] });
    const origins = withCase(
      stored,
      { create: false },
      (context) => why(context, { subject: `${tinyTxid(4)}:0`, rule: 'haircut', run: null }).outputs[0].origins,
    );
    assert.deepEqual(
      origins.map(({ amount }) => amount),
      ['1', '1'],
    );
  });

  it('a run read back from the store makes the same report as when it was made, and asking in another order is the same run', () => {
    const lines = [
      line(1, 1, { spends: [{ outside: 9 }], pays: [9, 0] }),
      line(2, 2, {
        spends: [
          [1, 0],
          [1, 1],
        ],
        pays: [9],
      }),
    ];
    const path = file(lines);
    withCase(`${path}.spoor`, { create: true }, (context) => {
      ingestFiles(context.store, [path], { format: 'spoor', network: null });
      const ask = (texts: string[], stopAt: Array<'service' | 'coinjoin'>) =>
        trace(context, {
          seeds: texts.map((text) => parseSeed(text)),
          rules: ['poison', 'fifo'],
          limits: { maxHops: null, minSat: null, minShareMillionths: null },
          until: null,
          stopAt,
          conventions: DEFAULT_CONVENTIONS,
          splitBelowSat: null,
        });
      const first = ask([`a=${tinyTxid(1)}:0`, `b=${tinyTxid(1)}:1`], ['service', 'coinjoin']);
      const again = ask([`b=${tinyTxid(1).toUpperCase()}:1`, `a=${tinyTxid(1)}:0`], ['coinjoin', 'service']);
      assert.equal(again.run.id, first.run.id);
      assert.equal(caseInfo(context).runs.length, 1);
      assert.ok(verifyCase(context).ok);
      const fresh = renderJson(traceReport(context, first, 'T'));
      assert.equal(renderJson(traceReport(context, loadTrace(context, null), 'T')), fresh);
    });
  });

  it('one file, one file a transaction, or any order of files give the same facts, and labels by any name the same amounts', () => {
    const lines = readFileSync(projectPath('samples/wannacry/transactions.jsonl'), 'utf8')
      .split('\n')
      .filter((text) => text.includes('"txid"'))
      .slice(0, 40);
    const single = lines.map((text) => file(text));
    const whole = factsOf([file(lines)]);
    assert.deepEqual(factsOf(single), whole);
    assert.deepEqual(factsOf([...single].reverse()), whole);
    const joined = [
      line(1, 1, { spends: [{ outside: 7 }], pays: [7] }),
      line(2, 1, { spends: [{ outside: 5 }], pays: [5] }),
      line(3, 2, { spends: [[1, 0], [2, 0], { outside: 3 }], pays: [4, 4, 4] }),
    ];
    const amounts = (names: [string, string]): unknown => {
      const { document } = traced(joined, [`${names[0]}=${tinyTxid(1)}:0`, `${names[1]}=${tinyTxid(2)}:0`], {
        rules: ['haircut', 'fifo'],
      });
      return document.rules.map(({ holdings }) =>
        holdings.map(({ taint }) => names.map((name) => (Object.hasOwn(taint, name) ? taint[name] : '0'))),
      );
    };
    assert.deepEqual(amounts(['z', 'a']), amounts(['a', 'z']));
    assert.deepEqual(amounts(['10', '__proto__']), amounts(['a', 'z']));
  });

  it('verify names tampering of facts, links, tags and runs', () => {
    const source = join(folder, 'demo.spoor');
    // The first 120 lines of the sample: small, with linked, verified and tagged parts.
    const sample = readFileSync(projectPath('samples/wannacry/transactions.jsonl'), 'utf8').split('\n').slice(0, 120);
    withCase(source, { create: true }, (context) => {
      ingestFiles(context.store, [file(sample)], { format: 'spoor', network: null });
      importPacks(context, [projectPath('samples/wannacry/tags/wannacry-wallets.yaml')]);
      trace(context, {
        seeds: [parseSeed('115p7=tag:ransomware')],
        rules: ['fifo', 'poison'],
        limits: { maxHops: null, minSat: null, minShareMillionths: null },
        until: null,
        stopAt: ['service'],
        conventions: DEFAULT_CONVENTIONS,
        splitBelowSat: null,
      });
    });
    const edits = [
      'UPDATE output SET value = value - 1 WHERE id = 5',
      "UPDATE output SET script = x'6a' WHERE id = 5",
      'UPDATE tx SET height = height + 1 WHERE id = 3',
      'UPDATE tx SET timestamp_sec = 1 WHERE id = 3',
      'UPDATE input SET prev_output = NULL WHERE prev_output IS NOT NULL AND vin = 0',
      'UPDATE tx SET verified = 1 WHERE id = 3',
      "UPDATE tag SET label = 'Someone' WHERE label = 'WannaCry v2'",
      'DELETE FROM tag',
      'UPDATE taint_place SET amount = 1',
      'DELETE FROM taint_place',
      "UPDATE run SET params = replace(params, '115p7', '115p8')",
      'UPDATE taint_book SET held = unresolved, unresolved = held',
    ];
    const target = join(folder, 'tampered.spoor');
    for (const edit of edits) {
      copyFileSync(source, target);
      const db = new Database(target);
      db.exec(edit);
      db.close();
      withCase(target, { create: false }, (context) => assert.equal(verifyCase(context).ok, false, edit));
    }
    withCase(source, { create: false }, (context) => assert.ok(verifyCase(context).ok));
  });
});
