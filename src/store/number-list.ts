/** A growing list of numbers without holes, 8 bytes each. */
export class NumberList {
  size = 0;
  private values = new Float64Array(1024);

  push(value: number): void {
    if (this.size === this.values.length) {
      const grown = new Float64Array(2 * this.size);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.size] = value;
    this.size += 1;
  }

  /** Value at a place below `size`. */
  get(index: number): number {
    return this.values[index];
  }

  set(index: number, value: number): void {
    this.values[index] = value;
  }
}
