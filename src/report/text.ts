/** The report for a terminal: sections under each other, aligned tables, no colours, at most 100 columns where identifiers allow. */
import { coinjoinLines } from './coinjoin.ts';
import { coverageLines, coverageWord, followLines } from './coverage.ts';
import { shortenMiddle, visibleText } from './escape.ts';
import { INTERVAL_LEAD, intervalTexts } from './intervals.ts';
import type { HopRow, RuleDocument, ServiceRow, TraceReport } from './model.ts';
import { BOOK_TERMS, balanceText, bookBalance, btcOf, equationText, percentOf } from './money.ts';
import { payerTexts, rangeText, ruleNames, summarise, tagText } from './summary.ts';
import { LINE_CELLS, padCells, textTable, wrapText } from './text-table.ts';
import { utcTextOr } from './time.ts';
import { unknownLines } from './unknown.ts';
import { boundNote, countText, reasonText } from './words.ts';

function heading(words: string): string[] {
  return ['', words, '='.repeat(words.length)];
}

function fact(name: string, value: string): string[] {
  return wrapText(value, `  ${name.padEnd(18)}`);
}

function coverLines(report: TraceReport): string[] {
  const { run } = report.trace;
  const tip = `block ${run.tip.height}${run.tip.hash === null ? ', hash not given' : ` ${run.tip.hash}`}`;
  return [
    ...wrapText(report.title),
    '='.repeat(Math.min(LINE_CELLS, Math.max(1, [...visibleText(report.title)].length))),
    ...fact('run', run.id),
    ...fact('engine', `spoor ${run.engine}, chain ${run.chain}`),
    ...fact('tip of the data', tip),
    ...fact('input digest', run.inputs),
  ];
}

function summaryLines(report: TraceReport): string[] {
  const summary = summarise(report);
  const perRule = summary.rules.map((rule) => {
    return `${rule.rule} ${btcOf(rule.servicesSat)}${boundNote(rule, (note) => ` (${note})`)}`;
  });
  const { verified, asserted } = report.proofs;
  const addUp = summary.rules.every((rule) => rule.addsUp);
  return [
    ...heading('Summary'),
    ...fact('seeded', `${btcOf(summary.seededSat)} BTC`),
    ...fact(
      'reached services',
      rangeText(summary, (rule) => rule.servicesSat),
    ),
    ...fact('', perRule.join(', ')),
    ...fact(
      'still unspent',
      rangeText(summary, (rule) => rule.heldSat),
    ),
    ...fact(
      'unresolved',
      rangeText(summary, (rule) => rule.unresolvedSat),
    ),
    ...fact('books', addUp ? 'every book adds up' : 'A BOOK DOES NOT ADD UP, see Books'),
    ...fact('proofs', `${countText(verified, 'transaction', 'transactions')} verified, ${asserted} asserted`),
    ...fact('gaps', String(report.trace.gaps.length)),
    ...fact('coverage', coverageWord(report.trace.coverage)),
  ];
}

/** How far the rules agree; nothing where the run was not asked for it. */
function intervalLines(report: TraceReport): string[] {
  const rows = intervalTexts(report).flatMap(({ place, range, envelope, rules }) => [
    ...wrapText(`${place}: ${range}`, '  '),
    ...(envelope === '' ? [] : wrapText(`any conserving rule: ${envelope}`, '    ')),
    ...wrapText(rules, '    '),
  ]);
  return rows.length === 0 ? [] : [...heading('How far the rules agree'), ...rows, ...wrapText(INTERVAL_LEAD, '  ')];
}

function storyLines(report: TraceReport): string[] {
  return report.story.flatMap((section) => {
    const lines = section.lines.flatMap((line) =>
      line.startsWith('- ') ? wrapText(line.slice(2), '  - ') : wrapText(line, '  '),
    );
    return [...heading(visibleText(section.heading)), ...lines];
  });
}

function serviceLines(service: ServiceRow, rules: readonly string[]): string[] {
  const where = service.height === null ? 'no block' : `block ${service.height}`;
  const amounts = rules.map((rule) => [rule, `${btcOf(service.byRule[rule] ?? '0')} BTC`]);
  return [
    ...wrapText(`${service.service}${service.category === null ? '' : ` (${service.category})`}`, '  '),
    ...wrapText(`deposit address ${service.address}, ${where}, ${utcTextOr(service.timestampSec)}`, '    '),
    ...service.outpoints.flatMap((outpoint) => wrapText(`output ${outpoint}`, '    ')),
    ...textTable(
      [
        { head: 'rule', align: 'left', most: 30 },
        { head: 'arrived', align: 'right' },
        { head: 'of', align: 'right' },
      ],
      amounts.map(([rule = '', amount = '']) => [rule, amount, `${btcOf(service.value)} BTC`]),
      '    ',
    ),
    ...service.tags.flatMap((tag) => wrapText(`tag ${tagText(tag)}`, '    ')),
    '',
  ];
}

function servicesLines(report: TraceReport): string[] {
  const rules = ruleNames(report);
  if (report.services.length === 0) return [...heading('Services reached'), '  No service was reached in this trace.'];
  return [...heading('Services reached'), ...report.services.flatMap((service) => serviceLines(service, rules))].slice(
    0,
    -1,
  );
}

const AMOUNT_CELLS = 'xxxxxxx.xxxxxxxx BTC'.length;
const SHARE_CELLS = '100.0000 %'.length;

