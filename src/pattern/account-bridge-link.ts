/**
 * Claim:      where the value that a bridge took goes, when the bridge itself published it: chain, receiver and the protocol's own number of the transfer.
 * Source:     the events of the contracts: THORChain's memo (its transaction memo page), Wormhole's message and sequence, Stargate's chain or guid, Across'
 *             deposit number and recipient, the Standard Bridge of Optimism and Base.
 * Parameters: the terminals: an event counts only when a listed bridge wrote it, since anybody can write any event.
 * Cost:       one pass over the frames; the record is read of those that touch a bridge.
 * Fails when: the protocol refunds or reroutes: the link says what was ordered, and that it was carried out is for the payout's own facts to show. A link moves
 *             no taint by itself.
 */
import {
  type AccountFrame,
  type AccountId,
  type AccountTxId,
  type AccountView,
  type AssetId,
  type EventRecord,
  NONE,
} from '../ledger/index.ts';
import { netChanges } from './account-change.ts';
import type { Terminal } from './account-terminal.ts';

/** A published pair. */
export interface BridgeLink {
  readonly protocol: string;
  readonly fromTx: AccountTxId;
  readonly bridge: AccountId;
  /** What the bridge got in the transaction; null where it is not one asset. */
  readonly asset: AssetId | null;
  readonly amount: bigint | null;
  /** Name of the chain, or `protocol:number` where the number has no name here. */
  readonly toChain: string;
  /** Receiver as the protocol wrote it; null where the event does not say. */
  readonly toAddress: string | null;
  /** Asset asked for, in the protocol's words; null where it is the same one. */
  readonly toAsset: string | null;
  /** The protocol's number of this transfer, by which its payout is found; null for none. */
  readonly id: string | null;
  readonly basis: 'deterministic';
}

type Published = Pick<BridgeLink, 'protocol' | 'toChain' | 'toAddress' | 'toAsset' | 'id'>;

/** Published pairs of every listed bridge, in total order. */
export function bridgeLinks(view: AccountView, terminals: ReadonlyMap<AccountId, Terminal>): BridgeLink[] {
  const bridges = new Map([...terminals].filter(([, { kind }]) => kind === 'bridge'));
  const links: BridgeLink[] = [];
  if (bridges.size === 0) return links;
  for (const frame of view.frames()) {
    if (frame.tx === NONE || !frame.effects.some(({ to }) => to !== NONE && bridges.has(to))) continue;
    for (const event of view.transaction(frame.tx).events ?? []) {
      const bridge = view.findAccount(event.emitter);
      const terminal = bridge === null ? undefined : bridges.get(bridge);
      const published = terminal === undefined ? null : (READERS[event.name]?.(event.fields, terminal) ?? null);
      if (bridge !== null && published !== null)
        links.push({ ...published, fromTx: frame.tx, bridge, ...taken(bridges, frame), basis: 'deterministic' });
    }
  }
  return links;
}

/** What all bridges of a transaction have more of, if that is one asset. */
function taken(bridges: ReadonlyMap<AccountId, Terminal>, frame: AccountFrame): Pick<BridgeLink, 'asset' | 'amount'> {
  const ups = [...netChanges(frame).values()].filter(({ account }) => bridges.has(account)).flatMap(({ up }) => up);
  const assets = new Set(ups.map(({ asset }) => asset));
  if (assets.size !== 1) return { asset: null, amount: null };
  return { asset: ups[0].asset, amount: ups.reduce((sum, { amount }) => sum + amount, 0n) };
}

type Fields = EventRecord['fields'];

const READERS: Readonly<Record<string, (fields: Fields, terminal: Terminal) => Published | null>> = {
  'thorchain.deposit': ({ memo }) => thorchain(memo ?? ''),
  'wormhole.message': wormhole,
  'stargate.swap': ({ chainId }) =>
    chainId === undefined
      ? null
      : { ...SAME, protocol: 'Stargate', toChain: named('stargate', LAYER_ZERO, chainId), id: null },
  'stargate.sent': ({ guid, dstEid }) => {
    if (guid === undefined || dstEid === undefined) return null;
    // Endpoints of the second version have the number of the first plus 30,000.
    const first = Number(dstEid) > 30_000 ? String(Number(dstEid) - 30_000) : dstEid;
    return { ...SAME, protocol: 'Stargate', toChain: named('stargate', LAYER_ZERO, first), id: guid };
  },
  'across.deposit': ({ destinationChainId, depositId, recipient, outputToken }) =>
    destinationChainId === undefined || depositId === undefined
      ? null
      : {
          protocol: 'Across',
          toChain: named('eip155', EVM, destinationChainId),
          toAddress: receiver(recipient),
          toAsset: receiver(outputToken),
          id: depositId,
        },
  'standard-bridge.eth-deposit': standardBridge,
  'standard-bridge.erc20-deposit': standardBridge,
};

const SAME = { toAddress: null, toAsset: null } as const;

