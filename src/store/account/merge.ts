/**
 * Claim:      what several sources say of one transaction of an account chain becomes one fact, the same in any order, or is refused naming the field.
 * Source:     our own; lists of moves by account-list.ts.
 * Parameters: none.
 * Cost:       O(moves log moves).
 * Fails when: two sources passed an amount through different floats that lie further apart than both may lie from the true one.
 *
 * A field that one source leaves out is filled by the other. An amount that went through a float gives way to an exact one it may stand for.
 */
import {
  type Account,
  type AccountTransactionRecord,
  type Asset,
  type EventRecord,
  type InternalMove,
  SpoorError,
  type TokenMove,
  UNSTATED_TRANSACTION,
} from '../../ledger/index.ts';
import { type FactList, isDamaged, isNear, type ListItem, mergeLists, settledList } from './list.ts';

/** Who moved ether to whom inside a transaction, by which kind of frame. */
export type InternalWhat = Pick<InternalMove, 'kind' | 'from' | 'to'>;
/** Who moved which token to whom. */
export type TokenWhat = Pick<TokenMove, 'asset' | 'from' | 'to'>;
/** What an event says. */
export type EventWhat = Pick<EventRecord, 'emitter' | 'name' | 'fields'>;

/** Amounts of a transaction outside of its lists. */
export const AMOUNT_FIELDS = ['valueWei', 'gasPriceWei', 'feeWei', 'burntWei'] as const;
/** See {@link AMOUNT_FIELDS}. */
export type AmountField = (typeof AMOUNT_FIELDS)[number];

const PLAIN_FIELDS = [
  'hash',
  'rowKey',
  'blockNumber',
  'blockHash',
  'txIndex',
  'timestampSec',
  'from',
  'to',
  'created',
  'succeeded',
  'nonce',
  'type',
  'methodId',
] as const;

/** Everything known of one transaction. `approximate` names the amounts outside of lists that went through a float. */
export interface AccountFact {
  readonly scalars: Omit<AccountTransactionRecord, 'internal' | 'tokens' | 'events' | 'whole' | 'approximate'>;
  readonly approximate: readonly AmountField[];
  readonly internal: FactList<InternalWhat>;
  readonly tokens: FactList<TokenWhat>;
  readonly events: FactList<EventWhat>;
}

/** Names a transaction in messages. */
export function nameOf({ hash, rowKey }: Pick<AccountTransactionRecord, 'hash' | 'rowKey'>): string {
  return hash === null ? `row ${rowKey}` : `transaction ${hash}`;
}

const KINDS: ReadonlyArray<InternalMove['kind']> = ['call', 'create', 'selfdestruct'];

/** Tables that know of calls only call everything one. */
function pickInternal(a: InternalWhat, b: InternalWhat): InternalWhat {
  return KINDS.indexOf(a.kind) >= KINDS.indexOf(b.kind) ? a : b;
}

function pickFirst<What>(a: What): What {
  return a;
}

/** Item of a list of internal moves. */
export function internalItem(move: InternalMove, approximate: boolean): ListItem<InternalWhat> {
  const { kind, from, to, valueWei, traceAddress, step } = move;
  const group = `${from} to ${to ?? 'nobody'}`;
  return { what: { kind, from, to }, group, amount: valueWei, approximate, place: traceAddress, step };
}

/** Item of a list of token moves. */
export function tokenItem(move: TokenMove, approximate: boolean): ListItem<TokenWhat> {
  const { asset, from, to, amount, logIndex, step } = move;
  const group = `${asset}, ${from ?? 'nobody'} to ${to ?? 'nobody'}`;
  const place = logIndex === null ? null : String(logIndex);
  return { what: { asset, from, to }, group, amount, approximate, place, step };
}

/** Item of a list of events. */
export function eventItem({ emitter, name, fields, logIndex, step }: EventRecord): ListItem<EventWhat> {
  const ordered = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  const group = `${name} of ${emitter} ${JSON.stringify(ordered)}`;
  const place = logIndex === null ? null : String(logIndex);
  return { what: { emitter, name, fields: ordered }, group, amount: 0n, approximate: false, place, step };
}

function listOf<Move, What>(
  moves: readonly Move[] | null,
  whole: boolean,
  item: (move: Move) => ListItem<What>,
): FactList<What> {
  if (moves === null) return { told: false, whole: false, items: [] };
  return { told: true, whole: whole || moves.length === 0, items: moves.map(item) };
}

