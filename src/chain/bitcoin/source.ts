/**
 * What every live source of Bitcoin facts offers, whatever it speaks. Answers come back as bodies for the file importers, so that a fetched fact and
 * a filed one go the same way and a case can be read again without a network.
 *
 * Failures have codes: PRUNED (the source dropped it), NOT_FOUND, INCOMPLETE (it has not got that far), RATE_LIMITED, TOO_LARGE, UNAUTHORIZED,
 * MALFORMED, REPLAY_MISS, and SOURCE_FAILED for the rest. A question a source cannot be asked is USAGE, naming one that can.
 */
import { type Address, type BlockHash, SpoorError, type Txid } from '../../ledger/index.ts';
import type { FileFormat } from './source-file-record.ts';

/** Kinds of live source that `--source` names. */
export const SOURCE_KINDS = ['esplora', 'core-rpc', 'core-rest', 'electrum', 'blockchain-info'] as const;
/** One of `SOURCE_KINDS`. */
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** What a source can be asked, and what its answers prove. */
export interface SourceCapabilities {
  /** Whole blocks by height; whether with the value of every input is told by what comes. */
  readonly blocks: boolean;
  readonly addressHistory: boolean;
  /** Who spends an output. */
  readonly outspends: boolean;
  /** `total`: answers give the position of a transaction in its block; `height`: the block only; `none`: not even that. */
  readonly order: 'total' | 'height' | 'none';
}

/** A recorded answer, in the format its importer reads. */
export interface FetchedBody {
  readonly name: string;
  readonly format: FileFormat;
  readonly bytes: Buffer;
  /** Sentences for people about how it was come by. */
  readonly notes?: readonly string[];
}

/** Best block of a source when it was asked. */
export interface SourceTip {
  readonly height: number;
  readonly hash: BlockHash;
}

/** Spender of one output: `null` when it was unspent, or spent by a transaction that no block holds yet, at `asOfSec`. */
export interface Outspend {
  readonly spender: Txid | null;
  readonly asOfSec: number;
  /** Why the source cannot say who spends this one, where it can say it of others; then `spender` is null and means nothing. */
  readonly unsaid?: string;
  /** Best block at which it was true, where the source keeps it. */
  readonly asOf?: SourceTip | null;
}

/** History of an address with how complete it is. `stated` is null where the source states no count to compare with. */
export interface AddressHistory {
  readonly bodies: readonly FetchedBody[];
  readonly transactions: number;
  /** Confirmed transactions the source says there are. */
  readonly stated: number | null;
  readonly complete: boolean;
  /** Best block at which it was true, where the source keeps it, and when it was answered. */
  readonly asOf?: SourceTip | null;
  readonly asOfSec?: number;
}

/** A live source. Methods outside its capabilities throw USAGE. */
export interface ChainSource {
  readonly kind: SourceKind;
  /** Host and port, for messages and coverage rows; never a secret. */
  readonly host: string;
  readonly capabilities: SourceCapabilities;
  /** Always asked afresh, and never kept as evidence. */
  tip(): Promise<SourceTip>;
  /** Hash of the block at a height of the source's best chain, asked afresh. Throws NOT_FOUND above the tip. */
  blockHash(height: number): Promise<BlockHash>;
  /** One block, whole, checked against the hash, its target and its merkle root. Throws PRUNED, NOT_FOUND, INCOMPLETE, HASH_MISMATCH, MALFORMED. */
  block(hash: BlockHash): Promise<FetchedBody>;
  /** One transaction, or null when the source does not know it. */
  transaction(id: Txid): Promise<FetchedBody | null>;
  /** Spenders of a transaction's outputs by vout, or null when the source does not know it. */
  outspends(id: Txid): Promise<Outspend[] | null>;
  /** Confirmed history of an address, at most `maxPages` pages where the source pages; 0 asks for the stated count alone. */
  history(address: Address, maxPages: number): Promise<AddressHistory>;
}

/** The refusal of a question outside a source's capabilities. */
export function cannot(kind: SourceKind, what: string, instead: readonly SourceKind[]): SpoorError {
  return new SpoorError(
    'USAGE',
    `a source of kind ${kind} cannot say ${what}`,
    {},
    `ask one of: ${instead.join(', ')}`,
  );
}

/** The refusal to follow money through a source that cannot say who spends an output. */
export function cannotFollow(kind: SourceKind): SpoorError {
  return cannot(kind, 'who spends an output', ['esplora', 'blockchain-info']);
}

/** The answer about an output of which alone the source cannot say who spends it (TOO_LARGE, INCOMPLETE); any other failure is thrown. */
export function unsaidOutspend(error: unknown): Outspend {
  if (error instanceof SpoorError && (error.code === 'TOO_LARGE' || error.code === 'INCOMPLETE'))
    return { spender: null, asOfSec: 0, unsaid: error.message };
  throw error;
}
