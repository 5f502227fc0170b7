/**
 * Claim: gives the blocks of one file their heights and leaves stale branches out.
 * Source: height in the coinbase, BIP34 with its activation heights as fixed by BIP90; work of a header, 2^256 / (target + 1), as nodes
 * compute it; genesis hashes recomputed from their headers.
 * Parameters: none.
 * Cost: linear in blocks and transactions.
 * Fails when: a file holds neither a block linked to the genesis block nor one with a height in its coinbase: heights stay null. Of two
 * branches the one with more work inside the file is kept, which may be the wrong one when the file ends shortly after a fork.
 */
import { type ErrorPlace, type Network, SpoorError } from '../../ledger/index.ts';
import type { DecodedBlock } from './decode.ts';
import { NETWORK_NAMES } from './network.ts';
import { meetsTarget, targetOfBits } from './proof-of-work.ts';
import { noRecords, noteCount, type ParsedRecords } from './source-file-record.ts';

/** A decoded block and where it was found. */
export interface FoundBlock {
  readonly decoded: DecodedBlock;
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
function statedHeight(block: DecodedBlock, network: Network): number | null {
  if ((block.header.version | 0) < 2) return null;
  const script = Buffer.from(block.transactions[0]?.record.inputs[0]?.scriptSig ?? '', 'hex');
  const first = script[0] ?? 0;
  let height = -1;
  if (first >= OP_1 && first <= OP_16) height = first - OP_1 + 1;
  // A fifth byte would be above any height; the top bit of the last byte is a sign.
  else if (first >= 1 && first <= 4 && script.length > first && script[first] < 0x80) {
    height = script.readUIntLE(1, first);
  }
  return height > LAST_FREE_COINBASE[network] ? height : null;
}

function childrenByParent(blocks: ReadonlyMap<string, FoundBlock>): Map<string, FoundBlock[]> {
  const children = new Map<string, FoundBlock[]>();
  for (const found of blocks.values()) {
    const parent = found.decoded.header.prevHash ?? '';
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [found]);
    else siblings.push(found);
  }
  return children;
}

/** Heights from every anchor (genesis, BIP34), spread along the links both ways. Throws LEDGER_INVALID where two anchors contradict. */
function heightsOf(
  blocks: ReadonlyMap<string, FoundBlock>,
  children: ReadonlyMap<string, FoundBlock[]>,
  network: Network,
): Map<string, number> {
  const genesis = new Set(GENESIS[network]);
  const pending: { found: FoundBlock; height: number }[] = [];
  for (const found of blocks.values()) {
    const { hash, prevHash } = found.decoded.header;
    const stated = statedHeight(found.decoded, network);
    if (genesis.has(hash)) pending.push({ found, height: 0 });
    else if (prevHash !== null && genesis.has(prevHash)) pending.push({ found, height: 1 });
    if (stated !== null) pending.push({ found, height: stated });
  }
  const heights = new Map<string, number>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { found, height } = next;
    const { hash, prevHash } = found.decoded.header;
    const known = heights.get(hash);
    if (known !== undefined && known !== height) {
      const message = `heights in coinbases and links between blocks contradict: block ${hash} would have ${known} and ${height}`;
      throw new SpoorError('LEDGER_INVALID', message, found.place);
    }
    if (known !== undefined) continue;
    heights.set(hash, height);
    for (const child of children.get(hash) ?? []) pending.push({ found: child, height: height + 1 });
    const parent = blocks.get(prevHash ?? '');
    if (parent !== undefined) pending.push({ found: parent, height: height - 1 });
  }
  return heights;
}

/** Expected hashes to find a header of this compact target. A target of 0 cannot be met; such a header never comes from a real chain. */
function workOfBits(bits: number): bigint {
  return (1n << 256n) / (targetOfBits(bits) + 1n);
}

/** Hashes of the branch with most work of every tree of linked blocks; of equal branches the one met first. */
function bestChains(
  blocks: ReadonlyMap<string, FoundBlock>,
  children: ReadonlyMap<string, FoundBlock[]>,
): ReadonlySet<string> {
  const best = new Set<string>();
  for (const root of blocks.values()) {
    if (blocks.has(root.decoded.header.prevHash ?? '')) continue;
    let tip = { found: root, work: -1n };
    let row = [{ found: root, work: workOfBits(root.decoded.header.bits) }];
    while (row.length > 0) {
      const next: typeof row = [];
      for (const item of row) {
        if (item.work > tip.work) tip = item;
        for (const child of children.get(item.found.decoded.header.hash) ?? []) {
          next.push({ found: child, work: item.work + workOfBits(child.decoded.header.bits) });
        }
      }
      row = next;
    }
    for (let at: FoundBlock | undefined = tip.found; at !== undefined; ) {
      best.add(at.decoded.header.hash);
      at = blocks.get(at.decoded.header.prevHash ?? '');
    }
  }
  return best;
}

function addBlock(parsed: ParsedRecords, found: FoundBlock, height: number | null): void {
  const { hash, prevHash, merkleRoot, timestampSec, transactionCount } = found.decoded.header;
  parsed.blocks.push({
    block: { hash, height, prevHash, merkleRoot, timestampSec, transactionCount },
    place: found.place,
  });
  found.decoded.transactions.forEach(({ record }, position) => {
    const place = { ...found.place, record: `${found.place.record ?? 'block'}, transaction ${position}` };
    parsed.transactions.push({ record: { ...record, height, blockHash: hash, position, timestampSec }, place });
  });
}

/** Blocks with heights and their transactions, in the order found. Repeated and stale blocks are left out and counted. */
export function placeBlocks(found: readonly FoundBlock[], network: Network): ParsedRecords {
  const parsed = noRecords();
  const blocks = new Map<string, FoundBlock>();
  for (const item of found) {
    const { hash } = item.decoded.header;
    if (!blocks.has(hash)) blocks.set(hash, item);
  }
  const children = childrenByParent(blocks);
  const heights = heightsOf(blocks, children, network);
  const best = bestChains(blocks, children);
  let unplaced = 0;
  let withWork = 0;
  for (const [hash, item] of blocks) {
    if (!best.has(hash)) continue;
    if (meetsTarget(item.decoded.header.hash, item.decoded.header.bits)) withWork += 1;
    const height = heights.get(hash) ?? null;
    if (height === null) unplaced += 1;
    addBlock(parsed, item, height);
  }
  noteCount(parsed.notes, found.length - blocks.size, {
    one: 'repeated block left out',
    many: 'repeated blocks left out',
  });
  noteCount(parsed.notes, blocks.size - best.size, {
    one: 'block on a branch with less work left out as stale',
    many: 'blocks on branches with less work left out as stale',
  });
  noteCount(parsed.notes, unplaced, {
    one: 'block whose height the file does not tell',
    many: 'blocks whose height the file does not tell',
  });
  noteCount(parsed.notes, parsed.blocks.length - withWork, {
    one: 'block whose hash does not meet the target in its own header: the header is damaged or made up',
    many: 'blocks whose hashes do not meet the targets in their own headers: the headers are damaged or made up',
  });
  return parsed;
}
