/** The report as Markdown (CommonMark with tables). Every value is escaped: nothing of a stranger's becomes a link, an image or HTML. */
import { coinjoinLines } from './coinjoin.ts';
import { coverageLines, coverageWord, followLines } from './coverage.ts';
import { visibleText } from './escape.ts';
import { INTERVAL_LEAD, intervalTexts } from './intervals.ts';
import type { HopRow, RuleDocument, TraceReport } from './model.ts';
import { BOOK_TERMS, balanceText, bookBalance, btcOf, equationText, percentOf } from './money.ts';
import { payerTexts, rangeText, ruleNames, summarise, tagText } from './summary.ts';
import { utcTextOr } from './time.ts';
import { boundNote, countText, reasonText } from './words.ts';

/**
 * Text for a Markdown line or table cell: hidden characters (line breaks too) spelled out, every character with a meaning behind a backslash
 * or as an entity. The colon of `://` and the dot of `www.` are escaped so that viewers which link bare addresses do not.
 */
export function markdownText(text: string): string {
  return visibleText(text)
    .replace(/[\\`*_[\]|~$#]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@/g, '&#64;')
    .replace(/:\/\//g, '\\://')
    .replace(/www\./gi, (match) => `${match.slice(0, 3)}\\.`)
    .replace(/^ +/, '')
    .replace(/^([-+=]|\d+[.)])/, (mark) => `${mark.slice(0, -1)}\\${mark.slice(-1)}`);
}

/** Hex digits and addresses as code; anything a code span could not hold safely falls back to escaped text. */
export function markdownCode(text: string): string {
  return /^[A-Za-z0-9:._-]+$/.test(text) ? `\`${text}\`` : markdownText(text);
}

/** A table; heads and cells are Markdown already. */
export function markdownTable(heads: readonly string[], rows: ReadonlyArray<readonly string[]>): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line), ''];
}

/** A section of second level, ended by a blank line; the heading is Markdown already. */
export function markdownSection(name: string, lines: readonly string[]): string[] {
  return [`## ${name}`, '', ...lines, ...(lines.at(-1) === '' ? [] : [''])];
}

function coverLines(report: TraceReport): string[] {
  const { run } = report.trace;
  const hash = run.tip.hash === null ? 'hash not given' : markdownCode(run.tip.hash);
  return [
    `# ${markdownText(report.title)}`,
    '',
    `- Run: ${markdownCode(run.id)}`,
    `- Engine: spoor ${markdownText(run.engine)}, chain ${markdownText(run.chain)}`,
    `- Tip of the data: block ${run.tip.height}, ${hash}`,
    `- Input digest: ${markdownCode(run.inputs)}`,
    '',
  ];
}

function summaryLines(report: TraceReport): string[] {
  const summary = summarise(report);
  const perRule = summary.rules.map((rule) => {
    return `${markdownText(rule.rule)} ${btcOf(rule.servicesSat)}${boundNote(rule, (note) => ` (${note})`)}`;
  });
  const { verified, asserted } = report.proofs;
  return [
    `- Seeded: ${btcOf(summary.seededSat)} BTC`,
    `- Reached services: ${rangeText(summary, (rule) => rule.servicesSat)} (${perRule.join(', ')})`,
    `- Still unspent: ${rangeText(summary, (rule) => rule.heldSat)}`,
    `- Unresolved: ${rangeText(summary, (rule) => rule.unresolvedSat)}`,
    `- Books: ${summary.rules.every((rule) => rule.addsUp) ? 'every book adds up' : '**a book does not add up**'}`,
    `- Proofs: ${countText(verified, 'transaction', 'transactions')} verified, ${asserted} asserted`,
    `- Gaps: ${report.trace.gaps.length}`,
    `- Coverage: ${markdownText(coverageWord(report.trace.coverage))}`,
  ];
}

