/**
 * What a live source says is a block, held to the block's own hashes before it is believed or kept for good: the header hashes to the hash that was asked
 * for, the hash meets the target of the header, the transactions hash to the merkle root.
 */
import { type BlockHash, type Network, SpoorError, type Txid, txid } from '../../ledger/index.ts';
import type { Finality } from '../transport/request.ts';
import { type DecodedBlock, decodeLeadingBlock } from './decode.ts';
import { headerHash, meetsTarget } from './proof-of-work.ts';
import { merkleRoot } from './txid.ts';

const LIE_HINT = 'nothing of it was kept; ask another source, or --refresh if this one has been set right';

/** Scripts and addresses play no part in the hashes. */
const ANY_NETWORK: Network = 'mainnet';

function lie(host: string, message: string): SpoorError {
  return new SpoorError('HASH_MISMATCH', `${host} ${message}`, {}, LIE_HINT);
}

function checkHash(host: string, asked: BlockHash, header: { hash: BlockHash; bits: number }): void {
  if (header.hash !== asked)
    throw lie(host, `was asked for block ${asked} and gives one that hashes to ${header.hash}`);
  if (!meetsTarget(header.hash, header.bits)) {
    throw lie(host, `gives block ${asked}, whose hash is above the target of its own header: no work was done on it`);
  }
}

/**
 * Decodes a block that a source gives in raw form, other bytes may follow. Throws HASH_MISMATCH for another block, one without work or one with another
 * merkle root, MALFORMED for bytes that are no block.
 */
export function checkedRawBlock(host: string, asked: BlockHash, bytes: Buffer): { block: DecodedBlock; end: number } {
  const leading = decodeLeadingBlock(bytes, ANY_NETWORK);
  checkHash(host, asked, leading.block.header);
  return leading;
}

interface JsonBlock {
  readonly version?: unknown;
  readonly previousblockhash?: unknown;
  readonly merkleroot?: unknown;
  readonly time?: unknown;
  readonly bits?: unknown;
  readonly nonce?: unknown;
  readonly tx?: unknown;
}

function idsOf(list: unknown): Txid[] | null {
  if (!Array.isArray(list) || list.length === 0) return null;
  return list.map((tx) => txid((tx as { txid?: unknown } | null)?.txid));
}

/** As `checkedRawBlock` for a block that a node describes; the transactions' own bytes are checked by the importer. Throws HASH_MISMATCH, MALFORMED. */
export function checkJsonBlock(host: string, asked: BlockHash, value: unknown): void {
  const block = (typeof value === 'object' && value !== null ? value : {}) as JsonBlock;
  const { version, time, nonce, bits, merkleroot: root, previousblockhash: previous } = block;
  const ids = idsOf(block.tx);
  const isWhole =
    typeof version === 'number' && typeof time === 'number' && typeof nonce === 'number' && typeof root === 'string';
  if (!isWhole || ids === null || typeof bits !== 'string' || !/^[0-9a-f]{8}$/.test(bits)) {
    throw new SpoorError('MALFORMED', `${host} gives block ${asked} without a whole header and its transactions`);
  }
  const target = Number.parseInt(bits, 16);
  const prevHash = typeof previous === 'string' ? previous : null;
  const hash = headerHash({ version, prevHash, merkleRoot: root, timestampSec: time, bits: target, nonce });
  checkHash(host, asked, { hash, bits: target });
  if (new Set(ids).size !== ids.length) throw lie(host, `lists a transaction of block ${asked} twice`);
  const real = merkleRoot(ids);
  if (real !== root) throw lie(host, `gives block ${asked} with transactions that hash to ${real}, not to ${root}`);
}

/** An answer that passes its check stays true; one that does not is asked for again. */
export function finalWhen(check: () => void): Finality {
  try {
    check();
    return 'final';
  } catch (error) {
    if (error instanceof SpoorError || error instanceof SyntaxError) return 'tip';
    throw error;
  }
}
