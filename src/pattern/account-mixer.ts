/**
 * Claim:      which notes went into a mixer's pools and came out, each with the pool, the note and how large the crowd was then.
 * Source:     the contracts of Tornado Cash: a deposit and a withdrawal are events of the pool, each of one note; the leaf index of a deposit counts all
 *             deposits of the pool before it.
 * Parameters: the terminals. Where a source gives no events, a transfer to a pool, or of one whole note to a router, counts as a deposit and says so.
 * Cost:       one pass over the frames; the record is read of those that touch a mixer or move more than one thing.
 * Fails when: the facts hold only some of a pool's withdrawals: the crowd is then smaller than said. `crowdAtMost` is a bound, never the size.
 */
import {
  type Account,
  type AccountFrame,
  type AccountId,
  type AccountTxId,
  type AccountView,
  type AssetId,
  account,
  type EventRecord,
  NONE,
} from '../ledger/index.ts';
import { isDealing } from './account-change.ts';
import { type Terminal, terminalTable } from './account-terminal.ts';

/** How a note is known: the pool's own event, a transfer to the pool, or one whole note given to a router. */
export type NoteBasis = 'event' | 'transfer' | 'router-amount';

/** One note in or out. */
export interface MixerNote {
  readonly direction: 'deposit' | 'withdrawal';
  readonly tx: AccountTxId;
  readonly blockNumber: number;
  readonly timestampSec: number | null;
  /** The pool, or the router where the pool is not told. */
  readonly pool: AccountId;
  readonly asset: AssetId | null;
  /** null where the pool has no fixed note, or none that is known. */
  readonly denomination: bigint | null;
  /** Who sent the deposit, or to whom the withdrawal was paid; NONE where not told. */
  readonly account: AccountId | typeof NONE;
  /** Of a withdrawal: who sent it for the receiver for a fee, or null for nobody. */
  readonly relayer: AccountId | null;
  readonly basis: NoteBasis;
  /** Deposits of the pool up to and with this note: by the leaf index, else as recorded. */
  readonly deposits: number;
  readonly withdrawalsRecorded: number;
  /** Notes that can still lie in the pool: deposits less recorded withdrawals. The crowd is no larger. */
  readonly crowdAtMost: number;
}

interface PoolCount {
  deposits: number;
  withdrawals: number;
}

type Found = Pick<MixerNote, 'direction' | 'pool' | 'account' | 'relayer' | 'basis'> & { readonly leaf: number | null };

/** Notes of every mixer among the terminals, in total order. */
export function mixerNotes(view: AccountView, terminals: ReadonlyMap<AccountId, Terminal>): MixerNote[] {
  const mixers = new Map([...terminals].filter(([, { kind }]) => kind === 'mixer'));
  const counts = new Map<AccountId, PoolCount>();
  const notes: MixerNote[] = [];
  if (mixers.size === 0) return notes;
  // A view may hold a router and none of the pools behind it; their notes are the same.
  const wholeNotes = new Set([...mixers.values(), ...terminalTable()].map((one) => `${one.asset} ${one.denomination}`));
  for (const frame of view.frames()) {
    if (frame.tx === NONE) continue;
    for (const found of notesOf({ view, mixers, wholeNotes }, frame, frame.tx))
      notes.push(counted(view, mixers, counts, frame, frame.tx, found));
  }
  return notes;
}

interface Known {
  readonly view: AccountView;
  readonly mixers: ReadonlyMap<AccountId, Terminal>;
  readonly wholeNotes: ReadonlySet<string>;
}

function notesOf(known: Known, frame: AccountFrame, tx: AccountTxId): Found[] {
  const { view, mixers } = known;
  const meets = frame.effects.some(({ from, to }) => isMixer(mixers, from) || isMixer(mixers, to));
  if (!meets) return [];
  const { events } = view.transaction(tx);
  return events === null ? byTransfers(known, frame) : events.flatMap((event) => byEvent(view, mixers, frame, event));
}

function isMixer(mixers: ReadonlyMap<AccountId, Terminal>, id: AccountId | typeof NONE): id is AccountId {
  return id !== NONE && mixers.has(id);
}

