/** Runs and what they derived. A run's id is the digest of everything that decides its result, so the same run is stored once. */

import { outputId, SpoorError, txId } from '../../ledger/index.ts';
import type {
  Book,
  BoundedOutput,
  CoarseCount,
  Placement,
  RuleResult,
  RuleTransaction,
  TaintGap,
} from '../../taint/index.ts';
import type { CaseStore } from '../open.ts';
import { orderKey } from '../order.ts';
import { boundsOfRun, putBounds } from './bound-table.ts';

/**
 * The manifest of a run. `params` and `seeds` are JSON: what was asked, and what each asked subject stood for then; `inputs` is the digest of
 * every file and pack the case held.
 */
export interface StoredRun {
  readonly id: string;
  readonly verb: string;
  readonly engine: string;
  readonly params: string;
  readonly tipHeight: number;
  readonly tipHash: string | null;
  readonly inputs: string;
  readonly seeds: string;
}

/** A run with all it derived. */
export interface RunContent {
  readonly seeds: ReadonlyArray<{ readonly label: number; readonly output: number }>;
  readonly rules: readonly RuleResult[];
  readonly gaps: readonly TaintGap[];
  /** What any conserving rule could say; null when the run was not asked for it. */
  readonly envelope: readonly BoundedOutput[] | null;
}

/** Keeps a run; an earlier run with the same id is replaced by the same bytes. */
export function putRun(store: CaseStore, run: StoredRun, content: RunContent): void {
  const { db } = store;
  putManifest(store, run);
  const seed = db.prepare('INSERT INTO run_seed (run, label, output) VALUES (?, ?, ?)');
  for (const { label, output } of content.seeds) seed.run(run.id, label, output);
  for (const rule of content.rules) putRule(store, run.id, rule);
  if (content.envelope !== null) putBounds(store, run.id, content.envelope);
  const gap = db.prepare('INSERT INTO run_gap (run, place, kind, output, tx, value) VALUES (?, ?, ?, ?, ?, ?)');
  content.gaps.forEach(({ kind, output, tx, valueSat }, place) => {
    gap.run(run.id, place, kind, output < 0 ? null : output, tx, valueSat);
  });
}

