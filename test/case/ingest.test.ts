/** Whole path into the store: random chains as Esplora files against the oracles, and everything a case must refuse. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  caseInfo,
  DEFAULT_CONVENTIONS,
  factLines,
  ingestFiles,
  parseSeed,
  trace,
  traceDocument,
  verifyCase,
  withCase,
} from '../../src/case/index.ts';
import { fifoOracle } from '../oracle/fifo.ts';
import { haircutIntegerOracle } from '../oracle/haircut-integer.ts';
import { freshFolder, spoor, spoorWithoutRights } from '../support/cli.ts';
import { esploraOf, tinyTxid } from '../support/esplora.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import { itWithData, projectPath, sharedData } from '../support/shared-data.ts';
import { spenders, type TinyChain } from '../support/tiny-chain.ts';

const NO_LIMITS = { maxHops: null, minSat: null, minShareMillionths: null };

describe('whole path: file, store, engine, document', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
  });

  it('holdings of 150 random chains read from Esplora files equal the oracles', () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 2);
      const file = join(folder, `${seed}.json`);
      const transactions = esploraOf(chain);
      writeFileSync(file, JSON.stringify(seed % 2 === 0 ? transactions : [...transactions].reverse()));
      withCase(join(folder, `${seed}.spoor`), { create: true }, (context) => {
        ingestFiles(context.store, [file], { format: 'auto', network: null });
        const run = trace(context, {
          seeds: seeds.map(({ tx, vout, label }) => parseSeed(`L${label}=${tinyTxid(tx)}:${vout}`, 'mainnet')),
          rules: ['fifo', 'haircut'],
          limits: NO_LIMITS,
          until: null,
          stopAt: ['none'],
          conventions: DEFAULT_CONVENTIONS,
          splitBelowSat: null,
        });
        compareHoldings(
          chain,
          traceDocument(context, run).rules,
          { fifo: fifoOracle(chain, seeds).taint, haircut: haircutIntegerOracle(chain, seeds).taint },
          seed,
        );
        if (seed % 15 === 0) assert.ok(verifyCase(context).ok, `seed ${seed}`);
      });
    }
  });

  /** Chains whose order inside a block is not parent first by txid are put right by the store, so holdings must still agree. */
  function compareHoldings(
    chain: TinyChain,
    rules: ReadonlyArray<{
      rule: string;
      holdings: ReadonlyArray<{ outpoint: string; taint: Record<string, string> }>;
    }>,
    expected: Record<string, ReadonlyMap<string, readonly number[]>>,
    seed: number,
  ): void {
    const spent = spenders(chain);
    for (const { rule, holdings } of rules) {
      const found = new Map(holdings.map(({ outpoint, taint }) => [outpoint, taint]));
      for (const [key, amounts] of expected[rule]) {
        const [tx, vout] = key.split(':').map(Number);
        if (spent.has(key) && chain.transactions[tx].outputs[vout].unspendable !== true) continue;
        const wanted = Object.fromEntries(
          amounts.flatMap((amount, label) => (amount > 0 ? [[`L${label}`, String(amount)]] : [])),
        );
        assert.deepEqual(found.get(`${tinyTxid(tx)}:${vout}`) ?? {}, wanted, `seed ${seed}, ${rule}, ${key}`);
      }
    }
  }
});

/** Every fact of a case as one text. */
function facts(file: string): string {
  return withCase(file, { create: false }, (context) => [...factLines(context)].join('\n'));
}

/** A signed-looking payment; unsigned, so its txid is only asserted. */
function payment(
  name: number,
  inputs: Array<{ txid: string; vout: number; value: number }>,
  values: unknown[],
  height = 100,
): Record<string, unknown> {
  return {
    txid: tinyTxid(name),
    version: 2,
    locktime: 0,
    vin: inputs.map(({ txid, vout, value }) => ({
      txid,
      vout,
      prevout: { scriptpubkey: `0014${'11'.repeat(20)}`, value },
      scriptsig: '',
      sequence: 0,
      is_coinbase: false,
    })),
    vout: values.map((value) => ({ scriptpubkey: `0014${'11'.repeat(20)}`, value })),
    status: { confirmed: true, block_height: height },
  };
}

