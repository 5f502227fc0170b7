import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classifyScript } from '../../../src/chain/bitcoin/script.ts';
import { SPOOR_LEDGER_SCHEMA, spoorBlockLine, spoorLine } from '../../../src/chain/bitcoin/source-file-spoor.ts';
import {
  type BlockRecord,
  blockHash,
  type InputRecord,
  MAX_MONEY_SAT,
  type OutputRecord,
  satoshi,
  type TransactionRecord,
  txid,
} from '../../../src/ledger/index.ts';
import {
  BLOCK_HASH,
  BROKEN_ADDRESS,
  CHANGE,
  GENESIS_SCRIPT,
  itRefuses,
  PAYEE,
  PAYEE_SCRIPT,
  PREV_TXID,
  readContent,
  TXID,
} from './source-content.ts';

const INPUT = { prevTxid: PREV_TXID, prevVout: 1, valueSat: '1000', prevAddress: PAYEE };
const OUTPUT = { valueSat: '600', address: CHANGE };
const TX = { txid: TXID, height: 7, position: 1, inputs: [INPUT], outputs: [OUTPUT] };
const SCHEMA = { schema: SPOOR_LEDGER_SCHEMA, note: 'unknown keys are no matter' };

function lines(...objects: object[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n');
}

function withOutput(change: object): string {
  return lines(SCHEMA, { ...TX, outputs: [{ ...OUTPUT, ...change }] });
}

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const hex64 = fc.stringMatching(/^[0-9a-f]{64}$/);
/** Records with the prototype that object literals have. */
const PLAIN = { noNullPrototype: true };
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const index = fc.integer({ min: 0, max: 0x7fff_ffff });
const sat = fc.integer({ min: 0, max: MAX_MONEY_SAT }).map((value) => satoshi(value));
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString('hex'));
const script = fc.oneof(bytes, fc.constantFrom(PAYEE_SCRIPT, GENESIS_SCRIPT, ''));
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

/** A script with the address that it renders, as every record in a store has it; or neither. */
const lock = some(script).map((hex) => {
  const address = hex === null ? null : classifyScript(Buffer.from(hex, 'hex'), 'mainnet').address;
  return { hex, address };
});

const input: fc.Arbitrary<InputRecord> = fc
  .record({
    prevTxid: some(hex64.map((text) => txid(text))),
    prevVout: some(fc.integer({ min: 0, max: 0xffff_fffe })),
    prevAlias: some(fc.string()),
    valueSat: some(sat),
    lock,
    scriptSig: some(bytes),
    sequence: some(uint32),
    witness: some(fc.array(bytes, { maxLength: 3 })),
  })
  .map(({ lock: { hex, address }, ...rest }) => ({ ...rest, prevScript: hex, prevAddress: address }));

const output: fc.Arbitrary<OutputRecord> = fc
  .record({ valueSat: sat, lock, spent: some(fc.boolean()), spenderTxid: some(hex64.map((text) => txid(text))) })
  .map(({ lock: { hex, address }, ...rest }) => ({ ...rest, scriptPubKey: hex, address }));

const transaction: fc.Arbitrary<TransactionRecord> = fc.record(
  {
    txid: hex64.map((text) => txid(text)),
    version: some(uint32),
    lockTime: some(uint32),
    coinbase: fc.boolean(),
    inputs: fc.array(input, { maxLength: 4 }),
    outputs: fc.array(output, { maxLength: 4 }),
    feeSat: some(sat),
    alias: some(fc.string()),
    height: some(index),
    blockHash: some(hex64.map((text) => blockHash(text))),
    position: some(index),
    timestampSec: some(uint32),
    seenSec: some(uint32),
  },
  PLAIN,
);

const block: fc.Arbitrary<BlockRecord> = fc.record(
  {
    hash: hex64.map((text) => blockHash(text)),
    height: some(index),
    prevHash: some(hex64.map((text) => blockHash(text))),
    merkleRoot: some(hex64),
    timestampSec: some(uint32),
    transactionCount: some(index),
  },
  PLAIN,
);

