/**
 * How a node is told who asks: user and password, or the cookie file that a node writes anew at each start. The file is read for each question, so that a
 * node that was started again is asked with its new cookie.
 */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { SpoorError } from '../../ledger/index.ts';

/** What the user gives: a pair, a cookie file, or nothing. */
export interface CoreCredentials {
  readonly user?: string;
  readonly password?: string;
  readonly cookieFile?: string;
}

/** The cookie as `user:password`. Throws IO without a word of what the file holds. */
function cookieOf(file: string): string {
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (!/^[^\s:]+:\S+$/.test(text)) throw new SpoorError('IO', 'this is not the cookie file of a node', { file });
    return text;
  } catch (error) {
    if (error instanceof SpoorError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new SpoorError(
      'IO',
      `the cookie file cannot be read (${code})`,
      { file },
      'a node writes it when it starts, into its data folder; is it running, and may you read it?',
    );
  }
}

/**
 * Headers for the transport. `authorization` is read anew each time it is asked for. Throws USAGE for half a pair, or a pair beside a cookie file.
 */
export function coreHeaders({ user, password, cookieFile }: CoreCredentials): Readonly<Record<string, string>> {
  if ((user === undefined) !== (password === undefined)) {
    throw new SpoorError(
      'USAGE',
      'of user and password one is missing',
      {},
      'set SPOOR_RPC_USER and SPOOR_RPC_PASSWORD',
    );
  }
  if (user !== undefined && cookieFile !== undefined) {
    throw new SpoorError('USAGE', 'a user and a cookie file are given; a node is asked with one of them');
  }
  if (user === undefined && cookieFile === undefined) return {};
  return {
    get authorization() {
      const pair = cookieFile === undefined ? `${user}:${password}` : cookieOf(cookieFile);
      return `Basic ${Buffer.from(pair).toString('base64')}`;
    },
  };
}
