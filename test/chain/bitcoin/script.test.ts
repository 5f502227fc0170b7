import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { classifyScript, isProvablyUnspendable } from '../../../src/chain/bitcoin/index.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';

const key33 = `02${'11'.repeat(32)}`;
const key65 = `04${'22'.repeat(64)}`;
const push33 = `21${key33}`;
const push65 = `41${key65}`;
const hash20 = 'aa'.repeat(20);
const hash32 = 'bb'.repeat(32);

/** Opcode of a small number as hex. */
const op = (count: number) => (0x50 + count).toString(16);
const typeOf = (script: string) => classifyScript(Buffer.from(script, 'hex'), 'mainnet').type;

describe('classifyScript by hand-written scripts', () => {
  const cases: [what: string, script: string, type: string][] = [
    ['compressed key', `${push33}ac`, 'p2pk'],
    ['uncompressed key', `${push65}ac`, 'p2pk'],
    ['hybrid key', `4106${'22'.repeat(64)}ac`, 'p2pk'],
    ['key of a wrong first byte', `2105${'11'.repeat(32)}ac`, 'nonstandard'],
    ['compressed first byte in 65 bytes', `4102${'22'.repeat(64)}ac`, 'nonstandard'],
    ['hash of a key', `76a914${hash20}88ac`, 'p2pkh'],
    ['hash of a key, then more', `76a914${hash20}88ac61`, 'nonstandard'],
    ['hash of a key, last opcode another', `76a914${hash20}88ad`, 'nonstandard'],
    ['hash of a script', `a914${hash20}87`, 'p2sh'],
    ['hash of a script, EQUALVERIFY', `a914${hash20}88`, 'nonstandard'],
    ['version 0, 20 bytes', `0014${hash20}`, 'p2wpkh'],
    ['version 0, 32 bytes', `0020${hash32}`, 'p2wsh'],
    ['version 0, 21 bytes', `0015${hash20}aa`, 'nonstandard'],
    ['version 1, 32 bytes', `5120${hash32}`, 'p2tr'],
    ['version 1, 20 bytes', `5114${hash20}`, 'witness_unknown'],
    ['version 1, 4e73', '51024e73', 'p2a'],
    ['version 1, 4e74', '51024e74', 'witness_unknown'],
    ['version 2, 4e73', '52024e73', 'witness_unknown'],
    ['version 16, 40 bytes', `6028${'cc'.repeat(40)}`, 'witness_unknown'],
    ['version 16, 41 bytes', `6029${'cc'.repeat(41)}`, 'nonstandard'],
    ['version 2, 1 byte', '5201cc', 'nonstandard'],
    ['OP_RESERVED is no version', `5020${hash32}`, 'nonstandard'],
    ['OP_1NEGATE is no version', `4f20${hash32}`, 'nonstandard'],
    ['OP_NOP is no version', `6120${hash32}`, 'nonstandard'],
    ['a push that lies', `5121${hash32}`, 'nonstandard'],
    ['1 of 2', `${op(1)}${push33}${push65}${op(2)}ae`, 'multisig'],
    ['16 of 16', `${op(16)}${push33.repeat(16)}${op(16)}ae`, 'multisig'],
    ['17 of 20 with pushed counts', `0111${push33.repeat(20)}0114ae`, 'multisig'],
    ['1 of 21', `${op(1)}${push33.repeat(21)}0115ae`, 'nonstandard'],
    ['16 in a push is not the shortest form', `0110${push33.repeat(16)}${op(16)}ae`, 'nonstandard'],
    ['3 of 2', `${op(3)}${push33}${push33}${op(2)}ae`, 'nonstandard'],
    ['0 of 1', `00${push33}${op(1)}ae`, 'nonstandard'],
    ['2 announced, 1 given', `${op(1)}${push33}${op(2)}ae`, 'nonstandard'],
    ['1 of 1 cut short', `${op(1)}${push33.slice(0, -2)}${op(1)}ae`, 'nonstandard'],
    ['OP_RETURN with data', '6a0548656c6c6f', 'op_return'],
    ['OP_RETURN alone', '6a', 'op_return'],
    ['OP_RETURN with a push that lies', '6a4c', 'op_return'],
    ['empty', '', 'nonstandard'],
    ['OP_TRUE', '51', 'nonstandard'],
  ];
  for (const [what, script, type] of cases) {
    it(`${what}: ${type}`, () => assert.equal(typeOf(script), type));
  }

  it('never throws on any prefix of any of them', () => {
    for (const [, script] of cases) {
      for (let length = 0; length <= script.length; length += 2) typeOf(script.slice(0, length));
    }
  });

  it('gives no address to p2pk, multisig, op_return and nonstandard', () => {
    for (const [, script, type] of cases) {
      const { address } = classifyScript(Buffer.from(script, 'hex'), 'mainnet');
      assert.equal(address === null, ['p2pk', 'multisig', 'op_return', 'nonstandard'].includes(type), script);
    }
  });

  it('renders the address of the network it is given', () => {
    // Genesis key hash; BIP350 vector; BIP433.
    const addressOn = (script: string, network: 'mainnet' | 'testnet' | 'regtest') =>
      classifyScript(Buffer.from(script, 'hex'), network).address;
    const genesis = '76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac';
    assert.equal(addressOn(genesis, 'mainnet'), '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa');
    assert.equal(
      addressOn('5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433', 'testnet'),
      'tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c',
    );
    assert.equal(addressOn('51024e73', 'mainnet'), 'bc1pfeessrawgf');
    assert.equal(addressOn('6002751e', 'mainnet'), 'bc1sw50qgdz25j');
  });
});