function byEvent(
  view: AccountView,
  mixers: ReadonlyMap<AccountId, Terminal>,
  { sender }: AccountFrame,
  { name, emitter, fields }: EventRecord,
): Found[] {
  const pool = view.findAccount(emitter);
  if (pool === null || !mixers.has(pool)) return [];
  if (name === 'tornado.deposit') {
    const leaf = /^\d{1,10}$/.test(fields.leafIndex ?? '') ? Number(fields.leafIndex) : null;
    return [{ direction: 'deposit', pool, account: sender, relayer: null, basis: 'event', leaf }];
  }
  if (name !== 'tornado.withdrawal') return [];
  const relayer = idOf(view, fields.relayer);
  return [
    {
      direction: 'withdrawal',
      pool,
      account: idOf(view, fields.to) ?? NONE,
      relayer: relayer !== null && !isZero(fields.relayer) ? relayer : null,
      basis: 'event',
      leaf: null,
    },
  ];
}

function idOf(view: AccountView, text: string | undefined): AccountId | null {
  return text !== undefined && /^0x[0-9a-f]{40}$/i.test(text) ? view.findAccount(account(text)) : null;
}

function isZero(text: string | undefined): boolean {
  return text === undefined || /^0x0*$/.test(text);
}

/** Without events: what a pool got is a deposit, what it paid a withdrawal; of a router only whole notes count. */
function byTransfers({ view, mixers, wholeNotes }: Known, { effects, sender }: AccountFrame): Found[] {
  const pools = new Set([...mixers].filter(([, { denomination }]) => denomination !== null).map(([id]) => id));
  const dealings = effects.filter(isDealing);
  const poolMet = dealings.some(({ from, to }) => (to !== NONE && pools.has(to)) || (from !== NONE && pools.has(from)));
  return dealings.flatMap(({ asset, from, to, amount }): Found[] => {
    const isWholeNote = wholeNotes.has(`${view.asset(asset).asset} ${amount}`);
    const plain = { relayer: null, leaf: null };
    if (to !== NONE && pools.has(to) && amount === mixers.get(to)?.denomination)
      return [{ ...plain, direction: 'deposit', pool: to, account: sender, basis: 'transfer' }];
    if (from !== NONE && pools.has(from))
      return [{ ...plain, direction: 'withdrawal', pool: from, account: to, basis: 'transfer' }];
    if (!poolMet && to !== NONE && mixers.get(to)?.router === true && isWholeNote)
      return [{ ...plain, direction: 'deposit', pool: to, account: from, basis: 'router-amount' }];
    return [];
  });
}

function counted(
  view: AccountView,
  mixers: ReadonlyMap<AccountId, Terminal>,
  counts: Map<AccountId, PoolCount>,
  frame: AccountFrame,
  tx: AccountTxId,
  { leaf, ...found }: Found,
): MixerNote {
  const count = counts.get(found.pool) ?? { deposits: 0, withdrawals: 0 };
  counts.set(found.pool, count);
  if (found.direction === 'withdrawal') count.withdrawals += 1;
  else count.deposits = leaf === null ? count.deposits + 1 : leaf + 1;
  const terminal = mixers.get(found.pool);
  const asset = terminal?.asset === null || terminal === undefined ? null : view.findAsset(terminal.asset);
  return {
    ...found,
    tx,
    blockNumber: frame.blockNumber,
    timestampSec: frame.timestampSec,
    ...(found.basis === 'router-amount'
      ? routerNote(frame, found.pool)
      : { asset, denomination: terminal?.denomination ?? null }),
    deposits: count.deposits,
    withdrawalsRecorded: count.withdrawals,
    crowdAtMost: Math.max(0, count.deposits - count.withdrawals),
  };
}

/** What a router got, which is one whole note. */
function routerNote({ effects }: AccountFrame, router: AccountId): Pick<MixerNote, 'asset' | 'denomination'> {
  const got = effects.find((effect) => isDealing(effect) && effect.to === router);
  return { asset: got?.asset ?? null, denomination: got?.amount ?? null };
}

/** Notes of one pool and direction together. */
export interface MixerTotal {
  readonly pool: Account;
  readonly direction: MixerNote['direction'];
  readonly asset: AssetId | null;
  readonly denomination: bigint | null;
  readonly notes: number;
  /** Notes times denomination; null without one. */
  readonly amount: bigint | null;
}

/** Sums notes by pool, direction and denomination, in order of first appearance. */
export function mixerTotals(view: AccountView, notes: readonly MixerNote[]): MixerTotal[] {
  const totals = new Map<string, MixerTotal>();
  for (const { pool, direction, asset, denomination } of notes) {
    const key = `${pool} ${direction} ${denomination}`;
    const count = (totals.get(key)?.notes ?? 0) + 1;
    const amount = denomination === null ? null : denomination * BigInt(count);
    totals.set(key, { pool: view.account(pool).account, direction, asset, denomination, notes: count, amount });
  }
  return [...totals.values()];
}
