/** blockchain.info as a live source over loopback: the ledger of the recorded files, every trap of its answers met. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  factLines,
  fetchSubjects,
  ingestFiles,
  parseSubject,
  withCase,
  withCaseAsync,
} from '../../../src/case/index.ts';
import { checkAddress } from '../../../src/chain/bitcoin/address.ts';
import { BlockchainInfoSource, proveRecord, Transport } from '../../../src/chain/bitcoin/index.ts';
import { readBitcoinBytes, readBitcoinFile } from '../../../src/chain/bitcoin/source-file.ts';
import { type Address, blockHash, SpoorError, type Txid, txid } from '../../../src/ledger/index.ts';
import {
  type BlockchainInfoServer,
  blockchainInfoServer,
  type RawAddress,
  recordedAddresses,
} from '../../support/blockchain-info-server.ts';
import { freshFolder, spoorAsync } from '../../support/cli.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';

const FOLDER = 'wannacry-2017';
const WALLETS = [
  '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn',
  '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw',
  '13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94',
];
const FILES = WALLETS.map((wallet) => sharedData(`${FOLDER}/blockchain_info.rawaddr.${wallet}.json.gz`));
const BLOCK = '000000001c920d495e1eeef2452b6d1c6c229a919b28196c103ecffebabee141';

function address(text: string): Address {
  return checkAddress(text, 'mainnet').address;
}

/** Block 50001 as the explorer would write it, from the rows of bitcoin-etl. */
function rawBlock(): Record<string, unknown> {
  const base = sharedData('bitcoin-etl-blocks/stream_50001_50002');
  const options = { format: 'auto', network: 'mainnet' } as const;
  const records = readBitcoinFile(join(base, 'expected_transactions.json'), options).transactions.map(
    ({ record }) => record,
  );
  const block = readBitcoinFile(join(base, 'expected_blocks.json'), options).blocks.find(
    ({ block: { hash } }) => hash === BLOCK,
  )?.block;
  assert.ok(block !== undefined);
  const tx = records
    .filter(({ height }) => height === 50001)
    .map((record, at) => ({
      hash: record.txid,
      ver: record.version,
      lock_time: String(record.lockTime),
      block_height: record.height,
      tx_index: at + 1,
      inputs: record.coinbase
        ? [{ script: '00', sequence: 4294967295, prev_out: null }]
        : record.inputs.map((input) => ({
            script: input.scriptSig,
            sequence: input.sequence,
            prev_out: { hash: input.prevTxid, tx_index: 77 + at, n: input.prevVout, value: String(input.valueSat) },
          })),
      out: record.outputs.map(({ valueSat, scriptPubKey }, n) => ({
        n,
        value: valueSat,
        script: scriptPubKey,
        spent: false,
      })),
    }));
  return {
    hash: BLOCK,
    height: 50001,
    main_chain: true,
    mrkl_root: block.merkleRoot,
    n_tx: tx.length,
    time: block.timestampSec,
    tx,
  };
}

async function refusal(work: () => Promise<unknown>): Promise<SpoorError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof SpoorError) return error;
    throw error;
  }
  return assert.fail('nothing was refused');
}

function send(response: ServerResponse, body: unknown, status = 200): true {
  response.writeHead(status);
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
  return true;
}

