/**
 * Claim: places events of several lanes on one UTC axis; what would overlap is merged and counted, never hidden.
 * Source: own design. Parameters: pixel sizes below; more than 200 receipts in a lane are summed per day.
 * Cost: O(n log n) in events. Fails when: nothing; events without a usable amount are drawn at the smallest size.
 */
import type { TimelineRow } from '../model.ts';
import { satoshiOrNull } from '../money.ts';

/** Left edge of the axis; lane names stand before it. */
export const AXIS_LEFT_PX = 190;
/** Right edge of the axis. */
export const AXIS_RIGHT_PX = 1116;
/** Height of one lane. */
export const LANE_HEIGHT_PX = 66;
const MOST_SINGLE_RECEIPTS = 200;
const DAY_SEC = 86_400;
const LARGEST_RADIUS_PX = 17;
const SMALLEST_RADIUS_PX = 2;
/** Markers closer than this become one marker with a count. */
const MARKER_REACH_PX = 16;
/** A lull this long, relative to the axis, is shaded and named. */
const QUIET_SHARE = 0.12;

/** Events drawn as one sign. */
export interface TimelineSign {
  kind: TimelineRow['kind'];
  x: number;
  radius: number;
  count: number;
  valueSat: bigint;
  firstSec: number;
  lastSec: number;
  references: string[];
}

/** One lane: a wallet or a service. */
export interface TimelineLane {
  name: string;
  perDay: boolean;
  signs: TimelineSign[];
}

/** A stretch without any event. */
export interface QuietStretch {
  fromSec: number;
  toSec: number;
}

/** Everything the picture needs. */
export interface TimelineLayout {
  fromSec: number;
  toSec: number;
  lanes: TimelineLane[];
  quiet: QuietStretch[];
}

/** Pixel of a moment on an axis. */
export function axisX(timestampSec: number, axis: { fromSec: number; toSec: number }): number {
  const span = axis.toSec - axis.fromSec;
  return AXIS_LEFT_PX + ((timestampSec - axis.fromSec) / span) * (AXIS_RIGHT_PX - AXIS_LEFT_PX);
}

function earlierFirst(a: TimelineRow, b: TimelineRow): number {
  return a.timestampSec - b.timestampSec;
}

function sign(rows: readonly TimelineRow[], x: number): TimelineSign {
  let valueSat = 0n;
  for (const row of rows) valueSat += satoshiOrNull(row.value) ?? 0n;
  return {
    kind: rows[0]?.kind ?? 'receipt',
    x,
    radius: SMALLEST_RADIUS_PX,
    count: rows.length,
    valueSat,
    firstSec: rows[0]?.timestampSec ?? 0,
    lastSec: rows.at(-1)?.timestampSec ?? 0,
    references: rows.map((row) => row.reference),
  };
}

function receiptSigns(rows: readonly TimelineRow[], axis: QuietStretch): TimelineSign[] {
  if (rows.length <= MOST_SINGLE_RECEIPTS) return rows.map((row) => sign([row], axisX(row.timestampSec, axis)));
  const days = new Map<number, TimelineRow[]>();
  for (const row of rows) {
    const day = Math.floor(row.timestampSec / DAY_SEC);
    const list = days.get(day);
    if (list === undefined) days.set(day, [row]);
    else list.push(row);
  }
  return [...days].map(([day, list]) => {
    const noon = Math.min(axis.toSec, Math.max(axis.fromSec, day * DAY_SEC + DAY_SEC / 2));
    return sign(list, axisX(noon, axis));
  });
}

/** Moves and arrivals: neighbours within reach of the first of their group share one sign, so that letters never overlap. */
function markerSigns(rows: readonly TimelineRow[], axis: QuietStretch): TimelineSign[] {
  const groups: TimelineRow[][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    const start = group?.[0];
    if (start !== undefined && axisX(row.timestampSec, axis) - axisX(start.timestampSec, axis) < MARKER_REACH_PX) {
      group?.push(row);
    } else groups.push([row]);
  }
  return groups.map((group) => sign(group, axisX(group[0]?.timestampSec ?? axis.fromSec, axis)));
}

function quietStretches(times: readonly number[], axis: QuietStretch): QuietStretch[] {
  const least = (axis.toSec - axis.fromSec) * QUIET_SHARE;
  const stretches: QuietStretch[] = [];
  for (let index = 1; index < times.length; index += 1) {
    const fromSec = times[index - 1] ?? 0;
    const toSec = times[index] ?? 0;
    if (toSec - fromSec > least) stretches.push({ fromSec, toSec });
  }
  return stretches;
}

/** Radius by area: a receipt of the largest value gets the largest radius. The square root is the only inexact step, in pixels. */
function scaleReceipts(lanes: readonly TimelineLane[]): void {
  const receipts = lanes.flatMap((lane) => lane.signs.filter((each) => each.kind === 'receipt'));
  let largest = 0n;
  for (const each of receipts) if (each.valueSat > largest) largest = each.valueSat;
  if (largest === 0n) return;
  for (const each of receipts) {
    const share = Number((each.valueSat * 1_000_000n) / largest) / 1_000_000;
    each.radius = Math.max(SMALLEST_RADIUS_PX, LARGEST_RADIUS_PX * Math.sqrt(share));
  }
}

/** Lays out a time line; null when there are no events. Lanes keep the order of their first row in the report. */
export function layoutTimeline(rows: readonly TimelineRow[]): TimelineLayout | null {
  const sorted = [...rows].sort(earlierFirst);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return null;
  const margin = Math.max(1800, Math.floor((last.timestampSec - first.timestampSec) / 50));
  const axis = { fromSec: first.timestampSec - margin, toSec: last.timestampSec + margin };
  const byLane = new Map<string, TimelineRow[]>(rows.map((row) => [row.lane, []]));
  for (const row of sorted) byLane.get(row.lane)?.push(row);
  const lanes = [...byLane].map(([name, laneRows]) => {
    const receipts = laneRows.filter((row) => row.kind === 'receipt');
    const moves = laneRows.filter((row) => row.kind === 'move');
    const arrivals = laneRows.filter((row) => row.kind === 'service');
    return {
      name,
      perDay: receipts.length > MOST_SINGLE_RECEIPTS,
      signs: [...receiptSigns(receipts, axis), ...markerSigns(moves, axis), ...markerSigns(arrivals, axis)],
    };
  });
  scaleReceipts(lanes);
  const times = sorted.map((row) => row.timestampSec);
  return { ...axis, lanes, quiet: quietStretches(times, axis) };
}
