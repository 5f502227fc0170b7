/**
 * `trace --follow`: runs the trace, asks the source only who spends the outputs where taint waits, fetches those spenders, and runs the trace again,
 * until nothing new comes or a budget is used up. The output with the most taint is asked first. Services and limits stop it as they stop a trace.
 */
import type { ChainSource } from '../chain/bitcoin/index.ts';
import { type OutputId, parseOutpoint, type Txid } from '../ledger/index.ts';
import type { CaseContext } from './context.ts';
import { keep } from './fetch.ts';
import { type TraceRequest, type TraceRun, trace } from './trace.ts';
import { taintTotalSat } from './trail.ts';

/** What a run of following may cost. */
export interface FollowBudget {
  readonly maxTransactions: number;
  readonly maxRounds: number;
}

/** What following did. `waiting` counts tainted outputs whose transaction was not asked about because a budget ended it. */
export interface FollowOutcome {
  readonly run: TraceRun;
  readonly rounds: number;
  readonly transactions: number;
  readonly waiting: number;
  readonly ended: 'nothing new' | 'max transactions' | 'max rounds';
}

/** Follows a trace live. Throws what the source and the importer throw; what was fetched before stays in the case. */
export async function followTrace(
  context: CaseContext,
  source: ChainSource,
  given: { request: TraceRequest; budget: FollowBudget; onRound?: (round: number, fetched: number) => void },
): Promise<FollowOutcome> {
  const { request, budget } = given;
  const asked = new Set<Txid>();
  let fetched = 0;
  for (let round = 1; ; round += 1) {
    const run = trace(context, request);
    const frontier = frontierOf(context, run).filter(({ txid }) => !asked.has(txid));
    const outcome = { run, rounds: round, transactions: fetched };
    if (frontier.length === 0) return { ...outcome, waiting: 0, ended: 'nothing new' };
    if (round > budget.maxRounds) return { ...outcome, waiting: frontier.length, ended: 'max rounds' };
    for (const { txid, vouts } of frontier) {
      if (fetched >= budget.maxTransactions) {
        const after = trace(context, request);
        const waiting = frontierOf(context, after).filter((one) => !asked.has(one.txid)).length;
        return { run: after, rounds: round, transactions: fetched, waiting, ended: 'max transactions' };
      }
      asked.add(txid);
      fetched += await fetchSpenders(context, source, { txid, vouts });
    }
    given.onRound?.(round, fetched);
  }
}

/** Fetches the spenders of some outputs of a transaction that the case lacks. Returns how many came. */
async function fetchSpenders(
  context: CaseContext,
  source: ChainSource,
  of: { txid: Txid; vouts: readonly number[] },
): Promise<number> {
  const outspends = (await source.outspends(of.txid)) ?? [];
  const spenders = new Set(of.vouts.flatMap((vout) => outspends[vout]?.spender ?? []));
  let count = 0;
  for (const spender of spenders) {
    const body = await source.transaction(spender);
    if (body === null) continue;
    keep(context, body);
    count += 1;
  }
  return count;
}

interface Frontier {
  readonly txid: Txid;
  readonly vouts: number[];
  bestSat: number;
}

/** Transactions with outputs where taint waits for a spender the case does not hold, most taint first, ties by txid. */
function frontierOf(context: CaseContext, run: TraceRun): Frontier[] {
  const byTx = new Map<Txid, Frontier>();
  const seen = new Set<OutputId>();
  for (const { holdings, conserves } of run.content.rules) {
    for (const placement of holdings) {
      const waits = placement.status === 'unspent' || placement.reason === 'spender-missing';
      const beyond = run.params.limits.maxHops !== null && placement.hops >= run.params.limits.maxHops;
      if (!waits || beyond) continue;
      const { txid, vout } = parseOutpoint(context.view.output(placement.output).outpoint);
      const entry = byTx.get(txid) ?? { txid, vouts: [], bestSat: 0 };
      entry.bestSat = Math.max(entry.bestSat, taintTotalSat(placement, conserves));
      if (!seen.has(placement.output)) entry.vouts.push(vout);
      seen.add(placement.output);
      byTx.set(txid, entry);
    }
  }
  return [...byTx.values()].sort((a, b) => b.bestSat - a.bestSat || (a.txid < b.txid ? -1 : 1));
}
