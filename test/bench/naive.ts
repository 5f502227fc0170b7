/**
 * What one would write first: every transaction of the chain in order, a Map from output to taint, bigint amounts. Reads the same frames as the
 * engine, so that both pay the same for facts. Each returns one number that the engine must agree with.
 */
import { OUTPUT_UNSPENDABLE, type TxFrame } from '../../src/ledger/index.ts';

/** A chain as the naive versions see it. */
export interface NaiveCase {
  readonly transactionCount: number;
  readonly frame: (tx: number) => TxFrame;
  readonly seeds: readonly number[];
  /** Addresses where taint stops. */
  readonly services: ReadonlySet<number>;
}

function stops(given: NaiveCase, frame: TxFrame, vout: number): boolean {
  return given.services.has(frame.outputAddress[vout]) || (frame.outputFlags[vout] & OUTPUT_UNSPENDABLE) !== 0;
}

/** Seeds of a transaction with their value, by output. */
function seedValue(given: NaiveCase, frame: TxFrame, vout: number): bigint {
  return given.seeds.includes(frame.firstOutput + vout) ? BigInt(frame.outputValueSat[vout]) : 0n;
}

/** Haircut by largest remainder, one label. Returns the taint paid as fees. */
export function naiveHaircut(given: NaiveCase): bigint {
  const taint = new Map<number, bigint>();
  let feeTaint = 0n;
  for (let tx = 0; tx < given.transactionCount; tx += 1) {
    const frame = given.frame(tx);
    let pooled = 0n;
    for (const output of frame.inputOutput) {
      pooled += taint.get(output) ?? 0n;
      taint.delete(output);
    }
    const values = frame.outputValueSat.map(BigInt);
    if (pooled > 0n) {
      const room = frame.inputValueSat.reduce((sum, valueSat) => sum + BigInt(valueSat), 0n);
      values.push(room - values.reduce((sum, value) => sum + value, 0n));
      const shares = values.map((value) => (pooled * value) / room);
      const left = Number(pooled - shares.reduce((sum, share) => sum + share, 0n));
      const remainders = values.map((value, index) => ({ index, remainder: (pooled * value) % room }));
      remainders.sort((a, b) => (b.remainder > a.remainder ? 1 : b.remainder < a.remainder ? -1 : a.index - b.index));
      for (const { index } of remainders.slice(0, left)) shares[index] += 1n;
      feeTaint += shares.pop() ?? 0n;
      shares.forEach((share, vout) => {
        if (share > 0n && !stops(given, frame, vout)) taint.set(frame.firstOutput + vout, share);
      });
    }
    for (let vout = 0; vout < frame.outputValueSat.length; vout += 1) {
      const seeded = seedValue(given, frame, vout);
      if (seeded > 0n) taint.set(frame.firstOutput + vout, seeded);
    }
  }
  return feeTaint;
}

type Run = [tainted: boolean, lengthSat: bigint];

/** Takes `wanted` satoshi off the front of a tape of runs. */
function take(tape: Run[], wanted: bigint): Run[] {
  const taken: Run[] = [];
  let left = wanted;
  while (left > 0n) {
    const [tainted, length] = tape[0];
    const moved = length < left ? length : left;
    taken.push([tainted, moved]);
    left -= moved;
    if (moved === length) tape.shift();
    else tape[0] = [tainted, length - moved];
  }
  return taken;
}

/** FIFO over runs. Returns the taint paid as fees. */
export function naiveFifo(given: NaiveCase): bigint {
  const runs = new Map<number, Run[]>();
  let feeTaint = 0n;
  for (let tx = 0; tx < given.transactionCount; tx += 1) {
    const frame = given.frame(tx);
    const tape = frame.inputOutput.flatMap(
      (output, vin): Run[] => runs.get(output) ?? [[false, BigInt(frame.inputValueSat[vin])]],
    );
    for (const output of frame.inputOutput) runs.delete(output);
    if (tape.some(([tainted]) => tainted)) {
      frame.outputValueSat.forEach((valueSat, vout) => {
        const taken = take(tape, BigInt(valueSat));
        if (taken.some(([tainted]) => tainted) && !stops(given, frame, vout)) runs.set(frame.firstOutput + vout, taken);
      });
      for (const [tainted, length] of tape) if (tainted) feeTaint += length;
    }
    for (let vout = 0; vout < frame.outputValueSat.length; vout += 1) {
      const seeded = seedValue(given, frame, vout);
      if (seeded > 0n) runs.set(frame.firstOutput + vout, [[true, seeded]]);
    }
  }
  return feeTaint;
}

/** Poison. Returns the number of transactions that taint enters. */
export function naivePoison(given: NaiveCase): bigint {
  const tainted = new Map<number, bigint>();
  let transactions = 0n;
  for (let tx = 0; tx < given.transactionCount; tx += 1) {
    const frame = given.frame(tx);
    let hit = false;
    for (const output of frame.inputOutput) hit = tainted.delete(output) || hit;
    if (hit) transactions += 1n;
    for (let vout = 0; vout < frame.outputValueSat.length; vout += 1) {
      const reached = (hit && !stops(given, frame, vout)) || seedValue(given, frame, vout) > 0n;
      if (reached) tainted.set(frame.firstOutput + vout, 1n);
    }
  }
  return transactions;
}
