/**
 * Claim:      places 0, 1, 2 ... in the order of the amounts that stand there, highest or smallest first, the lower place first among equals.
 * Source:     insertion for the short lists that nearly all transactions have, heap sort for long ones, so that nobody can make it slow.
 * Parameters: amounts as u64, the list of places as u32.
 * Cost:       O(n log n).
 * Fails when: never.
 */

const SHORT: u32 = 16;

let amounts: usize = 0;
let places: usize = 0;
let highestFirst: bool = false;

/** Whether place `a` is served after place `b`. */
@inline
function after(a: u32, b: u32): bool {
  const left = load<u64>(amounts + (<usize>a << 3));
  const right = load<u64>(amounts + (<usize>b << 3));
  if (left == right) return a > b;
  return highestFirst ? left < right : left > right;
}

@inline
function placeAt(index: u32): u32 {
  return load<u32>(places + (<usize>index << 2));
}

@inline
function setPlace(index: u32, place: u32): void {
  store<u32>(places + (<usize>index << 2), place);
}

function sift(start: u32, count: u32): void {
  let at = start;
  const own = placeAt(at);
  while (true) {
    let child: u32 = 2 * at + 1;
    if (child >= count) break;
    if (child + 1 < count && after(placeAt(child + 1), placeAt(child))) child += 1;
    if (!after(placeAt(child), own)) break;
    setPlace(at, placeAt(child));
    at = child;
  }
  setPlace(at, own);
}

function insert(count: u32): void {
  for (let index: u32 = 1; index < count; index += 1) {
    const own = placeAt(index);
    let at = index;
    for (; at > 0 && after(placeAt(at - 1), own); at -= 1) setPlace(at, placeAt(at - 1));
    setPlace(at, own);
  }
}

/** Writes the places of `count` amounts to `list`. */
export function sortPlaces(from: usize, list: usize, count: u32, highest: bool): void {
  amounts = from;
  places = list;
  highestFirst = highest;
  for (let place: u32 = 0; place < count; place += 1) setPlace(place, place);
  if (count <= SHORT) {
    insert(count);
    return;
  }
  for (let at = count >>> 1; at > 0; at -= 1) sift(at - 1, count);
  for (let last = count - 1; last > 0; last -= 1) {
    const largest = placeAt(0);
    setPlace(0, placeAt(last));
    setPlace(last, largest);
    sift(0, last);
  }
}
