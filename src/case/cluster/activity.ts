/**
 * The verb `cluster activity`: when an address, a tag's addresses or a core cluster took part in transactions. A
 * transaction is one event: a spend when one of the addresses signs an input, else a receipt, so change is no receipt.
 */
import { type BurstRule, bursts, calendar, silences } from '../../cluster/index.ts';
import { type Address, ENGINE_VERSION, SpoorError, type ViewTransaction } from '../../ledger/index.ts';
import type { ActivityDocument, ActivityMoment, WindowActivity } from '../../report/index.ts';
import { latestTimeSec, transactionsOfAddresses } from '../../store/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { namedAddresses, parseRange, parseSubject, type Range, type Subject } from '../subject.ts';

/** Which time of a transaction counts first: that of its block, or when a source first saw it. */
export const CLOCKS = ['block-first', 'seen-first'] as const;

/** See {@link CLOCKS}. */
export type Clock = (typeof CLOCKS)[number];

/** A fixed distance from UTC, as text `+03:00` and in minutes. */
export interface ClockOffset {
  readonly text: string;
  readonly minutes: number;
}

/** A stretch of time that a campaign is said to have lasted; dates are days of UTC. */
export interface CampaignWindow {
  readonly name: string;
  readonly range: Range;
}

/** What decides a profile; all of it is printed with the result. */
export interface ActivityParams {
  readonly clock: Clock;
  readonly offsets: readonly ClockOffset[];
  readonly windows: readonly CampaignWindow[];
  readonly burst: BurstRule;
  /** A silence of at least so many seconds is dormancy. */
  readonly dormantSec: number;
}

/** What a profile claims, and what it does not: printed wherever one is shown. */
export const ACTIVITY_CLAIM =
  'when money moved, not where anybody was: it may support an attribution that rests on other evidence, and makes none by itself. Receipts follow the clocks of those who pay; a script acts at any hour; few events have a pattern by chance';

const MOST_OFFSET_MINUTES = 14 * 60;

/** Reads `+03:00` or `-05:30`, at most 14 hours. Throws USAGE. */
export function parseOffset(text: string): ClockOffset {
  const match = /^([+-])(\d{2}):([0-5]\d)$/.exec(text);
  const distance = match === null ? Number.NaN : Number(match[2]) * 60 + Number(match[3]);
  if (match === null || distance > MOST_OFFSET_MINUTES) {
    throw new SpoorError(
      'USAGE',
      `--offset "${text}" is not a distance from UTC such as +03:00, at most 14:00`,
      {},
      'one that begins with a minus needs the equals sign: --offset=-05:00',
    );
  }
  return { text, minutes: match[1] === '-' && distance > 0 ? -distance : distance };
}

/** Reads `FROM..TO` or `NAME=FROM..TO`; without a name the range is the name. Throws USAGE, SUBJECT_INVALID. */
export function parseWindow(text: string): CampaignWindow {
  const at = text.lastIndexOf('=');
  const name = at < 0 ? text : text.slice(0, at).trim();
  if (name === '') throw new SpoorError('USAGE', `--window "${text}" has no name before the equals sign`);
  return { name, range: parseRange(text.slice(at + 1)) };
}

