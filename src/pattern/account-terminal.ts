/**
 * Where value stops on an account chain: mixers, bridges and exchanges without custody, by contract; and contracts that emit the events of a mixer's pool,
 * whatever their address. Custodial exchanges are what people claim, so they come from tags and not from here.
 */
import {
  type Account,
  type AccountId,
  type AccountView,
  type Asset,
  account,
  asset,
  NATIVE,
  NONE,
} from '../ledger/index.ts';
import { BRIDGE_FACTS } from './account-bridge-table.ts';
import { DEX_FACTS, MIXER_FACTS, type MixerFact, TORNADO_SANCTIONED } from './account-terminal-table.ts';
import { TOKEN_FACTS } from './account-token-table.ts';

/** Why value stops here. */
export type TerminalKind = 'mixer' | 'bridge' | 'dex';

/** A time during which a list named an address; seconds since epoch, `untilSec` excluded. */
export interface ListedPeriod {
  readonly list: string;
  readonly fromSec: number;
  readonly untilSec: number | null;
}

/** One place where value stops. */
export interface Terminal {
  readonly account: Account;
  readonly kind: TerminalKind;
  readonly name: string;
  /** Mixers only: what one note is. null where it is not fixed or not known. */
  readonly asset: Asset | null;
  readonly denomination: bigint | null;
  /** It stands before the pools of a mixer: one whole note given to it is a deposit. */
  readonly router?: boolean;
  /** When a sanctions list named it; null for never. */
  readonly sanctioned: ListedPeriod | null;
  /** `table`, `event` (it behaves like one), or `stated` by the user. */
  readonly basis: 'table' | 'event' | 'stated';
  readonly source: string;
}

/** What a user changes. */
export interface TerminalOptions {
  readonly add?: readonly Terminal[];
  /** Kinds that stop value; the default is all. */
  readonly kinds?: readonly TerminalKind[];
  /** Look for contracts that emit a mixer's events too; reads every record once. */
  readonly byEvent?: boolean;
  readonly withoutTable?: boolean;
}

function baseUnitsOf(units: string, decimals: number): bigint {
  const [whole, part = ''] = units.split('.');
  return BigInt(whole + part.padEnd(decimals, '0'));
}

function assetOf(symbol: string): { readonly asset: Asset; readonly decimals: number } {
  if (symbol === 'ETH') return { asset: NATIVE, decimals: 18 };
  const row = TOKEN_FACTS.find((token) => token.symbol === symbol);
  if (row === undefined) throw new Error(`the token table lacks ${symbol}, which a mixer takes`);
  return { asset: asset(row.contract), decimals: row.decimals };
}

function mixerOf({ contract, role, name, asset: symbol, units, sanctioned, source }: MixerFact): Terminal {
  const held = symbol === null ? null : assetOf(symbol);
  return {
    account: account(contract),
    kind: 'mixer',
    name: toldName(name, source),
    asset: held?.asset ?? null,
    denomination: held === null || units === null ? null : baseUnitsOf(units, held.decimals),
    ...(role === 'router' ? { router: true } : {}),
    sanctioned: sanctioned ? TORNADO_SANCTIONED : null,
    basis: 'table',
    source,
  };
}

function placeOf(kind: 'bridge' | 'dex', [contract, name, source]: (typeof BRIDGE_FACTS)[number]): Terminal {
  const plain = { asset: null, denomination: null, sanctioned: null, basis: 'table' } as const;
  return { account: account(contract), kind, name: toldName(name, source), source, ...plain };
}

/** Source of a row that no list at hand bears out. */
export const UNCONFIRMED = 'unconfirmed';

/** The name as it is printed: that nothing bears it out is said beside it. */
function toldName(name: string, source: string): string {
  return source === UNCONFIRMED ? `${name} (${UNCONFIRMED})` : name;
}

/** Every terminal of the tables. */
export function terminalTable(): Terminal[] {
  return [
    ...MIXER_FACTS.map(mixerOf),
    ...BRIDGE_FACTS.map((row) => placeOf('bridge', row)),
    ...DEX_FACTS.map((row) => placeOf('dex', row)),
  ];
}

/** Terminals that a view holds, by number. Added ones win over those of the table, these over what events show. */
export function accountTerminals(view: AccountView, options: TerminalOptions = {}): Map<AccountId, Terminal> {
  const { add = [], kinds = ['mixer', 'bridge', 'dex'], byEvent = false, withoutTable = false } = options;
  const found = new Map<AccountId, Terminal>();
  const all = [...(byEvent ? poolsByEvent(view) : []), ...(withoutTable ? [] : terminalTable()), ...add];
  for (const terminal of all) {
    const id = kinds.includes(terminal.kind) ? view.findAccount(terminal.account) : null;
    if (id !== null) found.set(id, terminal);
  }
  return found;
}

/** Contracts that emitted the deposit of a pool; what one note of them is, their events do not say. */
function poolsByEvent(view: AccountView): Terminal[] {
  const emitters = new Set<Account>();
  for (const { tx } of view.frames()) {
    if (tx === NONE) continue;
    for (const { name, emitter } of view.transaction(tx).events ?? [])
      if (name === 'tornado.deposit') emitters.add(emitter);
  }
  const plain = { kind: 'mixer', asset: null, denomination: null, sanctioned: null, basis: 'event' } as const;
  return [...emitters].map((own) => ({
    account: own,
    name: 'pool by its events',
    source: 'tornado.deposit',
    ...plain,
  }));
}

/** Whether a list named a terminal at a time; null where the time is not known and the answer depends on it. */
export function sanctionedAt({ sanctioned }: Terminal, timestampSec: number | null): boolean | null {
  if (sanctioned === null) return false;
  if (timestampSec === null) return null;
  const { fromSec, untilSec } = sanctioned;
  return timestampSec >= fromSec && (untilSec === null || timestampSec < untilSec);
}