describe('chain/bitcoin source-file-spoor', () => {
  it('reads lines with and without the schema line; what is left out is null', () => {
    const header = { hash: BLOCK_HASH, height: 7 };
    const parsed = readContent(lines(SCHEMA, { block: header }, { ...TX, more: [] }));
    assert.equal(parsed.format, 'spoor');
    const rest = { prevHash: null, merkleRoot: null, timestampSec: null, transactionCount: null };
    assert.deepEqual(parsed.blocks, [
      { place: { file: 'facts.json', record: 'line 2' }, block: { ...header, ...rest } },
    ]);
    assert.deepEqual(parsed.transactions, [
      {
        place: { file: 'facts.json', record: 'line 3' },
        record: {
          txid: TXID,
          version: null,
          lockTime: null,
          coinbase: false,
          inputs: [
            {
              prevTxid: PREV_TXID,
              prevVout: 1,
              prevAlias: null,
              valueSat: 1000,
              prevScript: null,
              prevAddress: PAYEE,
              scriptSig: null,
              sequence: null,
              witness: null,
            },
          ],
          outputs: [{ valueSat: 600, scriptPubKey: null, address: CHANGE, spent: null, spenderTxid: null }],
          feeSat: null,
          alias: null,
          height: 7,
          blockHash: null,
          position: 1,
          timestampSec: null,
          seenSec: null,
        },
      },
    ]);
    assert.deepEqual(readContent(lines(TX)).transactions[0].record, parsed.transactions[0].record);
  });

  it('reads whole numbers as well as decimal text, and fills the address from the script', () => {
    const [{ record }] = readContent(
      withOutput({ valueSat: 600, address: undefined, scriptPubKey: PAYEE_SCRIPT }),
    ).transactions;
    assert.deepEqual([record.outputs[0].valueSat, record.outputs[0].address], [600, PAYEE]);
  });

  it('writes keys in one order, amounts as text, nulls not at all', () => {
    const [{ record }] = readContent(lines({ ...TX, feeSat: 400, coinbase: false, seenSec: 9 })).transactions;
    assert.equal(
      spoorLine(record),
      `{"txid":"${TXID}","height":7,"position":1,"seenSec":9,"feeSat":"400",` +
        `"inputs":[{"prevTxid":"${PREV_TXID}","prevVout":1,"valueSat":"1000","prevAddress":"${PAYEE}"}],` +
        `"outputs":[{"valueSat":"600","address":"${CHANGE}"}]}`,
    );
  });

  it(`reads back what it writes (seed ${seed})`, () => {
    const ledger = fc.tuple(fc.array(transaction, { minLength: 1, maxLength: 3 }), fc.array(block, { maxLength: 2 }));
    fc.assert(
      fc.property(ledger, ([records, blocks]) => {
        const written = [...records.map(spoorLine), ...blocks.map(spoorBlockLine)];
        assert.ok(written.every((line) => !line.includes('\n')));
        const parsed = readContent(written.join('\n'), { format: 'spoor' });
        assert.deepEqual(
          parsed.transactions.map((item) => item.record),
          records,
        );
        assert.deepEqual(
          parsed.blocks.map((item) => item.block),
          blocks,
        );
        assert.deepEqual(
          parsed.transactions.map((item) => spoorLine(item.record)),
          written.slice(0, records.length),
        );
      }),
      { seed, numRuns: 150 },
    );
  });

  it('refuses another schema', () => {
    assert.throws(() => readContent(lines({ schema: 'spoor.ledger/2' }, TX)), {
      code: 'MALFORMED',
      message: /spoor\.ledger\/1/,
    });
  });

  itRefuses([
    {
      title: 'a decimal amount',
      content: withOutput({ valueSat: 600.5 }),
      field: 'outputs[0].valueSat',
      says: /a decimal number/,
    },
    {
      title: 'a decimal amount in quotes',
      content: withOutput({ valueSat: '600.5' }),
      field: 'outputs[0].valueSat',
      says: /not a whole number of satoshi/,
    },
    {
      title: 'a negative amount',
      content: withOutput({ valueSat: -600 }),
      field: 'outputs[0].valueSat',
      says: /negative/,
    },
    {
      title: 'a negative amount in quotes',
      content: withOutput({ valueSat: '-600' }),
      field: 'outputs[0].valueSat',
      says: /not a whole number of satoshi/,
    },
    {
      title: 'an amount above all coins',
      content: withOutput({ valueSat: '2100000000000001' }),
      field: 'outputs[0].valueSat',
      says: /above all the bitcoins/,
    },
    {
      title: 'a missing amount',
      content: withOutput({ valueSat: null }),
      field: 'outputs[0].valueSat',
      says: /found null/,
    },
    {
      title: 'an address with a wrong character',
      content: withOutput({ address: BROKEN_ADDRESS }),
      field: 'outputs[0].address',
      says: /checksum|character/,
    },
    {
      title: 'a txid with a wrong character',
      content: lines(SCHEMA, { ...TX, txid: `g${TXID.slice(1)}` }),
      field: 'txid',
      says: /character 1 \("g"\)/,
    },
    {
      title: 'missing outputs',
      content: lines(SCHEMA, { ...TX, outputs: undefined }),
      field: 'outputs',
      says: /missing: expected a list/,
    },
    {
      title: 'the vout of a coinbase',
      content: lines(SCHEMA, { ...TX, inputs: [{ ...INPUT, prevVout: 4294967295 }] }),
      field: 'inputs[0].prevVout',
      says: /from 0 to 4294967294/,
    },
    {
      title: 'coinbase as a text',
      content: lines(SCHEMA, { ...TX, coinbase: 'no' }),
      field: 'coinbase',
      says: /expected true or false/,
    },
    {
      title: 'a block without hash',
      content: lines(SCHEMA, { block: { height: 7 } }),
      field: 'block.hash',
      says: /missing/,
    },
    {
      title: 'a line that is a list',
      content: lines(SCHEMA, []),
      field: undefined,
      says: /expected an object, found a list/,
    },
    { title: 'a line that is cut', content: lines(SCHEMA, TX).slice(0, -4), field: undefined, says: /line 2, column/ },
  ]);
});
