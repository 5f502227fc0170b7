/** Options of every command that asks a source, and the source they describe. */
import type { Argv } from 'yargs';
import {
  BlockchainInfoSource,
  type ChainSource,
  EsploraSource,
  Secret,
  Transport,
  type TransportMode,
  type TransportOptions,
} from '../chain/bitcoin/index.ts';
import { SpoorError } from '../ledger/index.ts';
import type { AskedAbout } from '../report/index.ts';
import { type GlobalOptions, say } from './io.ts';

/** What the user says of a source. */
export interface SourceArgs extends GlobalOptions {
  readonly source: 'esplora' | 'blockchain-info';
  readonly url?: string;
  readonly cache: string;
  readonly refresh: boolean;
  readonly record: boolean;
  readonly maxAge?: number;
  readonly perSecond: number;
  readonly keyHeader?: string;
  readonly keyQuery?: string;
  readonly keyPath: boolean;
  readonly proxy?: string;
  readonly ca?: string;
}

const text = { type: 'string', requiresArg: true } as const;

/** Declares them. */
export function sourceOptions(yargs: Argv): Argv {
  return yargs
    .option('source', { choices: ['esplora', 'blockchain-info'], default: 'esplora', describe: 'kind of source' })
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
    .option('record', { type: 'boolean', default: false, describe: 'ask everything again and record it' })
    .option('max-age', {
      type: 'number',
      requiresArg: true,
      describe: 'seconds after which an answer that was true only for its moment is asked for again (default: never)',
    })
    .option('per-second', { type: 'number', default: 2, describe: 'requests a second at most' })
    .option('key-header', { ...text, describe: 'header that carries the key in the environment variable SPOOR_KEY' })
    .option('key-query', { ...text, describe: 'parameter that carries it' })
    .option('key-path', { type: 'boolean', default: false, describe: 'put it where --url says {key}' })
    .option('proxy', {
      ...text,
      describe:
        'http://HOST:PORT or socks5h://HOST:PORT (names are looked up there); USER:PASSWORD in SPOOR_PROXY_AUTH. ' +
        'Proxies of the environment (HTTPS_PROXY and the like) are not used',
    })
    .option('ca', {
      ...text,
      describe: 'file with the certificate (PEM) of an authority to trust besides the known ones',
    });
}

/** The source with its transport. Throws USAGE. */
export function openSource(
  args: SourceArgs,
  limits: Pick<TransportOptions, 'clock' | 'maxRequests'> = {},
): { source: ChainSource; transport: Transport } {
  if (args.url === undefined)
    throw new SpoorError('USAGE', '--url is missing: which server is to be asked?', {}, 'give --url https://HOST/api');
  if (!(args.perSecond > 0 && args.perSecond <= 1000))
    throw new SpoorError('USAGE', '--per-second is a number above 0 and up to 1000');
  if (args.maxAge !== undefined && !(args.maxAge >= 0))
    throw new SpoorError('USAGE', '--max-age is a number of seconds, 0 or more');
  const transport = new Transport({
    base: { url: args.url, secrets: secretsOf(args) },
    cacheFolder: args.cache,
    mode: modeOf(args),
    kind: args.source,
    perSecond: args.perSecond,
    tipMaxAgeSec: args.maxAge,
    proxy: args.proxy,
    proxyAuth: args.proxy === undefined ? undefined : process.env.SPOOR_PROXY_AUTH || undefined,
    caFile: args.ca,
    ...limits,
  });
  const source = args.source === 'blockchain-info' ? new BlockchainInfoSource(transport) : new EsploraSource(transport);
  return { source, transport };
}

function modeOf(args: SourceArgs): TransportMode {
  const asked = { replay: args.offline, refresh: args.refresh, record: args.record };
  const modes = (['replay', 'refresh', 'record'] as const).filter((mode) => asked[mode]);
  if (modes.length > 1) throw new SpoorError('USAGE', 'of --offline, --refresh and --record only one can be meant');
  return modes[0] ?? 'live';
}

/** The key of the environment in the places the user names. A replay sends nothing and needs none. */
function secretsOf({ keyHeader, keyQuery, keyPath, offline }: SourceArgs): Secret[] {
  const wanted = keyHeader !== undefined || keyQuery !== undefined || keyPath;
  const key = process.env.SPOOR_KEY ?? '';
  if (!wanted || (offline && key === '')) return [];
  if (key === '')
    throw new SpoorError('USAGE', 'an option names a place for a key, but the environment variable SPOOR_KEY is empty');
  return [
    keyHeader === undefined ? [] : new Secret('header', keyHeader, key),
    keyQuery === undefined ? [] : new Secret('query', keyQuery, key),
    keyPath ? new Secret('path', '', key) : [],
  ].flat();
}

/** Who was asked about what over the wire, host by host. */
export function askedAbout(transports: readonly Transport[]): AskedAbout[] {
  return transports.map(({ host, requests, asked }) => ({ host, requests, subjects: [...asked].sort() }));
}

/** Says who was asked about what: asking about an address tells its holder's watcher whom one watches. */
export function sayWhoSaw(args: GlobalOptions, ...transports: readonly Transport[]): void {
  for (const { host, requests, subjects } of askedAbout(transports)) {
    say(
      args,
      `${requests} requests to ${host}; it was asked about ${subjects.length} addresses and transactions${subjects.length === 0 ? '' : ':'}`,
    );
    for (const subject of subjects.slice(0, 50)) say(args, `  ${subject}`);
    if (subjects.length > 50) say(args, `  and ${subjects.length - 50} more`);
  }
}
