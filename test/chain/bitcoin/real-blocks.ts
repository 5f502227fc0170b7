/** The real raw blocks beside the project, for tests of this room. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Network } from '../../../src/ledger/index.ts';
import { sharedData } from '../../support/shared-data.ts';

const FOLDER = 'bitcoin-blocks';

/** Files with their network; `.dat` files are runs of (magic 4 bytes, length 4 bytes, block). */
export const BLOCK_FILES: readonly { file: string; network: Network; blocks: number }[] = [
  { file: 'mainnet.blocks1-255.dat.bz2', network: 'mainnet', blocks: 255 },
  { file: 'mainnet.277647.dat.bz2', network: 'mainnet', blocks: 1 },
  { file: 'mainnet.426884.raw.gz', network: 'mainnet', blocks: 1 },
  { file: 'testnet.1087400.raw.gz', network: 'testnet', blocks: 1 },
  { file: 'mainnet.0000000000000000000c835b.raw.gz', network: 'mainnet', blocks: 1 },
];

function unpack(file: string): Buffer {
  const path = sharedData(`${FOLDER}/${file}`);
  if (file.endsWith('.gz')) return gunzipSync(readFileSync(path));
  return execFileSync('bunzip2', ['-c', path], { maxBuffer: 2 ** 26 });
}

/** Raw blocks of one file, in file order. Needs the program bunzip2 for `.bz2`. */
export function rawBlocks(file: string): Buffer[] {
  const bytes = unpack(file);
  if (!file.includes('.dat')) return [bytes];
  const blocks: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const start = offset + 8;
    offset = start + bytes.readUInt32LE(offset + 4);
    blocks.push(bytes.subarray(start, offset));
  }
  return blocks;
}
