/** `tag list --inherited`: tags an address has through its cluster, each with its link. Expected values by hand from the chain below. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CaseContext,
  importPacks,
  ingestFiles,
  type ListedTag,
  retractPack,
  runClusters,
  tagsWithInherited,
  withCase,
} from '../../src/case/index.ts';
import { encodeAddress } from '../../src/chain/bitcoin/index.ts';
import { SpoorError } from '../../src/ledger/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';

const id = (digit: number): string => String(digit).repeat(64);
const [A, B, C, OTHER, STRANGER] = [1, 2, 3, 4, 5].map((digit) =>
  encodeAddress('p2pkh', new Uint8Array(20).fill(digit), 'mainnet'),
);

/** A and B sign one transaction (1), B and C another (2): one cluster, A and C two links apart. OTHER (3) signs alone. */
const signed = (digit: number, signers: readonly string[], to: string): object => ({
  txid: id(digit),
  height: 100 + digit,
  timestampSec: 1_500_000_000 + 600 * digit,
  inputs: signers.map((prevAddress, at) => ({
    prevTxid: id(9),
    prevVout: 10 * digit + at,
    prevAddress,
    valueSat: '1000',
  })),
  outputs: [{ valueSat: '900', address: to }],
});
const CHAIN = [
  { schema: 'spoor.ledger/1' },
  signed(1, [A, B], STRANGER),
  signed(2, [B, C], STRANGER),
  signed(3, [OTHER], STRANGER),
];

const tag = (of: string, label: string, more: string): string =>
  `  - {address: ${of}, label: ${label}, currency: BTC, source: 'https://x.test/a', lastmod: 2020-01-01, ${more}}`;

describe('tags inherited through a cluster', () => {
  let folder = '';
  let made = 0;
  before(() => {
    folder = freshFolder();
    writeFileSync(join(folder, 'chain.jsonl'), `${CHAIN.map((line) => JSON.stringify(line)).join('\n')}\n`);
  });

  function withTags<T>(tags: readonly string[], work: (context: CaseContext) => T): T {
    made += 1;
    const pack = join(folder, `tags-${made}.yaml`);
    writeFileSync(pack, `${['title: T', 'creator: C', 'tags:', ...tags].join('\n')}\n`);
    return withCase(join(folder, `case-${made}.spoor`), { create: true }, (context) => {
      ingestFiles(context.store, [join(folder, 'chain.jsonl')], { format: 'spoor', network: 'mainnet' });
      importPacks(context, [pack]);
      runClusters(context, { coinjoins: 'exclude', until: null, change: null, keepApart: [] });
      return work(context);
    });
  }

  const listed = (context: CaseContext, address: string, question = {}): readonly ListedTag[] =>
    tagsWithInherited(context, { address, run: null, layer: 'core' }, question).list;
  /** Label, whether inherited, level, links, txid of the weakest. */
  const short = (tags: readonly ListedTag[]): unknown[] =>
    tags.map(({ label, inherited, confidenceLevel, link }) => [
      ...[label, inherited, confidenceLevel],
      ...(link === null ? [] : [link.steps, link.txid, link.heuristic]),
    ]);

  it('the nearest links, what is left of the confidence, best first; nothing from outside the cluster', () => {
    const tags = [
      tag(A, 'Mine', 'confidence: web_crawl'),
      tag(B, 'Bourse', 'category: exchange, confidence: ownership'),
      tag(C, 'Crawled', 'confidence: heuristic'),
      tag(OTHER, 'Else', 'confidence: ownership'),
    ];
    withTags(tags, (context) => {
      // ownership has level 100, of which 50 is left over a core cluster; 20 is its own; heuristic has 10, below 50.
      assert.deepEqual(short(listed(context, A)), [
        ['Bourse', true, 50, 1, id(1), 'common-input'],
        ['Mine', false, 20],
        ['Crawled', true, 10, 2, id(1), 'common-input'],
      ]);
      const [{ link, passed, contested }] = listed(context, A);
      // 9909 of 10000 pairs: ERROR_RATES of common-input. A is tied to the others by transaction 1 alone.
      assert.deepEqual([link?.precisionBp, link?.separates, link?.cluster, link?.layer], [9909, true, A, 'core']);
      assert.deepEqual([passed, contested], [true, null]);
      assert.deepEqual(short(listed(context, OTHER)), [['Else', false, 100]]);
      assert.deepEqual(listed(context, STRANGER), []);
    });
  });

  it('a service in a cluster with a crime of another name is told and not passed on', () => {
    withTags([tag(A, 'Locker', 'abuse: ransomware'), tag(B, 'Bourse', 'category: exchange')], (context) => {
      const ofC = listed(context, C);
      assert.deepEqual(ofC.map(({ label, passed }) => [label, passed]).sort(), [
        ['Bourse', false],
        ['Locker', true],
      ]);
      for (const { contested } of ofC) assert.match(contested ?? '', /Bourse.*is joined with Locker/);
    });
  });

  it('days and retraction count for inherited tags as for own ones', () => {
    withTags([tag(B, 'Bourse', 'category: exchange')], (context) => {
      assert.equal(listed(context, A, { knownAt: '2019-12-31' }).length, 0, 'known since 2020-01-01');
      assert.equal(listed(context, A, { knownAt: '2020-01-01' }).length, 1);
      retractPack(context, `tags-${made}.yaml`, { day: '2022-01-01', reason: null, subject: null });
      assert.equal(listed(context, A).length, 0);
      assert.equal(listed(context, A, { knownAt: '2021-12-31' }).length, 1);
      assert.equal(listed(context, A, { knownAt: '2022-01-01' }).length, 0);
    });
  });

  it('on the command line; refused without an address, for one that no run read, and without extended clusters', () => {
    withTags([tag(B, 'Bourse', 'category: exchange, confidence: ownership')], (context) => {
      assert.throws(
        () => listed(context, encodeAddress('p2pkh', new Uint8Array(20).fill(7), 'mainnet')),
        (error) => {
          return error instanceof SpoorError && error.code === 'NOT_FOUND';
        },
      );
    });
    const list = (...more: string[]) =>
      spoor(folder, 'tag', 'list', '--inherited', '--case', join(folder, `case-${made}.spoor`), ...more);
    const document = JSON.parse(list(A, '--json').stdout);
    assert.equal(document.schema, 'spoor.tags/1');
    assert.deepEqual([document.clusters.layer, document.clusters.run.stale], ['core', false]);
    assert.deepEqual([document.list[0].inherited, document.list[0].link.txid], [true, id(1)]);
    const text = list(A).stdout;
    assert.match(
      text,
      new RegExp(`Bourse.*inherited through cluster:${A} core \\(level 50; 1 link, weakest common-input ${id(1)}`),
    );
    assert.equal(list().status, 2);
    assert.equal(list(A, '--layer', 'extended').status, 2);
    assert.equal(list('nonsense').status, 2);
  });
});
