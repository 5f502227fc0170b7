/** Limits that cannot all be meant: refused before anything is read or written, naming both. */
import { SpoorError } from '../../ledger/index.ts';
import { ruleByName, type TraceLimits } from '../../taint/index.ts';
import { refuseOther } from './labels.ts';
import type { TraceRequest } from './trace.ts';

function contradiction(message: string, hint: string): SpoorError {
  return new SpoorError('USAGE', message, {}, hint);
}

/** Limits of a request that are set, by the option that sets them. */
function limitsSet({ limits, until }: TraceRequest): Map<string, number | string> {
  const { maxHops, minSat, minShareMillionths, maxTransactions, maxSegments } = limits;
  const values: ReadonlyArray<readonly [string, number | string | null]> = [
    ['--max-hops', maxHops],
    ['--min-sat', minSat === 0 ? null : minSat],
    ['--min-share', minShareMillionths === 0 ? null : minShareMillionths],
    ['--until', until],
    ['--max-visited', maxTransactions ?? null],
    ['--max-segments', maxSegments ?? null],
  ];
  return new Map(values.flatMap(([option, value]) => (value === null ? [] : [[option, value]])));
}

/** Refuses limits that contradict each other. Throws USAGE. */
export function refuseContradictions(request: TraceRequest): void {
  const set = limitsSet(request);
  for (const option of ['--max-hops', '--max-visited']) {
    const other = [...set.keys()].find((name) => name !== option);
    if (set.get(option) !== 0 || other === undefined) continue;
    throw contradiction(
      `${option} 0 follows no taint anywhere, so ${other} beside it can never apply`,
      `leave out ${other}, or allow at least 1 under ${option}`,
    );
  }
  const rules = request.rules.map((name) => ruleByName(name, request.conventions));
  if (set.has('--max-segments') && !rules.some(({ runs }) => runs === true)) {
    throw contradiction(
      `--max-segments bears on order rules only, and none of ${request.rules.join(', ')} is one`,
      'leave it out, or ask for fifo or another order rule',
    );
  }
  refuseOther(request);
}

/** Refuses limits under which none of the seeds could be followed at all. `firstHeight` is null where no source gives one. Throws USAGE. */
export function refuseUnreachable(
  { untilHeight, minSat }: TraceLimits,
  seeds: { readonly firstHeight: number | null; readonly largestSat: number },
): void {
  const { firstHeight, largestSat } = seeds;
  if (untilHeight !== null && firstHeight !== null && firstHeight > untilHeight) {
    throw contradiction(
      `--until ends at block ${untilHeight}, before the first seed (block ${firstHeight}): no spend of any seed could be followed`,
      'give a later height or date',
    );
  }
  if (minSat !== null && minSat > largestSat) {
    throw contradiction(
      `--min-sat ${minSat} is above every seed (the largest is ${largestSat} satoshi): none could be followed`,
      'give a smaller amount',
    );
  }
}
