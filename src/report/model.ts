/**
 * What a report is made of: plain values with decimal-string amounts, no ids of any view. `case/` fills it, the renderers of this room
 * turn it into text; nothing here is computed twice.
 */

import type { CarriedRow } from './carried.ts';
import type { CoinjoinRow } from './coinjoin.ts';
import type { CoverageDocument, FollowDocument } from './coverage.ts';
import type { IntervalsDocument } from './intervals.ts';
import type { BoundRow, UnknownRow } from './unknown.ts';

/** One line of the books, decimal satoshi text. */
export interface BookRow {
  label: string;
  seeded: string;
  held: string;
  fee: string;
  stopped: string;
  cut: string;
  burned: string;
  unresolved: string;
}

/** A tag as cited beside an address. */
export interface TagCitation {
  label: string;
  category: string | null;
  actor: string | null;
  source: string;
  confidence: string;
  pack: string;
}

/** Why a branch ended; `tag` is the tag's label when a tag is the reason. */
export interface StopCitation {
  reason: string;
  tag: string;
  /** Only where the tag is about another address, of the same core cluster; level 0 to 100 of the tag for this one. */
  inherited?: { from: string; level: number; clusterRun: string };
}

/** A place where taint rests. `status` 'passed' never appears here. */
export interface HoldingRow {
  outpoint: string;
  address: string | null;
  height: number | null;
  value: string;
  taint: Record<string, string>;
  hops: number;
  status: string;
  stop?: StopCitation;
  /** The places of the satoshi were given up by --max-segments or --at-coinjoin haircut, here or before: the taint is an average from there on. */
  coarse?: 'here' | 'before';
  /** With --unknown bounds: what the output may hold of each label, whatever is missing; with --at-coinjoin carry: whoever owned what. */
  bounds?: Record<string, BoundRow>;
}

/** A seed on an output that carries taint of other labels: they keep it (first wins), and the seed has the rest. */
export interface OverlapRow {
  label: string;
  outpoint: string;
  value: string;
  kept: Record<string, string>;
}

/** The answer of one rule in the JSON contract. */
export interface RuleDocument {
  rule: string;
  conserves: boolean;
  books: BookRow[];
  holdings: HoldingRow[];
  /** Outputs that --max-segments or --at-coinjoin haircut made coarse, and tainted ones after them; only where there are any. */
  coarse?: { here: number; before: number };
  /** Only where there are any. */
  overlaps?: OverlapRow[];
  /** With --unknown bounds, rules that conserve. */
  unknown?: UnknownRow;
  /** With --at-coinjoin carry. */
  carried?: CarriedRow;
}

/** A hole with the amount behind it. */
export interface GapRow {
  kind: string;
  subject: string;
  detail: string;
  value: string;
}

/** What one host was asked about over the wire. */
export interface AskedAbout {
  host: string;
  requests: number;
  subjects: string[];
}

/** What decided an answer. */
export interface RunRow {
  id: string;
  engine: string;
  chain: string;
  tip: { height: number; hash: string | null };
  params: Record<string, unknown>;
  inputs: string;
}

/** `spoor trace --json`, schema spoor.trace/1. */
export interface TraceDocument {
  schema: 'spoor.trace/1';
  run: RunRow;
  seeds: Array<{ label: string; subject: string; outputs: number; amount: string; bookedAs?: string }>;
  rules: RuleDocument[];
  gaps: GapRow[];
  /** How far the rules agree; only where the run was asked for the envelope. */
  intervals?: IntervalsDocument;
  coverage: CoverageDocument;
  /** Clusters with a service in them that pass its stop on to nobody, and why; only where stops reach over clusters. */
  serviceConflicts?: readonly string[];
  /** Only where bounds were asked for. */
  coinjoins?: CoinjoinRow[];
  follow?: FollowDocument;
  askedAbout?: AskedAbout[];
}

/** One tainted output of the trail: who paid whom, in which transaction, under every rule. */
export interface HopRow {
  txid: string;
  vout: number;
  height: number | null;
  /** Seconds since epoch, UTC. */
  timestampSec: number | null;
  /** Paying addresses with the value each brought, largest first; `more` counts those left out. */
  from: Array<{ address: string | null; value: string }>;
  moreFrom: number;
  to: string | null;
  value: string;
  hops: number;
  /** Taint by rule: total over labels (decimal satoshi), share of the output's value (decimal text, 6 places), status, stop reason. */
  byRule: Record<string, { taint: string; share: string; status: string; reason: string | null } | undefined>;
  /** What any conserving rule could say of the output as it was made, decimal satoshi; only where the run was asked for it. */
  bounds?: { lower: string; upper: string };
  tags: TagCitation[];
  /** `verified` when the transaction's bytes hash to its txid, `asserted` when a source says so. */
  proof: string;
}

/** Node of the flow picture: a seed group, a transaction or an end point. */
export interface FlowNode {
  id: string;
  kind:
    | 'seed'
    | 'transaction'
    | 'account'
    | 'service'
    | 'unspent'
    | 'unresolved'
    | 'cut'
    | 'coinjoin'
    | 'burned'
    | 'fee';
  /** First line, for example `12t9YDPg…` or `HitBTC`. */
  title: string;
  /** Second line, for example `block 478795, 2017-08-03 03:06 UTC`. */
  subtitle: string;
  /** Full identifier for the tooltip: txid, outpoint or address. */
  reference: string;
}

/** Directed link: `amount[rule]` decimal satoshi of taint (total over labels); rules without taint here are absent. */
export interface FlowLink {
  from: string;
  to: string;
  amount: Record<string, string>;
}

/** A convention used, in words. */
export interface ConventionRow {
  name: string;
  value: string;
  meaning: string;
}

/** A file the case was fed, by digest. */
export interface InputRow {
  name: string;
  sha256: string;
  format: string;
  transactions: number;
}

/** One event of the time line. */
export interface TimelineRow {
  timestampSec: number;
  kind: 'receipt' | 'move' | 'service';
  /** Lane, for example the wallet's address or the service. */
  lane: string;
  value: string;
  reference: string;
}

/** One paragraph or list of the story. */
export interface StorySection {
  heading: string;
  lines: string[];
}

/** Amount that reached a service deposit, by rule. */
export interface ServiceRow {
  service: string;
  category: string | null;
  address: string;
  outpoints: string[];
  height: number | null;
  timestampSec: number | null;
  /** Value of those outputs, decimal satoshi. */
  value: string;
  byRule: Record<string, string>;
  tags: TagCitation[];
  /** Only where the service is known by its core cluster alone. */
  inherited?: StopCitation['inherited'];
}

/** The whole report. */
export interface TraceReport {
  title: string;
  trace: TraceDocument;
  story: StorySection[];
  services: ServiceRow[];
  hops: HopRow[];
  flow: { nodes: FlowNode[]; links: FlowLink[] };
  timeline: TimelineRow[];
  conventions: ConventionRow[];
  inputs: InputRow[];
  proofs: { verified: number; asserted: number; verifiedTxids: string[] };
}
