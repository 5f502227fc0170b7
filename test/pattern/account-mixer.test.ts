/** Notes of mixers, published pairs of bridges, and what is there to deceive. */
import assert from 'node:assert/strict';
import { type AccountTransactionRecord, type AccountView, account } from '../../src/ledger/index.ts';
import {
  accountFlags,
  accountTerminals,
  bridgeLinks,
  mixerNotes,
  mixerTotals,
  payoutLeads,
  tokenList,
} from '../../src/pattern/index.ts';
import { deal, ETH, event, moved, paid, person, token, viewOf } from '../support/account-history.ts';
import { heistRecords } from '../support/heist-table.ts';
import { itWithData } from '../support/shared-data.ts';

const HUNDRED = account('0xa160cdab225685da1d56aa342ad8841c3b53f291');
const ONE = account('0x47ce0c6ed5b0ce3d3a51fdb1c52dc66a7c3c2936');
const ROUTER = account('0xd90e2f925da726b50c4ed8d0fb90ad053324f31b');
const RAILGUN = account('0xfa7093cdd9ee6932b4eb2c9e1cde7ce00b1fa4b9');
const [THIEF, FRESH, RELAYER] = [1, 2, 3].map(person);
const ZERO = `0x${'0'.repeat(40)}`;

function notesIn(records: readonly AccountTransactionRecord[]) {
  const view = viewOf(records);
  const notes = mixerNotes(view, accountTerminals(view));
  const name = (id: number): string | null =>
    id === -1 ? null : view.account(id as (typeof notes)[0]['pool']).account;
  return { view, notes, name };
}

describe('notes of a mixer', () => {
  const deposit = (number: number, leafIndex: string) =>
    deal(number, THIEF, {
      to: ROUTER,
      valueWei: 100n * ETH,
      internal: [paid(ROUTER, HUNDRED, 100n * ETH)],
      events: [event(HUNDRED, 'tornado.deposit', { leafIndex })],
    });
  const withdrawal = (number: number, relayer: string) =>
    deal(number, RELAYER, {
      to: ROUTER,
      internal: [paid(HUNDRED, FRESH, 99n * ETH), paid(HUNDRED, RELAYER, ETH)],
      events: [event(HUNDRED, 'tornado.withdrawal', { to: FRESH, relayer, fee: String(ETH) })],
    });

  it('are counted by the event at the pool, once, whoever carried the ether there', () => {
    const { notes, name } = notesIn([deposit(1, '40'), withdrawal(2, RELAYER), deposit(3, '41'), withdrawal(4, ZERO)]);
    assert.deepEqual(
      notes.map((note) => [note.direction, name(note.pool), name(note.account), note.denomination, note.basis]),
      [
        ['deposit', HUNDRED, THIEF, 100n * ETH, 'event'],
        ['withdrawal', HUNDRED, FRESH, 100n * ETH, 'event'],
        ['deposit', HUNDRED, THIEF, 100n * ETH, 'event'],
        ['withdrawal', HUNDRED, FRESH, 100n * ETH, 'event'],
      ],
    );
    // Leaf 40 is the 41st deposit; each recorded withdrawal takes one note out of the crowd.
    assert.deepEqual(
      notes.map(({ crowdAtMost }) => crowdAtMost),
      [41, 40, 41, 40],
    );
    assert.deepEqual([notes[1].relayer !== null, notes[3].relayer], [true, null]);
  });

  it('sum to n times the denomination', () => {
    const { view, notes } = notesIn([deposit(1, '0'), deposit(2, '1'), withdrawal(3, ZERO)]);
    assert.deepEqual(
      mixerTotals(view, notes).map(({ pool, direction, notes: count, amount }) => [pool, direction, count, amount]),
      [
        [HUNDRED, 'deposit', 2, 200n * ETH],
        [HUNDRED, 'withdrawal', 1, 100n * ETH],
      ],
    );
  });

  it('an event of a contract that is no pool is none', () => {
    const forged = deal(1, THIEF, {
      to: ROUTER,
      valueWei: ETH,
      internal: [paid(ROUTER, ONE, ETH)],
      events: [event(person(50), 'tornado.deposit', { leafIndex: '0' })],
    });
    assert.equal(notesIn([forged]).notes.length, 0);
  });

  it('without events are read from whole notes to pools and routers, and say so', () => {
    const plain = (to: typeof ONE, valueWei: bigint, number = 1) => deal(number, THIEF, { to, valueWei, events: null });
    const bases = (...records: AccountTransactionRecord[]) => notesIn(records).notes.map(({ basis }) => basis);
    assert.deepEqual(bases(plain(ONE, ETH)), ['transfer']);
    assert.deepEqual(bases(plain(ONE, ETH + 1n)), []);
    assert.deepEqual(bases(plain(ROUTER, 100n * ETH)), ['router-amount']);
    assert.deepEqual(bases(plain(ROUTER, 99n * ETH)), [], 'no pool takes 99');
    assert.deepEqual(bases(plain(RAILGUN, 100n * ETH)), [], 'a mixer without notes');
    const both = { ...plain(ROUTER, ETH), internal: [paid(ROUTER, ONE, ETH)] };
    assert.deepEqual(bases(both), ['transfer'], 'the same note is not counted at both');
  });

  itWithData('EasyFi: 122 ether went into the pools, as the study says', 'easyfi-2021', () => {
    const { view, notes } = notesIn(heistRecords('easyfi-2021'));
    const totals = mixerTotals(view, notes).filter(({ direction }) => direction === 'deposit');
    process.stdout.write(
      totals.map(({ pool, notes: n, amount }) => `      ${pool}: ${n} notes, ${amount} wei\n`).join(''),
    );
    assert.equal(
      totals.reduce((sum, { amount }) => sum + (amount ?? 0n), 0n),
      122n * ETH,
    );
    assert.ok(notes.every(({ basis }) => basis === 'router-amount'));
  });
});

