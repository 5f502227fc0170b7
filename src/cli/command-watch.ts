/** `watch`: parse, call one verb, render. */
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import {
  addWatch,
  deliverDue,
  listWatches,
  noteSeen,
  openState,
  removeWatch,
  runWatches,
  type StateStore,
  screeningSubject,
  screenSubject,
  WATCH_FLOWS,
  WATCH_LEVELS,
  type WatchRequest,
  type WatchRow,
  watchSubject,
  withCase,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { visibleText } from '../report/index.ts';
import { type GlobalOptions, handler, onInterrupt, parseCount, print, printJson, say } from './io.ts';

const DEFAULT_SECRET_ENV = 'SPOOR_WEBHOOK_SECRET';

/** Adds the command. */
export function watchCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command(
    'watch <action> [names..]',
    'tell when money moves at addresses, accounts, clusters or tags, and when a verdict changes',
    watchOptions,
    handler(runWatch),
  );
}

function watchOptions(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return yargs
    .positional('action', { choices: ['add', 'list', 'remove', 'run'] as const, demandOption: true })
    .positional('names', { type: 'string', array: true, default: [], describe: 'a subject to watch; ids to remove' })
    .option('flow', { choices: WATCH_FLOWS, default: 'both', describe: 'which way money must move' })
    .option('level', { choices: WATCH_LEVELS, default: 'high', describe: 'level of its alerts' })
    .option('min-sat', { ...text, describe: 'leave out outputs below this' })
    .option('past', { type: 'boolean', default: false, describe: 'also tell of what the case holds already' })
    .option('rescreen', { type: 'boolean', default: false, describe: 'tell when the verdict on an address changes' })
    .option('webhook', { ...text, describe: 'https address to tell, or http on this machine' })
    .option('secret-env', {
      ...text,
      default: DEFAULT_SECRET_ENV,
      describe: 'environment variable with the secret that signs webhooks',
    })
    .option('allow-private', { type: 'boolean', default: false, describe: 'the webhook may be in a private network' })
    .option('mail', { ...text, describe: 'folder for mails, one .eml file for each event' })
    .option('lines', { ...text, describe: 'file for JSON lines' })
    .option('every', { ...text, describe: 'run: again after so many seconds, until interrupted' })
    .example('$0 watch add tag:wannacry --flow sent --lines moved.jsonl', 'when ransom moves on')
    .example('$0 watch add 1ADDRESS --rescreen --webhook https://desk.example/hook', 'signed with the secret')
    .example('$0 watch add 0xACCOUNT/native --flow sent', 'ether that leaves an account; without /native every asset')
    .example('$0 watch run --every 60', 'look once a minute; what could not be told is tried again');
}

interface WatchArgs extends GlobalOptions {
  readonly action: 'add' | 'list' | 'remove' | 'run';
  readonly names: string[];
  readonly flow: WatchRequest['flow'];
  readonly level: WatchRequest['level'];
  readonly minSat?: string;
  readonly past: boolean;
  readonly rescreen: boolean;
  readonly webhook?: string;
  readonly secretEnv: string;
  readonly allowPrivate: boolean;
  readonly mail?: string;
  readonly lines?: string;
  readonly every?: string;
}

async function runWatch(args: WatchArgs): Promise<void> {
  const { action, names } = args;
  if ((action === 'add' || action === 'remove') && names.length === 0)
    throw new SpoorError('USAGE', `watch ${action} needs ${action === 'add' ? 'a subject' : 'an id'}`);
  if (args.every !== undefined && action !== 'run') throw new SpoorError('USAGE', '--every is for watch run');
  for (const name of action === 'add' ? names : []) watchSubject(name);
  if (args.minSat !== undefined && names.some((name) => /^(cluster:)?0x/i.test(name)))
    throw new SpoorError('USAGE', '--min-sat is for outputs of bitcoin, not for accounts');
  const state = openState(args.case, { exclusive: false });
  try {
    if (action === 'add') add(args, state);
    else if (action === 'run') await run(args, state);
    else {
      for (const id of action === 'remove' ? names : []) removeWatch(state, id, Date.now());
      show(args, state);
    }
  } finally {
    state.close();
  }
}

function add(args: WatchArgs, state: StateStore): void {
  const { webhook, mail, lines } = args;
  withCase(args.case, { create: false }, (context) => {
    for (const name of args.names) {
      const request: WatchRequest = {
        subject: watchSubject(name, context.network),
        flow: args.flow,
        level: args.level,
        minSat: args.minSat === undefined ? null : parseCount('--min-sat', args.minSat),
        rescreen: args.rescreen,
        channels: {
          webhook:
            webhook === undefined ? null : { url: webhook, secretEnv: args.secretEnv, allowPrivate: args.allowPrivate },
          mailFolder: mail === undefined ? null : resolve(mail),
          linesFile: lines === undefined ? null : resolve(lines),
        },
      };
      const id = addWatch(state, request, Date.now());
      const seen = args.past ? 0 : noteSeen(context, state, id, request);
      say(args, `${id}: ${seen} events the case holds already are not told`);
    }
  });
  show(args, state);
}

function show(args: GlobalOptions, state: StateStore): void {
  const watches = listWatches(state);
  if (args.json) printJson({ schema: 'spoor.watches/1', watches });
  else if (watches.length > 0) print(watches.map(watchLine).join('\n'));
}

function watchLine({ id, subject, flow, level, owed, problem, rescreen }: WatchRow): string {
  const trouble = problem === null ? '' : `, last problem: ${problem}`;
  return visibleText(`${id}  ${subject}  ${flow}${rescreen ? ', verdict' : ''}  ${level}  ${owed} to tell${trouble}`);
}

/** Sleeps in short steps, so that an interrupt is met soon. */
const STEP_MS = 250;

async function run(args: WatchArgs, state: StateStore): Promise<void> {
  const every = args.every === undefined ? null : Math.max(1, parseCount('--every', args.every)) * 1000;
  const interrupt = onInterrupt();
  try {
    for (;;) {
      await runOnce(args, state);
      const until = Date.now() + (every ?? 0);
      while (every !== null && !interrupt.asked() && Date.now() < until)
        await new Promise((wake) => setTimeout(wake, STEP_MS));
      if (every === null || interrupt.asked()) return;
    }
  } finally {
    interrupt.stop();
  }
}

async function runOnce(args: WatchArgs, state: StateStore): Promise<void> {
  const watches = withCase(args.case, { create: false }, (context) =>
    runWatches(context, state, {
      nowMs: Date.now(),
      screen: (of, text, direction) =>
        screenSubject(of, { subject: screeningSubject(text, of.network), direction }, { keep: false }),
    }),
  );
  const deliveries = await deliverDue(state, {
    nowMs: Date.now,
    offline: args.offline,
    secretOf: (name) => process.env[name],
  });
  if (args.json) printJson({ schema: 'spoor.watch/1', watches, deliveries });
  for (const row of args.json ? [] : watches) {
    print(
      `${row.watch}  ${row.created} new, ${row.withdrawn} withdrawn, ${row.reinstated} back, ${row.changed} verdicts changed`,
    );
    if (row.problem !== null) say(args, visibleText(`${row.watch}: ${row.problem}`));
  }
  for (const { watch, channel, problem } of deliveries.failed)
    say(args, visibleText(`${watch}: ${channel} could not be told, again later: ${problem}`));
}
