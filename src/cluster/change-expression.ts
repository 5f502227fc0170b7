/**
 * Claim:      change heuristics compose: candidates that several, any, or enough of them leave.
 * Source:     composition as in BlockSci (union, intersection, difference, unique); agreement as in vote counting of
 *             Moeser and Narayanan, FC 2022.
 * Parameters: an expression: NAME, and(e, ...), or(e, ...), minus(e, e), unique(e), at-least-N-agree(e, ...). A
 *             heuristic agrees on an output when that is the only one it leaves.
 * Cost:       that of the heuristics named.
 * Fails when: heuristics that repeat each other are counted as if they were independent witnesses.
 */
import { SpoorError } from '../ledger/index.ts';
import { DYNAMIC_HEURISTICS } from './change-dynamic.ts';
import type { ChangeHeuristic, ChangeLedger } from './change-ledger.ts';
import { powerOfTenValue, STATIC_HEURISTICS } from './change-static.ts';
import { ONE_TIME_HEURISTICS } from './one-time-change.ts';

/** Every heuristic by name, static ones first. */
export const CHANGE_HEURISTICS: readonly ChangeHeuristic[] = [
  ...STATIC_HEURISTICS,
  ...DYNAMIC_HEURISTICS,
  ...ONE_TIME_HEURISTICS,
];

const NAME = /^[a-z0-9][a-z0-9_-]*/;
const MAX_DEPTH = 32;
const MAX_DIGITS = 15;

/** Reads an expression; `_` and `-` are the same in names. Throws USAGE naming the character that is wrong. */
export function parseChangeExpression(text: string): ChangeHeuristic {
  const reader = new Reader(text);
  const expression = reader.expression(0);
  reader.end();
  return expression;
}

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  expression(depth: number): ChangeHeuristic {
    if (depth > MAX_DEPTH) this.fail(`nests deeper than ${MAX_DEPTH}`);
    this.blanks();
    const start = this.at;
    const word = NAME.exec(this.text.slice(this.at))?.[0];
    if (word === undefined) return this.fail('a name of a heuristic or operator is due');
    this.at += word.length;
    const name = word.replaceAll('_', '-');
    this.blanks();
    if (this.text[this.at] !== '(') {
      const known = CHANGE_HEURISTICS.find((heuristic) => heuristic.name === name);
      return known ?? this.fail(`no change heuristic is called ${name}`, start);
    }
    this.at += 1;
    if (name === 'power-of-ten-value') return this.digits();
    const parts = this.list(depth);
    return combine(name, parts) ?? this.fail(`${name} with ${parts.length} parts is no operator`, start);
  }

  end(): void {
    this.blanks();
    if (this.at < this.text.length) this.fail('nothing more is due');
  }

  private digits(): ChangeHeuristic {
    const word = /^\s*(\d{1,2})\s*\)/.exec(this.text.slice(this.at));
    const digits = Number(word?.[1] ?? Number.NaN);
    if (word === null || !(digits >= 1 && digits <= MAX_DIGITS)) return this.fail(`1 to ${MAX_DIGITS} digits are due`);
    this.at += word[0].length;
    return powerOfTenValue(digits);
  }

  private list(depth: number): ChangeHeuristic[] {
    const parts: ChangeHeuristic[] = [];
    for (;;) {
      parts.push(this.expression(depth + 1));
      this.blanks();
      const mark = this.text[this.at];
      if (mark !== ',' && mark !== ')') this.fail('"," or ")" is due');
      this.at += 1;
      if (mark === ')') return parts;
    }
  }

  private blanks(): void {
    while (this.text[this.at] === ' ') this.at += 1;
  }

  private fail(reason: string, at = this.at): never {
    throw new SpoorError(
      'USAGE',
      `change expression "${this.text}", character ${at + 1}: ${reason}`,
      {},
      `names: ${CHANGE_HEURISTICS.map(({ name }) => name).join(', ')}; operators: and, or, minus, unique, at-least-N-agree`,
    );
  }
}

type Choose = (sets: readonly number[][]) => number[];

function combine(name: string, parts: readonly ChangeHeuristic[]): ChangeHeuristic | null {
  const agree = /^at-least-([1-9]\d?)-agree$/.exec(name);
  if (agree !== null) {
    const least = Number(agree[1]);
    return least > parts.length ? null : combined(name, parts, (sets) => agreed(sets, least));
  }
  if (name === 'and')
    return combined(name, parts, (sets) => sets[0].filter((vout) => sets.every((set) => set.includes(vout))));
  if (name === 'or') return combined(name, parts, (sets) => [...new Set(sets.flat())].sort((a, b) => a - b));
  if (name === 'minus' && parts.length === 2)
    return combined(name, parts, ([left, right]) => left.filter((vout) => !right.includes(vout)));
  if (name === 'unique' && parts.length === 1) return combined(name, parts, ([set]) => (set.length === 1 ? set : []));
  return null;
}

function agreed(sets: readonly number[][], least: number): number[] {
  const votes = new Map<number, number>();
  for (const set of sets) if (set.length === 1) votes.set(set[0], (votes.get(set[0]) ?? 0) + 1);
  return [...votes].flatMap(([vout, count]) => (count >= least ? [vout] : [])).sort((a, b) => a - b);
}

function combined(name: string, parts: readonly ChangeHeuristic[], choose: Choose): ChangeHeuristic {
  return {
    name: `${name}(${parts.map((part) => part.name).join(', ')})`,
    kind: parts.some(({ kind }) => kind === 'dynamic') ? 'dynamic' : 'static',
    source: 'composed',
    candidates: (ledger: ChangeLedger, tx: number) => choose(parts.map((part) => part.candidates(ledger, tx))),
  };
}
