/** Leads through a mixer: each heuristic exactly on its threshold and one beside it, with crowd, information and chance by hand. */
import assert from 'node:assert/strict';
import { type Account, type AccountTransactionRecord, type AccountView, account } from '../../src/ledger/index.ts';
import {
  accountTerminals,
  mixerNotes,
  type TornadoHeuristic,
  type TornadoLeadOptions,
  tornadoLeads,
} from '../../src/pattern/index.ts';
import { deal, ETH, event, paid, person, viewOf } from '../support/account-history.ts';

const ONE = account('0x47ce0c6ed5b0ce3d3a51fdb1c52dc66a7c3c2936');
const TEN = account('0x910cbd523d972eb0a6f4cae4618ad62622b39dbf');
const ZERO = `0x${'0'.repeat(40)}`;
const [ANN, BOB, CAL, RELAYER] = [1, 2, 3, 4].map(person);
const DAY = 86_400;

interface Given {
  readonly price?: bigint;
  readonly block?: number;
  readonly sec?: number;
  readonly pool?: Account;
  readonly type?: number;
}

function noteBase(number: number, { price = 7n, block = number, sec = number, type }: Given) {
  return { blockNumber: block, timestampSec: sec, gasPriceWei: price, type: type ?? null, number };
}

function into(number: number, from: Account, given: Given = {}): AccountTransactionRecord {
  const { pool = ONE } = given;
  const { number: _, ...base } = noteBase(number, given);
  const valueWei = pool === ONE ? ETH : 10n * ETH;
  return { ...deal(number, from, { to: pool, valueWei, events: [event(pool, 'tornado.deposit')] }), ...base };
}

function out(
  number: number,
  to: Account,
  given: Given & { readonly relayer?: Account } = {},
): AccountTransactionRecord {
  const { pool = ONE, relayer } = given;
  const { number: _, ...base } = noteBase(number, given);
  const events = [event(pool, 'tornado.withdrawal', { to, relayer: relayer ?? ZERO, fee: '0' })];
  return { ...deal(number, relayer ?? to, { to: pool, internal: [paid(pool, to, ETH)], events }), ...base };
}

function leadsOf(
  heuristic: TornadoHeuristic,
  records: readonly AccountTransactionRecord[],
  options: (view: AccountView) => Partial<TornadoLeadOptions> = () => ({}),
) {
  const view = viewOf(records);
  const { leads, baselines } = tornadoLeads(view, mixerNotes(view, accountTerminals(view)), options(view));
  const own = leads.filter((lead) => lead.heuristic === heuristic);
  const hash = (tx: number): number => Number(records[tx].hash);
  return {
    found: own.map(({ withdrawal, candidates }) => [hash(withdrawal.tx), candidates.map(({ tx }) => hash(tx))]),
    own,
    baseline: baselines.find((one) => one.heuristic === heuristic),
  };
}

