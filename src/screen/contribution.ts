/** Parts of the value screened: where each came from or went, under which method. The parts of one method sum to the value. */
import type { TxId } from '../ledger/index.ts';
import type { Identity } from './identity.ts';
import type { Flow, Method } from './schema.ts';

/** What a part is. `entity` is identified, or a coinjoin; the others are the remainder. */
export type Part = 'entity' | 'mined' | 'untraced' | 'dust' | 'unspent' | 'fee' | 'burned';

/** One move on a path, in text. `amount` is null where amounts do not add up. */
export interface PathStep {
  readonly txid: string;
  readonly height: number | null;
  readonly timestampSec: number | null;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint | null;
}

/** A path between an end and the subject: in the order in which the money went. */
export interface FoundPath {
  readonly steps: readonly PathStep[];
  readonly from: { readonly place: string; readonly address: string | null };
  readonly to: { readonly place: string; readonly address: string | null };
}

/** One part. `category` is null but for entities. Amounts are base units; under poison they are not to be added. */
export interface Contribution {
  readonly flow: Flow;
  readonly method: Method;
  readonly part: Part;
  readonly reason: string;
  readonly amount: bigint;
  /** Transactions between the subject and the part: 1 is the counterparty. */
  readonly hops: number;
  readonly category: string | null;
  readonly identity: Identity | null;
  /** When the part was there, seconds; null where nobody says. */
  readonly timestampSec: number | null;
  /** Output or account where it lies, as text. */
  place(): string;
  /** The shortest path, larger amounts first among equals. */
  path(): FoundPath;
}

/** Texts of a transaction. */
export interface TxText {
  readonly txid: string;
  readonly height: number | null;
  readonly timestampSec: number | null;
}

/** Texts an answer needs beside the numbers engines work on. */
export interface ScreenTexts {
  txText(tx: TxId): TxText;
  outputText(output: number): { readonly place: string; readonly address: string | null };
  /** What an input names, with its address: for outputs whose transaction nobody gave. */
  inputText(tx: TxId, vin: number): { readonly place: string; readonly address: string | null };
}

/** Whether the amounts of a method add up. */
export function addsUp(method: Method): boolean {
  return method !== 'poison';
}
