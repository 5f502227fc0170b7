/** A tiny chain as a screening reads it: addresses are numbers, some of them with a claim. */
import { NONE, outputId, type TxFrame, txId } from '../../src/ledger/index.ts';
import type { Identity, ScreenView } from '../../src/screen/index.ts';
import { outpointKey, type TinyChain } from './tiny-chain.ts';
import { firstOutputs, tinyFrames } from './tiny-view.ts';

/** Somebody whom one claim of a category identifies. */
export function identityOf(address: number, category: string): Identity {
  const claim = {
    category,
    categories: [category],
    label: `holder ${address}`,
    actor: `actor-${address}`,
    campaign: null,
    tag_id: `pack#${address}`,
    confidence: 'forensic',
    confidence_level: 50,
    source: 'test',
    pack: 'pack',
    inherited: false,
    listed_from: null,
    listed_to: null,
  };
  return { address: `address-${address}`, claims: [claim] };
}

/** The view; `categories` by address number, the others are nobody's. */
export function tinyScreenView(chain: TinyChain, categories: ReadonlyMap<number, string>): ScreenView {
  const first = firstOutputs(chain);
  const frames = tinyFrames(chain);
  const makers = chain.transactions.flatMap(({ outputs }, tx) => outputs.map(() => tx));
  const addressOf = (output: number): number => {
    const tx = makers[output];
    return chain.transactions[tx].outputs[output - first[tx]].address ?? NONE;
  };
  const frame = (tx: number): TxFrame => {
    const plain = frames(tx);
    const inputAddress = plain.inputOutput.map((output) => (output === NONE ? NONE : addressOf(output)));
    return { ...plain, inputAddress };
  };
  return {
    frame,
    transactionOf: (output) => txId(makers[output]),
    orderKeyOf: (tx) => tx + 1,
    blockFees: (height) => {
      throw new Error(`nobody asks for the fees of block ${height}`);
    },
    txText: (tx) => ({ txid: `tx-${tx}`, height: chain.transactions[tx].height, timestampSec: null }),
    outputText: (output) => ({
      place: outpointKey(makers[output], output - first[makers[output]]),
      address: `address-${addressOf(output)}`,
    }),
    inputText: (tx, vin) => ({ place: `in ${tx}/${vin}`, address: null }),
    identify: (address) => {
      const category = categories.get(address);
      return category === undefined ? null : identityOf(address, category);
    },
  };
}

/** Every output of the chain with its number. */
export function tinyOutputs(
  chain: TinyChain,
): Array<{ tx: number; vout: number; output: ReturnType<typeof outputId> }> {
  const first = firstOutputs(chain);
  return chain.transactions.flatMap(({ outputs }, tx) =>
    outputs.map((_, vout) => ({ tx, vout, output: outputId(first[tx] + vout) })),
  );
}
