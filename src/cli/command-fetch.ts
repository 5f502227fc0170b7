/** `fetch`: parse, call the verb, render. */
import type { Argv } from 'yargs';
import { DEFAULT_MAX_PAGES, fetchSubjects, parseSubject, withCaseAsync } from '../case/index.ts';
import { type CrossCheckArgs, crossCheckOptions, openSecond, runCrossCheck } from './cross-check.ts';
import { type GlobalOptions, handler, print, printJson, say } from './io.ts';
import { askedAbout, openSource, sayWhoSaw, sourceOptions } from './source-options.ts';

/** Adds the command. */
export function fetchCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command(
    'fetch <subjects..>',
    'ask a source about subjects, record its answers, ingest them',
    fetchOptions,
    handler(runFetch),
  );
}

function fetchOptions(yargs: Argv): Argv {
  return crossCheckOptions(sourceOptions(yargs))
    .positional('subjects', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'txid, txid:vout, address or tag:TEXT',
    })
    .option('max-pages', {
      type: 'number',
      default: DEFAULT_MAX_PAGES,
      describe: 'pages of 25 transactions for one address',
    })
    .example(
      '$0 fetch ADDRESS --url https://HOST/api --cross-check https://OTHER/api',
      'two sources compared; exit 6 when they disagree',
    )
    .example('$0 fetch ADDRESS --url https://HOST/api', 'the history of an address; a second run asks nothing');
}

async function runFetch(args: CrossCheckArgs & { subjects: string[]; maxPages: number }): Promise<void> {
  for (const text of args.subjects) parseSubject(text);
  const first = openSource(args);
  const { source, transport } = first;
  const second = args.crossCheck === undefined ? null : openSecond(args, first);
  try {
    await withCaseAsync(args.case, { create: true }, async (context) => {
      const subjects = args.subjects.map((text) => parseSubject(text, context.network));
      if (second !== null) {
        const request = { subjects, maxPages: args.maxPages, blocks: null };
        await runCrossCheck(context, { a: first, b: second }, { args, request });
        return;
      }
      const outcomes = await fetchSubjects(context, source, {
        subjects,
        maxPages: args.maxPages,
        onFetched: ({ subject, transactions }) => say(args, `${subject}: ${transactions} transactions`),
      });
      if (args.json) {
        const about = askedAbout([transport]);
        printJson({ schema: 'spoor.fetch/1', requests: transport.requests, subjects: outcomes, askedAbout: about });
      }
      for (const { subject, transactions, stated, complete } of args.json ? [] : outcomes) {
        const whole = complete === null ? '' : complete ? ', complete' : `, incomplete: the source states ${stated}`;
        print(`${subject}: ${transactions} transactions${whole}`);
      }
    });
  } finally {
    sayWhoSaw(args, ...[transport, ...(second === null ? [] : [second.transport])]);
  }
}
