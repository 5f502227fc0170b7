/** Every path between accounts there is, one by one, then sorted: what the k best paths are held against. */
import type { AccountFrame, AccountView } from '../../src/ledger/index.ts';

/** What is asked, in plain numbers; the three tests of a frame as the engine is asked. */
export interface PlainAccountPathQuestion {
  readonly by: 'value' | 'time' | 'hops';
  readonly count: number;
  readonly from: ReadonlySet<number>;
  readonly to: ReadonlySet<number>;
  readonly assets: ReadonlySet<number>;
  readonly maxHops: number;
  readonly stops: ReadonlySet<number>;
  passes(frame: AccountFrame): boolean;
  starts(frame: AccountFrame): boolean;
  ends(frame: AccountFrame): boolean;
}

/** A path: places of its moves among all effects of the view, counted from 0. */
export interface PlainAccountPath {
  readonly places: readonly number[];
  readonly bottleneck: bigint;
  readonly elapsedSec: number | null;
}

/** The best paths by enumeration. */
export function accountPathOracle(view: AccountView, question: PlainAccountPathQuestion): PlainAccountPath[] {
  const all = [...view.frames()].flatMap((frame) => frame.effects.map((effect) => ({ frame, ...effect })));
  const found: PlainAccountPath[] = [];
  const walk = (places: readonly number[], met: readonly number[], holder: number, asset: number | null): void => {
    const last = places.length === 0 ? null : all[places[places.length - 1]];
    if (last !== null && question.to.has(holder) && question.ends(last.frame)) {
      const amounts = places.map((place) => all[place].amount);
      const [first, end] = [all[places[0]].frame.timestampSec, last.frame.timestampSec];
      found.push({
        places,
        bottleneck: amounts.reduce((least, one) => (one < least ? one : least)),
        elapsedSec: first === null || end === null ? null : end - first,
      });
    }
    if (last !== null && (question.to.has(holder) || question.stops.has(holder))) return;
    if (places.length === question.maxHops) return;
    const after = places.length === 0 ? 0 : places[places.length - 1] + 1;
    for (let place = after; place < all.length; place += 1) {
      const move = all[place];
      if (move.kind !== 'move' || move.from !== holder || !question.passes(move.frame)) continue;
      if (!question.assets.has(move.asset) || (asset !== null && move.asset !== asset)) continue;
      if (last === null && !question.starts(move.frame)) continue;
      if (met.includes(move.to) || question.from.has(move.to)) continue;
      walk([...places, place], [...met, move.to], move.to, move.asset);
    }
  };
  for (const start of question.from) walk([], [start], start, null);
  return found.sort((a, b) => compare(a, b, question.by)).slice(0, question.count);
}

function compare(a: PlainAccountPath, b: PlainAccountPath, by: PlainAccountPathQuestion['by']): number {
  const value = a.bottleneck === b.bottleneck ? 0 : a.bottleneck > b.bottleneck ? -1 : 1;
  const hops = a.places.length - b.places.length;
  const time = (a.elapsedSec ?? Number.MAX_VALUE) - (b.elapsedSec ?? Number.MAX_VALUE);
  const orders = { value: value || hops, time: time || hops, hops: hops || value };
  const differing = a.places.findIndex((place, index) => place !== b.places[index]);
  return orders[by] || (differing < 0 ? 0 : a.places[differing] - b.places[differing]);
}
