/**
 * Clusters of whole cases: the WannaCry cash-out, the year 2009 against breadth-first search, keys and nested scripts,
 * and no trace of the order of files.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterFacts } from '../../src/case/cluster/facts.ts';
import { clusterProblems } from '../../src/case/cluster/verify.ts';
import { type CaseContext, contextOf, withCase } from '../../src/case/context.ts';
import {
  changeDocument,
  clusterDocument,
  clusterLines,
  explainPair,
  ingestFiles,
  loadClusters,
  runClusters,
  undoClusters,
  whatIf,
} from '../../src/case/index.ts';
import {
  commitmentOf,
  compressedKeyHash,
  lastPush,
  revealedProgram,
  virtualSizeVb,
} from '../../src/chain/bitcoin/index.ts';
import { commonInputLinks, FactsBuilder, markCoinjoins, partition, summarise } from '../../src/cluster/index.ts';
import { addressFromCodec, NONE } from '../../src/ledger/index.ts';
import { closeCase, deleteRun, openScratchCase, runs } from '../../src/store/index.ts';
import { components } from '../oracle/components.ts';
import { freshFolder } from '../support/cli.ts';
import { Prng } from '../support/prng.ts';
import { itWithData, projectPath, sharedData } from '../support/shared-data.ts';
import { year2009Lines } from '../support/year-2009.ts';

const SAMPLE = projectPath('samples/wannacry/transactions.jsonl');
/** A hundred in CI; each opens a case of its own, so fewer on a user's machine. */
const ORDERS = process.env.CI === 'true' ? 100 : 12;
const REQUEST = { coinjoins: 'exclude', until: null, change: null, keepApart: [] } as const;
/**
 * Change addresses of three of the six cash-outs; one transaction, c03e48ad, spends all three (samples/wannacry, from
 * the chain).
 */
const CHANGE = [
  '1ARirZgU4q61sSjVK2iB8BEYC5w2B8ZnE9',
  '1JC41YHmjKEcW1rLH6pmMWEFHkoNwSmhnC',
  '18gsrbQsTY7HzYVZEbvtVBfhywpQk6No2Q',
];
const WALLETS = [
  '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn',
  '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw',
  '13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94',
];

/** Feeds a case these files, in this order, and gives its core clusters as CSV. */
function exported(context: CaseContext, files: readonly string[]): string {
  ingestFiles(context.store, files, { format: 'spoor', network: 'mainnet' });
  return [...clusterLines(context, runClusters(context, REQUEST), 'core')].join('\n');
}

/** The same in a case that nobody keeps. */
function exportedFromScratch(files: readonly string[]): string {
  const store = openScratchCase();
  try {
    return exported(contextOf(store, 'mainnet'), files);
  } finally {
    closeCase(store);
  }
}

