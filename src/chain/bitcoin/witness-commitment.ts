/**
 * Claim:      the witnesses of a block are the ones its coinbase commits to, so that no byte of a block is outside of some hash.
 * Source:     BIP141, "Commitment structure"; Bitcoin Core, src/validation.cpp (the last matching output of the coinbase counts).
 * Parameters: none.
 * Cost:       two hashes per transaction with the witness ids at hand.
 * Fails when: a block was stored without any witness, or its coinbase commits to none, as no block of the real chain with witnesses does: there is
 *             nothing to compare then. Damage cannot take a commitment away, because the merkle root covers it.
 */
import { SpoorError, txid } from '../../ledger/index.ts';
import type { DecodedTransaction } from './decode.ts';
import { reversedHex, sha256d } from './digest.ts';
import { merkleRoot } from './txid.ts';

/** OP_RETURN, a push of 36 bytes, the tag of the commitment. */
const COMMITMENT_PREFIX = '6a24aa21a9ed';
const COMMITMENT_DIGITS = COMMITMENT_PREFIX.length + 64;
/** The coinbase cannot hash itself: zeros stand in its place. */
const COINBASE_LEAF = '0'.repeat(64);
const RESERVED_DIGITS = 64;

/** Compares the witnesses with the commitment. Throws HASH_MISMATCH, MALFORMED. */
export function checkWitnessCommitment(transactions: readonly DecodedTransaction[]): void {
  if (!transactions.some(({ hasWitness }) => hasWitness)) return;
  const [{ record: coinbase }] = transactions;
  const scripts = coinbase.outputs.map(({ scriptPubKey }) => scriptPubKey ?? '');
  const script = scripts.findLast((hex) => hex.startsWith(COMMITMENT_PREFIX) && hex.length >= COMMITMENT_DIGITS);
  if (script === undefined) return;
  const place = { record: 'transactions[0]', field: 'outputs' };
  const [reserved, ...others] = coinbase.inputs[0]?.witness ?? [];
  if (reserved?.length !== RESERVED_DIGITS || others.length > 0) {
    const what = 'the coinbase of a block with witnesses has one witness item of 32 bytes';
    throw new SpoorError('MALFORMED', what, { ...place, field: 'inputs[0].witness' });
  }
  const root = merkleRoot(transactions.map(({ wtxid }, index) => txid(index === 0 ? COINBASE_LEAF : wtxid)));
  const made = sha256d(Buffer.concat([Buffer.from(root, 'hex').reverse(), Buffer.from(reserved, 'hex')]));
  const wanted = Buffer.from(script.slice(COMMITMENT_PREFIX.length, COMMITMENT_DIGITS), 'hex')
    .reverse()
    .toString('hex');
  if (reversedHex(made) === wanted) return;
  throw new SpoorError(
    'HASH_MISMATCH',
    `the witnesses hash to ${reversedHex(made)}, the coinbase commits to ${wanted}`,
    place,
  );
}
