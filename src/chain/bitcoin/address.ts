/** Bitcoin addresses: text to script and back. The checker refuses every altered character and names its place. Pure. */
import * as codec from 'bitcoinjs-lib/src/address';
import { type Address, addressFromCodec, type Network, type ScriptType, SpoorError } from '../../ledger/index.ts';
import { explainChecksum } from './address-repair.ts';
import { BASE58_ALPHABET, base58Payload, foreignBase58Version } from './base58.ts';
import { BECH32_ALPHABET, CHECKSUM_LENGTH, encodingOf, programOf, wordsOf } from './bech32.ts';
import { NETWORK_NAMES, NETWORKS } from './network.ts';

/** Script types that have an address. */
export type AddressType = Extract<
  ScriptType,
  'p2pkh' | 'p2sh' | 'p2wpkh' | 'p2wsh' | 'p2tr' | 'p2a' | 'witness_unknown'
>;

/** An address that passed every check. `address` is normalised: segwit addresses in lower case. */
export interface CheckedAddress {
  readonly address: Address;
  readonly network: Network;
  readonly type: AddressType;
  readonly scriptPubKey: Uint8Array;
}

const OP_1 = 0x51;
/** Bytes of a script before and after its hash. */
const P2PKH_PARTS = [
  [0x76, 0xa9, 20],
  [0x88, 0xac],
] as const;
const P2SH_PARTS = [[0xa9, 20], [0x87]] as const;
const MAX_BECH32_LENGTH = 90;
const MIN_BASE58_LENGTH = 26;
const MAX_BASE58_LENGTH = 35;
const HRPS = [...new Set(NETWORK_NAMES.map((name) => NETWORKS[name].bech32Hrp))];
const PREFIXES = HRPS.map((hrp) => `${hrp}1`);
const LONGEST_PREFIX = Math.max(...PREFIXES.map(({ length }) => length));

/** What a base58 address of a version byte pays to, and the networks it is of. */
interface Base58Kind {
  readonly type: 'p2pkh' | 'p2sh';
  readonly networks: readonly Network[];
}

function base58Kind(type: Base58Kind['type'], version: number): Base58Kind {
  const field = type === 'p2pkh' ? 'p2pkhVersion' : 'p2shVersion';
  return { type, networks: NETWORK_NAMES.filter((name) => NETWORKS[name][field] === version) };
}

const BASE58_KINDS: ReadonlyMap<number, Base58Kind> = new Map(
  NETWORK_NAMES.flatMap((name) => {
    const { p2pkhVersion, p2shVersion } = NETWORKS[name];
    return [
      [p2pkhVersion, base58Kind('p2pkh', p2pkhVersion)] as const,
      [p2shVersion, base58Kind('p2sh', p2shVersion)] as const,
    ];
  }),
);

function refuse(text: string, reason: string, hint: string | null = null): never {
  throw new SpoorError('ADDRESS_INVALID', `"${text.slice(0, 100)}" is not a Bitcoin address: ${reason}`, {}, hint);
}

/**
 * Type of a witness output by version 0 to 16 and program; null for lengths that version 0 does not define. The one two-byte program
 * 4e73 of version 1 is pay-to-anchor (BIP433); version 1 of any other length but 32 is undefined and free for later use (BIP341).
 */
export function witnessType(version: number, program: Uint8Array): AddressType | null {
  if (version === 0) {
    if (program.length === 20) return 'p2wpkh';
    return program.length === 32 ? 'p2wsh' : null;
  }
  if (version === 1 && program.length === 32) return 'p2tr';
  if (version === 1 && program.length === 2 && program[0] === 0x4e && program[1] === 0x73) return 'p2a';
  return 'witness_unknown';
}

/**
 * Renders an address. `payload` is the hash160 (p2pkh, p2sh), the witness program (p2wpkh, p2wsh, p2tr, p2a), or for `witness_unknown`
 * the version byte 1 to 16 followed by the program. Sizes are the caller's: it has classified the script. Throws nothing of its own.
 */
export function encodeAddress(type: AddressType, payload: Uint8Array, network: Network): Address {
  const params = NETWORKS[network];
  switch (type) {
    case 'p2pkh':
      return addressFromCodec(codec.toBase58Check(payload, params.p2pkhVersion));
    case 'p2sh':
      return addressFromCodec(codec.toBase58Check(payload, params.p2shVersion));
    case 'p2wpkh':
    case 'p2wsh':
      return addressFromCodec(codec.toBech32(payload, 0, params.bech32Hrp));
    case 'p2tr':
    case 'p2a':
      return addressFromCodec(codec.toBech32(payload, 1, params.bech32Hrp));
    case 'witness_unknown':
      return addressFromCodec(codec.toBech32(payload.subarray(1), payload[0], params.bech32Hrp));
  }
}

