/** Traces over accounts on the command line: worked by hand, and on two thefts whose figures are published. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AccountTraceDocument } from '../../src/report/index.ts';
import { freshFolder, type Outcome, spoor } from '../support/cli.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';

const ETHER = 10n ** 18n;

function documentOf(outcome: Outcome): AccountTraceDocument {
  assert.equal(outcome.status, 0, outcome.stderr);
  return JSON.parse(outcome.stdout) as AccountTraceDocument;
}

/** seeded + converted in - all other terms, which is nothing. */
function assertBooksAddUp({ rules }: AccountTraceDocument): void {
  for (const { rule, conserves, books } of rules) {
    assert.equal(conserves, rule !== 'poison');
    for (const row of books) {
      const right = [row.held, row.fee, row.stopped, row.cut, row.burned, row.unresolved, row.convertedOut];
      const sum = right.reduce((total, amount) => total + BigInt(amount), 0n);
      assert.equal(BigInt(row.seeded) + BigInt(row.convertedIn), sum, `${rule} ${row.label} ${row.asset}`);
    }
  }
}

describe('trace over accounts', () => {
  const payer = (digit: string): string => `0x${digit.repeat(40)}`;
  const hash = (digit: string): string => `0x${digit.repeat(64)}`;
  let folder = '';

  /** Methods 4.2: clean 5, tainted 1, clean 5 arrive at C; C sends 5 to D. No gas. */
  before(() => {
    folder = freshFolder();
    const rows = [
      [hash('1'), payer('a'), payer('c'), 5n * ETHER, 10],
      [hash('2'), payer('b'), payer('c'), ETHER, 11],
      [hash('3'), payer('a'), payer('c'), 5n * ETHER, 12],
      [hash('4'), payer('c'), payer('d'), 5n * ETHER, 13],
    ].map(([id, from, to, value, block]) => [
      id,
      from,
      to,
      value,
      1_600_000_000 + Number(block),
      block,
      '',
      '',
      0,
      0,
      0,
    ]);
    const heads = 'hash,from,to,value,timeStamp,blockNumber,tokenSymbol,contractAddress,isError,gasPrice,gasUsed';
    writeFileSync(join(folder, 'rows.csv'), `${[heads, ...rows.map((row) => row.join(','))].join('\n')}\n`);
    const fed = spoor(folder, 'ingest', 'rows.csv', '--quiet');
    assert.equal(fed.status, 0, fed.stderr);
  });

  const trace = (...args: string[]): Outcome => spoor(folder, 'trace', '--json', '--quiet', ...args);

  it('without a trace, why and report name a command that there is', () => {
    const { status, stderr } = spoor(folder, 'why', payer('d'));
    assert.equal(status, 3);
    assert.match(stderr, /no run of trace over accounts yet\n {2}make one with: spoor trace --seed/);
  });

  it('the worked example: 5/11 by haircut, nothing by fifo and lifo, all of it taint first', () => {
    const document = documentOf(trace('--seed', `S=${hash('2')}`, '--rule', 'all'));
    assert.equal(document.schema, 'spoor.trace/1');
    assert.deepEqual([document.run.chain, document.run.tip.height], ['ethereum', 13]);
    assertBooksAddUp(document);
    const at = (rule: string): string | undefined =>
      document.rules
        .find((one) => one.rule === rule)
        ?.holdings.find(({ account }) => account.toLowerCase() === payer('d'))?.taint.S;
    // 5 x 1 / 11 ether in whole wei: the clean part has the larger remainder and gets the unit left over.
    assert.equal(at('haircut'), '454545454545454545');
    assert.deepEqual([at('fifo'), at('lifo'), at('clean-first')], [undefined, undefined, undefined]);
    assert.deepEqual([at('taint-first'), at('poison')], [String(ETHER), String(5n * ETHER)]);
    // The case holds no payment out of D, so what rests there is not called held.
    const holding = document.rules.find(({ rule }) => rule === 'haircut')?.holdings.find(({ hops }) => hops === 1);
    assert.deepEqual([holding?.status, holding?.stop?.reason], ['unresolved', 'no-coverage']);
  });

  it('an account, an asset and a range of blocks are subjects; labels are in the order of their first receipt', () => {
    const document = documentOf(
      trace('--seed', `late=${payer('c')}/native@12..12`, '--seed', `early=${payer('c')}@..10`, '--rule', 'fifo'),
    );
    assert.deepEqual(
      document.seeds.map(({ label, outputs, amount }) => [label, outputs, amount]),
      [
        ['early', 1, String(5n * ETHER)],
        ['late', 1, String(5n * ETHER)],
      ],
    );
    const sent = document.rules[0].holdings.find(({ account }) => account.toLowerCase() === payer('d'));
    assert.deepEqual(sent?.taint, { early: String(5n * ETHER) });
  });

  it('why leads back to the seed; report is of the latest run of either chain, same bytes each time', () => {
    documentOf(trace('--seed', `S=${hash('2')}`, '--rule', 'haircut'));
    const why = JSON.parse(spoor(folder, 'why', payer('d'), '--json').stdout) as {
      outputs: Array<{ steps: Array<{ kind: string; transaction: string }>; origins: unknown[] }>;
    };
    assert.deepEqual(
      why.outputs[0].steps.map(({ kind, transaction }) => [kind, transaction]),
      [
        ['seed', hash('2')],
        ['move', hash('4')],
      ],
    );
    for (const format of ['html', 'md', 'csv', 'json', 'text']) {
      const [one, two] = [0, 1].map(() => spoor(folder, 'report', '--format', format));
      assert.equal(one.status, 0, one.stderr);
      assert.equal(one.stdout, two.stdout);
      assert.match(one.stdout, /454545454545454545|0\.454545454545454545/);
    }
  });

  const refused: ReadonlyArray<readonly [name: string, args: readonly string[], says: RegExp, status: number]> = [
    ['a wrong checksum', ['--seed', 'S=0x098B716B8Aaf21512996dC57EB0615e2383E2f97'], /checksum|character/, 2],
    ['both chains in one run', ['--seed', `S=${payer('c')}`, '--seed', 'T=tagx'], /one chain/, 2],
    ['an option of the other chain', ['--seed', `S=${payer('c')}`, '--min-sat', '5'], /--min-sat is for Bitcoin/, 2],
    ['an option of this chain on the other', ['--seed', 'S=tag:x', '--gas', 'last'], /--gas is for Ethereum/, 2],
    ['a rule that is none', ['--seed', `S=${payer('c')}`, '--rule', 'tiho'], /knows haircut/, 2],
    ['an account the case never saw', ['--seed', `S=${payer('e')}`], /nothing in the case is about/, 3],
    ['a symbol for an asset', ['--seed', `S=${payer('c')}/USDC`], /contract/, 2],
  ];
  for (const [name, args, says, status] of refused) {
    it(`refuses ${name}`, () => {
      const outcome = trace(...args);
      assert.equal(outcome.status, status, outcome.stderr);
      assert.match(outcome.stderr, says);
    });
  }

  itWithData('Ronin: 173,600 ether by an internal move and 25.5 million USDC, to the second hop', 'ronin-2022', () => {
    const own = freshFolder();
    const lists = ['txlist.json.gz', 'txlistinternal.json', 'tokentx.json'].map((list) =>
      sharedData(`ronin-2022/etherscan.0x098b716b.${list}`),
    );
    const table = sharedData('ronin-2022/lazarus_sanctioned_addresses_eth_transfers.csv');
    assert.equal(spoor(own, 'ingest', '--quiet', ...lists, table).status, 0);
    // Transactions of PROVENANCE.md and of the reference, section E.
    const ether = '0xc28fad5e8d5e0ce6a2eaf67b6687be5d58113e16be590824d6cfa1a94467d0b7';
    const dollars = '0xed2c72ef1a552ddaec6dd1f5cddf0b59a8f37f82bdda5257d9c7c37db7bb9b08';
    const document = documentOf(
      spoor(own, 'trace', '--json', '--quiet', '--seed', `R=${ether}`, '--seed', `R=${dollars}`, '--rule', 'all'),
    );
    assertBooksAddUp(document);
    assert.deepEqual(
      document.seeds.map(({ asset, amount }) => [asset, amount]),
      [
        ['native', String(173_600n * ETHER)],
        ['0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', String(25_500_000n * 10n ** 6n)],
      ],
    );
    // The thief kept 1.947 ether but for 0.151 of fees (PROVENANCE.md): all else went on.
    const thief = '0x098B716B8Aaf21512996dC57EB0615e2383E2f96';
    for (const { rule, conserves, holdings } of document.rules) {
      if (!conserves) continue;
      const kept = holdings.find(
        ({ account, asset, status }) => account === thief && asset === 'native' && status === 'unspent',
      );
      assert.ok(BigInt(kept?.taint.R ?? '0') < 2n * ETHER, rule);
      const second = holdings.filter(({ hops, taint }) => hops === 2 && BigInt(taint.R) > 0n);
      assert.ok(second.length >= 20, `${rule}: ${second.length} places at the second hop`);
    }
    // Payments of the 7 sanctioned accounts have no hash: that is a gap with its count, and floats are named.
    const kinds = new Set(document.gaps.map(({ kind }) => kind));
    for (const kind of ['approximate-amount', 'fee-missing', 'internal-missing'])
      assert.ok(kinds.has(kind), `${kind} among ${[...kinds].join(', ')}`);
  });

  itWithData(
    'Bancor: every wei that reached the first account is at Huobi, with a fee, or named where it rests',
    'bancor-2018',
    () => {
      const own = freshFolder();
      const file = sharedData('bancor-2018/all-tx.csv.gz');
      const names = readFileSync(sharedData('bancor-2018/all-address.csv'), 'utf8').split('\n').slice(1);
      const labelled = names.map((line) => line.split(',')).filter(([, , label]) => label?.trim() === 'exchange');
      const pack = ['title: Exchanges of the data set', 'creator: XBlock', 'tags:'].concat(
        labelled.map(
          ([address, name]) =>
            `  - {address: "${address}", label: "${name}", source: "https://xblock.pro", currency: ETH, category: exchange, confidence: forensic}`,
        ),
      );
      writeFileSync(join(own, 'exchanges.yaml'), `${pack.join('\n')}\n`);
      assert.equal(spoor(own, 'ingest', '--quiet', file).status, 0);
      const imported = spoor(own, 'tag', 'import', 'exchanges.yaml', '--quiet');
      assert.equal(imported.status, 0, imported.stderr);
      const transit = names.map((line) => line.split(',')).find(([, name]) => name === 'ml_transit_0')?.[0] ?? '';
      const document = documentOf(
        spoor(own, 'trace', '--json', '--quiet', '--seed', `B=${transit}`, '--rule', 'haircut,fifo,taint-first,poison'),
      );
      assertBooksAddUp(document);
      // From the file alone, read here a second time: what the account received in transactions that did not fail.
      const rows = gunzipSync(readFileSync(file))
        .toString('utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(','));
      const received = rows
        .filter(([, , to, , , , symbol, , failed]) => to === transit && symbol === '' && Number(failed) === 0)
        .reduce((sum, [, , , value]) => sum + BigInt(value), 0n);
      assert.equal(document.seeds[0].amount, String(received));
      assert.ok(received / 10n ** 15n >= 25_533_614n, 'PROVENANCE.md: 25,533.614 ether');
      for (const { rule, conserves, books, holdings } of document.rules) {
        if (!conserves) continue;
        const stopped = holdings.filter(({ status, stop }) => status === 'stopped' && stop?.tag.startsWith('Huobi'));
        const atHuobi = stopped.reduce((sum, { taint }) => sum + BigInt(taint.B), 0n);
        assert.equal(String(atHuobi), books[0].stopped, rule);
        assert.ok(atHuobi * 1000n > received * 950n, `${rule}: ${atHuobi} of ${received}`);
      }
    },
  );
});
