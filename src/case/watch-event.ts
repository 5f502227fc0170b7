/** What happened at watched addresses, as the case holds it now. An event is named by its outpoint and direction, so a new run or a reorganisation names it the same. */
import { type Address, NONE, type OutputId, parseOutpoint, txId, txid } from '../ledger/index.ts';
import type { CaseContext } from './context.ts';
import { namedAddresses, parseSubject } from './subject.ts';
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

/** Addresses a watch is about now. A tag or cluster the case does not hold (any more) is none. Throws SUBJECT_INVALID. */
export function watchedAddresses(context: CaseContext, text: string): readonly Address[] {
  const subject = parseSubject(text, context.network);
  return subject.kind === 'address'
    ? [subject.address]
    : subject.kind === 'tag' || subject.kind === 'cluster'
      ? namedAddresses(context, subject)
      : [];
}

/** Events of a watch in the order of the chain. */
export function watchEvents(context: CaseContext, request: WatchRequest): WatchEvent[] {
  const found: Array<{ readonly order: number; readonly event: WatchEvent }> = [];
  for (const address of watchedAddresses(context, request.subject)) {
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
export function stillHappened({ view }: CaseContext, name: string): boolean {
  const [flow, point, , by] = name.split(' ');
  const { txid: id, vout } = parseOutpoint(point);
  const output = view.findOutput(id, vout);
  if (output === null || flow === 'received') return output !== null;
  const spender = view.spenderOf(output);
  return spender !== NONE && view.transaction(txId(spender)).txid === txid(by);
}
