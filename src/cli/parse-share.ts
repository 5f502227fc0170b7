/** Shares on the command line. */
import { SpoorError } from '../ledger/index.ts';

/** A share such as 0.05 as millionths, read from its text. Throws USAGE naming the option. */
export function parseShare(option: string, text: string): number {
  const match = /^(0|1)(?:\.(\d{1,6}))?$/.exec(text);
  const millionths =
    match === null ? Number.NaN : Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0'));
  if (!(millionths <= 1_000_000))
    throw new SpoorError('USAGE', `${option} is a decimal from 0 to 1 with at most 6 places, not "${text}"`);
  return millionths;
}
