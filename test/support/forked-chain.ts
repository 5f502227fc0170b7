/**
 * A chain that forks: blocks below the fork, branch A and branch B above it, each block a body of spoor lines. Branch B keeps some transactions of A in
 * other blocks, replaces some by double spends and drops what hangs on those, as a reorganisation does. Same seed, same chain.
 */
import { createHash } from 'node:crypto';
import { Prng } from './prng.ts';
import { randomChain } from './random-chain.ts';
import { inputValue, type TinyChain, type TinyTx } from './tiny-chain.ts';

/** A body with the height of its block; pages of transactions of several blocks have none. */
export interface Body {
  readonly name: string;
  readonly height: number | null;
  readonly lines: readonly string[];
}

/** The three parts, and pages that mix transactions of below the fork and of branch A, with words on who spent what. */
export interface ForkedChain {
  readonly forkHeight: number;
  readonly below: readonly Body[];
  readonly branchA: readonly Body[];
  readonly branchB: readonly Body[];
  readonly pages: readonly Body[];
}

interface Placed {
  readonly txid: string;
  readonly height: number;
  readonly blockHash: string;
  readonly line: Record<string, unknown>;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const script = (name: string): string => `0014${digest(name).slice(0, 40)}`;

class Branch {
  readonly placed: Placed[] = [];
  private readonly txids = new Map<number, string>();
  private readonly chain: TinyChain;
  private readonly seed: number;

  constructor(chain: TinyChain, seed: number, from: Branch | null = null) {
    this.chain = chain;
    this.seed = seed;
    for (const [tx, txid] of from?.txids ?? []) this.txids.set(tx, txid);
  }

  /** Adds a transaction when everything it spends is in this branch. */
  add(tx: number, at: { height: number; blockHash: string; position: number; salt: string }): boolean {
    const transaction = this.chain.transactions[tx] as TinyTx;
    const parents = transaction.inputs.map((input) => ('external' in input ? '' : this.txids.get(input.tx)));
    if (parents.includes(undefined)) return false;
    const txid = digest(`tx ${this.seed} ${tx} ${at.salt} ${parents.join()}`);
    this.txids.set(tx, txid);
    const { height, blockHash, position } = at;
    this.placed.push({ txid, height, blockHash, line: this.lineOf(tx, { txid, height, blockHash, position }) });
    return true;
  }

  private lineOf(
    tx: number,
    at: { txid: string; height: number; blockHash: string; position: number },
  ): Record<string, unknown> {
    const { coinbase, inputs, outputs } = this.chain.transactions[tx] as TinyTx;
    return {
      ...at,
      ...(coinbase ? { coinbase } : {}),
      inputs: inputs.map((input, vin) => ({
        prevTxid: 'external' in input ? digest(`outside ${this.seed} ${tx} ${vin}`) : this.txids.get(input.tx),
        prevVout: 'external' in input ? 0 : input.vout,
        valueSat: String(inputValue(this.chain, tx, vin)),
      })),
      outputs: outputs.map(({ value, address, unspendable }, vout) => ({
        valueSat: String(value),
        scriptPubKey: unspendable === true ? '6a' : script(`${this.seed} ${address ?? `${at.txid} ${vout}`}`),
      })),
    };
  }
}

function bodiesOf(placed: readonly Placed[], parent: Placed | null): Body[] {
  const bodies: Body[] = [];
  let before = parent === null ? null : { hash: parent.blockHash, height: parent.height };
  for (const height of [...new Set(placed.map((one) => one.height))]) {
    const members = placed.filter((one) => one.height === height);
    const [{ blockHash: hash }] = members as [Placed];
    // A height at which branch B holds nothing is left out, and the link over it with it.
    const link = before?.height === height - 1 ? { prevHash: before.hash } : {};
    const block = { hash, height, transactionCount: members.length, ...link };
    bodies.push({
      name: `block ${hash}`,
      height,
      lines: [JSON.stringify({ block }), ...members.map(({ line }) => JSON.stringify(line))],
    });
    before = { hash, height };
  }
  return bodies;
}

/** Says of every output that a transaction of `placed` spends who did it, as explorers do. */
function withSpenders(placed: readonly Placed[]): Array<Record<string, unknown>> {
  const spenders = new Map<string, string>();
  for (const { txid, line } of placed) {
    for (const input of line.inputs as Array<{ prevTxid: string; prevVout: number }>)
      spenders.set(`${input.prevTxid}:${input.prevVout}`, txid);
  }
  return placed.map(({ txid, line }) => ({
    ...line,
    position: undefined,
    outputs: (line.outputs as object[]).map((output, vout) => {
      const spenderTxid = spenders.get(`${txid}:${vout}`);
      return { ...output, spent: spenderTxid !== undefined, ...(spenderTxid === undefined ? {} : { spenderTxid }) };
    }),
  }));
}

/** A forked chain of about 26 transactions. */
export function forkedChain(seed: number): ForkedChain {
  const chain = randomChain(seed, { transactions: 26 });
  const prng = Prng.fromSeed(seed ^ 0xf0);
  const heights = [...new Set(chain.transactions.map(({ height }) => height))];
  const rankOf = new Map(heights.map((height, rank) => [height, rank]));
  const forkHeight = prng.between(1, heights.length - 2);
  const below = new Branch(chain, seed);
  const members = (rank: number): number[] =>
    chain.transactions.flatMap(({ height }, tx) => (rankOf.get(height) === rank ? [tx] : []));
  const fill = (branch: Branch, rank: number, name: string, saltOf: (tx: number) => string | null): void => {
    const blockHash = digest(`${name} ${seed} ${rank}`);
    let position = 0;
    for (const tx of members(rank)) {
      const salt = saltOf(tx);
      const coinbase = (chain.transactions[tx] as TinyTx).coinbase;
      if (salt === null) continue;
      if (branch.add(tx, { height: rank, blockHash, position: coinbase ? 0 : position + 1, salt })) position += 1;
    }
  };
  for (let rank = 0; rank <= forkHeight; rank += 1) fill(below, rank, 'below', () => '');
  const a = new Branch(chain, seed, below);
  const b = new Branch(chain, seed, below);
  for (let rank = forkHeight + 1; rank < heights.length; rank += 1) {
    fill(a, rank, 'a', () => '');
    fill(b, rank, 'b', (tx) => {
      if ((chain.transactions[tx] as TinyTx).coinbase) return 'b';
      return prng.chance(0.5) ? '' : prng.chance(0.6) ? 'b' : null;
    });
  }
  const belowBodies = bodiesOf(below.placed, null);
  const fork = below.placed.at(-1) as Placed;
  const told = withSpenders([...below.placed, ...a.placed]);
  const pages = [0, 1, 2].map((page) => ({
    name: `page ${page}`,
    height: null,
    lines: told.filter(() => prng.chance(0.3)).map((line) => JSON.stringify(line)),
  }));
  return {
    forkHeight,
    below: belowBodies,
    branchA: bodiesOf(a.placed, fork),
    branchB: bodiesOf(b.placed, fork),
    pages: pages.filter(({ lines }) => lines.length > 0),
  };
}
