/** What happened at watched addresses, as the case holds it now. An event is named by its outpoint and direction, so a new run or a reorganisation names it the same. */
import { checkAddress } from '../../chain/bitcoin/index.ts';
import { checkAccount, checksummed } from '../../chain/ethereum/index.ts';
import { type Address, NONE, type OutputId, parseOutpoint, SpoorError, txId, txid } from '../../ledger/index.ts';
import { accountCluster } from '../account/cluster.ts';
import { isAccountSubject, parseAccountSubject } from '../account/subject.ts';
import type { CaseContext } from '../context.ts';
import { namedAddresses, parseSubject } from '../subject.ts';
import { taggedAccounts } from '../tag/tags.ts';
import { type AccountWatchEvent, accountStillHappened, accountWatchEvents } from './event-account.ts';
import type { WatchRequest } from './watch.ts';

/** Version of what counts as an event; part of the key of every alert. */
export const WATCH_RULE_VERSION = 1;

/** Money that came to a watched address, or left it. */
export interface WatchEvent {
  /** `received OUTPOINT` or `sent OUTPOINT by TXID`. */
  readonly name: string;
  readonly flow: 'received' | 'sent';
  readonly address: string;
  readonly outpoint: string;
  readonly txid: string;
  readonly height: number | null;
  readonly timestampSec: number | null;
  readonly valueSat: string;
}

/** A subject that can be watched, in canonical form. Throws SUBJECT_INVALID, and what reading an address throws. */
export function watchSubject(text: string, network?: CaseContext['network']): string {
  const refuse = (): never => {
    const hint = 'watch an address, an account, account/asset, cluster:ADDRESS or tag:TEXT';
    throw new SpoorError('SUBJECT_INVALID', `${text.slice(0, 100)} cannot be watched`, {}, hint);
  };
  if (isAccountSubject(text)) {
    const subject = parseAccountSubject(text);
    return subject.kind === 'account' && subject.range === null ? subject.text : refuse();
  }
  if (ACCOUNT_CLUSTER.test(text)) return `cluster:${checksummed(checkAccount(text.slice('cluster:'.length)))}`;
  const subject = parseSubject(text, network);
  const isMoment = subject.kind === 'outpoint' || subject.kind === 'transaction';
  return isMoment || (subject.kind === 'address' && subject.range !== null) ? refuse() : subject.text;
}

const ACCOUNT_CLUSTER = /^cluster:0x/i;

/**
 * What a watch is about now: addresses, accounts and assets of accounts, each a subject of a screening. A tag or cluster of outputs the case does not hold
 * (any more) is none. Throws SUBJECT_INVALID, NOT_FOUND for a cluster of accounts.
 */
export function watchedSubjects(context: CaseContext, text: string): readonly string[] {
  if (isAccountSubject(text)) return [text];
  if (ACCOUNT_CLUSTER.test(text))
    return accountCluster(context, { account: text.slice('cluster:'.length), strength: 'strong' }).addresses;
  const subject = parseSubject(text, context.network);
  if (subject.kind === 'address') return [subject.address];
  if (subject.kind === 'cluster') return namedAddresses(context, subject);
  if (subject.kind !== 'tag') return [];
  return [...namedAddresses(context, subject), ...taggedAccounts(context, subject.tag).map(checksummed)];
}

/** Events of a watch: of outputs, then of accounts, each in the order of its chain. */
export function watchEvents(
  context: CaseContext,
  request: WatchRequest,
): ReadonlyArray<WatchEvent | AccountWatchEvent> {
  const subjects = watchedSubjects(context, request.subject);
  const accounts = subjects.filter(isAccountSubject).flatMap((text) => {
    const subject = parseAccountSubject(text);
    return subject.kind === 'account' ? [subject] : [];
  });
  const addresses = subjects
    .filter((text) => !isAccountSubject(text))
    .map((text) => checkAddress(text, context.network).address);
  return [...outputEvents(context, addresses, request), ...accountWatchEvents(context, accounts, request.flow)];
}

function outputEvents(context: CaseContext, addresses: readonly Address[], request: WatchRequest): WatchEvent[] {
  const found: Array<{ readonly order: number; readonly event: WatchEvent }> = [];
  for (const address of addresses) {
    for (const output of context.view.outputsOfAddress(address)) {
      const received = eventOf(context, output, address, null);
      if (request.minSat !== null && BigInt(received.event.valueSat) < BigInt(request.minSat)) continue;
      if (request.flow !== 'sent') found.push(received);
      const spender = context.view.spenderOf(output);
      if (request.flow !== 'received' && spender !== NONE) found.push(eventOf(context, output, address, spender));
    }
  }
  return found.sort((a, b) => a.order - b.order).map(({ event }) => event);
}

function eventOf(
  { view }: CaseContext,
  output: OutputId,
  address: Address,
  spender: number | null,
): { order: number; event: WatchEvent } {
  const origin = view.transaction(view.transactionOf(output));
  const own = origin.outputs.find((one) => one.output === output);
  if (own === undefined) throw new Error('an output is not in its transaction');
  const at = spender === null ? origin : view.transaction(txId(spender));
  const { height, txid: id } = at;
  const timestampSec = at.timestampSec ?? at.seenSec;
  const name = spender === null ? `received ${own.outpoint}` : `sent ${own.outpoint} by ${id}`;
  const flow = spender === null ? 'received' : 'sent';
  const event = {
    name,
    flow,
    address,
    outpoint: own.outpoint,
    txid: id,
    height,
    timestampSec,
    valueSat: String(own.valueSat),
  } as const;
  return { order: at.orderKey, event };
}

/** Whether the case still holds what an event names, whoever it is watched for: a tag that went away undoes no payment. */
export function stillHappened(context: CaseContext, name: string): boolean {
  if (name.startsWith('account ')) return accountStillHappened(context, name);
  const { view } = context;
  const [flow, point, , by] = name.split(' ');
  const { txid: id, vout } = parseOutpoint(point);
  const output = view.findOutput(id, vout);
  if (output === null || flow === 'received') return output !== null;
  const spender = view.spenderOf(output);
  return spender !== NONE && view.transaction(txId(spender)).txid === txid(by);
}
