/** How many random graphs a law is tried on. */

/**
 * `plain` in a run of the tests; SPOOR_LAWS of them, where it is set: `.ci/run` sets 20,000 and `npm run oracle` 100,000, both apart from the other tests
 * because that takes its time. SPOOR_LAWS also says so in the names of the tests.
 */
export function graphsOfLaw(plain: number): number {
  return Number(process.env.SPOOR_LAWS ?? plain);
}

/** Milliseconds for a law in a run of the tests; none where SPOOR_LAWS says how many graphs: how long those take is the machine's affair. 0 is no limit. */
export function timeoutOfLaw(plainMs: number): number {
  return process.env.SPOOR_LAWS === undefined ? plainMs : 0;
}