/** The asked network when it is among `found`; without a question the first. Refuses an address of another network, naming it. */
function settleNetwork(text: string, found: readonly Network[], asked: Network | undefined): Network {
  if (asked === undefined) return found[0];
  if (found.includes(asked)) return asked;
  return refuse(text, `it belongs to ${found.join(' or ')}, and ${asked} was asked for`);
}

function witnessScript(version: number, program: Uint8Array): Uint8Array {
  return Uint8Array.from([version === 0 ? 0 : OP_1 - 1 + version, program.length, ...program]);
}

/** What the data of a bech32 text says, or why it says nothing. `dataStart` is the 0-based place of the first data character. */
function readSegwit(
  hrp: string,
  words: readonly number[],
  dataStart: number,
): { version: number; program: Uint8Array; type: AddressType } | { reason: string } | null {
  const encoding = encodingOf(hrp, words);
  if (encoding === null) return null;
  if (words.length <= CHECKSUM_LENGTH) return { reason: 'it holds no witness version and no program' };
  const version = words[0];
  if (version > 16) {
    return { reason: `character ${dataStart + 1} gives witness version ${version}, and the highest is 16` };
  }
  const due = version === 0 ? 'bech32' : 'bech32m';
  if (encoding !== due) {
    return { reason: `it carries a ${encoding} checksum, and witness version ${version} uses ${due} (BIP350)` };
  }
  const packed = programOf(words.slice(1, -CHECKSUM_LENGTH));
  if ('reason' in packed) return { reason: `its witness program has ${packed.reason}` };
  const { length } = packed.bytes;
  if (length < 2 || length > 40) {
    const size = length === 1 ? '1 byte' : `${length} bytes`;
    return { reason: `its witness program has ${size}, and 2 to 40 are allowed` };
  }
  const type = witnessType(version, packed.bytes);
  if (type === null) return { reason: `its witness program has ${length} bytes, and witness version 0 has 20 or 32` };
  return { version, program: packed.bytes, type };
}

function segwitHolds(candidate: string): boolean {
  const at = PREFIXES.findIndex((prefix) => candidate.startsWith(prefix));
  if (at < 0) return false;
  const hrp = HRPS[at];
  const words = wordsOf(candidate.slice(hrp.length + 1));
  const read = words === null ? null : readSegwit(hrp, words, hrp.length + 1);
  return read !== null && 'type' in read;
}

const SEGWIT_SPACE = { alphabet: `${BECH32_ALPHABET}b1`, holds: segwitHolds };
const BASE58_SPACE = { alphabet: BASE58_ALPHABET, holds: (candidate: string) => base58Payload(candidate) !== null };

/** Refuses mixed case. The rarer case is the slip; with equal counts the case that comes second. */
function checkCase(text: string): void {
  const upper = text.match(/[A-Z]/g)?.length ?? 0;
  const lower = text.match(/[a-z]/g)?.length ?? 0;
  if (upper === 0 || lower === 0) return;
  const firstIsUpper = /[A-Z]/.test(text[text.search(/[A-Za-z]/)]);
  const slip = upper < lower || (upper === lower && !firstIsUpper) ? /[A-Z]/ : /[a-z]/;
  const index = text.search(slip);
  refuse(text, `character ${index + 1} ("${text[index]}") mixes upper and lower case, which segwit addresses forbid`);
}

function checkAlphabet(text: string, start: number, alphabet: string): void {
  for (let index = start; index < text.length; index += 1) {
    if (alphabet.includes(text[index])) continue;
    const shown = JSON.stringify(String.fromCodePoint(text.codePointAt(index) ?? 0));
    refuse(text, `character ${index + 1} (${shown}) is never part of such an address`);
  }
}

function checkSegwit(text: string, dataStart: number, asked: Network | undefined): CheckedAddress {
  checkCase(text);
  const lower = text.toLowerCase();
  checkAlphabet(lower, dataStart, BECH32_ALPHABET);
  if (lower.length > MAX_BECH32_LENGTH) {
    refuse(text, `it has ${lower.length} characters, and a segwit address has at most ${MAX_BECH32_LENGTH}`);
  }
  const hrp = lower.slice(0, dataStart - 1);
  const words = wordsOf(lower.slice(dataStart)) ?? [];
  const separated = lower[dataStart - 1] === '1';
  const known = HRPS.includes(hrp);
  if (separated && !known && encodingOf(hrp, words) !== null) {
    refuse(text, `the prefix "${hrp}" belongs to no Bitcoin network`);
  }
  const read = separated && known ? readSegwit(hrp, words, dataStart) : null;
  if (read === null) return refuse(text, explainChecksum(lower, SEGWIT_SPACE));
  if ('reason' in read) return refuse(text, read.reason);
  const found = NETWORK_NAMES.filter((name) => NETWORKS[name].bech32Hrp === hrp);
  return {
    address: addressFromCodec(lower),
    network: settleNetwork(text, found, asked),
    type: read.type,
    scriptPubKey: witnessScript(read.version, read.program),
  };
}