describe('isProvablyUnspendable', () => {
  it('holds for OP_RETURN in front and for more than 10,000 bytes, not for an OP_RETURN further on', () => {
    assert.equal(isProvablyUnspendable(Uint8Array.of(0x6a)), true);
    assert.equal(isProvablyUnspendable(Uint8Array.of(0x51, 0x6a)), false);
    assert.equal(isProvablyUnspendable(new Uint8Array()), false);
    assert.equal(isProvablyUnspendable(new Uint8Array(10_000)), false);
    assert.equal(isProvablyUnspendable(new Uint8Array(10_001)), true);
  });
});

const ESPLORA_TYPES: Record<string, string> = {
  p2pk: 'p2pk',
  p2pkh: 'p2pkh',
  p2sh: 'p2sh',
  v0_p2wpkh: 'p2wpkh',
  v0_p2wsh: 'p2wsh',
  v1_p2tr: 'p2tr',
  op_return: 'op_return',
  multisig: 'multisig',
};

interface EsploraOutput {
  scriptpubkey: string;
  scriptpubkey_type: string;
  scriptpubkey_address?: string;
}

function isEsploraOutput(value: object): value is EsploraOutput {
  return 'scriptpubkey' in value && 'scriptpubkey_type' in value;
}

function* outputsIn(value: unknown): Generator<EsploraOutput> {
  if (typeof value !== 'object' || value === null) return;
  if (isEsploraOutput(value)) yield value;
  for (const child of Object.values(value)) yield* outputsIn(child);
}

describe('classifyScript against an explorer', () => {
  itWithData('agrees on type and address of every script in the recorded answers', 'esplora-fixtures', () => {
    const folder = sharedData('esplora-fixtures');
    let compared = 0;
    for (const name of readdirSync(folder).filter((file) => /\.json(\.gz)?$/.test(file))) {
      const raw = readFileSync(join(folder, name));
      const json: unknown = JSON.parse((name.endsWith('.gz') ? gunzipSync(raw) : raw).toString('utf8'));
      for (const output of outputsIn(json)) {
        const type = ESPLORA_TYPES[output.scriptpubkey_type];
        if (type === undefined) continue;
        const found = classifyScript(Buffer.from(output.scriptpubkey, 'hex'), 'mainnet');
        assert.equal(found.type, type, output.scriptpubkey);
        assert.equal(found.address, output.scriptpubkey_address ?? null, output.scriptpubkey);
        compared += 1;
      }
    }
    assert.ok(compared > 500, `${compared} scripts compared`);
  });
});
