/**
 * Stand-in: the whole graph in Maps of hex strings. Outpoints resolved, addresses numbered by first appearance, who spends each output, and
 * clusters by common inputs (coinjoins left out). Prints counts and the digest of the cluster of every address.
 */
import { createHash } from 'node:crypto';
import { outputId, type TxFrame, txId } from '../../../src/ledger/index.ts';
import { isCoinjoin } from '../../../src/pattern/index.ts';
import { answer, argument, blocksOf, ownerOf, TransactionCursor } from './stand-in-chain.ts';

interface Output {
  readonly valueSat: number;
  /** Number of the address, -1 where the script has no owner. */
  readonly address: number;
  spentBy: number;
}

const outputs = new Map<string, Output>();
const addresses = new Map<string, number>();
const parent: number[] = [];
const counts = { transactions: 0, inputs: 0, outputs: 0, spent: 0 };

function addressOf(script: Buffer): number {
  const owner = ownerOf(script);
  if (owner === null) return -1;
  let address = addresses.get(owner);
  if (address === undefined) {
    address = addresses.size;
    addresses.set(owner, address);
    parent.push(address);
  }
  return address;
}

function rootOf(address: number): number {
  let root = address;
  while (parent[root] !== root) root = parent[root]!;
  for (let at = address; parent[at] !== root; ) [at, parent[at]] = [parent[at]!, root];
  return root;
}

/** The lower number becomes the root of both. */
function unite(a: number, b: number): void {
  const [first, second] = [rootOf(a), rootOf(b)];
  if (first < second) parent[second] = first;
  else parent[first] = second;
}

function frameOf(spent: readonly Output[], made: readonly Output[]): TxFrame {
  return {
    tx: txId(counts.transactions),
    orderKey: counts.transactions,
    height: 0,
    coinbase: false,
    inputOutput: [],
    inputValueSat: spent.map(({ valueSat }) => valueSat),
    inputAddress: spent.map(({ address }) => address),
    firstOutput: outputId(counts.outputs),
    outputValueSat: made.map(({ valueSat }) => valueSat),
    outputAddress: made.map(({ address }) => address),
    outputFlags: [],
    outputSpender: [],
    outputSpenderKey: [],
  };
}

function cluster(spent: readonly Output[], made: readonly Output[]): void {
  if (spent.length < 2 || isCoinjoin(frameOf(spent, made))) return;
  const owners = spent.map(({ address }) => address).filter((address) => address >= 0);
  for (const owner of owners.slice(1)) unite(owners[0]!, owner);
}

/** Spent outputs leave the Map, or it would pass the 2^24 entries that a Map can hold; `spentBy` is set all the same. */
function spend(outpoint: string): Output {
  const output = outputs.get(outpoint);
  if (output === undefined) throw new Error(`${outpoint} is spent and was never made`);
  outputs.delete(outpoint);
  output.spentBy = counts.transactions;
  counts.spent += 1;
  return output;
}

for (const block of blocksOf(argument(0, 'FOLDER'))) {
  const cursor = new TransactionCursor(block);
  for (let position = 0; position < cursor.transactionCount; position += 1) {
    cursor.next();
    const txid = cursor.txid().toString('hex');
    const spent = position === 0 ? [] : cursor.inputPlaces.map((place) => spend(cursor.outpoint(place)));
    const made = cursor.outputPlaces.map((place, vout) => {
      const output = { valueSat: cursor.valueSat(place), address: addressOf(cursor.script(place)), spentBy: -1 };
      outputs.set(`${txid}:${vout}`, output);
      return output;
    });
    cluster(spent, made);
    counts.inputs += spent.length;
    counts.outputs += made.length;
    counts.transactions += 1;
  }
}

const roots = Uint32Array.from(parent, (_, address) => rootOf(address));
const sizes = new Map<number, number>();
let largestCluster = 0;
for (const root of roots) {
  const size = (sizes.get(root) ?? 0) + 1;
  sizes.set(root, size);
  largestCluster = Math.max(largestCluster, size);
}
const digest = createHash('sha256').update(new Uint8Array(roots.buffer)).digest('hex');
answer({ ...counts, addresses: addresses.size, clusters: sizes.size, largestCluster, digest });
