/**
 * Random tiny chains for holding engines against oracles: merges, splits, fees, zero values, same-block chains, coinbases that claim
 * all or less, unspendable outputs, outputs that are known spent by someone outside. Same seed and options, same chain.
 */
import { Prng } from './prng.ts';
import {
  outpointKey,
  scaleChain,
  type TinyChain,
  type TinyInput,
  type TinyOutput,
  type TinySeed,
  type TinyTx,
} from './tiny-chain.ts';

/** Knobs of `randomChain`; every one has a default. */
export interface RandomChainOptions {
  /** About how many transactions, coinbases included; 15. */
  readonly transactions?: number;
  /** Largest root value and subsidy in satoshi before scaling; 200. */
  readonly maxRootSat?: number;
  /** All amounts are multiplied by it; the shape of the graph does not change. 1. */
  readonly scale?: number;
  /** Give every block a coinbase, so that fee taint always has somewhere to go; otherwise two blocks in three have one. */
  readonly everyCoinbase?: boolean;
  /** Make all fees 0 (laws that hold without fees only). */
  readonly noFees?: boolean;
}

interface Draft {
  readonly prng: Prng;
  readonly options: Required<Omit<RandomChainOptions, 'scale'>>;
  readonly transactions: TinyTx[];
  /** Spendable outputs nobody spent yet. */
  readonly open: Array<{ tx: number; vout: number }>;
}

/** A valid chain (`checkTinyChain`) of about 15 transactions from 2 to 8 roots; values in satoshi, small unless scaled. */
export function randomChain(seed: number, options: RandomChainOptions = {}): TinyChain {
  const draft: Draft = {
    prng: Prng.fromSeed(seed),
    options: {
      transactions: options.transactions ?? 15,
      maxRootSat: options.maxRootSat ?? 200,
      everyCoinbase: options.everyCoinbase ?? false,
      noFees: options.noFees ?? false,
    },
    transactions: [],
    open: [],
  };
  const roots = draft.prng.between(2, 8);
  let height = 1;
  let made = 0;
  while (made < roots) {
    if (draft.prng.chance(0.3)) {
      addCoinbase(draft, height, 0);
      height += 1;
    } else addTransaction(draft, height, [{ external: rootValue(draft) }]);
    made += 1;
  }
  height += 1;
  while (draft.transactions.length < draft.options.transactions) {
    addBlock(draft, height);
    height += draft.prng.between(1, 3);
  }
  return scaleChain({ transactions: markSpentOutside(draft) }, options.scale ?? 1);
}

/**
 * Seeds of up to `labels` labels (fewer when the chain has too few outputs), one or two outpoints each, no outpoint twice. Labels are
 * numbered in canonical order; the list is in total order. A seed may well lie downstream of another.
 */
export function randomSeeds(chain: TinyChain, seed: number, labels: number): TinySeed[] {
  const prng = Prng.fromSeed(seed ^ 0x5eed);
  const outpoints = chain.transactions.flatMap((transaction, tx) =>
    transaction.outputs.map((_, vout) => ({ tx, vout })),
  );
  const drawn = prng.shuffled(outpoints);
  const early = drawn.filter(({ tx }) => tx < chain.transactions.length / 2);
  const groups: Array<Array<{ tx: number; vout: number }>> = [];
  const taken = new Set<string>();
  for (let label = 0; label < labels; label += 1) {
    const group = [];
    for (let wanted = prng.chance(0.4) ? 2 : 1; wanted > 0; wanted -= 1) {
      const pool = prng.chance(0.7) ? early : drawn;
      const next = pool.find(({ tx, vout }) => !taken.has(outpointKey(tx, vout)));
      if (next === undefined) continue;
      taken.add(outpointKey(next.tx, next.vout));
      group.push(next);
    }
    if (group.length > 0) groups.push(group.sort(inOrder));
  }
  groups.sort((left, right) => inOrder(left[0]!, right[0]!));
  return groups.flatMap((group, label) => group.map((outpoint) => ({ ...outpoint, label }))).sort(inOrder);
}

function inOrder(left: { tx: number; vout: number }, right: { tx: number; vout: number }): number {
  return left.tx - right.tx || left.vout - right.vout;
}

