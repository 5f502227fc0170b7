/** The graph kernel as TypeScript sees it. */

/** A number that the kernel exports. */
interface Value {
  readonly value: number;
}

/** An amount, satoshi. */
interface Amount {
  readonly value: bigint;
}

/** What the kernel exports; numbers are signed as WebAssembly hands them out. */
export interface GraphExports {
  readonly memory: WebAssembly.Memory;
  readonly transactionCount: Value;
  readonly inputCount: Value;
  readonly outputCount: Value;
  readonly spentCount: Value;
  readonly missingCount: Value;
  readonly doubleCount: Value;
  readonly addressCount: Value;
  readonly mergeCount: Value;
  readonly reservedBytes: Value;
  readonly met: Value;
  prepare(
    transactions: number,
    addresses: number,
    blockTransactions: number,
    blockInputs: number,
    blockOutputs: number,
  ): number;
  insertIds(from: number, transactions: number): number;
  addException(head: bigint, number: number): void;
  findTransaction(head: bigint): number;
  findNumber(key: bigint): number;
  addBlock(transactions: number, inputs: number, outputs: number): void;
  addSpends(transactions: number, inputs: number, outputs: number): void;
  settle(): number;
  listOwners(outputs: number): number;
  valueAt(output: number): number;
  firstOutputOf(transaction: number): number;
  at32(array: number, index: number): number;
  placeForSeeds(count: number): number;
  begin(
    kind: number,
    fees: number,
    inOrder: number,
    outOrder: number,
    feeFirst: number,
    boundary: number,
    withHops: number,
  ): void;
  walk(from: number, end: number): void;
  visitCoinbase(transaction: number, end: number, subsidySat: number): void;
  nextEntered(from: number, limit: number): number;
  nextRest(from: number, end: number): number;
  hopsAt(transaction: number): number;
  taintAt(output: number): number;
  fateOf(output: number): number;
  readonly seededSat: Amount;
  readonly heldSat: Amount;
  readonly feeSat: Amount;
  readonly cutSat: Amount;
  readonly burnedSat: Amount;
  readonly reached: Value;
  readonly overdrawn: Value;
}
