/** The report as one self-contained HTML file: no script, nothing loaded, readable on screen, in the dark and on paper. */
import { html, trustedMarkup } from './escape.ts';
import {
  coverMarkup,
  flowSection,
  intervalSection,
  storySection,
  summarySection,
  timelineSection,
} from './html-sections.ts';
import { pageStyle } from './html-style.ts';
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
} from './html-tables.ts';
import type { TraceReport } from './model.ts';

/** Forbids everything but inline styles, even if a piece of markup slipped through: no script, no frame, no form, no request. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

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
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trustedMarkup(CONTENT_SECURITY_POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${report.title}</title>
<style>${trustedMarkup(pageStyle(report.trace.rules.length))}</style>
</head>
<body>
${coverMarkup(report)}<main>
${intervalSection(report)}${summarySection(report)}<nav class="toc" aria-label="Contents"><ul>${links}</ul></nav>
${storySection(report)}${flowSection(report)}${timelineSection(report)}${servicesSection(report)}${hopsSection(report)}${booksSection(report)}${coinjoinSection(report)}${conventionsSection(report)}${gapsSection(report)}${coverageSection(report)}${inputsSection(report)}${proofsSection(report)}</main>
<footer><p>Amounts are exact satoshi integers; BTC is printed from them with eight decimals. Labels and tags are claims by the sources named beside them; characters that hide or reorder text are shown as [U+XXXX].</p></footer>
</body>
</html>
`;
  return page.text;
}
