/**
 * Claim:      lists of moves (or events) of one transaction from several sources become one list, the same whatever came first, or are refused.
 * Source:     our own. A list by account holds every move between that account and another, and a list by token every move of that token: so whoever tells of one
 *             move between two accounts in an asset (a group) tells of all of them, and sources must agree group by group.
 * Parameters: none.
 * Cost:       O(moves log moves).
 * Fails when: a page of a list ends inside a transaction, between two moves of one group: the two pages contradict each other and must be read as one file.
 *
 * The order of equal moves of a group is that of their traces, or of their logs, and of their steps: both only grow inside a transaction, so they are matched
 * by rank. Moves of zero say little (they are used to poison histories), some sources leave them out: the greatest count of each stands.
 */
import { SpoorError } from '../../ledger/index.ts';

/** One move or event. `group` says between whom and in which asset, or for an event all it says. */
export interface ListItem<What> {
  readonly what: What;
  readonly group: string;
  readonly amount: bigint;
  readonly approximate: boolean;
  /** Trace address, or index of the log. */
  readonly place: string | null;
  readonly step: number | null;
}

/** A list as far as it is known. */
export interface FactList<What> {
  /** Whether any source tells of it; what follows is empty where none does. */
  readonly told: boolean;
  /** Whether it names every move. */
  readonly whole: boolean;
  readonly items: ReadonlyArray<ListItem<What>>;
}

/** How far an amount that went through a float may lie from the true one: its 2^-50th, some steps of the 53 bits a float keeps. */
const FLOAT_BITS = 50n;

/** Whether an approximate amount may stand for another. */
export function isNear(a: bigint, b: bigint): boolean {
  const [low, high] = a < b ? [a, b] : [b, a];
  return high - low <= high >> FLOAT_BITS;
}

/** Below this a float holds every whole number, so nothing was lost. */
const EXACT_BELOW = 1n << 53n;

/** Whether an amount of a source that went through floats may have lost digits. */
export function isDamaged(amount: bigint): boolean {
  return amount >= EXACT_BELOW;
}

function disagree(message: string): SpoorError {
  return new SpoorError('SOURCES_DISAGREE', message);
}

/** Orders trace addresses as a walk over the frames meets them, and log indexes by number. */
export function comparePlaces(a: string, b: string): number {
  const [left, right] = [a.split('_').map(Number), b.split('_').map(Number)];
  for (let depth = 0; depth < Math.min(left.length, right.length); depth += 1) {
    if (left[depth] !== right[depth]) return left[depth] - right[depth];
  }
  return left.length - right.length;
}

