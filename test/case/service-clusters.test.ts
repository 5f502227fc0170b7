/**
 * Where services end: own addresses, clusters that a tag covers, whole core clusters. The oracle for a stop that is passed on is a case in which
 * every address of the cluster has a tag of its own; the oracle for what is passed on by covering tags is what screening says of each address.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CaseContext,
  conflictsDocument,
  DEFAULT_CONVENTIONS,
  importPacks,
  ingestFiles,
  parseSeed,
  runClusters,
  type ServiceReach,
  trace,
  traceDocument,
  traceReport,
  undoClusters,
  verifyCase,
  why,
  withCase,
} from '../../src/case/index.ts';
import { Identities } from '../../src/case/screen/identity.ts';
import { servicesOfRun } from '../../src/case/trace/service-stop.ts';
import { encodeAddress } from '../../src/chain/bitcoin/index.ts';
import { isServiceCategory } from '../../src/tag/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';

const id = (digit: number): string => String(digit).repeat(64);
const address = (digit: number): string => encodeAddress('p2pkh', new Uint8Array(20).fill(digit), 'mainnet');
/** Payer, ransom wallet, deposit and hot wallet of one exchange, middleman with a hot wallet of another, three ends, a stranger. */
const [PAYER, RANSOM, DEPOSIT, HOT, MIDDLE, OTHER_HOT, END, OTHER_END, LAST, STRANGER] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
].map(address);
const ALL = [PAYER, RANSOM, DEPOSIT, HOT, MIDDLE, OTHER_HOT, END, OTHER_END, LAST, STRANGER];

const from = (digit: number, vout = 0): object => ({ prevTxid: id(digit), prevVout: vout });
const outside = (digit: number, prevAddress: string, valueSat: string): object => ({
  prevTxid: id(9),
  prevVout: digit,
  prevAddress,
  valueSat,
});
const tx = (digit: number, inputs: readonly object[], outputs: ReadonlyArray<readonly [string, string]>): object => ({
  txid: id(digit),
  height: 100 + digit,
  timestampSec: 1_500_000_000 + 600 * digit,
  inputs,
  outputs: outputs.map(([valueSat, to]) => ({ valueSat, address: to })),
});
/** The ransom of 10000 goes 6000 to the deposit, which the exchange sweeps with its hot wallet, and 4000 to the middleman, who signs with another's hot wallet. */
const CHAIN = [
  { schema: 'spoor.ledger/1' },
  tx(1, [outside(1, PAYER, '10000')], [['10000', RANSOM]]),
  tx(
    2,
    [from(1)],
    [
      ['6000', DEPOSIT],
      ['4000', MIDDLE],
    ],
  ),
  tx(3, [from(2, 0), outside(3, HOT, '1000')], [['7000', END]]),
  tx(4, [from(2, 1), outside(4, OTHER_HOT, '1000')], [['5000', OTHER_END]]),
  tx(5, [from(3)], [['7000', LAST]]),
];

const tag = (of: string, label: string, more: string): string =>
  `  - {address: ${of}, label: ${label}, currency: BTC, source: 'https://x.test/a', lastmod: 2020-01-01, ${more}}`;
const exchange = (of: string, label: string, definer = false): string =>
  tag(of, label, `category: exchange${definer ? ', is_cluster_definer: true' : ''}`);
const crime = (of: string): string => tag(of, 'Locker', 'abuse: ransomware');

