/** Lists that a bulk command writes besides its answer: coins, clusters, resting places. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { SpoorError } from '../../ledger/index.ts';

const BATCH_CHARACTERS = 1 << 20;

/** A file that is written in order, in large pieces, and that can be cut back to where a checkpoint saw it. */
export class ListFile {
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
      throw new SpoorError(
        'IO',
        `the list cannot be written: ${reason}`,
        { file: this.name },
        'check folder, permissions and space',
      );
    }
  }
}

/** Lines of a file, one after the other; a last one without its end too. */
export function* fileLines(file: string): Generator<string> {
  const descriptor = openSync(file, 'r');
  const piece = Buffer.alloc(BATCH_CHARACTERS);
  let rest = Buffer.alloc(0);
  try {
    for (let count = readSync(descriptor, piece); count > 0; count = readSync(descriptor, piece)) {
      let from = 0;
      const bytes = Buffer.concat([rest, piece.subarray(0, count)]);
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        yield bytes.toString('utf8', from, end);
        from = end + 1;
      }
      rest = bytes.subarray(from);
    }
  } finally {
    closeSync(descriptor);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}
