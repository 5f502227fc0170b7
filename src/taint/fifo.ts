/**
 * Claim:      the first satoshi that goes in is the first that comes out.
 * Source:     Devaynes v Noble (Clayton's case) 1816; Anderson, Shumailov, Ahmed, "Making Bitcoin Legal", 2018 (src/taint/README.md).
 * Parameters: none. The unit of account is the output; inputs in vin order, outputs in vout order, the fee takes the tail.
 * Cost:       O(inputs + outputs + segments) per transaction; lossless, so segments grow with cuts and merges.
 * Fails when: the order of inputs or outputs carries no meaning (coinjoins, sorted transactions): the answer then rests on a convention.
 */
import type { Divided, Division, TaintRule, TaintState } from './rule.ts';

/** Appends a run to a segment list of flat (label, length) pairs, merging with the last run of the same label. */
function append(segments: number[], label: number, lengthSat: number): void {
  const last = segments.length - 2;
  if (last >= 0 && segments[last] === label) segments[last + 1] += lengthSat;
  else segments.push(label, lengthSat);
}

/** A list that is one clean run is kept as `null`. */
function cleanToNull(segments: number[]): TaintState | null {
  if (segments.length === 0) return null;
  return segments.length === 2 && segments[0] === 0 ? null : segments;
}

/** Walks the concatenated inputs run by run: `take(n)` moves the next n satoshi into a list. */
class InputTape {
  private input = 0;
  private pair = 0;
  private usedSat = 0;
  private readonly division: Division;

  constructor(division: Division) {
    this.division = division;
  }

  /** Moves up to `wantedSat` satoshi from the front of the tape to `into`. */
  take(wantedSat: number, into: number[]): void {
    const { inputState, inputValueSat } = this.division;
    let wanted = wantedSat;
    while (wanted > 0 && this.input < inputValueSat.length) {
      const state = inputState[this.input];
      const label = state === null ? 0 : state[this.pair];
      const runSat = (state === null ? inputValueSat[this.input] : state[this.pair + 1]) - this.usedSat;
      const moved = Math.min(runSat, wanted);
      if (moved > 0) append(into, label, moved);
      wanted -= moved;
      if (moved < runSat) {
        this.usedSat += moved;
        return;
      }
      this.usedSat = 0;
      this.pair += 2;
      if (state === null || this.pair >= state.length) {
        this.pair = 0;
        this.input += 1;
      }
    }
  }
}

function divide(division: Division): Divided {
  const tape = new InputTape(division);
  const outputs = division.outputValueSat.map((valueSat) => {
    const segments: number[] = [];
    tape.take(valueSat, segments);
    return cleanToNull(segments);
  });
  const tail: number[] = [];
  tape.take(Number.MAX_SAFE_INTEGER, tail);
  return { outputs, rest: cleanToNull(tail) };
}

/** First in, first out, over run-length segments. State: (label, length) pairs whose lengths sum to the output's value. */
export const fifo: TaintRule = {
  name: 'fifo',
  conserves: true,
  divide,
  seed(existing, valueSat, label) {
    if (valueSat === 0) return { state: null, filledSat: 0 };
    const before = existing ?? [0, valueSat];
    const segments: number[] = [];
    let filledSat = 0;
    for (let pair = 0; pair < before.length; pair += 2) {
      const clean = before[pair] === 0;
      if (clean) filledSat += before[pair + 1];
      append(segments, clean ? label : before[pair], before[pair + 1]);
    }
    return { state: filledSat === 0 ? existing : segments, filledSat };
  },
  only(state, labels) {
    const segments: number[] = [];
    for (let pair = 0; pair < state.length; pair += 2)
      append(segments, labels.has(state[pair]) ? state[pair] : 0, state[pair + 1]);
    return cleanToNull(segments);
  },
  labels(state) {
    return this.amounts(state, 0).map(([label]) => label);
  },
  amounts(state) {
    const byLabel = new Map<number, number>();
    for (let pair = 0; pair < state.length; pair += 2) {
      if (state[pair] !== 0) byLabel.set(state[pair], (byLabel.get(state[pair]) ?? 0) + state[pair + 1]);
    }
    return [...byLabel].sort((a, b) => a[0] - b[0]);
  },
};
