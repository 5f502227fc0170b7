/** What several sources say of one transaction: the same rows in any order, and refusals that name transaction and field. */
import assert from 'node:assert/strict';
import {
  type AccountTransactionRecord,
  type AccountTxId,
  SpoorError,
  UNSTATED_TRANSACTION,
} from '../../src/ledger/index.ts';
import { closeCase, openScratchCase, SqliteAccountView } from '../../src/store/index.ts';
import { asSourcesTell, randomAccountFacts, shuffled, someone, someToken } from '../support/account-facts.ts';
import { accountRows, keepFacts, storeOf } from '../support/account-store.ts';
import { Prng } from '../support/prng.ts';

const HASH = `0x${'ab'.repeat(32)}` as AccountTransactionRecord['hash'];
const SAID: AccountTransactionRecord = { ...UNSTATED_TRANSACTION, hash: HASH };

function rowsOf(...files: AccountTransactionRecord[][]): string[] {
  const store = openScratchCase();
  try {
    for (const transactions of files) keepFacts(store, { transactions });
    return accountRows(store);
  } finally {
    closeCase(store);
  }
}

/** Every order of a few things. */
function orders<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]];
  return things.flatMap((first, at) =>
    orders([...things.slice(0, at), ...things.slice(at + 1)]).map((rest) => [first, ...rest]),
  );
}

/** Refused, whatever comes first. */
function refused(field: string, ...records: AccountTransactionRecord[]): void {
  for (const order of orders(records)) {
    assert.throws(
      () => rowsOf(...order.map((record) => [record])),
      (error) =>
        error instanceof SpoorError &&
        error.code === 'SOURCES_DISAGREE' &&
        error.place.field === field &&
        error.place.record === `transaction ${HASH}`,
    );
  }
}

function same(...records: AccountTransactionRecord[]): AccountTransactionRecord {
  const all = orders(records).map((order) => rowsOf(...order.map((record) => [record])));
  for (const rows of all) assert.deepEqual(rows, all[0]);
  const store = storeOf({ transactions: records });
  try {
    const view = new SqliteAccountView(store);
    const [frame] = [...view.frames()];
    return view.transaction(frame.tx as AccountTxId);
  } finally {
    closeCase(store);
  }
}

describe('several sources of one transaction', () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    it(`random facts ${seed}: any order and any grouping into files gives the rows of the whole facts`, () => {
      const random = Prng.fromSeed(seed);
      const facts = randomAccountFacts(random);
      const store = storeOf(facts);
      const wanted = accountRows(store);
      closeCase(store);
      const told = facts.transactions.flatMap((record) => asSourcesTell(record, random));
      for (let turn = 0; turn < 4; turn += 1) {
        const again = openScratchCase();
        const mixed = shuffled([...told, ...told.slice(0, 3)], random);
        const blocks = shuffled(facts.blocks, random);
        const cut = random.between(0, mixed.length);
        keepFacts(again, { ...facts, transactions: mixed.slice(0, cut), blocks: blocks.slice(0, 1) });
        keepFacts(again, { ...facts, transactions: mixed.slice(cut), blocks: blocks.slice(1), balances: [] });
        assert.deepEqual(accountRows(again), wanted, `seed ${seed}, turn ${turn}`);
        closeCase(again);
      }
    });
  }

  it('fields that one source leaves out are filled, and the same once more changes nothing', () => {
    const one = { ...SAID, blockNumber: 5, valueWei: 7n, from: someone(1) };
    const other = { ...SAID, blockNumber: 5, txIndex: 2, to: someone(2), succeeded: true };
    const whole = same(one, other, one);
    assert.deepEqual(whole, {
      ...SAID,
      blockNumber: 5,
      valueWei: 7n,
      from: someone(1),
      txIndex: 2,
      to: someone(2),
      succeeded: true,
    });
  });

  it('fields that contradict each other are refused by name', () => {
    refused('valueWei', { ...SAID, valueWei: 1n }, { ...SAID, valueWei: 2n });
    refused('blockNumber', { ...SAID, blockNumber: 1 }, { ...SAID, blockNumber: 2 }, { ...SAID, txIndex: 1 });
    refused('succeeded', { ...SAID, succeeded: true }, { ...SAID, succeeded: false });
    refused('created', { ...SAID, to: someone(1) }, { ...SAID, created: someone(2) });
  });

  const move = { asset: someToken(1), from: someone(1), to: someone(2), amount: 5n, logIndex: null, step: null };

  it('a list with logs replaces one without when they agree: no move counts twice', () => {
    const receipt = {
      ...SAID,
      tokens: [
        { ...move, logIndex: 4 },
        { ...move, logIndex: 9 },
      ],
      whole: ['tokens' as const],
    };
    const trace = {
      ...SAID,
      tokens: [
        { ...move, step: 3 },
        { ...move, step: 8 },
      ],
    };
    const { tokens } = same({ ...SAID, tokens: [move, move] }, receipt, trace);
    assert.deepEqual(tokens, [
      { ...move, logIndex: 4, step: 3 },
      { ...move, logIndex: 9, step: 8 },
    ]);
  });

  it('lists by account are joined; each is whole between the accounts it names', () => {
    const mine = { ...SAID, tokens: [move] };
    const theirs = { ...SAID, tokens: [{ ...move, to: someone(3) }] };
    assert.equal(same(mine, theirs).tokens?.length, 2);
    refused('tokens', mine, { ...SAID, tokens: [move, move] });
    refused('tokens', mine, { ...SAID, tokens: [{ ...move, amount: 6n }] });
  });

  it('a move that a whole list does not name is refused, and so is one beside a list that is stated and empty', () => {
    const whole = { ...SAID, tokens: [move], whole: ['tokens' as const] };
    refused('tokens', whole, { ...SAID, tokens: [{ ...move, to: someone(3) }] });
    const internal = {
      kind: 'call' as const,
      from: someone(1),
      to: someone(2),
      valueWei: 1n,
      traceAddress: '0',
      step: null,
    };
    refused('internal', { ...SAID, internal: [] }, { ...SAID, internal: [internal] });
    refused('internal', { ...SAID, internal: [internal] }, { ...SAID, internal: [{ ...internal, from: someone(4) }] });
  });

  it('an approximate amount gives way to the exact one it may stand for, and contradicts others', () => {
    const exact = 1_234_567_890_123_456_789n;
    const damaged = { ...SAID, valueWei: BigInt(Number(exact)), approximate: true };
    assert.notEqual(damaged.valueWei, exact);
    assert.deepEqual(same(damaged, { ...SAID, valueWei: exact }), { ...SAID, valueWei: exact });
    assert.equal(same(damaged, { ...SAID, nonce: 1 }).approximate, true);
    refused('valueWei', damaged, { ...SAID, valueWei: exact + 10n ** 6n });
    // Below 2^53 a float holds every whole number: nothing was lost.
    refused('valueWei', { ...SAID, valueWei: 1000n, approximate: true }, { ...SAID, valueWei: 1001n });
  });

  it('two transactions in one place, or two hashes of one block, are refused', () => {
    const other = `0x${'cd'.repeat(32)}` as AccountTransactionRecord['hash'];
    const at = { blockNumber: 3, txIndex: 1 };
    assert.throws(() => rowsOf([{ ...SAID, ...at }], [{ ...SAID, hash: other, ...at }]), { code: 'SOURCES_DISAGREE' });
    const [a, b] = [HASH, other];
    const place = { code: 'SOURCES_DISAGREE', place: { record: `transaction ${other}`, field: 'hash' } };
    assert.throws(
      () =>
        rowsOf([{ ...SAID, blockNumber: 3, blockHash: a }], [{ ...SAID, hash: other, blockNumber: 3, blockHash: b }]),
      place,
    );
  });

  it('another chain is refused, and a refused file leaves nothing', () => {
    const store = storeOf({ transactions: [{ ...SAID, valueWei: 1n }] });
    const before = accountRows(store);
    assert.throws(() => keepFacts(store, { transactions: [], chainId: 10 }), {
      code: 'USAGE',
      hint: 'give another --case',
    });
    const bad = [
      { ...SAID, nonce: 4 },
      { ...SAID, hash: `0x${'01'.repeat(32)}` as typeof HASH },
      { ...SAID, valueWei: 2n },
    ];
    assert.throws(() => keepFacts(store, { transactions: bad }), { code: 'SOURCES_DISAGREE' });
    assert.deepEqual(accountRows(store), before);
    closeCase(store);
  });
});

