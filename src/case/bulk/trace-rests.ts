/** Where the taint of a bulk trace comes to rest, as rows of the document: kept in order, or streamed to a file. */
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { classifyScript } from '../../chain/bitcoin/index.ts';
import { type Network, SpoorError } from '../../ledger/index.ts';
import type { HoldingRow } from '../../report/index.ts';
import { type Tag, tagText } from '../../tag/index.ts';
import { type Placement, scanHeight } from '../../taint/index.ts';

/** What is kept of a tainted output to name it later: its script, one character per byte. */
export type OutputNote = string;

/** A row with its place in the total order. */
export interface RestRow {
  readonly orderKey: number;
  readonly vout: number;
  readonly row: HoldingRow;
}

const BATCH_CHARACTERS = 1 << 20;

/** Collects resting places. `labels` grows while seeds are met. */
export class Rests {
  /** Rows by rule, in the order they came; empty with a coins file. */
  readonly rows: ReadonlyMap<string, RestRow[]>;
  private readonly given: { network: Network; labels: readonly string[]; services: ReadonlyMap<string, Tag> };
  private coins: CoinsFile | null = null;
  private readonly unspent = new Set<string>();

  constructor(
    rules: readonly string[],
    given: { network: Network; labels: readonly string[]; services: ReadonlyMap<string, Tag> },
  ) {
    this.rows = new Map(rules.map((rule) => [rule, []]));
    this.given = given;
  }

  /** From now on rows go to a file. Gives the file back. */
  streamTo(coins: CoinsFile): CoinsFile {
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
    const { vout, valueSat, taint, hops, status, reason } = placement;
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
    };
  }
}

/** A file of JSON lines that can be cut back to where a checkpoint saw it. */
export class CoinsFile {
  private readonly descriptor: number;
  private readonly name: string;
  private batch = '';
  private written: number;

  /** Opens the file and keeps its first `keepBytes` bytes. Throws IO. */
  constructor(name: string, keepBytes: number) {
    this.name = name;
    this.written = keepBytes;
    this.descriptor = this.onDisk(() => {
      const descriptor = openSync(name, keepBytes === 0 ? 'w' : 'r+');
      if (fstatSync(descriptor).size < keepBytes)
        throw new Error(`it is shorter than the ${keepBytes} bytes of the checkpoint`);
      ftruncateSync(descriptor, keepBytes);
      return descriptor;
    });
  }

  /** Adds text. */
  write(text: string): void {
    this.batch += text;
    if (this.batch.length > BATCH_CHARACTERS) this.flush();
  }

  /** Writes what waits. Returns the size in bytes. */
  flush(): number {
    const bytes = Buffer.from(this.batch, 'utf8');
    this.batch = '';
    this.onDisk(() => {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, this.written + done);
      }
    });
    this.written += bytes.length;
    return this.written;
  }

  /** Writes what waits and closes. */
  close(): void {
    this.flush();
    closeSync(this.descriptor);
  }

  private onDisk<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SpoorError('IO', `the list of coins cannot be written: ${reason}`, { file: this.name });
    }
  }
}
