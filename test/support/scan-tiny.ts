/** A TinyChain as block columns, for the one-pass driver: what a parser of block files would hand over. */
import { createHash } from 'node:crypto';
import type { ScanBlock, ScanColumns, ScanSeed } from '../../src/taint/index.ts';
import { inputValue, type TinyChain, type TinySeed } from './tiny-chain.ts';

/** Names an output of the chain. */
export interface TinyNote {
  readonly tx: number;
  readonly vout: number;
}

/** How to dress the chain. */
export interface TinyBlockOptions {
  /** Give all txids the same first bytes, as somebody who searches for such ids would. */
  readonly sameHeads?: boolean;
  readonly services?: ReadonlySet<number>;
}

/** Txid of a transaction of the chain, 32 bytes; outside transactions have negative numbers. */
export function tinyScanTxid(tx: number, sameHeads = false): Buffer {
  const id = createHash('sha256').update(`tiny ${tx}`).digest();
  return sameHeads ? id.fill(7, 0, 20) : id;
}

/** Blocks in chain order, with their seeds. A height without a coinbase gets one that makes nothing. */
export function tinyBlocks(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  options: TinyBlockOptions = {},
): ScanBlock<TinyNote>[] {
  const byHeight = new Map<number, { coinbase: number | null; others: number[] }>();
  chain.transactions.forEach(({ height, coinbase }, tx) => {
    const block = byHeight.get(height) ?? { coinbase: null, others: [] };
    if (coinbase) block.coinbase = tx;
    else block.others.push(tx);
    byHeight.set(height, block);
  });
  return [...byHeight].map(([height, { coinbase, others }]): ScanBlock<TinyNote> => {
    const members = [coinbase, ...others];
    const addressOf = (output: number): number | undefined => outputs[output].address;
    const outputs = members.flatMap((tx) => (tx === null ? [] : chain.transactions[tx].outputs));
    return {
      height,
      columns: columnsOf(chain, members, options.sameHeads === true),
      subsidySat: coinbase === null ? 0 : (chain.transactions[coinbase].subsidy ?? 0),
      seeds: seeds.flatMap(({ tx, vout, label }): ScanSeed[] => {
        const position = members.indexOf(tx);
        return position < 0 ? [] : [{ position, vout, label }];
      }),
      txid: (position) => tinyScanTxid(members[position] ?? -1, options.sameHeads),
      isService: (output) => options.services?.has(addressOf(output) ?? -1) === true,
      note: (position, output) => {
        const first = members
          .slice(0, position)
          .reduce((sum: number, tx) => sum + (tx === null ? 0 : chain.transactions[tx].outputs.length), 0);
        return { tx: members[position] ?? -1, vout: output - first };
      },
    };
  });
}

function columnsOf(chain: TinyChain, members: ReadonlyArray<number | null>, sameHeads: boolean): ScanColumns {
  const bytes: Buffer[] = [];
  const firstInput = [0];
  const firstOutput = [0];
  const spent: Array<{ valueSat: number; vout: number; owner: number }> = [];
  const made: Array<{ valueSat: number; owner: number; flags: number }> = [];
  for (const tx of members) {
    const { inputs, outputs } = tx === null ? { inputs: [], outputs: [] } : chain.transactions[tx];
    inputs.forEach((input, vin) => {
      const outside = 'external' in input;
      bytes.push(tinyScanTxid(outside ? -2 - spent.length : input.tx, sameHeads));
      const owner = outside ? undefined : chain.transactions[input.tx].outputs[input.vout].address;
      spent.push({
        valueSat: inputValue(chain, tx as number, vin),
        vout: outside ? 0 : input.vout,
        owner: ownerOf(owner),
      });
    });
    for (const { value, address, unspendable } of outputs) {
      made.push({ valueSat: value, owner: ownerOf(address), flags: unspendable === true ? 1 : 0 });
    }
    firstInput.push(spent.length);
    firstOutput.push(made.length);
  }
  const joined = Buffer.concat(bytes);
  return {
    transactionCount: members.length,
    bytes: joined,
    firstInput: Uint32Array.from(firstInput),
    firstOutput: Uint32Array.from(firstOutput),
    inputPlace: Uint32Array.from(spent, (_, input) => input * 32),
    inputHead: Uint32Array.from(
      spent.flatMap((_, input) => [joined.readUInt32LE(input * 32), joined.readUInt32LE(input * 32 + 4)]),
    ),
    inputVout: Uint32Array.from(spent, ({ vout }) => vout),
    inputValueSat: Float64Array.from(spent, ({ valueSat }) => valueSat),
    inputOwner: Uint32Array.from(spent.flatMap(({ owner }) => [owner, owner])),
    outputValueSat: Float64Array.from(made, ({ valueSat }) => valueSat),
    outputOwner: Uint32Array.from(made.flatMap(({ owner }) => [owner, owner])),
    outputFlags: Uint8Array.from(made, ({ flags }) => flags),
  };
}

/** Owner key word of an address number; 0 is nobody. */
function ownerOf(address: number | undefined): number {
  return address === undefined ? 0 : address + 1;
}
