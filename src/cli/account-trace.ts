/** `trace`, `why` and `report` over accounts: call one verb, render. */
import {
  type AccountWhyDocument,
  loadAccountTrace,
  seedOver,
  traceAccounts,
  whyAccount,
  withCase,
} from '../case/index.ts';
import { AssetWords, renderAccount, renderAccountTrace, utcText, visibleText } from '../report/index.ts';
import { type AccountArgs, accountQuestion } from './account-options.ts';
import { type GlobalOptions, print, printJson, say } from './io.ts';
import { refuseGaps } from './trace-options.ts';

/** Traces over accounts and prints. */
export function runAccountTrace(args: GlobalOptions & AccountArgs & { strict: boolean }): void {
  const { seeds, terms } = accountQuestion(args);
  withCase(args.case, { create: false }, (context) => {
    const run = traceAccounts(context, { ...terms, seeds: seeds.map((parsed) => seedOver(context, parsed)) });
    const { trace } = run.report;
    print(args.json ? renderAccountTrace(trace) : renderAccount(run.report, 'text'));
    say(args, `run ${run.run.id} is kept in ${args.case}`);
    for (const { rule, coarse } of trace.rules)
      if (coarse !== undefined)
        say(
          args,
          `${rule}: mixed ${coarse.length} balances, whose order is not known or which had too many lots; coarse names each`,
        );
    refuseGaps(args.strict, trace.gaps.length);
  });
}

/** Explains the taint of a balance. */
export function runAccountWhy(args: GlobalOptions & { subject: string; rule?: string; run?: string }): void {
  withCase(args.case, { create: false }, (context) => {
    const document = whyAccount(context, { subject: args.subject, rule: args.rule ?? null, run: args.run ?? null });
    if (args.json) printJson(document);
    else print(whyText(document, new AssetWords(loadAccountTrace(context, document.run).report.trace)));
  });
}

function whyText({ rule, outputs }: AccountWhyDocument, words: AssetWords): string {
  const lines = outputs.flatMap(({ account, asset, taint, steps, origins }) => {
    const amounts = (parts: Record<string, string>, of: string): string =>
      Object.entries(parts)
        .map(([label, amount]) => `${words.amount(of, amount)} of ${label}`)
        .join('; ') || 'marked';
    return [
      `${account}  ${words.name(asset)}`,
      `under ${rule}: ${amounts(taint, asset)}`,
      '',
      `seeds: ${origins.length}; arrivals of taint, first to last`,
      ...steps.flatMap((step) => [
        `  ${step.kind}  ${amounts(step.share, step.asset)}  block ${step.height ?? 'unknown'}  ${step.timestampSec === null ? 'time unknown' : utcText(step.timestampSec)}`,
        `    ${step.transaction}`,
        `    ${step.from ?? 'outside of the accounts'} -> ${step.to}, ${words.amount(step.asset, step.amount)} in all`,
      ]),
      '',
    ];
  });
  return lines.map(visibleText).join('\n');
}
