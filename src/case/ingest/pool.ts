/** Questions to a source several at a time. */

/**
 * Does `work` on items in their order, at most `width` at a time. Before each item `mayGoOn` is asked; once it says no, or an item fails, no further
 * one is begun, those under way are waited for, and then the first failure is thrown.
 */
export async function inPool<Item>(
  items: readonly Item[],
  how: { width: number; mayGoOn: () => boolean },
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && failures.length === 0 && how.mayGoOn()) {
      const item = items[next];
      next += 1;
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(how.width, items.length)) }, lane));
  if (failures.length > 0) throw failures[0];
}
