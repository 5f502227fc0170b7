/**
 * Drawn orders of inputs and outputs. The oracle of an order is a case of its own: the ledger file written again in that order, and traced as any other.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CaseContext,
  DEFAULT_CONVENTIONS,
  ingestFiles,
  parseSeed,
  type TraceRequest,
  trace,
  traceDocument,
  withCase,
} from '../../src/case/index.ts';
import { studyOrders } from '../../src/case/study/index.ts';
import { drawnOrder, orderSeed } from '../../src/case/study/permuted-view.ts';
import { encodeAddress } from '../../src/chain/bitcoin/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { projectPath } from '../support/shared-data.ts';

const SAMPLE = projectPath('samples/wannacry/transactions.jsonl');
const WALLETS = ['115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn', '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw'];

interface Line {
  readonly txid: string;
  readonly alias?: string;
  readonly inputs: ReadonlyArray<{
    readonly prevTxid?: string;
    readonly prevAlias?: string;
    readonly prevVout: number;
  }>;
  readonly outputs: readonly object[];
}

/** The ledger file in a drawn order. What a txid commits to is no more whole, so version and lock time are left out. */
function rewritten(lines: readonly Line[], key: string): object[] {
  const byAlias = new Map(lines.map(({ alias, txid }) => [alias, txid]));
  const orderOf = (txid: string, side: 'vin' | 'vout', count: number): number[] =>
    drawnOrder(orderSeed({ key, order: 1, txid, side }), count);
  const vouts = new Map(lines.map(({ txid, outputs }) => [txid, orderOf(txid, 'vout', outputs.length)]));
  return lines.map((line) => {
    const { version: _version, lockTime: _lockTime, ...rest } = line as Line & { version?: number; lockTime?: number };
    const inputs = orderOf(line.txid, 'vin', line.inputs.length).map((vin) => {
      const input = line.inputs[vin];
      const order = vouts.get(input.prevTxid ?? byAlias.get(input.prevAlias) ?? '');
      return { ...input, prevVout: order === undefined ? input.prevVout : order.indexOf(input.prevVout) };
    });
    return { ...rest, inputs, outputs: vouts.get(line.txid)?.map((vout) => line.outputs[vout]) };
  });
}

const question = (rules: readonly string[], seeds: readonly string[]): TraceRequest => ({
  seeds: seeds.map((text) => parseSeed(text)),
  rules,
  limits: { maxHops: null, minSat: null, minShareMillionths: null },
  until: null,
  stopAt: ['none'],
  conventions: DEFAULT_CONVENTIONS,
  splitBelowSat: null,
});

