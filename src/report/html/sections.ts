/** Cover, summary, story, flow and time line of the HTML report. */
import { coverageWord } from '../coverage.ts';
import { EMPTY, html, type Markup } from '../escape.ts';
import { INTERVAL_LEAD, intervalTexts } from '../intervals.ts';
import type { FlowNode, StorySection, TimelineRow, TraceReport } from '../model.ts';
import { btcOf } from '../money.ts';
import { danglingText, flowFigure, flowLegend, flowNodeText } from '../picture/flow-svg.ts';
import { timelineFigure } from '../picture/timeline-svg.ts';
import { type RuleSummary, rangeText, ruleNames, summarise } from '../summary.ts';
import { utcText } from '../time.ts';
import { boundNote, countText, TIMELINE_WORDS } from '../words.ts';
import { emptyNote, fullId, sectionMarkup, shortId, tableMarkup } from './parts.ts';
import { seedsTable } from './tables.ts';

/** Title and identity of the run. */
export function coverMarkup(report: TraceReport): Markup {
  const { run } = report.trace;
  return html`<header class="cover"><p class="kind">Trace report</p><h1>${report.title}</h1>
<dl><dt>Run</dt><dd>${fullId(run.id)}</dd><dt>Engine</dt><dd>spoor ${run.engine}, chain ${run.chain}</dd><dt>Tip of the data</dt><dd>block ${run.tip.height}${run.tip.hash === null ? ', hash not given' : html` ${fullId(run.tip.hash)}`}</dd><dt>Input digest</dt><dd>${fullId(run.inputs)}</dd></dl></header>
`;
}

function factMarkup(name: string, value: string, options: { lines: readonly Markup[]; key: boolean }): Markup {
  const lines = options.lines.length === 0 ? EMPTY : html`<dd><ul>${options.lines}</ul></dd>`;
  return html`<div class="${options.key ? 'key' : 'fact'}"><dt>${name}</dt><dd class="big">${value}</dd>${lines}</div>
`;
}

/** How far the rules agree; empty where the run was not asked for it. */
export function intervalSection(report: TraceReport): Markup {
  const rows = intervalTexts(report).map(
    ({ place, range, envelope, rules }) =>
      html`<tr><th scope="row">${place}</th><td class="num"><b>${range}</b></td><td class="num">${envelope === '' ? '–' : envelope}</td><td>${rules}</td></tr>
`,
  );
  if (rows.length === 0) return EMPTY;
  const heads = ['Place', 'Rules of this run', 'Any conserving rule', 'By rule, BTC'].map((text) => ({ text }));
  const caption = 'Smallest and largest amount by place';
  return sectionMarkup(
    { id: 'agreement', heading: 'How far the rules agree', lead: INTERVAL_LEAD },
    tableMarkup({ caption, heads }, rows),
  );
}

/** Headline numbers: seeded, reached services per rule, still held, unresolved, proofs, gaps. */
export function summarySection(report: TraceReport): Markup {
  const summary = summarise(report);
  const perRule = (pick: (rule: RuleSummary) => bigint, all: boolean): Markup[] =>
    summary.rules
      .filter((rule) => all || rule.conserves)
      .map((rule) => {
        const note = boundNote(rule, (words) => `, ${words}`);
        return html`<li><span>${rule.rule}${note}</span><span>${btcOf(pick(rule))}</span></li>`;
      });
  const wrong = summary.rules.filter((rule) => !rule.addsUp).length;
  const books =
    wrong === 0 ? '✓ every book adds up' : `✗ books of ${countText(wrong, 'rule does', 'rules do')} not add up`;
  const seeds = report.trace.seeds.map(
    (seed) => html`<li><span>${seed.label}</span><span>${btcOf(seed.amount)}</span></li>`,
  );
  const { verified, asserted } = report.proofs;
  const gapCount = countText(report.trace.gaps.length, 'gap', 'gaps');
  const checks = [
    html`<li><span>${countText(verified, 'transaction', 'transactions')} verified, ${asserted} asserted</span></li>`,
    html`<li><span>${gapCount} in the data</span></li>`,
    html`<li><span>coverage ${coverageWord(report.trace.coverage)}</span></li>`,
  ];
  const plain = { key: false };
  return html`<section id="summary" aria-labelledby="summary-h"><h2 id="summary-h">Summary</h2><dl class="facts">
${factMarkup(
  'Reached services',
  rangeText(summary, (rule) => rule.servicesSat),
  { lines: perRule((rule) => rule.servicesSat, true), key: true },
)}${factMarkup('Seeded', `${btcOf(summary.seededSat)} BTC`, { lines: seeds, ...plain })}${factMarkup(
  'Still unspent',
  rangeText(summary, (rule) => rule.heldSat),
  { lines: perRule((rule) => rule.heldSat, false), ...plain },
)}${factMarkup(
  'Unresolved',
  rangeText(summary, (rule) => rule.unresolvedSat),
  { lines: perRule((rule) => rule.unresolvedSat, false), ...plain },
)}${factMarkup('Books', books, { lines: checks, ...plain })}</dl></section>
`;
}

