/** What every file adapter yields, and the steps they share: filling addresses from scripts, ordering lists by index, counting what is left out. */
import type {
  Address,
  BlockRecord,
  ErrorPlace,
  InputRecord,
  Network,
  OutputRecord,
  Satoshi,
  SpendRecord,
  TransactionRecord,
} from '../../ledger/index.ts';
import type { Field } from '../file/field.ts';
import { addressField } from './fields.ts';
import { classifyScript } from './script.ts';

/** Shapes of local files that this room reads. */
export const FILE_FORMATS = [
  'spoor',
  'bitcoin-etl',
  'esplora',
  'blockchain-info',
  'walletexplorer',
  'bitcoin-core',
  'core-rest',
  'blk',
  'blockchair',
] as const;
/** One of `FILE_FORMATS`. */
export type FileFormat = (typeof FILE_FORMATS)[number];

/** A transaction and the place of its file it was read from. */
export interface LocatedTransaction {
  record: TransactionRecord;
  place: ErrorPlace;
}

/** A block header and the place of its file it was read from. */
export interface LocatedBlock {
  block: BlockRecord;
  place: ErrorPlace;
}

/** A statement that an output is spent, and the place of its file it was read from. */
export interface LocatedSpend {
  spend: SpendRecord;
  place: ErrorPlace;
}

/**
 * What an explorer says an address moved in its whole life, for a cross-check of the transactions beside it. Life totals of a busy
 * service may exceed all coins there are, so these are plain safe integers.
 */
export interface AddressTotals {
  address: Address;
  receivedSat: number;
  sentSat: number;
  transactionCount: number;
}

/** What one adapter makes of one file. */
export interface ParsedRecords {
  transactions: LocatedTransaction[];
  blocks: LocatedBlock[];
  spends: LocatedSpend[];
  /** Sentences for people: what was left out or doubted, with counts. */
  notes: string[];
  addressTotals: AddressTotals[];
}

/** An empty answer for an adapter to fill. */
export function noRecords(): ParsedRecords {
  return { transactions: [], blocks: [], spends: [], notes: [], addressTotals: [] };
}

/** `2 unconfirmed transactions left out`: a count with its noun, and nothing when the count is 0. */
export function noteCount(notes: string[], count: number, words: { one: string; many: string }): void {
  if (count > 0) notes.push(`${count} ${count === 1 ? words.one : words.many}`);
}

/** The note of every format for transactions without a block. */
export function noteUnconfirmed(notes: string[], count: number): void {
  noteCount(notes, count, { one: 'unconfirmed transaction left out', many: 'unconfirmed transactions left out' });
}

/** An input of which nothing is known. */
export function blankInput(): InputRecord {
  return {
    prevTxid: null,
    prevVout: null,
    prevAlias: null,
    valueSat: null,
    prevScript: null,
    prevAddress: null,
    scriptSig: null,
    sequence: null,
    witness: null,
  };
}

/** An output of which only the value is known. */
export function blankOutput(valueSat: Satoshi): OutputRecord {
  return { valueSat, scriptPubKey: null, address: null, spent: null, spenderTxid: null };
}

/**
 * Address of an output from its script and from what the source says (`stated`, possibly absent).
 *
 * The stated one is always checked. Explorers list public-key and bare multisig outputs under the address of a hashed key; those
 * scripts have no address, so the script wins there. Any other disagreement is left for the check of the whole record to find.
 */
export function addressOf(script: string | null, stated: Field, network: Network): Address | null {
  const claimed = stated.isNone ? null : addressField(stated, network);
  if (script === null) return claimed;
  const rendered = classifyScript(Buffer.from(script, 'hex'), network);
  if (rendered.type === 'p2pk' || rendered.type === 'multisig') return null;
  return claimed ?? rendered.address;
}

/** Sorts items by their own index and throws MALFORMED unless the indices are 0 to k-1, each once. */
export function inIndexOrder<T>(list: Field, items: T[], indexOf: (item: T) => number): T[] {
  const sorted = [...items].sort((a, b) => indexOf(a) - indexOf(b));
  sorted.forEach((item, place) => {
    const index = indexOf(item);
    if (index === place) return;
    throw list.error(index < place ? `index ${index} occurs twice` : `index ${place} is missing`);
  });
  return sorted;
}

/** Inputs minus outputs as far as all inputs are known; null otherwise. */
export function knownFee(record: TransactionRecord): bigint | null {
  let sum = 0n;
  for (const input of record.inputs) {
    if (input.valueSat === null) return null;
    sum += BigInt(input.valueSat);
  }
  for (const output of record.outputs) sum -= BigInt(output.valueSat);
  return sum;
}
