/** Facts of Ethereum through the verbs: files in, facts out and in again, verified, rolled back; real thefts, and what must be refused. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  accountFactsDigest,
  accountInfo,
  accountLines,
  balancesDocument,
  caseInfo,
  ingestFiles,
  rollbackAccounts,
  verifyCase,
  withCase,
} from '../../src/case/index.ts';
import { checkAccount } from '../../src/chain/ethereum/index.ts';
import {
  type AccountTransactionRecord,
  type AccountTxId,
  accountHash,
  SpoorError,
  UNSTATED_TRANSACTION,
} from '../../src/ledger/index.ts';
import { SqliteAccountView } from '../../src/store/index.ts';
import { someone, someToken } from '../support/account-facts.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { esploraOf } from '../support/esplora.ts';
import { randomChain } from '../support/random-chain.ts';
import { itWithData, projectPath, sharedData } from '../support/shared-data.ts';

const THIEF = '0x098B716B8Aaf21512996dC57EB0615e2383E2f96';
const ETHER = 10n ** 18n;
const RONIN = ['txlist.json.gz', 'txlistinternal.json', 'tokentx.json', 'balance.json'].map((list) =>
  sharedData(`ronin-2022/etherscan.0x098b716b.${list}`),
);
const DUNE = sharedData('ronin-2022/lazarus_sanctioned_addresses_eth_transfers.csv');

let folder = '';
let made = 0;
before(() => {
  folder = freshFolder();
});

function newCase(): string {
  made += 1;
  return join(folder, `${made}.spoor`);
}

/** Reads files into a case. */
function fed(files: readonly string[], file = newCase()): string {
  withCase(file, { create: true }, ({ store }) => {
    for (const path of files) {
      const account = path.endsWith('balance.json') ? checkAccount(THIEF) : null;
      ingestFiles(store, [path], { format: 'auto', network: null, account });
    }
  });
  return file;
}

function digestOf(file: string): string {
  return withCase(file, { create: false }, ({ store }) => accountFactsDigest(store));
}

const hash = (number: number) => accountHash(`0x${number.toString(16).padStart(64, '0')}`);
const blockHash = (number: number) => hash(10_000 + number);

