/**
 * Claim:      logs as token moves and named events, each in its place.
 * Source:     ERC-20, 721, 777 and 1155, WETH9, EIP-7708, and the contracts of the protocols in event-table.ts.
 * Parameters: the chain, for the contract of its wrapped coin.
 * Cost:       O(1) a transfer; a decoder of the ABI for events of the table.
 * Fails when: a token moves balances without a log, or logs a transfer that its balances do not follow: anybody can emit any log. ERC-777 logs each move
 *             twice, as Sent and as Transfer, and counts by the latter alone. A Transfer with three indexed fields is an item (ERC-721), never an amount.
 */
import { type Account, type AccountHash, asset, type EventRecord, type TokenMove } from '../../ledger/index.ts';
import type { Field } from '../file/field.ts';
import { accountOfWord } from './account-field.ts';
import { ethersAbi } from './ethers.ts';
import { KNOWN_EVENTS, NATIVE_LOG_EMITTER, TETHER, TRANSFER_TOPIC, WRAPPED_NATIVE } from './event-table.ts';
import { unlessZero } from './record.ts';

/** A log as a node states it; `field` is where errors point. */
export interface RawLog {
  readonly address: Account;
  readonly topics: readonly AccountHash[];
  /** `0x` and hex, whole bytes. */
  readonly data: string;
  readonly logIndex: number | null;
  readonly step: number | null;
  readonly field: Field;
}

/** A move of the coin itself that a log states (EIP-7708). */
export interface NativeLog {
  readonly from: Account;
  readonly to: Account;
  readonly amount: bigint;
  readonly logIndex: number | null;
}

/** What logs of one transaction say, in their order. */
export interface DecodedLogs {
  readonly tokens: TokenMove[];
  readonly events: EventRecord[];
  readonly native: NativeLog[];
}

interface Reader {
  readonly name: string;
  readonly fields: readonly string[];
  readonly topics: number;
  readonly read: (log: RawLog) => Iterable<unknown>;
}

let readers: Map<string, Reader[]> | null = null;

/** Readers by topic, made at the first log that is in the table: the ABI library takes a tenth of a second to load. */
function readersOf(topic: string): readonly Reader[] {
  if (!KNOWN_TOPICS.has(topic)) return [];
  if (readers === null) {
    const { Interface, EventFragment } = ethersAbi();
    readers = new Map();
    for (const { name, signature, topic: own } of KNOWN_EVENTS) {
      const { inputs } = EventFragment.from(`event ${signature}`);
      const reader = new Interface([`event ${signature}`]);
      const one: Reader = {
        name,
        fields: inputs.map((input) => input.name),
        topics: 1 + inputs.filter(({ indexed }) => indexed === true).length,
        read: ({ data, topics }) => reader.decodeEventLog(own, data, topics),
      };
      readers.set(own, [...(readers.get(own) ?? []), one]);
    }
  }
  return readers.get(topic) ?? [];
}

const KNOWN_TOPICS: ReadonlySet<string> = new Set(KNOWN_EVENTS.map(({ topic }) => topic));

function textOf(value: unknown): string {
  if (Array.isArray(value) || (typeof value === 'object' && value !== null && Symbol.iterator in value)) {
    return [...(value as Iterable<unknown>)].map(textOf).join(',');
  }
  const text = String(value);
  return /^0x[0-9a-fA-F]*$/.test(text) ? text.toLowerCase() : text;
}

/** The event a log of the table is, or null where its data do not fit: anybody may emit a known topic with other data. */
function eventOf(log: RawLog): EventRecord | null {
  for (const { name, fields, topics, read } of readersOf(log.topics[0])) {
    if (topics !== log.topics.length) continue;
    try {
      const values = [...read(log)].map(textOf);
      const named = Object.fromEntries(fields.map((field, place) => [field, values[place]]));
      return { emitter: log.address, name, fields: named, logIndex: log.logIndex, step: log.step };
    } catch (error) {
      // ethers throws plain errors with a code of its own for data that do not fit; nothing else is expected from reading them.
      if (!(error instanceof Error)) throw error;
    }
  }
  return null;
}

interface Transfer {
  readonly from: Account;
  readonly to: Account;
  readonly amount: bigint;
}

const WORD = 66;

/** Words of the fields of a transfer, indexed or not: old tokens index none. Null where the log has another shape. */
function transferOf({ topics, data, field }: RawLog): Transfer | null {
  const words = [...topics.slice(1), ...(data.slice(2).match(/.{64}/g) ?? []).map((word) => `0x${word}`)];
  if (
    topics.length > 3 ||
    words.length !== 3 ||
    (data.length - 2) % 64 !== 0 ||
    words.some(({ length }) => length !== WORD)
  )
    return null;
  const [from, to] = [accountOfWord(field, words[0]), accountOfWord(field, words[1])];
  return from === null || to === null ? null : { from, to, amount: BigInt(words[2]) };
}

/** Token moves that an event means beside Transfer: a wrapped coin is made and unmade without one, and so is a destroyed balance of Tether. */
function moveOfEvent({ emitter, name, fields, logIndex, step }: EventRecord, chainId: number): TokenMove | null {
  const at = { asset: asset(emitter), amount: BigInt(fields.amount ?? 0), logIndex, step };
  const account = fields.account as Account | undefined;
  if (account === undefined) return null;
  if (emitter === WRAPPED_NATIVE[chainId] && name === 'weth.deposit') return { ...at, from: null, to: account };
  if (emitter === WRAPPED_NATIVE[chainId] && name === 'weth.withdrawal') return { ...at, from: account, to: null };
  if (chainId === 1 && emitter === TETHER && name === 'tether.destroyed') return { ...at, from: account, to: null };
  return null;
}

/** Decodes the logs of one transaction on a chain. */
export function decodeLogs(logs: readonly RawLog[], chainId: number): DecodedLogs {
  const decoded: DecodedLogs = { tokens: [], events: [], native: [] };
  for (const log of logs) {
    const { address, topics, logIndex, step } = log;
    if (topics.length === 0) continue;
    const transfer = topics[0] === TRANSFER_TOPIC ? transferOf(log) : null;
    if (address === NATIVE_LOG_EMITTER) {
      if (transfer !== null) decoded.native.push({ ...transfer, logIndex });
    } else if (transfer !== null) {
      const { from, to, amount } = transfer;
      decoded.tokens.push({
        asset: asset(address),
        from: unlessZero(from),
        to: unlessZero(to),
        amount,
        logIndex,
        step,
      });
    } else {
      const event = eventOf(log);
      if (event === null) continue;
      decoded.events.push(event);
      const move = moveOfEvent(event, chainId);
      if (move !== null) decoded.tokens.push(move);
    }
  }
  return decoded;
}
