import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { address as peer } from 'bitcoinjs-lib';
import { explainChecksum } from '../../../src/chain/bitcoin/address-repair.ts';
import { checkAddress, encodeAddress, scriptOfAddress } from '../../../src/chain/bitcoin/index.ts';
import { type Network, SpoorError } from '../../../src/ledger/index.ts';
import { projectPath } from '../../support/shared-data.ts';

interface SegwitVectors {
  valid: [address: string, scriptPubKey: string, type: string][];
  invalid: [address: string, reason: string][];
}

const vectors: SegwitVectors = JSON.parse(
  readFileSync(projectPath('test/vectors/bitcoin/segwit-addresses.json'), 'utf8'),
);
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

/** The refusal's message. */
function refusal(text: string, network?: Network): string {
  try {
    const { address } = checkAddress(text, network);
    assert.fail(`${text} was accepted as ${address}`);
  } catch (error) {
    assert.ok(error instanceof SpoorError);
    assert.equal(error.code, 'ADDRESS_INVALID');
    return error.message;
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const hash20 = Uint8Array.from({ length: 20 }, (_, index) => index * 11 + 3);
const hash32 = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 5);

/** One address per type and network; made by bitcoinjs-lib unless it is a well-known one. */
const SAMPLES: [text: string, network: Network, type: string][] = [
  // Reward of the genesis block, 2009-01-03.
  ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'mainnet', 'p2pkh'],
  [peer.toBase58Check(hash20, 5), 'mainnet', 'p2sh'],
  [peer.toBase58Check(hash20, 0x6f), 'testnet', 'p2pkh'],
  [peer.toBase58Check(hash20, 0xc4), 'testnet', 'p2sh'],
  // BIP173, examples.
  ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'mainnet', 'p2wpkh'],
  ['bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3', 'mainnet', 'p2wsh'],
  // BIP350, test vectors.
  ['bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0', 'mainnet', 'p2tr'],
  // BIP433: the one pay-to-anchor address of mainnet.
  ['bc1pfeessrawgf', 'mainnet', 'p2a'],
  [peer.toBech32(hash20, 0, 'tb'), 'testnet', 'p2wpkh'],
  [peer.toBech32(hash32, 1, 'bcrt'), 'regtest', 'p2tr'],
  [peer.toBech32(hash20, 5, 'bc'), 'mainnet', 'witness_unknown'],
];

describe('checkAddress accepts', () => {
  it('every valid segwit vector of BIP350, with its script', () => {
    for (const [text, scriptPubKey, type] of vectors.valid) {
      const checked = checkAddress(text);
      assert.equal(hex(checked.scriptPubKey), scriptPubKey, text);
      assert.equal(checked.type, type, text);
      assert.equal(checked.address, text.toLowerCase());
      assert.equal(checked.network, /^bc/i.test(text) ? 'mainnet' : 'testnet');
    }
  });

  it('each type on its network', () => {
    for (const [text, network, type] of SAMPLES) {
      const checked = checkAddress(text);
      assert.deepEqual([checked.network, checked.type, checked.address], [network, type, text]);
      assert.equal(hex(scriptOfAddress(checked.address)), hex(checked.scriptPubKey));
    }
  });

  it('base58 of any hash, leading zeros too, as bitcoinjs-lib encodes it', () => {
    for (let zeros = 0; zeros <= 20; zeros += 1) {
      const hash = hash20.map((byte, index) => (index < zeros ? 0 : byte));
      for (const version of [0, 5, 0x6f, 0xc4]) {
        const { scriptPubKey } = checkAddress(peer.toBase58Check(hash, version));
        const start = version === 0 || version === 0x6f ? 3 : 2;
        assert.equal(hex(scriptPubKey.subarray(start, start + 20)), hex(hash));
      }
    }
  });

  it('the asked network where prefixes are shared, and testnet unasked', () => {
    const base58 = peer.toBase58Check(hash20, 0x6f);
    const segwit = peer.toBech32(hash20, 0, 'tb');
    assert.equal(checkAddress(base58, 'regtest').network, 'regtest');
    assert.equal(checkAddress(base58, 'signet').network, 'signet');
    assert.equal(checkAddress(segwit, 'signet').network, 'signet');
    assert.equal(checkAddress(segwit).network, 'testnet');
  });

  it('what encodeAddress renders', () => {
    for (const network of ['mainnet', 'testnet', 'signet', 'regtest'] as const) {
      for (const type of ['p2pkh', 'p2sh', 'p2wpkh'] as const) {
        assert.equal(checkAddress(encodeAddress(type, hash20, network), network).type, type);
      }
      for (const type of ['p2wsh', 'p2tr'] as const) {
        assert.equal(checkAddress(encodeAddress(type, hash32, network), network).type, type);
      }
      assert.equal(encodeAddress('witness_unknown', Uint8Array.of(16, 0x75, 0x1e), 'mainnet'), 'bc1sw50qgdz25j');
    }
  });
});

