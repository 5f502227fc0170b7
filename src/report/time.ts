/** Calendar of reports: UTC, proleptic Gregorian, computed from integers so that no locale or zone of a machine can change a byte. */

const DAY_SEC = 86_400;

/** A calendar day, month and day from 1. */
export interface CivilDay {
  year: number;
  month: number;
  day: number;
}

/**
 * Calendar day of a count of days since 1970-01-01. Counts years from 1 March of year 0, so that the leap day is the last day of a year and
 * month lengths follow one straight line (153 days in five months).
 */
export function civilDay(dayNumber: number): CivilDay {
  const shifted = dayNumber + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** Count of days since 1970-01-01 of a calendar day; `month` may lie outside 1 to 12 and carries into the year. */
export function dayNumberOf(year: number, month: number, day: number): number {
  const carried = year + Math.floor((month - 1) / 12);
  const monthInYear = ((((month - 1) % 12) + 12) % 12) + 1;
  const marchYear = monthInYear <= 2 ? carried - 1 : carried;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const marchMonth = monthInYear > 2 ? monthInYear - 3 : monthInYear + 9;
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Day of a moment: `2017-08-03`. `timestampSec` is seconds since epoch. */
export function utcDayText(timestampSec: number): string {
  const { year, month, day } = civilDay(Math.floor(timestampSec / DAY_SEC));
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

/** Clock of a moment: `03:06:44`. */
export function utcClockText(timestampSec: number): string {
  const second = timestampSec - Math.floor(timestampSec / DAY_SEC) * DAY_SEC;
  return `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(Math.floor(second) % 60)}`;
}

/** A moment in full: `2017-08-03 03:06:44 UTC`. `timestampSec` is seconds since epoch. */
export function utcText(timestampSec: number): string {
  return `${utcDayText(timestampSec)} ${utcClockText(timestampSec)} UTC`;
}

/** A moment as RFC 3339 with the milliseconds that STIX asks for: `2017-08-03T03:06:44.000Z`. */
export function isoText(timestampSec: number): string {
  return `${utcDayText(timestampSec)}T${utcClockText(timestampSec)}.000Z`;
}

/** Like `utcText`, with words where no source gave a time. */
export function utcTextOr(timestampSec: number | null): string {
  return timestampSec === null ? 'time unknown' : utcText(timestampSec);
}

/** A length of time in the largest unit that fits twice: `83 days`, `5 hours`, `12 minutes`, `40 seconds`. */
export function durationText(seconds: number): string {
  if (seconds >= 2 * DAY_SEC) return `${Math.floor(seconds / DAY_SEC)} days`;
  if (seconds >= 7200) return `${Math.floor(seconds / 3600)} hours`;
  if (seconds >= 120) return `${Math.floor(seconds / 60)} minutes`;
  return `${Math.floor(seconds)} seconds`;
}

/** One tick of a time axis. */
export interface TimeTick {
  timestampSec: number;
  label: string;
}

const CLOCK_STEPS_SEC = [60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600];
const DAY_STEPS = [1, 2, 7, 14];
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120];
const MOST_TICKS = 9;
/** Day 4 is Monday 1970-01-05: weekly ticks fall on Mondays. */
const FIRST_MONDAY = 4;

function evenTicks(from: number, to: number, { step, origin }: { step: number; origin: number }): number[] {
  const ticks: number[] = [];
  for (let at = origin + Math.ceil((from - origin) / step) * step; at <= to; at += step) ticks.push(at);
  return ticks;
}

function monthTicks(from: number, to: number, step: number): number[] {
  const { year, month } = civilDay(Math.floor(from / DAY_SEC));
  const ticks: number[] = [];
  const firstMonth = Math.floor((year * 12 + month - 1) / step) * step;
  for (let count = firstMonth; ; count += step) {
    const at = dayNumberOf(Math.floor(count / 12), (count % 12) + 1, 1) * DAY_SEC;
    if (at > to) return ticks;
    if (at >= from) ticks.push(at);
  }
}

/** Ticks of an axis from `from` to `to` (seconds since epoch): at most nine, on whole hours, days, Mondays, months or years. */
export function timeTicks(from: number, to: number): TimeTick[] {
  for (const step of CLOCK_STEPS_SEC) {
    if ((to - from) / step > MOST_TICKS) continue;
    return evenTicks(from, to, { step, origin: 0 }).map((at) => ({
      timestampSec: at,
      label: `${utcDayText(at)} ${utcClockText(at).slice(0, 5)}`,
    }));
  }
  for (const days of DAY_STEPS) {
    if ((to - from) / (days * DAY_SEC) > MOST_TICKS) continue;
    const origin = days % 7 === 0 ? FIRST_MONDAY * DAY_SEC : 0;
    const step = days * DAY_SEC;
    return evenTicks(from, to, { step, origin }).map((at) => ({ timestampSec: at, label: utcDayText(at) }));
  }
  const months = MONTH_STEPS.find((step) => (to - from) / (step * 28 * DAY_SEC) <= MOST_TICKS) ?? 1200;
  return monthTicks(from, to, months).map((at) => ({
    timestampSec: at,
    label: months >= 12 ? utcDayText(at).slice(0, 4) : utcDayText(at).slice(0, 7),
  }));
}
