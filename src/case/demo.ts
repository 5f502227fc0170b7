/** The verb `demo`: the bundled WannaCry case from payment to exchange. Everything printed is computed from the case file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SpoorError, satoshiFromText } from '../ledger/index.ts';
import type { TraceReport } from '../report/index.ts';
import { files } from '../store/index.ts';
import { type CaseContext, contextOf, sha256Hex } from './context.ts';
import { ingestFiles } from './ingest/ingest.ts';
import { importPacks } from './tag/import.ts';
import { DEFAULT_CONVENTIONS } from './trace/conventions.ts';
import { traceReport } from './trace/report.ts';
import { parseSeed } from './trace/seed.ts';
import { type TraceRequest, trace } from './trace/trace.ts';

const SAMPLE = fileURLToPath(new URL('.', import.meta.resolve('#samples/wannacry/seeds.json')));

/** What the sample says of its own trace: seeds as on the command line, and below which receipts are kept apart. */
interface SampleSeeds {
  readonly title: string;
  readonly seeds: readonly string[];
  readonly splitBelowSat: string;
}

/** Runs the demo into a case that is new or holds the demo's own facts. Throws USAGE for a case with other facts. */
export function demo(context: CaseContext): TraceReport {
  const sample = join(SAMPLE, 'transactions.jsonl');
  const digest = sha256Hex(readFileSync(sample));
  const foreign = files(context.store).find(({ sha256 }) => sha256 !== digest);
  if (foreign !== undefined) {
    throw new SpoorError(
      'USAGE',
      `this case holds other facts (${foreign.name})`,
      { file: context.store.file },
      'give the demo a case of its own: spoor demo --case wannacry.spoor',
    );
  }
  ingestFiles(context.store, [sample], { format: 'spoor', network: 'mainnet' });
  const packs = readdirSync(join(SAMPLE, 'tags'))
    .sort()
    .map((name) => join(SAMPLE, 'tags', name));
  importPacks(context, packs);
  const fresh: CaseContext = contextOf(context.store, 'mainnet');
  const sampleSeeds = JSON.parse(readFileSync(join(SAMPLE, 'seeds.json'), 'utf8')) as SampleSeeds;
  const request: TraceRequest = {
    seeds: sampleSeeds.seeds.map((text) => parseSeed(text, 'mainnet')),
    rules: ['haircut', 'fifo', 'poison'],
    limits: { maxHops: null, minSat: null, minShareMillionths: null },
    until: null,
    stopAt: ['service', 'coinjoin'],
    conventions: DEFAULT_CONVENTIONS,
    splitBelowSat: satoshiFromText(sampleSeeds.splitBelowSat),
  };
  return traceReport(fresh, trace(fresh, request), sampleSeeds.title);
}
