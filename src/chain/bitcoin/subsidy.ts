/** New coins per block: 50 BTC, halved every 210,000 blocks (150 on regtest), rounded down to whole satoshi. */
import type { Network } from '../../ledger/index.ts';

const FIRST_SUBSIDY_SAT = 5_000_000_000n;
const MAX_HALVINGS = 64;

/** Most new satoshi the block of this height may make (consensus rule GetBlockSubsidy). */
export function subsidySat(height: number, network: Network): number {
  const halvings = Math.floor(height / (network === 'regtest' ? 150 : 210_000));
  return halvings >= MAX_HALVINGS ? 0 : Number(FIRST_SUBSIDY_SAT >> BigInt(halvings));
}