/** What one record says, in the one form the same facts have. Throws SOURCES_DISAGREE where it contradicts itself, LEDGER_INVALID. */
export function factOf(record: AccountTransactionRecord): AccountFact {
  refuseImpossible(record);
  const { internal, tokens, events, whole = [], approximate, ...scalars } = record;
  const damaged = (amount: bigint): boolean => approximate && isDamaged(amount);
  const lists = {
    internal: listOf(internal, whole.includes('internal'), (move) => internalItem(move, damaged(move.valueWei))),
    tokens: listOf(tokens, whole.includes('tokens'), (move) => tokenItem(move, damaged(move.amount))),
    events: { ...listOf(events, false, eventItem), whole: false },
  };
  const delegated = scalars.delegated === null ? null : [...scalars.delegated].sort();
  return merged(
    {
      scalars: { ...scalars, delegated },
      approximate: AMOUNT_FIELDS.filter((field) => damaged(scalars[field] ?? 0n)),
      ...lists,
    },
    null,
  );
}

function refuseImpossible(record: AccountTransactionRecord): void {
  const refuse = (field: string, message: string): never => {
    throw new SpoorError('LEDGER_INVALID', message, { record: nameOf(record), field });
  };
  const { hash, rowKey, to, created, feeWei, burntWei } = record;
  if ((hash === null) === (rowKey === null))
    refuse('hash', 'a transaction has a hash, or is a row with a key of its own');
  if (to !== null && created !== null) refuse('created', 'a transaction calls an account or creates one, not both');
  if (feeWei !== null && burntWei !== null && burntWei > feeWei && !record.approximate)
    refuse('burntWei', `more of the fee is burned (${burntWei}) than was paid (${feeWei})`);
  for (const field of ['blockNumber', 'txIndex', 'timestampSec', 'nonce', 'type'] as const) {
    const value = record[field];
    if (value !== null && (!Number.isSafeInteger(value) || value < 0))
      refuse(field, `${value} is not a whole number that counts something`);
  }
}

/** One fact from two of the same transaction. Throws SOURCES_DISAGREE naming transaction and field. */
export function mergeAccountFacts(a: AccountFact, b: AccountFact): AccountFact {
  return merged(a, b);
}

function merged(a: AccountFact, b: AccountFact | null): AccountFact {
  const record = nameOf(a.scalars);
  const inField = <T>(field: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SpoorError) || error.place.record !== undefined) throw error;
      throw new SpoorError(error.code, error.message, { record, field }, HINT);
    }
  };
  const lists = <What>(
    field: string,
    one: FactList<What>,
    other: FactList<What> | null,
    pick: (a: What, b: What) => What,
  ) => inField(field, () => (other === null ? settledList(one, pick) : mergeLists(one, other, pick)));
  const { scalars, approximate } = b === null ? a : mergeScalars(a, b, inField);
  return {
    scalars,
    approximate,
    internal: lists('internal', a.internal, b?.internal ?? null, pickInternal),
    tokens: lists('tokens', a.tokens, b?.tokens ?? null, pickFirst),
    events: lists('events', a.events, b?.events ?? null, pickFirst),
  };
}

const HINT =
  'one of the files is wrong, tells of another chain, or is a page of a list cut inside a transaction (then give all pages as one file)';

function contradiction(a: unknown, b: unknown): SpoorError {
  return new SpoorError('SOURCES_DISAGREE', `one source has ${String(a)}, another ${String(b)}`);
}

function mergeScalars(
  a: AccountFact,
  b: AccountFact,
  inField: (field: string, work: () => void) => void,
): Pick<AccountFact, 'scalars' | 'approximate'> {
  const scalars = { ...a.scalars };
  for (const field of [...PLAIN_FIELDS, 'delegated'] as const) {
    const [one, other] = [a.scalars[field], b.scalars[field]];
    inField(field, () => {
      if (one !== null && other !== null && String(one) !== String(other)) throw contradiction(one, other);
    });
    Object.assign(scalars, { [field]: one ?? other });
  }
  inField('created', () => {
    if (scalars.to !== null && scalars.created !== null)
      throw contradiction(`a call of ${scalars.to}`, `the creation of ${scalars.created}`);
  });
  const approximate = AMOUNT_FIELDS.filter((field) => {
    let damaged = false;
    inField(field, () => {
      const { amount, approximate: isVague } = mergeAmount(amountOf(a, field), amountOf(b, field));
      Object.assign(scalars, { [field]: amount });
      damaged = isVague;
    });
    return damaged;
  });
  return { scalars, approximate };
}

interface VagueAmount {
  readonly amount: bigint | null;
  readonly approximate: boolean;
}

