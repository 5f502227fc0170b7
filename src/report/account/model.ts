/** What a trace over accounts says, in text: `spoor.trace/1` with accounts and assets where a Bitcoin trace has outputs. Amounts are decimal base units. */
import type { BookRow, ConventionRow, InputRow, RunRow, StopCitation, TagCitation, TraceReport } from '../model.ts';

/** An asset of the trace: `native`, or a contract with its checksum. `symbol` and `decimals` are the token's own claim unless it is listed. */
export interface AssetRow {
  asset: string;
  symbol: string | null;
  decimals: number | null;
  /** On the list of known contracts. */
  listed: boolean;
}

/** The book of one label in one asset: `seeded + convertedIn = held + fee + stopped + cut + burned + unresolved + convertedOut`. */
export interface AccountBookRow extends BookRow {
  asset: string;
  convertedIn: string;
  convertedOut: string;
}

/** Taint that rests on an account. `value` is its balance at the end of the facts. */
export interface AccountHoldingRow {
  account: string;
  asset: string;
  /** Last block in which taint came there; null where its row names none. */
  height: number | null;
  value: string;
  taint: Record<string, string>;
  hops: number;
  status: string;
  stop?: StopCitation;
}

/** Where a rule of order had to mix, because the order inside a transaction is not known or a balance had too many lots. */
export interface AccountCoarseRow {
  account: string;
  asset: string;
  reason: string;
  count: number;
  amount: string;
}

/** The answer of one rule. */
export interface AccountRuleRow {
  rule: string;
  conserves: boolean;
  books: AccountBookRow[];
  holdings: AccountHoldingRow[];
  coarse?: AccountCoarseRow[];
}

/** A hole; `asset` null where it is about a transaction. */
export interface AccountGapRow {
  kind: string;
  subject: string;
  asset: string | null;
  detail: string;
  value: string;
}

/** What the conserving rules of the run say of one place: a spread of conventions, not a bound. */
export interface AccountIntervalRow {
  account: string;
  asset: string;
  status: string;
  reason: string | null;
  label: string;
  least: string;
  most: string;
}

/** Value that changed its asset and took its taint along, or was refused to. */
export interface ConversionRow {
  transaction: string;
  account: string;
  kind: string;
  out: { asset: string; amount: string };
  in: { asset: string; amount: string };
  protocol: string | null;
}

/** A transaction in which tainted value may have changed its asset, and why no taint was carried over. */
export interface RefusedConversionRow {
  transaction: string;
  account: string;
  reason: string;
  detail: string;
}

/** A pair that a bridge published: what it got here, and to whom it pays on the other chain. */
export interface BridgeRow {
  protocol: string;
  transaction: string;
  bridge: string;
  asset: string | null;
  amount: string | null;
  toChain: string;
  toAddress: string | null;
  toAsset: string | null;
  id: string | null;
  basis: 'deterministic';
}

/** Notes of one pool, one way. `crowdAtMost` is the most notes among which one of these can lie; the true crowd is no larger. */
export interface MixerRow {
  pool: string;
  direction: 'deposit' | 'withdrawal';
  asset: string | null;
  denomination: string | null;
  notes: number;
  amount: string | null;
  crowdAtMost: number;
}

/** `spoor trace --json` of an account chain. */
export interface AccountTraceDocument {
  schema: 'spoor.trace/1';
  run: RunRow & { chainId: number };
  seeds: Array<{ label: string; subject: string; asset: string; outputs: number; amount: string }>;
  assets: AssetRow[];
  rules: AccountRuleRow[];
  gaps: AccountGapRow[];
  intervals: AccountIntervalRow[];
  conversions: ConversionRow[];
  refusedConversions: RefusedConversionRow[];
  /** Where the protocol of a bridge says that tainted value went. */
  bridges: BridgeRow[];
  /** Notes of mixers in tainted transactions. */
  mixers: MixerRow[];
  /** What is there to deceive, kept and counted: tokens not on the list (fakes carry the symbol of a listed one) and their moves, transfers of nothing, accounts that look like a real counterparty. */
  hidden: { tokens: number; fakes: number; moves: number; zeroTransfers: number; lookAlikes: number };
}

/** One arrival of taint. `transaction` is a hash, or the key of a row that names none. */
export interface AccountHopRow {
  kind: string;
  transaction: string;
  height: number | null;
  timestampSec: number | null;
  from: string | null;
  fromAsset: string;
  to: string;
  asset: string;
  amount: string;
  /** Taint by rule, all labels together. */
  byRule: Record<string, string>;
  tags: TagCitation[];
}

/** A service, mixer or bridge that taint reached. */
export interface AccountServiceRow {
  name: string;
  reason: string;
  account: string;
  asset: string;
  arrivals: number;
  /** Whether a sanctions list named it at the first arrival; null where the time is not known; false too where no table of lists knows it. */
  sanctioned: boolean | null;
  firstHeight: number | null;
  firstSec: number | null;
  transactions: string[];
  byRule: Record<string, string>;
  tags: TagCitation[];
}

/** The whole report of an account trace. */
export interface AccountReport {
  title: string;
  trace: AccountTraceDocument;
  services: AccountServiceRow[];
  hops: AccountHopRow[];
  /** One flow picture an asset. */
  flows: Array<{ asset: string; flow: TraceReport['flow'] }>;
  conventions: ConventionRow[];
  inputs: InputRow[];
}
