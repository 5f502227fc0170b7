/** `rank`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import { RANK_VARIANTS, type RankDocument, type RankVariant, rankAccounts, withCase } from '../case/index.ts';
import { renderSheetText, type Sheet } from '../report/index.ts';
import { type GlobalOptions, handler, parseCount, print, printJson } from './io.ts';
import { parseShare } from './parse-share.ts';

/** Parameters of the papers; every answer prints those used. */
const PAPER = { alpha: '0.15', beta: '0.8', epsilon: '0.001', count: '30' } as const;

/** Adds the command. */
export function rankCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command(
    'rank <subjects..>',
    'Ethereum: accounts near others, in the order to look at them',
    rankOptions,
    handler(runRank),
  );
}

function rankOptions(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return yargs
    .positional('subjects', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'accounts to start from, or tag:TEXT',
    })
    .option('variant', {
      choices: RANK_VARIANTS,
      default: 'time',
      describe: 'TTR base, weight, time, redirect, or appr',
    })
    .option('alpha', { ...text, default: PAPER.alpha, describe: 'part that stays on an account' })
    .option('beta', { ...text, default: PAPER.beta, describe: 'part of the rest that goes forward' })
    .option('epsilon', { ...text, default: PAPER.epsilon, describe: 'least residue that is passed on' })
    .option('count', { ...text, default: PAPER.count, describe: 'how many to show' })
    .example('$0 rank tag:service_hack', 'from every account that is tagged so')
    .example('$0 rank 0xACCOUNT --variant redirect --json', 'through swaps, as JSON');
}

interface RankArgs extends GlobalOptions {
  readonly subjects: string[];
  readonly variant: RankVariant;
  readonly alpha: string;
  readonly beta: string;
  readonly epsilon: string;
  readonly count: string;
}

function runRank(args: RankArgs): void {
  const request = {
    sources: args.subjects,
    variant: args.variant,
    alphaMillionths: parseShare('--alpha', args.alpha),
    betaMillionths: parseShare('--beta', args.beta),
    epsilonMillionths: parseShare('--epsilon', args.epsilon),
    count: parseCount('--count', args.count),
  };
  withCase(args.case, { create: false }, (context) => {
    const document = rankAccounts(context, request);
    if (args.json) printJson(document);
    else print(renderSheetText(rankSheet(document)));
  });
}

function rankSheet({ params, ranked, scored, pushes, claim }: RankDocument): Sheet {
  return {
    kind: 'Ranking',
    title: `Accounts near ${params.sources.join(', ')}`,
    facts: [
      ['variant', params.variant],
      [
        'parameters',
        `alpha ${params.alphaMillionths}, beta ${params.betaMillionths}, epsilon ${params.epsilonMillionths} millionths`,
      ],
      ['scored', `${scored} accounts in ${pushes} pushes; ${ranked.length} shown`],
      ['claim', claim],
    ],
    sections: [
      {
        id: 'ranking',
        heading: 'Ranking',
        lead: '',
        blocks: [
          {
            kind: 'table',
            caption: 'Best first',
            columns: [
              { head: 'rank', kind: 'amount' },
              { head: 'account', kind: 'identifier' },
              { head: 'score', kind: 'amount' },
              { head: 'tags', kind: 'words' },
            ],
            rows: ranked.map(({ rank, account, score, tags }) => [
              String(rank),
              account,
              score,
              tags.map(({ label }) => label).join('; '),
            ]),
            empty: 'No account has a score.',
          },
        ],
      },
    ],
    footer: '',
  };
}
