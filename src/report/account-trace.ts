/** The report of a trace over accounts in every form. */
import { stringify } from 'csv-stringify/sync';
import type { AccountReport } from './account/model.ts';
import { accountSheet } from './account/sheet.ts';
import { AssetWords } from './account/words.ts';
import { csvText, TAG_COLUMNS, tagCells } from './csv.ts';
import { isExchangeFormat, renderExchange } from './exchange/render.ts';
import { renderCanonical } from './json.ts';
import { renderSheetHtml } from './sheet/html.ts';
import { renderSheetMarkdown } from './sheet/markdown.ts';
import { renderSheetText } from './sheet/text.ts';
import { utcText } from './time.ts';
import type { ReportFormat } from './trace-report.ts';

/** The report in one form, trailing line break. Same report, same bytes. */
export function renderAccount(report: AccountReport, format: ReportFormat): string {
  if (isExchangeFormat(format)) return renderExchange(report, format);
  switch (format) {
    case 'html':
      return renderSheetHtml(accountSheet(report));
    case 'md':
      return renderSheetMarkdown(accountSheet(report));
    case 'text':
      return renderSheetText(accountSheet(report));
    case 'json':
      return renderCanonical({ ...report, schema: 'spoor.report/1' });
    case 'csv':
      return arrivalsCsv(report);
  }
}

const FIXED = [
  'kind',
  'transaction',
  'height',
  'time_utc',
  'timestamp_sec',
  'from',
  'to',
  'asset',
  'asset_name',
  'amount',
];

/** Arrivals of taint as CSV, amounts in base units. */
function arrivalsCsv({ trace, hops }: AccountReport): string {
  const words = new AssetWords(trace);
  const rules = trace.rules.map(({ rule }) => rule);
  const rows = hops.map((hop) => {
    return [
      hop.kind,
      csvText(hop.transaction),
      hop.height ?? '',
      hop.timestampSec === null ? '' : utcText(hop.timestampSec),
      hop.timestampSec ?? '',
      hop.from ?? '',
      hop.to,
      hop.asset,
      csvText(words.name(hop.asset)),
      hop.amount,
      ...rules.map((rule) => hop.byRule[rule] ?? ''),
      ...tagCells(hop.tags),
    ];
  });
  return stringify([[...FIXED, ...rules.map((rule) => csvText(`${rule}_taint`)), ...TAG_COLUMNS], ...rows]);
}
