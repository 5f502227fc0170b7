/** Tables of ethereum-etl against answers of a node about the same blocks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  groupAccountFiles,
  looksLikeAccountChain,
  type ParsedAccountFile,
  readAccountFiles,
} from '../../../src/chain/ethereum/index.ts';
import { type AccountTransactionRecord, effectsOf } from '../../../src/ledger/index.ts';
import { csvOf, etlBytes, etlRows, readBytes, rpcOfRows } from '../../support/ethereum-etl.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';

const SHANGHAI = 'test_stream/blocks_17173049_17173050';
const DAO_TOKENS = 'test_stream/blocks_1755634_1755635';

/** Records by hash, without what only a node tells (who took code, and the creation's account of failed ones). */
function comparable({ transactions }: ParsedAccountFile): Map<string, AccountTransactionRecord> {
  return new Map(transactions.map(({ record }) => [record.hash ?? '', { ...record, delegated: null }]));
}

function effects(parsed: ParsedAccountFile): unknown[] {
  return parsed.transactions.map(({ record }) => [record.hash, effectsOf(record, null).effects]);
}

describe('ethereum-etl', () => {
  itWithData(
    'blocks 17173049 and 17173050: JSON lines, CSV and answers of a node give the same records and effects',
    'ethereum-etl-blocks',
    () => {
      const files = ['blocks.json', 'transactions.json.gz', 'logs.json.gz', 'token_transfers.json.gz'].map(
        (file) => `${SHANGHAI}/expected_${file}`,
      );
      const [blocks, transactions, logs, transfers] = files.map(etlRows);
      const lines = readBytes(Buffer.concat(files.map(etlBytes).flatMap((bytes) => [bytes, Buffer.from('\n')])));
      const csv = readBytes([blocks, transactions, logs, transfers].map(csvOf).join(''));
      const rpc = readBytes(blocks.flatMap((block) => rpcOfRows(block, transactions, logs)).join('\n'));
      assert.deepEqual([lines.format, csv.format, rpc.format], ['ethereum-etl', 'ethereum-etl', 'ethereum-rpc']);
      assert.equal(rpc.transactions.length, 298);
      assert.deepEqual(comparable(lines), comparable(rpc));
      assert.deepEqual(comparable(csv), comparable(lines));
      assert.deepEqual(effects(csv), effects(rpc));
      assert.deepEqual(
        lines.blocks.map(({ block }) => block),
        rpc.blocks.map(({ block }) => block),
      );
      assert.deepEqual(
        csv.blocks.map(({ block }) => block),
        rpc.blocks.map(({ block }) => block),
      );
      // The first withdrawal of the block, 45,762,059 gwei, as wei.
      assert.equal(rpc.blocks[0].block.credits?.length, 16);
      assert.deepEqual(rpc.blocks[0].block.credits?.[0], {
        kind: 'withdrawal',
        to: '0xb9d7934878b5fb9610b3fe8a5e441e8fad7e293f',
        amountWei: 45_762_059_000_000_000n,
      });
      // 291 rows of transfers: those with four topics are items, the others amounts, and each wrap or unwrap of WETH is one more.
      const transfersOf = (indexed: number): number =>
        logs.filter(
          ({ topics }) =>
            Array.isArray(topics) &&
            topics[0] === '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef' &&
            topics.length === indexed,
        ).length;
      const wraps = rpc.transactions
        .flatMap(({ record }) => record.events ?? [])
        .filter(({ name, emitter }) => /^weth/.test(name) && emitter === '0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2');
      const tokens = rpc.transactions.flatMap(({ record }) => record.tokens ?? []);
      assert.equal(transfersOf(3) + transfersOf(4), transfers.length);
      assert.ok(wraps.length > 0);
      assert.equal(tokens.length, transfersOf(3) + wraps.length);
    },
  );

  itWithData('a base fee is burned, the rest of the fee is not', 'ethereum-etl-blocks', () => {
    const [blocks, transactions, logs] = ['blocks.json', 'transactions.json.gz', 'logs.json.gz'].map((file) =>
      etlRows(`${SHANGHAI}/expected_${file}`),
    );
    const rpc = readBytes(blocks.flatMap((block) => rpcOfRows(block, transactions, logs)).join('\n'));
    const { record } = rpc.transactions[0];
    // 85,143 gas at 80,869,370,967 wei, which is the base fee: the tip is 0.
    assert.equal(record.feeWei, 85_143n * 80_869_370_967n);
    assert.equal(record.burntWei, record.feeWei);
  });

  itWithData(
    'blocks 1755634 and 1755635 as a node answered them: token move, unknown success before Byzantium',
    'ethereum-etl-blocks',
    () => {
      const answers = [
        'web3_response.eth_getBlockByNumber_0x1ac9f2_true.json',
        'web3_response.eth_getBlockByNumber_0x1ac9f3_true.json',
        'web3_response.eth_getTransactionReceipt_0x2e3dcd051a91d3a694f6b8de2ac4b5fe7acdba55f58bcf8471ff00d4a430074d.json',
        'web3_response.eth_getTransactionReceipt_0x9a5437ec71b74ecf5930b406908ac6999966d38a86d1534b7190ece7599095eb.json',
      ].map((file) => JSON.parse(etlBytes(`${DAO_TOKENS}/${file}`).toString('utf8')));
      const rpc = readBytes(JSON.stringify(answers));
      const lines = readBytes(
        Buffer.concat(
          ['blocks', 'transactions', 'logs']
            .map((name) => etlBytes(`${DAO_TOKENS}/expected_${name}.json`))
            .flatMap((bytes) => [bytes, Buffer.from('\n')]),
        ),
      );
      assert.deepEqual(comparable(lines), comparable(rpc));
      const [first] = rpc.transactions;
      assert.equal(first.record.succeeded, null);
      assert.equal(first.record.burntWei, 0n);
      assert.deepEqual(first.record.tokens, [
        {
          asset: '0xbb9bc244d798123fde783fcc1c72d3bb8c189413',
          from: '0x6498077292a0921c8804924fdf47b5e91e2a215f',
          to: '0x8b3b3b624c3c0397d3da8fd861512393d51dcbac',
          amount: 5n * 10n ** 18n,
          logIndex: 0,
          step: null,
        },
      ]);
    },
  );

  for (const kind of ['create', 'error', 'subtraces', 'suicide']) {
    itWithData(
      `traces, block with ${kind}: a node's answer and the table give the same moves`,
      'ethereum-etl-blocks',
      () => {
        const folder = `test_export_traces_job/block_with_${kind}`;
        const number = { create: '0xf44f2', error: '0xf45bf', subtraces: '0xf4240', suicide: '0xf7105' }[kind];
        const rpc = readBytes(etlBytes(`${folder}/web3_response.trace_block_${number}.json`));
        const csv = readBytes(etlBytes(`${folder}/expected_traces.csv`));
        const moves = (parsed: ParsedAccountFile): unknown[] =>
          parsed.transactions.map(({ record: { hash, internal, succeeded } }) => [hash, internal, succeeded]);
        assert.deepEqual(moves(csv), moves(rpc));
        assert.equal(rpc.transactions.length, 2 - Number(kind === 'suicide'));
        assert.equal(rpc.blocks[0].block.credits?.length, 1, 'the reward of the block');
        const internal = rpc.transactions.flatMap(({ record }) => record.internal ?? []);
        assert.deepEqual(
          internal.map(({ kind: own, valueWei, traceAddress }) => [own, valueWei, traceAddress]),
          kind === 'suicide' ? [['selfdestruct', 50_000_000_000_000_000n, '0']] : [],
          'CALLCODE moves nothing, a failed call neither',
        );
        assert.equal(rpc.transactions[0].record.succeeded, kind !== 'error');
      },
    );
  }

  itWithData(
    'traces of go-ethereum name no transaction: they are read beside the block, or refused',
    'ethereum-etl-blocks',
    () => {
      const traces = etlBytes(
        'test_extract_geth_traces_job/block_with_suicide/web3_response.debug_traceBlockByNumber_0xf7105_tracer_calltracer.json',
      ).toString('utf8');
      assert.throws(() => readBytes(traces), /the traces name no transactions/);
      const geth = readBytes(etlBytes('test_extract_geth_traces_job/block_with_error/geth_traces.json'));
      assert.equal(geth.transactions.length, 0);
      assert.match(geth.notes.join('\n'), /2 traces name no transactions and were left out/);
    },
  );

  itWithData('files of one export are one body, whatever their order', 'ethereum-etl-blocks', () => {
    const paths = ['receipts.csv', 'logs.csv'].map((file) =>
      sharedData(`ethereum-etl-blocks/test_export_receipts_job/receipts_with_logs/expected_${file}`),
    );
    const more = ['blocks.csv', 'transactions.csv'].map((file) =>
      sharedData(`ethereum-etl-blocks/test_export_blocks_job/block_with_logs/expected_${file}`),
    );
    const all = [...paths, ...more];
    assert.ok(all.every((path) => looksLikeAccountChain(readFileSync(path))));
    assert.deepEqual(groupAccountFiles(all, 'auto'), [all]);
    const options = { format: 'auto', chainId: 1 } as const;
    const parsed = readAccountFiles(all, options);
    assert.equal(parsed.sha256, readAccountFiles(all.toReversed(), options).sha256);
    assert.equal(parsed.transactions.length, 4);
    const own = parsed.transactions.find(({ record }) => record.txIndex === 2)?.record;
    // 21,000 gas at 50 gwei; the block has logs, so that a transaction without any has none.
    assert.deepEqual([own?.feeWei, own?.tokens], [21_000n * 50_000_000_000n, []]);
    assert.equal(parsed.transactions[0].record.tokens?.[0].amount, 100_000n);
  });
});
