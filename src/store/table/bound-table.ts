/** The envelope of a run in the case file: what any conserving rule could say, output by output. */
import { outputId, txId } from '../../ledger/index.ts';
import type { Bound, BoundedOutput } from '../../taint/index.ts';
import type { CaseStore } from '../open.ts';
import { orderKey } from '../order.ts';

/** Keeps the envelope of a run. */
export function putBounds({ db }: CaseStore, run: string, outputs: readonly BoundedOutput[]): void {
  const row = db.prepare(
    `INSERT INTO taint_bound (run, output, label, status, made_lower, made_upper, rest_lower, rest_upper)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { output, status, made, rests } of outputs) {
    for (const { label, lowerSat, upperSat } of made) {
      const rest = rests.find((bound) => bound.label === label);
      row.run(run, output, label, status, lowerSat, upperSat, rest?.lowerSat ?? null, rest?.upperSat ?? null);
    }
  }
}

interface BoundRow {
  readonly output: number;
  readonly tx: number;
  readonly vout: number;
  readonly value: number;
  readonly order_height: number;
  readonly order_rank: number;
  readonly label: number;
  readonly status: BoundedOutput['status'];
  readonly made_lower: number;
  readonly made_upper: number;
  readonly rest_lower: number | null;
  readonly rest_upper: number | null;
}

/** The envelope of a run as the engine gave it; null when none is kept. */
export function boundsOfRun({ db }: CaseStore, run: string): BoundedOutput[] | null {
  const rows = db
    .prepare(
      `SELECT b.output, o.tx, o.vout, o.value, t.order_height, t.order_rank, b.label, b.status, b.made_lower, b.made_upper,
       b.rest_lower, b.rest_upper FROM taint_bound b JOIN output o ON o.id = b.output JOIN tx t ON t.id = o.tx
       WHERE b.run = ? ORDER BY t.order_height, t.order_rank, o.vout, b.label`,
    )
    .all(run) as BoundRow[];
  if (rows.length === 0) return null;
  const byOutput = new Map<number, { row: BoundRow; made: Bound[]; rests: Bound[] }>();
  for (const row of rows) {
    const { label } = row;
    const { made, rests } = byOutput.get(row.output) ?? { made: [] as Bound[], rests: [] as Bound[] };
    byOutput.set(row.output, { row, made, rests });
    made.push({ label, lowerSat: row.made_lower, upperSat: row.made_upper });
    if (row.rest_lower === null || row.rest_upper === null) continue;
    rests.push({ label, lowerSat: row.rest_lower, upperSat: row.rest_upper });
  }
  return [...byOutput.values()].map(({ row, made, rests }) => ({
    output: outputId(row.output),
    tx: txId(row.tx),
    vout: row.vout,
    orderKey: orderKey(row.order_height, row.order_rank),
    valueSat: row.value,
    status: row.status,
    made,
    rests,
  }));
}
