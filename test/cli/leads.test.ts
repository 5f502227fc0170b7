/** `leads` on a case by hand: a withdrawal to the account that deposited, and a pair that a bridge published with its payment on Bitcoin. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountTraceDocument, LeadsDocument } from '../../src/report/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';

/** The pool of 100 ether (labels-eth-known, tornadocontracts.csv), and the day before and after OFAC listed it (2022-08-08). */
const POOL = '0xa160cdab225685da1d56aa342ad8841c3b53f291';
const BEFORE_SEC = Date.parse('2022-08-07T12:00:00Z') / 1000;
const AFTER_SEC = Date.parse('2022-08-09T12:00:00Z') / 1000;
const [ONE, OTHER] = ['1', '2'].map((digit) => `0x${digit.repeat(40)}`);
const HUNDRED = `1${'0'.repeat(20)}`;

function deposit(number: number, from: string, timestampSec: number): object {
  const event = {
    emitter: POOL,
    name: 'tornado.deposit',
    fields: { leafIndex: String(number - 1) },
    logIndex: 0,
    step: null,
  };
  return at(number, { from, to: POOL, valueWei: HUNDRED, events: [event], timestampSec });
}

function at(number: number, more: object): object {
  const hash = `0x${String(number).repeat(64)}`;
  return {
    transaction: {
      hash,
      blockNumber: number,
      txIndex: 0,
      succeeded: true,
      internal: [],
      tokens: [],
      ...more,
      approximate: false,
    },
  };
}

describe('leads', () => {
  const folder = freshFolder();

  it('names the deposit of the same account among all, with the chance of drawing it blindly', () => {
    const withdrawn = {
      emitter: POOL,
      name: 'tornado.withdrawal',
      fields: { to: ONE, relayer: `0x${'0'.repeat(40)}`, fee: '0' },
      logIndex: 0,
      step: null,
    };
    const back = { kind: 'call', from: POOL, to: ONE, valueWei: HUNDRED, traceAddress: '0', step: null };
    const lines = [
      { schema: 'spoor.accounts/1', chainId: 1 },
      deposit(1, ONE, BEFORE_SEC),
      deposit(2, OTHER, AFTER_SEC),
      at(3, {
        from: ONE,
        to: POOL,
        valueWei: '0',
        internal: [back],
        events: [withdrawn],
        timestampSec: AFTER_SEC + 60,
      }),
    ];
    writeFileSync(join(folder, 'facts.jsonl'), `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
    const fed = spoor(folder, 'ingest', 'facts.jsonl', '--quiet');
    assert.equal(fed.status, 0, fed.stderr);
    const { status, stdout, stderr } = spoor(folder, 'leads', '--json', '--quiet');
    assert.equal(status, 0, stderr);
    const { mixers, tornado, claim } = JSON.parse(stdout) as LeadsDocument;
    assert.deepEqual(
      mixers.map(({ direction, notes, amount }) => [direction, notes, amount]),
      [
        ['deposit', 2, `2${'0'.repeat(20)}`],
        ['withdrawal', 1, HUNDRED],
      ],
    );
    const [match] = tornado.filter(({ heuristic }) => heuristic === 'address-match');
    // Two deposits stand before the withdrawal, one is of the same account: one in two by chance, ln 2 nats less doubt.
    assert.deepEqual([match.candidates.length, match.crowd, match.chance, match.nats], [1, 2, '1/2', '0.693147']);
    assert.equal(match.candidates[0].account, ONE);
    assert.match(claim, /no taint follows/);
    const text = spoor(folder, 'leads').stdout.replace(/\s+/g, ' ');
    assert.match(text, /address-match: .*1 deposit of 2/);
    assert.match(text, /2 deposits, 200 ETH/);
  });

  it('a trace says whether the pool was on a sanctions list when taint arrived', () => {
    const sanctioned = [ONE, OTHER].map((account, index) => {
      const seed = `S=${account}/native@..${index + 3}`;
      const funded = { from: `0x${'9'.repeat(40)}`, to: account, valueWei: HUNDRED };
      const lines = [
        { schema: 'spoor.accounts/1', chainId: 1 },
        at(4 + index, { ...funded, blockNumber: 0, timestampSec: 1_500_000_000, txIndex: index }),
      ];
      writeFileSync(join(folder, `fund${index}.jsonl`), `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
      assert.equal(spoor(folder, 'ingest', `fund${index}.jsonl`, '--quiet').status, 0);
      const { stdout, stderr } = spoor(folder, 'trace', '--seed', seed, '--rule', 'haircut', '--json', '--quiet');
      const document = JSON.parse(stdout || 'null') as AccountTraceDocument | null;
      assert.ok(document !== null, stderr);
      const text = spoor(folder, 'report', '--format', 'text').stdout;
      return text.replace(/\s+/g, ' ').includes('on a sanctions list at the time');
    });
    assert.deepEqual(sanctioned, [false, true]);
  });

  it('a window that is no number is refused by the name of its option', () => {
    const { status, stderr } = spoor(folder, 'leads', '--payout-hours', 'soon');
    assert.equal(status, 2);
    assert.match(stderr, /--payout-hours/);
  });
});
