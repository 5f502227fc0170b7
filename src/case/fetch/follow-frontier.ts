/** Where a trace waits for facts: outputs on which taint rests only because the case holds no spender of them. */
import { type Address, type OutputId, parseOutpoint, type TxId, type Txid } from '../../ledger/index.ts';
import type { FollowStop } from '../../report/index.ts';
import { RecordTable } from '../../store/index.ts';
import type { Placement, TraceLimits } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import type { TraceRun } from '../trace/trace.ts';
import { taintTotalSat } from '../trace/trail.ts';

/** One such output. */
export interface FrontierOutput {
  readonly output: OutputId;
  readonly outpoint: string;
  readonly txid: Txid;
  readonly tx: TxId;
  readonly vout: number;
  readonly address: Address | null;
  /** Who spends it, as far as a source said; the case does not hold that transaction. */
  readonly spender: Txid | null;
  /** Taint by rule, satoshi. */
  readonly taintSat: ReadonlyMap<string, number>;
  /** Most taint under a rule that keeps books, then under poison: what is asked first. */
  readonly rank: readonly [conservingSat: number, poisonSat: number];
}

/** Whether a limit of the user would cut the taint anyway, so that nothing is gained by knowing the spender. */
function isBeyond({ maxHops, minSat, minShareMillionths }: TraceLimits, placement: Placement): boolean {
  if (maxHops !== null && placement.hops >= maxHops) return true;
  // Labels are held to the limits one by one (taint/limit.ts): all of them must be below.
  return placement.taint.every(([, amountSat]) => {
    if (minSat !== null && amountSat < minSat) return true;
    const share = BigInt(amountSat) * 1_000_000n;
    return minShareMillionths !== null && share < BigInt(minShareMillionths) * BigInt(placement.valueSat);
  });
}

function compare(a: FrontierOutput, b: FrontierOutput): number {
  const byRank = b.rank[0] - a.rank[0] || b.rank[1] - a.rank[1];
  return byRank !== 0 ? byRank : a.outpoint < b.outpoint ? -1 : 1;
}

/** The frontier of a run, most taint first, ties by outpoint. */
export function frontierOf(context: CaseContext, run: TraceRun): FrontierOutput[] {
  const found = new Map<OutputId, { taintSat: Map<string, number>; rank: [number, number] }>();
  for (const { rule, conserves, holdings } of run.content.rules) {
    for (const placement of holdings) {
      const waits = placement.status === 'unspent' || placement.reason === 'spender-missing';
      const hopless = placement.taint.length === 0 && conserves;
      if (!waits || hopless || isBeyond(run.params.limits, placement)) continue;
      const entry = found.get(placement.output) ?? { taintSat: new Map<string, number>(), rank: [0, 0] };
      found.set(placement.output, entry);
      const amountSat = taintTotalSat(placement, conserves);
      entry.taintSat.set(rule, (entry.taintSat.get(rule) ?? 0) + amountSat);
      const side = conserves ? 0 : 1;
      entry.rank[side] = Math.max(entry.rank[side], amountSat);
    }
  }
  const table = new RecordTable(context.store);
  return [...found]
    .map(([output, { taintSat, rank }]): FrontierOutput => {
      const { outpoint, address, tx } = context.view.output(output);
      const { txid, vout } = parseOutpoint(outpoint);
      const spender = statedSpender(table, tx, vout);
      return { output, outpoint, txid, tx, vout, address, spender, taintSat, rank };
    })
    .sort(compare);
}

function statedSpender(table: RecordTable, tx: TxId, vout: number): Txid | null {
  return table.byId(tx).record.outputs[vout].spenderTxid;
}

/** The same outputs with what the case says by now of who spends them. */
export function withSpenders(context: CaseContext, outputs: readonly FrontierOutput[]): FrontierOutput[] {
  const table = new RecordTable(context.store);
  return outputs.map((one) => ({ ...one, spender: statedSpender(table, one.tx, one.vout) }));
}

/** What is wrong with an answer that is not about every output of a transaction: from such a one no output is known to be unspent. Null for a whole one. */
export function aboutOthers({ view }: CaseContext, id: Txid, answered: number): string | null {
  const { length } = view.transaction(view.findTransactions(id)[0]).outputs;
  return answered === length ? null : `it answers about ${answered} of ${length} outputs`;
}

/** An output at which following stopped, with why. */
export function followStop(
  { outpoint, address, taintSat }: FrontierOutput,
  reason: string,
  stated: number | null,
): FollowStop {
  const taint = Object.fromEntries([...taintSat].map(([rule, amountSat]) => [rule, String(amountSat)]));
  return { outpoint, address, reason, stated, taint };
}