describe('published pairs of bridges', () => {
  const THOR = account('0xd37bbe5744d730a1d98d8dc97c42f0ca46ad7146');
  const CORE = account('0x98f3c9e6e3face36baad05fe09d375ef1464288b');
  const PORTAL = account('0x3ee18b2214aff97000d974cf647e7c347e8fa585');
  const SPOKE = account('0x5c7bcd6e7de5423a257d81b442095a1a6ced35c5');
  const STARGATE = account('0x77b2043768d28e9c9ab44e1abfc95944bce57931');
  const BASE = account('0x3154cf16ccdb4c6d922629664174b904d80f2c35');
  const OPTIMISM = account('0x99c9fc46f92e8a1c0dec1b1747d010903e884be1');
  const linksOf = (to: typeof THOR, ...events: AccountTransactionRecord['events'] & object) => {
    const view = viewOf([deal(1, THIEF, { to, valueWei: 5n * ETH, events })]);
    return { view, links: bridgeLinks(view, accountTerminals(view)) };
  };
  const said = (to: typeof THOR, name: string, fields: Record<string, string>) =>
    linksOf(to, event(to, name, fields)).links.map((one) => [
      one.protocol,
      one.toChain,
      one.toAddress,
      one.toAsset,
      one.id,
    ]);

  it('THORChain: the memo names chain and address, in its long and its short form', () => {
    const memo = (text: string) => said(THOR, 'thorchain.deposit', { memo: text, amount: '5' });
    const expected = [['THORChain', 'bitcoin', 'bc1qexample', 'BTC.BTC', null]];
    assert.deepEqual(memo('SWAP:BTC.BTC:bc1qexample:123456'), expected);
    assert.deepEqual(memo('=:BTC.BTC:bc1qexample:0/1/0:t:30'), expected);
    assert.deepEqual(memo('=:b:bc1qexample/0x00000000000000000000000000000000000000aa:0'), expected);
    assert.deepEqual(memo('=:ETH.USDC-0XA0B8:0xab')[0].slice(1, 3), ['ethereum', '0xab']);
    for (const none of ['ADD:BTC.BTC:thor1', '', '=:BTC.BTC', '=::bc1q', 'YGGDRASIL+:1'])
      assert.deepEqual(memo(none), [], none);
  });

  it('carries what the bridge took, and counts only what a listed bridge wrote', () => {
    const fields = { memo: '=:b:bc1qexample' };
    const { links } = linksOf(THOR, event(THOR, 'thorchain.deposit', fields));
    assert.deepEqual([links[0].asset, links[0].amount, links[0].basis], [0, 5n * ETH, 'deterministic']);
    assert.equal(linksOf(THOR, event(person(50), 'thorchain.deposit', fields)).links.length, 0);
  });

  it('Wormhole: the sequence names the transfer, its payload chain and receiver', () => {
    const word = (value: bigint): string => value.toString(16).padStart(64, '0');
    const payload = `0x01${word(5n)}${word(0xaan)}0002${'ab'.repeat(32)}0001${word(0n)}`;
    const record = deal(1, THIEF, {
      to: PORTAL,
      valueWei: ETH,
      events: [event(CORE, 'wormhole.message', { sender: PORTAL, sequence: '77', payload })],
      internal: [paid(PORTAL, CORE, 1n)],
    });
    const view = viewOf([record]);
    const [link] = bridgeLinks(view, accountTerminals(view));
    assert.deepEqual([link.toChain, link.toAddress, link.id], ['solana', `0x${'ab'.repeat(32)}`, `2/${PORTAL}/77`]);
    const other = viewOf([
      { ...record, events: [event(CORE, 'wormhole.message', { sender: PORTAL, sequence: '1', payload: '0x02' })] },
    ]);
    assert.equal(bridgeLinks(other, accountTerminals(other))[0].toChain, 'wormhole:unknown');
  });

  it('Across, Stargate and the Standard Bridge say chain and number or receiver', () => {
    const recipient = `0x${'0'.repeat(24)}${THIEF.slice(2)}`;
    const fields = { destinationChainId: '42161', depositId: '9', recipient, outputToken: ZERO };
    assert.deepEqual(said(SPOKE, 'across.deposit', fields), [['Across', 'arbitrum', THIEF, ZERO, '9']]);
    assert.deepEqual(said(SPOKE, 'across.deposit', { ...fields, destinationChainId: '5' })[0][1], 'eip155:5');
    assert.deepEqual(said(STARGATE, 'stargate.sent', { guid: '0x12', dstEid: '30184' }), [
      ['Stargate', 'base', null, null, '0x12'],
    ]);
    assert.deepEqual(said(STARGATE, 'stargate.swap', { chainId: '110' }), [['Stargate', 'arbitrum', null, null, null]]);
    const to = { from: THIEF, to: FRESH, amount: '5' };
    assert.deepEqual(said(BASE, 'standard-bridge.eth-deposit', to)[0].slice(1, 3), ['base', FRESH]);
    assert.deepEqual(said(OPTIMISM, 'standard-bridge.eth-deposit', to)[0].slice(1, 3), ['optimism', FRESH]);
    assert.deepEqual(said(BASE, 'standard-bridge.eth-deposit', {}), []);
  });

  it('payouts are leads to the named receiver inside the window, without an amount', () => {
    const { view, links } = linksOf(THOR, event(THOR, 'thorchain.deposit', { memo: '=:b:bc1qexample' }));
    const leftSec = view.frame(links[0].fromTx).timestampSec ?? 0;
    const pay = (address: string, late: number) => ({
      chain: 'bitcoin',
      tx: 'aa',
      address,
      timestampSec: leftSec + late,
    });
    const found = (...payments: Array<ReturnType<typeof pay>>) => payoutLeads(view, links[0], payments, 3600);
    assert.deepEqual(
      found(pay('bc1qexample', 3600), pay('bc1qexample', 0)).map(({ candidates, basis }) => [candidates, basis]),
      [
        [2, 'heuristic'],
        [2, 'heuristic'],
      ],
    );
    assert.equal(found(pay('bc1qexample', 3601)).length, 0);
    assert.equal(found(pay('bc1qexample', -1)).length, 0);
    assert.equal(found(pay('bc1qother', 5)).length, 0);
    assert.ok(!('amount' in found(pay('bc1qexample', 5))[0]));
  });
});

