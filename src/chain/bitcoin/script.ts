/**
 * Claim:      the type of an output script, and its address where one exists.
 * Source:     Bitcoin Core, src/script/solver.cpp (templates), BIP16, BIP141, BIP341, BIP433. As block explorers do, and unlike Core, any
 *             script that opens with OP_RETURN is `op_return`, whatever follows: it is unspendable either way.
 * Parameters: none.
 * Cost:       a few byte comparisons, then one checksum for the address.
 * Fails when: a multisig pushes its keys by OP_PUSHDATA (allowed, never seen): it is then `nonstandard`. A p2pk or multisig script has no
 *             address, though some sources print that of a key's hash.
 */
import type { Network, ScriptClass, ScriptType } from '../../ledger/index.ts';
import { type AddressType, encodeAddress, witnessType } from './address.ts';

const OP_RETURN = 0x6a;
const OP_DUP = 0x76;
const OP_EQUAL = 0x87;
const OP_EQUALVERIFY = 0x88;
const OP_HASH160 = 0xa9;
const OP_CHECKSIG = 0xac;
const OP_CHECKMULTISIG = 0xae;
const OP_1 = 0x51;
const OP_16 = 0x60;

/** Longest script that can ever run (MAX_SCRIPT_SIZE in consensus). */
const MAX_SCRIPT_BYTES = 10_000;
/** Most keys of one OP_CHECKMULTISIG (MAX_PUBKEYS_PER_MULTISIG in consensus). */
const MAX_MULTISIG_KEYS = 20;

/** Length of a public key by its first byte: compressed 33, uncompressed and hybrid 65, anything else 0. */
function keyLength(firstByte: number): number {
  if (firstByte === 2 || firstByte === 3) return 33;
  return firstByte === 4 || firstByte === 6 || firstByte === 7 ? 65 : 0;
}

/** Where the key pushed at `at` ends, or -1 when no key is pushed there. */
function endOfKey(script: Uint8Array, at: number): number {
  const length = script[at];
  const end = at + 1 + length;
  return length > 0 && end <= script.length && keyLength(script[at + 1]) === length ? end : -1;
}

function isPayToPubkey(script: Uint8Array): boolean {
  return endOfKey(script, 0) === script.length - 1 && script[script.length - 1] === OP_CHECKSIG;
}

/** The public key of a p2pk script, 33 or 65 bytes; null for any other script. */
export function payToPubkeyKey(script: Uint8Array): Uint8Array | null {
  return isPayToPubkey(script) ? script.subarray(1, -1) : null;
}

/** Reads m or n: OP_1 to OP_16, or a one-byte push for 17 to 20. `next` is the place behind it, -1 when there is no such number. */
function readCount(script: Uint8Array, at: number): { count: number; next: number } {
  const opcode = script[at];
  if (opcode >= OP_1 && opcode <= OP_16) return { count: opcode - OP_1 + 1, next: at + 1 };
  const pushed = opcode === 1 ? script[at + 1] : 0;
  return pushed > 16 && pushed <= MAX_MULTISIG_KEYS ? { count: pushed, next: at + 2 } : { count: 0, next: -1 };
}

/** The public keys of a bare multisig script in script order; null for any other script. */
export function multisigKeys(script: Uint8Array): Uint8Array[] | null {
  if (script.length < 37 || script[script.length - 1] !== OP_CHECKMULTISIG) return null;
  const required = readCount(script, 0);
  if (required.next < 0) return null;
  let at = required.next;
  const keys: Uint8Array[] = [];
  for (let end = endOfKey(script, at); end >= 0; end = endOfKey(script, at)) {
    keys.push(script.subarray(at + 1, end));
    at = end;
  }
  const offered = readCount(script, at);
  const whole = offered.count === keys.length && required.count <= keys.length && offered.next === script.length - 1;
  return whole ? keys : null;
}

/** Type and payload of the hash and witness templates. A witness program is recognised by two bytes, so the payload is cut by place. */
function addressPayload(script: Uint8Array): { type: AddressType; payload: Uint8Array } | null {
  const { length } = script;
  if (
    length === 25 &&
    script[0] === OP_DUP &&
    script[1] === OP_HASH160 &&
    script[2] === 20 &&
    script[23] === OP_EQUALVERIFY &&
    script[24] === OP_CHECKSIG
  ) {
    return { type: 'p2pkh', payload: script.subarray(3, 23) };
  }
  if (length === 23 && script[0] === OP_HASH160 && script[1] === 20 && script[22] === OP_EQUAL) {
    return { type: 'p2sh', payload: script.subarray(2, 22) };
  }
  if (length < 4 || length > 42 || script[1] !== length - 2) return null;
  const version = script[0] === 0 ? 0 : script[0] - OP_1 + 1;
  if (version < 0 || version > 16 || (version === 0 && script[0] !== 0)) return null;
  const program = script.subarray(2);
  const type = witnessType(version, program);
  if (type === null) return null;
  return { type, payload: type === 'witness_unknown' ? Uint8Array.from([version, ...program]) : program };
}

function typeWithoutAddress(script: Uint8Array): ScriptType {
  if (script[0] === OP_RETURN) return 'op_return';
  if (isPayToPubkey(script)) return 'p2pk';
  return multisigKeys(script) !== null ? 'multisig' : 'nonstandard';
}

/** Classifies a scriptPubKey and renders its address on `network`. Never throws: what fits no template is `nonstandard`. */
export function classifyScript(script: Uint8Array, network: Network): ScriptClass {
  const found = addressPayload(script);
  if (found === null) return { type: typeWithoutAddress(script), address: null };
  return { type: found.type, address: encodeAddress(found.type, found.payload, network) };
}

/** Type of a scriptPubKey alone: no address is rendered. */
export function scriptTypeOf(script: Uint8Array): ScriptType {
  return addressPayload(script)?.type ?? typeWithoutAddress(script);
}

/** Whether no input can ever spend an output with this script: it opens with OP_RETURN, or is longer than 10,000 bytes. */
export function isProvablyUnspendable(script: Uint8Array): boolean {
  return isUnspendableAt(script, 0, script.length);
}

/** As {@link isProvablyUnspendable} for a script that lies inside a block. */
export function isUnspendableAt(bytes: Uint8Array, place: number, length: number): boolean {
  return (length > 0 && bytes[place] === OP_RETURN) || length > MAX_SCRIPT_BYTES;
}
