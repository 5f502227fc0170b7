/**
 * Claim:      the ether that contracts moved inside a transaction, from a trace of it, in depth-first order.
 * Source:     callTracer of go-ethereum (withLog: `position` is the number of calls a frame had made before it logged); trace module of OpenEthereum, as
 *             Erigon, Nethermind and reth answer it. EIP-6780 for what destroying a contract does.
 * Parameters: whether Cancun was active, which decides what a contract does that destroys itself in its own favour.
 * Cost:       O(frames).
 * Fails when: a node left parties out (older go-ethereum on SELFDESTRUCT): `isWhole` is then false. A frame moves nothing when it or any frame around it
 *             failed, and only the outermost of them says so; DELEGATECALL repeats the value of its parent, CALLCODE moves to the caller itself.
 */
import { type Account, type AccountHash, accountHash, type InternalMove } from '../../ledger/index.ts';
import type { Field } from '../file/field.ts';
import { accountField, amountField, bytesField, hashField, unlessBlank, wholeField } from './account-field.ts';
import type { RawLog } from './log.ts';

/** What a trace tells of one transaction. */
export interface TraceFacts {
  /** null where the node left it out: the trace is then that of the transaction at its place in the block. */
  readonly hash: AccountHash | null;
  /** The top call failed: the transaction did. null where the trace has no top call. */
  readonly failed: boolean | null;
  readonly moves: readonly InternalMove[];
  /** Logs that stood, in order, each with its step; null where the trace has none or does not say where they stand among the calls. */
  readonly logs: readonly RawLog[] | null;
  readonly isWhole: boolean;
  /** Frames left out because the answer lacks a frame around them, which may have failed. */
  readonly orphans: number;
  readonly field: Field;
}

const KINDS: Readonly<Record<string, InternalMove['kind']>> = {
  CALL: 'call',
  CREATE: 'create',
  CREATE2: 'create',
  SELFDESTRUCT: 'selfdestruct',
  SUICIDE: 'selfdestruct',
};
const IDLE = new Set(['DELEGATECALL', 'CALLCODE', 'STATICCALL']);

interface Move {
  readonly kind: InternalMove['kind'];
  readonly from: Account;
  readonly to: Account;
  readonly valueWei: bigint;
}

/**
 * A contract that destroys itself in its own favour burns what it has; since EIP-6780 only where it was made in the same transaction, else nothing
 * changes. Zero values move nothing.
 */
function moveOf(
  { kind, from, to, valueWei }: Move,
  made: ReadonlySet<Account>,
  isCancun: boolean,
): Omit<InternalMove, 'traceAddress' | 'step'> | null {
  if (valueWei === 0n) return null;
  if (kind !== 'selfdestruct' || from !== to) return { kind, from, to, valueWei };
  return isCancun && !made.has(from) ? null : { kind, from, to: null, valueWei };
}

/** Walks the frames of one call trace. */
class CallWalk {
  readonly moves: InternalMove[] = [];
  readonly logs: RawLog[] = [];
  readonly made = new Set<Account>();
  hasLogs = false;
  isInterleaved = true;
  isWhole = true;
  private step = 0;
  private readonly isCancun: boolean;

  constructor(isCancun: boolean) {
    this.isCancun = isCancun;
  }

  frame(field: Field, path: readonly number[], isAlive: boolean): void {
    const step = this.step;
    this.step += 1;
    const stands = isAlive && field.at('error').isNone;
    if (stands) this.take(field, path, step);
    const calls = field.at('calls').isNone ? [] : field.at('calls').items();
    const logs = field.at('logs').isNone ? [] : field.at('logs').items();
    if (!field.at('logs').isNone) this.hasLogs = true;
    const positions = logs.map((log) => unlessBlank(log.at('position'), wholeField));
    if (positions.includes(null) && calls.length > 0) this.isInterleaved = false;
    let next = 0;
    for (let call = 0; call <= calls.length; call += 1) {
      while (next < logs.length && ((positions[next] ?? 0) <= call || call === calls.length)) {
        if (stands) this.logs.push(traceLog(logs[next], this.step));
        this.step += 1;
        next += 1;
      }
      if (call < calls.length) this.frame(calls[call], [...path, call], stands);
    }
  }