/** Keeps the manifest of a run as the latest; an earlier run with the same id goes, with all it derived. */
export function putManifest({ db }: CaseStore, run: StoredRun): void {
  db.prepare('DELETE FROM run WHERE id = ?').run(run.id);
  const sequence = (db.prepare('SELECT coalesce(max(sequence), 0) FROM run').pluck().get() as number) + 1;
  db.prepare(
    'INSERT INTO run (id, verb, engine, params, tip_height, tip_hash, inputs, seeds, sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  ).run(run.id, run.verb, run.engine, run.params, run.tipHeight, run.tipHash, run.inputs, run.seeds, sequence);
}

/** Takes a run and all it derived out of the case; the facts it rests on stay. */
export function deleteRun({ db }: CaseStore, id: string): void {
  db.prepare('DELETE FROM run WHERE id = ?').run(id);
}

function putRule(store: CaseStore, run: string, result: RuleResult): void {
  const { db } = store;
  const book = db.prepare(
    'INSERT INTO taint_book (run, rule, label, seeded, held, fee, stopped, cut, burned, unresolved) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  result.books.forEach((row, label) => {
    book.run(
      run,
      result.rule,
      label,
      ...[row.seeded, row.held, row.fee, row.stopped, row.cut, row.burned, row.unresolved].map(String),
    );
  });
  const place = db.prepare(
    `INSERT INTO taint_place (run, rule, output, label, amount, hops, status, reason, coarse)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { output, taint, hops, status, reason, coarse } of [...result.holdings, ...result.passed]) {
    for (const [label, amount] of orNone(taint))
      place.run(run, result.rule, output, label, amount, hops, status, reason, coarse ?? null);
  }
  const fee = db.prepare('INSERT OR REPLACE INTO taint_fee (run, rule, tx, label, amount) VALUES (?, ?, ?, ?, ?)');
  for (const { tx, feeTaint } of result.transactions) {
    for (const [label, amount] of orNone(feeTaint)) fee.run(run, result.rule, tx, label, amount);
  }
}

/** Stands for "no amount" in a row, so that a transaction without taint in its fee, or a poisoned output without value, is kept all the same. */
const NO_LABEL = -1;

function orNone(amounts: ReadonlyArray<readonly [number, number]>): ReadonlyArray<readonly [number, number]> {
  return amounts.length === 0 ? [[NO_LABEL, 0]] : amounts;
}

interface RunRow {
  id: string;
  verb: string;
  engine: string;
  params: string;
  tip_height: number;
  tip_hash: string | null;
  inputs: string;
  seeds: string;
}

function stored(row: RunRow): StoredRun {
  const { tip_height: tipHeight, tip_hash: tipHash, id, verb, engine, params, inputs, seeds } = row;
  return { id, verb, engine, params, tipHeight, tipHash, inputs, seeds };
}

/** Runs, latest last. */
export function runs(store: CaseStore): StoredRun[] {
  return (store.db.prepare('SELECT * FROM run ORDER BY sequence').all() as RunRow[]).map(stored);
}

/** What people call a verb, and how they run it; those that are left out are typed as they are stored. */
const HOW_TO_RUN: Readonly<Record<string, { readonly name: string; readonly typed: string }>> = {
  trace: { name: 'trace', typed: 'trace --seed LABEL=SUBJECT' },
  'account-trace': { name: 'trace over accounts', typed: 'trace --seed LABEL=0xTRANSACTION' },
  cluster: { name: 'cluster', typed: 'cluster run' },
};

/** The run of a verb whose id starts with `prefix`, or the latest. Throws NOT_FOUND. */
export function findRun(store: CaseStore, prefix: string | null, verb = 'trace'): StoredRun {
  const all = runs(store).filter((run) => run.verb === verb);
  const found = prefix === null ? all.slice(-1) : all.filter(({ id }) => id.startsWith(prefix));
  if (found.length === 1) return found[0];
  const { name, typed } = HOW_TO_RUN[verb] ?? { name: verb, typed: verb };
  const what =
    prefix === null
      ? `the case holds no run of ${name} yet`
      : `${found.length} runs of ${name} have an id that starts with "${prefix}"`;
  throw new SpoorError(
    'NOT_FOUND',
    what,
    {},
    prefix === null ? `make one with: spoor ${typed}` : 'spoor case info lists the runs',
  );
}

interface FeeRow {
  tx: number;
  order_height: number;
  order_rank: number;
  label: number;
  amount: number;
}

interface PlaceRow {
  output: number;
  tx: number;
  vout: number;
  value: number;
  order_height: number;
  order_rank: number;
  label: number;
  amount: number;
  hops: number;
  status: Placement['status'];
  reason: Placement['reason'];
  coarse: NonNullable<Placement['coarse']> | null;
}

/** Reads back everything a run derived, as the engine returned it. Rules in the order asked. */
export function runContent(store: CaseStore, run: string, rules: readonly string[]): RunContent {
  const { db } = store;
  const seeds = db
    .prepare(
      `SELECT s.label, s.output FROM run_seed s JOIN output o ON o.id = s.output JOIN tx t ON t.id = o.tx WHERE s.run = ?
       ORDER BY t.order_height, t.order_rank, o.vout`,
    )
    .all(run) as Array<{ label: number; output: number }>;
  const gaps = db
    .prepare('SELECT kind, output, tx, value FROM run_gap WHERE run = ? ORDER BY place')
    .all(run) as Array<{
    kind: TaintGap['kind'];
    output: number | null;
    tx: number;
    value: number;
  }>;
  return {
    seeds,
    rules: rules.map((rule) => ruleContent(store, run, rule)),
    envelope: boundsOfRun(store, run),
    gaps: gaps.map(({ kind, output, tx, value }) => ({ kind, output: output ?? -1, tx: txId(tx), valueSat: value })),
  };
}

function ruleContent(store: CaseStore, run: string, rule: string): RuleResult {
  const { db } = store;
  const books = (
    db.prepare('SELECT * FROM taint_book WHERE run = ? AND rule = ? ORDER BY label').all(run, rule) as Array<
      Record<keyof Book, string>
    >
  ).map(
    (row): Book => ({
      seeded: BigInt(row.seeded),
      held: BigInt(row.held),
      fee: BigInt(row.fee),
      stopped: BigInt(row.stopped),
      cut: BigInt(row.cut),
      burned: BigInt(row.burned),
      unresolved: BigInt(row.unresolved),
    }),
  );
  const rows = db
    .prepare(
      `SELECT p.output, o.tx, o.vout, o.value, t.order_height, t.order_rank, p.label, p.amount, p.hops, p.status, p.reason, p.coarse
       FROM taint_place p JOIN output o ON o.id = p.output JOIN tx t ON t.id = o.tx WHERE p.run = ? AND p.rule = ?
       ORDER BY t.order_height, t.order_rank, o.vout, p.status, p.reason, p.label`,
    )
    .all(run, rule) as PlaceRow[];
  const placements = grouped(rows);
  const fees = db
    .prepare(
      `SELECT f.tx, t.order_height, t.order_rank, f.label, f.amount FROM taint_fee f JOIN tx t ON t.id = f.tx WHERE f.run = ? AND f.rule = ?
       ORDER BY t.order_height, t.order_rank, f.label`,
    )
    .all(run, rule) as FeeRow[];
  return {
    rule,
    conserves: books.length > 0,
    books,
    holdings: placements.filter(({ status }) => status !== 'passed'),
    passed: placements.filter(({ status }) => status === 'passed'),
    transactions: feesByTransaction(fees),
    ...coarseCount(placements),
  };
}

/** Coarse outputs, each once, however many placements it has. */
function coarseCount(placements: readonly Placement[]): { coarse?: CoarseCount } {
  const marks = new Map(placements.flatMap(({ output, coarse }) => (coarse === undefined ? [] : [[output, coarse]])));
  const here = [...marks.values()].filter((mark) => mark === 'here').length;
  return here === 0 ? {} : { coarse: { here, before: marks.size - here } };
}

function grouped(rows: readonly PlaceRow[]): Placement[] {
  const placements: Placement[] = [];
  let taint: Array<[number, number]> = [];
  for (const row of rows) {
    const last = placements.at(-1);
    if (last?.output !== row.output || last.status !== row.status || last.reason !== row.reason) {
      taint = [];
      placements.push({
        output: outputId(row.output),
        tx: txId(row.tx),
        vout: row.vout,
        orderKey: orderKey(row.order_height, row.order_rank),
        valueSat: row.value,
        hops: row.hops,
        status: row.status,
        reason: row.reason,
        taint,
        ...(row.coarse === null ? {} : { coarse: row.coarse }),
      });
    }
    if (row.label !== NO_LABEL) taint.push([row.label, row.amount]);
  }
  return placements;
}

function feesByTransaction(rows: readonly FeeRow[]): RuleTransaction[] {
  const byTx = new Map<number, { orderKey: number; feeTaint: Array<[number, number]> }>();
  for (const row of rows) {
    const entry = byTx.get(row.tx) ?? { orderKey: orderKey(row.order_height, row.order_rank), feeTaint: [] };
    if (row.label !== NO_LABEL) entry.feeTaint.push([row.label, row.amount]);
    byTx.set(row.tx, entry);
  }
  return [...byTx].map(([tx, entry]) => ({ tx: txId(tx), ...entry }));
}