/** Lines that start with a dash form a list, others are paragraphs. */
function storyBody(section: StorySection): Markup[] {
  const parts: Markup[] = [];
  let items: Markup[] = [];
  const flush = (): void => {
    if (items.length > 0) parts.push(html`<ul>${items}</ul>`);
    items = [];
  };
  for (const line of section.lines) {
    if (line.startsWith('- ')) items.push(html`<li>${line.slice(2)}</li>`);
    else {
      flush();
      parts.push(html`<p>${line}</p>`);
    }
  }
  flush();
  return parts;
}

/** The story in words. */
export function storySection(report: TraceReport): Markup {
  const body = report.story.map(
    (section) => html`<h3>${section.heading}</h3>${storyBody(section)}
`,
  );
  return sectionMarkup(
    { id: 'story', heading: 'Story', lead: '' },
    html`<div class="story">${body.length === 0 ? emptyNote('No story was written.') : body}</div>${seedsTable(report)}`,
  );
}

function flowTable(report: TraceReport, rules: readonly string[]): Markup {
  const byId = new Map<string, FlowNode>(report.flow.nodes.map((node) => [node.id, node]));
  const cell = (id: string): Markup => {
    const node = byId.get(id);
    if (node === undefined) return html`${id} <span class="sub">not among the nodes</span>`;
    return html`${flowNodeText(node)}<span class="sub">${shortId(node.reference)}</span>`;
  };
  const rows = report.flow.links.map((link) => {
    const amounts = rules.map((rule) => {
      const amount = link.amount[rule];
      return html`<td class="num right">${amount === undefined ? '–' : btcOf(amount)}</td>`;
    });
    return html`<tr><td>${cell(link.from)}</td><td>${cell(link.to)}</td>${amounts}</tr>
`;
  });
  const heads = [
    { text: 'From' },
    { text: 'To' },
    ...rules.map((rule) => ({ text: `${rule}, BTC`, className: 'right' })),
  ];
  return html`<details><summary>The same flow as a table (${countText(rows.length, 'link', 'links')})</summary>${tableMarkup({ caption: 'Flow: taint moved along each link under each rule', heads }, rows)}</details>`;
}

/** Flow pictures, one per rule, switched by radio buttons, with their table. */
export function flowSection(report: TraceReport): Markup {
  const rules = ruleNames(report);
  const checked = html` checked`;
  const buttons = rules.map(
    (
      rule,
      index,
    ) => html`<input type="radio" name="rule" id="rule-${index}"${index === 0 ? checked : EMPTY}><label for="rule-${index}">${rule}</label>
`,
  );
  const panels = rules.map((rule, index) => {
    const dangling = danglingText(report, rule);
    const figure = flowFigure(report, { rule, id: `flow-${index}`, standalone: false });
    return html`<div class="panel panel-${index}"><h3>Rule: ${rule}</h3><div class="figure" role="region" aria-label="Flow under the rule ${rule}" tabindex="0">${figure}</div>${dangling === '' ? EMPTY : emptyNote(dangling)}</div>
`;
  });
  const lead = 'Money moves from left to right; the width of a band is the amount of taint under the rule chosen.';
  return sectionMarkup(
    { id: 'flow', heading: 'Flow', lead },
    rules.length === 0
      ? emptyNote('The trace holds no rule.')
      : html`<fieldset class="switch"><legend>Rule</legend>${buttons}${panels}</fieldset>${flowLegend(report)}${flowTable(report, rules)}`,
  );
}

function eventRow(row: TimelineRow): Markup {
  return html`<tr><td class="num">${utcText(row.timestampSec)}</td><td>${TIMELINE_WORDS[row.kind].one}</td><td>${row.lane}</td><td class="num right">${btcOf(row.value)}</td><td>${fullId(row.reference)}</td></tr>
`;
}

/** The time line and its table. */
export function timelineSection(report: TraceReport): Markup {
  const heads = [
    { text: 'Time' },
    { text: 'Event' },
    { text: 'Wallet or service' },
    { text: 'BTC', className: 'right' },
    { text: 'Reference' },
  ];
  const events = [...report.timeline].sort((a, b) => a.timestampSec - b.timestampSec);
  const table = html`<details class="screen"><summary>The same events as a table (${countText(events.length, 'event', 'events')})</summary>${tableMarkup({ caption: 'Events in the order of time', heads }, events.map(eventRow))}</details>`;
  const legend = html`<ul class="legend"><li class="k-receipt"><b class="sign">●</b> receipt, area by value</li><li class="k-move"><b class="sign">◆ M</b> move</li><li class="k-service"><b class="sign">■ S</b> arrival at a service</li><li><b class="sign">▒</b> no event</li></ul>`;
  return sectionMarkup(
    {
      id: 'timeline',
      heading: 'Time line',
      lead: 'All times are UTC: of the block where a source gives it, else of the first sighting.',
    },
    html`<div class="figure" role="region" aria-label="Time line" tabindex="0">${timelineFigure(report, { id: 'time', standalone: false })}</div>${events.length === 0 ? EMPTY : html`${legend}${table}`}`,
  );
}