describe('checkAddress refuses', () => {
  it('every invalid segwit vector of BIP173 and BIP350, saying why', () => {
    for (const [text, reason] of vectors.invalid) assert.ok(refusal(text).includes(reason), refusal(text));
  });

  for (const [text, , type] of SAMPLES) {
    it(`one altered character anywhere in a ${type} of ${text.length} characters, naming its place`, function () {
      this.timeout(20_000);
      const alphabet = text.startsWith('bc') || text.startsWith('tb') ? BECH32 : BASE58;
      const turns = alphabet === BECH32 ? 4 : 3;
      for (let index = 0; index < text.length; index += 1) {
        for (let turn = 0; turn < turns; turn += 1) {
          const letter = alphabet[(index * 13 + turn * 17 + 1) % alphabet.length];
          if (letter === text[index]) continue;
          const message = refusal(text.slice(0, index) + letter + text.slice(index + 1));
          assert.match(message, new RegExp(`: character ${index + 1} \\("${letter}"\\) `), message);
        }
      }
    });

    it(`a foreign character anywhere in a ${type}, naming its place`, () => {
      for (let index = 0; index < text.length; index += 1) {
        const message = refusal(`${text.slice(0, index)}!${text.slice(index + 1)}`);
        assert.match(message, new RegExp(`: character ${index + 1} \\("!"\\) `), message);
      }
    });
  }

  it('all other letters at one place of each encoding', () => {
    for (const [text, index, alphabet] of [
      ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 16, BASE58],
      ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 0, BASE58],
      ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 20, BECH32],
      ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 3, BECH32],
    ] as const) {
      for (const letter of alphabet) {
        if (letter === text[index]) continue;
        const message = refusal(text.slice(0, index) + letter + text.slice(index + 1));
        assert.ok(message.includes(`the checksum holds with "${text[index]}"`), message);
      }
    }
  });

  it('swapped neighbours, a missing and a doubled character, saying which', () => {
    const base58 = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa';
    assert.match(refusal('1A1zP1eP5QGefi2DMPTfTL5LSmv7DivfNa'), /characters 24 and 25 \("LS"\) are probably swapped/);
    assert.match(refusal(base58.slice(0, 9) + base58.slice(10)), /character 10 is probably missing: .* with "Q"/);
    assert.match(
      refusal(`${base58.slice(0, 20)}x${base58.slice(20)}`),
      /character 21 \("x"\) is probably one too many/,
    );
    const segwit = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4';
    assert.match(refusal(segwit.replace('508', '580')), /characters 7 and 8 \("80"\) are probably swapped/);
    assert.match(refusal(segwit.replace('bc1', 'b1')), /character 2 is probably missing: .* with "c"/);
    assert.match(refusal(segwit.replace('d6q', 'dd6q')), /\("d"\) is probably one too many/);
  });

  it('a leading 1 too many or missing, though the number behind it is the same', () => {
    assert.match(refusal('11A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'), /character 1 \("1"\) is probably one too many/);
    assert.match(refusal('A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'), /character 1 is probably missing: .* with "1"/);
  });

  it('two possible explanations without choosing one', () => {
    const space = { alphabet: 'ab', holds: (candidate: string) => candidate === 'aa' || candidate === 'bb' };
    assert.match(explainChecksum('ab', space), /more than one single change would repair it/);
    // From "aaa" every removal gives the same "aa": one explanation.
    assert.match(explainChecksum('aaa', space), /^character 1 \("a"\) is probably one too many/);
  });

  it('two wrong characters without guessing', () => {
    assert.match(refusal('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfXX'), /more than one character is wrong/);
    assert.match(refusal('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3qq'), /more than one character is wrong/);
  });

  it('another network than the asked one, naming both', () => {
    assert.match(refusal('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'testnet'), /belongs to mainnet, and testnet was asked/);
    assert.match(refusal(peer.toBech32(hash20, 0, 'tb'), 'mainnet'), /testnet or signet, and mainnet was asked/);
    assert.match(refusal(peer.toBech32(hash20, 0, 'bcrt'), 'testnet'), /regtest, and testnet was asked/);
  });

  it('addresses of other coins and other texts', () => {
    // Version byte 48 is Litecoin's, prefix ltc its segwit form.
    assert.match(refusal(peer.toBase58Check(hash20, 48)), /version byte 48 belongs to no Bitcoin network/);
    assert.match(refusal(peer.toBech32(hash20, 0, 'ltc')), /prefix "ltc" belongs to no Bitcoin network/);
    assert.match(refusal(`0x${'ab'.repeat(20)}`), /Ethereum/);
    assert.match(refusal(''), /empty/);
    assert.match(refusal(' 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'), /character 1 \(" "\)/);
    assert.match(refusal('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\n'), /character 35 \("\\n"\)/);
    assert.match(refusal('1'.repeat(10_000)), /has 10000 characters/);
    assert.match(refusal(`bc1${'q'.repeat(10_000)}`), /has 10003 characters/);
  });
});
