/**
 * Each rule against a naive full scan with a Map of bigints, on the synthetic chain, in one run: same seeds, same books, ratio of medians.
 * And the engine's cost per tainted transaction from 10^4 to 10^6 transactions.
 */
import assert from 'node:assert/strict';
import { outputId, type TxFrame, txId } from '../../src/ledger/index.ts';
import { propagate, type Seed, type TaintResult } from '../../src/taint/index.ts';
import { type SyntheticChain, syntheticChain } from '../support/synthetic-chain.ts';

/** One line of the table. */
export interface BenchRow {
  readonly name: string;
  readonly oursMs: number;
  readonly peerMs: number | null;
  readonly note: string;
}

/** Part of a column as a plain array. */
function part(column: { readonly [index: number]: number }, from: number, to: number): number[] {
  const values = new Array<number>(to - from);
  for (let at = from; at < to; at += 1) values[at - from] = column[at];
  return values;
}

function frames(chain: SyntheticChain): (tx: number) => TxFrame {
  return (tx) => {
    const [firstIn, lastIn] = [chain.firstInput[tx], chain.firstInput[tx + 1]];
    const [first, last] = [chain.firstOutput[tx], chain.firstOutput[tx + 1]];
    const spender = part(chain.spenderTx, first, last);
    return {
      tx: txId(tx),
      orderKey: tx,
      height: chain.height[tx],
      coinbase: chain.coinbase[tx] === 1,
      inputOutput: part(chain.inputOutput, firstIn, lastIn),
      inputValueSat: part(chain.inputValueSat, firstIn, lastIn),
      inputAddress: [],
      firstOutput: outputId(first),
      outputValueSat: part(chain.outputValueSat, first, last),
      outputAddress: part(chain.outputAddress, first, last),
      outputFlags: part(chain.outputFlags, first, last),
      outputSpender: spender,
      outputSpenderKey: spender,
    };
  };
}

function engine(chain: SyntheticChain, rule: string): TaintResult {
  const frame = frames(chain);
  const seeds = chain.truth.theftOutputs.map(
    (output): Seed => ({
      output: outputId(output),
      tx: txId(chain.truth.theftTransaction),
      orderKey: chain.truth.theftTransaction,
      label: 0,
    }),
  );
  const run = propagate({
    rules: [rule],
    labelCount: 1,
    seeds,
    limits: { maxHops: null, minSat: null, minShareMillionths: null, untilHeight: null },
    conventions: { feeTaint: 'sink', coinbaseOrder: 'fees-first', haircutFee: 'share' },
    serviceAddresses: new Set(),
    stopAtCoinjoin: false,
    lookAhead: 1,
    keepTrail: false,
  });
  let step = run.next();
  while (!step.done) step = run.next({ frames: step.value.transactions.map((tx) => frame(tx)), blocks: [] });
  return step.value;
}

/** The obvious haircut: every transaction of the chain in order, a Map from output to tainted bigint. Returns the fee taint. */
function naiveHaircut(chain: SyntheticChain): bigint {
  const taint = new Map<number, bigint>(
    chain.truth.theftOutputs.map((output) => [output, BigInt(chain.outputValueSat[output])]),
  );
  let feeTaint = 0n;
  for (let tx = 0; tx < chain.transactionCount; tx += 1) {
    let pooled = 0n;
    let room = 0n;
    for (let at = chain.firstInput[tx]; at < chain.firstInput[tx + 1]; at += 1) {
      pooled += taint.get(chain.inputOutput[at]) ?? 0n;
      taint.delete(chain.inputOutput[at]);
      room += BigInt(chain.inputValueSat[at]);
    }
    if (pooled === 0n) continue;
    const outputs = [];
    for (let at = chain.firstOutput[tx]; at < chain.firstOutput[tx + 1]; at += 1) outputs.push(at);
    const values = outputs.map((at) => BigInt(chain.outputValueSat[at]));
    values.push(room - values.reduce((sum, value) => sum + value, 0n));
    const shares = values.map((value) => (pooled * value) / room);
    let left = pooled - shares.reduce((sum, share) => sum + share, 0n);
    const byRemainder = values
      .map((value, index) => ({ index, remainder: (pooled * value) % room }))
      .sort((a, b) => (b.remainder > a.remainder ? 1 : b.remainder < a.remainder ? -1 : a.index - b.index));
    for (const { index } of byRemainder) {
      if (left === 0n) break;
      shares[index] += 1n;
      left -= 1n;
    }
    outputs.forEach((at, index) => {
      if (shares[index] > 0n) taint.set(at, shares[index]);
    });
    feeTaint += shares[outputs.length];
  }
  return feeTaint;
}

