/**
 * Claim:      how much of each label may lie out of sight while a block is made: what was seeded, less what surely lies on outputs made in earlier
 *             blocks and spent in later ones or has surely ended; and no output of the block holds more than that.
 * Source:     statement (2) of the sketch in `unknown.ts`.
 * Parameters: satoshi of all seeds by label.
 * Cost:       one entry a height and an output.
 * Fails when: never; where nothing is sure the cap is all that was seeded.
 */
import { NONE, type OutputId } from '../ledger/index.ts';

/** Ends of one label on one output, satoshi; labels from 0. */
export interface UnknownInterval {
  readonly label: number;
  readonly lowerSat: number;
  readonly upperSat: number;
}

/** An output that carries or may carry taint. */
export interface UnknownOutput {
  readonly output: OutputId;
  readonly intervals: readonly UnknownInterval[];
}

interface Made {
  readonly output: OutputId;
  readonly height: number;
  /** By label: what surely went to other outputs or the fee of the same transaction. */
  readonly elsewhere: readonly bigint[];
  readonly ends: ReadonlyArray<{ readonly lowerSat: number; readonly upperSat: number }>;
}

/** What is in sight, by height. */
export class Sight {
  private readonly seededSat: readonly number[];
  private readonly made: Made[] = [];
  /** By height: satoshi of each label that went out of sight there, and that came in from earlier blocks or by seeds. */
  private readonly lost = new Map<number, bigint[]>();
  private readonly entered = new Map<number, bigint[]>();

  constructor(seededSat: readonly number[]) {
    this.seededSat = seededSat;
  }

  /** By label: what went out of sight at a height, to be changed in place. */
  lostAt(height: number): bigint[] {
    return this.at(this.lost, height);
  }

  /** By label: what came in at a height, to be changed in place. */
  enteredAt(height: number): bigint[] {
    return this.at(this.entered, height);
  }

  /** Notes an output that may hold something. */
  note(made: Made): void {
    this.made.push(made);
  }

  private at(sums: Map<number, bigint[]>, height: number): bigint[] {
    const known = sums.get(height);
    if (known !== undefined) return known;
    const made = this.seededSat.map(() => 0n);
    sums.set(height, made);
    return made;
  }

  /** Every noted output with its ends capped, and what is out of sight in the end. */
  answer(): { outputs: UnknownOutput[]; outOfSightSat: bigint[] } {
    const none = this.seededSat.map(() => 0n);
    const within = new Map<number, bigint[]>();
    let outOfSight = none;
    for (const height of [...new Set([...this.lost.keys(), ...this.entered.keys()])].sort((a, b) => a - b)) {
      within.set(height, plus(outOfSight, this.entered.get(height) ?? none));
      outOfSight = plus(outOfSight, this.lost.get(height) ?? none);
    }
    const outputs = this.made.flatMap(({ output, height, elsewhere, ends }): UnknownOutput[] => {
      // Without a height an output may be made at any time: all that was seeded may be there.
      const most = height === NONE ? this.seededSat.map(BigInt) : (within.get(height) ?? none);
      const intervals = ends.flatMap(({ lowerSat, upperSat }, label): UnknownInterval[] => {
        const cap = most[label] - elsewhere[label];
        const capped = BigInt(upperSat) > cap ? Number(cap) : upperSat;
        return capped === 0 ? [] : [{ label, lowerSat, upperSat: capped }];
      });
      return intervals.length === 0 ? [] : [{ output, intervals }];
    });
    return { outputs, outOfSightSat: outOfSight };
  }
}

/** Adds what is sure of each label to the change of a transaction (1n comes in, -1n stays in sight). */
export function count(change: bigint[], ends: ReadonlyArray<{ readonly lowerSat: number }>, sign: bigint): void {
  ends.forEach(({ lowerSat }, label) => {
    change[label] += sign * BigInt(lowerSat);
  });
}

function plus(a: readonly bigint[], b: readonly bigint[]): bigint[] {
  return a.map((sat, label) => sat + b[label]);
}
