/** The WannaCry case served by an Esplora server on loopback: what the tests of live following share. */
import { join } from 'node:path';
import type { CaseContext } from '../../src/case/index.ts';
import {
  DEFAULT_CONVENTIONS,
  DEFAULT_FOLLOW_BUDGET,
  type FollowBudget,
  type FollowOutcome,
  type FollowRequest,
  followTrace,
  importPacks,
  ingestFiles,
  parseSeed,
  type TraceRequest,
  type TraceRun,
  trace,
  withCaseAsync,
} from '../../src/case/index.ts';
import { EsploraSource, Transport, type TransportMode, type TransportOptions } from '../../src/chain/bitcoin/index.ts';
import { type EsploraServer, esploraServer } from './esplora-server.ts';
import { projectPath } from './shared-data.ts';

export const WALLETS = [
  '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn',
  '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw',
  '13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94',
];
export const PACKS = ['exchange-deposits', 'wannacry-wallets'].map((name) =>
  projectPath(`samples/wannacry/tags/${name}.yaml`),
);
export const REQUEST: TraceRequest = {
  seeds: [parseSeed('w=tag:ransomware')],
  rules: ['fifo', 'haircut'],
  limits: { maxHops: null, minSat: null, minShareMillionths: null },
  until: null,
  stopAt: ['service', 'coinjoin'],
  conventions: DEFAULT_CONVENTIONS,
  splitBelowSat: null,
};

/** Books that do not depend on what a source was asked: what is known to be spent is unresolved, what was never asked about is held. */
export function books({ content }: TraceRun): string {
  return JSON.stringify(
    content.rules.map(({ rule, books: rows }) => [
      rule,
      rows.map(({ seeded, stopped, fee, held, unresolved }) => [seeded, stopped, fee, held + unresolved].map(String)),
    ]),
  );
}

/** A server of the bundled facts, with the books of the offline run. */
export async function serveWannacry(folder: string): Promise<{ server: EsploraServer; offline: string }> {
  return withCaseAsync(join(folder, 'whole.spoor'), { create: true }, async (context) => {
    const file = projectPath('samples/wannacry/transactions.jsonl');
    ingestFiles(context.store, [file], { format: 'spoor', network: null });
    importPacks(context, PACKS);
    return { offline: books(trace(context, REQUEST)), server: await esploraServer(context) };
  });
}

/** A source that asks the server at a thousand requests a second by a clock that stands still. */
export function stillSource(
  server: EsploraServer,
  cacheFolder: string,
  more: Partial<TransportOptions> & { mode?: TransportMode } = {},
): { transport: Transport; esplora: EsploraSource } {
  const clock = { nowMs: () => 1_700_000_000_000, sleep: () => Promise.resolve(), random: () => 0 };
  const base = { url: server.url };
  const transport = new Transport({ base, cacheFolder, mode: 'live', perSecond: 1000, clock, ...more });
  return { transport, esplora: new EsploraSource(transport) };
}

/** Follows with the default budgets but for those given. */
export function followWith(
  context: CaseContext,
  live: ReturnType<typeof stillSource>,
  given: Omit<Partial<FollowRequest>, 'budget'> & { budget?: Partial<FollowBudget> } = {},
): Promise<FollowOutcome> {
  return followTrace(context, live.esplora, {
    request: REQUEST,
    nowMs: () => 0,
    requests: () => live.transport.requests,
    width: 4,
    refresh: false,
    ...given,
    budget: { ...DEFAULT_FOLLOW_BUDGET, ...given.budget },
  });
}
