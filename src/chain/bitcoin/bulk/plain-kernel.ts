/**
 * The plain parser behind the kernel's face: the fallback where WebAssembly cannot be had, the oracle of the kernel in the tests, and what says why
 * a block is refused.
 */
import { type BlockColumns, emptyColumns } from './columns.ts';
import { type BlockParser, type FeedParts, MAX_COLUMNS } from './kernel.ts';
import { ColumnsParser, checkColumnsRoot } from './parse-columns.ts';

/** Parses in plain TypeScript. Throws where the kernel only says no. */
export class PlainKernel implements BlockParser {
  readonly block: Uint8Array;
  readonly undo: Uint8Array;
  columns: BlockColumns = emptyColumns();
  private readonly parser = new ColumnsParser();
  private parts: FeedParts = { txids: false, owners: false, undo: false, root: false };
  private length = 0;

  constructor(undoBytes: number) {
    this.block = new Uint8Array(MAX_COLUMNS.bytes);
    this.undo = new Uint8Array(undoBytes);
  }

  unmask(what: 'block' | 'undo', length: number, { key, place }: { key: Uint8Array; place: number }): void {
    const bytes = this[what];
    for (let at = 0; at < length; at += 1) bytes[at] ^= key[(place + at) % key.length];
  }

  parse(length: number, parts: FeedParts): boolean {
    this.length = length;
    this.parts = parts;
    const txids = parts.txids || parts.root;
    this.columns = this.parser.parse(this.block.subarray(0, length), { txids, undo: false });
    if (parts.root) checkColumnsRoot(this.columns);
    return true;
  }

  parseUndo(length: number): boolean {
    const { block, parts, undo } = this;
    this.columns = this.parser.parse(block.subarray(0, this.length), parts, undo.subarray(0, length));
    return true;
  }
}
