/**
 * Claim: gives the blocks of one file, or of all files of a node, their heights and tells which lie on the branch with most work.
 * Source: height in the coinbase, BIP34 with its activation heights as fixed by BIP90; work of a header, 2^256 / (target + 1), as nodes
 * compute it; genesis hashes recomputed from their headers.
 * Parameters: none.
 * Cost: linear in blocks and transactions.
 * Fails when: a file holds neither a block linked to the genesis block nor one with a height in its coinbase: heights stay null. Of two
 * branches the one with more work inside the file is kept, which may be the wrong one when the file ends shortly after a fork.
 */
import { type BlockHash, type BlockRecord, type ErrorPlace, type Network, SpoorError } from '../../ledger/index.ts';
import type { DecodedBlock } from './decode.ts';
import { NETWORK_NAMES } from './network.ts';
import { meetsTarget, workOfBits } from './proof-of-work.ts';
import { noRecords, noteCount, type ParsedRecords } from './source-file-record.ts';

/** A decoded block and where it was found. */
export interface FoundBlock {
  readonly decoded: DecodedBlock;
  readonly place: ErrorPlace;
}

/** What the place of a block follows from. */
export interface LinkedHeader {
  readonly hash: BlockHash;
  readonly prevHash: BlockHash | null;
  /** Compact target. */
  readonly bits: number;
  /** Height in the coinbase, where it can be believed. */
  readonly statedHeight: number | null;
  readonly place: ErrorPlace;
}

/** Hashes of the first blocks; `testnet` is two chains, testnet3 and testnet4. */
const GENESIS: Record<Network, readonly string[]> = {
  mainnet: ['000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f'],
  testnet: [
    '000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943',
    '00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043',
  ],
  signet: ['00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6'],
  regtest: ['0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206'],
};

/** Network whose first block has this hash, or null. */
export function networkOfGenesis(hash: string): Network | null {
  return NETWORK_NAMES.find((network) => GENESIS[network].includes(hash)) ?? null;
}

/** Last height at which a coinbase could still carry any number: a height below or at it is not believed. */
const LAST_FREE_COINBASE: Record<Network, number> = { mainnet: 227_930, testnet: 21_110, signet: 0, regtest: 0 };

const OP_1 = 0x51;
const OP_16 = 0x60;

/** The height a block states in its coinbase, or null where it states none that can be believed. */
export function statedHeight(version: number, script: Buffer, network: Network): number | null {
  if ((version | 0) < 2) return null;
  const first = script[0] ?? 0;
  let height = -1;
  if (first >= OP_1 && first <= OP_16) height = first - OP_1 + 1;
  // A fifth byte would be above any height; the top bit of the last byte is a sign.
  else if (first >= 1 && first <= 4 && script.length > first && script[first] < 0x80) {
    height = script.readUIntLE(1, first);
  }
  return height > LAST_FREE_COINBASE[network] ? height : null;
}

function childrenByParent<T extends LinkedHeader>(blocks: ReadonlyMap<string, T>): Map<string, T[]> {
  const children = new Map<string, T[]>();
  for (const block of blocks.values()) {
    const parent = block.prevHash ?? '';
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [block]);
    else siblings.push(block);
  }
  return children;
}

/** Heights from every anchor (genesis, BIP34, a known parent), spread along the links both ways. Throws LEDGER_INVALID where two contradict. */
function heightsOf<T extends LinkedHeader>(
  blocks: ReadonlyMap<string, T>,
  children: ReadonlyMap<string, T[]>,
  given: { network: Network; knownHeight: (hash: string) => number | null },
): Map<string, number> {
  const genesis = new Set(GENESIS[given.network]);
  const pending: { block: T; height: number }[] = [];
  for (const block of blocks.values()) {
    const { hash, prevHash, statedHeight: stated } = block;
    if (genesis.has(hash)) pending.push({ block, height: 0 });
    else if (prevHash !== null && genesis.has(prevHash)) pending.push({ block, height: 1 });
    if (stated !== null) pending.push({ block, height: stated });
    const parent = prevHash === null || blocks.has(prevHash) ? null : given.knownHeight(prevHash);
    if (parent !== null) pending.push({ block, height: parent + 1 });
  }
  const heights = new Map<string, number>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { block, height } = next;
    const { hash, prevHash } = block;
    const known = heights.get(hash);
    if (known !== undefined && known !== height) {
      const message = `heights in coinbases and links between blocks contradict: block ${hash} would have ${known} and ${height}`;
      throw new SpoorError('LEDGER_INVALID', message, block.place);
    }
    if (known !== undefined) continue;
    heights.set(hash, height);
    for (const child of children.get(hash) ?? []) pending.push({ block: child, height: height + 1 });
    const parent = blocks.get(prevHash ?? '');
    if (parent !== undefined) pending.push({ block: parent, height: height - 1 });
  }
  return heights;
}