function byAmount(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

function compareItems<What>(a: ListItem<What>, b: ListItem<What>): number {
  if (a.place !== null && b.place !== null && a.place !== b.place) return comparePlaces(a.place, b.place);
  if ((a.place === null) !== (b.place === null)) return a.place === null ? 1 : -1;
  if (a.step !== b.step) return (a.step ?? Number.POSITIVE_INFINITY) - (b.step ?? Number.POSITIVE_INFINITY);
  return a.group < b.group ? -1 : a.group > b.group ? 1 : byAmount(a.amount, b.amount);
}

function groupsOf<What>(items: ReadonlyArray<ListItem<What>>): Map<string, Array<ListItem<What>>> {
  const groups = new Map<string, Array<ListItem<What>>>();
  for (const item of items) {
    const group = groups.get(item.group) ?? [];
    group.push(item);
    groups.set(item.group, group);
  }
  return groups;
}

type Pick<What> = (a: What, b: What) => What;

/** The amount two sources agree on: an exact one before an approximate one. */
function agreed<What>(a: ListItem<What>, b: ListItem<What>): { amount: bigint; approximate: boolean } {
  if (a.amount === b.amount) return { amount: a.amount, approximate: a.approximate && b.approximate };
  if ((!a.approximate && !b.approximate) || !isNear(a.amount, b.amount))
    throw disagree(`one source has ${a.amount} between the same accounts (${a.group}), another ${b.amount}`);
  if (!a.approximate || !b.approximate) return { amount: a.approximate ? b.amount : a.amount, approximate: false };
  return { amount: a.amount < b.amount ? a.amount : b.amount, approximate: true };
}

/** Equal moves: how many there are, what is known of their places and steps. */
class EqualMoves<What> {
  count = 0;
  private readonly places = new Set<string>();
  private readonly steps = new Set<number>();
  private what: What;
  private readonly first: ListItem<What>;
  private readonly pick: Pick<What>;

  constructor(first: ListItem<What>, pick: Pick<What>) {
    this.first = first;
    this.what = first.what;
    this.pick = pick;
  }

  /** Takes in what one source says of one of them. The order of moves in an approximate table is no one's statement. */
  tell({ approximate, place, step, what }: ListItem<What>): void {
    this.what = this.pick(this.what, what);
    if (approximate) return;
    if (place !== null) this.places.add(place);
    if (step !== null) this.steps.add(step);
  }

  items(amount: bigint, approximate: boolean): Array<ListItem<What>> {
    const most = Math.max(this.places.size, this.steps.size);
    if (most > this.count && amount > 0n) {
      const { group } = this.first;
      throw disagree(
        `sources put ${this.count} moves of ${amount} between the same accounts (${group}) in ${most} places`,
      );
    }
    const places = [...this.places].sort(comparePlaces);
    const steps = [...this.steps].sort((a, b) => a - b);
    return Array.from({ length: Math.max(this.count, most) }, (_, index) => ({
      what: this.what,
      group: this.first.group,
      amount,
      approximate,
      place: places[index] ?? null,
      step: steps[index] ?? null,
    }));
  }
}

function sorted<What>(items: ReadonlyArray<ListItem<What>>): Array<ListItem<What>> {
  return [...items].sort((a, b) => byAmount(a.amount, b.amount) || compareItems(a, b));
}

/** Moves of one group that two sources tell of, each all of them. */
function mergeGroup<What>(a: ReadonlyArray<ListItem<What>>, b: ReadonlyArray<ListItem<What>>, pick: Pick<What>) {
  const moved = (items: ReadonlyArray<ListItem<What>>) => sorted(items.filter(({ amount }) => amount > 0n));
  const [left, right] = [moved(a), moved(b)];
  if (left.length !== right.length && left.length > 0 && right.length > 0) {
    throw disagree(
      `one source has ${left.length} moves between the same accounts (${a[0].group}), another ${right.length}`,
    );
  }
  const equal = new Map<string, { amount: bigint; approximate: boolean; moves: EqualMoves<What> }>();
  const more = left.length >= right.length ? left : right;
  more.forEach((one, index) => {
    const pair = [left[index] ?? one, right[index] ?? one] as const;
    const { amount, approximate } = agreed(...pair);
    const key = `${amount} ${approximate}`;
    const found = equal.get(key) ?? { amount, approximate, moves: new EqualMoves(pair[0], pick) };
    equal.set(key, found);
    found.moves.count += 1;
    for (const item of pair) found.moves.tell(item);
  });
  const empty = mergeEmpty(a, b, pick);
  return [
    ...[...equal.values()].flatMap(({ amount, approximate, moves }) => moves.items(amount, approximate)),
    ...empty,
  ];
}

/** Moves of zero, and events. */
function mergeEmpty<What>(a: ReadonlyArray<ListItem<What>>, b: ReadonlyArray<ListItem<What>>, pick: Pick<What>) {
  const [left, right] = [a, b].map((items) => items.filter(({ amount }) => amount === 0n));
  if (left.length + right.length === 0) return [];
  const moves = new EqualMoves((left[0] ?? right[0]) as ListItem<What>, pick);
  moves.count = Math.max(left.length, right.length);
  for (const item of [...left, ...right]) moves.tell(item);
  return moves.items(0n, false);
}

/** A list in the one form that the same facts have, however they came. Throws SOURCES_DISAGREE where it contradicts itself. */
export function settledList<What>(list: FactList<What>, pick: Pick<What>): FactList<What> {
  return mergeLists(list, list, pick);
}

/** One list from two. Throws SOURCES_DISAGREE. */
export function mergeLists<What>(a: FactList<What>, b: FactList<What>, pick: Pick<What>): FactList<What> {
  if (!a.told || !b.told) return a.told ? a : b;
  const [left, right] = [groupsOf(a.items), groupsOf(b.items)];
  refuseBeyondWhole(a, left, right);
  refuseBeyondWhole(b, right, left);
  const items = [...new Set([...left.keys(), ...right.keys()])].flatMap((group) => {
    const [one, other] = [left.get(group), right.get(group)];
    return mergeGroup(one ?? other ?? [], other ?? one ?? [], pick);
  });
  refuseTwoInOnePlace(items);
  return { told: true, whole: a.whole || b.whole, items: items.sort(compareItems) };
}

function refuseBeyondWhole<What>(
  list: FactList<What>,
  own: ReadonlyMap<string, ReadonlyArray<ListItem<What>>>,
  other: ReadonlyMap<string, ReadonlyArray<ListItem<What>>>,
): void {
  if (!list.whole) return;
  const firstMove = (items: ReadonlyArray<ListItem<What>> = []) => items.find(({ amount }) => amount > 0n);
  for (const [group, items] of other) {
    const moved = firstMove(items);
    if (moved !== undefined && firstMove(own.get(group)) === undefined)
      throw disagree(`one source names every move, and none of ${moved.amount} (${group}), which another has`);
  }
}

function refuseTwoInOnePlace<What>(items: ReadonlyArray<ListItem<What>>): void {
  const taken = new Map<string, ListItem<What>>();
  for (const item of items) {
    if (item.place === null) continue;
    const before = taken.get(item.place);
    if (before !== undefined) {
      const told = ({ group, amount }: ListItem<What>): string => `${amount} (${group})`;
      throw disagree(`at ${item.place} one source has ${told(before)}, another ${told(item)}`);
    }
    taken.set(item.place, item);
  }
}
