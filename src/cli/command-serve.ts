/** `serve`, `token`: parse, call one verb, render. */
import { randomBytes } from 'node:crypto';
import type { Argv } from 'yargs';
import {
  createToken,
  DAY_PRICES,
  type DayPrice,
  listTokens,
  openState,
  revokeToken,
  SCOPES,
  type Scope,
  type TokenRow,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { type GlobalOptions, handler, parseAboveZero, parseCount, print, printJson, say } from './io.ts';

/** Bounds when the user names none. */
const DEFAULTS = { port: '8377', rate: '6000', addressRate: '60000', stopSeconds: '20', keyDays: '30' } as const;
const MINUTE_MS = 60_000;
const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'silent'] as const;
const SECONDS_PER_DAY = 86_400;
const LAST_PORT = 65_535;

/** Adds the commands. */
export function serveCommands(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs
    .command(
      'serve',
      'answer over HTTP: screenings, alerts, rules, what the case holds',
      serveOptions,
      handler(runServe),
    )
    .command('token <action> [names..]', 'make, list or revoke tokens of the service', tokenOptions, handler(runToken));
}

function serveOptions(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return yargs
    .option('port', { ...text, default: DEFAULTS.port, describe: 'port; 0 is any free one' })
    .option('host', { ...text, describe: 'address to listen on; loopback when left out; needs an active token' })
    .option('name', { ...text, describe: 'names the server is called by (Host header), separated by commas' })
    .option('rules', { ...text, describe: 'file of rules (the bundled ones)' })
    .option('prices', {
      ...text,
      array: true,
      describe: 'CSV of daily prices in dollars with Date,Open,High,Low,Close: FILE of bitcoin, or ASSET=FILE',
    })
    .option('price', { choices: DAY_PRICES, default: 'middle', describe: 'price of a day; middle is half-way' })
    .option('threads', { ...text, describe: 'threads that ask the case (processors less one, at most 4)' })
    .option('rate', { ...text, default: DEFAULTS.rate, describe: 'requests a minute of one token, or address without' })
    .option('address-rate', {
      ...text,
      default: DEFAULTS.addressRate,
      describe:
        'requests a minute of one address, with tokens or without; 0 is no limit (behind a proxy all have its address)',
    })
    .option('day-quota', {
      ...text,
      describe:
        'requests a day (UTC) of a token without a quota of its own; a batch counts its subjects; no limit when left out',
    })
    .option('max-data-age', {
      ...text,
      describe:
        'seconds: while the highest block of its chain that the case holds anything of is older, a screening is refused (503); never when left out',
    })
    .option('key-days', {
      ...text,
      default: DEFAULTS.keyDays,
      describe: 'days an idempotency key stands for the request it first came with; 0 is for ever',
    })
    .option('watch', { ...text, describe: 'seconds: look at everything watched so often, as watch run does (never)' })
    .option('stop-seconds', { ...text, default: DEFAULTS.stopSeconds, describe: 'time to finish once asked to stop' })
    .option('log-level', { choices: LOG_LEVELS, default: 'info', describe: 'JSON lines on stderr' })
    .option('print-openapi', { type: 'boolean', default: false, describe: 'print the OpenAPI document and end' })
    .example('$0 serve --case exchange.spoor', 'on http://127.0.0.1:8377')
    .example('$0 serve --host 0.0.0.0 --name screening.internal', 'behind a proxy with TLS; tokens needed')
    .example('$0 serve --print-openapi > openapi.json', 'the contract, without a case');
}

interface ServeArgs extends GlobalOptions {
  readonly port: string;
  readonly host?: string;
  readonly name?: string;
  readonly rules?: string;
  readonly prices?: string[];
  readonly price: DayPrice;
  readonly threads?: string;
  readonly rate: string;
  readonly addressRate: string;
  readonly dayQuota?: string;
  readonly maxDataAge?: string;
  readonly keyDays: string;
  readonly watch?: string;
  readonly stopSeconds: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly printOpenapi: boolean;
}

