/** Outputs that the rules of scripts call spendable and nobody can ever spend. */

/**
 * Coinbases nobody can ever spend, by txid: the height it is dead at. The genesis coinbase never entered the set of unspent outputs; two
 * others were overwritten by a later coinbase with the same txid, before BIP 30 forbade that (91722 by 91880, 91812 by 91842).
 */
const DEAD_COINBASE_HEIGHT: Readonly<Record<string, number>> = {
  '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b': 0,
  e3bf3d07d4b0375638d5f1db5255fe07ba2c4cb067cd81b84ee974b6585fb468: 91722,
  d5d27987d2a3dfc724e359870c6644b40e497bdc0589a033220fe15429d88599: 91812,
};

/** Whether the coinbase of this txid at this height can never be spent. */
export function isDeadCoinbase(id: string, height: number | null): boolean {
  return height !== null && DEAD_COINBASE_HEIGHT[id] === height;
}

/** Whether a coinbase of this txid is dead at some height: another, living one may have it too. */
export function hasDeadCoinbase(id: string): boolean {
  return id in DEAD_COINBASE_HEIGHT;
}
