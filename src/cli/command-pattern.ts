/** `pattern`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import { DEFAULT_PATTERN_LIMITS, patterns, withCase } from '../case/index.ts';
import { txid } from '../ledger/index.ts';
import { renderPatternText } from '../report/index.ts';
import { type GlobalOptions, handler, parseCount, print, printJson } from './io.ts';
import { parseShare } from './parse-share.ts';

/** Adds the command. */
export function patternCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command(
    'pattern <txid>',
    'what a transaction looks like: coinjoin, mappings of inputs to outputs, payout, dust, peel chain',
    patternOptions,
    handler(runPattern),
  );
}

function patternOptions(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  const { baseFeeSat, maxSteps, maxHops } = DEFAULT_PATTERN_LIMITS;
  return yargs
    .positional('txid', { type: 'string', demandOption: true, describe: 'the transaction' })
    .option('intrafees', {
      ...text,
      default: '0.005',
      describe: 'what a maker may receive, as a share of the equal outputs; 0 when owners pay each other nothing',
    })
    .option('base-fee', { ...text, default: String(baseFeeSat), describe: 'subset sums: satoshi of fee a participant' })
    .option('fee-share', { ...text, default: '0.01', describe: 'subset sums: or this share of the equal outputs' })
    .option('max-steps', { ...text, default: String(maxSteps), describe: 'steps of counting before it says timed-out' })
    .option('max-hops', { ...text, default: String(maxHops), describe: 'hops of a peel chain each way' })
    .example('$0 pattern TXID', 'verdicts with evidence, entropy, link matrix')
    .example('$0 pattern TXID --intrafees 0 --json', 'as JSON, no fees between owners');
}

interface PatternArgs extends GlobalOptions {
  readonly txid: string;
  readonly intrafees: string;
  readonly baseFee: string;
  readonly feeShare: string;
  readonly maxSteps: string;
  readonly maxHops: string;
}

function runPattern(args: PatternArgs): void {
  const id = txid(args.txid);
  const limits = {
    intrafeesMillionths: parseShare('--intrafees', args.intrafees),
    baseFeeSat: parseCount('--base-fee', args.baseFee),
    feeMillionths: parseShare('--fee-share', args.feeShare),
    maxSteps: parseCount('--max-steps', args.maxSteps),
    maxHops: parseCount('--max-hops', args.maxHops),
  };
  withCase(args.case, { create: false }, (context) => {
    const document = patterns(context, id, limits);
    if (args.json) printJson(document);
    else print(renderPatternText(document));
  });
}