  private take(field: Field, path: readonly number[], step: number): void {
    const type = field.at('type').text().toUpperCase();
    if (IDLE.has(type)) return;
    const kind = KINDS[type];
    if (kind === undefined) throw field.at('type').error(`"${type.slice(0, 40)}" is no kind of call known here`);
    const isPartyless =
      kind === 'selfdestruct' && (field.at('from').isNone || field.at('to').isNone || field.at('value').isNone);
    if (isPartyless) {
      this.isWhole = false;
      return;
    }
    const valueWei = unlessBlank(field.at('value'), amountField) ?? 0n;
    const [from, to] = [accountField(field.at('from')), accountField(field.at('to'))];
    if (kind === 'create') this.made.add(to);
    // The top call's own value is the transaction's.
    const move = path.length === 0 ? null : moveOf({ kind, from, to, valueWei }, this.made, this.isCancun);
    if (move !== null) this.moves.push({ ...move, traceAddress: path.join('_'), step });
  }
}

function traceLog(field: Field, step: number): RawLog {
  const topics = field.at('topics').items().map(hashField);
  return {
    address: accountField(field.at('address')),
    topics,
    data: bytesField(field.at('data')),
    logIndex: null,
    step,
    field,
  };
}

/** Reads the top frame of a call trace. Throws MALFORMED. */
export function callTrace(frame: Field, hash: AccountHash | null, isCancun: boolean): TraceFacts {
  const walk = new CallWalk(isCancun);
  walk.frame(frame, [], true);
  const { moves, logs, hasLogs, isInterleaved, isWhole } = walk;
  const failed = !frame.at('error').isNone;
  return {
    hash,
    failed,
    moves,
    logs: (hasLogs || failed) && isInterleaved ? logs : null,
    isWhole,
    orphans: 0,
    field: frame,
  };
}

/** Key of a place in the tree, and those of the frames around it. */
function pathOf(field: Field): number[] {
  return field
    .at('traceAddress')
    .items()
    .map((item) => wholeField(item));
}

/** Reads the flat traces of one transaction, in pre-order as the node gives them. Throws MALFORMED. */
export function flatTrace(items: readonly Field[], isCancun: boolean): TraceFacts {
  const dead = new Set<string>();
  const seen = new Set<string>();
  const made = new Set<Account>();
  const moves: InternalMove[] = [];
  let orphans = 0;
  for (const item of items) {
    const path = pathOf(item);
    const key = path.join('_');
    seen.add(key);
    const around = path.map((_, depth) => path.slice(0, depth).join('_'));
    if (!item.at('error').isNone || around.some((one) => dead.has(one))) {
      dead.add(key);
      continue;
    }
    const move = flatMove(item, made);
    if (move === null) continue;
    if (!around.every((one) => seen.has(one))) orphans += move.valueWei > 0n ? 1 : 0;
    else if (path.length > 0) {
      const taken = moveOf(move, made, isCancun);
      if (taken !== null) moves.push({ ...taken, traceAddress: key, step: null });
    }
  }
  const top = items.find((item) => pathOf(item).length === 0);
  const failed = top === undefined ? null : dead.has('');
  const hash = accountHash(items[0].at('transactionHash').text());
  return { hash, failed, moves, logs: null, isWhole: top !== undefined && orphans === 0, orphans, field: items[0] };
}

function flatMove(item: Field, made: Set<Account>): Move | null {
  const action = item.at('action');
  switch (item.at('type').text()) {
    case 'call': {
      if (action.at('callType').text().toLowerCase() !== 'call') return null;
      const [from, to] = [accountField(action.at('from')), accountField(action.at('to'))];
      return { kind: 'call', from, to, valueWei: amountField(action.at('value')) };
    }
    case 'create': {
      const to = accountField(item.at('result').at('address'));
      made.add(to);
      return { kind: 'create', from: accountField(action.at('from')), to, valueWei: amountField(action.at('value')) };
    }
    case 'suicide':
    case 'selfdestruct': {
      const [from, to] = [accountField(action.at('address')), accountField(action.at('refundAddress'))];
      return { kind: 'selfdestruct', from, to, valueWei: amountField(action.at('balance')) };
    }
    default:
      throw item.at('type').error(`"${item.at('type').text().slice(0, 40)}" is no kind of trace known here`);
  }
}