/** How far the rules agree; no section where the run was not asked for it. */
function intervalLines(report: TraceReport): string[] {
  const rows = intervalTexts(report).map((row) => [row.place, row.range, row.envelope, row.rules].map(markdownText));
  if (rows.length === 0) return [];
  const heads = ['Place', 'Rules of this run', 'Any conserving rule', 'By rule, BTC'];
  return markdownSection('How far the rules agree', [...markdownTable(heads, rows), INTERVAL_LEAD]);
}

function storyLines(report: TraceReport): string[] {
  return report.story.flatMap((part) => {
    const lines = part.lines.flatMap((line) => {
      return line.startsWith('- ') ? [`- ${markdownText(line.slice(2))}`] : ['', markdownText(line), ''];
    });
    return [`### ${markdownText(part.heading)}`, '', ...lines, ''];
  });
}

function flowLines(report: TraceReport, rules: readonly string[]): string[] {
  const names = new Map(report.flow.nodes.map((node) => [node.id, `${node.title} (${node.kind})`]));
  const rows = report.flow.links.map((link) => [
    markdownText(names.get(link.from) ?? link.from),
    markdownText(names.get(link.to) ?? link.to),
    ...rules.map((rule) => markdownText(btcOf(link.amount[rule] ?? '0'))),
  ]);
  const heads = ['From', 'To', ...rules.map((rule) => `${markdownText(rule)}, BTC`)];
  return rows.length === 0 ? ['No taint moved.'] : markdownTable(heads, rows);
}

function servicesLines(report: TraceReport, rules: readonly string[]): string[] {
  const heads = [
    'Service',
    'Deposit address',
    'Outputs',
    'Block',
    'Time',
    'Value, BTC',
    ...rules.map(markdownText),
    'Tag and its source',
  ];
  const rows = report.services.map((service) => [
    markdownText(`${service.service}${service.category === null ? '' : ` (${service.category})`}`),
    markdownCode(service.address),
    service.outpoints.map(markdownCode).join(', '),
    service.height === null ? '' : String(service.height),
    utcTextOr(service.timestampSec),
    markdownText(btcOf(service.value)),
    ...rules.map((rule) => markdownText(btcOf(service.byRule[rule] ?? '0'))),
    service.tags.map((tag) => markdownText(tagText(tag))).join('; '),
  ]);
  return rows.length === 0 ? ['No service was reached in this trace.'] : markdownTable(heads, rows);
}

function ruleCell(hop: HopRow, rule: string): string {
  const result = hop.byRule[rule];
  if (result === undefined) return '';
  const why = result.reason === null ? '' : `: ${reasonText(result.reason)}`;
  return markdownText(`${percentOf(result.share)}, ${btcOf(result.taint)} BTC, ${result.status}${why}`);
}

function hopsLines(report: TraceReport, rules: readonly string[]): string[] {
  const heads = [
    'Hop',
    'Output (txid:vout)',
    'Block',
    'Time',
    'From',
    'To',
    'BTC',
    'Proof',
    ...rules.map(markdownText),
    'Tag and its source',
  ];
  const rows = report.hops.map((hop) => [
    String(hop.hops),
    markdownCode(`${hop.txid}:${hop.vout}`),
    hop.height === null ? '' : String(hop.height),
    utcTextOr(hop.timestampSec),
    payerTexts(hop).map(markdownText).join(', '),
    hop.to === null ? 'no address' : markdownCode(hop.to),
    markdownText(btcOf(hop.value)),
    markdownText(hop.proof),
    ...rules.map((rule) => ruleCell(hop, rule)),
    hop.tags.map((tag) => markdownText(tagText(tag))).join('; '),
  ]);
  return rows.length === 0 ? ['No tainted output: the seeds did not move.'] : markdownTable(heads, rows);
}

function bookLines(document: RuleDocument): string[] {
  const name = `### ${markdownText(document.rule)}`;
  if (!document.conserves) return [name, '', 'This rule counts coins more than once and keeps no books.', ''];
  const rows = document.books.map((row) => [
    markdownText(row.label),
    ...['seeded' as const, ...BOOK_TERMS].map((term) => markdownText(btcOf(row[term]))),
    balanceText(bookBalance(row)),
    markdownText(equationText(row)),
  ]);
  return [name, '', ...markdownTable(['Label', 'seeded', ...BOOK_TERMS, 'Check', 'Equation, sat'], rows)];
}