/** What each rule says of one output: rules that agree share a line. */
function resultLines(hop: HopRow, rules: readonly string[]): string[] {
  const agreeing = new Map<string, { lead: string; end: string; rules: string[] }>();
  for (const rule of rules) {
    const result = hop.byRule[rule];
    if (result === undefined) continue;
    const amount = padCells(visibleText(`${btcOf(result.taint)} BTC`), AMOUNT_CELLS, 'left');
    const lead = `    ${amount}  ${padCells(visibleText(percentOf(result.share)), SHARE_CELLS, 'left')}  `;
    const end = result.reason === null ? result.status : `${result.status}: ${reasonText(result.reason)}`;
    const key = JSON.stringify([lead, end]);
    const group = agreeing.get(key);
    if (group === undefined) agreeing.set(key, { lead, end, rules: [rule] });
    else group.rules.push(rule);
  }
  return [...agreeing.values()].flatMap((group) => wrapText(`${group.end} (${group.rules.join(', ')})`, group.lead));
}

function hopLines(hop: HopRow, rules: readonly string[]): string[] {
  const where = hop.height === null ? 'no block' : `block ${hop.height}`;
  const payers = payerTexts(hop).flatMap((payer, index) => wrapText(payer, index === 0 ? '    from ' : '         '));
  return [
    ...wrapText(`hop ${hop.hops}, ${where}, ${utcTextOr(hop.timestampSec)}, ${hop.proof}`, '  '),
    ...wrapText(`${hop.txid}:${hop.vout}`, '    '),
    ...payers,
    ...wrapText(`${hop.to ?? 'no address'} ${btcOf(hop.value)} BTC`, '    to   '),
    ...resultLines(hop, rules),
    ...hop.tags.flatMap((tag) => wrapText(`tag ${tagText(tag)}`, '    ')),
    '',
  ];
}

function hopsLines(report: TraceReport): string[] {
  const rules = ruleNames(report);
  if (report.hops.length === 0) return [...heading('Hops'), '  No tainted output: the seeds did not move.'];
  return [...heading('Hops'), ...report.hops.flatMap((hop) => hopLines(hop, rules))].slice(0, -1);
}

function bookLines(document: RuleDocument): string[] {
  if (!document.conserves)
    return ['', ...wrapText(`${document.rule}: counts coins more than once and keeps no books.`, '  ')];
  const lines = document.books.flatMap((row) => {
    const terms = ['seeded' as const, ...BOOK_TERMS].map((term) => [term, `${btcOf(row[term])} BTC`]);
    const table = textTable(
      [
        { head: 'term', align: 'left' },
        { head: 'amount', align: 'right' },
      ],
      terms,
      '      ',
    ).slice(2);
    const verdict = `${balanceText(bookBalance(row))}: ${equationText(row)} sat`;
    return [...wrapText(`label ${row.label}`, '    '), ...table, ...wrapText(verdict, '      ')];
  });
  return ['', ...wrapText(document.rule, '  '), ...lines];
}

function booksLines(report: TraceReport): string[] {
  const equation = `For every label: seeded = ${BOOK_TERMS.join(' + ')}.`;
  return [...heading('Books'), ...wrapText(equation, '  '), ...report.trace.rules.flatMap(bookLines)];
}

/** An interval per output of each coinjoin; nothing where no bounds were asked for. */
function coinjoinsLines({ trace }: TraceReport): string[] {
  const blocks = coinjoinLines(trace).flatMap(([head = '', ...lines]) => [
    ...wrapText(head, '  '),
    ...lines.flatMap((line) => wrapText(line, '    ')),
  ]);
  if (trace.coinjoins === undefined) return [];
  const none = '  No taint stopped at a coinjoin.';
  return [...heading('Bounds at coinjoins (in no book)'), ...(blocks.length === 0 ? [none] : blocks)];
}

function gapsLines(report: TraceReport): string[] {
  const gaps = report.trace.gaps.flatMap((gap) => [
    ...wrapText(`${gap.kind}: ${btcOf(gap.value)} BTC behind it; ${gap.detail}`, '  - '),
    ...wrapText(gap.subject, '    '),
  ]);
  return [...heading('Gaps'), ...(gaps.length === 0 ? ['  None.'] : gaps)];
}

function relianceLines({ trace }: TraceReport): string[] {
  const bullets = (lines: readonly string[]): string[] => lines.flatMap((line) => wrapText(line, '  - '));
  const followed = trace.follow === undefined ? [] : [...heading('Following'), ...bullets(followLines(trace.follow))];
  const unknown = unknownLines(trace);
  const bounds = unknown.length === 0 ? [] : [...heading('Unknown history'), ...bullets(unknown)];
  return [...bounds, ...heading('Coverage'), ...bullets(coverageLines(trace.coverage)), ...followed];
}

function closingLines(report: TraceReport): string[] {
  const conventions = report.conventions.flatMap((row) =>
    wrapText(`${row.name} = ${row.value}: ${row.meaning}`, '  - '),
  );
  const inputs = textTable(
    [
      { head: 'file', align: 'left', most: 40 },
      { head: 'format', align: 'left', most: 16 },
      { head: 'transactions', align: 'right' },
      { head: 'sha-256', align: 'left' },
    ],
    report.inputs.map((input) => [input.name, input.format, String(input.transactions), shortenMiddle(input.sha256)]),
  );
  return [
    ...heading('Conventions used'),
    ...(conventions.length === 0 ? ['  None recorded.'] : conventions),
    ...gapsLines(report),
    ...relianceLines(report),
    ...heading('Inputs'),
    ...(report.inputs.length === 0 ? ['  No input file recorded.'] : inputs),
  ];
}

/** The whole report as plain text, trailing line break. Same report, same bytes. */
export function renderText(report: TraceReport): string {
  const lines = [
    ...coverLines(report),
    ...intervalLines(report),
    ...summaryLines(report),
    ...storyLines(report),
    ...servicesLines(report),
    ...hopsLines(report),
    ...booksLines(report),
    ...coinjoinsLines(report),
    ...closingLines(report),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