/** The obvious FIFO: every transaction, a Map from output to [label, bigint] runs, clean runs too. Returns the fee taint. */
function naiveFifo(chain: SyntheticChain): bigint {
  const runs = new Map<number, Array<[boolean, bigint]>>(
    chain.truth.theftOutputs.map((output) => [output, [[true, BigInt(chain.outputValueSat[output])]]]),
  );
  let feeTaint = 0n;
  for (let tx = 0; tx < chain.transactionCount; tx += 1) {
    const tape: Array<[boolean, bigint]> = [];
    for (let at = chain.firstInput[tx]; at < chain.firstInput[tx + 1]; at += 1) {
      tape.push(
        ...(runs.get(chain.inputOutput[at]) ?? [[false, BigInt(chain.inputValueSat[at])] as [boolean, bigint]]),
      );
      runs.delete(chain.inputOutput[at]);
    }
    if (!tape.some(([tainted]) => tainted)) continue;
    for (let at = chain.firstOutput[tx]; at < chain.firstOutput[tx + 1]; at += 1) {
      let wanted = BigInt(chain.outputValueSat[at]);
      const taken: Array<[boolean, bigint]> = [];
      while (wanted > 0n) {
        const [tainted, length] = tape[0];
        const moved = length < wanted ? length : wanted;
        taken.push([tainted, moved]);
        wanted -= moved;
        if (moved === length) tape.shift();
        else tape[0] = [tainted, length - moved];
      }
      if (taken.some(([tainted]) => tainted)) runs.set(at, taken);
    }
    for (const [tainted, length] of tape) if (tainted) feeTaint += length;
  }
  return feeTaint;
}

/** The obvious poison: a Map from output to true. Returns the number of tainted transactions. */
function naivePoison(chain: SyntheticChain): bigint {
  const tainted = new Map<number, bigint>(chain.truth.theftOutputs.map((output) => [output, 1n]));
  let transactions = 0n;
  for (let tx = 0; tx < chain.transactionCount; tx += 1) {
    let hit = false;
    for (let at = chain.firstInput[tx]; at < chain.firstInput[tx + 1]; at += 1)
      hit = tainted.delete(chain.inputOutput[at]) || hit;
    if (!hit) continue;
    transactions += 1n;
    for (let at = chain.firstOutput[tx]; at < chain.firstOutput[tx + 1]; at += 1)
      if ((chain.outputFlags[at] & 1) === 0) tainted.set(at, 1n);
  }
  return transactions;
}

function timeMs<T>(work: () => T): { ms: number; value: T } {
  const start = performance.now();
  const value = work();
  return { ms: performance.now() - start, value };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Rows of the table: rule against naive at 10^5, then cost per visited transaction by size. */
export function benchTaint(): BenchRow[] {
  const rows: BenchRow[] = [];
  const chain = syntheticChain({ transactions: 100_000, seed: 1 });
  for (const [rule, naive] of [
    ['fifo', naiveFifo],
    ['haircut', naiveHaircut],
    ['poison', naivePoison],
  ] as const) {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const fast = timeMs(() => engine(chain, rule));
      const slow = timeMs(() => naive(chain));
      const { books } = fast.value.value.rules[0];
      const found = books.length > 0 ? books[0].fee : BigInt(fast.value.value.transactionsVisited - 1);
      assert.equal(found, slow.value, `${rule}: engine and naive version agree`);
      ours.push(fast.ms);
      theirs.push(slow.ms);
    }
    rows.push({
      name: `${rule}, 10^5 transactions`,
      oursMs: median(ours),
      peerMs: median(theirs),
      note: 'naive Map and bigint, full scan',
    });
  }
  for (const transactions of [10_000, 100_000, 1_000_000]) {
    const sized = syntheticChain({ transactions, seed: 1 });
    for (const rule of ['fifo', 'haircut']) {
      const { ms, value } = timeMs(() => engine(sized, rule));
      const visited = value.value.transactionsVisited;
      rows.push({
        name: `${rule}, ${transactions} transactions`,
        oursMs: ms,
        peerMs: null,
        note: `${visited} visited, ${((ms * 1000) / visited).toFixed(1)} us each`,
      });
    }
  }
  return rows;
}