function addBlock(draft: Draft, height: number): void {
  const { prng } = draft;
  const first = draft.transactions.length;
  for (let left = prng.between(1, 4); left > 0; left -= 1) {
    const inputs: TinyInput[] = [];
    for (let wanted = prng.geometric(2); wanted > 0 && draft.open.length > 0; wanted -= 1) {
      inputs.push(takeOpen(draft));
    }
    if (inputs.length === 0 || prng.chance(0.15)) inputs.push({ external: rootValue(draft) });
    addTransaction(draft, height, prng.shuffled(inputs));
  }
  if (!draft.options.everyCoinbase && prng.chance(0.33)) return;
  const block = draft.transactions.slice(first);
  const fees = block.reduce((sum, transaction) => sum + totalIn(draft, transaction.inputs) - totalOut(transaction), 0);
  addCoinbase(draft, height, fees);
}

/** Recent outputs come twice as often as old ones, so that chains inside one block happen. */
function takeOpen(draft: Draft): TinyInput {
  const { prng, open } = draft;
  const from = prng.chance(0.5) ? Math.floor(open.length / 2) : 0;
  const [{ tx, vout }] = open.splice(prng.between(from, open.length - 1), 1) as [(typeof open)[number]];
  return { tx, vout };
}

function addTransaction(draft: Draft, height: number, inputs: readonly TinyInput[]): void {
  const { prng } = draft;
  const total = totalIn(draft, inputs);
  const free = draft.options.noFees || prng.chance(0.35);
  const feeSat = free ? 0 : prng.chance(0.05) ? total : prng.int(Math.floor(total / 3) + 1);
  push(draft, { coinbase: false, height, inputs, outputs: split(draft, total - feeSat) });
}

function addCoinbase(draft: Draft, height: number, fees: number): void {
  const { prng } = draft;
  const subsidy = prng.chance(0.15) ? 0 : prng.int(draft.options.maxRootSat + 1);
  const available = subsidy + fees;
  const claim = prng.chance(0.3) ? prng.int(available + 1) : available;
  push(draft, { coinbase: true, height, subsidy, inputs: [], outputs: split(draft, claim) });
}

function split(draft: Draft, total: number): TinyOutput[] {
  const { prng } = draft;
  const count = prng.chance(0.05) ? prng.between(8, 20) : prng.between(1, 4);
  const marks = Array.from({ length: count - 1 }, () => prng.int(total + 1)).sort((left, right) => left - right);
  const values = [...marks, total].map((mark, index) => mark - (marks[index - 1] ?? 0));
  if (prng.chance(0.2)) values.splice(prng.int(values.length + 1), 0, 0);
  return values.map((value) => ({
    value,
    ...(prng.chance(0.8) ? { address: prng.int(12) } : {}),
    ...(prng.chance(0.06) ? { unspendable: true } : {}),
  }));
}

function push(draft: Draft, transaction: TinyTx): void {
  const tx = draft.transactions.push(transaction) - 1;
  transaction.outputs.forEach((output, vout) => {
    if (output.unspendable !== true) draft.open.push({ tx, vout });
  });
}

function markSpentOutside(draft: Draft): TinyTx[] {
  const outside = new Set<string>();
  for (const { tx, vout } of draft.open) if (draft.prng.chance(0.2)) outside.add(outpointKey(tx, vout));
  return draft.transactions.map((transaction, tx) => ({
    ...transaction,
    outputs: transaction.outputs.map((output, vout) =>
      outside.has(outpointKey(tx, vout)) ? { ...output, statedSpent: true } : output,
    ),
  }));
}

function rootValue(draft: Draft): number {
  return draft.prng.chance(0.08) ? 0 : draft.prng.int(draft.options.maxRootSat + 1);
}

function totalIn(draft: Draft, inputs: readonly TinyInput[]): number {
  return inputs.reduce(
    (sum, input) =>
      sum + ('external' in input ? input.external : draft.transactions[input.tx]!.outputs[input.vout]!.value),
    0,
  );
}

function totalOut(transaction: TinyTx): number {
  return transaction.outputs.reduce((sum, output) => sum + output.value, 0);
}
