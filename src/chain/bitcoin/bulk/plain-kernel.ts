/**
 * The plain parser behind the kernel's face: the fallback where WebAssembly cannot be had, the oracle of the kernel in the tests, and what says why
 * a block is refused.
 */
import { type BlockColumns, emptyColumns } from './columns.ts';
import { type BlockParser, type FeedParts, MAX_COLUMNS } from './kernel.ts';
import { OWNER_SEEDS } from './owner-key.ts';
import { ColumnsParser, checkColumnsRoot } from './parse-columns.ts';
import { UndoReader } from './parse-undo.ts';

/** Parses in plain TypeScript. Throws where the kernel only says no. */
export class PlainKernel implements BlockParser {
  readonly block: Uint8Array;
  readonly undo: Uint8Array;
  columns: BlockColumns = emptyColumns();
  private readonly parser = new ColumnsParser();
  private parts: FeedParts | null = null;
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

  adopt({ transactionCount, firstInput }: Pick<BlockColumns, 'transactionCount' | 'firstInput'>): void {
    const inputCount = firstInput[transactionCount];
    this.parts = null;
    this.columns = {
      ...emptyColumns(),
      transactionCount,
      inputCount,
      firstInput: firstInput.slice(0, transactionCount + 1),
      firstOutput: new Uint32Array(transactionCount + 1),
      inputValueSat: new Float64Array(inputCount),
      inputOwner: new Uint32Array(2 * inputCount),
    };
  }

  parseUndo(length: number): boolean {
    const { block, parts, undo } = this;
    if (parts === null) {
      new UndoReader(OWNER_SEEDS).read(undo.subarray(0, length), this.columns);
      return true;
    }
    const wanted = { txids: parts.txids || parts.root, undo: true };
    this.columns = this.parser.parse(block.subarray(0, this.length), wanted, undo.subarray(0, length));
    return true;
  }
}
