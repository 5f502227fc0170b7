/**
 * Claim:      which scripts the same public key or the same inner script opens, by their hashes.
 * Source:     BIP16, BIP141, BIP143: P2PKH and P2WPKH hold HASH160 of the key; a spend of P2SH shows the witness
 *             program it wraps; SEC 1, section 2.3.3 for the compressed form of a key.
 * Parameters: none.
 * Cost:       at most one hash a script.
 * Fails when: nothing; what a script does not reveal is null.
 */
import { Buffer } from 'node:buffer';
import * as crypto from 'bitcoinjs-lib/src/crypto';
import type { Address, Network, ScriptType } from '../../ledger/index.ts';
import { encodeAddress } from './address.ts';
import { multisigKeys, payToPubkeyKey } from './script.ts';

/** What a script commits to: the hash of one key, of a script, or (SHA-256) of a witness script. Hex. */
export interface Commitment {
  readonly kind: 'key' | 'script' | 'witness-script';
  readonly hash: string;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** What a script of a known type commits to; null for types that commit to nothing that can be compared. */
export function commitmentOf(type: ScriptType, script: Uint8Array): Commitment | null {
  if (type === 'p2pkh') return { kind: 'key', hash: hexOf(script.subarray(3, 23)) };
  if (type === 'p2wpkh') return { kind: 'key', hash: hexOf(script.subarray(2)) };
  if (type === 'p2sh') return { kind: 'script', hash: hexOf(script.subarray(2, 22)) };
  if (type === 'p2wsh') return { kind: 'witness-script', hash: hexOf(script.subarray(2)) };
  return null;
}

/**
 * What the witness program commits to that a P2SH spend reveals (BIP141: the scriptSig is that one push); null for any
 * other spend.
 */
export function revealedProgram(scriptSig: Uint8Array): Commitment | null {
  const length = scriptSig[2];
  if (scriptSig[0] !== scriptSig.length - 1 || scriptSig[1] !== 0 || length !== scriptSig.length - 3) return null;
  if (length === 20) return { kind: 'key', hash: hexOf(scriptSig.subarray(3)) };
  return length === 32 ? { kind: 'witness-script', hash: hexOf(scriptSig.subarray(3)) } : null;
}

/** The P2PKH address of the key that a bare public key script pays; null for any other script. */
export function keyAddress(script: Uint8Array, network: Network): Address | null {
  const key = payToPubkeyKey(script);
  return key === null ? null : encodeAddress('p2pkh', crypto.hash160(key), network);
}

/** HASH160 of the compressed form of an uncompressed key (65 bytes); null for a key of any other form. */
export function compressedKeyHash(key: Uint8Array): string | null {
  if (key.length !== 65) return null;
  const compressed = Buffer.concat([Buffer.of((key[64] & 1) === 1 ? 3 : 2), key.subarray(1, 33)]);
  return hexOf(crypto.hash160(compressed));
}

/**
 * The last item that a scriptSig pushes: a key for P2PKH, the redeem script for P2SH; null when it pushes by other
 * means than BIP16 knows.
 */
export function lastPush(scriptSig: Uint8Array): Uint8Array | null {
  let at = 0;
  let last: Uint8Array | null = null;
  while (at < scriptSig.length) {
    const opcode = scriptSig[at];
    at += 1;
    let length = 0;
    if (opcode <= 75) length = opcode;
    else if (opcode <= 78) {
      const width = 2 ** (opcode - 76);
      for (let byte = 0; byte < width; byte += 1) length += (scriptSig[at + byte] ?? 0) * 256 ** byte;
      at += width;
    } else if (opcode > 96) return null;
    if (at + length > scriptSig.length) return null;
    last = scriptSig.subarray(at, at + length);
    at += length;
  }
  return last;
}

/** Public keys of a revealed multisig script, hex, in script order; null when the script is none. */
export function keysOfScript(script: Uint8Array): string[] | null {
  return multisigKeys(script)?.map(hexOf) ?? null;
}