describe('clusters of a case', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
  });

  it('WannaCry: c03e48ad joins the three change addresses, and the wallets stay apart', () => {
    const lines = withCase(join(folder, 'wannacry.spoor'), { create: true }, (context) =>
      exported(context, [SAMPLE]),
    ).split('\n');
    const cluster = new Map(lines.map((line) => line.split(',') as [string, string]));
    assert.equal(lines[0], 'address,cluster');
    assert.deepEqual([...new Set(CHANGE.map((address) => cluster.get(address)))], [CHANGE[0]]);
    for (const wallet of WALLETS) assert.equal(cluster.get(wallet), wallet);
    withCase(join(folder, 'wannacry.spoor'), { create: false }, (context) => {
      const document = clusterDocument(context, { address: CHANGE[2], run: null, layer: 'core' });
      assert.deepEqual([document.cluster, document.size, document.addresses], [CHANGE[0], 3, CHANGE]);
      const { counts, params } = loadClusters(context, null);
      assert.deepEqual([counts.core.members, params.coinjoins], [lines.length - 1, 'exclude']);
      assert.throws(
        () => clusterDocument(context, { address: '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', run: null, layer: 'core' }),
        { code: 'NOT_FOUND' },
      );
      assert.throws(() => clusterDocument(context, { address: CHANGE[0], run: null, layer: 'extended' }), {
        code: 'USAGE',
      });
    });
  });

  it('a run can be undone, and made again to the same id and bytes; facts up to a height make another run', () => {
    withCase(join(folder, 'wannacry.spoor'), { create: false }, (context) => {
      const first = loadClusters(context, null);
      const before = [...clusterLines(context, first, 'core')];
      assert.equal(undoClusters(context, first.run.id).id, first.run.id);
      assert.throws(() => loadClusters(context, null), { code: 'NOT_FOUND' });
      assert.equal(context.store.db.prepare('SELECT count(*) FROM cluster_member').pluck().get(), 0);
      const again = runClusters(context, REQUEST);
      assert.equal(again.run.id, first.run.id);
      assert.deepEqual([...clusterLines(context, again, 'core')], before);
      // c03e48ad is in block 478814, the cash-outs in 478789 to 478796.
      const early = runClusters(context, { ...REQUEST, until: '478813' });
      assert.notEqual(early.run.id, first.run.id);
      const { size } = clusterDocument(context, { address: CHANGE[0], run: early.run.id, layer: 'core' });
      assert.equal(size, 1);
      deleteRun(context.store, early.run.id);
      assert.equal(runs(context.store).length, 1);
    });
  });

  it('verify finds a cluster that its links do not give, and links that the facts do not give', () => {
    withCase(join(folder, 'wannacry.spoor'), { create: false }, (context) => {
      const check = (): string[] => clusterProblems(context).problems.map((problem) => problem.replace(/\S{16}: /, ''));
      assert.deepEqual(check(), []);
      const { db } = context.store;
      const broken = (sql: string): string[] => {
        db.exec('BEGIN');
        db.exec(sql);
        const problems = check();
        db.exec('ROLLBACK');
        return problems;
      };
      assert.match(broken('UPDATE cluster_member SET core = 0 WHERE member = 1').join(), /links do not give its core/);
      assert.match(broken('UPDATE cluster_link SET tx = 1 WHERE place = 0').join(), /the facts give other links/);
      assert.match(
        broken("UPDATE run SET params = replace(params, 'exclude', 'join')").join(),
        /does not hash to its id/,
      );
    });
  });

  it('WannaCry, extended: optimal change ties each wallet to its change, c03e48ad ties those, and without it all falls', () => {
    const witness = 'c03e48ad9fc778170c86542c0414a89052b21679a3576121ca6b1c2d340f1e22';
    withCase(join(folder, 'wannacry.spoor'), { create: false }, (context) => {
      const core = loadClusters(context, null).counts.core;
      const { counts, params, run } = runClusters(context, { ...REQUEST, change: ' unique( optimal_change )' });
      assert.equal(params.change, 'unique(optimal-change)');
      assert.deepEqual(counts.core, core);
      const asked = { run: run.id, layer: 'extended' } as const;
      const { path, hangsOn } = explainPair(context, { ...asked, addresses: [WALLETS[0], WALLETS[1]] });
      assert.deepEqual(
        path.map(({ heuristic, addresses, weakest }) => [heuristic, ...addresses, weakest]),
        [
          ['change', WALLETS[0], CHANGE[2], true],
          ['common-input', CHANGE[2], CHANGE[1], false],
          ['change', CHANGE[1], WALLETS[1], false],
        ],
      );
      assert.ok(hangsOn.length === 3 && hangsOn.includes(witness));
      const votes = path[0].change?.votes ?? [];
      const naming = votes.filter(({ says }) => says === 'names');
      // One output of 0.015 BTC and one of 7.3 BTC, inputs of 0.1 BTC and more: only those rules tell them apart.
      assert.deepEqual(
        naming.map(({ heuristic, vouts }) => [heuristic, ...vouts]),
        [
          ['optimal-change', 0],
          ['legacy', 0],
          ['one-time-change', 0],
        ],
      );
      const wallets = (without: string): number => {
        const { splits } = whatIf(context, { ...asked, without });
        return splits.find(({ cluster }) => WALLETS.includes(cluster))?.pieceCount ?? 0;
      };
      assert.equal(wallets(witness), 3);
      const document = changeDocument(context, { txid: path[0].txid, until: null });
      assert.deepEqual([document.agree, document.outputs[1].named], [true, []]);
      assert.ok(document.outputs[1].ruledOut.includes('optimal-change'));
      assert.deepEqual(clusterProblems(context).problems, []);
      undoClusters(context, run.id);
    });
  });

  it(`${ORDERS} orders of ingestion give the same bytes`, () => {
    const [head, ...all] = readFileSync(SAMPLE, 'utf8').trim().split('\n');
    // The cash-outs of three wallets, what joins their change, and some payments: 8 transactions, two to a file.
    const known = all.filter((line) => line.includes('"txid"'));
    const cashOut = known.filter((line) => CHANGE.some((address) => line.includes(address)));
    const lines = [...known.slice(0, 8 - cashOut.length), ...cashOut];
    const files = Array.from({ length: 4 }, (_, index) => {
      const file = join(folder, `part-${index}.jsonl`);
      writeFileSync(file, `${[head, ...lines.slice(2 * index, 2 * index + 2)].join('\n')}\n`);
      return file;
    });
    const prng = Prng.fromSeed(100);
    const wanted = exportedFromScratch(files);
    assert.ok(wanted.includes(`${CHANGE[2]},${CHANGE[0]}`));
    for (let order = 0; order < ORDERS; order += 1) {
      assert.equal(exportedFromScratch(prng.shuffled(files)), wanted, `order ${order}`);
    }
  });

  itWithData('2009, every transaction: no difference from breadth-first search', 'bitcoin-2009-complete', () => {
    const transactions = year2009Lines().map((line) => JSON.parse(line) as Year2009);
    transactions.sort((a, b) => a.height - b.height || Number(a.coinbase) - Number(b.coinbase));
    const owner = new Map(
      transactions.flatMap(({ txid, outputs }) =>
        outputs.map(({ address }, vout) => [`${txid}:${vout}`, address] as const),
      ),
    );
    const builder = new FactsBuilder();
    const member = (address: string | undefined): number =>
      builder.member(address === undefined ? null : addressFromCodec(address));
    const groups: number[][] = [];
    for (const { inputs, outputs, height, coinbase } of transactions) {
      const signers = inputs.map(({ prevTxid, prevVout }) => member(owner.get(`${prevTxid}:${prevVout}`)));
      groups.push(signers.filter((signer) => signer !== NONE));
      builder.add(
        { coinbase, height, lockTime: 0, sizeVb: NONE },
        signers.map((signer) => ({ member: signer, valueSat: 1, type: NONE, maker: NONE })),
        outputs.map(({ address, valueSat }) => ({
          member: member(address),
          valueSat: Number(valueSat),
          type: NONE,
          unspendable: false,
          spender: NONE,
        })),
      );
    }
    const facts = builder.done();
    assert.equal(
      markCoinjoins(facts).reduce((sum, mark) => sum + mark, 0),
      0,
    );
    const roots = partition(commonInputLinks(facts, markCoinjoins(facts)), facts.memberCount, { layer: 'core' });
    assert.deepEqual([...roots], components(facts.memberCount, groups));
    const { clusters, largest } = summarise(roots);
    process.stderr.write(
      `    2009: ${facts.memberCount} addresses, ${clusters} clusters, the largest of ${largest.size}\n`,
    );
  });
});

