/** A question to `revenue` that leaves every stage out; a test names what it asks for. */
import type { RevenueParams } from '../../src/case/index.ts';

export const NO_STAGES: RevenueParams = {
  expand: 'none',
  window: null,
  demandedUsd: [],
  demandedSat: [],
  tolerancePercent: 15,
  partHours: 0,
  partBy: 'payer',
  minSat: 0,
  fresh: false,
  cashOut: [],
};
