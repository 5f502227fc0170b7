/** A TinyChain as block columns, for the one-pass driver: what a parser of block files would hand over. */
import { createHash } from 'node:crypto';
import { NONE } from '../../src/ledger/index.ts';
import type { ScanBlock, ScanColumns, ScanSeed, ScanTransaction } from '../../src/taint/index.ts';
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
    return {
      height,
      columns: columnsOf(chain, members, options.sameHeads === true),
      subsidySat: coinbase === null ? 0 : (chain.transactions[coinbase].subsidy ?? 0),
      seeds: seeds.flatMap(({ tx, vout, label }): ScanSeed[] => {
        const position = members.indexOf(tx);
        return position < 0 ? [] : [{ position, vout, label }];
      }),
      transaction: (position) => transactionOf(chain, members[position], options),
      feesSat: () => others.map((tx) => sumOf(inputValuesOf(chain, tx)) - sumOf(outputValuesOf(chain, tx))),
    };
  });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function inputValuesOf(chain: TinyChain, tx: number): number[] {
  return chain.transactions[tx].inputs.map((_, vin) => inputValue(chain, tx, vin));
}

function outputValuesOf(chain: TinyChain, tx: number): number[] {
  return chain.transactions[tx].outputs.map(({ value }) => value);
}

function transactionOf(chain: TinyChain, tx: number | null, options: TinyBlockOptions): ScanTransaction<TinyNote> {
  const { inputs, outputs } = tx === null ? { inputs: [], outputs: [] } : chain.transactions[tx];
  return {
    txid: tinyScanTxid(tx ?? -1, options.sameHeads),
    inputValueSat: tx === null ? [] : inputValuesOf(chain, tx),
    inputOwner: inputs.map((input) =>
      'external' in input ? NONE : (chain.transactions[input.tx].outputs[input.vout].address ?? NONE),
    ),
    outputValueSat: outputs.map(({ value }) => value),
    outputOwner: outputs.map(({ address }) => address ?? NONE),
    outputFlags: outputs.map(({ unspendable }) => (unspendable === true ? 1 : 0)),
    isService: (vout) => options.services?.has(outputs[vout].address ?? -1) === true,
    note: (vout) => ({ tx: tx ?? -1, vout }),
  };
}

function columnsOf(chain: TinyChain, members: ReadonlyArray<number | null>, sameHeads: boolean): ScanColumns {
  const bytes: Buffer[] = [];
  const firstInput = [0];
  const vouts: number[] = [];
  for (const tx of members) {
    for (const input of tx === null ? [] : chain.transactions[tx].inputs) {
      const outside = 'external' in input;
      bytes.push(tinyScanTxid(outside ? -2 - vouts.length : input.tx, sameHeads));
      vouts.push(outside ? 0 : input.vout);
    }
    firstInput.push(vouts.length);
  }
  const joined = Buffer.concat(bytes);
  return {
    transactionCount: members.length,
    bytes: joined,
    firstInput: Uint32Array.from(firstInput),
    inputPlace: Uint32Array.from(vouts, (_, input) => input * 32),
    inputHead: Uint32Array.from(
      vouts.flatMap((_, input) => [joined.readUInt32LE(input * 32), joined.readUInt32LE(input * 32 + 4)]),
    ),
    inputVout: Uint32Array.from(vouts),
  };
}