describe('study orders', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
  });

  function withLines<T>(name: string, lines: readonly object[], work: (context: CaseContext) => T): T {
    const file = join(folder, `${name}.jsonl`);
    const head = { schema: 'spoor.ledger/1' };
    writeFileSync(file, `${[head, ...lines].map((line) => JSON.stringify(line)).join('\n')}\n`);
    return withCase(join(folder, `${name}.spoor`), { create: true }, (context) => {
      ingestFiles(context.store, [file], { format: 'spoor', network: 'mainnet' });
      return work(context);
    });
  }

  const id = (digit: number): string => String(digit).repeat(64);
  const address = (digit: number): string => encodeAddress('p2pkh', new Uint8Array(20).fill(digit), 'mainnet');
  const outside = (digit: number): object => ({
    prevTxid: id(9),
    prevVout: digit,
    valueSat: '10',
    prevAddress: address(digit),
  });
  /** Ten dirty satoshi and ten clean ones, paid as ten to each of two. */
  const SPLIT = [
    { txid: id(1), height: 101, inputs: [outside(1)], outputs: [{ valueSat: '10', address: address(2) }] },
    {
      txid: id(2),
      height: 102,
      inputs: [{ prevTxid: id(1), prevVout: 0 }, outside(3)],
      outputs: [
        { valueSat: '10', address: address(4) },
        { valueSat: '10', address: address(5) },
      ],
    },
  ];

  it('by hand: FIFO gives all ten to one of two payees, which one is the order; haircut five to each in any', () => {
    withLines('split', SPLIT, (context) => {
      const request = { trace: question(['fifo', 'haircut'], [`d=${id(1)}:0`]), orders: 200, key: 'k', top: 5 };
      const [fifo, haircut] = studyOrders(context, request).rules;
      const told = fifo.places.map(({ address: at, chain, least, most }) => [at, chain, least, most]);
      assert.deepEqual(
        told.sort(),
        [
          [address(4), '10', '0', '10'],
          [address(5), '0', '0', '10'],
        ].sort(),
      );
      const [one, other] = fifo.places.map(({ seen }) => seen);
      assert.equal(one + other, 200);
      // Four orders, two for each payee: 200 fair draws lie outside 60 to 140 once in 60 million times.
      assert.ok(one > 60 && one < 140, `${one} of 200`);
      assert.deepEqual([fifo.books.held.least, fifo.books.held.most], ['10', '10']);
      assert.deepEqual([haircut.places, haircut.steadyPlaces], [[], 2]);
    });
  });

  it('WannaCry: an order is what a case written in that order says, under every rule, address by address', () => {
    const rules = ['fifo', 'lifo', 'lifo-reverse', 'tiho', 'seniority', 'haircut', 'dirty-first'];
    const lines = readFileSync(SAMPLE, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line) as Line);
    const seeds = WALLETS.map((wallet, place) => `${place}=${wallet}`);
    const atRest = (context: CaseContext): Array<{ rule: string; byAddress: Map<string, number> }> =>
      traceDocument(context, trace(context, question(rules, seeds))).rules.map(({ rule, holdings }) => {
        const byAddress = new Map<string, number>();
        for (const { address: at, taint } of holdings) {
          const sum = Object.values(taint).reduce((total, amount) => total + Number(amount), 0);
          byAddress.set(at ?? 'null', (byAddress.get(at ?? 'null') ?? 0) + sum);
        }
        return { rule, byAddress };
      });
    let moved = 0;
    for (const key of ['a', 'b', 'c']) {
      const wanted = withLines(`oracle-${key}`, rewritten(lines, key), atRest);
      withLines(`chain-${key}`, lines, (context) => {
        const request = { trace: question(rules, seeds), orders: 1, key, top: 10_000 };
        const found = studyOrders(context, request).rules;
        const ofChain = atRest(context);
        for (const [at, { rule, byAddress }] of wanted.entries()) {
          assert.equal(found[at].rule, rule);
          moved += found[at].places.length;
          const moving = new Set(found[at].places.map((place) => place.address ?? 'null'));
          for (const [place, amount] of byAddress)
            if (!moving.has(place)) assert.equal(amount, ofChain[at].byAddress.get(place), `${rule} at ${place}`);
          for (const { address: place, least, most } of found[at].places) {
            assert.equal(least, most);
            assert.equal(String(byAddress.get(place ?? 'null') ?? 0), most, `${rule} at ${place}, key ${key}`);
          }
        }
      });
    }
    assert.ok(moved > 30, `${moved} places moved`);
  });

  it('on the command line: the same bytes again, another key another draw; rules without amounts and bad counts are refused', () => {
    withLines('cli', SPLIT, () => undefined);
    const ask = (...more: string[]) =>
      spoor(folder, 'study', 'orders', '--case', join(folder, 'cli.spoor'), '--seed', `d=${id(1)}:0`, ...more);
    const first = ask('--orders', '20', '--json');
    assert.equal(first.status, 0, first.stderr);
    assert.equal(ask('--orders', '20', '--json').stdout, first.stdout);
    const document = JSON.parse(first.stdout);
    assert.deepEqual([document.schema, document.seeded, document.params.key], ['spoor.study-orders/1', '10', 'spoor']);
    assert.notEqual(ask('--orders', '20', '--draw-key', 'other', '--json').stdout, first.stdout);
    assert.match(ask('--rule', 'fifo').stdout, /100 drawn orders[\s\S]*fifo[\s\S]*held/);
    for (const wrong of [
      ['--rule', 'poison'],
      ['--rule', 'address-taint'],
      ['--orders', '0'],
      ['--orders', 'many'],
    ])
      assert.equal(ask(...wrong).status, 2, wrong.join(' '));
  });
});
