/**
 * What waits for a thread, one line for each client: the lines take turns, so that whoever has put a thousand questions keeps another, who has one, waiting
 * for one question and not for a thousand. Within a line the order is that of coming.
 */
interface Line<T> {
  items: T[];
  head: number;
}

/** Lines that take turns, and what goes before them all. */
export class FairQueue<T> {
  /** In the order of their turns. */
  private readonly lines = new Map<string, Line<T>>();
  private first: T[] = [];
  private count = 0;

  /** Everything that waits. */
  get length(): number {
    return this.count;
  }

  /** What waits of one client. */
  lengthOf(owner: string): number {
    const line = this.lines.get(owner);
    return line === undefined ? 0 : line.items.length - line.head;
  }

  /** Puts something at the end of the line of a client. */
  push(owner: string, item: T): void {
    const line = this.lines.get(owner);
    if (line === undefined) this.lines.set(owner, { items: [item], head: 0 });
    else line.items.push(item);
    this.count += 1;
  }

  /** Puts something before all that waits. */
  pushFirst(...items: readonly T[]): void {
    this.first = [...items, ...this.first];
    this.count += items.length;
  }

  /** Takes at most so much, in turns. */
  take(most: number): T[] {
    const taken = this.first.splice(0, most);
    while (taken.length < most) {
      const [turn] = this.lines;
      if (turn === undefined) break;
      const [owner, line] = turn;
      taken.push(line.items[line.head]);
      line.head += 1;
      // A line whose turn it was goes behind the others; one that is over goes.
      this.lines.delete(owner);
      if (line.head < line.items.length) this.lines.set(owner, line);
      if (line.head * 2 > line.items.length) {
        line.items = line.items.slice(line.head);
        line.head = 0;
      }
    }
    this.count -= taken.length;
    return taken;
  }
}
