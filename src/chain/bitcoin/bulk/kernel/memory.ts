/** Where everything lies. One bump pointer, nothing is ever given back: a worker makes its buffers once and reuses them for every block. */

let top: usize = 0;

/** `bytes` of memory, aligned to 16. Traps when the machine gives no more. */
export function reserve(bytes: usize): usize {
  if (top == 0) top = (__heap_base + 15) & ~15;
  const start = top;
  top = (top + bytes + 15) & ~15;
  const pages = <i32>((top + 0xffff) >>> 16);
  if (pages > memory.size() && memory.grow(pages - memory.size()) < 0) unreachable();
  return start;
}