function timelineLines(report: TraceReport): string[] {
  const events = report.timeline
    .filter((row) => row.kind !== 'receipt')
    .sort((a, b) => a.timestampSec - b.timestampSec);
  const receipts = report.timeline.length - events.length;
  const rows = events.map((row) => [
    utcTextOr(row.timestampSec),
    row.kind,
    markdownText(row.lane),
    markdownText(btcOf(row.value)),
    markdownCode(row.reference),
  ]);
  const first = `${countText(receipts, 'receipt', 'receipts')} (in the HTML and JSON forms of this report), and:`;
  return rows.length === 0
    ? ['No move has a time.']
    : [first, '', ...markdownTable(['Time', 'Event', 'Lane', 'BTC', 'Reference'], rows)];
}

function closingLines(report: TraceReport): string[] {
  const conventions = report.conventions.map((row) => [row.name, row.value, row.meaning].map(markdownText));
  const gaps = report.trace.gaps.map((gap) => [
    markdownText(gap.kind),
    markdownCode(gap.subject),
    markdownText(gap.detail),
    markdownText(btcOf(gap.value)),
  ]);
  const inputs = report.inputs.map((input) => [
    markdownText(input.name),
    markdownText(input.format),
    String(input.transactions),
    markdownCode(input.sha256),
  ]);
  const { coverage, follow } = report.trace;
  const bullets = (lines: readonly string[]): string[] => lines.map((line) => `- ${markdownText(line)}`);
  const verified = report.proofs.verifiedTxids.map((id) => `- ${markdownCode(id)}`);
  return [
    ...markdownSection(
      'Conventions used',
      conventions.length === 0 ? ['None recorded.'] : markdownTable(['Convention', 'Value', 'Meaning'], conventions),
    ),
    ...markdownSection(
      'Gaps',
      gaps.length === 0 ? ['None.'] : markdownTable(['Gap', 'Subject', 'Detail', 'BTC behind it'], gaps),
    ),
    ...markdownSection('Coverage', bullets(coverageLines(coverage))),
    ...(follow === undefined ? [] : markdownSection('Following', bullets(followLines(follow)))),
    ...markdownSection(
      'Inputs and hashes',
      inputs.length === 0
        ? ['No input file recorded.']
        : markdownTable(['File', 'Format', 'Transactions', 'SHA-256'], inputs),
    ),
    ...markdownSection('Verified transactions', verified.length === 0 ? ['None.'] : verified),
  ];
}

/** An interval per output of each coinjoin; nothing where no bounds were asked for. */
function coinjoinsLines({ trace }: TraceReport): string[] {
  if (trace.coinjoins === undefined) return [];
  const lines = coinjoinLines(trace).flatMap(([head = '', ...others]) => [
    `- ${markdownText(head)}`,
    ...others.map((line) => `  - ${markdownText(line)}`),
  ]);
  return markdownSection(
    'Bounds at coinjoins (in no book)',
    lines.length === 0 ? ['No taint stopped at a coinjoin.'] : lines,
  );
}

/** The whole report as Markdown, trailing line break. Same report, same bytes. */
export function renderMarkdown(report: TraceReport): string {
  const rules = ruleNames(report);
  const equation = `For every label: seeded = ${BOOK_TERMS.join(' + ')}.`;
  const lines = [
    ...coverLines(report),
    ...intervalLines(report),
    ...markdownSection('Summary', summaryLines(report)),
    ...markdownSection('Story', storyLines(report)),
    ...markdownSection('Flow', flowLines(report, rules)),
    ...markdownSection('Time line', timelineLines(report)),
    ...markdownSection('Services reached', servicesLines(report, rules)),
    ...markdownSection('Hop table', hopsLines(report, rules)),
    ...markdownSection('Books', [equation, '', ...report.trace.rules.flatMap(bookLines)]),
    ...coinjoinsLines(report),
    ...closingLines(report),
  ];
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}
