/** Small helpers of the tag tests: the real address codec, a minimal pack, and the error a call ends with. */
import assert from 'node:assert/strict';
import { checkAddress } from '../../src/chain/bitcoin/index.ts';
import { type Address, SpoorError } from '../../src/ledger/index.ts';
import { type ParsedTagPack, parseTagPack, type TagPackOptions } from '../../src/tag/index.ts';

export const codec = (text: string): Address => checkAddress(text).address;

/** First output address of the chain (block 0) and the receiver of block 1: two addresses every explorer shows. */
export const GENESIS = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa';
export const BLOCK_1 = '12c6DSiU4Rq3P4ZxziKxzrL5LmMBrzjrJX';
/** Coinbase txid of block 0. */
export const GENESIS_TXID = '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b';

export function parse(text: string, more: Partial<TagPackOptions> = {}): ParsedTagPack {
  return parseTagPack(text, { name: 'pack.yaml', checkAddress: codec, ...more });
}

/** A pack whose header is complete, with the given lines of tags (and header lines before them). */
export function pack(tags: string, header = ''): string {
  return [
    'title: T',
    'creator: C',
    'label: L',
    'source: https://example.org/s',
    'currency: BTC',
    'network: BTC',
    'confidence: forensic',
    ...(header === '' ? [] : [header]),
    'tags:',
    tags,
    '',
  ].join('\n');
}

/** The SpoorError that `work` throws; anything else fails the test. */
export function errorOf(work: () => unknown): SpoorError {
  try {
    work();
  } catch (error) {
    if (error instanceof SpoorError) return error;
    throw error;
  }
  return assert.fail('nothing was thrown');
}
