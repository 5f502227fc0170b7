/** What may be asked of a trace over accounts: options, their reading, and what of a trace over outputs has no meaning there. */
import type { Argv } from 'yargs';
import {
  ACCOUNT_RULE_NAMES,
  ACCOUNT_STOPS,
  type AccountTraceRequest,
  DEFAULT_ACCOUNT_CONVENTIONS,
  heightOrDate,
  isAccountSeed,
  parseAccountSeed,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { inOption, parseCount } from './io.ts';

const DEFAULT_RULES = 'haircut,fifo,poison';

/** Options of a trace over accounts as yargs gives them; absent where the user said nothing. */
export interface AccountArgs {
  chain?: 'bitcoin' | 'ethereum';
  gas?: AccountTraceRequest['conventions']['gas'];
  feeIncome?: AccountTraceRequest['conventions']['feeIncome'];
  statedBalances?: AccountTraceRequest['conventions']['statedBalances'];
  tokens?: AccountTraceRequest['tokens'];
  conversions?: AccountTraceRequest['conversions'];
  unseen?: AccountTraceRequest['unseen'];
  maxLots?: string;
}

const GROUP = 'Ethereum:';

/** Declares them. No default is given to yargs: what the user said must be told from what nobody said. */
export function accountOptions(yargs: Argv): Argv {
  const choice = { requiresArg: true, group: GROUP } as const;
  return yargs
    .option('chain', {
      ...choice,
      choices: ['bitcoin', 'ethereum'],
      describe: 'chain of a seed that does not say it (tag:TEXT); a subject that starts with 0x is on Ethereum',
    })
    .option('gas', {
      ...choice,
      choices: ['first', 'last'],
      defaultDescription: 'first',
      describe: 'the fee leaves before or after what the transaction moves',
    })
    .option('fee-income', {
      ...choice,
      choices: ['clean', 'follow'],
      defaultDescription: 'clean',
      describe: 'taint of what proposers earn',
    })
    .option('stated-balances', {
      ...choice,
      choices: ['adjust', 'ignore'],
      defaultDescription: 'adjust',
      describe: 'balances that sources stated, where the facts make others',
    })
    .option('tokens', {
      ...choice,
      choices: ['listed', 'all'],
      defaultDescription: 'listed',
      describe: 'follow known contracts only, or every token whatever it calls itself',
    })
    .option('conversions', {
      ...choice,
      choices: ['follow', 'stop'],
      defaultDescription: 'follow',
      describe: 'value that changes its asset (wrap, swap)',
    })
    .option('unseen', {
      ...choice,
      choices: ['unresolved', 'held'],
      defaultDescription: 'unresolved',
      describe: 'taint on accounts of which the case holds no payment',
    })
    .option('max-lots', {
      type: 'string',
      requiresArg: true,
      group: GROUP,
      describe: 'rules of order: a balance with more lots becomes an average, flagged',
    })
    .example('$0 trace --seed RONIN=0xHASH --rule haircut,fifo', 'Ethereum: what that transaction brought to whom');
}

/** Options that a trace over outputs has and one over accounts has not, by their names on the command line. */
const OUTPUTS_ONLY: Readonly<Record<string, string>> = {
  splitBelow: '--split-below',
  unknown: '--unknown',
  envelope: '--envelope',
  serviceClusters: '--service-clusters',
  minSat: '--min-sat',
  minShare: '--min-share',
  maxVisited: '--max-visited',
  maxSegments: '--max-segments',
  atCoinjoin: '--at-coinjoin',
  like: '--like',
  seeding: '--seeding',
  seedOverlap: '--seed-overlap',
  feeTaint: '--fee-taint',
  coinbaseOrder: '--coinbase-order',
  orderFee: '--order-fee',
  haircutFee: '--haircut-fee',
  haircutRounding: '--haircut-rounding',
  haircutTxShare: '--haircut-tx-share',
  combSize: '--comb-size',
  addressFilter: '--address-filter',
  tihoTies: '--tiho-ties',
  url: '--url',
  follow: '--follow',
  backward: '--backward',
};

interface Question extends AccountArgs {
  seed?: string[];
  rule?: string[];
  stopAt?: string[];
  maxHops?: string;
  until?: string;
}

/** Whether a question is one over accounts: it says so, or a seed does. */
export function asksAccounts({ chain, seed = [] }: Question): boolean {
  return chain === 'ethereum' || (chain === undefined && seed.some(isAccountSeed));
}

/** Throws USAGE where an option of the other chain was given. */
export function refuseAccountOptions(args: AccountArgs): void {
  const names = {
    gas: '--gas',
    feeIncome: '--fee-income',
    statedBalances: '--stated-balances',
    tokens: '--tokens',
    conversions: '--conversions',
    unseen: '--unseen',
    maxLots: '--max-lots',
  } as const;
  for (const [key, name] of Object.entries(names) as Array<[keyof typeof names, string]>)
    if (args[key] !== undefined)
      throw new SpoorError('USAGE', `${name} is for Ethereum, and these seeds are on Bitcoin`);
}

function parseList<T extends string>(option: string, texts: readonly string[], known: readonly T[]): T[] {
  const names = texts
    .join(',')
    .split(',')
    .map((part) => part.trim());
  return [...new Set(names)].map((name) => {
    const found = known.find((one) => one === name);
    if (found === undefined)
      throw new SpoorError('USAGE', `${option} over accounts knows ${known.join(', ')}, not "${name}"`);
    return found;
  });
}

/** Reads `--stop-at` over accounts; nothing said is all of them. Throws USAGE. */
export function parseAccountStops(texts: readonly string[] | undefined): AccountTraceRequest['stopAt'] {
  if (texts === undefined) return ACCOUNT_STOPS;
  const stops = parseList('--stop-at', texts, [...ACCOUNT_STOPS, 'none'] as const);
  if (stops.includes('none') && stops.length > 1)
    throw new SpoorError('USAGE', '--stop-at none goes with nothing else');
  return ACCOUNT_STOPS.filter((stop) => stops.includes(stop));
}

function parseRules(texts: readonly string[] | undefined): AccountTraceRequest['rules'] {
  const names = (texts ?? [DEFAULT_RULES])
    .join(',')
    .split(',')
    .map((name) => name.trim());
  return parseList('--rule', names.includes('all') ? ACCOUNT_RULE_NAMES : names, ACCOUNT_RULE_NAMES);
}

/** What is asked but for where it starts, and the seeds as written; all checked for form. Throws USAGE, SUBJECT_INVALID and what the parts throw. */
export function accountQuestion(args: Question): {
  terms: Omit<AccountTraceRequest, 'seeds'>;
  seeds: Array<ReturnType<typeof parseAccountSeed>>;
} {
  const given = Object.entries(args).find(
    ([key, value]) => Object.hasOwn(OUTPUTS_ONLY, key) && value !== undefined && value !== false,
  );
  if (given !== undefined)
    throw new SpoorError(
      'USAGE',
      `${OUTPUTS_ONLY[given[0]]} is for Bitcoin, and these seeds are on Ethereum`,
      {},
      'spoor trace --help lists the options of each chain',
    );
  const { seed = [], until } = args;
  if (seed.length === 0) throw new SpoorError('USAGE', 'give at least one --seed LABEL=SUBJECT');
  const other = seed.find((text) => !isAccountSeed(text) && !text.slice(text.indexOf('=') + 1).startsWith('tag:'));
  if (other !== undefined)
    throw new SpoorError(
      'USAGE',
      `--seed "${other}" is not on Ethereum, and a run is of one chain`,
      {},
      'trace each chain in a run of its own; one case may hold both',
    );
  if (until !== undefined) inOption('--until', () => heightOrDate(until, 'last'));
  return {
    seeds: seed.map(parseAccountSeed),
    terms: {
      rules: parseRules(args.rule),
      stopAt: parseAccountStops(args.stopAt),
      conventions: {
        gas: args.gas ?? DEFAULT_ACCOUNT_CONVENTIONS.gas,
        feeIncome: args.feeIncome ?? DEFAULT_ACCOUNT_CONVENTIONS.feeIncome,
        statedBalances: args.statedBalances ?? DEFAULT_ACCOUNT_CONVENTIONS.statedBalances,
      },
      tokens: args.tokens ?? 'listed',
      conversions: args.conversions ?? 'follow',
      unseen: args.unseen ?? 'unresolved',
      maxHops: args.maxHops === undefined ? null : parseCount('--max-hops', args.maxHops),
      maxLots: args.maxLots === undefined ? null : parseCount('--max-lots', args.maxLots),
      until: until ?? null,
    },
  };
}
