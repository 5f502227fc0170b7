/** A refusal of the transaction decoder, for tests of this room. */
import assert from 'node:assert/strict';
import { decodeTransaction } from '../../../src/chain/bitcoin/index.ts';
import { SpoorError } from '../../../src/ledger/index.ts';

/** Asserts that the bytes are refused with `code`, and gives the error back. */
export function refusal(bytes: Uint8Array, code: string): SpoorError {
  try {
    decodeTransaction(bytes, 'mainnet');
  } catch (error) {
    assert.ok(error instanceof SpoorError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail(`${Buffer.from(bytes).toString('hex').slice(0, 80)} was accepted`);
}
