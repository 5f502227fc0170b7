/** What a trace rests on, and where following live stopped, as sentences that every form of the report prints. */
import { btcOf } from './money.ts';
import { utcText } from './time.ts';
import { countText } from './words.ts';

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

const QUESTION: Readonly<Record<'outspends' | 'address' | 'blocks', string>> = {
  outspends: 'asked who spends them',
  address: 'complete history of their address',
  blocks: 'every block from theirs on',
};

function whenText({ tip, asOfSec }: CoverageBasis): string {
  if (tip !== null) return `up to block ${tip.height}${tip.hash === null ? '' : ` ${tip.hash}`}`;
  return asOfSec === null ? 'at a block not known' : `at a block not known, ${utcText(asOfSec)}`;
}

function basisText(row: CoverageBasis): string {
  if (row.basis === 'file') return 'on files that saw them unspent when they were recorded';
  if (row.basis === 'none')
    return 'on the files alone: no source was asked whether they are spent, so they count as held';
  return `on ${row.source} at ${row.host}, ${QUESTION[row.basis]}, ${whenText(row)}`;
}

function amountsText(held: Readonly<Record<string, string>>): string {
  const parts = Object.entries(held).map(([rule, amount]) => `${rule} ${btcOf(amount)}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')} BTC)`;
}

/** One word for the first page. */
export function coverageWord({ complete, heldOutputs, rests }: CoverageDocument): string {
  if (complete) return 'complete: what is held rests on sources that were asked';
  const asked = rests.filter(({ basis }) => basis !== 'file' && basis !== 'none');
  const outputs = asked.reduce((total, row) => total + row.outputs, 0);
  return `incomplete: ${outputs} of ${countText(heldOutputs, 'held output', 'held outputs')} rest on sources that were asked`;
}

/** Sentences on what the held outputs rest on, and on histories that are cut short. */
export function coverageLines(document: CoverageDocument): string[] {
  const { heldOutputs, rests, seedAddresses, incomplete } = document;
  const held = rests.map(
    (row) => `held outputs: ${row.outputs} of ${heldOutputs} rest ${basisText(row)}${amountsText(row.held)}`,
  );
  const seeds =
    seedAddresses === null
      ? []
      : [`seed addresses: a source gave the complete history of ${seedAddresses.complete} of ${seedAddresses.asked}`];
  const short = incomplete.map(({ kind, subject, source, host, stated, held: came }) => {
    const count = `${came} of ${stated ?? 'an unstated number of'} transactions held`;
    return `${kind} ${subject}: ${count}, incomplete (${source} at ${host})`;
  });
  return [...(heldOutputs === 0 ? ['held outputs: none'] : held), ...seeds, ...short];
}

/** Stops listed in text; the JSON form has all. */
const MAX_LISTED = 20;

function stopLines(name: string, stops: readonly FollowStop[]): string[] {
  if (stops.length === 0) return [];
  const lines = stops.slice(0, MAX_LISTED).map(({ outpoint, address, reason, taint }) => {
    return `${name}: ${outpoint} (${address ?? 'no address'}), ${reason}${amountsText(taint)}`;
  });
  return stops.length > MAX_LISTED
    ? [...lines, `${name}: and ${stops.length - MAX_LISTED} more, all in the JSON form`]
    : lines;
}

/** Sentences on what following did, within which budgets, and every place where it stopped. */
export function followLines(follow: FollowDocument): string[] {
  const budgets = Object.entries(follow.params).map(([name, value]) => `${name} ${value ?? 'no limit'}`);
  const did = [
    countText(follow.requests, 'request', 'requests'),
    countText(follow.transactions, 'transaction fetched', 'transactions fetched'),
    countText(follow.rounds, 'round', 'rounds'),
  ];
  return [
    `source: ${follow.source} at ${follow.host}`,
    `budgets: ${budgets.join(', ')}`,
    `done: ${did.join(', ')}; ended by ${follow.ended}`,
    ...stopLines('waits', follow.waiting),
    ...stopLines('busy', follow.busy),
  ];
}
