/**
 * Whether our own decoder earns its place: a real block (2021-09-30, 2,500 transactions, most with witness) to txids, wtxids, scripts and
 * addresses, ours against bitcoinjs-lib, in one run, taking turns.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { address, Block, networks } from 'bitcoinjs-lib';
import { decodeBlock } from '../../src/chain/bitcoin/index.ts';
import { sharedData } from '../support/shared-data.ts';

const BLOCK = 'bitcoin-blocks/mainnet.0000000000000000000c835b.raw.gz';
const ROUNDS = 5;

/** Milliseconds of one side against the other; `ratio` above 1 means ours is faster. */
export interface DecodeBench {
  name: string;
  ours: number;
  peer: number;
  ratio: number;
}

function peerAddress(script: Uint8Array): string | null {
  try {
    return address.fromOutputScript(script, networks.bitcoin);
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

/** The peer with the parts that our decoder also delivers; without addresses when `withAddresses` is false. */
function peerDecode(bytes: Uint8Array, withAddresses: boolean): number {
  let parts = 0;
  for (const transaction of Block.fromBuffer(bytes).transactions ?? []) {
    parts += transaction.getId().length + transaction.getHash(true).length + transaction.weight();
    for (const { script } of transaction.outs) {
      parts += script.length + (withAddresses ? (peerAddress(script)?.length ?? 0) : 0);
    }
  }
  return parts;
}

function milliseconds(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Times both sides on one real block, the median of five turns each after a warm-up. Ours renders addresses in both rows. */
export function benchDecode(): DecodeBench[] {
  const bytes = gunzipSync(readFileSync(sharedData(BLOCK)));
  return [true, false].map((withAddresses) => {
    const oursMs: number[] = [];
    const peerMs: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const ours = milliseconds(() => decodeBlock(bytes, 'mainnet'));
      const peer = milliseconds(() => peerDecode(bytes, withAddresses));
      if (round === 0) continue;
      oursMs.push(ours);
      peerMs.push(peer);
    }
    const ours = median(oursMs);
    const peer = median(peerMs);
    const name = `decode block, bitcoinjs-lib ${withAddresses ? 'with' : 'without'} addresses`;
    return { name, ours, peer, ratio: peer / ours };
  });
}