/** Hashes of the branch with most work of every tree of linked blocks; of equal branches the one met first. */
function bestChains<T extends LinkedHeader>(
  blocks: ReadonlyMap<string, T>,
  children: ReadonlyMap<string, T[]>,
): ReadonlySet<string> {
  const best = new Set<string>();
  for (const root of blocks.values()) {
    if (blocks.has(root.prevHash ?? '')) continue;
    let tip = { block: root, work: -1n };
    let row = [{ block: root, work: workOfBits(root.bits) }];
    while (row.length > 0) {
      const next: typeof row = [];
      for (const item of row) {
        if (item.work > tip.work) tip = item;
        for (const child of children.get(item.block.hash) ?? []) {
          next.push({ block: child, work: item.work + workOfBits(child.bits) });
        }
      }
      row = next;
    }
    for (let at: T | undefined = tip.block; at !== undefined; at = blocks.get(at.prevHash ?? '')) best.add(at.hash);
  }
  return best;
}

function hasWork(block: LinkedHeader | undefined): boolean {
  return block !== undefined && meetsTarget(block.hash, block.bits);
}

/** The places of linked blocks: a height where one is known, and which are on a branch with most work. */
export interface ChainPlaces {
  readonly heights: ReadonlyMap<string, number>;
  readonly best: ReadonlySet<string>;
  /** What was left out or is unknown, with counts. */
  readonly notes: string[];
}

/**
 * Places blocks by their links. `found` is in the order met and may repeat a hash (the first counts); `knownHeight` tells the height of a block that is
 * not among them. Throws LEDGER_INVALID where heights contradict.
 */
export function placeHeaders<T extends LinkedHeader>(
  found: readonly T[],
  network: Network,
  knownHeight: (hash: string) => number | null = () => null,
): ChainPlaces & { readonly blocks: ReadonlyMap<string, T> } {
  const blocks = new Map<string, T>();
  for (const block of found) if (!blocks.has(block.hash)) blocks.set(block.hash, block);
  const children = childrenByParent(blocks);
  const heights = heightsOf(blocks, children, { network, knownHeight });
  const best = bestChains(blocks, children);
  const unplaced = [...best].filter((hash) => !heights.has(hash)).length;
  const notes: string[] = [];
  noteCount(notes, found.length - blocks.size, { one: 'repeated block left out', many: 'repeated blocks left out' });
  noteCount(notes, blocks.size - best.size, {
    one: 'block on a branch with less work left out as stale',
    many: 'blocks on branches with less work left out as stale',
  });
  noteCount(notes, [...best].filter((hash) => !hasWork(blocks.get(hash))).length, {
    one: 'block whose hash does not meet the target in its own header: the header is damaged or made up',
    many: 'blocks whose hashes do not meet the targets in their own headers: the headers are damaged or made up',
  });
  noteCount(notes, unplaced, {
    one: 'block whose height the file does not tell',
    many: 'blocks whose height the file does not tell',
  });
  return { blocks, heights, best, notes };
}

/** A block's header as a ledger fact. */
export function blockRecordOf(header: DecodedBlock['header'], height: number | null): BlockRecord {
  const { hash, prevHash, merkleRoot, timestampSec, transactionCount } = header;
  return { hash, height, prevHash, merkleRoot, timestampSec, transactionCount };
}

function addBlock(parsed: ParsedRecords, found: FoundBlock, height: number | null): void {
  const { hash, timestampSec } = found.decoded.header;
  parsed.blocks.push({ block: blockRecordOf(found.decoded.header, height), place: found.place });
  found.decoded.transactions.forEach(({ record }, position) => {
    const place = { ...found.place, record: `${found.place.record ?? 'block'}, transaction ${position}` };
    parsed.transactions.push({ record: { ...record, height, blockHash: hash, position, timestampSec }, place });
  });
}

/** Blocks with heights and their transactions, in the order found. Repeated and stale blocks are left out and counted. */
export function placeBlocks(found: readonly FoundBlock[], network: Network): ParsedRecords {
  const headers = found.map((block) => {
    const { hash, prevHash, bits, version } = block.decoded.header;
    const script = Buffer.from(block.decoded.transactions[0]?.record.inputs[0]?.scriptSig ?? '', 'hex');
    return { hash, prevHash, bits, statedHeight: statedHeight(version, script, network), place: block.place, block };
  });
  const { blocks, heights, best, notes } = placeHeaders(headers, network);
  const parsed = noRecords();
  for (const { hash, block } of blocks.values()) if (best.has(hash)) addBlock(parsed, block, heights.get(hash) ?? null);
  parsed.notes.push(...notes);
  return parsed;
}
