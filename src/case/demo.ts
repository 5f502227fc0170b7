/** The verb `demo`: the bundled WannaCry case from payment to exchange. Everything printed is computed from the case file. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SpoorError } from '../ledger/index.ts';
import type { TraceReport } from '../report/index.ts';
import { files } from '../store/index.ts';
import { type CaseContext, viewOf } from './context.ts';
import { ingestFiles } from './ingest.ts';
import { traceReport } from './report.ts';
import { importPacks } from './tags.ts';
import { DEFAULT_CONVENTIONS, parseSeed, type TraceRequest, trace } from './trace.ts';

const SAMPLE = fileURLToPath(new URL('../../samples/wannacry/', import.meta.url));

/** Receipts below 0.01 BTC are tips, messages and dust, not ransoms of 300 or 600 USD (0.1 to 0.4 BTC in 2017); kept apart, not dropped. */
export const DEMO_SPLIT_BELOW_SAT = 1_000_000;

/** The three wallets of WannaCry version 2, each under its first letters. */
const DEMO_SEEDS = [
  '115p7=115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn',
  '12t9=12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw',
  '13AM4=13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94',
];

/** Runs the demo into a case that is new or holds the demo's own facts. Throws USAGE for a case with other facts. */
export function demo(context: CaseContext): TraceReport {
  const sample = 'transactions.jsonl';
  const foreign = files(context.store).find(({ name }) => name !== sample);
  if (foreign !== undefined) {
    throw new SpoorError(
      'USAGE',
      `this case holds other facts (${foreign.name})`,
      { file: context.store.file },
      'give the demo a case of its own: spoor demo --case wannacry.spoor',
    );
  }
  ingestFiles(context.store, [join(SAMPLE, sample)], { format: 'spoor', network: 'mainnet' });
  const packs = readdirSync(join(SAMPLE, 'tags'))
    .sort()
    .map((name) => join(SAMPLE, 'tags', name));
  importPacks(context, packs);
  const fresh: CaseContext = { store: context.store, network: 'mainnet', view: viewOf(context.store, 'mainnet') };
  const request: TraceRequest = {
    seeds: DEMO_SEEDS.map((text) => parseSeed(text, 'mainnet')),
    rules: ['haircut', 'fifo', 'poison'],
    limits: { maxHops: null, minSat: null, minShareMillionths: null },
    until: null,
    stopAt: ['service', 'coinjoin'],
    conventions: DEFAULT_CONVENTIONS,
    splitBelowSat: DEMO_SPLIT_BELOW_SAT,
  };
  return traceReport(
    fresh,
    trace(fresh, request),
    'WannaCry, May to August 2017: from ransom payment to exchange deposit',
  );
}
