/** Real files of heists: what they hold, against the figures their collectors state. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { looksLikeAccountChain, type ParsedAccountFile, readAccountFiles } from '../../../src/chain/ethereum/index.ts';
import { type Account, account, SpoorError } from '../../../src/ledger/index.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';

const THIEF = account('0x098b716b8aaf21512996dc57eb0615e2383e2f96');
const BRIDGE = account('0x1a2a1c938ce3ec39b6d47113c7955baa9dd454f2');
const USDC = '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48';
const ETHER = 10n ** 18n;

function read(file: string, owner: Account | null = null): ParsedAccountFile {
  const path = sharedData(file);
  assert.equal(looksLikeAccountChain(readFileSync(path)), true, `${file} is not seen as of an account chain`);
  const parsed = readAccountFiles([path], { format: 'auto', chainId: 1, account: owner });
  assert.equal(parsed.name, basename(path));
  return parsed;
}

/** Ether of the transactions themselves, from one account or to one. */
function sumOf(parsed: ParsedAccountFile, picks: (from: Account | null, to: Account | null) => boolean): bigint {
  return parsed.transactions.reduce((sum, { record: { from, to, valueWei, succeeded } }) => {
    return picks(from, to) && succeeded !== false ? sum + (valueWei ?? 0n) : sum;
  }, 0n);
}

describe('files of real heists', () => {
  itWithData('Ronin, Etherscan: 402 transactions, 35 sent, nonces without a hole', 'ronin-2022', () => {
    const parsed = read('ronin-2022/etherscan.0x098b716b.txlist.json.gz');
    assert.equal(parsed.format, 'etherscan');
    assert.equal(parsed.transactions.length, 402);
    const sent = parsed.transactions.filter(({ record }) => record.from === THIEF);
    assert.deepEqual(
      sent.map(({ record }) => record.nonce).sort((a, b) => Number(a) - Number(b)),
      [...Array(35).keys()],
    );
    assert.ok(
      sent.every(({ record }) => record.feeWei !== null && record.txIndex !== null && record.burntWei === null),
    );
  });

  itWithData(
    'Ronin: 173,600 ETH inside a call of the bridge, 25.5M USDC in and out, a balance of a named account',
    'ronin-2022',
    () => {
      const internal = read('ronin-2022/etherscan.0x098b716b.txlistinternal.json').transactions;
      assert.equal(internal.length, 1);
      assert.equal(internal[0].record.valueWei, null, 'the list says nothing of the value of the transaction itself');
      assert.deepEqual(internal[0].record.internal, [
        { kind: 'call', from: BRIDGE, to: THIEF, valueWei: 173_600n * ETHER, traceAddress: '0_14', step: null },
      ]);
      const tokens = read('ronin-2022/etherscan.0x098b716b.tokentx.json');
      const moves = tokens.transactions.flatMap(({ record }) => record.tokens ?? []);
      assert.equal(moves.length, 6);
      const sum = (picked: typeof moves): bigint => picked.reduce((total, { amount }) => total + amount, 0n);
      assert.equal(sum(moves.filter(({ to }) => to === THIEF)), 25_500_000n * 10n ** 6n);
      assert.equal(sum(moves.filter(({ from }) => from === THIEF)), 25_500_000n * 10n ** 6n);
      assert.deepEqual(tokens.tokens, [{ asset: USDC, symbol: 'USDC', name: 'USDC', decimals: 6 }]);
      const file = 'ronin-2022/etherscan.0x098b716b.balance.json';
      assert.throws(
        () => read(file),
        (error) => error instanceof SpoorError && error.code === 'USAGE' && /--account/.test(error.hint ?? ''),
      );
      assert.deepEqual(read(file, THIEF).balances, [
        { account: THIEF, asset: 'native', blockNumber: null, amount: 101_802_475_783_767_055_350n },
      ]);
    },
  );

  itWithData(
    'Ronin, table of a query: 436 rows without hash, in and out of the first intermediate',
    'ronin-2022',
    () => {
      const parsed = read('ronin-2022/lazarus_sanctioned_addresses_eth_transfers.csv');
      assert.equal(parsed.format, 'transfers');
      assert.equal(parsed.transactions.length, 436);
      assert.equal(new Set(parsed.transactions.map(({ record }) => record.rowKey)).size, 436);
      const hop = account('0x35fb6f6db4fb05e6a4ce86f2c93691425626d4b1');
      // PROVENANCE.md: in 33,568.153, out 33,565.35.
      assert.equal(sumOf(parsed, (_, to) => to === hop) / 10n ** 15n, 33_568_153n);
      assert.equal(sumOf(parsed, (from) => from === hop) / 10n ** 16n, 3_356_535n);
      assert.ok(parsed.transactions.every(({ record }) => record.hash === null && record.timestampSec !== null));
      assert.match(parsed.notes.join('\n'), /436 lines name no transaction/);
    },
  );

  itWithData('Bancor: exact wei from the hacker to the exchange', 'bancor-2018', () => {
    const parsed = read('bancor-2018/all-tx.csv.gz');
    // 196 rows, of which one stands there twice (0x2d23ecde...).
    assert.equal(parsed.transactions.length, 195);
    assert.ok(parsed.transactions.every(({ record }) => !record.approximate));
    const thief = account('0x8ddfdf60aaffe05c623ba193a186abd1f8024946');
    assert.equal(
      sumOf(parsed, (from) => from === thief),
      25_533_614_328_758_401_081_460n,
    );
    const [first, second] = [
      '0xf27b6923ed24eed02de7686962339db00a52d2aa',
      '0xd294ac18b524ff59ab7fffcbd459f11128220550',
    ].map(account);
    const hop = parsed.transactions.filter(
      ({ record }) => record.from === first && record.to === second && record.succeeded,
    );
    assert.equal(hop.length, 78);
    // PROVENANCE.md: 32,733.447 ETH in 78 transfers, then 32,733.437 in 77.
    assert.equal(
      sumOf(parsed, (from, to) => from === first && to === second) / 10n ** 15n,
      32_733_446n,
      'rounded up there',
    );
    const exchange = account('0xf056f435ba0cc4fcd2f1b17e3766549ffc404b94');
    assert.equal(sumOf(parsed, (from, to) => from === second && to === exchange) / 10n ** 15n, 32_733_436n);
  });

  itWithData('EasyFi: 4,741 transactions of 8,960 rows, float-damaged amounts marked', 'easyfi-2021', () => {
    const parsed = read('easyfi-2021/all-tx.csv.gz');
    assert.equal(parsed.transactions.length, 4_741);
    const failed = parsed.transactions.filter(({ record }) => record.succeeded === false);
    assert.ok(failed.length > 0 && failed.every(({ record }) => record.tokens === null));
    assert.ok(parsed.transactions.some(({ record }) => record.approximate));
    assert.match(parsed.notes.join('\n'), /went through a float/);
    assert.match(parsed.notes.join('\n'), /1 amount had a fraction of a base unit/);
  });
});
