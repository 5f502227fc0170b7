/**
 * Stand-in: haircut over the whole chain with a Map of hex strings and bigints. Whole satoshi by largest remainder, the fee takes its share and
 * keeps it (src/taint/README.md). Arguments: FOLDER, the seed as txid:vout, the file for the coins. Writes the tainted coins nobody has
 * spent, in chain order, as `txid:vout,valueSat,taintSat`, and prints their count, their taint and what the fees took.
 */
import { writeFileSync } from 'node:fs';
import { answer, argument, blocksOf, TransactionCursor } from './stand-in-chain.ts';

interface Coin {
  readonly valueSat: bigint;
  taintSat: bigint;
}

const coins = new Map<string, Coin>();

/** Shares of `taint` over the rooms: floors, then one satoshi each to the largest remainders, ties to the lowest place. */
function apportion(taint: bigint, rooms: readonly bigint[]): bigint[] {
  const whole = rooms.reduce((sum, room) => sum + room, 0n);
  const shares = rooms.map((room) => (taint * room) / whole);
  const left = Number(shares.reduce((rest, share) => rest - share, taint));
  if (left === 0) return shares;
  const remainders = rooms.map((room) => (taint * room) % whole);
  const order = remainders.map((_, place) => place);
  order.sort((a, b) => (remainders[a]! === remainders[b]! ? a - b : remainders[a]! > remainders[b]! ? -1 : 1));
  for (const place of order.slice(0, left)) shares[place]! += 1n;
  return shares;
}

const display = (internal: string) => Buffer.from(internal, 'hex').reverse().toString('hex');

const [seedTxid, seedVout] = argument(1, 'SEED').split(':');
const seed = `${display(seedTxid!)}:${seedVout}`;
let feeTaintSat = 0n;
for (const block of blocksOf(argument(0, 'FOLDER'))) {
  const cursor = new TransactionCursor(block);
  for (let position = 0; position < cursor.transactionCount; position += 1) {
    cursor.next();
    const txid = cursor.txid().toString('hex');
    let [inSat, taintSat] = [0n, 0n];
    if (position > 0) {
      for (const place of cursor.inputPlaces) {
        const outpoint = cursor.outpoint(place);
        const spent = coins.get(outpoint);
        if (spent === undefined) throw new Error(`${outpoint} is spent and was never made`);
        coins.delete(outpoint);
        inSat += spent.valueSat;
        taintSat += spent.taintSat;
      }
    }
    const made = cursor.outputPlaces.map((place): Coin => ({ valueSat: BigInt(cursor.valueSat(place)), taintSat: 0n }));
    if (taintSat > 0n) {
      const rooms = made.map(({ valueSat }) => valueSat);
      const shares = apportion(taintSat, [...rooms, rooms.reduce((fee, room) => fee - room, inSat)]);
      made.forEach((coin, vout) => {
        coin.taintSat = shares[vout]!;
      });
      feeTaintSat += shares[made.length]!;
    }
    made.forEach((coin, vout) => {
      const outpoint = `${txid}:${vout}`;
      if (outpoint === seed) coin.taintSat = coin.valueSat;
      coins.set(outpoint, coin);
    });
  }
}

const lines: string[] = [];
let heldSat = 0n;
for (const [outpoint, { valueSat, taintSat }] of coins) {
  if (taintSat === 0n) continue;
  const [txid, vout] = outpoint.split(':');
  lines.push(`${display(txid!)}:${vout},${valueSat},${taintSat}\n`);
  heldSat += taintSat;
}
writeFileSync(argument(2, 'COINS'), lines.join(''));
answer({ coins: lines.length, heldSat: String(heldSat), feeSat: String(feeTaintSat) });
