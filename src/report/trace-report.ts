/** The report of a trace over outputs in every form. */
import { renderCsv } from './csv.ts';
import { renderExchange } from './exchange/render.ts';
import { renderHtml } from './html/html.ts';
import { renderJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import type { TraceReport } from './model.ts';
import { renderText } from './text.ts';

/** Forms a report can have, of either chain. */
export const REPORT_FORMATS = ['html', 'md', 'json', 'csv', 'graphml', 'stix', 'misp', 'text'] as const;

/** One of `REPORT_FORMATS`. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

const RENDERERS: Readonly<Record<ReportFormat, (report: TraceReport) => string>> = {
  html: renderHtml,
  md: renderMarkdown,
  json: renderJson,
  csv: renderCsv,
  graphml: (report) => renderExchange(report, 'graphml'),
  stix: (report) => renderExchange(report, 'stix'),
  misp: (report) => renderExchange(report, 'misp'),
  text: renderText,
};

/** The report in one form, trailing line break. Same report, same bytes. */
export function renderReport(report: TraceReport, format: ReportFormat): string {
  return RENDERERS[format](report);
}
