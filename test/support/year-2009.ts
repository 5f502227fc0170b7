/** The table files of 2009 (tx, height, outputs, inputs, addresses) as spoor JSON lines: what a converter of a user's own would do. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { sharedData } from './shared-data.ts';

function* rows(name: string): Iterable<string[]> {
  const text = gunzipSync(readFileSync(sharedData(`bitcoin-2009-complete/${name}.csv.gz`))).toString('utf8');
  for (const line of text.split('\n').slice(1)) if (line !== '') yield line.trim().split(',');
}

interface Spend {
  readonly prevTxid: string;
  readonly prevVout: number;
  readonly valueSat: string;
}

/**
 * The tables were written by a program that cut trailing `b` digits off its hashes (the genesis coinbase shows it: ...deda33b stands as
 * ...deda33), so short hashes are filled up with `b`; the test compares them with the raw blocks 1 to 255.
 */
const HASH_DIGITS = 64;

/** Every transaction of 2009. An output's number is its transaction's with the vout appended; `spent_index` names the spender. */
export function year2009Lines(): string[] {
  const txid = new Map([...rows('tx_hash')].map(([index, hash]) => [index, hash.padEnd(HASH_DIGITS, 'b')]));
  const height = new Map([...rows('tx_height')].map(([index, block]) => [index, Number(block)]));
  const address = new Map([...rows('adr_hash')].map(([index, hash]) => [index, hash]));
  const outputs = new Map<
    string,
    Array<{ vout: number; valueSat: string; address: string | undefined; spent: boolean }>
  >();
  const maker = new Map<string, { tx: string; vout: number }>();
  for (const [output, tx, owner, valueSat, spender] of rows('tx_output')) {
    // One row stands twice (242510, the coinbase of block 24,096, which would make 100 BTC).
    if (maker.has(output)) continue;
    const vout = Number(output.slice(tx.length));
    outputs.set(tx, [
      ...(outputs.get(tx) ?? []),
      { vout, valueSat, address: address.get(owner), spent: spender !== '' },
    ]);
    maker.set(output, { tx, vout });
  }
  const inputs = new Map<string, Spend[]>();
  for (const [output, tx, , valueSat, source] of rows('tx_input')) {
    const made = maker.get(output) ?? { tx: source, vout: Number(output.slice(source.length)) };
    inputs.set(tx, [
      ...(inputs.get(tx) ?? []),
      { prevTxid: txid.get(made.tx) as string, prevVout: made.vout, valueSat },
    ]);
  }
  return [...txid].map(([index, id]) => {
    const spends = inputs.get(index) ?? [];
    const made = (outputs.get(index) ?? []).sort((a, b) => a.vout - b.vout);
    return JSON.stringify({
      txid: id,
      coinbase: spends.length === 0,
      height: height.get(index),
      inputs: spends,
      outputs: made.map(({ valueSat, address: owner, spent }) => ({ valueSat, address: owner, spent })),
    });
  });
}
