/**
 * Claim:      every address number of a synthetic chain has one output script, made on demand from the number and the seed.
 * Source:     script templates of BIP16, BIP141, BIP341 and of Core's solver; shares per mix from performance.md section 3.
 * Parameters: mix, seed, owner of each address.
 * Cost:       a few integer mixes per script; one point multiplication per uncompressed key, kept.
 * Fails when: a curve is asked about anything but an uncompressed key: other keys are random bytes, and so are all hashes.
 */
import { createECDH, createHash } from 'node:crypto';
import { EXCHANGES, FIRST_MINER, MINERS } from '../../support/synthetic-cast.ts';
import type { ByteWriter } from './generate-bytes.ts';

/** Which years of Bitcoin the scripts look like. */
export type Mix = 'modern' | 'legacy';

/** Output script templates; numbers so that the hot path switches on them. */
export const TEMPLATE = {
  p2pkh: 0,
  p2shMultisig: 1,
  p2shWpkh: 2,
  p2wpkh: 3,
  p2wsh: 4,
  p2tr: 5,
  p2pkCompressed: 6,
  p2pkUncompressed: 7,
  bareMultisig: 8,
} as const;

/** Ends of the shares in 1000, in template order from p2pkh to p2tr. */
const SHARE_ENDS: Readonly<Record<Mix, readonly number[]>> = {
  modern: [240, 330, 420, 890, 900, 1000],
  legacy: [850, 1000, 1000, 1000, 1000, 1000],
};
/** One address in so many has each of the rare scripts: both forms of p2pk, and bare multisig. Exchanges have none of them. */
const RARE = 4096;
const FIRST_MINER_ENTITY = FIRST_MINER - EXCHANGES;
const P2PK_MINERS = 6;
const GOLDEN = 0x9e3779b9;

/** One-to-one on 32-bit words (the finaliser of splitmix32), so the first word of a payload never repeats. */
export function mix32(word: number): number {
  let mixed = word >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** Scripts of one chain. */
export class ChainScripts {
  private readonly ends: readonly number[];
  private readonly salt: number;
  private readonly seed: number;
  private readonly entityOfAddress: Int32Array;
  private readonly uncompressed = new Map<number, Buffer>();

  constructor(mix: Mix, seed: number, entityOfAddress: Int32Array) {
    this.ends = SHARE_ENDS[mix];
    this.seed = seed;
    this.salt = mix32(seed ^ 0x5bd1e995);
    this.entityOfAddress = entityOfAddress;
  }

  /** Template of an address. Half of the miners use p2pk, most of them with uncompressed keys, as in 2009. */
  templateOf(address: number): number {
    const entity = this.entityOfAddress[address]!;
    const miner = entity - FIRST_MINER_ENTITY;
    if (miner >= 0 && miner < MINERS && miner < P2PK_MINERS) {
      return miner < 4 ? TEMPLATE.p2pkUncompressed : TEMPLATE.p2pkCompressed;
    }
    const drawn = mix32(mix32(address + this.salt) + 77);
    if (entity >= EXCHANGES) {
      const rare = drawn % RARE;
      if (rare < 3) return TEMPLATE.p2pkCompressed + rare;
    }
    const share = (drawn >>> 12) % 1000;
    let template = 0;
    while (share >= this.ends[template]!) template += 1;
    return template;
  }

  /** Writes the script without its length; needs 80 bytes of room. Returns nothing: the length is in `writer`. */
  write(writer: ByteWriter, address: number): void {
    switch (this.templateOf(address)) {
      case TEMPLATE.p2pkh:
        writer.u8(0x76);
        writer.u8(0xa9);
        writer.u8(20);
        this.payload(writer, address, 5);
        writer.u8(0x88);
        writer.u8(0xac);
        return;
      case TEMPLATE.p2shMultisig:
      case TEMPLATE.p2shWpkh:
        writer.u8(0xa9);
        writer.u8(20);
        this.payload(writer, address, 5);
        writer.u8(0x87);
        return;
      case TEMPLATE.p2wpkh:
        writer.u8(0);
        writer.u8(20);
        this.payload(writer, address, 5);
        return;
      case TEMPLATE.p2wsh:
      case TEMPLATE.p2tr:
        writer.u8(this.templateOf(address) === TEMPLATE.p2tr ? 0x51 : 0);
        writer.u8(32);
        this.payload(writer, address, 8);
        return;
      case TEMPLATE.p2pkCompressed:
        writer.u8(33);
        this.compressedKey(writer, address);
        writer.u8(0xac);
        return;
      case TEMPLATE.p2pkUncompressed:
        writer.u8(65);
        writer.all(this.uncompressedKey(address));
        writer.u8(0xac);
        return;
      default:
        writer.u8(0x51);
        writer.u8(33);
        this.compressedKey(writer, address);
        writer.u8(33);
        this.compressedKey(writer, address);
        writer.u8(0x52);
        writer.u8(0xae);
    }
  }

  /** A point of the curve, 65 bytes: undo files keep x and the parity of y only, so a reader must be able to find y again. */
  uncompressedKey(address: number): Buffer {
    let key = this.uncompressed.get(address);
    if (key === undefined) {
      const curve = createECDH('secp256k1');
      curve.setPrivateKey(createHash('sha256').update(`synthetic key ${this.seed} ${address}`).digest());
      key = curve.getPublicKey(null, 'uncompressed');
      this.uncompressed.set(address, key);
    }
    return key;
  }

  /** Pseudo-random words that belong to the address: hash or key. */
  payload(writer: ByteWriter, address: number, words: number): void {
    const start = mix32(address + this.salt);
    for (let word = 0; word < words; word += 1) writer.u32(mix32(start + Math.imul(word, GOLDEN)));
  }

  private compressedKey(writer: ByteWriter, address: number): void {
    writer.u8(2 + (mix32(address) & 1));
    this.payload(writer, address, 8);
  }
}