describe('chain/bitcoin source-blockchain-info', () => {
  let folder = '';
  let server: BlockchainInfoServer;
  let addresses: RawAddress[] = [];
  let caches = 0;

  before(async () => {
    folder = freshFolder();
    if (process.env.CI !== 'true') {
      // Each test says itself when the data is missing.
      try {
        readFileSync(FILES[0]);
      } catch {
        return;
      }
    }
    addresses = recordedAddresses(FILES);
    const block = rawBlock();
    server = await blockchainInfoServer(addresses, {
      '/latestblock': { hash: BLOCK, time: 1, block_index: 50001, height: '50001', txIndexes: [] },
      '/block-height/50001': { blocks: [{ ...block, hash: 'f'.repeat(64), main_chain: false }, block] },
      [`/rawblock/${BLOCK}`]: block,
      [`/rawblock/${'f'.repeat(64)}`]: { ...block, hash: 'f'.repeat(64), main_chain: false },
    });
  });
  after(() => server?.close());
  afterEach(() => {
    if (server) server.mischief = null;
  });

  function source(): { transport: Transport; live: BlockchainInfoSource } {
    const clock = { nowMs: () => 1_700_000_000_000, sleep: () => Promise.resolve(), random: () => 0 };
    caches += 1;
    const transport = new Transport({
      base: { url: server.url },
      cacheFolder: join(folder, `cache${caches}`),
      mode: 'live',
      perSecond: 1000,
      clock,
    });
    return { transport, live: new BlockchainInfoSource(transport) };
  }

  itWithData(
    'fetching three addresses in pages of 50 gives the facts of the recorded files, complete; again it asks nothing',
    FOLDER,
    async () => {
      const given = source();
      const fetched = async (name: string) =>
        withCaseAsync(join(folder, name), { create: true }, async (context) => {
          const subjects = WALLETS.map((wallet) => parseSubject(wallet));
          const outcomes = await fetchSubjects(context, given.live, { subjects, maxPages: 40 });
          // PROVENANCE.md of the folder: 115 + 115 + 130 transactions.
          assert.deepEqual(
            outcomes.map(({ transactions, stated, complete }) => [transactions, stated, complete]),
            [
              [115, 115, true],
              [115, 115, true],
              [130, 130, true],
            ],
          );
          return [...factLines(context)];
        });
      const facts = await fetched('live.spoor');
      const { requests } = given.transport;
      assert.equal(requests, 9);
      for (const wallet of WALLETS) assert.ok((await given.live.history(address(wallet), 40)).complete);
      assert.equal(given.transport.requests, requests);
      const filed = withCase(join(folder, 'filed.spoor'), { create: true }, (context) => {
        ingestFiles(context.store, FILES, { format: 'auto', network: null });
        return [...factLines(context)];
      });
      assert.deepEqual(facts, filed);
    },
  );

  itWithData('spenders are those of the linked data', FOLDER, async () => {
    const { live } = source();
    const linked = JSON.parse(
      gunzipSync(readFileSync(sharedData(`${FOLDER}/linked_txs.json.gz`))).toString('utf8'),
    ) as {
      txs: Array<{
        txid: string;
        source: string;
        outputs: Array<{ n: number; spent: boolean; spentBy: string | null }>;
      }>;
    };
    // Captures number transactions differently, so only what one capture names whole can be asked.
    const served = new Map(
      addresses
        .flatMap(({ txs }) => txs)
        .reverse()
        .map((tx) => [tx.hash, tx]),
    );
    const whole = linked.txs.filter(({ txid: id }) =>
      served.get(id)?.out.every(({ spent, spending_outpoints: named }) => !spent || named !== undefined),
    );
    assert.ok(whole.length > 0);
    for (const tx of whole) {
      const outspends = await live.outspends(txid(tx.txid));
      assert.deepEqual(
        outspends?.map(({ spender }) => spender),
        tx.outputs.map(({ spentBy }) => spentBy),
        tx.txid,
      );
    }
  });

  itWithData(
    'of a spent output without the name of its spender nothing is said, never that it is unspent; of the others it is',
    FOLDER,
    async () => {
      const { live } = source();
      const nameless = addresses[0].txs.find(({ out }) =>
        out.some(({ spent, spending_outpoints: named }) => spent && named === undefined),
      );
      assert.ok(nameless !== undefined);
      const outspends = (await live.outspends(txid(nameless.hash))) ?? [];
      assert.equal(outspends.length, nameless.out.length);
      for (const [vout, { spent, spending_outpoints: named }] of nameless.out.entries()) {
        const isNameless = spent && named === undefined;
        assert.equal(outspends[vout].unsaid !== undefined, isNameless, `output ${vout}`);
        if (isNameless) assert.match(outspends[vout].unsaid ?? '', /who spends output/);
      }
    },
  );

  itWithData('a number that leads to a transaction which does not spend the output is refused', FOLDER, async () => {
    const { live } = source();
    const tx = addresses[0].txs.find(({ out }) => out.some(({ spending_outpoints: named }) => named !== undefined));
    const other = addresses[1].txs.find(
      ({ hash }) => hash !== tx?.hash && !addresses[0].txs.some((one) => one.hash === hash),
    );
    assert.ok(tx !== undefined && other !== undefined);
    server.mischief = (path, response) =>
      path === `/rawtx/${tx.hash}`
        ? send(response, {
            ...tx,
            out: tx.out.map((out) => ({
              ...out,
              spent: true,
              spending_outpoints: [{ tx_index: other.tx_index, n: 0 }],
            })),
          })
        : false;
    assert.match((await refusal(() => live.outspends(txid(tx.hash)))).message, /named as the one that spends/);
  });

  itWithData(
    'tip, block by height and whole block: checked against its merkle root, placed in order',
    FOLDER,
    async () => {
      const { live } = source();
      assert.deepEqual(await live.tip(), { height: 50001, hash: BLOCK });
      assert.equal(await live.blockHash(50001), BLOCK);
      assert.equal((await refusal(() => live.blockHash(50002))).code, 'NOT_FOUND');
      const body = await live.block(blockHash(BLOCK));
      const parsed = readBitcoinBytes(body.bytes, { ...body, network: 'mainnet' });
      assert.deepEqual(
        parsed.transactions.map(({ record: { position, blockHash: hash } }) => [position, hash]),
        [
          [0, BLOCK],
          [1, BLOCK],
          [2, BLOCK],
        ],
      );
      assert.equal(proveRecord(parsed.transactions[1].record), 'verified');
      assert.equal((await refusal(() => live.block(blockHash('f'.repeat(64))))).code, 'NOT_FOUND');
      const block = rawBlock() as { tx: Array<{ hash: string }> };
      const read = (changed: object) => () =>
        readBitcoinBytes(Buffer.from(JSON.stringify(changed)), { name: 'b.json', format: 'auto', network: 'mainnet' });
      const turned = { ...block, tx: [...block.tx].reverse() };
      assert.throws(
        read(turned),
        (error: SpoorError) => error.code === 'HASH_MISMATCH' && error.place.file === 'b.json',
      );
      assert.throws(read({ ...block, tx: block.tx.slice(1) }), (error: SpoorError) => error.code === 'INCOMPLETE');
      assert.match(read({ ...block, main_chain: false })().notes[0], /not in the best chain/);
    },
  );

  const wallet = WALLETS[0];
  const page = (offset: number, change: object = {}) => ({
    ...addresses[0],
    txs: addresses[0].txs.slice(offset, offset + 50),
    ...change,
  });

  itWithData('the traps of pages: repeated, short, miscounted, numbers as text', FOLDER, async () => {
    const history = () => source().live.history(address(wallet), 40);
    server.mischief = (_, response) => send(response, page(0));
    assert.match((await refusal(history)).message, /a page of 115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn twice/);
    server.mischief = (_, response) => send(response, page(100));
    assert.deepEqual((({ stated, transactions, complete }) => [stated, transactions, complete])(await history()), [
      115,
      15,
      false,
    ]);
    for (const [stated, complete] of [
      ['115', true],
      ['116', false],
      [50, false],
      [0, false],
    ] as const) {
      server.mischief = (_, response, request) =>
        send(response, page(Number(/offset=(\d+)/.exec(request.url ?? '')?.[1]), { n_tx: stated }));
      const outcome = await history();
      assert.deepEqual([outcome.transactions, outcome.stated, outcome.complete], [115, Number(stated), complete]);
      const none = await source().live.history(address(wallet), 0);
      assert.deepEqual([none.bodies, none.stated, none.complete], [[], Number(stated), false]);
    }
    const few = await source().live.history(address(wallet), 1);
    assert.deepEqual([few.bodies.length, few.complete], [1, false]);
  });

  itWithData('the traps of answers: HTML, errors with status 200, limits, another transaction', FOLDER, async () => {
    const id = txid(addresses[0].txs[0].hash);
    const ask = () => source().live.transaction(id);
    server.mischief = (_, response) => send(response, '<!DOCTYPE html><title>Just a moment...</title>');
    assert.match((await refusal(ask)).message, /HTML where JSON is expected/);
    server.mischief = (_, response) => send(response, '{"hash":');
    assert.equal((await refusal(ask)).code, 'MALFORMED');
    server.mischief = (_, response) => send(response, { error: 'not-found-or-invalid-arg', message: 'Item not found' });
    assert.equal(await ask(), null);
    server.mischief = (_, response) => send(response, { error: 'maintenance' });
    assert.equal((await refusal(ask)).code, 'SOURCE_FAILED');
    server.mischief = (_, response) => send(response, 'slow down', 429);
    assert.equal((await refusal(ask)).code, 'RATE_LIMITED');
    server.mischief = (_, response) => send(response, addresses[0].txs[1]);
    assert.match((await refusal(ask)).message, /another transaction than/);
    server.mischief = null;
    assert.equal(await source().live.transaction('0'.repeat(64) as Txid), null);
  });

  itWithData('the command line asks it by name', FOLDER, async () => {
    const args = [
      'fetch',
      wallet,
      '--source',
      'blockchain-info',
      '--url',
      server.url,
      '--per-second',
      '1000',
      '--cache',
      join(folder, 'cli'),
    ];
    const outcome = await spoorAsync(folder, [...args, '--case', 'cli.spoor']);
    assert.equal(outcome.status, 0, outcome.stderr);
    assert.match(outcome.stdout, /115 transactions, complete/);
  });
});
