/** `leads`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import { leadsOf, withCase } from '../case/index.ts';
import { renderLeadsText } from '../report/index.ts';
import { type GlobalOptions, handler, parseCount, print, printJson } from './io.ts';

const HOUR_SEC = 3600;

/** Adds the command. */
export function leadsCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command(
    'leads',
    'Ethereum: what mixers and bridges of the case suggest, beside chance',
    leadsOptions,
    handler(runLeads),
  );
}

function leadsOptions(yargs: Argv): Argv {
  return yargs
    .option('payout-hours', {
      type: 'string',
      requiresArg: true,
      default: '24',
      describe: 'a payment on Bitcoin answers a pair of a bridge within so many hours',
    })
    .example('$0 leads --json', 'withdrawals with the deposits each heuristic ties to them');
}

function runLeads(args: GlobalOptions & { payoutHours: string }): void {
  const payoutWindowSec = parseCount('--payout-hours', args.payoutHours) * HOUR_SEC;
  withCase(args.case, { create: false }, (context) => {
    const document = leadsOf(context, { payoutWindowSec });
    if (args.json) printJson(document);
    else print(renderLeadsText(document));
  });
}
