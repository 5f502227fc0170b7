/** The report of a Bitcoin trace as HTML. */
import { html } from '../escape.ts';
import type { TraceReport } from '../model.ts';
import { htmlPage } from './page.ts';
import {
  coverMarkup,
  flowSection,
  intervalSection,
  storySection,
  summarySection,
  timelineSection,
} from './sections.ts';
import {
  booksSection,
  coinjoinSection,
  conventionsSection,
  coverageSection,
  gapsSection,
  hopsSection,
  inputsSection,
  proofsSection,
  servicesSection,
} from './tables.ts';

const CONTENTS: ReadonlyArray<readonly [id: string, name: string]> = [
  ['story', 'Story'],
  ['flow', 'Flow'],
  ['timeline', 'Time line'],
  ['services', 'Services reached'],
  ['hops', 'Hop table'],
  ['books', 'Books'],
  ['conventions', 'Conventions'],
  ['gaps', 'Gaps'],
  ['coverage', 'Coverage'],
  ['inputs', 'Inputs and hashes'],
  ['proofs', 'Proofs'],
];

/** The whole report as HTML. Same report, same bytes. */
export function renderHtml(report: TraceReport): string {
  const links = CONTENTS.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`);
  const body = html`${coverMarkup(report)}<main>
${intervalSection(report)}${summarySection(report)}<nav class="toc" aria-label="Contents"><ul>${links}</ul></nav>
${storySection(report)}${flowSection(report)}${timelineSection(report)}${servicesSection(report)}${hopsSection(report)}${booksSection(report)}${coinjoinSection(report)}${conventionsSection(report)}${gapsSection(report)}${coverageSection(report)}${inputsSection(report)}${proofsSection(report)}</main>
<footer><p>Amounts are exact satoshi integers; BTC is printed from them with eight decimals. Labels and tags are claims by the sources named beside them; characters that hide or reorder text are shown as [U+XXXX].</p></footer>
`;
  return htmlPage({ title: report.title, panels: report.trace.rules.length }, body);
}
