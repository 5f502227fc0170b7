/** The verb `report`: a stored trace of either chain as a document, in every form. */
import { type ReportFormat, renderAccount, renderReport } from '../report/index.ts';
import { titled } from './account/report.ts';
import { isAccountRun, loadAccountTrace } from './account/trace.ts';
import type { CaseContext } from './context.ts';
import { traceReport } from './trace/report.ts';
import { loadTrace } from './trace/trace.ts';

/** A run ready to be written in any form. */
export interface RunReport {
  readonly run: string;
  /** Gaps of the result. */
  readonly gaps: number;
  /** The document, trailing line break. Same run, same bytes. */
  text(format: ReportFormat): string;
}

/** The report of the run whose id starts with `run`, the latest of either chain if null. Throws NOT_FOUND. */
export function runReport(
  context: CaseContext,
  { run, title }: { readonly run: string | null; readonly title: string },
): RunReport {
  if (isAccountRun(context, run)) {
    const traced = loadAccountTrace(context, run);
    const report = titled(traced, title);
    return {
      run: traced.run.id,
      gaps: report.trace.gaps.length,
      text: (format) => renderAccount(report, format),
    };
  }
  const traced = loadTrace(context, run);
  const report = traceReport(context, traced, title);
  return { run: traced.run.id, gaps: traced.content.gaps.length, text: (format) => renderReport(report, format) };
}
