/** LedgerView over a TinyChain in memory: the second implementation that keeps the interface honest. */
import {
  type Address,
  type BlockFees,
  type LedgerView,
  NONE,
  type OutputId,
  outpoint,
  outputId,
  satoshi,
  type TxId,
  type Txid,
  txId,
  txid,
  type ViewOutput,
  type ViewTransaction,
} from '../../src/ledger/index.ts';
import { tinyTxid } from './esplora.ts';
import { fee, inputValue, type TinyChain } from './tiny-chain.ts';
import { firstOutputs, tinyBlockFees, tinyFrames } from './tiny-view.ts';

/** A view of the chain; txids are those of `tinyTxid`, outputs carry no addresses. */
export function memoryView(chain: TinyChain): LedgerView {
  const first = firstOutputs(chain);
  const frame = tinyFrames(chain);
  const txOf = (output: OutputId): number => first.findIndex((start, tx) => start <= output && output < first[tx + 1]);
  const byTxid = new Map(chain.transactions.map((_, tx) => [tinyTxid(tx), tx]));
  const output = (id: OutputId): ViewOutput => {
    const tx = txOf(id);
    const vout = id - first[tx];
    return {
      output: id,
      outpoint: outpoint(txid(tinyTxid(tx)), vout),
      tx: txId(tx),
      vout,
      valueSat: satoshi(chain.transactions[tx].outputs[vout].value),
      address: null,
      scriptType: null,
      flags: frame(tx).outputFlags[vout],
    };
  };
  const transaction = (tx: TxId): ViewTransaction => {
    const { height, coinbase, inputs, outputs } = chain.transactions[tx];
    return {
      tx,
      txid: txid(tinyTxid(tx)),
      orderKey: tx + 1,
      height,
      position: null,
      blockHash: null,
      timestampSec: null,
      seenSec: null,
      coinbase,
      proof: 'asserted',
      feeSat: coinbase ? null : satoshi(fee(chain, tx)),
      inputs: inputs.map((input, vin) => ({
        vin,
        prevout: null,
        output: 'external' in input ? NONE : outputId(first[input.tx] + input.vout),
        valueSat: satoshi(inputValue(chain, tx, vin)),
        address: null,
      })),
      outputs: outputs.map((_, vout) => output(outputId(first[tx] + vout))),
    };
  };
  return {
    chain: 'bitcoin',
    tip: () => ({ height: Math.max(...chain.transactions.map(({ height }) => height)), hash: null }),
    transactionCount: () => chain.transactions.length,
    frame,
    blockFees: (height: number): BlockFees => tinyBlockFees(chain, height),
    transactionOf: (id) => txId(txOf(id)),
    spenderOf: (id) => {
      const spender = frame(txOf(id)).outputSpender[id - first[txOf(id)]];
      return spender === NONE ? NONE : txId(spender);
    },
    orderKeyOf: (tx) => tx + 1,
    transaction,
    output,
    findTransactions: (id: Txid) => (byTxid.has(id) ? [txId(byTxid.get(id) as number)] : []),
    findOutput: (id: Txid, vout: number) => {
      const tx = byTxid.get(id);
      return tx === undefined || vout >= chain.transactions[tx].outputs.length ? null : outputId(first[tx] + vout);
    },
    outputsOfAddress: (_address: Address) => [],
    findAddress: (_address: Address) => null,
    transactions: () => chain.transactions.map((_, tx) => txId(tx)),
  };
}
