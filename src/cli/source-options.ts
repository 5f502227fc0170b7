/** Options of every command that asks a source, and the source they describe. */
import type { Argv } from 'yargs';
import {
  type ChainSource,
  NETWORK_NAMES,
  Secret,
  Transport,
  type TransportMode,
  type TransportOptions,
} from '../chain/bitcoin/index.ts';
import { ACCOUNT_SOURCE_KINDS, type AccountSource } from '../chain/ethereum/index.ts';
import { SpoorError } from '../ledger/index.ts';
import type { AskedAbout } from '../report/index.ts';
import { type GlobalOptions, say } from './io.ts';
import {
  ACCOUNT_OPENERS,
  isAccountSource,
  OPENERS,
  type Opener,
  OWN_PER_SECOND,
  PUBLIC_PER_SECOND,
  paceOf,
  type SourceArgs,
} from './source-kinds.ts';

const text = { type: 'string', requiresArg: true } as const;

/** Declares them. */
export function sourceOptions(yargs: Argv): Argv {
  return yargs
    .option('source', {
      choices: [...Object.keys(OPENERS), ...ACCOUNT_SOURCE_KINDS],
      default: 'esplora',
      describe: 'kind of source; eth-rpc, etherscan and blockscout for Ethereum',
    })
    .option('url', {
      type: 'string',
      requiresArg: true,
      describe: 'base address of the source, for example https://HOST/api, or ssl://HOST:PORT for electrum',
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
    .option('per-second', {
      type: 'number',
      describe: `requests a second at most; ${PUBLIC_PER_SECOND} for public servers, ${OWN_PER_SECOND} for a node of your own`,
    })
    .option('cookie-file', {
      ...text,
      describe: 'core-rpc: cookie file of the node; else SPOOR_RPC_USER and SPOOR_RPC_PASSWORD',
    })
    .option('verbosity', {
      ...text,
      default: '3',
      describe: 'core-rpc: blocks raw (0), decoded (2), or with the outputs they spend (3)',
    })
    .option('network', {
      choices: NETWORK_NAMES,
      describe: 'network of the source; that of the case or the source if left out',
    })
    .option('chain-id', {
      type: 'number',
      requiresArg: true,
      describe: 'chain of an Ethereum source; a node says its own, an explorer is asked for 1 if left out',
    })
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

/** Limits that a caller may set beside the options. `anonymous` sends no credentials of the environment. */
type Given = Pick<TransportOptions, 'clock' | 'maxRequests'> & { readonly anonymous?: boolean };

/** The source with its transport. Throws USAGE. */
export function openSource(args: SourceArgs, given: Given = {}): { source: ChainSource; transport: Transport } {
  const { source: kind } = args;
  if (isAccountSource(kind))
    throw new SpoorError('USAGE', `a source of kind ${kind} speaks of Ethereum, and this asks about Bitcoin`);
  const opener: Opener = OPENERS[kind];
  const withHeaders = !args.offline && given.anonymous !== true;
  const transport = transportOf(args, given, { secretHeaders: withHeaders ? (opener.headers?.(args) ?? {}) : {} });
  return { source: opener.open(transport, args), transport };
}

/** A source of an account chain with its transport; `chainId` is the chain that is expected, null for whichever it serves. Throws USAGE. */
export function openAccountSource(
  args: SourceArgs,
  chainId: number | null,
): { source: AccountSource; transport: Transport } {
  const { source: kind } = args;
  if (!isAccountSource(kind)) throw new SpoorError('USAGE', `a source of kind ${kind} does not speak of Ethereum`);
  const { open, headers } = ACCOUNT_OPENERS[kind];
  const transport = transportOf(args, {}, { headers });
  return { source: open(transport, chainId), transport };
}

function transportOf(
  args: SourceArgs,
  { anonymous: _, ...limits }: Given,
  {
    secretHeaders,
    headers,
  }: { secretHeaders?: Readonly<Record<string, string>>; headers?: TransportOptions['headers'] },
): Transport {
  if (args.url === undefined)
    throw new SpoorError('USAGE', '--url is missing: which server is to be asked?', {}, 'give --url https://HOST/api');
  const perSecond = paceOf(args);
  if (!(perSecond > 0 && perSecond <= 1000))
    throw new SpoorError('USAGE', '--per-second is a number above 0 and up to 1000');
  if (args.maxAge !== undefined && !(args.maxAge >= 0))
    throw new SpoorError('USAGE', '--max-age is a number of seconds, 0 or more');
  checkScheme(args.source, args.url);
  return new Transport({
    base: { url: args.url, secrets: secretsOf(args), secretHeaders: secretHeaders ?? {} },
    cacheFolder: args.cache,
    mode: modeOf(args),
    kind: args.source,
    perSecond,
    tipMaxAgeSec: args.maxAge,
    proxy: args.proxy,
    proxyAuth: args.proxy === undefined ? undefined : process.env.SPOOR_PROXY_AUTH || undefined,
    caFile: args.ca,
    ...(headers === undefined ? {} : { headers }),
    ...limits,
  });
}

/** An Electrum server speaks its own protocol and knows no key; every other source speaks HTTP. */
function checkScheme(source: SourceArgs['source'], url: string): void {
  const lines = /^(tcp|ssl):/i.test(url);
  if (lines === (source === 'electrum')) return;
  const due = lines ? 'https://HOST/...' : 'ssl://HOST:PORT, or tcp://HOST:PORT on this machine';
  throw new SpoorError('USAGE', `--url does not fit --source ${source}`, {}, `write ${due}`);
}

function modeOf(args: SourceArgs): TransportMode {
  const asked = { replay: args.offline, refresh: args.refresh, record: args.record };
  const modes = (['replay', 'refresh', 'record'] as const).filter((mode) => asked[mode]);
  if (modes.length > 1) throw new SpoorError('USAGE', 'of --offline, --refresh and --record only one can be meant');
  return modes[0] ?? 'live';
}

/** The key of the environment in the places the user names. A replay sends nothing and needs none. */
function secretsOf({ source, keyHeader, keyQuery, keyPath, offline }: SourceArgs): Secret[] {
  const wanted = keyHeader !== undefined || keyQuery !== undefined || keyPath;
  if (wanted && source === 'electrum') throw new SpoorError('USAGE', 'an Electrum server takes no key');
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