async function runServe(args: ServeArgs): Promise<void> {
  // Loaded here only: the help of every command loads this file, and must not load a server.
  const { printOpenapi, serve } = await import('../api/index.ts');
  if (args.printOpenapi) {
    print(await printOpenapi());
    return;
  }
  const port = parseCount('--port', args.port);
  if (port > LAST_PORT) throw new SpoorError('USAGE', `--port is at most ${LAST_PORT}`);
  const asked = stopSignal();
  const service = await serve({
    caseFile: args.case,
    rulesFile: args.rules ?? null,
    prices: { files: args.prices ?? [], price: args.price },
    host: args.host ?? null,
    port,
    names: args.name === undefined ? [] : args.name.split(','),
    threads: args.threads === undefined ? null : parseAboveZero('--threads', args.threads),
    rate: {
      max: parseCount('--rate', args.rate),
      windowMs: MINUTE_MS,
      addressMax: parseCount('--address-rate', args.addressRate) || null,
    },
    dayQuota: args.dayQuota === undefined ? null : parseAboveZero('--day-quota', args.dayQuota),
    logger: { level: args.logLevel, stream: process.stderr },
    maxAgeSec: args.maxDataAge === undefined ? null : parseAboveZero('--max-data-age', args.maxDataAge),
    keyRetentionSec: parseDays(args.keyDays),
    watchSec: args.watch === undefined ? null : parseAboveZero('--watch', args.watch),
    offline: args.offline,
    stopMs: parseCount('--stop-seconds', args.stopSeconds) * 1000,
  });
  if (args.json) printJson({ schema: 'spoor.serve/1', url: service.url });
  else print(`${service.url}`);
  await asked;
  say(args, 'stopping: what was accepted is finished first');
  await service.stop();
}

/** Seconds of `--key-days`; null for 0. */
function parseDays(text: string): number | null {
  const days = parseCount('--key-days', text);
  return days === 0 ? null : days * SECONDS_PER_DAY;
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process as it would have without us. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

function tokenOptions(yargs: Argv): Argv {
  return yargs
    .positional('action', { choices: ['create', 'list', 'revoke'] as const, demandOption: true })
    .positional('names', { type: 'string', array: true, default: [], describe: 'name of a new token; ids to revoke' })
    .option('scope', {
      type: 'string',
      requiresArg: true,
      default: 'read',
      describe: `${SCOPES.join(', ')}, separated by commas; each holds those before it`,
    })
    .option('days', { type: 'string', requiresArg: true, default: '90', describe: 'days until it expires; 0 is never' })
    .option('day-quota', { type: 'string', requiresArg: true, describe: 'requests a day (UTC); as the service allows' })
    .example('$0 token create deposits --scope screen', 'its text is shown once and kept nowhere')
    .example('$0 token revoke 0f3a5b7c9d1e', 'refused from the next request on');
}

interface TokenArgs extends GlobalOptions {
  readonly action: 'create' | 'list' | 'revoke';
  readonly names: string[];
  readonly scope: string;
  readonly days: string;
  readonly dayQuota?: string;
}

function runToken(args: TokenArgs): void {
  const { action, names } = args;
  if (action !== 'list' && names.length === 0)
    throw new SpoorError('USAGE', `token ${action} needs ${action === 'create' ? 'a name' : 'an id'}`);
  if (action === 'create' && names.length > 1) throw new SpoorError('USAGE', 'token create makes one at a time');
  const state = openState(args.case, { exclusive: false });
  try {
    const nowSec = Math.floor(Date.now() / 1000);
    if (action === 'create') {
      const days = parseCount('--days', args.days);
      const expiresSec = days === 0 ? null : nowSec + days * SECONDS_PER_DAY;
      const made = createToken(
        state,
        {
          name: names[0],
          scopes: parseScopes(args.scope),
          expiresSec,
          dayQuota: args.dayQuota === undefined ? null : parseAboveZero('--day-quota', args.dayQuota),
        },
        { nowSec, random: randomBytes },
      );
      if (args.json) printJson({ schema: 'spoor.tokens/1', token: made.text, tokens: [made.row] });
      else print(made.text);
      say(args, 'this is shown once; keep it where secrets are kept');
      return;
    }
    const rows = action === 'list' ? listTokens(state, nowSec) : names.map((id) => revokeToken(state, id, nowSec));
    if (args.json) printJson({ schema: 'spoor.tokens/1', tokens: rows });
    else if (rows.length > 0) print(rows.map(tokenLine).join('\n'));
  } finally {
    state.close();
  }
}

function parseScopes(text: string): Scope[] {
  return text.split(',').map((word) => {
    const scope = SCOPES.find((known) => known === word);
    if (scope === undefined) throw new SpoorError('USAGE', `--scope knows ${SCOPES.join(', ')}, not "${word}"`);
    return scope;
  });
}

function tokenLine({ id, name, scopes, state, expiresSec, lastUsedSec, dayQuota, usedToday }: TokenRow): string {
  const day = (sec: number | null): string =>
    sec === null ? 'never' : new Date(sec * 1000).toISOString().slice(0, 19);
  const quota = dayQuota === null ? '' : `  today ${usedToday} of ${dayQuota}`;
  return `${id}  ${state}  ${scopes.join(',')}  expires ${day(expiresSec)}  last used ${day(lastUsedSec)}${quota}  ${name}`;
}