describe('rows of tables without hash', () => {
  const transfer = {
    ...SAID,
    from: someone(1),
    to: someone(2),
    valueWei: 10n ** 18n,
    timestampSec: 1000,
    succeeded: true,
  };
  const row = (n: number): AccountTransactionRecord => ({
    ...transfer,
    hash: null,
    rowKey: `t:${n}`,
    succeeded: null,
    approximate: true,
  });

  function standing(...files: AccountTransactionRecord[][]): Array<string | null> {
    const all = orders(files).map((order) => {
      const store = openScratchCase();
      for (const transactions of order) keepFacts(store, { transactions });
      const view = new SqliteAccountView(store);
      const keys = [...view.frames()].map(({ tx }) => view.transaction(tx as AccountTxId).rowKey);
      closeCase(store);
      return keys;
    });
    for (const keys of all) assert.deepEqual(keys, all[0]);
    return all[0];
  }

  it('one row a transfer is told by it; the rest stand', () => {
    assert.deepEqual(standing([transfer], [row(1), row(2)]), [null, 't:2']);
    assert.deepEqual(standing([{ ...transfer, blockNumber: 7 }], [row(1)]), [null]);
    const near = { ...row(1), valueWei: 10n ** 18n + 128n };
    assert.deepEqual(standing([transfer], [near]), [null]);
  });

  it('another time, party, amount, or a failed transaction, is another transfer', () => {
    assert.equal(standing([transfer], [{ ...row(1), timestampSec: 1001 }]).length, 2);
    assert.equal(standing([transfer], [{ ...row(1), to: someone(3) }]).length, 2);
    assert.equal(standing([transfer], [{ ...row(1), valueWei: 10n ** 18n + 10n ** 9n }]).length, 2);
    assert.equal(standing([{ ...transfer, succeeded: false }], [row(1)]).length, 2);
  });

  it('a transfer by a contract or of a token matches as well', () => {
    const none = { ...SAID, timestampSec: 1000, valueWei: 0n };
    const paid = {
      kind: 'call' as const,
      from: someone(1),
      to: someone(2),
      valueWei: 10n ** 18n,
      traceAddress: null,
      step: null,
    };
    assert.deepEqual(standing([{ ...none, internal: [paid] }], [row(1)]), [null]);
    const tokens = [{ asset: someToken(0), from: someone(1), to: someone(2), amount: 9n, logIndex: null, step: null }];
    assert.deepEqual(standing([{ ...none, tokens }], [{ ...row(1), valueWei: null, tokens }]), [null]);
  });
});
