/**
 * What a report is made of: plain values with decimal-string amounts, no ids of any view. `case/` fills it, the renderers of this room
 * turn it into text; nothing here is computed twice.
 */

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
  /** With --unknown bounds: what the output may hold of each label, whatever is missing. */
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
}

/**
 * What the conserving rules of a run say of one place, decimal satoshi: the smallest and the largest of all of them, and of those that follow taint
 * wherever it goes (`following`); `envelope`, where it was asked for, is what any such rule could say.
 */
export interface IntervalRow {
  least: string;
  most: string;
  following: { least: string; most: string };
  envelope: { lower: string; upper: string } | null;
  byRule: Record<string, string>;
}

/** All labels together; each label for itself where there are several. */
export interface LabelledInterval extends IntervalRow {
  labels?: Record<string, IntervalRow>;
}

/** One output where taint rests under some rule, or could under one. */
export interface OutputInterval extends LabelledInterval {
  outpoint: string;
  address: string | null;
  value: string;
  status: string[];
}

/** How far the conserving rules agree. `early` are rules that stop of themselves; `clusters` is null without a run of clusters over the same facts. */
export interface IntervalsDocument {
  rules: string[];
  early: string[];
  envelope: boolean;
  terms: Array<{ term: string } & Omit<IntervalRow, 'envelope'>>;
  services: Array<{ service: string; outputs: number } & LabelledInterval>;
  clusters: { run: string; rows: Array<{ cluster: string; outputs: number } & LabelledInterval> } | null;
  addresses: Array<{ address: string; outputs: number } & LabelledInterval>;
  outputs: OutputInterval[];
}

/** A hole with the amount behind it. */
export interface GapRow {
  kind: string;
  subject: string;
  detail: string;
  value: string;
}

/** What a share of the held outputs rests on: what a source said at a tip, or the files alone. */
export interface CoverageBasis {
  /** `outspends`, `address`, `blocks`: a source said so, up to the block `tip`. `file`: a file saw them unspent. `none`: nothing was said of them. */
  basis: 'outspends' | 'address' | 'blocks' | 'file' | 'none';
  /** Kind and host of the source; null for files. */
  source: string | null;
  host: string | null;
  tip: { height: number; hash: string | null } | null;
  /** When the source was asked, seconds since epoch, where its tip is not known. */
  asOfSec: number | null;
  outputs: number;
  /** Held taint by rule, decimal satoshi, rules that keep books only. */
  held: Record<string, string>;
}

/** A subject of which a source states more than was fetched. */
export interface IncompleteRow {
  kind: string;
  subject: string;
  source: string;
  host: string;
  stated: number | null;
  held: number;
  tip: { height: number; hash: string } | null;
}

/** How far a trace can be relied on: who said that what is held is unspent, and which histories are known to be cut short. */
export interface CoverageDocument {
  /** Every held output rests on a source, and no history that matters is cut short. */
  complete: boolean;
  heldOutputs: number;
  rests: CoverageBasis[];
  /** Addresses the seeds were paid to, where whole addresses were asked for, and of how many a source says that the history is complete. */
  seedAddresses: { asked: number; complete: number } | null;
  incomplete: IncompleteRow[];
}

/** An output at which following stopped, with its taint by rule in decimal satoshi. `stated`: confirmed transactions of its address. */
export interface FollowStop {
  outpoint: string;
  address: string | null;
  reason: string;
  stated: number | null;
  taint: Record<string, string>;
}

/** What following live did and where it stopped. */
export interface FollowDocument {
  source: string;
  host: string;
  /** Budgets; null is no limit. */
  params: Record<string, number | null>;
  ended: string;
  rounds: number;
  requests: number;
  transactions: number;
  waiting: FollowStop[];
  busy: FollowStop[];
}

/** What one host was asked about over the wire. */
export interface AskedAbout {
  host: string;
  requests: number;
  subjects: string[];
}

/** An output of a coinjoin at which taint stopped: least and most that can be on it, by rule and label, decimal satoshi. No book holds it. */
export interface CoinjoinOutputRow {
  vout: number;
  address: string | null;
  value: string;
  bounds: Record<string, Record<string, [least: string, most: string]>>;
}

/** A coinjoin at which taint stopped, with bounds over every mapping of its inputs to its outputs. */
export interface CoinjoinRow {
  txid: string;
  height: number | null;
  /** Family by the detectors of protocols, or null when only the form of equal outputs fits. */
  family: string | null;
  /** `complete`, `timed-out` or `no-mapping`: in the last two the bounds are those of the whole transaction. `unknown`: an input value is missing. */
  verdict: string;
  steps: number;
  /** Values of which one owner gets at most one output; and what owners may pay each other. Decimal satoshi. */
  oneEach: string[];
  intrafees: { maker: string; taker: string };
  outputs: CoinjoinOutputRow[];
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
