/** Shared by the tests of file importers: content written to a temporary file, read back, and the refusal of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParsedFile, type ReadFileOptions, readBitcoinFile } from '../../../src/chain/bitcoin/source-file.ts';
import { SpoorError } from '../../../src/ledger/index.ts';

/** The address of the genesis coinbase key; its script holds the key's hash 62e907b1... */
export const PAYEE = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa';
export const PAYEE_SCRIPT = '76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac';
/** First address of the examples in BIP173, with its program. */
export const CHANGE = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4';
export const CHANGE_SCRIPT = '0014751e76e8199196d454941c45d1b3a323f1433bd6';
/** Output to a bare public key: the genesis coinbase. Explorers print PAYEE for it. */
export const GENESIS_SCRIPT =
  '4104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac';
/** PAYEE with its last character changed from a to b: the checksum fails. */
export const BROKEN_ADDRESS = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb';
export const TXID = 'a'.repeat(64);
export const PREV_TXID = 'b'.repeat(64);
export const BLOCK_HASH = `${'0'.repeat(16)}${'c'.repeat(48)}`;

type Options = Partial<ReadFileOptions> & { readonly file?: string };

/** Writes `content` (objects as JSON) to a file of its own, reads it as `format` (default auto, mainnet) and removes it. */
export function readContent(content: string | Buffer | object, options: Options = {}): ParsedFile {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-source-'));
  const path = join(folder, options.file ?? 'facts.json');
  const bytes = typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content);
  try {
    writeFileSync(path, bytes);
    return readBitcoinFile(path, { format: 'auto', network: 'mainnet', ...options });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The SpoorError that `work` throws; anything else fails the test. */
export function refusalOf(work: () => unknown): SpoorError {
  try {
    work();
  } catch (error) {
    if (error instanceof SpoorError) return error;
    throw error;
  }
  return assert.fail('nothing was refused');
}

/** The refusal of a content. */
export function refused(content: string | Buffer | object, options: Options = {}): SpoorError {
  return refusalOf(() => readContent(content, options));
}

/** One broken copy: the words a refusal must say and the field it must name. */
export interface BrokenCase {
  readonly title: string;
  readonly content: string | object;
  readonly field: string | undefined;
  readonly says: RegExp;
}

/** One test per broken content: MALFORMED, naming the file and the field. */
export function itRefuses(cases: readonly BrokenCase[], options: Options = {}): void {
  for (const { title, content, field, says } of cases) {
    it(`refuses ${title}`, () => {
      const error = refused(content, options);
      assert.equal(error.code, 'MALFORMED', error.message);
      assert.equal(error.place.file, 'facts.json');
      assert.equal(error.place.field, field);
      assert.match(error.message, says);
    });
  }
}