function base58Script(type: Base58Kind['type'], hash: Uint8Array): Uint8Array {
  const [before, after] = type === 'p2pkh' ? P2PKH_PARTS : P2SH_PARTS;
  const script = new Uint8Array(before.length + hash.length + after.length);
  script.set(before);
  script.set(hash, before.length);
  script.set(after, before.length + hash.length);
  return script;
}

/** Says what is wrong with a text that is no base58 address: its alphabet, its length, its version or its checksum. */
function refuseBase58(text: string): never {
  checkAlphabet(text, 0, BASE58_ALPHABET);
  if (text.length < MIN_BASE58_LENGTH - 1 || text.length > MAX_BASE58_LENGTH + 1) {
    const span = `${MIN_BASE58_LENGTH} to ${MAX_BASE58_LENGTH}`;
    refuse(text, `it has ${text.length} characters, and a base58 address has ${span}`);
  }
  const foreign = foreignBase58Version(text);
  if (foreign !== null) refuse(text, `its checksum holds, but version byte ${foreign} belongs to no Bitcoin network`);
  return refuse(text, explainChecksum(text, BASE58_SPACE));
}

function checkBase58(text: string, asked: Network | undefined): CheckedAddress {
  const payload = base58Payload(text);
  const kind = payload === null ? undefined : BASE58_KINDS.get(payload.version);
  if (payload === null || kind === undefined) return refuseBase58(text);
  return {
    address: addressFromCodec(text),
    network: settleNetwork(text, kind.networks, asked),
    type: kind.type,
    scriptPubKey: base58Script(kind.type, payload.hash),
  };
}

/** Characters of a prefix that a text does not begin with. */
function slipsIn(prefix: string, text: string): number {
  let slips = 0;
  for (let index = 0; index < prefix.length; index += 1) if (prefix[index] !== text[index]) slips += 1;
  return slips;
}

/** Whether a text from a place on looks like the data of a segwit address, in one case. */
function looksLikeData(text: string, start: number): boolean {
  const data = text.slice(start);
  const lower = data.toLowerCase();
  if (data.length < CHECKSUM_LENGTH + 2 || wordsOf(lower) === null) return false;
  return data === lower || data === data.toUpperCase();
}

/**
 * Where the data of a segwit text starts (0-based), or null for a base58 text. A text with one slip in its prefix still counts as segwit,
 * so that the slip can be named: everything behind the prefix then has to look like segwit data, which base58 text practically never does.
 */
function segwitDataStart(text: string): number | null {
  const start = text.slice(0, LONGEST_PREFIX).toLowerCase();
  const exact = PREFIXES.find((prefix) => start.startsWith(prefix));
  if (exact !== undefined) return exact.length;
  const near = PREFIXES.find((prefix) => slipsIn(prefix, start) === 1 && looksLikeData(text, prefix.length));
  if (near !== undefined) return near.length;
  const separator = text.lastIndexOf('1');
  const base58Shaped = /^[123mn]/.test(text) && text.length <= MAX_BASE58_LENGTH + 1;
  return separator > 0 && !base58Shaped && looksLikeData(text, separator + 1) ? separator + 1 : null;
}

/**
 * Checks an address of any network, or of `network` when given. Without it, prefixes that testnet shares with signet (and, in base58,
 * regtest) are reported as testnet. Throws ADDRESS_INVALID naming the wrong character by its 1-based place, or the network, the checksum
 * kind or the program length that is wrong.
 */
export function checkAddress(text: string, network?: Network): CheckedAddress {
  if (text === '') refuse(text, 'it is empty');
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) refuse(text, 'it has the form of an Ethereum address');
  const dataStart = segwitDataStart(text);
  return dataStart === null ? checkBase58(text, network) : checkSegwit(text, dataStart, network);
}

/** scriptPubKey of an address that a codec made. Throws ADDRESS_INVALID only if the brand was forged. */
export function scriptOfAddress(address: Address): Uint8Array {
  return checkAddress(address).scriptPubKey;
}