interface Year2009 {
  readonly txid: string;
  readonly height: number;
  readonly coinbase: boolean;
  readonly inputs: ReadonlyArray<{ readonly prevTxid: string; readonly prevVout: number }>;
  readonly outputs: ReadonlyArray<{ readonly valueSat: string; readonly address?: string }>;
}

describe('owners of scripts', () => {
  // BIP49, test vectors: the key, its hash, and the address of the script that wraps it (testnet).
  const KEY = '03a1af804ac108a8a51782198c2d034b28bf90c8803f5a53f76276fa69a4eae77f';
  const KEY_HASH = '38971f73930f6c141d977ac4fd4a727c854935b3';
  const WRAPPED = '336caa13e08b96080a32b5d818d59b4ab3b36742';
  /**
   * SEC 2, section 2.4.1: the base point of secp256k1, both forms; its compressed hash is the P2WPKH program of
   * BIP173.
   */
  const BASE = `0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8`;
  const BASE_HASH = '751e76e8199196d454941c45d1b3a323f1433bd6';
  const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

  it('what scripts commit to and what spends reveal', () => {
    assert.deepEqual(commitmentOf('p2wpkh', bytes(`0014${KEY_HASH}`)), { kind: 'key', hash: KEY_HASH });
    assert.deepEqual(commitmentOf('p2pkh', bytes(`76a914${KEY_HASH}88ac`)), { kind: 'key', hash: KEY_HASH });
    assert.deepEqual(commitmentOf('p2sh', bytes(`a914${WRAPPED}87`)), { kind: 'script', hash: WRAPPED });
    assert.equal(commitmentOf('p2tr', bytes(`5120${'11'.repeat(32)}`)), null);
    assert.deepEqual(revealedProgram(bytes(`160014${KEY_HASH}`)), { kind: 'key', hash: KEY_HASH });
    assert.equal(revealedProgram(bytes(`1600140102`)), null);
    assert.equal(revealedProgram(bytes('')), null);
    assert.equal(compressedKeyHash(bytes(BASE)), BASE_HASH);
    assert.equal(compressedKeyHash(bytes(KEY)), null);
    assert.equal(Buffer.from(lastPush(bytes(`0201ff21${KEY}`)) ?? []).toString('hex'), KEY);
    assert.equal(Buffer.from(lastPush(bytes(`004c03aabbcc`)) ?? []).toString('hex'), 'aabbcc');
    for (const bad of ['05aa', '76', '']) assert.equal(lastPush(bytes(bad)), null, bad);
  });

  it('a key, its uncompressed form, its bare script and the script that wraps it are one cluster; another key is not', () => {
    const base = freshFolder();
    const file = join(base, 'keys.jsonl');
    const txid = (digit: string): string => digit.repeat(64);
    const output = (script: string): object => ({ valueSat: '1000', scriptPubKey: script });
    const signature = '01ff';
    const uncompressedHash = '91b24bf9f5288532960ac687abb035127b1d28a5';
    const made = [
      `410${BASE.slice(1)}ac`,
      `76a914${uncompressedHash}88ac`,
      `76a914${BASE_HASH}88ac`,
      `0014${BASE_HASH}`,
      `0014${KEY_HASH}`,
      `a914${WRAPPED}87`,
    ];
    const lines = [
      { schema: 'spoor.ledger/1' },
      { txid: txid('1'), coinbase: true, height: 1, inputs: [], outputs: made.map(output) },
      {
        txid: txid('2'),
        height: 200,
        inputs: [{ prevTxid: txid('1'), prevVout: 5, scriptSig: `160014${KEY_HASH}`, witness: [signature, KEY] }],
        outputs: [{ valueSat: '900', scriptPubKey: `0014${'22'.repeat(20)}` }],
      },
    ];
    writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
    withCase(join(base, 'keys.spoor'), { create: true }, (context) => {
      ingestFiles(context.store, [file], { format: 'spoor', network: 'mainnet' });
      const { facts } = clusterFacts(context, null);
      // The bare key and the address of its hash are one member, so six outputs make five.
      assert.equal(facts.outputMember[0], facts.outputMember[1]);
      runClusters(context, REQUEST);
      const sizes = [0, 2, 4, 5].map((vout) => {
        const address = facts.addresses[facts.outputMember[vout]];
        return clusterDocument(context, { address, run: null, layer: 'core' }).size;
      });
      assert.deepEqual(sizes, [3, 3, 2, 2]);
    });
  });

  itWithData('virtual size is the weight that an explorer gives, over four', 'esplora-fixtures', () => {
    let checked = 0;
    for (const name of ['taproot-op-return', 'whirlpool-coinjoin', 'simple-legacy-p2pkh', 'batch-withdrawal-143']) {
      const read = JSON.parse(readFileSync(sharedData(`esplora-fixtures/${name}.json`), 'utf8')) as
        | EsploraTx
        | EsploraTx[];
      for (const { vin, vout, weight } of [read].flat()) {
        const inputs = vin.map(({ scriptsig, witness = [] }) => ({
          scriptSig: scriptsig.length / 2,
          witness: witness.map((item) => item.length / 2),
        }));
        const scripts = vout.map(({ scriptpubkey }) => scriptpubkey.length / 2);
        assert.equal(virtualSizeVb(inputs, scripts), Math.ceil(weight / 4), name);
        checked += 1;
      }
    }
    assert.ok(checked >= 4);
  });
});

interface EsploraTx {
  readonly vin: ReadonlyArray<{ readonly scriptsig: string; readonly witness?: readonly string[] }>;
  readonly vout: ReadonlyArray<{ readonly scriptpubkey: string }>;
  readonly weight: number;
}
