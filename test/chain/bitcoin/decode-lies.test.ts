import assert from 'node:assert/strict';
import { Transaction } from 'bitcoinjs-lib';
import { decodeTransaction } from '../../../src/chain/bitcoin/index.ts';
import { refusal } from './decode-refusal.ts';

const bytesOf = (hex: string) => Buffer.from(hex, 'hex');

/** A transaction of one input and one output by parts; every part can be replaced. */
function built(
  parts: Partial<Record<'inputs' | 'prevout' | 'scriptSig' | 'outputs' | 'value' | 'script' | 'tail', string>>,
) {
  const prevout = parts.prevout ?? `${'11'.repeat(32)}00000000`;
  const input = `${parts.inputs ?? '01'}${prevout}${parts.scriptSig ?? '0151'}ffffffff`;
  const output = `${parts.outputs ?? '01'}${parts.value ?? '0100000000000000'}${parts.script ?? '0151'}`;
  return bytesOf(`01000000${input}${output}${parts.tail ?? '00000000'}`);
}

describe('decodeTransaction against lying bytes', () => {
  it('reads the honest form', () => {
    const { record } = decodeTransaction(built({}), 'mainnet');
    assert.equal(record.outputs[0].valueSat, 1);
    assert.equal(record.inputs[0].scriptSig, '51');
    assert.equal(record.coinbase, false);
  });

  // Places by hand: version 0-3, input count 4, prevout 5-40, script length 41, script 42, sequence 43-46, output count 47, value 48-55,
  // script length 56.
  const lies: [what: string, bytes: Buffer, field: string, offset: number][] = [
    ['an input count beyond the data', built({ inputs: 'fd0002' }), 'inputs', 4],
    // Two inputs need 82 bytes; 57 are left: 36 + 2 + 4 of one input, 1 + 8 + 2 of the outputs, 4 of lockTime.
    ['one input more than fits', built({ inputs: '02' }), 'inputs', 4],
    ['an input count of 2^64-1', built({ inputs: 'ffffffffffffffffff' }), 'inputs', 4],
    ['an output count beyond the data', built({ outputs: 'fe00000001' }), 'outputs', 47],
    ['a script longer than the data', built({ script: '4051' }), 'outputs[0].scriptPubKey', 56],
    ['a script of 4 GB', built({ scriptSig: 'feffffffff51' }), 'inputs[0].scriptSig', 41],
    ['a count of 1 in three bytes', built({ inputs: 'fd0100' }), 'inputs', 4],
    ['a length of 252 in three bytes', built({ script: `fdfc00${'51'.repeat(252)}` }), 'outputs[0].scriptPubKey', 56],
    [
      'a length of 65,535 in five bytes',
      built({ script: `feffff0000${'51'.repeat(65_535)}` }),
      'outputs[0].scriptPubKey',
      56,
    ],
    ['a length of 1 in nine bytes', built({ script: 'ff010000000000000051' }), 'outputs[0].scriptPubKey', 56],
    ['no input, no witness', bytesOf(`01000000000001000000000000000151${'00'.repeat(4)}`), 'inputs', 4],
    ['an unknown flag', bytesOf(`010000000002${'00'.repeat(60)}`), 'flag', 5],
    ['no input with a witness flag', bytesOf(`01000000000100${'00'.repeat(60)}`), 'inputs', 6],
    ['a reserved prevout index', built({ prevout: `${'11'.repeat(32)}ffffffff` }), 'inputs[0].prevVout', 5],
  ];
  for (const [what, bytes, field, offset] of lies) {
    it(`refuses ${what}`, () => {
      const error = refusal(bytes, 'MALFORMED');
      assert.equal(error.place.field, field, error.message);
      assert.ok(error.message.includes(`at byte ${offset}:`), error.message);
    });
  }

  it('reads the shortest form of lengths on both sides of each border', () => {
    for (const [prefix, length] of [
      ['fc', 252],
      ['fdfd00', 253],
      ['fdffff', 65_535],
      ['fe00000100', 65_536],
    ] as const) {
      const bytes = built({ script: prefix + '51'.repeat(length) });
      const { record } = decodeTransaction(bytes, 'mainnet');
      assert.equal(record.outputs[0].scriptPubKey?.length, length * 2);
      assert.equal(record.txid, Transaction.fromBuffer(bytes).getId());
    }
  });

  it('refuses a witness flag over empty witnesses only', () => {
    const plain = built({});
    const flagged = Buffer.concat([
      plain.subarray(0, 4),
      bytesOf('0001'),
      plain.subarray(4, -4),
      bytesOf('0000000000'),
    ]);
    const error = refusal(flagged, 'MALFORMED');
    assert.equal(error.place.field, 'witness');
    flagged.write('01', flagged.length - 5, 'hex');
    const withEmptyItem = Buffer.concat([flagged.subarray(0, -4), bytesOf('00'), flagged.subarray(-4)]);
    assert.deepEqual(decodeTransaction(withEmptyItem, 'mainnet').record.inputs[0].witness, ['']);
  });

  it('refuses a null prevout beside another input', () => {
    const nullInput = `${'00'.repeat(32)}ffffffff0151ffffffff`;
    const other = `${'11'.repeat(32)}000000000151ffffffff`;
    const bytes = bytesOf(`0100000002${other}${nullInput}0101000000000000000151${'00'.repeat(4)}`);
    const error = refusal(bytes, 'MALFORMED');
    assert.equal(error.place.field, 'inputs[1].prevVout');
  });

  it('takes 21e14 satoshi and refuses one more, a negative and the largest unsigned amount', () => {
    // 2,100,000,000,000,000 = 0x000775f05a074000, little-endian below.
    assert.equal(
      decodeTransaction(built({ value: '0040075af0750700' }), 'mainnet').record.outputs[0].valueSat,
      2_100_000_000_000_000,
    );
    const above = refusal(built({ value: '0140075af0750700' }), 'AMOUNT_INVALID');
    assert.match(above.message, /outputs\[0\]\.valueSat at byte 48: 2100000000000001 satoshi is above/);
    assert.match(refusal(built({ value: 'ffffffffffffffff' }), 'AMOUNT_INVALID').message, /: -1 satoshi is negative/);
    assert.match(
      refusal(built({ value: 'ffffffffffffff7f' }), 'AMOUNT_INVALID').message,
      /: 9223372036854775807 satoshi is above/,
    );
  });
});
