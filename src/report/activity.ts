/** When a subject acted, as a document and as text for terminals. */

import { visibleText } from './escape.ts';
import { type ActivityCounts, WEEKDAYS } from './picture/activity-svg.ts';
import { textTable, wrapText } from './text-table.ts';
import { durationText, utcText } from './time.ts';

/** Inclusive bounds, heights or seconds since epoch; null is open. */
export interface ActivityRange {
  readonly unit: 'height' | 'time';
  readonly from: number | null;
  readonly to: number | null;
}

/** Nothing happened between the two moments, in seconds since epoch. */
export interface ActivitySilence {
  readonly fromSec: number;
  readonly toSec: number;
}

/** Events close together. */
export interface ActivityBurst extends ActivitySilence {
  readonly count: number;
}

/** What decided the profile. */
export interface ActivityParamsRow {
  readonly clock: 'block-first' | 'seen-first';
  readonly offsets: ReadonlyArray<{ readonly text: string; readonly minutes: number }>;
  readonly windows: ReadonlyArray<{ readonly name: string; readonly range: ActivityRange }>;
  readonly burst: { readonly least: number; readonly withinSec: number };
  readonly dormantSec: number;
}

/** One transaction of the profile. */
export interface ActivityMoment {
  readonly txid: string;
  readonly height: number | null;
  readonly timeSec: number;
  readonly kind: 'receipt' | 'spend';
}

/** Receipts and spends by the clock of one offset. */
export interface ActivityClockRow {
  readonly offset: string;
  readonly receipts: ActivityCounts;
  readonly spends: ActivityCounts;
}

/** Counts and bursts of one window; without windows of a campaign there is one that holds all. */
export interface WindowActivity {
  readonly name: string;
  readonly range: ActivityRange | null;
  readonly receipts: number;
  readonly spends: number;
  readonly bursts: { readonly receipts: readonly ActivityBurst[]; readonly spends: readonly ActivityBurst[] };
}

/** `spoor cluster activity SUBJECT --json`, schema spoor.activity/1. Times in seconds since epoch. */
export interface ActivityDocument {
  readonly schema: 'spoor.activity/1';
  readonly subject: string;
  readonly engine: string;
  readonly tip: { readonly height: number; readonly hash: string | null };
  readonly inputs: string;
  readonly params: ActivityParamsRow;
  readonly claim: string;
  readonly addresses: readonly string[];
  readonly receipts: number;
  readonly spends: number;
  /** On what the times of these transactions rest. */
  readonly times: { readonly block: number; readonly seen: number };
  readonly first: ActivityMoment | null;
  readonly last: ActivityMoment | null;
  /** Latest time of any transaction of the case. */
  readonly factsReachSec: number | null;
  readonly clocks: readonly ActivityClockRow[];
  readonly dormancy: readonly ActivitySilence[];
  /** Silence from the last event to the end of the facts, where it is long enough. */
  readonly dormantSince: ActivitySilence | null;
  readonly windows: readonly WindowActivity[];
  /** What the profile leaves out, in counts of transactions. */
  readonly gaps: {
    /** No time is known, so they are in no count above. */
    readonly withoutTime: number;
    /** Counted as receipts, though the owner of an input is not known and may be one of the addresses. */
    readonly unknownSigner: number;
  };
}

/** Longest silences that the text names; the document has all. */
const MOST_SILENCES = 5;

/** The profile as text. */
export function renderActivityText(document: ActivityDocument): string {
  const { subject, addresses, receipts, spends, times, first, last, params, tip, inputs, gaps } = document;
  const count = addresses.length === 1 ? '1 address' : `${addresses.length} addresses`;
  return [
    `Activity of ${visibleText(subject)} (${count}): ${receipts} receipts, ${spends} spends`,
    ...wrapText(`${document.claim}.`),
    '',
    momentLine('first', first),
    momentLine('last', last),
    ...document.clocks.flatMap((clock) => ['', ...clockLines(clock)]),
    '',
    ...dormancyLines(document),
    ...document.windows.flatMap((window) => windowLines(window, params)),
    '',
    ...wrapText(
      `Counted: one event for each transaction; a spend when an address of the subject signs, else a receipt. Times: ${times.block} of blocks, ${times.seen} when first seen (${params.clock}). Clocks have a fixed distance from UTC: no summer time.`,
    ),
    ...gapLines(gaps).flatMap((line) => wrapText(line)),
    `Facts to block ${tip.height}, ${inputs}`,
  ].join('\n');
}

function momentLine(name: string, moment: ActivityMoment | null): string {
  if (moment === null) return `${name} seen: no time is known`;
  const { timeSec, kind, txid, height } = moment;
  return `${name} seen: ${utcText(timeSec)}, ${kind} in ${txid}${height === null ? '' : `, block ${height}`}`;
}

function clockLines({ offset, receipts, spends }: ActivityClockRow): string[] {
  const columns = [
    { head: `UTC${offset}`, align: 'left' },
    { head: 'receipts', align: 'right' },
    { head: 'spends', align: 'right' },
  ] as const;
  const rows = (names: readonly string[], part: keyof ActivityCounts): string[][] =>
    names.map((name, index) => [name, String(receipts[part][index]), String(spends[part][index])]);
  const hours = receipts.hours.map((_, hour) => `${String(hour).padStart(2, '0')}:00`);
  return textTable(columns, [...rows(hours, 'hours'), ...rows(WEEKDAYS, 'weekdays')]);
}

function dormancyLines({ dormancy, dormantSince, params }: ActivityDocument): string[] {
  const least = durationText(params.dormantSec);
  const longest = [...dormancy].sort((a, b) => b.toSec - b.fromSec - (a.toSec - a.fromSec)).slice(0, MOST_SILENCES);
  const line = ({ fromSec, toSec }: ActivitySilence): string =>
    `  ${durationText(toSec - fromSec)} from ${utcText(fromSec)} to ${utcText(toSec)}`;
  return [
    `dormant for ${least} or longer: ${dormancy.length === 0 ? 'never' : dormancy.length}${dormancy.length > longest.length ? ', the longest:' : ''}`,
    ...longest.map(line),
    ...(dormantSince === null ? [] : [`${line(dormantSince)}, where the facts end`]),
  ];
}

function windowLines({ name, receipts, spends, bursts }: WindowActivity, { burst }: ActivityParamsRow): string[] {
  const part = name === 'all' ? 'all known time' : `window ${visibleText(name)}`;
  const rule = `bursts of at least ${burst.least} in ${durationText(burst.withinSec)}`;
  const lines = (kind: string, found: readonly ActivityBurst[]): string[] =>
    found.map(({ fromSec, toSec, count }) => `  ${count} ${kind} from ${utcText(fromSec)} to ${utcText(toSec)}`);
  const found = [...lines('receipts', bursts.receipts), ...lines('spends', bursts.spends)];
  return [
    `${part}: ${receipts} receipts, ${spends} spends; ${rule}: ${found.length === 0 ? 'none' : found.length}`,
    ...found,
  ];
}

function gapLines({ withoutTime, unknownSigner }: ActivityDocument['gaps']): string[] {
  return [
    ...(withoutTime === 0 ? [] : [`Left out: ${withoutTime} transactions whose time no source gives.`]),
    ...(unknownSigner === 0
      ? []
      : [
          `In doubt: ${unknownSigner} receipts have an input whose owner is not known; the subject may have made them itself.`,
        ]),
  ];
}
