/**
 * Claim:      these outputs are dust, and these are dust sent to addresses in use, so that their owner joins them by
 *             spending it (forced reuse).
 * Source:     the attack is bitcoinops' "output linking"; half of all unspent outputs were below 1,000 sat in spring
 *             2025 (mempool research).
 * Parameters: dust up to 546 sat; forced reuse up to 1,000 sat, to an address that received before and is not among the
 *             payers.
 * Cost:       one list of receipts per small output.
 * Fails when: a payer really owed that little. It says what to leave out of freshness, exposure and hop counts, not who
 *             sent it or why.
 */
import type { LedgerView, TxId } from '../ledger/index.ts';
import { DUST_SAT, SMALL_SAT } from './payout.ts';

/** A small output. `forced`: its address received before; null when the output has no address. */
export interface SmallOutput {
  readonly vout: number;
  readonly valueSat: number;
  readonly dust: boolean;
  readonly forced: boolean | null;
}

/** Outputs of a transaction up to 1,000 sat that could be spent. */
export function smallOutputs(view: LedgerView, tx: TxId): readonly SmallOutput[] {
  const transaction = view.transaction(tx);
  const payers = new Set(transaction.inputs.map(({ address }) => address));
  return transaction.outputs
    .filter(({ valueSat, scriptType }) => valueSat <= SMALL_SAT && scriptType !== 'op_return')
    .map(({ vout, valueSat, address, output }) => {
      const first = address === null ? undefined : view.outputsOfAddress(address)[0];
      const before = first !== undefined && first !== output && view.transactionOf(first) !== tx;
      const forced = address === null ? null : before && !payers.has(address);
      return { vout, valueSat, dust: valueSat <= DUST_SAT, forced };
    });
}
