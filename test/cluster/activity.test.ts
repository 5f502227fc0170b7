/** Activity by the clock, silences and bursts: by hand, against the calendar of the language, and by brute force. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Burst, bursts, calendar, silences } from '../../src/cluster/index.ts';

/** 2017-05-12 12:33:55 UTC, a Friday: 17298 days of 86,400 s, 12 h, 33 min, 55 s. */
const OUTBREAK_SEC = 17_298 * 86_400 + 12 * 3600 + 33 * 60 + 55;
const [THURSDAY, FRIDAY, SATURDAY] = [3, 4, 5];

function only(counts: readonly number[]): number {
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    1,
  );
  return counts.indexOf(1);
}

/** Bursts by their definition: all rows of `least` that fit, glued while they share a moment. */
function slowBursts(times: readonly number[], least: number, withinSec: number): Burst[] {
  const rows = times.map((_, first) => Array.from({ length: least }, (__, step) => first + step));
  const fitting = rows.filter((row) => row.every((at) => at < times.length && times[at] - times[row[0]] <= withinSec));
  const groups: Array<Set<number>> = [];
  for (const row of fitting) {
    const shared = groups.filter((group) => row.some((at) => group.has(at)));
    for (const group of shared) groups.splice(groups.indexOf(group), 1);
    groups.push(new Set([...shared.flatMap((group) => [...group]), ...row]));
  }
  return groups.map((group) => ({
    fromSec: times[Math.min(...group)],
    toSec: times[Math.max(...group)],
    count: group.size,
  }));
}

describe('activity', () => {
  it('hour and weekday of a moment by four clocks, to the minute', () => {
    const at = (minutes: number): number[] => {
      const { hours, weekdays } = calendar([OUTBREAK_SEC], minutes);
      return [only(hours), only(weekdays)];
    };
    assert.deepEqual(at(0), [12, FRIDAY]);
    assert.deepEqual(at(180), [15, FRIDAY]);
    // 12:33 and 11:26 is 23:59; a minute more is midnight of Saturday.
    assert.deepEqual(at(11 * 60 + 26), [23, FRIDAY]);
    assert.deepEqual(at(11 * 60 + 27), [0, SATURDAY]);
    assert.deepEqual(at(-12 * 60 - 33), [0, FRIDAY]);
    assert.deepEqual(at(-12 * 60 - 34), [23, THURSDAY]);
    assert.equal(only(calendar([0], 0).weekdays), THURSDAY);
  });

  it('counts as the calendar of the language does, before 1970 too', () => {
    const moment = fc.integer({ min: -4_000_000_000, max: 4_000_000_000 });
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 20 }), fc.integer({ min: -840, max: 840 }), (times, minutes) => {
        const hours = new Array<number>(24).fill(0);
        const weekdays = new Array<number>(7).fill(0);
        for (const time of times) {
          const date = new Date((time + minutes * 60) * 1000);
          hours[date.getUTCHours()] += 1;
          weekdays[date.getUTCDay() === 0 ? 6 : date.getUTCDay() - 1] += 1;
        }
        assert.deepEqual(calendar(times, minutes), { hours, weekdays });
      }),
    );
  });

  it('silences on both sides of the least', () => {
    const times = [0, 10, 100, 100, 250];
    assert.deepEqual(silences(times, 90), [
      { fromSec: 10, toSec: 100 },
      { fromSec: 100, toSec: 250 },
    ]);
    assert.deepEqual(silences(times, 91), [{ fromSec: 100, toSec: 250 }]);
    assert.deepEqual([silences([], 1), silences([5], 1)], [[], []]);
  });

  it('bursts by hand: three in ten seconds, rows that share a moment are one', () => {
    // Rows of three: 0 5 10, 5 10 11, then 40 50 50 and 50 50 60 take at most 10 s; 10 11 21 takes 11.
    const times = [0, 5, 10, 11, 21, 40, 50, 50, 60];
    assert.deepEqual(bursts(times, { least: 3, withinSec: 10 }), [
      { fromSec: 0, toSec: 11, count: 4 },
      { fromSec: 40, toSec: 60, count: 4 },
    ]);
    assert.deepEqual(bursts(times, { least: 3, withinSec: 9 }), [{ fromSec: 5, toSec: 11, count: 3 }]);
    // Neighbours that share none stay two.
    assert.deepEqual(bursts([0, 1, 2, 3, 4, 5], { least: 3, withinSec: 1 }), []);
    assert.deepEqual(
      bursts([0, 1, 2, 12, 13, 14], { least: 3, withinSec: 2 }).map(({ count }) => count),
      [3, 3],
    );
  });

  it('bursts by their definition', () => {
    const times = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 14 });
    fc.assert(
      fc.property(times, fc.integer({ min: 2, max: 5 }), fc.integer({ min: 0, max: 20 }), (any, least, withinSec) => {
        const sorted = [...any].sort((a, b) => a - b);
        assert.deepEqual(bursts(sorted, { least, withinSec }), slowBursts(sorted, least, withinSec));
      }),
    );
  });
});