describe('what a case refuses, losing nothing', () => {
  let folder = '';
  const outside = { txid: tinyTxid(900), vout: 0, value: 100 };
  before(() => {
    folder = freshFolder();
    writeFileSync(join(folder, 'good.json'), JSON.stringify([payment(1, [outside], [60, 40])]));
    assert.equal(spoor(folder, 'ingest', 'good.json').status, 0);
  });

  const wrong: Array<[string, number, RegExp, () => unknown]> = [
    ['outputs above inputs', 7, /above|more/, () => payment(2, [{ txid: tinyTxid(901), vout: 0, value: 10 }], [11])],
    [
      'an output spent twice',
      7,
      /spends already/,
      () => [
        payment(2, [{ txid: tinyTxid(1), vout: 0, value: 60 }], [50], 101),
        payment(3, [{ txid: tinyTxid(1), vout: 0, value: 60 }], [40], 101),
      ],
    ],
    [
      'one prevout twice in one transaction',
      7,
      /same output/,
      () =>
        payment(
          2,
          [outside, outside].map((input) => ({ ...input, txid: tinyTxid(905) })),
          [10],
        ),
    ],
    [
      'a child before its parent',
      7,
      /child comes before its parent/,
      () => payment(2, [{ txid: tinyTxid(1), vout: 0, value: 60 }], [50], 99),
    ],
    [
      'a vout the parent does not have',
      7,
      /has 2 outputs/,
      () => payment(2, [{ txid: tinyTxid(1), vout: 2, value: 60 }], [50], 101),
    ],
    [
      'another value than the parent has',
      6,
      /the spender says valueSat 61/,
      () => payment(2, [{ txid: tinyTxid(1), vout: 0, value: 61 }], [50], 101),
    ],
    ['a second source that differs', 6, /one source has 40, another 39/, () => payment(1, [outside], [60, 39])],
    ['a negative amount', 7, /negative/, () => payment(2, [outside], [-1])],
    ['a fractional amount', 7, /decimal|whole/, () => payment(2, [outside], [1.5])],
    ['an amount above 21e14', 7, /above all the bitcoins/, () => payment(2, [outside], [2_100_000_000_000_001])],
    ['no inputs', 7, /missing inputs/, () => payment(2, [], [1])],
  ];
  for (const [what, status, text, make] of wrong) {
    it(`${what}: exit ${status}, names file and field`, () => {
      const before = facts(join(folder, 'case.spoor'));
      writeFileSync(join(folder, 'bad.json'), JSON.stringify(make()));
      const outcome = spoor(folder, 'ingest', 'bad.json');
      assert.match(outcome.stderr, text);
      assert.match(outcome.stderr, /bad\.json.*field /s);
      assert.equal(outcome.status, status, outcome.stderr);
      assert.equal(facts(join(folder, 'case.spoor')), before);
    });
  }

  it('ignores unknown keys and reads the same file again as nothing new', () => {
    writeFileSync(
      join(folder, 'extra.json'),
      JSON.stringify({ ...payment(1, [outside], [60, 40]), newField: { deep: [1.5] } }),
    );
    assert.match(spoor(folder, 'ingest', 'extra.json').stdout, /1 known/);
    assert.match(spoor(folder, 'ingest', 'extra.json').stdout, /in the case already/);
  });

  it('a second writer gets exit 8 while the first holds the case', () => {
    const db = new Database(join(folder, 'case.spoor'));
    db.exec('BEGIN IMMEDIATE');
    writeFileSync(join(folder, 'more.json'), JSON.stringify(payment(7, [{ ...outside, vout: 5 }], [1])));
    assert.equal(spoor(folder, 'ingest', 'more.json').status, 8);
    db.exec('ROLLBACK');
    db.close();
    assert.equal(spoor(folder, 'ingest', 'more.json').status, 0);
  });

  it('a case of a newer version is refused untouched; a folder is no case', () => {
    spoor(folder, 'ingest', 'good.json', '--case', 'newer.spoor');
    const db = new Database(join(folder, 'newer.spoor'));
    db.pragma('user_version = 99');
    db.close();
    const outcome = spoor(folder, 'case', 'info', '--case', 'newer.spoor');
    assert.equal(outcome.status, 9);
    assert.match(outcome.stderr, /schema 99/);
    assert.equal(spoor(folder, 'ingest', 'good.json', '--case', '.').status, 9);
    assert.equal(spoor(folder, 'ingest', 'good.json', '--case', join('nosuch', 'x.spoor')).status, 9);
  });

  it('a read-only disk: reading verbs work, writing ones exit 9, the file stays as it was', function () {
    const probe = spoorWithoutRights('/', '--version');
    if (probe.status !== 0) {
      process.stderr.write(
        '    skipped: this checkout cannot be read by a user without rights, and root can write anywhere\n',
      );
      return this.skip();
    }
    spoor(folder, 'ingest', 'good.json', '--case', 'sealed.spoor');
    const sealed = join(folder, 'sealed.spoor');
    const before = readFileSync(sealed);
    chmodSync(sealed, 0o444);
    chmodSync(folder, 0o555);
    try {
      assert.equal(spoorWithoutRights(folder, 'case', 'verify', '--case', sealed).status, 0);
      for (const args of [
        ['ingest', 'good.json', '--case', 'new.spoor'],
        ['ingest', 'good.json', '--case', 'sealed.spoor'],
        ['trace', '--seed', `a=${tinyTxid(1)}:0`, '--case', sealed],
      ]) {
        const outcome = spoorWithoutRights(folder, ...args);
        assert.equal(outcome.status, 9, outcome.stderr);
        assert.match(outcome.stderr, /(new|sealed)\.spoor/);
      }
    } finally {
      chmodSync(folder, 0o755);
    }
    assert.deepEqual(readFileSync(sealed), before);
  });

  it('kill -9 in the middle of ingest: the case reopens, verifies, and a re-run gives the same bytes', async () => {
    const sample = projectPath('samples/wannacry/transactions.jsonl');
    const target = join(folder, 'killed.spoor');
    let killedEarly = 0;
    for (const delayMs of [150, 250, 320, 400]) {
      const child = spawn(process.execPath, [
        projectPath('dist/cli/main.js'),
        'ingest',
        sample,
        '--case',
        target,
        '--quiet',
      ]);
      const closed = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)));
      setTimeout(() => child.kill('SIGKILL'), delayMs);
      if ((await closed) === 'SIGKILL') killedEarly += 1;
      if (existsSync(target) && statSync(target).size > 0)
        assert.equal(spoor(folder, 'case', 'verify', '--case', target).status, 0, `killed after ${delayMs} ms`);
    }
    assert.ok(killedEarly > 0, 'no run was killed before its end');
    assert.equal(spoor(folder, 'ingest', sample, '--case', target).status, 0);
    spoor(folder, 'ingest', sample, '--case', 'clean.spoor');
    assert.equal(facts(target), facts(join(folder, 'clean.spoor')));
  });

  itWithData(
    'raw blocks 277647, 426884, 702861 and testnet 1087400 come in whole: every txid re-hashes, merkle roots hold',
    'bitcoin-blocks',
    () => {
      const base = sharedData('bitcoin-blocks');
      const unpacked = join(folder, '277647.dat');
      const bunzip = spawnSync('bunzip2', ['-c', join(base, 'mainnet.277647.dat.bz2')], { maxBuffer: 2 ** 28 });
      if (bunzip.status !== 0) throw new Error('bunzip2 is needed to unpack the raw block');
      writeFileSync(unpacked, bunzip.stdout);
      const mainnet = ['mainnet.0000000000000000000c835b.raw.gz', 'mainnet.426884.raw.gz'].map((name) =>
        join(base, name),
      );
      // 213 + 409 + 2,500 transactions, and 97 on testnet (PROVENANCE.md of the folder).
      for (const [network, paths, transactions] of [
        ['mainnet', [unpacked, ...mainnet], 3122],
        ['testnet', [join(base, 'testnet.1087400.raw.gz')], 97],
      ] as const) {
        withCase(join(folder, `${network}.spoor`), { create: true }, ({ store }) =>
          ingestFiles(store, paths, { format: 'auto', network }),
        );
        withCase(join(folder, `${network}.spoor`), { create: false }, (context) => {
          assert.deepEqual([caseInfo(context).transactions, caseInfo(context).verified], [transactions, transactions]);
          const { ok, checks } = verifyCase(context);
          assert.ok(ok);
          assert.equal(checks.find(({ name }) => name.includes('merkle'))?.checked, paths.length);
        });
      }
    },
  );
});
