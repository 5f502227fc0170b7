/** Options of every command that asks a source, and the source they describe. */
import type { Argv } from 'yargs';
import { EsploraSource, Transport } from '../chain/bitcoin/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { type GlobalOptions, say } from './io.ts';

/** What the user says of a source. */
export interface SourceArgs extends GlobalOptions {
  readonly source: 'esplora';
  readonly url?: string;
  readonly cache: string;
  readonly refresh: boolean;
  readonly perSecond: number;
  readonly keyHeader?: string;
}

/** Declares them. */
export function sourceOptions(yargs: Argv): Argv {
  return yargs
    .option('source', { choices: ['esplora'], default: 'esplora', describe: 'kind of source' })
    .option('url', {
      type: 'string',
      requiresArg: true,
      describe: 'base address of the source, for example https://HOST/api',
    })
    .option('cache', {
      type: 'string',
      requiresArg: true,
      default: process.env.SPOOR_CACHE || './cache',
      describe: 'folder of recorded answers (environment SPOOR_CACHE)',
    })
    .option('refresh', { type: 'boolean', default: false, describe: 'ask again what was true only for its moment' })
    .option('per-second', { type: 'number', default: 2, describe: 'requests a second at most' })
    .option('key-header', {
      type: 'string',
      requiresArg: true,
      describe: 'header that carries the key in the environment variable SPOOR_KEY',
    });
}

/** The source with its transport. Throws USAGE. */
export function openSource(args: SourceArgs): { source: EsploraSource; transport: Transport } {
  if (args.url === undefined)
    throw new SpoorError('USAGE', '--url is missing: which server is to be asked?', {}, 'give --url https://HOST/api');
  if (!(args.perSecond > 0 && args.perSecond <= 1000))
    throw new SpoorError('USAGE', '--per-second is a number above 0 and up to 1000');
  const key = process.env.SPOOR_KEY;
  if (args.keyHeader !== undefined && (key === undefined || key === '')) {
    throw new SpoorError('USAGE', '--key-header names a header, but the environment variable SPOOR_KEY is empty');
  }
  const secretHeaders = args.keyHeader === undefined || key === undefined ? {} : { [args.keyHeader]: key };
  const transport = new Transport({
    base: { url: args.url, secretHeaders },
    cacheFolder: args.cache,
    mode: args.offline ? 'replay' : args.refresh ? 'refresh' : 'live',
    perSecond: args.perSecond,
  });
  return { source: new EsploraSource(transport), transport };
}

/** Says who was asked about what: asking about an address tells its holder's watcher whom one watches. */
export function sayWhoSaw(args: GlobalOptions, transport: Transport): void {
  const subjects = [...transport.asked].sort();
  say(
    args,
    `${transport.requests} requests to ${transport.host}; it was asked about ${subjects.length} addresses and transactions${subjects.length === 0 ? '' : ':'}`,
  );
  for (const subject of subjects.slice(0, 50)) say(args, `  ${subject}`);
  if (subjects.length > 50) say(args, `  and ${subjects.length - 50} more`);
}