/** Numbers of LayerZero's first version, of chain ids (EIP-155), and of Wormhole. */
const LAYER_ZERO: Readonly<Record<string, string>> = {
  101: 'ethereum',
  102: 'bsc',
  106: 'avalanche',
  109: 'polygon',
  110: 'arbitrum',
  111: 'optimism',
  112: 'fantom',
  184: 'base',
};
const EVM: Readonly<Record<string, string>> = {
  1: 'ethereum',
  10: 'optimism',
  56: 'bsc',
  137: 'polygon',
  324: 'zksync',
  8453: 'base',
  42161: 'arbitrum',
  43114: 'avalanche',
  59144: 'linea',
};
const WORMHOLE: Readonly<Record<string, string>> = {
  1: 'solana',
  2: 'ethereum',
  4: 'bsc',
  5: 'polygon',
  6: 'avalanche',
  10: 'fantom',
  23: 'arbitrum',
  24: 'optimism',
  30: 'base',
};

function named(scheme: string, names: Readonly<Record<string, string>>, number: string): string {
  return names[number] ?? `${scheme}:${number}`;
}

/** An address in a word of 32 bytes is its last 20 when the rest is zero; other chains use all 32. */
function receiver(text: string | undefined): string | null {
  if (text === undefined) return null;
  return /^0x0{24}[0-9a-f]{40}$/i.test(text) ? `0x${text.slice(26)}` : text;
}

/** Short names of assets in memos. */
const THOR_SHORT: Readonly<Record<string, string>> = {
  a: 'AVAX.AVAX',
  b: 'BTC.BTC',
  c: 'BCH.BCH',
  d: 'DOGE.DOGE',
  e: 'ETH.ETH',
  f: 'BASE.ETH',
  g: 'GAIA.ATOM',
  l: 'LTC.LTC',
  r: 'THOR.RUNE',
  s: 'BSC.BNB',
  x: 'XRP.XRP',
};
const THOR_CHAIN: Readonly<Record<string, string>> = {
  BTC: 'bitcoin',
  ETH: 'ethereum',
  LTC: 'litecoin',
  BCH: 'bitcoin-cash',
  DOGE: 'dogecoin',
  AVAX: 'avalanche',
  BSC: 'bsc',
  GAIA: 'cosmos',
  THOR: 'thorchain',
  BASE: 'base',
  XRP: 'xrp',
};

/** `SWAP:ASSET:ADDRESS:...`, also `s` or `=`; the address may name another for refunds after a slash. Other memos send nothing to another chain. */
function thorchain(memo: string): Published | null {
  const [action, asset = '', address = ''] = memo.split(':');
  if (!['swap', 's', '='].includes(action.toLowerCase())) return null;
  const full = THOR_SHORT[asset.toLowerCase()] ?? asset;
  const chain = full.split(/[.~/]/)[0].toUpperCase();
  const toAddress = address.split('/')[0];
  if (chain === '' || toAddress === '') return null;
  const toChain = THOR_CHAIN[chain] ?? `thorchain:${chain}`;
  return { protocol: 'THORChain', toChain, toAddress, toAsset: full, id: null };
}

/** A token transfer is message type 1 or 3: type, amount, token and its chain, receiver and its chain. */
function wormhole({ sender, sequence, payload = '' }: Fields): Published | null {
  if (sender === undefined || sequence === undefined) return null;
  const plain = { protocol: 'Wormhole', toAsset: null, id: `2/${sender}/${sequence}` };
  if (!/^0x0[13][0-9a-f]{264,}$/i.test(payload)) return { ...plain, toChain: 'wormhole:unknown', toAddress: null };
  const word = (byte: number, bytes: number): string => payload.slice(2 + 2 * byte, 2 + 2 * (byte + bytes));
  const toChain = named('wormhole', WORMHOLE, String(Number.parseInt(word(99, 2), 16)));
  return { ...plain, toChain, toAddress: receiver(`0x${word(67, 32)}`) };
}

function standardBridge({ to }: Fields, { name }: Terminal): Published | null {
  if (to === undefined) return null;
  const toChain = name.startsWith('Base')
    ? 'base'
    : name.startsWith('Optimism')
      ? 'optimism'
      : 'standard-bridge:unknown';
  return { protocol: 'Standard Bridge', toChain, toAddress: to, toAsset: null, id: null };
}

/** A payment on another chain that may be what a bridge paid out. */
export interface PayoutCandidate {
  readonly chain: string;
  readonly tx: string;
  readonly address: string;
  readonly timestampSec: number;
}

/** A guess: it carries no amount. `candidates` says among how many it was taken. */
export interface BridgeLead {
  readonly link: BridgeLink;
  readonly payout: PayoutCandidate;
  readonly candidates: number;
  readonly basis: 'heuristic';
}

/** Payments to the receiver of a link on its chain, at most `windowSec` after it left. */
export function payoutLeads(
  view: AccountView,
  link: BridgeLink,
  payments: readonly PayoutCandidate[],
  windowSec: number,
): BridgeLead[] {
  const { timestampSec } = view.frame(link.fromTx);
  if (timestampSec === null || link.toAddress === null) return [];
  const fits = payments.filter(
    ({ chain, address, timestampSec: paidSec }) =>
      chain === link.toChain &&
      address === link.toAddress &&
      paidSec >= timestampSec &&
      paidSec - timestampSec <= windowSec,
  );
  return fits.map((payout) => ({ link, payout, candidates: fits.length, basis: 'heuristic' }));
}
