/** Who is who in a synthetic chain: the numbering of owners and of the pockets their coins lie in. */

/** Exchanges; entity e has hot pocket e and deposit pocket `EXCHANGES` + e. */
export const EXCHANGES = 20;
/** Merchants, paid by users and joining their coins now and then. */
export const MERCHANTS = 200;
/** Miners. */
export const MINERS = 12;
/** Pocket of the first merchant. */
export const FIRST_MERCHANT = 2 * EXCHANGES;
/** Pocket of the first miner. */
export const FIRST_MINER = FIRST_MERCHANT + MERCHANTS;
/** Pocket of the thief. */
export const THIEF = FIRST_MINER + MINERS;
/** Pocket of the first user; every pocket from here on is a user. */
export const FIRST_USER = THIEF + 1;

/** Owner of a pocket: the two pockets of an exchange have one owner. */
export function entityOfPocket(pocket: number): number {
  return pocket < EXCHANGES ? pocket : pocket - EXCHANGES;
}

/** Pockets needed for this many users. */
export function pocketsFor(users: number): number {
  return FIRST_USER + users;
}
