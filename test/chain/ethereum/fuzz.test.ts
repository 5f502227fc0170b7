/** Damage to a body of every format: the same kind of facts, or a typed error that names the file; never another exception, never a hang. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type AccountFormat, looksLikeAccountChain, readAccountBytes } from '../../../src/chain/ethereum/index.ts';
import { account, effectsOf, MAX_WORD, SpoorError } from '../../../src/ledger/index.ts';
import { damage, swapToken } from '../../support/mutations.ts';
import { Prng } from '../../support/prng.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';

const SEED = 20_261_125;
const OWNER = account('0x098b716b8aaf21512996dc57eb0615e2383e2f96');
/** Far above what the largest of these bodies takes on a busy machine, far below a hang. */
const MOST_MS = 5_000;
const RPC =
  'ethereum-etl-blocks/test_stream/blocks_1755634_1755635/web3_response.eth_getBlockByNumber_0x1ac9f3_true.json';

interface Body {
  readonly file: string;
  readonly format: AccountFormat;
  /** Bytes from the start; the rest only makes the test slow. */
  readonly first?: number;
  readonly isTable?: boolean;
}

const BODIES: readonly Body[] = [
  { file: 'ronin-2022/etherscan.0x098b716b.tokentx.json', format: 'etherscan' },
  { file: 'ronin-2022/etherscan.0x098b716b.txlistinternal.json', format: 'etherscan' },
  { file: 'ronin-2022/etherscan.0x098b716b.balance.json', format: 'etherscan' },
  {
    file: 'ronin-2022/lazarus_sanctioned_addresses_eth_transfers.csv',
    format: 'transfers',
    first: 2_400,
    isTable: true,
  },
  { file: 'easyfi-2021/all-tx.csv.gz', format: 'transfers', first: 6_000, isTable: true },
  { file: RPC, format: 'ethereum-rpc' },
  {
    file: 'ethereum-etl-blocks/test_export_traces_job/block_with_suicide/web3_response.trace_block_0xf7105.json',
    format: 'ethereum-rpc',
  },
  {
    file: 'ethereum-etl-blocks/test_export_receipts_job/receipts_with_logs/web3_response.eth_getTransactionReceipt_0x04cbcb236043d8fb7839e07bbc7f5eed692fb2ca55d897f1101eac3e3ad4fab8.json',
    format: 'ethereum-rpc',
  },
  {
    file: 'ethereum-etl-blocks/test_export_traces_job/block_with_subtraces/expected_traces.csv',
    format: 'ethereum-etl',
    isTable: true,
  },
  { file: 'ethereum-etl-blocks/test_stream/blocks_1755634_1755635/expected_logs.json', format: 'ethereum-etl' },
];

function bytesOf({ file, first }: Body): Buffer {
  const bytes = readFileSync(sharedData(file));
  const content = file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  return first === undefined ? content : content.subarray(0, content.lastIndexOf(0x0a, first) + 1);
}

/** A cell of a table replaced by what a bad export puts there. */
function swapCell(bytes: Buffer, random: Prng): Buffer {
  const lines = bytes.toString('utf8').split('\n');
  const at = random.int(Math.max(1, lines.length - 1));
  const cells = lines[at].split(',');
  cells[random.int(cells.length)] = random.pick([
    '',
    '-1',
    '1e99',
    '1.5',
    'NaN',
    '"',
    '0x',
    'null',
    '9'.repeat(90),
    '\u0000',
  ]);
  lines[at] = cells.join(',');
  return Buffer.from(lines.join('\n'));
}

/** What came of damaged bytes: `read` or the code of the refusal. Anything else fails the test. */
function outcomeOf(bytes: Buffer, format: AccountFormat): string {
  const started = process.hrtime.bigint();
  looksLikeAccountChain(bytes);
  let outcome = 'read';
  try {
    const parsed = readAccountBytes(bytes, { name: 'damaged', format, chainId: 1, account: OWNER });
    for (const { record } of parsed.transactions) {
      assert.ok(record.hash !== null || record.rowKey !== null);
      for (const { amount } of effectsOf(record, null).effects) assert.ok(amount > 0n && amount <= MAX_WORD * MAX_WORD);
    }
  } catch (error) {
    assert.ok(error instanceof SpoorError, error instanceof Error ? error.stack : String(error));
    assert.equal(error.place.file, 'damaged', error.message);
    outcome = error.code;
  }
  assert.ok(process.hrtime.bigint() - started < BigInt(MOST_MS) * 1_000_000n, 'it took too long');
  return outcome;
}

describe('damaged bodies of account chains', () => {
  for (const body of BODIES) {
    itWithData(`${body.format}: ${body.file.split('/').at(-1)?.slice(0, 60)}`, body.file, () => {
      const random = Prng.fromSeed(SEED);
      const bytes = bytesOf(body);
      assert.equal(outcomeOf(bytes, body.format), 'read');
      const swap = body.isTable === true ? swapCell : swapToken;
      const outcomes = new Map<string, number>();
      for (let round = 0; round < 120; round += 1) {
        const outcome = outcomeOf((round % 2 === 0 ? swap : damage)(bytes, random), body.format);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      assert.ok((outcomes.get('MALFORMED') ?? 0) > 10, `seed ${SEED}: ${[...outcomes].join(' ')}`);
    });
  }
});
