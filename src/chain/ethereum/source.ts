/**
 * What every live source of facts of an account chain offers, whatever it speaks. Answers come back as bodies for the importers, so that a fetched fact and a
 * filed one go the same way and a case can be read again without a network.
 *
 * Failures have codes: PRUNED (the node dropped that history), NOT_FOUND, INCOMPLETE (it cannot say it whole), RATE_LIMITED, TOO_LARGE, UNAUTHORIZED,
 * MALFORMED, HASH_MISMATCH (it contradicts itself), REPLAY_MISS, and SOURCE_FAILED for the rest. A question a source cannot be asked is USAGE.
 */
import { type Account, type AccountHash, type Asset, SpoorError } from '../../ledger/index.ts';
import type { Transport } from '../transport/transport.ts';

/** Kinds of live source of account chains that `--source` names. */
export const ACCOUNT_SOURCE_KINDS = ['eth-rpc', 'etherscan', 'blockscout'] as const;
/** One of `ACCOUNT_SOURCE_KINDS`. */
export type AccountSourceKind = (typeof ACCOUNT_SOURCE_KINDS)[number];

/** What a source can be asked, and what its answers prove. */
export interface AccountSourceCapabilities {
  /** Whole blocks by number, with receipts and, where the node traces, the moves inside of transactions. */
  readonly blocks: boolean;
  readonly transactions: boolean;
  readonly addressHistory: boolean;
  /** Balances as of a block; else as of now. */
  readonly balancesAt: boolean;
  /** How far answers give the order inside a transaction. */
  readonly order: 'total' | 'per-asset' | 'partial';
}

/** A recorded answer, in the format its importer reads. */
export interface FetchedAccountBody {
  readonly name: string;
  readonly format: 'ethereum-rpc' | 'etherscan' | 'blockscout';
  readonly bytes: Buffer;
  readonly chainId: number;
  /** Account it is about, where its rows do not say it. */
  readonly account: Account | null;
  /** Sentences for people about how it was come by, and what it lacks. */
  readonly notes: readonly string[];
}

/** Best block of a source when it was asked, and the highest one that no reorganisation reaches, where the source says. */
export interface AccountTip {
  readonly height: number;
  readonly hash: AccountHash;
  readonly finalHeight: number | null;
}

/** How the moves inside of transactions were learned; null: not at all. */
export type TraceMethod = 'debug_traceBlock' | 'trace_block' | 'ots' | null;

/** One block. */
export interface AccountBlockAnswer {
  readonly number: number;
  readonly hash: AccountHash;
  readonly parentHash: AccountHash;
  readonly body: FetchedAccountBody;
  /** Whether header, transactions, senders, receipts and logs were held to the hash; false on chains whose rules are not known here. */
  readonly proved: boolean;
  readonly traced: TraceMethod;
}

/** History of an account with how whole it is. `gaps` say what is not there, for people. */
export interface AccountHistoryAnswer {
  readonly bodies: readonly FetchedAccountBody[];
  /** Transactions in them, each counted once. */
  readonly transactions: number;
  /** Transactions the source says there are; null where it states no count. */
  readonly stated: number | null;
  readonly complete: boolean;
  readonly gaps: readonly string[];
  /** Best block at which it was true, where the source keeps it, and when it was answered. */
  readonly asOf: { readonly height: number; readonly hash: string } | null;
  readonly asOfSec: number | null;
}

/** Which part of a history. `to` null: up to now. */
export interface HistoryBounds {
  readonly from: number;
  readonly to: number | null;
  /** Pages of one list at most. */
  readonly maxPages: number;
}

/** One balance asked for; `blockNumber` null: now. */
export interface AskedBalance {
  readonly account: Account;
  readonly asset: Asset;
  readonly blockNumber: number | null;
}

/** A live source. Methods outside its capabilities throw USAGE. */
export interface AccountSource {
  readonly kind: AccountSourceKind;
  /** Host and port, for messages and coverage rows; never a secret. */
  readonly host: string;
  readonly capabilities: AccountSourceCapabilities;
  /** The chain it serves. Throws SOURCES_DISAGREE where that is not the one that was asked for. */
  chainId(): Promise<number>;
  /** Best block. Asked afresh, and never kept as evidence. */
  tip(): Promise<AccountTip>;
  /** Hash at a height of its best chain, asked afresh, or null above its tip. */
  blockHash(number: number): Promise<AccountHash | null>;
  /** One block, whole. Throws NOT_FOUND, PRUNED, INCOMPLETE, HASH_MISMATCH. `traces` false: without the moves inside of transactions. */
  block(number: number, traces?: boolean): Promise<AccountBlockAnswer>;
  /** One transaction, or null when the source does not know it or no block holds it. */
  transaction(hash: AccountHash): Promise<FetchedAccountBody | null>;
  history(account: Account, bounds: HistoryBounds): Promise<AccountHistoryAnswer>;
  /** Balances, as one body or several. Throws PRUNED where the state of that block is gone. */
  balances(asked: readonly AskedBalance[]): Promise<FetchedAccountBody[]>;
}

/** The refusal of a question outside a source's capabilities. */
export function cannotSay(kind: AccountSourceKind, what: string, instead: AccountSourceKind): SpoorError {
  return new SpoorError('USAGE', `a source of kind ${kind} cannot say ${what}`, {}, `ask one of kind ${instead}`);
}

/** What explorers share: they serve the chain the user says, and know accounts, neither blocks nor single transactions. */
export abstract class Explorer {
  abstract readonly kind: AccountSourceKind;
  protected readonly transport: Transport;
  protected readonly chain: number;

  constructor(transport: Transport, chainId: number) {
    this.transport = transport;
    this.chain = chainId;
  }

  get host(): string {
    return this.transport.host;
  }

  async chainId(): Promise<number> {
    return this.chain;
  }

  async blockHash(): Promise<AccountHash | null> {
    throw cannotSay(this.kind, 'the hash of a block', 'eth-rpc');
  }

  async block(): Promise<AccountBlockAnswer> {
    throw cannotSay(this.kind, 'a whole block', 'eth-rpc');
  }

  async transaction(): Promise<FetchedAccountBody | null> {
    throw cannotSay(this.kind, 'a single transaction', 'eth-rpc');
  }
}
