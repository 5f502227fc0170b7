/**
 * A graph under construction as it can be kept and taken up: the numbers that its kernel has outside of its memory, and the pages of the memory that
 * hold anything. Good for the same kernel only, between two blocks, before anything is asked of the graph.
 */
import type { GraphExports } from './kernel-exports.ts';

const PAGE_BYTES = 65_536;
const EMPTY_PAGE = Buffer.alloc(PAGE_BYTES);

/** What is taken up first. */
export interface GraphState {
  /** Size of the memory in pages of 64 KiB. */
  readonly pages: number;
  /** Address of the staging buffers' table. */
  readonly table: number;
  /** Numbers of the kernel by name, as decimal text. */
  readonly numbers: Readonly<Record<string, string>>;
  /** Number of the first transaction of each block. */
  readonly firsts: readonly number[];
}

/** One page of the memory. */
export interface GraphPage {
  readonly page: number;
  readonly bytes: Uint8Array;
}

function* numbersOf(kernel: GraphExports): Generator<[name: string, number: WebAssembly.Global<number | bigint>]> {
  for (const [name, value] of Object.entries(kernel)) if (value instanceof WebAssembly.Global) yield [name, value];
}

/** The kernel's numbers and the size of its memory. */
export function kernelState(kernel: GraphExports): Pick<GraphState, 'pages' | 'numbers'> {
  const numbers = Object.fromEntries([...numbersOf(kernel)].map(([name, { value }]) => [name, String(value)]));
  return { pages: kernel.memory.buffer.byteLength / PAGE_BYTES, numbers };
}

/** Pages that are not empty, as they lie: good until the kernel goes on. */
export function* kernelPages({ memory }: GraphExports): Generator<GraphPage> {
  for (let page = 0; page * PAGE_BYTES < memory.buffer.byteLength; page += 1) {
    const bytes = new Uint8Array(memory.buffer, page * PAGE_BYTES, PAGE_BYTES);
    if (!EMPTY_PAGE.equals(bytes)) yield { page, bytes };
  }
}

/** Makes a fresh kernel the one that was kept, but for its pages. */
export function restoreKernel(kernel: GraphExports, { pages, numbers }: Pick<GraphState, 'pages' | 'numbers'>): void {
  const has = kernel.memory.buffer.byteLength / PAGE_BYTES;
  if (pages > has) kernel.memory.grow(pages - has);
  for (const [name, number] of numbersOf(kernel)) {
    number.value = typeof number.value === 'bigint' ? BigInt(numbers[name]) : Number(numbers[name]);
  }
}

/** Puts a page back. */
export function restorePage({ memory }: GraphExports, { page, bytes }: GraphPage): void {
  new Uint8Array(memory.buffer, page * PAGE_BYTES, PAGE_BYTES).set(bytes);
}
