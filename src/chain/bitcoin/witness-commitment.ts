/**
 * Claim:      the witnesses of a block are the ones its coinbase commits to, so that no byte of a block is outside of some hash.
 * Source:     BIP141, "Commitment structure"; Bitcoin Core, src/validation.cpp (the last matching output of the coinbase counts).
 * Parameters: none.
 * Cost:       two hashes per transaction with the witness ids at hand.
 * Fails when: a block was stored without any witness, or its coinbase commits to none, as no block of the real chain with witnesses does: there is
 *             nothing to compare then. Damage cannot take a commitment away, because the merkle root covers it.
 */
import { Buffer } from 'node:buffer';
import { SpoorError } from '../../ledger/index.ts';
import type { DecodedTransaction } from './decode.ts';
import { reversedHex, sha256d } from './digest.ts';
import { merkleRootOfHashes } from './txid.ts';

/** OP_RETURN, a push of 36 bytes, the tag of the commitment. */
const OPENING = Buffer.from('6a24aa21a9ed', 'hex');
const COMMITMENT_BYTES = 38;
const HASH_BYTES = 32;

/** The 32 bytes a coinbase commits to, from its output scripts; null where it has none. */
export function witnessCommitment(scripts: readonly Uint8Array[]): Buffer | null {
  const found = scripts.findLast(
    (script) => script.length >= COMMITMENT_BYTES && OPENING.equals(script.subarray(0, OPENING.length)),
  );
  return found === undefined ? null : Buffer.from(found.subarray(OPENING.length, COMMITMENT_BYTES));
}

/** What a coinbase must commit to: wtxids in internal order, that of the coinbase first, whatever it is (it cannot hash itself), and its witness item. */
function commitmentOf(wtxids: readonly Buffer[], reserved: Uint8Array): Buffer {
  const root = merkleRootOfHashes([Buffer.alloc(HASH_BYTES), ...wtxids.slice(1)]);
  return sha256d(Buffer.concat([root, reserved]));
}

/** Whether wtxids meet a commitment with the one item of the coinbase's witness. */
export function meetsCommitment(
  commitment: Buffer,
  wtxids: readonly Buffer[],
  reserved: Uint8Array | undefined,
): boolean {
  return reserved?.length === HASH_BYTES && commitmentOf(wtxids, reserved).equals(commitment);
}

/** Compares the witnesses with the commitment. Throws HASH_MISMATCH, MALFORMED. */
export function checkWitnessCommitment(transactions: readonly DecodedTransaction[]): void {
  if (!transactions.some(({ hasWitness }) => hasWitness)) return;
  const [{ record: coinbase }] = transactions;
  const wanted = witnessCommitment(coinbase.outputs.map(({ scriptPubKey }) => Buffer.from(scriptPubKey ?? '', 'hex')));
  if (wanted === null) return;
  const place = { record: 'transactions[0]', field: 'outputs' };
  const [item, ...others] = coinbase.inputs[0]?.witness ?? [];
  const reserved = Buffer.from(item ?? '', 'hex');
  if (reserved.length !== HASH_BYTES || others.length > 0) {
    const what = 'the coinbase of a block with witnesses has one witness item of 32 bytes';
    throw new SpoorError('MALFORMED', what, { ...place, field: 'inputs[0].witness' });
  }
  const made = commitmentOf(
    transactions.map(({ wtxid }) => Buffer.from(wtxid, 'hex').reverse()),
    reserved,
  );
  if (made.equals(wanted)) return;
  const message = `the witnesses hash to ${reversedHex(made)}, the coinbase commits to ${reversedHex(wanted)}`;
  throw new SpoorError('HASH_MISMATCH', message, place);
}
