/**
 * The slow obvious way to the mappings of a coinjoin: every partition of the inputs, every assignment of outputs to its
 * sets, one by one; and every
 * way marked satoshi can lie inside a set. For a handful of inputs and outputs only.
 */
import type { Intrafees, MappingQuestion } from '../../src/pattern/index.ts';

/** One owner: places of his inputs and outputs. */
export interface OwnerSet {
  readonly vins: readonly number[];
  readonly vouts: readonly number[];
}

function* partitions(items: readonly number[]): Generator<number[][]> {
  const [first, ...rest] = items;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const smaller of partitions(rest)) {
    yield [[first], ...smaller];
    for (let at = 0; at < smaller.length; at += 1)
      yield smaller.map((set, own) => (own === at ? [first, ...set] : set));
  }
}

function sumAt(valuesSat: readonly number[], places: readonly number[]): number {
  return places.reduce((sum, place) => sum + valuesSat[place]!, 0);
}

/** Whether one owner may pay in and get out so much. */
function fair(owner: OwnerSet, question: MappingQuestion): boolean {
  const { inputsSat, outputsSat, oneEachSat } = question;
  const { makerSat, takerSat }: Intrafees = question.intrafees;
  const feeSat = sumAt(inputsSat, [...inputsSat.keys()]) - sumAt(outputsSat, [...outputsSat.keys()]);
  const leftSat = sumAt(inputsSat, owner.vins) - sumAt(outputsSat, owner.vouts);
  if (leftSat < -makerSat || leftSat > feeSat + takerSat) return false;
  return oneEachSat.every((valueSat) => owner.vouts.filter((vout) => outputsSat[vout] === valueSat).length <= 1);
}

/** Every mapping that the question allows. */
export function* allMappings(question: MappingQuestion): Generator<OwnerSet[]> {
  const { inputsSat, outputsSat } = question;
  for (const sets of partitions([...inputsSat.keys()])) {
    const assigned = outputsSat.map(() => 0);
    for (let more = true; more; ) {
      const owners = sets.map((vins, own) => ({
        vins,
        vouts: [...outputsSat.keys()].filter((vout) => assigned[vout] === own),
      }));
      if (owners.every((owner) => fair(owner, question))) yield owners;
      let at = 0;
      while (at < assigned.length && assigned[at] === sets.length - 1) {
        assigned[at] = 0;
        at += 1;
      }
      more = at < assigned.length;
      if (more) assigned[at]! += 1;
    }
  }
}

/**
 * Least and most marked satoshi on each output over all mappings, by trying every way the marked satoshi of an owner
 * can lie on his outputs and in
 * what he leaves to the miner. For questions without fees between owners.
 */
export function boundsByTrial(
  question: MappingQuestion,
  markedSat: readonly number[],
): Array<{ leastSat: number; mostSat: number } | null> {
  const found: Array<{ leastSat: number; mostSat: number } | null> = question.outputsSat.map(() => null);
  for (const owners of allMappings(question)) {
    for (const { vins, vouts } of owners) {
      const slots = vouts.map((vout) => question.outputsSat[vout]!);
      const leftSat = sumAt(question.inputsSat, vins) - slots.reduce((sum, sat) => sum + sat, 0);
      for (const lying of divisions(sumAt(markedSat, vins), [...slots, leftSat])) {
        vouts.forEach((vout, at) => {
          const before = found[vout];
          const here = lying[at]!;
          found[vout] = {
            leastSat: Math.min(here, before?.leastSat ?? here),
            mostSat: Math.max(here, before?.mostSat ?? here),
          };
        });
      }
    }
  }
  return found;
}

/** Every way to put `amount` into slots of these sizes. */
function* divisions(amount: number, slots: readonly number[]): Generator<number[]> {
  const [size, ...rest] = slots;
  if (size === undefined) {
    if (amount === 0) yield [];
    return;
  }
  for (let here = 0; here <= Math.min(size, amount); here += 1)
    for (const others of divisions(amount - here, rest)) yield [here, ...others];
}
