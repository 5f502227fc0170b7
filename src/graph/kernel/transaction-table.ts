/**
 * Claim:      finds the number of a transaction by the first eight bytes of its txid.
 * Source:     open addressing with linear probing; slots of 8 bytes: bytes 4 to 7 of the txid, the number plus one; bytes 0 to 3 say where to start.
 * Parameters: how many transactions there will be; the table never grows.
 * Cost:       one or two memory reads a look-up.
 * Fails when: nothing passes silently: a txid that meets a slot with its own bytes 4 to 7 on the way in is told to the caller, who compares whole
 *             txids. What is not the same transaction goes with all eight bytes into a short list that is asked first.
 */
import { reserve } from './memory';

export let table: usize = 0;
export let mask: u32 = 0;

const MAX_EXCEPTIONS: u32 = 1024;
export let exceptions: usize = 0;
export let exceptionCount: u32 = 0;

/** Makes the table for `count` transactions. */
export function prepareTransactions(count: u32): void {
  let slots: u32 = 1 << 12;
  while (<f64>slots * 0.6 < <f64>count) slots <<= 1;
  table = reserve(<usize>slots << 3);
  mask = slots - 1;
  exceptions = reserve(<usize>MAX_EXCEPTIONS << 4);
}

/** Keeps `number` under the txid that starts with `head`. Returns all ones, or the number that a slot of the same bytes 4 to 7 holds. */
@inline
export function insertTransaction(head: u64, number: u32): u32 {
  const tag = <u32>(head >>> 32);
  let place = <u32>head & mask;
  while (true) {
    const at = table + (<usize>place << 3);
    const slot = load<u64>(at);
    if (slot == 0) {
      store<u64>(at, (<u64>tag << 32) | <u64>(number + 1));
      return 0xffff_ffff;
    }
    if (<u32>(slot >>> 32) == tag) return <u32>slot - 1;
    place = (place + 1) & mask;
  }
}

/** From now on the txid that starts with `head` is `number`, whatever the table says. Traps when there are more than anyone could have made. */
export function addException(head: u64, number: u32): void {
  if (exceptionCount >= MAX_EXCEPTIONS) unreachable();
  const at = exceptions + (<usize>exceptionCount << 4);
  store<u64>(at, head);
  store<u32>(at, number, 8);
  exceptionCount += 1;
}

/** Number of the transaction whose txid starts with `head`, or all ones. Of exceptions the latest counts. */
@inline
export function findTransaction(head: u64): u32 {
  if (exceptionCount > 0) {
    for (let index = exceptionCount; index > 0; index -= 1) {
      const at = exceptions + (<usize>(index - 1) << 4);
      if (load<u64>(at) == head) return load<u32>(at, 8);
    }
  }
  const tag = <u32>(head >>> 32);
  let place = <u32>head & mask;
  while (true) {
    const slot = load<u64>(table + (<usize>place << 3));
    if (slot == 0) return 0xffff_ffff;
    if (<u32>(slot >>> 32) == tag) return <u32>slot - 1;
    place = (place + 1) & mask;
  }
}
