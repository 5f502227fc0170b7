/**
 * The list of clusters: `address,cluster`, one line for each address in the order in which outputs first pay it; the cluster is the number of its first
 * address. The graph keeps numbers and no text, and what joins an address may come after it: so addresses are written beside the list as they
 * appear, with their numbers, and the list is made of that file once the graph is whole. A bare public key has no address: its script stands there.
 */
import { rmSync } from 'node:fs';
import type { BlockColumns } from '../../chain/bitcoin/bulk/index.ts';
import type { MoneyGraph } from '../../graph/index.ts';
import type { Network } from '../../ledger/index.ts';
import { fileLines, ListFile } from './list-file.ts';

/** A list being written. */
export class ClusterList {
  private readonly list: ListFile;
  private readonly beside: string;
  private readonly addresses: ListFile;
  private readonly addressOf: (script: Uint8Array) => string;

  private constructor(file: string, keepBytes: number, addressOf: (script: Uint8Array) => string) {
    this.beside = `${file}.part`;
    this.addresses = new ListFile(this.beside, keepBytes);
    this.list = new ListFile(file, 0);
    this.addressOf = addressOf;
  }

  /** Opens the list and the file beside it, of which the first `keepBytes` bytes are kept. Throws IO. */
  static async open(file: string, network: Network, keepBytes: number): Promise<ClusterList> {
    // Only here: the codecs of addresses take longer to load than a small chain to read.
    const { classifyScript } = await import('../../chain/bitcoin/bulk/index.ts');
    return new ClusterList(file, keepBytes, (script) => {
      const { address } = classifyScript(script, network);
      return address ?? `script:${Buffer.from(script).toString('hex')}`;
    });
  }

  /** Takes the block that the graph has just been given. Throws IO. */
  take({ bytes, outputCount, outputScript }: BlockColumns, graph: MoneyGraph): void {
    graph.newOwners(outputCount, (output, address) => {
      const place = outputScript[2 * output];
      // A copy: codecs do not take shared memory.
      const script = Uint8Array.from(bytes.subarray(place, place + outputScript[2 * output + 1]));
      this.addresses.write(`${this.addressOf(script)},${address}\n`);
    });
  }

  /** Writes what waits. Returns the size in bytes of the file beside the list. Throws IO. */
  flush(): number {
    return this.addresses.flush();
  }

  /** Writes the list, once the graph is whole. Throws IO. */
  finish(graph: MoneyGraph): void {
    this.addresses.flush();
    const roots = new Uint32Array(graph.counts(0).addresses);
    let at = 0;
    for (const piece of graph.clusters()) {
      roots.set(piece, at);
      at += piece.length;
    }
    this.list.write('address,cluster\n');
    for (const line of fileLines(this.beside)) {
      const comma = line.indexOf(',') + 1;
      this.list.write(`${line.slice(0, comma)}${roots[Number(line.slice(comma))]}\n`);
    }
    this.list.flush();
  }

  /** Closes both files; the one beside the list is taken away unless a checkpoint rests on it. */
  close(keep: boolean): void {
    this.list.close();
    this.addresses.close();
    if (!keep) rmSync(this.beside, { force: true });
  }
}
