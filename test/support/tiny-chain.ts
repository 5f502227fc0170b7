/**
 * The model that oracles and random graphs share: a chain small enough to be written by hand and walked satoshi by satoshi.
 * The list is the total order: heights never fall, and a block's coinbase is the last of its height because it collects the fees.
 */

/** What an input spends: an output of an earlier transaction of the list, or clean satoshis from outside the model. */
export type TinyInput = { readonly tx: number; readonly vout: number } | { readonly external: number };

/** One output. `unspendable` burns its value; `statedSpent` says that someone spent it even where no spender is in the list. */
export interface TinyOutput {
  readonly value: number;
  readonly address?: number;
  readonly unspendable?: boolean;
  readonly statedSpent?: boolean;
}

/** One transaction. A coinbase has no inputs; it may claim up to `subsidy` (satoshi, 0 when absent) plus the fees of its block. */
export interface TinyTx {
  readonly coinbase: boolean;
  readonly height: number;
  readonly subsidy?: number;
  readonly inputs: readonly TinyInput[];
  readonly outputs: readonly TinyOutput[];
}

/** A chain in total order; a transaction is named by its index. */
export interface TinyChain {
  readonly transactions: readonly TinyTx[];
}

/** An output that is tainted with a label when it is made. Labels count from 0 in the order of their earliest seeds. */
export interface TinySeed {
  readonly tx: number;
  readonly vout: number;
  readonly label: number;
}

/** Key of an output in every map of the oracles. */
export function outpointKey(tx: number, vout: number): string {
  return `${tx}:${vout}`;
}

/** Number of labels that the seeds name: one more than the highest. */
export function labelCountOf(seeds: readonly TinySeed[]): number {
  return seeds.reduce((count, seed) => Math.max(count, seed.label + 1), 0);
}

/** Satoshi of input `vin` of transaction `tx`. */
export function inputValue(chain: TinyChain, tx: number, vin: number): number {
  const input = chain.transactions[tx]!.inputs[vin]!;
  return 'external' in input ? input.external : chain.transactions[input.tx]!.outputs[input.vout]!.value;
}

/** Satoshi that transaction `tx` leaves to the miner; 0 for a coinbase. */
export function fee(chain: TinyChain, tx: number): number {
  const transaction = chain.transactions[tx]!;
  if (transaction.coinbase) return 0;
  return transaction.inputs.reduce((sum, _, vin) => sum + inputValue(chain, tx, vin), 0) - outputSum(transaction);
}

/** Satoshi that coinbase `tx` may claim but does not; 0 for every other transaction. */
export function unclaimed(chain: TinyChain, tx: number): number {
  const coinbase = chain.transactions[tx]!;
  if (!coinbase.coinbase) return 0;
  const fees = feePayers(chain, tx).reduce((sum, payer) => sum + fee(chain, payer), 0);
  return fees + (coinbase.subsidy ?? 0) - outputSum(coinbase);
}

/** The other transactions of the block of coinbase `tx`, in order. */
export function feePayers(chain: TinyChain, tx: number): number[] {
  const height = chain.transactions[tx]!.height;
  return chain.transactions.flatMap((other, index) => (other.height === height && !other.coinbase ? [index] : []));
}

/** Heights whose coinbase is in the list. */
export function heightsWithCoinbase(chain: TinyChain): Set<number> {
  return new Set(chain.transactions.filter((transaction) => transaction.coinbase).map(({ height }) => height));
}

/** Spending transaction of every spent output, by outpoint key. */
export function spenders(chain: TinyChain): Map<string, number> {
  const found = new Map<string, number>();
  chain.transactions.forEach((transaction, index) => {
    for (const input of transaction.inputs) {
      if (!('external' in input)) found.set(outpointKey(input.tx, input.vout), index);
    }
  });
  return found;
}

/** The same chain with every amount multiplied by a positive integer. */
export function scaleChain(chain: TinyChain, factor: number): TinyChain {
  return {
    transactions: chain.transactions.map((transaction) => ({
      ...transaction,
      ...(transaction.subsidy === undefined ? {} : { subsidy: transaction.subsidy * factor }),
      inputs: transaction.inputs.map((input) => ('external' in input ? { external: input.external * factor } : input)),
      outputs: transaction.outputs.map((output) => ({ ...output, value: output.value * factor })),
    })),
  };
}

/** Throws when the list breaks a rule of the model: order, double spend, spent unspendable, negative fee, over-claimed coinbase. */
export function checkTinyChain(chain: TinyChain): void {
  const spent = new Set<string>();
  chain.transactions.forEach((transaction, index) => {
    const previous = chain.transactions[index - 1];
    if (previous !== undefined) {
      demand(previous.height <= transaction.height, index, 'lies below its predecessor');
      const sameBlock = previous.height === transaction.height;
      demand(!(previous.coinbase && sameBlock), index, 'follows the coinbase of its block');
    }
    for (const input of transaction.inputs) {
      demand(!transaction.coinbase, index, 'is a coinbase with inputs');
      if ('external' in input) continue;
      demand(input.tx < index, index, 'spends a later transaction');
      const output = chain.transactions[input.tx]!.outputs[input.vout];
      demand(output !== undefined && output.unspendable !== true, index, 'spends what cannot be spent');
      demand(!spent.has(outpointKey(input.tx, input.vout)), index, 'spends twice');
      spent.add(outpointKey(input.tx, input.vout));
    }
    demand(fee(chain, index) >= 0, index, 'makes more than it takes');
    demand(unclaimed(chain, index) >= 0, index, 'claims more than subsidy and fees');
  });
}

function outputSum(transaction: TinyTx): number {
  return transaction.outputs.reduce((sum, output) => sum + output.value, 0);
}

function demand(holds: boolean, tx: number, fault: string): void {
  if (!holds) throw new Error(`tiny chain: transaction ${tx} ${fault}`);
}
