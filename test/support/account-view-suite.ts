/** One suite for every AccountView: what an engine or a report may rely on. */
import assert from 'node:assert/strict';
import {
  type AccountFrame,
  type AccountId,
  type AccountTransactionRecord,
  type AccountTxId,
  type AccountView,
  account,
  accountHash,
  blockEffects,
  effectsOf,
  NONE,
} from '../../src/ledger/index.ts';
import { randomAccountFacts, someone, someToken } from './account-facts.ts';
import type { AccountFacts } from './memory-account-view.ts';
import { Prng } from './prng.ts';

/** Declares the suite for a kind of view. */
export function accountViewSuite(
  kind: string,
  open: (facts: AccountFacts) => { view: AccountView; close: () => void },
): void {
  describe(`AccountView over ${kind}`, () => {
    for (let seed = 1; seed <= 15; seed += 1) {
      it(`random facts ${seed}: identities, effects, order, activity and balances`, () => {
        const facts = randomAccountFacts(Prng.fromSeed(seed));
        const { view, close } = open(facts);
        try {
          checkIdentities(facts, view);
          checkEffects(facts, view);
          checkOrder(facts, view);
          checkActivity(view);
          checkBalances(view);
        } finally {
          close();
        }
      });
    }
  });
}

function checkIdentities(facts: AccountFacts, view: AccountView): void {
  assert.equal(view.chainId, 1);
  assert.equal(view.transactionCount(), facts.transactions.length);
  const highest = Math.max(...(facts.blocks ?? []).map(({ number }) => number));
  assert.deepEqual(view.tip(), { height: highest, hash: facts.blocks?.find(({ number }) => number === highest)?.hash });
  assert.equal(view.findAccount(account(`0x${'ff'.repeat(20)}`)), null);
  assert.equal(view.findTransaction(accountHash(`0x${'ff'.repeat(32)}`)), null);
  for (let id = 0; id < view.accountCount(); id += 1) {
    const found = view.account(id as AccountId);
    assert.equal(view.findAccount(found.account), id, 'numbers of accounts are dense');
    assert.equal(found.isContract, found.account === someone(2) ? true : null);
  }
  assert.equal(view.findAsset(someToken(9)), null);
  const found = view.findAsset(someToken(0));
  assert.ok(found !== null);
  assert.deepEqual(view.asset(found), { asset: someToken(0), symbol: 'T', name: 'Token', decimals: 18 });
  for (const record of facts.transactions) {
    if (record.hash === null) continue;
    const tx = view.findTransaction(record.hash);
    assert.ok(tx !== null);
    assert.deepEqual(summary(view.transaction(tx)), summary(record));
  }
}

/** Lists as the sets they are: their order says nothing beyond their places. */
function summary(record: AccountTransactionRecord): unknown {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
  const { whole: _, internal, tokens, ...rest } = record;
  const moves = (list: readonly object[] | null) =>
    list?.map((move) => text(Object.entries(move).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
  return { ...rest, internal: moves(internal), tokens: moves(tokens) };
}

/** Effects of a frame with texts for numbers. */
function spoken(view: AccountView, { effects }: AccountFrame): unknown[] {
  const name = (id: AccountId | typeof NONE) => (id === NONE ? null : view.account(id as AccountId).account);
  return effects.map(({ kind, asset, from, to, amount }) => ({
    kind,
    asset: view.asset(asset).asset,
    from: name(from),
    to: name(to),
    amount,
  }));
}

function checkEffects(facts: AccountFacts, view: AccountView): void {
  const recipients = new Map((facts.blocks ?? []).map(({ number, feeRecipient }) => [number, feeRecipient]));
  for (const record of facts.transactions) {
    if (record.hash === null) continue;
    const tx = view.findTransaction(record.hash);
    assert.ok(tx !== null);
    const wanted = effectsOf(record, recipients.get(record.blockNumber ?? -1) ?? null);
    const frame = view.frame(tx);
    assert.deepEqual(spoken(view, frame), wanted.effects);
    assert.equal(frame.order, wanted.order);
    const holes = [...(record.approximate ? ['approximate'] : []), ...wanted.missing];
    assert.deepEqual(frame.holes ?? [], holes);
    assert.equal(frame.unplaced, undefined);
    assert.equal(frame.sender, view.findAccount(record.from ?? someone(0)));
  }
  const frames = [...view.frames()];
  for (const block of facts.blocks ?? []) {
    const wanted = blockEffects(block);
    const ends = frames.filter(({ tx, blockNumber }) => tx === NONE && blockNumber === block.number);
    assert.deepEqual(
      ends.flatMap((frame) => spoken(view, frame)),
      wanted,
    );
  }
  for (const frame of frames) if (frame.tx !== NONE) assert.deepEqual(frame, view.frame(frame.tx as AccountTxId));
}

/** Keys grow; inside a block the index grows and its end is last; times never fall. */
function checkOrder(facts: AccountFacts, view: AccountView): void {
  const frames = [...view.frames()];
  assert.equal(frames.filter(({ tx }) => tx !== NONE).length, facts.transactions.length);
  const index = new Map<number, number>();
  let [before, time, ended] = [-1, 0, -1];
  for (const frame of frames) {
    assert.ok(frame.orderKey > before);
    before = frame.orderKey;
    if (frame.timestampSec !== null) {
      assert.ok(frame.timestampSec >= time, 'time does not fall');
      time = frame.timestampSec;
    } else time = Number.POSITIVE_INFINITY;
    if (frame.tx === NONE) ended = frame.blockNumber;
    else if (frame.blockNumber !== NONE) {
      assert.ok(frame.blockNumber > ended, 'nothing of a block follows its end');
      const { txIndex } = view.transaction(frame.tx as AccountTxId);
      assert.ok((txIndex ?? -1) > (index.get(frame.blockNumber) ?? -1));
      index.set(frame.blockNumber, txIndex ?? -1);
    } else assert.equal(frame.unplaced, true);
  }
}

function checkActivity(view: AccountView): void {
  const frames = [...view.frames()].filter(({ tx }) => tx !== NONE);
  for (let id = 0; id < view.accountCount(); id += 1) {
    const wanted = frames.filter(({ effects }) => effects.some(({ from, to }) => from === id || to === id));
    assert.deepEqual(
      view.transactionsOfAccount(id as AccountId),
      wanted.map(({ tx }) => tx),
    );
  }
}

function checkBalances(view: AccountView): void {
  const [first, last] = [...view.balances()];
  assert.equal(view.account(first.account).account, someone(0));
  assert.deepEqual([first.amount, last.amount, last.orderKey], [5n, 10n ** 30n, Number.POSITIVE_INFINITY]);
  for (const { orderKey, blockNumber } of view.frames()) {
    if (blockNumber === NONE) continue;
    assert.equal(
      orderKey < first.orderKey,
      blockNumber <= (first.blockNumber ?? 0),
      'a balance is of the end of its block',
    );
  }
}
