/**
 * Claim:      at which hours and on which weekdays money of an address or a cluster moved, where it lay still, and
 *             where many payments came together.
 * Source:     own: counts of the field's usual picture of habits by the clock; a burst is `least` events within a span.
 * Parameters: an offset from UTC, fixed (no summer time); least silence in seconds; `least` and `withinSec` of a burst.
 * Cost:       O(events), after the caller sorted them.
 * Fails when: read as who or where: receipts show the clocks of payers, a script pays at any hour, and a time is that
 *             of a block (up to two hours wrong) or of the first node that saw the transaction. Few events have a
 *             pattern by chance.
 */

/** Events by the clock: 24 hours from midnight, seven weekdays from Monday. */
export interface Calendar {
  readonly hours: readonly number[];
  readonly weekdays: readonly number[];
}

/** No event lies between the two moments, in seconds since epoch. */
export interface Silence {
  readonly fromSec: number;
  readonly toSec: number;
}

/** Events that came close together: from the first to the last of them, in seconds since epoch. */
export interface Burst {
  readonly fromSec: number;
  readonly toSec: number;
  readonly count: number;
}

/** What makes a burst: at least so many events in a span of at most so many seconds. */
export interface BurstRule {
  readonly least: number;
  readonly withinSec: number;
}

const HOUR_SEC = 3600;
const DAY_HOURS = 24;
const WEEK_DAYS = 7;
/** 1970-01-01 was a Thursday: three days after a Monday. */
const FIRST_WEEKDAY = 3;

/** Counts moments (seconds since epoch) by hour and weekday of a clock that is `offsetMinutes` ahead of UTC. */
export function calendar(timesSec: readonly number[], offsetMinutes: number): Calendar {
  const hours = new Array<number>(DAY_HOURS).fill(0);
  const weekdays = new Array<number>(WEEK_DAYS).fill(0);
  for (const timeSec of timesSec) {
    const hour = Math.floor((timeSec + offsetMinutes * 60) / HOUR_SEC);
    const day = Math.floor(hour / DAY_HOURS);
    hours[hour - day * DAY_HOURS] += 1;
    const week = Math.floor((day + FIRST_WEEKDAY) / WEEK_DAYS);
    weekdays[day + FIRST_WEEKDAY - week * WEEK_DAYS] += 1;
  }
  return { hours, weekdays };
}

/** Silences of at least `leastSec` between moments in ascending order, earliest first. */
export function silences(timesSec: readonly number[], leastSec: number): Silence[] {
  return timesSec.slice(1).flatMap((toSec, index) => {
    const fromSec = timesSec[index];
    return toSec - fromSec >= leastSec ? [{ fromSec, toSec }] : [];
  });
}

/**
 * Bursts among moments in ascending order, earliest first. A moment is in a burst when it is one of `least` in a row
 * that the span holds; rows that share a moment are one burst, so a burst may last longer than the span.
 */
export function bursts(timesSec: readonly number[], { least, withinSec }: BurstRule): Burst[] {
  const found: Array<{ first: number; last: number }> = [];
  for (let first = 0; first + least <= timesSec.length; first += 1) {
    const last = first + least - 1;
    if (timesSec[last] - timesSec[first] > withinSec) continue;
    const open = found.at(-1);
    if (open !== undefined && first <= open.last) open.last = last;
    else found.push({ first, last });
  }
  return found.map(({ first, last }) => ({
    fromSec: timesSec[first],
    toSec: timesSec[last],
    count: last - first + 1,
  }));
}
