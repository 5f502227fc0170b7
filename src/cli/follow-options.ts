/** Options of following the money live: budgets, and Ctrl-C as a way to end it with what was fetched kept. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Argv } from 'yargs';
import {
  type CaseContext,
  DEFAULT_FOLLOW_BUDGET,
  type FollowBudget,
  type FollowOutcome,
  followTrace,
  type TraceRequest,
} from '../case/index.ts';
import { type Clock, systemClock } from '../chain/bitcoin/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { type GlobalOptions, parseCount, say } from './io.ts';
import { paceOf, type SourceArgs } from './source-kinds.ts';
import { openSource } from './source-options.ts';

/** What the user says of following. */
export interface FollowArgs extends SourceArgs {
  readonly follow: boolean;
  readonly maxRequests: string;
  readonly maxTransactions: string;
  readonly maxRounds: string;
  readonly maxSeconds: string;
  readonly busyAbove: string;
}

/** Declares it. */
export function followOptions(yargs: Argv): Argv {
  const count = (value: number | null, describe: string) =>
    ({ type: 'string', requiresArg: true, default: String(value), describe: `with --follow: ${describe}` }) as const;
  const defaults = DEFAULT_FOLLOW_BUDGET;
  return yargs
    .option('follow', {
      type: 'boolean',
      default: false,
      describe: 'fetch what the frontier needs from the source, then trace on',
    })
    .option('max-requests', count(defaults.maxRequests, 'requests over the wire at most'))
    .option('max-transactions', count(defaults.maxTransactions, 'transactions fetched at most'))
    .option('max-rounds', count(defaults.maxRounds, 'rounds of asking and tracing at most'))
    .option('max-seconds', count(defaults.maxSeconds, 'seconds after which no further question is begun'))
    .option('busy-above', count(defaults.busyAbove, 'confirmed transactions above which an address is not followed'));
}

/** The budgets. Throws USAGE. */
export function followBudget(args: FollowArgs): FollowBudget {
  return {
    maxRequests: parseCount('--max-requests', args.maxRequests),
    maxTransactions: parseCount('--max-transactions', args.maxTransactions),
    maxRounds: parseCount('--max-rounds', args.maxRounds),
    maxSeconds: parseCount('--max-seconds', args.maxSeconds),
    busyAbove: parseCount('--busy-above', args.busyAbove),
  };
}

/** A source that is asked within the budgets, and that stops waiting when the user does. */
export interface LiveSource extends ReturnType<typeof openSource> {
  readonly budget: FollowBudget;
  readonly clock: Clock;
  readonly controller: AbortController;
}

/** Opens the source to follow with. Throws USAGE. */
export function openLive(args: FollowArgs): LiveSource {
  const budget = followBudget(args);
  const controller = new AbortController();
  const clock = { ...systemClock, sleep: (ms: number) => sleep(ms, controller.signal) };
  return { ...openSource(args, { clock, maxRequests: budget.maxRequests ?? undefined }), budget, clock, controller };
}

/** A wait that Ctrl-C ends. Throws INTERRUPTED. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new SpoorError('INTERRUPTED', 'stopped as asked while waiting to ask', {}, 'what was fetched is kept');
  }
}

/** Follows the money, saying each round. Throws what `followTrace` throws. */
export async function followLive(
  context: CaseContext,
  live: LiveSource,
  given: { request: TraceRequest; args: GlobalOptions & SourceArgs },
): Promise<FollowOutcome> {
  const { request, args } = given;
  const { budget, clock, controller, source, transport } = live;
  const onSignal = (): void => {
    say(args, 'stopping when the questions under way are answered; once more stops at once');
    controller.abort();
  };
  process.once('SIGINT', onSignal);
  try {
    const outcome = await followTrace(context, source, {
      request,
      budget,
      nowMs: () => clock.nowMs(),
      requests: () => transport.requests,
      // One connection at the pace of a public server; more only where the user says that the server bears it.
      width: Math.min(MAX_WIDTH, Math.max(1, Math.floor(paceOf(args) / 2))),
      refresh: args.refresh || args.record || args.maxAge !== undefined,
      signal: controller.signal,
      onRound: (round, fetched) => say(args, `round ${round}: ${fetched} transactions fetched`),
    });
    const { transactions, ended, waiting, busy } = outcome.follow;
    say(
      args,
      `followed: ${transactions} transactions fetched; ended by ${ended}; ${waiting.length} outputs wait, ${busy.length} at busy addresses`,
    );
    return outcome;
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
}

/** Most questions at a time. */
const MAX_WIDTH = 8;
