import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { civilDay, dayNumberOf, durationText, timeTicks, utcText } from '../../src/report/time.ts';

describe('report: time', () => {
  // Each value from `date -u -d @SECONDS '+%F %T UTC'` of GNU coreutils.
  const vectors: ReadonlyArray<readonly [number, string]> = [
    [0, '1970-01-01 00:00:00 UTC'],
    [1, '1970-01-01 00:00:01 UTC'],
    [86_399, '1970-01-01 23:59:59 UTC'],
    [86_400, '1970-01-02 00:00:00 UTC'],
    [951_782_399, '2000-02-28 23:59:59 UTC'],
    [951_782_400, '2000-02-29 00:00:00 UTC'],
    [951_868_800, '2000-03-01 00:00:00 UTC'],
    [1_231_006_505, '2009-01-03 18:15:05 UTC'],
    [1_501_729_604, '2017-08-03 03:06:44 UTC'],
    [1_709_251_199, '2024-02-29 23:59:59 UTC'],
    [1_735_689_599, '2024-12-31 23:59:59 UTC'],
    [4_107_542_399, '2100-02-28 23:59:59 UTC'],
    [4_107_542_400, '2100-03-01 00:00:00 UTC'],
    [4_294_967_295, '2106-02-07 06:28:15 UTC'],
  ];
  for (const [seconds, text] of vectors) {
    it(`writes ${seconds} as ${text}`, () => assert.equal(utcText(seconds), text));
  }

  it('agrees with the ISO text of Date on every 32-bit block time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (seconds) => {
        const iso = new Date(seconds * 1000).toISOString();
        assert.equal(utcText(seconds), `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`);
      }),
    );
  });

  it('turns a day number into a calendar day and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60_000 }), (number) => {
        const { year, month, day } = civilDay(number);
        assert.equal(dayNumberOf(year, month, day), number);
      }),
    );
  });

  it('puts ticks on whole units and never more than ten', () => {
    // 2017-05-12 16:00 to 2017-08-05: 85 days, so every second Monday; 2017-05-22 is a Monday 14k days after 1970-01-05.
    const fortnights = timeTicks(1_494_604_800, 1_501_891_200);
    assert.deepEqual(
      fortnights.map((tick) => tick.label),
      ['2017-05-22', '2017-06-05', '2017-06-19', '2017-07-03', '2017-07-17', '2017-07-31'],
    );
    const quarters = timeTicks(dayNumberOf(2016, 2, 1) * 86_400, dayNumberOf(2017, 6, 1) * 86_400);
    assert.deepEqual(
      quarters.map((tick) => tick.label),
      ['2016-03', '2016-05', '2016-07', '2016-09', '2016-11', '2017-01', '2017-03', '2017-05'],
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2e9 }), fc.integer({ min: 1, max: 1e9 }), (from, span) => {
        const ticks = timeTicks(from, from + span);
        assert.ok(ticks.length <= 10, `${ticks.length} ticks over ${span} seconds`);
        for (const tick of ticks) assert.ok(tick.timestampSec >= from && tick.timestampSec <= from + span);
      }),
    );
  });

  it('names a duration in a unit a reader can use', () => {
    assert.equal(durationText(83 * 86_400 + 5), '83 days');
    assert.equal(durationText(7200), '2 hours');
    assert.equal(durationText(119), '119 seconds');
    assert.equal(durationText(1500), '25 minutes');
  });
});
