/** Checks of a verification: each says what it looked at, what is wrong, and what it could not look at. */

/** One check with what it looked at. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly checked: number;
  readonly problems: readonly string[];
  /** What was not checked, and why. */
  readonly notes: readonly string[];
}

/** Problems listed per check; the rest is counted. */
const MAX_LISTED = 20;

function listed(lines: readonly string[]): string[] {
  const more = lines.length > MAX_LISTED ? [`and ${lines.length - MAX_LISTED} more`] : [];
  return [...lines.slice(0, MAX_LISTED), ...more];
}

/** One check; many problems are listed in part. */
export function check(
  name: string,
  checked: number,
  problems: readonly string[],
  notes: readonly string[] = [],
): Check {
  return { name, ok: problems.length === 0, checked, problems: listed(problems), notes: listed(notes) };
}

/** A check that another file makes. */
export function counted(
  name: string,
  found: { readonly checked: number; readonly problems: readonly string[] },
): Check {
  return check(name, found.checked, found.problems);
}

/** Runs one check; a case so damaged that it cannot even be read fails it instead of ending the verb. */
export function guardedCheck(name: string, work: (name: string) => Check): Check {
  try {
    return work(name);
  } catch (error) {
    return check(name, 0, [error instanceof Error ? error.message : String(error)]);
  }
}