/** The profile of a subject. Throws USAGE, ADDRESS_INVALID, NOT_FOUND, and VERIFY_FAILED for a cluster of other facts. */
export function activityDocument(context: CaseContext, text: string, params: ActivityParams): ActivityDocument {
  const subject = parseSubject(text, context.network);
  const addresses = addressesOfSubject(context, subject);
  const asked = new Set<string>(addresses);
  const taken = transactionsOfAddresses(context.store, addresses).map((tx) => context.view.transaction(tx));
  if (taken.length === 0) {
    const hint = 'spoor case info shows what the case holds; spoor ingest adds files';
    throw new SpoorError('NOT_FOUND', `no transaction of the case has ${subject.text}`, {}, hint);
  }
  const moments = momentsOf(taken, asked, params.clock);
  const times = moments.map(({ timeSec }) => timeSec);
  const factsReachSec = latestTimeSec(context.store);
  const last = moments.at(-1) ?? null;
  const tail = last === null || factsReachSec === null ? null : { fromSec: last.timeSec, toSec: factsReachSec };
  const onBlock = taken.filter((each) => timeOf(each, params.clock)?.basis === 'block').length;
  return {
    schema: 'spoor.activity/1',
    subject: subject.text,
    engine: ENGINE_VERSION,
    tip: context.view.tip(),
    inputs: inputsDigest(context.store),
    params,
    claim: ACTIVITY_CLAIM,
    addresses,
    receipts: timesOf(moments, 'receipt').length,
    spends: timesOf(moments, 'spend').length,
    times: { block: onBlock, seen: moments.length - onBlock },
    first: moments[0] ?? null,
    last,
    factsReachSec,
    clocks: [UTC, ...params.offsets].map(({ text: offset, minutes }) => ({
      offset,
      receipts: calendar(timesOf(moments, 'receipt'), minutes),
      spends: calendar(timesOf(moments, 'spend'), minutes),
    })),
    dormancy: silences(times, params.dormantSec),
    dormantSince: tail !== null && tail.toSec - tail.fromSec >= params.dormantSec ? tail : null,
    windows: windowsOf(moments, params),
    gaps: {
      withoutTime: taken.length - moments.length,
      unknownSigner: taken.filter((each) => !signs(each, asked) && hasUnknownSigner(each)).length,
    },
  };
}

const UTC: ClockOffset = { text: '+00:00', minutes: 0 };

function addressesOfSubject(context: CaseContext, subject: Subject): Address[] {
  if (subject.kind === 'tag' || subject.kind === 'cluster') return namedAddresses(context, subject);
  if (subject.kind === 'address' && subject.range === null) return [subject.address];
  const hint = 'give an address, cluster:ID or tag:TEXT; --window FROM..TO looks into a part of the time';
  throw new SpoorError('USAGE', `"${subject.text}" has no activity of its own`, {}, hint);
}

function signs({ inputs }: ViewTransaction, asked: ReadonlySet<string>): boolean {
  return inputs.some(({ address }) => address !== null && asked.has(address));
}

function hasUnknownSigner({ coinbase, inputs }: ViewTransaction): boolean {
  return !coinbase && inputs.some(({ address }) => address === null);
}

function timeOf(
  { timestampSec, seenSec }: ViewTransaction,
  clock: Clock,
): { readonly timeSec: number; readonly basis: 'block' | 'seen' } | null {
  const block = timestampSec === null ? null : ({ timeSec: timestampSec, basis: 'block' } as const);
  const seen = seenSec === null ? null : ({ timeSec: seenSec, basis: 'seen' } as const);
  return clock === 'block-first' ? (block ?? seen) : (seen ?? block);
}

/** Those with a time, by time; equal times in the order of the chain. */
function momentsOf(taken: readonly ViewTransaction[], asked: ReadonlySet<string>, clock: Clock): ActivityMoment[] {
  const moments = taken.flatMap((transaction): ActivityMoment[] => {
    const time = timeOf(transaction, clock);
    const { txid, height } = transaction;
    const kind = signs(transaction, asked) ? 'spend' : 'receipt';
    return time === null ? [] : [{ txid, height, timeSec: time.timeSec, kind }];
  });
  return moments.sort((a, b) => a.timeSec - b.timeSec);
}

function timesOf(moments: readonly ActivityMoment[], kind: ActivityMoment['kind']): number[] {
  return moments.filter((moment) => moment.kind === kind).map(({ timeSec }) => timeSec);
}

function windowsOf(moments: readonly ActivityMoment[], { windows, burst }: ActivityParams): WindowActivity[] {
  const asked = windows.length === 0 ? [{ name: 'all', range: null }] : windows;
  return asked.map(({ name, range }) => {
    const inside = range === null ? moments : moments.filter((moment) => isInside(moment, range));
    const [receipts, spends] = [timesOf(inside, 'receipt'), timesOf(inside, 'spend')];
    return {
      name,
      range,
      receipts: receipts.length,
      spends: spends.length,
      bursts: { receipts: bursts(receipts, burst), spends: bursts(spends, burst) },
    };
  });
}

function isInside({ height, timeSec }: ActivityMoment, { unit, from, to }: Range): boolean {
  const at = unit === 'height' ? height : timeSec;
  return at !== null && (from === null || at >= from) && (to === null || at <= to);
}
