/**
 * The list of clusters: `address,cluster`, one line for each address in the order in which they first appear; the cluster is the number of its first
 * address. A second pass over the blocks, because the graph keeps numbers and no text. A bare public key has no address: its script stands there.
 */
import type { BlockColumns } from '../../chain/bitcoin/bulk/index.ts';
import type { MoneyGraph } from '../../graph/index.ts';
import type { Network } from '../../ledger/index.ts';
import { ListFile } from './list-file.ts';

/** A list being written. */
export class ClusterList {
  private readonly list: ListFile;
  private readonly graph: MoneyGraph;
  private readonly addressOf: (script: Uint8Array) => string;
  private readonly roots: Uint32Array;

  private constructor(file: string, graph: MoneyGraph, addressOf: (script: Uint8Array) => string) {
    this.list = new ListFile(file, 0);
    this.list.write('address,cluster\n');
    this.graph = graph;
    this.addressOf = addressOf;
    this.roots = new Uint32Array(graph.counts(0).addresses);
    let at = 0;
    for (const piece of graph.clusters()) {
      this.roots.set(piece, at);
      at += piece.length;
    }
  }

  /** Opens the list. Throws IO. */
  static async open(file: string, graph: MoneyGraph, network: Network): Promise<ClusterList> {
    // Only here: the codecs of addresses take longer to load than a small chain to read.
    const { classifyScript } = await import('../../chain/bitcoin/bulk/index.ts');
    return new ClusterList(file, graph, (script) => {
      const { address } = classifyScript(script, network);
      return address ?? `script:${Buffer.from(script).toString('hex')}`;
    });
  }

  /** Takes the next block of the second pass. */
  take(columns: BlockColumns): void {
    const { bytes, outputScript } = columns;
    this.graph.newOwners(columns, (output, address) => {
      const place = outputScript[2 * output];
      // A copy: codecs do not take shared memory.
      const script = Uint8Array.from(bytes.subarray(place, place + outputScript[2 * output + 1]));
      this.list.write(`${this.addressOf(script)},${this.roots[address]}\n`);
    });
  }

  close(): void {
    this.list.close();
  }
}
