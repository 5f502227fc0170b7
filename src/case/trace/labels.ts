/** Labels of a run by number: in the order of each label's earliest seed, and above a limit of the user's all together under one name. */
import { SpoorError } from '../../ledger/index.ts';
import type { SeedRequest } from './seed.ts';
import type { TraceRequest } from './trace.ts';

/** Where everything is booked that is beyond `maxLabels`. */
export const OTHER_LABEL = 'other';

/** Suffix of the label that keeps small receipts apart. */
export const SMALL_SUFFIX = '/small';

/** Numbers labels as they are met. */
export class LabelNumbers {
  /** Labels that have books of their own, and `other` at the end once there are more than allowed. */
  readonly booked: string[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly maxLabels: number | null;

  /** `met` are labels met before, in their order. */
  constructor(maxLabels: number | null, met: Iterable<string> = []) {
    this.maxLabels = maxLabels;
    for (const label of met) this.numberOf(label);
  }

  /** Number of the books a label is kept in. */
  numberOf(label: string): number {
    const known = this.numbers.get(label);
    if (known !== undefined) return known;
    const beyond = this.maxLabels !== null && this.numbers.size >= this.maxLabels;
    const number = beyond ? (this.maxLabels as number) : this.booked.length;
    if (this.booked.length === number) this.booked.push(beyond ? OTHER_LABEL : label);
    this.numbers.set(label, number);
    return number;
  }

  /** Every label met, in order. */
  get met(): string[] {
    return [...this.numbers.keys()];
  }
}

/** Most labels that a request can stand for. */
function labelsOf({ seeds, splitBelowSat }: Pick<TraceRequest, 'seeds' | 'splitBelowSat'>): Set<string> {
  const labels = seeds.flatMap(({ label }: SeedRequest) =>
    splitBelowSat === null ? [label] : [label, `${label}${SMALL_SUFFIX}`],
  );
  return new Set(labels);
}

/** How many books a request needs. */
export function bookCount(request: Pick<TraceRequest, 'seeds' | 'splitBelowSat' | 'maxLabels'>): number {
  const count = labelsOf(request).size;
  const maxLabels = request.maxLabels ?? null;
  return maxLabels === null || count <= maxLabels ? count : maxLabels + 1;
}

/** A label of the user's may not be taken for what is left over. Throws USAGE. */
export function refuseOther(request: Pick<TraceRequest, 'seeds' | 'splitBelowSat' | 'maxLabels'>): void {
  const labels = labelsOf(request);
  const maxLabels = request.maxLabels ?? null;
  if (maxLabels === null || labels.size <= maxLabels || !labels.has(OTHER_LABEL)) return;
  throw new SpoorError(
    'USAGE',
    `a label is named "${OTHER_LABEL}", which is where labels above --max-labels ${maxLabels} are booked`,
    {},
    'give that label another name, or allow more labels',
  );
}