describe('what is there to deceive', () => {
  const FAKE = token(person(80));
  const ODD = token(person(81));
  const USDC = token('0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48');
  const real = account(`0xabcd${'1'.repeat(32)}ef01`);
  const alike = account(`0xabcd${'2'.repeat(32)}ef01`);
  const beside = account(`0xabcd${'2'.repeat(32)}ef11`);
  const named = (asset: typeof FAKE, symbol: string) => ({ asset, symbol, name: null, decimals: 6 });

  function flagsOf(records: readonly AccountTransactionRecord[]): {
    view: AccountView;
    flags: ReturnType<typeof accountFlags>;
  } {
    const view = viewOf(records, [], [named(FAKE, 'usｄc\u200b'), named(ODD, 'SPAM'), named(USDC, 'USDC')]);
    return { view, flags: accountFlags(view, tokenList()) };
  }

  it('tokens under a listed symbol are fakes, others are not listed, and both are counted', () => {
    const { view, flags } = flagsOf([
      deal(1, THIEF, {
        tokens: [moved(FAKE, THIEF, FRESH, 9n), moved(USDC, THIEF, FRESH, 9n), moved(ODD, null, FRESH, 9n)],
      }),
    ]);
    assert.deepEqual(
      [...flags.tokens].map(([id, flag]) => [view.asset(id).symbol, flag]),
      [
        ['usｄc\u200b', 'fake'],
        ['SPAM', 'not-listed'],
      ],
    );
    assert.deepEqual(flags.hiddenEffects, { fake: 1, 'not-listed': 1 });
  });

  it('transfers of zero that somebody else sent are poison, kept and counted', () => {
    const poison = deal(1, RELAYER, { tokens: [moved(USDC, THIEF, alike, 0n)] });
    const own = deal(2, THIEF, { tokens: [moved(USDC, THIEF, FRESH, 0n)] });
    assert.deepEqual(flagsOf([poison, own]).flags.zeroTransfers, [{ tx: 0, from: THIEF, to: alike }]);
  });

  it('accounts with four equal digits at both ends of one that was paid look like it; with three they do not', () => {
    const { view, flags } = flagsOf([
      deal(1, THIEF, { to: real, valueWei: ETH }),
      deal(2, RELAYER, { tokens: [moved(USDC, THIEF, alike, 0n), moved(USDC, THIEF, beside, 0n)] }),
    ]);
    assert.deepEqual(
      flags.lookAlikes.map(({ account: own, of }) => [view.account(own).account, view.account(of).account]),
      [[alike, real]],
    );
    // Five accounts: 10 pairs over 16^8.
    assert.equal(view.accountCount(), 5);
    assert.equal(flags.chancePairs, '5/2147483648', '5 accounts, 10 pairs over 16^8 = 2^32');
  });

  it('an account that only a stranger paid, or only in a fake token, is no counterparty', () => {
    const { flags } = flagsOf([
      deal(1, THIEF, { to: account(FAKE), tokens: [moved(FAKE, THIEF, real, 5n)] }),
      deal(2, RELAYER, { tokens: [moved(USDC, THIEF, alike, 0n)] }),
    ]);
    assert.deepEqual(flags.lookAlikes, []);
  });
});
