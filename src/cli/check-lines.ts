/** What verifications print for people. */
import type { Check } from '../case/index.ts';
import { visibleText } from '../report/index.ts';

/** Checks of a verification as lines for people. */
export function checkLines(checks: readonly Check[]): string[] {
  return checks
    .flatMap(({ name, ok, checked, problems, notes }) => [
      `${ok ? 'ok  ' : 'FAIL'}  ${name} (${checked})`,
      ...notes.map((note) => `        note: ${note}`),
      ...problems.map((problem) => `        ${problem}`),
    ])
    .map(visibleText);
}
