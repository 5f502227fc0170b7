/**
 * Claim:      the root of the Merkle Patricia trie whose keys are the RLP of 0, 1, 2, ...: what a header says of its transactions, receipts and withdrawals.
 * Source:     Ethereum Yellow Paper, appendix D; RLP, appendix B.
 * Parameters: none.
 * Cost:       one hash a node, about 1.1 nodes an item.
 * Fails when: never; the root of no items is the hash of the empty string's RLP.
 */
import type { RlpStructuredDataish } from 'ethers/utils';
import { ethersCrypto, ethersUtils } from './ethers.ts';

interface Item {
  /** Key in nibbles. */
  readonly path: readonly number[];
  readonly value: string;
}

/** Whole number as RLP takes it: big-endian hex without leading zeros, `0x` for 0. */
export function rlpNumber(value: bigint | number): string {
  if (BigInt(value) === 0n) return '0x';
  const digits = BigInt(value).toString(16);
  return `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`;
}

/** Root over values (`0x` hex) in their order. */
export function indexedRoot(values: readonly string[]): string {
  if (values.length === 0) return ethersCrypto().keccak256('0x80');
  const items = values.map((value, index) => ({ path: nibblesOf(ethersUtils().encodeRlp(rlpNumber(index))), value }));
  items.sort((a, b) => comparePaths(a.path, b.path));
  return ethersCrypto().keccak256(ethersUtils().encodeRlp(nodeOf(items, 0)));
}

function nibblesOf(hex: string): number[] {
  return [...hex.slice(2)].map((digit) => Number.parseInt(digit, 16));
}

function comparePaths(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

/** The node over sorted items whose paths agree up to `depth`. */
function nodeOf(items: readonly Item[], depth: number): RlpStructuredDataish {
  const [first] = items;
  if (items.length === 1) return [compact(first.path.slice(depth), true), first.value];
  const shared = sharedLength(first.path, items[items.length - 1].path, depth);
  if (shared > depth) return [compact(first.path.slice(depth, shared), false), reference(nodeOf(items, shared))];
  const branch: RlpStructuredDataish[] = [];
  for (let nibble = 0; nibble < 16; nibble += 1) {
    const below = items.filter(({ path }) => path[depth] === nibble);
    branch.push(below.length === 0 ? '0x' : reference(nodeOf(below, depth + 1)));
  }
  // No key here is the beginning of another, so no branch holds a value.
  branch.push('0x');
  return branch;
}

function sharedLength(a: readonly number[], b: readonly number[], from: number): number {
  let at = from;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

/** A node inside another: itself when its RLP is below 32 bytes, else its hash. */
function reference(node: RlpStructuredDataish): RlpStructuredDataish {
  const encoded = ethersUtils().encodeRlp(node);
  return ethersUtils().getBytes(encoded).length < 32 ? node : ethersCrypto().keccak256(encoded);
}

/** Hex-prefix form of a path. */
function compact(path: readonly number[], isLeaf: boolean): string {
  const flag = isLeaf ? 2 : 0;
  const nibbles = path.length % 2 === 0 ? [flag, 0, ...path] : [flag + 1, ...path];
  return `0x${nibbles.map((nibble) => nibble.toString(16)).join('')}`;
}
