/**
 * Labels in the order in which they are first seeded, so that rounding hangs on places in the chain and not on the numbers that the caller gave them.
 */
export class LabelOrder {
  /** The caller's labels by inner number. */
  readonly outer: number[] = [];
  readonly count: number;
  private readonly innerOf: number[];

  constructor(labelCount: number) {
    this.count = labelCount;
    this.innerOf = new Array<number>(labelCount).fill(-1);
  }

  /** Inner number of the caller's label; the next free one at its first seed. */
  inner(outer: number): number {
    if (!(outer >= 0 && outer < this.count)) throw new Error(`label ${outer} of a seed is not below ${this.count}`);
    if (this.innerOf[outer] < 0) {
      this.innerOf[outer] = this.outer.length;
      this.outer.push(outer);
    }
    return this.innerOf[outer];
  }

  /** Amounts above zero with the caller's labels, ascending. */
  amounts(parts: readonly bigint[]): Array<readonly [label: number, amount: bigint]> {
    const found: Array<readonly [number, bigint]> = [];
    for (let label = 0; label < this.outer.length; label += 1) {
      if (parts[label] > 0n) found.push([this.outer[label], parts[label]]);
    }
    return found.length < 2 ? found : found.sort(([a], [b]) => a - b);
  }
}