describe('services by cluster', () => {
  let folder = '';
  let made = 0;
  before(() => {
    folder = freshFolder();
  });

  /** A fresh case with the chain, these tags and a run of clusters. */
  function withTags<T>(tags: readonly string[], work: (context: CaseContext) => T): T {
    made += 1;
    const [chain, pack] = [join(folder, 'chain.jsonl'), join(folder, `tags-${made}.yaml`)];
    writeFileSync(chain, `${CHAIN.map((line) => JSON.stringify(line)).join('\n')}\n`);
    writeFileSync(pack, `${['title: T', 'creator: C', 'tags:', ...tags].join('\n')}\n`);
    return withCase(join(folder, `case-${made}.spoor`), { create: true }, (context) => {
      ingestFiles(context.store, [chain], { format: 'spoor', network: 'mainnet' });
      importPacks(context, [pack]);
      runClusters(context, { coinjoins: 'exclude', until: null, change: null, keepApart: [] });
      return work(context);
    });
  }

  function asked(context: CaseContext, serviceReach?: ServiceReach) {
    return trace(context, {
      seeds: [parseSeed(`r=${id(1)}:0`)],
      rules: ['haircut', 'fifo'],
      limits: { maxHops: null, minSat: null, minShareMillionths: null },
      until: null,
      stopAt: ['service', 'coinjoin'],
      conventions: DEFAULT_CONVENTIONS,
      splitBelowSat: null,
      ...(serviceReach === undefined ? {} : { serviceReach }),
    });
  }

  /** Where fifo taint ends: address, status, amount. */
  function ends(context: CaseContext, run: ReturnType<typeof trace>): string[] {
    const fifo = traceDocument(context, run).rules.find(({ rule }) => rule === 'fifo');
    return (fifo?.holdings ?? []).map(({ address: at, status, taint }) => `${at} ${status} ${taint.r}`);
  }

  const SERVICES = [exchange(HOT, 'Bourse'), exchange(OTHER_HOT, 'Market'), crime(MIDDLE)];
  const PASSED = [`${OTHER_END} held 4000`, `${LAST} held 6000`].map((line) => line.replace('held', 'unspent'));

  it('own is what is not asked for: a deposit that no tag names is passed through', () => {
    withTags(SERVICES, (context) => {
      const plain = asked(context);
      assert.equal(asked(context, 'own').run.id, plain.run.id);
      assert.equal(plain.run.params.includes('serviceReach'), false);
      assert.deepEqual(ends(context, plain), PASSED);
      assert.equal(traceDocument(context, plain).serviceConflicts, undefined);
    });
  });

  it('core stops at the deposit, as if it had a tag of its own; a service with a ransom address is a conflict and no stop', () => {
    const documents = withTags(SERVICES, (context) => {
      const run = asked(context, 'core');
      assert.deepEqual(ends(context, run), [`${DEPOSIT} stopped 6000`, `${OTHER_END} unspent 4000`]);
      const document = traceDocument(context, run);
      const [stopped] = document.rules[0].holdings;
      assert.equal(stopped.stop?.inherited?.from, HOT);
      // Web crawls and the like are below 50; a tag without confidence stays at its own level.
      assert.ok((stopped.stop?.inherited?.level ?? 100) <= 50);
      assert.match(stopped.stop?.tag ?? '', /Bourse.*core cluster it shares with/);
      assert.deepEqual(document.serviceConflicts, [
        `cluster:${MIDDLE} passes no stop on: an address of a service, Market (${OTHER_HOT}), is joined with Locker (${MIDDLE}): ` +
          'the cluster may be that of the service alone, or a false merge',
      ]);
      const report = traceReport(context, run, 'T');
      assert.deepEqual(
        report.services.map(({ address: at, service, byRule, inherited }) => [
          at,
          service,
          byRule.fifo,
          inherited?.from,
        ]),
        [[DEPOSIT, 'Bourse', '6000', HOT]],
      );
      assert.ok(report.story.some(({ heading }) => heading.includes('pass no stop on')));
      assert.ok(report.conventions.some(({ name, value }) => name === 'service clusters' && value.startsWith('core')));
      assert.ok(verifyCase(context).ok);
      return document.rules.map(({ books }) => books);
    });
    const own = withTags([...SERVICES, exchange(DEPOSIT, 'Bourse')], (context) =>
      traceDocument(context, asked(context)).rules.map(({ books }) => books),
    );
    assert.deepEqual(documents, own);
  });

  it('why replays the same stops: the deposit has its walk, what lies behind it is clean', () => {
    withTags(SERVICES, (context) => {
      const { run } = asked(context, 'core');
      const found = why(context, { subject: `${id(2)}:0`, rule: 'fifo', run: run.id });
      assert.deepEqual(
        found.outputs[0].origins.map(({ amount }) => amount),
        ['6000'],
      );
      assert.throws(() => why(context, { subject: `${id(3)}:0`, rule: 'fifo', run: run.id }), { code: 'NOT_FOUND' });
      // The run rests on its clusters: without them it cannot be read as it was.
      undoClusters(context, run.params.match(/"clusterRun":"([0-9a-f]+)"/)?.[1] ?? '');
      assert.throws(() => why(context, { subject: `${id(2)}:0`, rule: 'fifo', run: run.id }), { code: 'NOT_FOUND' });
    });
  });

  it('definer passes on what screening passes on, address by address', () => {
    for (const definer of [true, false]) {
      withTags([exchange(HOT, 'Bourse', definer), exchange(STRANGER, 'Market', true)], (context) => {
        const run = asked(context, 'definer');
        const stops = servicesOfRun(context, run);
        const identities = new Identities(context, { knownAt: null, network: 'BTC', clusters: true });
        for (const each of ALL) {
          const claims = identities.identityOf(each, null)?.claims ?? [];
          assert.equal(
            stops.has(each),
            claims.some(({ category }) => isServiceCategory(category, [])),
            each,
          );
        }
        assert.equal(stops.has(DEPOSIT), definer);
        const expected = definer ? [`${DEPOSIT} stopped 6000`, PASSED[0]] : PASSED;
        assert.deepEqual(ends(context, run), expected);
      });
    }
  });

  it('two services in one cluster, or a seed in one, pass nothing on', () => {
    withTags([exchange(HOT, 'Bourse'), exchange(DEPOSIT, 'Market')], (context) => {
      const run = asked(context, 'core');
      assert.match(String(traceDocument(context, run).serviceConflicts), /two services or more in one cluster/);
      // The deposit has a tag of its own here: that stop stands.
      assert.deepEqual(ends(context, run), [`${DEPOSIT} stopped 6000`, PASSED[0]]);
    });
    withTags([exchange(HOT, 'Bourse')], (context) => {
      const run = trace(context, { ...REQUEST_OF_DEPOSIT, seeds: [parseSeed(`r=${id(2)}:0`)] });
      assert.deepEqual(traceDocument(context, run).serviceConflicts?.length, 1);
      assert.match(String(traceDocument(context, run).serviceConflicts), /a seed of this trace is joined with/);
      assert.deepEqual(ends(context, run), [`${LAST} unspent 6000`]);
    });
  });

  it('a cluster that contradicts itself passes no service on in a screening either; who asks about the address sees the claim and why', () => {
    withTags([exchange(OTHER_HOT, 'Market', true), crime(MIDDLE), exchange(HOT, 'Bourse', true)], (context) => {
      const identities = new Identities(context, { knownAt: null, network: 'BTC', clusters: true });
      const claims = (of: string): unknown[] =>
        identities.claims(of, null).map(({ label, inherited, contested, confidence_level: level }) => {
          return [label, inherited, contested === undefined ? null : contested.includes('false merge'), level <= 50];
        });
      // A crime holds whatever its cluster says; the exchange is told of the middleman and stops no walk there.
      assert.deepEqual(claims(MIDDLE), [
        ['Locker', false, null, true],
        ['Market', true, true, true],
      ]);
      const held = (of: string): unknown[] | undefined =>
        identities.identityOf(of, null)?.claims.map(({ label }) => label);
      assert.deepEqual(held(MIDDLE), ['Locker']);
      assert.deepEqual(held(OTHER_HOT), ['Market']);
      assert.deepEqual([claims(DEPOSIT), held(DEPOSIT)], [[['Bourse', true, null, true]], ['Bourse']]);
    });
  });

  it('an inherited claim is no surer than the link that passes it on', () => {
    withTags([`${exchange(HOT, 'Bourse', true).slice(0, -1)}, confidence: ownership}`], (context) => {
      const identities = new Identities(context, { knownAt: null, network: 'BTC', clusters: true });
      const levels = [HOT, DEPOSIT].map((of) => identities.claims(of, null).map((claim) => claim.confidence_level));
      // GraphSense taxonomy: ownership is 100; ours for links of the core is 50.
      assert.deepEqual(levels, [[100], [50]]);
    });
    const ask = (of: string): string =>
      spoor(folder, 'screen', of, '--case', join(folder, `case-${made}.spoor`)).stdout;
    assert.match(ask(HOT), /said of the address: Bourse/);
    assert.match(
      ask(DEPOSIT).replace(/\s+/g, ' '),
      /said of another address of its cluster: Bourse .*, level 50 by that link/,
    );
  });

  it('conflicts: the pair to keep apart with its sources, the transaction all hangs on; kept apart it is gone', () => {
    const actor = (of: string, label: string, name: string): string =>
      tag(of, label, `category: hosting, actor: ${name}`);
    withTags([...SERVICES, actor(HOT, 'Host', 'host'), actor(DEPOSIT, 'Shop', 'shop')], (context) => {
      const { clusters, moreClusters } = conflictsDocument(context, { run: null, layer: 'core' });
      assert.equal(moreClusters, 0);
      const told = clusters.map(({ cluster, size, conflicts }) => [cluster, size, conflicts.map(({ kind }) => kind)]);
      assert.deepEqual(told, [
        [DEPOSIT, 2, ['two-owners']],
        [MIDDLE, 2, ['service-and-crime']],
      ]);
      const [owners, crimes] = clusters.map(({ conflicts }) => conflicts[0].proposals);
      // By hand: transaction 4 has the middleman and the other hot wallet as inputs, and nothing else joins them; tag 1 and 2 of the pack.
      const pack = `tags-${made}.yaml`;
      assert.deepEqual(
        crimes.map(({ tags, ...rest }) => ({ ...rest, tags: tags.map(({ source, actor: who }) => [source, who]) })),
        [
          {
            addresses: [OTHER_HOT, MIDDLE],
            tags: [
              [`${pack}#1`, null],
              [`${pack}#2`, null],
            ],
            links: 1,
            weakest: { heuristic: 'common-input', txid: id(4) },
            hangsOn: [id(4)],
          },
        ],
      );
      assert.deepEqual(owners[0].hangsOn, [id(3)]);
      const keepApart = [crimes[0].addresses, owners[0].addresses];
      const { counts } = runClusters(context, { coinjoins: 'exclude', until: null, change: null, keepApart });
      assert.deepEqual(counts.refused.map(({ txid }) => txid).sort(), [id(3), id(4)]);
      assert.deepEqual(conflictsDocument(context, { run: null, layer: 'core' }).clusters, []);
    });
  });

  it('conflicts on the command line: the run counts them, the command names them; names on one address cannot be kept apart', () => {
    withTags([exchange(HOT, 'Bourse'), exchange(HOT, 'Market')], () => undefined);
    const file = join(folder, `case-${made}.spoor`);
    const run = spoor(folder, 'cluster', '--case', file);
    assert.deepEqual([run.status, /1 core cluster has tags that contradict/.test(run.stderr)], [0, true], run.stderr);
    const asked = spoor(folder, 'cluster', 'conflicts', '--case', file);
    assert.equal(asked.status, 0, asked.stderr);
    assert.match(asked.stdout, /two services or more in one cluster: Bourse .*, Market /);
    assert.match(asked.stdout, /the names are on one address: nothing can be kept apart/);
    const json = JSON.parse(spoor(folder, 'cluster', 'conflicts', '--case', file, '--json').stdout);
    assert.deepEqual([json.schema, json.clusters[0].conflicts[0].proposals], ['spoor.cluster-conflicts/1', []]);
    assert.equal(spoor(folder, 'cluster', 'conflicts', '--layer', 'extended', '--case', file).status, 2);
  });

  it('needs clusters of the facts there are, and says so; asks nothing it cannot keep', () => {
    withTags(SERVICES, (context) => {
      const more = join(folder, 'more.jsonl');
      writeFileSync(more, `${JSON.stringify(CHAIN[0])}\n${JSON.stringify(tx(6, [from(4)], [['5000', STRANGER]]))}\n`);
      ingestFiles(context.store, [more], { format: 'spoor', network: 'mainnet' });
      assert.throws(() => asked(context, 'core'), { code: 'VERIFY_FAILED' });
    });
    const file = join(folder, 'case-1.spoor');
    const base = ['trace', '--case', file, '--seed', `r=${id(1)}:0`];
    const core = spoor(folder, ...base, '--service-clusters', 'core', '--json');
    assert.equal(core.status, 0, core.stderr);
    assert.match(core.stderr, /conflict: cluster:/);
    assert.equal(JSON.parse(core.stdout).run.params.serviceReach, 'core');
    for (const wrong of [
      ['--follow', '--url', 'http://127.0.0.1:1'],
      ['--stop-at', 'none'],
      ['--backward', '--subject', id(1)],
    ])
      assert.equal(spoor(folder, ...base, '--service-clusters', 'core', ...wrong).status, 2, wrong.join(' '));
  });
});

const REQUEST_OF_DEPOSIT = {
  rules: ['fifo'],
  limits: { maxHops: null, minSat: null, minShareMillionths: null },
  until: null,
  stopAt: ['service'],
  conventions: DEFAULT_CONVENTIONS,
  splitBelowSat: null,
  serviceReach: 'core',
} as const;
