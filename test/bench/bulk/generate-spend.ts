/**
 * What spends an output: scriptSig and witness of the right shape and length for its template. Signatures and keys in them are random bytes.
 * Signatures are 71 or 72 bytes, so a 2-of-3 has a scriptSig of 252, 253 or 254 bytes: both sides of the step of CompactSize.
 */
import { Prng } from '../../support/prng.ts';
import type { ByteWriter } from './generate-bytes.ts';
import { type ChainScripts, TEMPLATE } from './generate-script.ts';

const POOL_BYTES = 1 << 16;
const MULTISIG_SCRIPT_BYTES = 105;
/** Of 256 spends of p2tr, those by script path. */
const SCRIPT_PATH = 24;
/** Most bytes that `scriptSig` or `witness` write for one input. */
export const MAX_SPEND_BYTES = 400;

/** Whether spending the template needs a witness. */
export function needsWitness(template: number): boolean {
  return template >= TEMPLATE.p2shWpkh && template <= TEMPLATE.p2tr;
}

/** Writes spends from one stream of random bytes; the draws decide nothing but bytes. */
export class SpendWriter {
  private readonly pool: Uint8Array;
  private readonly prng: Prng;
  private readonly scripts: ChainScripts;

  constructor(scripts: ChainScripts, seed: number) {
    this.scripts = scripts;
    this.prng = Prng.fromSeed(seed ^ 0x51673d);
    const words = new Uint32Array(POOL_BYTES / 4);
    for (let at = 0; at < words.length; at += 1) words[at] = this.prng.next();
    this.pool = new Uint8Array(words.buffer);
  }

  /** 32 random bits. */
  draw(): number {
    return this.prng.next();
  }

  /** Length prefix and scriptSig of an input that spends this address. */
  scriptSig(writer: ByteWriter, template: number, address: number): void {
    const drawn = this.prng.next();
    const first = 71 + (drawn & 1);
    const second = 71 + ((drawn >>> 1) & 1);
    switch (template) {
      case TEMPLATE.p2pkh:
        writer.compactSize(1 + first + 34);
        this.signature(writer, first);
        this.key(writer);
        return;
      case TEMPLATE.p2shMultisig:
        writer.compactSize(1 + (1 + first) + (1 + second) + 2 + MULTISIG_SCRIPT_BYTES);
        writer.u8(0);
        this.signature(writer, first);
        this.signature(writer, second);
        writer.u8(0x4c);
        this.multisigScript(writer);
        return;
      case TEMPLATE.p2shWpkh:
        writer.u8(23);
        writer.u8(22);
        writer.u8(0);
        writer.u8(20);
        this.scripts.payload(writer, address, 5);
        return;
      case TEMPLATE.p2pkCompressed:
      case TEMPLATE.p2pkUncompressed:
        writer.u8(1 + first);
        this.signature(writer, first);
        return;
      case TEMPLATE.bareMultisig:
        writer.u8(2 + first);
        writer.u8(0);
        this.signature(writer, first);
        return;
      default:
        writer.u8(0);
    }
  }

  /** Witness of an input: count of items, then each with its length. */
  witness(writer: ByteWriter, template: number): void {
    const drawn = this.prng.next();
    const first = 71 + (drawn & 1);
    if (template === TEMPLATE.p2wpkh || template === TEMPLATE.p2shWpkh) {
      writer.u8(2);
      this.signature(writer, first);
      this.key(writer);
    } else if (template === TEMPLATE.p2wsh) {
      writer.u8(4);
      writer.u8(0);
      this.signature(writer, first);
      this.signature(writer, 71);
      this.multisigScript(writer);
    } else if (template === TEMPLATE.p2tr) {
      const byScript = drawn >>> 24 < SCRIPT_PATH;
      writer.u8(byScript ? 3 : 1);
      this.item(writer, 64);
      if (!byScript) return;
      this.item(writer, 34);
      this.item(writer, 33);
    } else writer.u8(0);
  }

  /** Length and random bytes. */
  item(writer: ByteWriter, length: number): void {
    writer.u8(length);
    const from = this.prng.next() % (POOL_BYTES - length);
    writer.part(this.pool, from, from + length);
  }

  private signature(writer: ByteWriter, length: number): void {
    const start = writer.length + 1;
    this.item(writer, length);
    writer.bytes[start] = 0x30;
    writer.bytes[writer.length - 1] = 1;
  }

  private key(writer: ByteWriter): void {
    const start = writer.length + 1;
    this.item(writer, 33);
    writer.bytes[start] = 2 + (writer.bytes[start]! & 1);
  }

  private multisigScript(writer: ByteWriter): void {
    writer.u8(MULTISIG_SCRIPT_BYTES);
    writer.u8(0x52);
    for (let key = 0; key < 3; key += 1) this.key(writer);
    writer.u8(0x53);
    writer.u8(0xae);
  }
}
