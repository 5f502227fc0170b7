/** A TinyChain as the frames and block facts the taint engine asks for: the memory side of every engine test. */
import {
  type BlockFees,
  NONE,
  OUTPUT_STATED_SPENT,
  OUTPUT_UNSPENDABLE,
  outputId,
  type TxFrame,
  txId,
} from '../../src/ledger/index.ts';
import {
  DEFAULT_CONVENTIONS,
  propagate,
  type RuleResult,
  type Seed,
  type TaintResult,
  type TraceParameters,
} from '../../src/taint/index.ts';
import { fee, labelCountOf, outpointKey, spenders, type TinyChain, type TinySeed } from './tiny-chain.ts';

/** First global output number of every transaction, and one past the last. */
export function firstOutputs(chain: TinyChain): number[] {
  const first = [0];
  for (const { outputs } of chain.transactions) first.push((first.at(-1) as number) + outputs.length);
  return first;
}

/** Frame of one transaction; order key is its index. */
export function tinyFrames(chain: TinyChain): (tx: number) => TxFrame {
  const first = firstOutputs(chain);
  const spentBy = spenders(chain);
  return (tx) => {
    const { coinbase, height, inputs, outputs } = chain.transactions[tx];
    const spender = outputs.map((_, vout) => spentBy.get(outpointKey(tx, vout)) ?? NONE);
    return {
      tx: txId(tx),
      orderKey: tx + 1,
      height,
      coinbase,
      inputOutput: inputs.map((input) => ('external' in input ? NONE : first[input.tx] + input.vout)),
      inputValueSat: inputs.map((input) =>
        'external' in input ? input.external : chain.transactions[input.tx].outputs[input.vout].value,
      ),
      inputAddress: inputs.map(() => NONE),
      inputHeight: inputs.map((input) => ('external' in input ? NONE : chain.transactions[input.tx].height)),
      firstOutput: outputId(first[tx]),
      outputValueSat: outputs.map(({ value }) => value),
      outputAddress: outputs.map(({ address }) => address ?? NONE),
      outputFlags: outputs.map(
        ({ unspendable, statedSpent }) =>
          (unspendable ? OUTPUT_UNSPENDABLE : 0) | (statedSpent ? OUTPUT_STATED_SPENT : 0),
      ),
      outputSpender: spender,
      outputSpenderKey: spender.map((index) => index + 1),
    };
  };
}

/** Engine seeds of tiny seeds. */
export function engineSeeds(chain: TinyChain, seeds: readonly TinySeed[]): Seed[] {
  const first = firstOutputs(chain);
  return seeds.map(({ tx, vout, label }) => ({
    tx: txId(tx),
    output: outputId(first[tx] + vout),
    orderKey: tx + 1,
    label,
  }));
}

/** What the blocks of a tiny chain pay; whole where the coinbase is in the list. */
export function tinyBlockFees(chain: TinyChain, height: number): BlockFees {
  const members = chain.transactions.flatMap((tx, index) => (tx.height === height ? [index] : []));
  const coinbase = members.find((index) => chain.transactions[index].coinbase);
  const payers = members.filter((index) => !chain.transactions[index].coinbase);
  return {
    height,
    coinbase: coinbase === undefined ? NONE : txId(coinbase),
    coinbaseOrderKey: (coinbase ?? 0) + 1,
    transactions: payers.map((index) => txId(index)),
    feesSat: payers.map((index) => fee(chain, index)),
    subsidySat: coinbase === undefined ? 0 : (chain.transactions[coinbase].subsidy ?? 0),
    complete: coinbase !== undefined,
  };
}

/** What a run over a tiny chain is told: no stops and no limits unless given. */
export function tinyTerms(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  given: Partial<TraceParameters> = {},
): Omit<TraceParameters, 'rules'> {
  return {
    labelCount: labelCountOf(seeds),
    seeds: engineSeeds(chain, seeds),
    limits: { maxHops: null, minSat: null, minShareMillionths: null, untilHeight: null },
    conventions: DEFAULT_CONVENTIONS,
    serviceAddresses: new Set(),
    stopAtCoinjoin: false,
    lookAhead: 1,
    keepTrail: true,
    ...given,
  };
}

/** Satoshi per label on every tainted output of a rule, by outpoint key. */
export function amountsByKey(chain: TinyChain, result: RuleResult, labels: number): Map<string, number[]> {
  const first = firstOutputs(chain);
  const found = new Map<string, number[]>();
  for (const { output, tx, taint } of [...result.holdings, ...result.passed]) {
    const amounts = new Array<number>(labels).fill(0);
    for (const [label, amountSat] of taint) amounts[label] = amountSat;
    found.set(outpointKey(tx, output - first[tx]), amounts);
  }
  return found;
}

/** Runs the engine over a tiny chain, without stops or limits unless given. */
export function traceTiny(chain: TinyChain, seeds: readonly TinySeed[], given: Partial<TraceParameters>): TaintResult {
  const frame = tinyFrames(chain);
  const run = propagate({
    rules: ['fifo', 'haircut', 'poison'],
    ...tinyTerms(chain, seeds, given),
  });
  let step = run.next();
  while (!step.done) {
    step = run.next({
      frames: step.value.transactions.map((tx) => frame(tx)),
      blocks: step.value.blocks.map((height) => tinyBlockFees(chain, height)),
    });
  }
  return step.value;
}
