/** Rules of taint as the kernel knows them: names to numbers. The same names and meanings as in `src/taint/rules.ts`, which refuses all others. */

/** A rule in numbers; see `begin` of `kernel/taint.ts`. */
export interface RuleCode {
  readonly kind: number;
  readonly inOrder: number;
  readonly outOrder: number;
  readonly feeFirst: boolean;
  readonly boundary: number;
  /** Whether taint in is taint out; poison does not conserve. */
  readonly conserves: boolean;
}

const POISON = 0;
const HAIRCUT = 1;
const HAIRCUT_OUTPUTS_ONLY = 2;
const FILLING = 3;
const ORDER = 4;
const IN_ORDERS = 'FLTCHS';
const OUT_ORDERS = 'FLHS';

function code(kind: number, more: Partial<RuleCode> = {}): RuleCode {
  return { kind, inOrder: 0, outOrder: 0, feeFirst: false, boundary: 0, conserves: true, ...more };
}

const REVERSED = OUT_ORDERS.indexOf('L');

const CODES: ReadonlyMap<string, RuleCode> = new Map([
  ['poison', code(POISON, { conserves: false })],
  ['tiho', code(FILLING, { outOrder: OUT_ORDERS.indexOf('H') })],
  ['seniority', code(FILLING)],
  ['fifo', code(ORDER)],
  ['lifo', code(ORDER, { outOrder: REVERSED, feeFirst: true })],
  ['lifo-reverse', code(ORDER, { outOrder: REVERSED })],
  ['dirty-first', code(ORDER, { boundary: 1 })],
  ['pure-dirty-first', code(ORDER, { boundary: 2 })],
]);

/** The rule of that name; null when the kernel has none. */
export function ruleCode(name: string, haircutFee: 'share' | 'outputs-only'): RuleCode | null {
  if (name === 'haircut') return code(haircutFee === 'share' ? HAIRCUT : HAIRCUT_OUTPUTS_ONLY);
  const pair = /^inout:([FLTCHS])([FLHS])$/.exec(name);
  if (pair === null) return CODES.get(name) ?? null;
  return code(ORDER, { inOrder: IN_ORDERS.indexOf(pair[1]), outOrder: OUT_ORDERS.indexOf(pair[2]) });
}

/** Whether the graph has a rule of that name. */
export function hasTaintRule(name: string): boolean {
  return ruleCode(name, 'share') !== null;
}
