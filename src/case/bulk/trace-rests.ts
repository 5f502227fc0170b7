/** Where the taint of a bulk trace comes to rest, as rows of the document: kept in order, or streamed to a file. */
import { classifyScript } from '../../chain/bitcoin/bulk/index.ts';
import type { Network } from '../../ledger/index.ts';
import type { HoldingRow } from '../../report/index.ts';
import { type Tag, tagText } from '../../tag/index.ts';
import { type Placement, scanHeight } from '../../taint/index.ts';
import type { ListFile } from './list-file.ts';

/** What is kept of a tainted output to name it later: its script, one character per byte. */
export type OutputNote = string;

/** A row with its place in the total order. */
export interface RestRow {
  readonly orderKey: number;
  readonly vout: number;
  readonly row: HoldingRow;
}

/** Collects resting places. `labels` grows while seeds are met. */
export class Rests {
  /** Rows by rule, in the order they came; empty with a coins file. */
  readonly rows: ReadonlyMap<string, RestRow[]>;
  private readonly given: { network: Network; labels: readonly string[]; services: ReadonlyMap<string, Tag> };
  private coins: ListFile | null = null;
  private readonly unspent = new Set<string>();

  constructor(
    rules: readonly string[],
    given: { network: Network; labels: readonly string[]; services: ReadonlyMap<string, Tag> },
  ) {
    this.rows = new Map(rules.map((rule) => [rule, []]));
    this.given = given;
  }

  /** From now on rows go to a file. Gives the file back. */
  streamTo(coins: ListFile): ListFile {
    this.coins = coins;
    return coins;
  }

  /** Takes one resting place. */
  take(rule: string, placement: Placement, of: { txid: Uint8Array; note: OutputNote }): void {
    const { orderKey, vout } = placement;
    const row = this.rowOf(placement, of);
    if (placement.status === 'unspent') this.unspent.add(`${orderKey}:${vout}`);
    if (this.coins === null) this.keep(rule, { orderKey, vout, row });
    else this.coins.write(`${JSON.stringify({ rule, ...row })}\n`);
  }

  /** Puts a row that a checkpoint kept back. */
  keep(rule: string, rest: RestRow): void {
    this.rows.get(rule)?.push(rest);
  }

  /** Distinct outputs that are held under any rule. They come to rest at the end, so a checkpoint has none. */
  get heldOutputs(): number {
    return this.unspent.size;
  }

  /** Rows of a rule in total order. */
  holdings(rule: string): HoldingRow[] {
    const rows = [...(this.rows.get(rule) ?? [])];
    return rows.sort((a, b) => a.orderKey - b.orderKey || a.vout - b.vout).map(({ row }) => row);
  }

  private rowOf(placement: Placement, of: { txid: Uint8Array; note: OutputNote }): HoldingRow {
    const { vout, valueSat, taint, hops, status, reason, coarse } = placement;
    const { network, labels, services } = this.given;
    const { address } = classifyScript(Buffer.from(of.note, 'latin1'), network);
    const tag = reason === 'service' && address !== null ? services.get(address) : undefined;
    return {
      outpoint: `${Buffer.from(of.txid).reverse().toString('hex')}:${vout}`,
      address,
      height: scanHeight(placement.tx),
      value: String(valueSat),
      taint: Object.fromEntries(taint.map(([label, amountSat]) => [labels[label], String(amountSat)])),
      hops,
      status,
      ...(reason === null ? {} : { stop: { reason, tag: tag === undefined ? '' : tagText(tag) } }),
      ...(coarse === undefined ? {} : { coarse }),
    };
  }
}
