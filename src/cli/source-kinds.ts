/** Kinds of sources: what each is made of, and how often it may be asked. */
import {
  BlockchainInfoSource,
  type BlockVerbosity,
  type ChainSource,
  CoreRestSource,
  CoreRpcSource,
  coreHeaders,
  ElectrumSource,
  EsploraSource,
  type Transport,
} from '../chain/bitcoin/index.ts';
import {
  type AccountSource,
  type AccountSourceKind,
  BLOCKSCOUT_HEADERS,
  BlockscoutSource,
  EtherscanSource,
  EthRpcSource,
} from '../chain/ethereum/index.ts';
import { type Network, SpoorError } from '../ledger/index.ts';
import type { GlobalOptions } from './io.ts';

/** What the user says of a source. */
export interface SourceArgs extends GlobalOptions {
  readonly source: keyof typeof OPENERS | AccountSourceKind;
  readonly url?: string;
  readonly cache: string;
  readonly refresh: boolean;
  readonly record: boolean;
  readonly maxAge?: number;
  readonly perSecond?: number;
  readonly keyHeader?: string;
  readonly keyQuery?: string;
  readonly keyPath: boolean;
  readonly proxy?: string;
  readonly ca?: string;
  readonly cookieFile?: string;
  readonly verbosity: string;
  readonly network?: Network;
  readonly chainId?: number;
}

/** One kind of source: what it is made of, which secret headers it needs, and how many requests a second are fair when the user does not say. */
export interface Opener {
  readonly open: (transport: Transport, args: SourceArgs) => ChainSource;
  readonly headers?: (args: SourceArgs) => Readonly<Record<string, string>>;
  readonly perSecond: number;
}

/** A public server is spared. */
export const PUBLIC_PER_SECOND = 2;
/** A node of one's own is not. */
export const OWN_PER_SECOND = 1000;

/** Kinds that speak of Bitcoin. */
export const OPENERS = {
  esplora: { open: (transport) => new EsploraSource(transport), perSecond: PUBLIC_PER_SECOND },
  'blockchain-info': { open: (transport) => new BlockchainInfoSource(transport), perSecond: PUBLIC_PER_SECOND },
  electrum: { open: (transport) => new ElectrumSource(transport), perSecond: PUBLIC_PER_SECOND },
  'core-rpc': {
    open: (transport, { verbosity }) => new CoreRpcSource(transport, { verbosity: parseVerbosity(verbosity) }),
    headers: ({ cookieFile }) =>
      coreHeaders({
        ...(cookieFile === undefined ? {} : { cookieFile }),
        ...fromEnvironment('user', 'SPOOR_RPC_USER'),
        ...fromEnvironment('password', 'SPOOR_RPC_PASSWORD'),
      }),
    perSecond: OWN_PER_SECOND,
  },
  'core-rest': { open: (transport) => new CoreRestSource(transport), perSecond: OWN_PER_SECOND },
} as const satisfies Record<string, Opener>;

/** The main chain of Ethereum, where the user names none. */
const MAIN_CHAIN = 1;

/** Kinds that speak of account chains. Etherscan gives a key without plan three answers a second; Blockscout's server bears five. */
export const ACCOUNT_OPENERS = {
  'eth-rpc': {
    open: (transport, chainId) => new EthRpcSource(transport, chainId),
    headers: {},
    perSecond: OWN_PER_SECOND,
  },
  etherscan: {
    open: (transport, chainId) => new EtherscanSource(transport, chainId ?? MAIN_CHAIN),
    headers: {},
    perSecond: 3,
  },
  blockscout: {
    open: (transport, chainId) => new BlockscoutSource(transport, chainId ?? MAIN_CHAIN),
    headers: BLOCKSCOUT_HEADERS,
    perSecond: PUBLIC_PER_SECOND,
  },
} as const satisfies Record<
  AccountSourceKind,
  {
    readonly open: (transport: Transport, chainId: number | null) => AccountSource;
    readonly headers: Readonly<Record<string, string>>;
    readonly perSecond: number;
  }
>;

/** Whether a kind of source speaks of an account chain. */
export function isAccountSource(kind: SourceArgs['source']): kind is AccountSourceKind {
  return kind in ACCOUNT_OPENERS;
}

/** Throws USAGE: what getblock 1 gives carries no money. */
function parseVerbosity(text: string): BlockVerbosity {
  const found = ([0, 2, 3] as const).find((verbosity) => String(verbosity) === text);
  if (found !== undefined) return found;
  const why = text === '1' ? 'lists the txids of a block only and carries no money' : 'is none that a node knows';
  throw new SpoorError(
    'USAGE',
    `--verbosity ${text} ${why}`,
    {},
    'use 0 (raw bytes), 2, or 3 (with the spent outputs)',
  );
}

function fromEnvironment(name: 'user' | 'password', variable: string): Record<string, string> {
  const value = process.env[variable];
  return value === undefined || value === '' ? {} : { [name]: value };
}

/** Requests a second that this source is asked at most. */
export function paceOf(args: SourceArgs): number {
  const { source: kind } = args;
  const fair = isAccountSource(kind) ? ACCOUNT_OPENERS[kind].perSecond : OPENERS[kind].perSecond;
  return args.perSecond ?? fair;
}
