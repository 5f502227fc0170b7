/** `fetch --cross-check`: a second source, and the comparison in words. */
import type { Argv } from 'yargs';
import { type CaseContext, type CrossCheckDocument, crossCheck, type SubjectCheck } from '../case/index.ts';
import { SOURCE_KINDS } from '../chain/bitcoin/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { visibleText } from '../report/index.ts';
import { print, printJson } from './io.ts';
import type { SourceArgs } from './source-kinds.ts';
import { askedAbout, openSource } from './source-options.ts';

/** What the user says of the second source. */
export interface CrossCheckArgs extends SourceArgs {
  readonly crossCheck?: string;
  readonly crossSource?: SourceArgs['source'];
}

/** Declares it. */
export function crossCheckOptions(yargs: Argv): Argv {
  return yargs
    .option('cross-check', {
      type: 'string',
      requiresArg: true,
      describe: 'base address of a second source: compare, report every disagreement, exit 6 if there is one',
    })
    .option('cross-source', {
      choices: SOURCE_KINDS,
      describe: 'kind of the second source; that of --source if left out',
    });
}

/** The second source. Neither key nor credentials of the first are ever sent to it. Throws USAGE. */
export function openSecond(args: CrossCheckArgs, first: ReturnType<typeof openSource>): ReturnType<typeof openSource> {
  const source = args.crossSource ?? args.source;
  const asked = { ...args, url: args.crossCheck, source, keyHeader: undefined, keyQuery: undefined, keyPath: false };
  const second = openSource(asked, { anonymous: true });
  if (args.crossCheck === args.url && source === first.source.kind)
    throw new SpoorError('USAGE', '--cross-check names the first source again, which agrees with itself');
  return second;
}

/** Compares, prints, and throws SOURCES_DISAGREE when anything is disputed. */
export async function runCrossCheck(
  context: CaseContext,
  sources: { a: ReturnType<typeof openSource>; b: ReturnType<typeof openSource> },
  given: { args: CrossCheckArgs; request: Parameters<typeof crossCheck>[2] },
): Promise<void> {
  const { a, b } = sources;
  const document = await crossCheck(context, { a: a.source, b: b.source }, given.request);
  if (given.args.json) printJson({ ...document, askedAbout: askedAbout([a.transport, b.transport]) });
  else print(crossCheckLines(document).map(visibleText).join('\n'));
  if (!document.agrees) throw new SpoorError('SOURCES_DISAGREE', `${a.source.host} and ${b.source.host} disagree`);
}

function crossCheckLines(document: CrossCheckDocument): string[] {
  const { a, b, commonTip, agrees, subjects } = document;
  const side = (name: string, { source, host, tip }: CrossCheckDocument['a']): string =>
    `${name}: ${source} at ${host}, ${tip === null ? 'tip not stated' : `tip ${tip.height} ${tip.hash}`}`;
  const tip =
    commonTip === null || commonTip.a === commonTip.b
      ? []
      : [`DISAGREE block ${commonTip.height}: A ${commonTip.a}, B ${commonTip.b}`];
  const verdict = agrees ? 'A and B agree' : 'A and B DISAGREE';
  return [side('A', a), side('B', b), ...tip, ...subjects.flatMap(subjectLines), verdict];
}

function subjectLines(check: SubjectCheck): string[] {
  const { subject, a, b, compared, disagreements, onlyInA, onlyInB, kept, refused } = check;
  const count = ({ transactions, stated }: SubjectCheck['a']): string =>
    `${transactions}${stated === null ? '' : ` of ${stated}`}`;
  const sided = (name: string, rows: SubjectCheck['onlyInA']): string[] =>
    rows.map(
      ({ txid, explained }) =>
        `  ${explained === null ? 'DISAGREE ' : ''}only in ${name}: ${txid}${explained === null ? '' : ` (${explained})`}`,
    );
  const fields = (name: string, rows: SubjectCheck['fieldsOnlyInA']): string[] =>
    rows.map(({ field, count: times }) => `  field only in ${name}: ${field} (${times} times)`);
  return [
    `${subject}: A ${count(a)} transactions, B ${count(b)}; ${compared} compared; in the case: ${kept}`,
    ...disagreements.map(
      (one) => `  DISAGREE ${one.txid ?? subject} ${one.field}: A ${String(one.a)}, B ${String(one.b)}`,
    ),
    ...sided('A', onlyInA),
    ...sided('B', onlyInB),
    ...fields('A', check.fieldsOnlyInA),
    ...fields('B', check.fieldsOnlyInB),
    ...(refused === null ? [] : [`  DISAGREE the case says otherwise: ${refused.replace(/\n/g, ' ')}`]),
  ];
}
