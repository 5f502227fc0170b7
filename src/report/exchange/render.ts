/** A report in the formats other programs take in. */
import type { AccountReport } from '../account/model.ts';
import type { TraceReport } from '../model.ts';
import { type ExchangeGraph, exchangeAccountGraph, exchangeGraph } from './graph.ts';
import { renderGraphml } from './graphml.ts';
import { renderMisp } from './misp.ts';
import { renderStix } from './stix.ts';

/** Formats of other programs. */
export type ExchangeFormat = 'graphml' | 'stix' | 'misp';

const RENDERERS: Readonly<Record<ExchangeFormat, (graph: ExchangeGraph) => string>> = {
  graphml: renderGraphml,
  stix: renderStix,
  misp: renderMisp,
};

/** The report of either chain as a document of another program, trailing line break. Same report, same bytes. */
export function renderExchange(report: TraceReport | AccountReport, format: ExchangeFormat): string {
  return RENDERERS[format]('flows' in report ? exchangeAccountGraph(report) : exchangeGraph(report));
}

/** Whether a format is one of other programs. */
export function isExchangeFormat(format: string): format is ExchangeFormat {
  return Object.hasOwn(RENDERERS, format);
}