function amountOf({ scalars, approximate }: AccountFact, field: AmountField): VagueAmount {
  return { amount: scalars[field], approximate: approximate.includes(field) };
}

function mergeAmount(a: VagueAmount, b: VagueAmount): VagueAmount {
  if (a.amount === null || b.amount === null) return a.amount === null ? b : a;
  if (a.amount === b.amount) return { amount: a.amount, approximate: a.approximate && b.approximate };
  if ((!a.approximate && !b.approximate) || !isNear(a.amount, b.amount)) throw contradiction(a.amount, b.amount);
  if (a.approximate !== b.approximate) return a.approximate ? b : a;
  return a.amount < b.amount ? a : b;
}

/** The record of a fact, as engines and people read it. */
export function recordOf(fact: AccountFact): AccountTransactionRecord {
  const { scalars, approximate, internal, tokens, events } = fact;
  const whole = [...(internal.whole ? (['internal'] as const) : []), ...(tokens.whole ? (['tokens'] as const) : [])];
  const vague = [...internal.items, ...tokens.items].some((item) => item.approximate);
  return {
    ...scalars,
    internal: internal.told ? internal.items.map(internalMove) : null,
    tokens: tokens.told ? tokens.items.map(tokenMove) : null,
    events: events.told ? events.items.map(eventRecord) : null,
    ...(whole.length === 0 ? {} : { whole }),
    approximate: vague || approximate.length > 0,
  };
}

/**
 * A fact as records that merge to it again: one, or where some amounts are exact and some went through floats two, the exact ones apart. Lists go whole with
 * the approximate record, and once more, as far as they are exact, with the other.
 */
export function partsOf(fact: AccountFact): AccountTransactionRecord[] {
  const { scalars, approximate, internal, tokens, events } = fact;
  const whole = recordOf(fact);
  if (!whole.approximate) return [whole];
  const split = <What>(list: FactList<What>): { exact: FactList<What>; vague: FactList<What> } => {
    const groups = new Set(list.items.filter((item) => item.approximate).map(({ group }) => group));
    const none = { told: false, whole: false, items: [] };
    if (groups.size === 0) return { exact: list, vague: none };
    const items = list.items.filter(({ group }) => !groups.has(group));
    return { exact: items.length === 0 ? none : { told: true, whole: false, items }, vague: list };
  };
  const [inside, moved] = [split(internal), split(tokens)];
  const without = (fields: readonly AmountField[]) => Object.fromEntries(fields.map((field) => [field, null]));
  const exact = recordOf({
    scalars: { ...scalars, ...without(approximate) },
    approximate: [],
    internal: inside.exact,
    tokens: moved.exact,
    events,
  });
  const names = { ...NOTHING_SAID, hash: scalars.hash, rowKey: scalars.rowKey };
  const amounts = Object.fromEntries(approximate.map((field) => [field, scalars[field]]));
  const silent = { told: false, whole: false, items: [] };
  const vague = {
    scalars: { ...names, ...amounts },
    approximate,
    internal: inside.vague,
    tokens: moved.vague,
    events: silent,
  };
  return [exact, { ...recordOf(vague), approximate: true }];
}

const {
  internal: _internal,
  tokens: _tokens,
  events: _events,
  approximate: _approximate,
  ...NOTHING_SAID
} = UNSTATED_TRANSACTION;

function internalMove({ what, amount, place, step }: ListItem<InternalWhat>): InternalMove {
  return { ...what, valueWei: amount, traceAddress: place, step };
}

function logIndexOf(place: string | null): number | null {
  return place === null ? null : Number(place);
}

function tokenMove({ what, amount, place, step }: ListItem<TokenWhat>): TokenMove {
  return { ...what, amount, logIndex: logIndexOf(place), step };
}

function eventRecord({ what, place, step }: ListItem<EventWhat>): EventRecord {
  return { ...what, logIndex: logIndexOf(place), step };
}

/** Every account a fact names. */
export function accountsOf({ scalars, internal, tokens }: AccountFact): Set<Account> {
  const named = [
    scalars.from,
    scalars.to,
    scalars.created,
    ...internal.items.flatMap(({ what }) => [what.from, what.to]),
    ...tokens.items.flatMap(({ what }) => [what.from, what.to]),
  ];
  return new Set(named.filter((one): one is Account => one !== null));
}

/** Every token a fact names. */
export function assetsOf({ tokens }: AccountFact): Set<Asset> {
  return new Set(tokens.items.map(({ what }) => what.asset));
}