describe('leads through a mixer', () => {
  it('address match: earlier deposits of the receiver in the same pool, with crowd, information and chance', () => {
    const records = [into(1, ANN), into(2, BOB), into(3, CAL), into(4, ANN), out(5, ANN), into(6, ANN)];
    const { found, own, baseline } = leadsOf('address-match', records);
    assert.deepEqual(found, [[5, [1, 4]]]);
    // Four deposits before it, two of them his: ln 4 - ln 2 = ln 2.
    assert.deepEqual([own[0].crowd, own[0].nats, own[0].chance], [4, '0.693147', '1/2']);
    assert.deepEqual(baseline, { heuristic: 'address-match', leads: 1, hitsByChance: '1/2' });
    assert.deepEqual(leadsOf('address-match', [into(1, ANN, { pool: TEN }), into(2, BOB), out(3, ANN)]).found, []);
  });

  it('the crowd is what the leaf index says where it says more than the facts hold', () => {
    const deep = { ...into(1, ANN), events: [event(ONE, 'tornado.deposit', { leafIndex: '99' })] };
    assert.deepEqual(
      leadsOf('address-match', [deep, out(2, ANN)]).own.map(({ crowd, chance }) => [crowd, chance]),
      [[100, '1/100']],
    );
  });

  it('unique gas price: one deposit before it at that price, typed before London, no relayer', () => {
    const at = (...records: AccountTransactionRecord[]) => leadsOf('unique-gas-price', records).found;
    const lone = [into(1, ANN, { price: 123n }), into(2, CAL), out(3, BOB, { price: 123n })];
    assert.deepEqual(at(...lone), [[3, [1]]]);
    assert.deepEqual(at(lone[0], into(2, CAL, { price: 123n }), lone[2]), [], 'two deposits at the price');
    assert.deepEqual(at(lone[0], lone[1], out(3, BOB, { price: 124n })), []);
    assert.deepEqual(at(lone[0], lone[1], out(3, BOB, { price: 123n, relayer: RELAYER })), []);
    assert.deepEqual(at(lone[0], lone[1], out(3, BOB, { price: 123n, type: 2 })), []);
    const late = (block: number) => at(lone[0], lone[1], out(3, BOB, { price: 123n, block }));
    assert.deepEqual([late(12_964_999).length, late(12_965_000).length], [1, 0]);
  });

  it('linked addresses: three transactions between the two, two are too few; services link nobody', () => {
    const deals = (count: number) =>
      Array.from({ length: count }, (_, place) =>
        deal(10 + place, place % 2 === 0 ? ANN : BOB, { to: place % 2 === 0 ? BOB : ANN, valueWei: 1n }),
      );
    const records = (count: number) => [into(1, ANN), into(2, CAL), out(3, BOB), ...deals(count)];
    assert.deepEqual(leadsOf('linked-address', records(3)).found, [[3, [1]]]);
    assert.deepEqual(leadsOf('linked-address', records(2)).found, []);
    const services = (view: AccountView) => ({
      services: new Set([view.findAccount(ANN)].filter((id) => id !== null)),
    });
    assert.deepEqual(leadsOf('linked-address', records(3), services).found, []);
  });

  it('one portfolio over several pools: same counts, each side within a day, deposits first', () => {
    const side = (make: typeof into, who: Account, start: number, secs: readonly number[], pools: readonly Account[]) =>
      pools.map((pool, place) => make(start + place, who, { pool, sec: secs[place] }));
    const pools = [ONE, ONE, TEN];
    const records = (inLast: number, outLast: number, outPools: readonly Account[] = pools) => [
      ...side(into, ANN, 1, [0, 1, inLast], pools),
      into(4, CAL, { sec: inLast }),
      ...side(out, BOB, 5, [inLast, inLast + 1, inLast + outLast], outPools),
    ];
    const of = (...given: Parameters<typeof records>) => leadsOf('multi-denomination', records(...given)).found;
    assert.deepEqual(of(DAY, DAY), [
      [5, [1, 2]],
      [6, [1, 2]],
      [7, [3]],
    ]);
    assert.deepEqual(of(DAY + 1, DAY), []);
    assert.deepEqual(of(DAY, DAY + 1), []);
    assert.deepEqual(of(DAY, DAY, [ONE, TEN, TEN]), []);
    const one = [...side(into, ANN, 1, [0, 1, 2], [ONE, ONE, ONE]), ...side(out, BOB, 5, [3, 4, 5], [ONE, ONE, ONE])];
    assert.deepEqual(leadsOf('multi-denomination', one).found, [], 'one pool only');
    const two = [...side(into, ANN, 1, [0, 1], [ONE, TEN]), ...side(out, BOB, 5, [3, 4], [ONE, TEN])];
    assert.deepEqual(leadsOf('multi-denomination', two).found, [], 'two notes only');
  });

  it('mining points: 20 a block in the pool of one ether', () => {
    const records = [into(1, ANN, { block: 100 }), into(2, CAL, { block: 101 }), out(3, BOB, { block: 600 })];
    const claim = (points: bigint) => (view: AccountView) => ({
      claims: [view.findAccount(BOB)].flatMap((id) => (id === null ? [] : [{ account: id, points }])),
    });
    // 500 blocks at 20 points are 10,000.
    assert.deepEqual(leadsOf('torn-mining', records, claim(10_000n)).found, [[3, [1]]]);
    assert.deepEqual(leadsOf('torn-mining', records, claim(9_980n)).found, [[3, [2]]]);
    assert.deepEqual(leadsOf('torn-mining', records, claim(9_990n)).found, []);
    assert.deepEqual(leadsOf('torn-mining', records).found, []);
  });

  it('no lead carries an amount', () => {
    const [lead] = leadsOf('address-match', [into(1, ANN), out(2, ANN)]).own;
    assert.deepEqual(Object.keys(lead).sort(), ['candidates', 'chance', 'crowd', 'heuristic', 'nats', 'withdrawal']);
  });
});