/** A file of spoor lines. */
function written(transactions: readonly AccountTransactionRecord[], more: readonly object[] = [], chainId = 1): string {
  made += 1;
  const path = join(folder, `${made}.jsonl`);
  const lines = [
    { schema: 'spoor.accounts/1', chainId },
    ...transactions.map((transaction) => ({ transaction })),
    ...more,
  ];
  const text = (line: object): string =>
    JSON.stringify(line, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  writeFileSync(path, `${lines.map(text).join('\n')}\n`);
  return path;
}

function paid(
  number: number,
  blockNumber: number | null,
  more: Partial<AccountTransactionRecord> = {},
): AccountTransactionRecord {
  const at =
    blockNumber === null
      ? {}
      : { blockNumber, blockHash: blockHash(blockNumber), timestampSec: 1000 + blockNumber * 12 };
  const what = { hash: hash(number), from: someone(1), to: someone(2), valueWei: 5n, succeeded: true, feeWei: 1n };
  return { ...UNSTATED_TRANSACTION, ...what, ...at, ...more };
}

const block = (number: number) => ({
  block: {
    hash: blockHash(number),
    number,
    parentHash: blockHash(number - 1),
    timestampSec: 1000 + number * 12,
    credits: [],
  },
});

describe('real thefts on Ethereum in a case', () => {
  itWithData(
    'Ronin: one case of all lists, in any order; the internal 173,600 ETH and 25.5 M USDC are there',
    'ronin-2022',
    () => {
      const orders = [
        [...RONIN, DUNE],
        [DUNE, ...[...RONIN].reverse()],
      ];
      const files = orders.map((order) => fed(order));
      const digests = files.map(digestOf);
      assert.equal(new Set(digests).size, 1, 'any order of ingestion gives the same facts');
      withCase(files[0], { create: false }, (context) => {
        const info = accountInfo(context.store);
        assert.ok(info !== null);
        assert.equal(info.counts.transactions, 402);
        assert.equal(info.counts.internalMoves, 1);
        assert.equal(info.counts.tokenMoves, 6);
        // PROVENANCE.md: 436 rows of the table; those of the thief's own transactions are in the lists as well.
        assert.equal(info.counts.rowsWithoutHash + info.counts.shadowedRows, 436);
        assert.ok(info.counts.shadowedRows > 0);
        const { balances } = balancesDocument(context, THIEF);
        const [ether, usdc] = balances;
        assert.equal(ether.asset, 'native');
        assert.equal(usdc.symbol, 'USDC');
        assert.deepEqual([usdc.received, usdc.sent], ['25500000000000', '25500000000000']);
        const received = BigInt(ether.received);
        assert.ok(
          received >= 173_600n * ETHER && received < 182_200n * ETHER,
          'the internal transfer counts, and counts once',
        );
        assert.ok(ether.adjustments.every(({ reason }) => reason === 'stated'));
        assert.ok(verifyCase(context).ok);
      });
    },
  );

  itWithData(
    'Ronin: what Etherscan and the table of Dune both tell counts once, each row for one transfer',
    'ronin-2022',
    () => {
      const standing = (files: readonly string[]): Map<string, number> => {
        const counts = new Map<string, number>();
        withCase(fed(files), { create: false }, ({ store }) => {
          const view = new SqliteAccountView(store);
          for (const { tx } of view.frames()) {
            const { from, to, valueWei, timestampSec, succeeded, rowKey } = view.transaction(tx as AccountTxId);
            if (succeeded === false) continue;
            const key = `${timestampSec} ${from} ${to} ${Number(valueWei ?? 0n)}`;
            counts.set(key, (counts.get(key) ?? 0) + 1);
            if (rowKey !== null) counts.set('rows', (counts.get('rows') ?? 0) + 1);
          }
        });
        return counts;
      };
      const [lists, table, both] = [
        standing(RONIN.slice(0, 2)),
        standing([DUNE]),
        standing([...RONIN.slice(0, 2), DUNE]),
      ];
      for (const [key, count] of both) {
        if (key === 'rows') continue;
        assert.equal(count, Math.max(lists.get(key) ?? 0, table.get(key) ?? 0), `${key} is told ${count} times`);
      }
    },
  );

  itWithData(
    'Bancor and EasyFi: tables with hashes, exact and damaged amounts, verified and read back',
    'easyfi-2021',
    function () {
      this.timeout(60_000);
      for (const [name, transactions, isDamaged] of [
        ['bancor-2018', 195, false],
        ['easyfi-2021', 4741, true],
      ] as const) {
        const file = fed([sharedData(`${name}/all-tx.csv.gz`)]);
        const out = join(folder, `${name}.jsonl`);
        const digest = withCase(file, { create: false }, (context) => {
          const info = accountInfo(context.store);
          assert.equal(info?.counts.transactions, transactions);
          assert.equal((info?.counts.approximate ?? 0) > 0, isDamaged);
          if (!isDamaged) writeFileSync(out, [...accountLines(context.store)].join('\n'));
          if (!isDamaged) assert.ok(verifyCase(context).ok);
          return accountFactsDigest(context.store);
        });
        if (!isDamaged) assert.equal(digestOf(fed([out])), digest, `${name}: its export reads back to the same facts`);
      }
    },
  );
});

describe('blocks told by two sources', () => {
  itWithData(
    'rows of ethereum-etl and answers of a node for the same blocks are one set of facts, in any order',
    'ethereum-etl-blocks',
    () => {
      const of = (file: string): string => sharedData(`ethereum-etl-blocks/test_stream/blocks_1755634_1755635/${file}`);
      const rows = ['blocks', 'transactions', 'logs', 'token_transfers'].map((table) => of(`expected_${table}.json`));
      const answers = ['eth_getBlockByNumber_0x1ac9f2_true', 'eth_getBlockByNumber_0x1ac9f3_true'].map((name) =>
        of(`web3_response.${name}.json`),
      );
      const digest = (groups: ReadonlyArray<readonly string[]>): string => {
        const file = newCase();
        return withCase(file, { create: true }, (context) => {
          for (const group of groups) ingestFiles(context.store, group, { format: 'auto', network: null });
          const info = accountInfo(context.store);
          assert.deepEqual(
            [info?.counts.transactions, info?.counts.tokenMoves, info?.counts.unplaced, info?.tip.height],
            [2, 1, 0, 1755635],
          );
          assert.ok(verifyCase(context).ok);
          return accountFactsDigest(context.store);
        });
      };
      assert.equal(digest([rows, answers]), digest([answers, rows]));
    },
  );
});

describe('account facts in a case', () => {
  it('both chains live in one case; each is exported, verified and read back by itself', () => {
    const file = newCase();
    const bitcoin = join(folder, 'bitcoin.json');
    writeFileSync(bitcoin, JSON.stringify(esploraOf(randomChain(7), 100)));
    fed([bitcoin], file);
    const alone = withCase(file, { create: false }, (context) => caseInfo(context));
    assert.equal(alone.accounts, null);
    fed([written([paid(1, 5)], [block(5)])], file);
    withCase(file, { create: false }, (context) => {
      const { accounts, facts, tip, network } = caseInfo(context);
      assert.deepEqual([tip, network, accounts?.tip.height], [alone.tip, alone.network, 5]);
      assert.notEqual(facts, alone.facts, 'the digest is over the facts of both');
      const failed = verifyCase(context).checks.filter(({ ok }) => !ok);
      assert.deepEqual(failed, []);
      rollbackAccounts(context, 4);
      assert.deepEqual(context.view.tip(), alone.tip);
    });
    fed([written([paid(1, 5)], [block(5)])], file);
    const unasked = spoor(folder, 'case', 'export', '--case', file);
    assert.equal(unasked.status, 2);
    assert.match(unasked.stderr, /two chains/);
    const out = join(folder, 'ethereum.jsonl');
    writeFileSync(out, spoor(folder, 'case', 'export', '--case', file, '--chain', 'ethereum').stdout);
    assert.equal(digestOf(fed([out])), digestOf(file));
    assert.match(
      spoor(folder, 'case', 'export', '--case', file, '--chain', 'bitcoin').stdout,
      /^\{"schema":"spoor.ledger\/1"\}/,
    );
  });

  it('an approximate record beside exact ones is exported so that it merges to the same again', () => {
    const exact = 3n * 10n ** 18n + 7n;
    const move = {
      asset: someToken(0),
      from: someone(1),
      to: someone(2),
      amount: 2n ** 70n + 1n,
      logIndex: null,
      step: null,
    };
    const file = fed([
      written([paid(1, 5, { valueWei: exact })]),
      written([{ ...UNSTATED_TRANSACTION, hash: hash(1), tokens: [move], approximate: true }]),
    ]);
    const lines = withCase(file, { create: false }, ({ store }) => [...accountLines(store)]);
    assert.equal(lines.filter((line) => line.includes('"transaction"')).length, 2);
    const out = join(folder, 'vague.jsonl');
    writeFileSync(out, lines.join('\n'));
    const again = fed([out]);
    assert.equal(digestOf(again), digestOf(file));
    assert.throws(() => fed([written([paid(1, 5, { valueWei: exact + 1n })])], again), { code: 'SOURCES_DISAGREE' });
  });

  it('balances: the least prior that is not below zero, and every difference to what was stated', () => {
    // 1 pays 5 and a fee of 1 in block 5, gets 20 in block 6, pays 7 and 1 in block 7. Least prior of 1: 6. End: 6 - 6 + 20 - 8 = 12.
    const back = { from: someone(2), to: someone(1), valueWei: 20n, feeWei: 2n };
    const stated = (blockNumber: number | null, amount: string) => ({
      balance: { account: someone(1), asset: 'native', blockNumber, amount },
    });
    const file = fed([
      written([paid(1, 5), paid(2, 6, back), paid(3, 7, { valueWei: 7n })], [stated(6, '23'), stated(null, '15')]),
    ]);
    const { balances, counted } = withCase(file, { create: false }, (context) => balancesDocument(context, null));
    assert.equal(balances.length, 1);
    const [{ prior, received, sent, balance, adjustments }] = balances;
    assert.deepEqual([prior, received, sent, balance], [{ amount: '6', basis: 'inferred' }, '20', '14', '15']);
    // Block 6: 20 computed, 23 stated, 3 more. Then 23 - 8 = 15 as stated in the end: nothing to adjust.
    assert.deepEqual(adjustments, [{ reason: 'stated', block: 6, computed: '20', balance: '23', difference: '3' }]);
    // 2 gets 5, then pays 22: a prior of 17, and 7 come after.
    assert.deepEqual(counted, { balances: 2, inferredPriors: 2, adjustments: 1 });
    const asked = spoor(folder, 'case', 'balances', someone(2), '--json', '--case', file);
    const [row] = (JSON.parse(asked.stdout) as ReturnType<typeof balancesDocument>).balances;
    assert.deepEqual([row.prior.amount, row.balance, row.adjustments], ['17', '7', []]);
    assert.equal(spoor(folder, 'case', 'balances', someone(9), '--case', file).status, 3);
    assert.equal(spoor(folder, 'case', 'info', someone(2), '--case', file).status, 2);
  });

  it('another chain is refused with what to do, whatever says it', () => {
    const file = fed([written([paid(1, 5)])]);
    const run = spoor(folder, 'ingest', '--case', file, '--chain-id', '10', written([paid(2, 6)], [], 10));
    assert.equal(run.status, 2);
    assert.match(run.stderr, /chain with id 1; chain 10 needs a case of its own/);
    const lines = spoor(folder, 'ingest', '--case', file, written([paid(2, 6)], [], 10));
    assert.equal(lines.status, 7);
    assert.match(lines.stderr, /the lines are of chain 10, not 1/);
    const odd = spoor(folder, 'ingest', '--case', newCase(), '--chain-id', '0', written([paid(1, 1)]));
    assert.equal(odd.status, 2);
  });

  it('a contradiction names transaction, field and file, and the file leaves nothing', () => {
    const file = fed([written([paid(1, 5)])]);
    const before = digestOf(file);
    const bad = written([paid(2, 6), paid(1, 5, { to: someone(9) })]);
    assert.throws(
      () => fed([bad], file),
      (error) =>
        error instanceof SpoorError &&
        error.code === 'SOURCES_DISAGREE' &&
        error.place.field === 'to' &&
        error.place.record === `transaction ${hash(1)}` &&
        error.place.file === bad.split('/').at(-1),
    );
    assert.equal(digestOf(file), before);
    withCase(file, { create: false }, (context) => assert.ok(verifyCase(context).ok));
  });

  it('a file that is killed while it is read leaves the case as it was', async () => {
    const file = fed([written([paid(1, 5)])]);
    const before = digestOf(file);
    const many = written(
      Array.from({ length: 20_000 }, (_, index) => paid(index + 10, 6, { valueWei: BigInt(index), nonce: index })),
    );
    const child = spawn(process.execPath, [projectPath('dist/cli/main.js'), 'ingest', '--case', file, many]);
    await new Promise<void>((resolve) => {
      setTimeout(() => child.kill('SIGKILL'), 700);
      child.on('exit', () => resolve());
    });
    assert.equal(child.signalCode, 'SIGKILL', 'it was still at work');
    assert.equal(digestOf(file), before);
  });

  it('verify sees a fact that was altered in the file', () => {
    const file = fed([written([paid(1, 5), paid(2, 6)])]);
    const db = new Database(file);
    db.exec("UPDATE account_tx SET value = '6' WHERE block_number = 5");
    db.close();
    withCase(file, { create: false }, (context) => {
      const failed = verifyCase(context).checks.filter(({ ok }) => !ok);
      assert.deepEqual(
        failed.map(({ name }) => name),
        ['account facts, their order and what is counted once are what the recorded bodies say'],
      );
    });
  });
});

describe('a reorganisation of an account chain', () => {
  const balance = (blockNumber: number | null, amount: string) => ({
    balance: { account: someone(2), asset: 'native', blockNumber, amount },
  });

  it('leaves what a new case would be, fed the same without the blocks that are gone', () => {
    const low = written([paid(1, 5), paid(2, 6)], [block(5), block(6), balance(5, '5')]);
    const mixed = written(
      [paid(3, 6, { from: someone(3) }), paid(4, 7), paid(5, 9)],
      [block(7), balance(7, '15'), balance(null, '20')],
    );
    const high = written([paid(6, 8)], [{ token: { asset: someToken(1), symbol: 'HIGH' } }]);
    const byHash = written([paid(4, null, { nonce: 3 }), paid(1, null, { nonce: 1 })]);
    const file = fed([low, mixed, high, byHash]);
    const outcome = withCase(file, { create: false }, (context) => rollbackAccounts(context, 6));
    const name = (path: string): string => path.split('/').at(-1) ?? '';
    assert.deepEqual(outcome.dropped, [name(high)]);
    assert.deepEqual(outcome.cut, [name(mixed), name(byHash)].sort());
    assert.equal(outcome.transactions, 3);
    const fresh = fed([
      low,
      written([paid(3, 6, { from: someone(3) })], [balance(null, '20')]),
      written([paid(1, null, { nonce: 1 })]),
    ]);
    assert.equal(digestOf(file), digestOf(fresh));
    withCase(file, { create: false }, (context) => {
      assert.ok(verifyCase(context).ok, 'what stays is what its bodies say');
      ingestFiles(context.store, [written([paid(7, 7, { blockHash: hash(77_777) })])], {
        format: 'auto',
        network: null,
      });
      assert.equal(new SqliteAccountView(context.store).tip().height, 7, 'the new chain goes on');
      assert.ok(verifyCase(context).ok);
    });
  });
});
