/** Taint of one label over the whole graph: the kernel's engines driven block by block, their books checked, and what rests read back. */
import { SpoorError } from '../ledger/index.ts';
import type { GraphExports } from './kernel-exports.ts';
import { type RuleCode, ruleCode } from './rule-code.ts';

/** An output by the numbers of the graph. */
export interface OutputNumber {
  readonly transaction: number;
  readonly output: number;
}

/** What is asked. Conventions as in `src/taint/README.md`. */
export interface TaintQuestion {
  readonly rule: string;
  /** Outputs that are tainted when they are made; each counts once. */
  readonly seeds: readonly OutputNumber[];
  readonly feeTaint: 'sink' | 'propagate';
  readonly coinbaseOrder: 'fees-first' | 'subsidy-first';
  readonly haircutFee: 'share' | 'outputs-only';
  /** New coins that the block of this number, from 0, may make, satoshi; asked only where fee taint propagates. */
  readonly subsidySat: (block: number) => number;
}

/** Books of one run, satoshi: `seeded = held + fee + cut + burned`. All 0 under poison, which keeps none. */
export interface TaintBooks {
  readonly conserves: boolean;
  readonly seededSat: bigint;
  readonly heldSat: bigint;
  readonly feeSat: bigint;
  readonly cutSat: bigint;
  readonly burnedSat: bigint;
  /** Transactions that moved taint. */
  readonly reached: number;
}

/** An output where taint rests: unspent, never to be spent (`burned`), or spent by a transaction that the rule does not follow (`cut`). */
export interface TaintedCoin {
  readonly transaction: number;
  readonly vout: number;
  readonly valueSat: number;
  readonly taintSat: number;
  /** Fewest transactions from a seed. */
  readonly hops: number;
  readonly status: 'unspent' | 'burned' | 'cut';
}

const NONE = 0xffff_ffff;
const SEED_WORDS = 3;
const FATES = ['unspent', 'burned', 'cut'] as const;
const FEES = { 'fees-first': 1, 'subsidy-first': 2 } as const;

/** One run of one rule, and the reading of it; the next run over the same graph ends it. */
export class TaintRun {
  readonly books: TaintBooks;
  private readonly kernel: GraphExports;
  private readonly rule: RuleCode;
  private readonly firsts: readonly number[];
  private readonly question: TaintQuestion;
  private readonly seeds: readonly OutputNumber[];
  /** Poison runs without hops until they are asked for. */
  private hopsCounted = false;
  /** Seeded outputs that were not tainted throughout before. */
  private readonly fresh = new Set<number>();

  /** Runs. `firsts` has the first transaction of each block. Throws USAGE, LEDGER_INVALID, CONSERVATION; a trap of the kernel passes. */
  constructor(kernel: GraphExports, firsts: readonly number[], question: TaintQuestion) {
    const rule = ruleCode(question.rule, question.haircutFee);
    if (rule === null) throw new SpoorError('USAGE', `the graph has no rule "${question.rule}"`);
    this.kernel = kernel;
    this.rule = rule;
    this.firsts = firsts;
    this.question = question;
    this.seeds = inOrder(question.seeds, question.feeTaint === 'propagate' ? firsts : []);
    this.run();
    this.books = this.closeBooks(question.rule);
  }

  private run(): void {
    const { kernel, seeds, question, hopsCounted } = this;
    const words = kernel.placeForSeeds(seeds.length);
    const place = (): Uint32Array => new Uint32Array(kernel.memory.buffer, words >>> 0, SEED_WORDS * seeds.length);
    place().set(seeds.flatMap(({ transaction, output }) => [transaction, output, 0]));
    const { kind, inOrder: lining, outOrder, feeFirst, boundary } = this.rule;
    const byBlock = question.feeTaint === 'propagate';
    const fees = byBlock ? FEES[question.coinbaseOrder] : 0;
    kernel.begin(kind, fees, lining, outOrder, feeFirst ? 1 : 0, boundary, hopsCounted ? 1 : 0);
    if (byBlock) this.walkBlocks(question.subsidySat);
    else if (seeds.length > 0) kernel.walk(seeds[0].transaction, kernel.transactionCount.value);
    const changed = place();
    seeds.forEach(({ output }, at) => {
      if (changed[SEED_WORDS * at + 2] !== 0) this.fresh.add(output);
    });
  }

  /** The coinbase is visited last in its block, because it collects the fees. */
  private walkBlocks(subsidySat: (block: number) => number): void {
    const { kernel, seeds, firsts } = this;
    const start = seeds.reduce((least, { transaction }) => Math.min(least, transaction), Number.MAX_SAFE_INTEGER);
    firsts.forEach((first, block) => {
      const end = firsts[block + 1] ?? kernel.transactionCount.value;
      if (end <= start) return;
      kernel.walk(first + 1, end);
      kernel.visitCoinbase(first, end, subsidySat(block));
    });
  }

  private closeBooks(name: string): TaintBooks {
    const { kernel, rule } = this;
    const overdrawn = kernel.overdrawn.value >>> 0;
    if (overdrawn !== NONE) {
      throw new SpoorError('LEDGER_INVALID', `transaction number ${overdrawn} of the graph pays more than it takes`);
    }
    const { conserves } = rule;
    const sat = (global: { readonly value: bigint }): bigint => (conserves ? BigInt.asUintN(64, global.value) : 0n);
    const books = {
      conserves,
      seededSat: sat(kernel.seededSat),
      heldSat: sat(kernel.heldSat),
      feeSat: sat(kernel.feeSat),
      cutSat: sat(kernel.cutSat),
      burnedSat: sat(kernel.burnedSat),
      reached: kernel.reached.value,
    };
    const difference = books.seededSat - books.heldSat - books.feeSat - books.cutSat - books.burnedSat;
    if (difference === 0n) return books;
    throw new SpoorError(
      'CONSERVATION',
      `rule ${name}: seeded ${books.seededSat} satoshi, ${difference} of them are in no account`,
    );
  }

  /** Calls `visit` for every output where taint rests, in the order of their numbers. */
  rests(visit: (coin: TaintedCoin) => void): void {
    const { kernel } = this;
    if (!this.rule.conserves && !this.hopsCounted) {
      this.hopsCounted = true;
      this.run();
    }
    const count = kernel.transactionCount.value;
    const seeded = [...new Set(this.seeds.map(({ transaction }) => transaction))].sort((a, b) => a - b);
    let at = 0;
    for (let number = 0; ; number += 1) {
      const limit = seeded[at] ?? count;
      number = kernel.nextEntered(number, limit) >>> 0;
      if (number >= count) return;
      if (number === limit) at += 1;
      const entered = kernel.nextEntered(number, number + 1) >>> 0 === number;
      this.restsOf(number, entered, visit);
    }
  }

  private restsOf(transaction: number, entered: boolean, visit: (coin: TaintedCoin) => void): void {
    const { kernel, rule, fresh } = this;
    const first = kernel.firstOutputOf(transaction) >>> 0;
    const end = kernel.firstOutputOf(transaction + 1) >>> 0;
    const hops = kernel.hopsAt(transaction) >>> 0;
    const next = (from: number): number => (rule.conserves ? kernel.nextRest(from, end) >>> 0 : from);
    for (let output = next(first); output < end; output = next(output + 1)) {
      const fate = kernel.fateOf(output);
      const valueSat = kernel.valueAt(output);
      if (!rule.conserves && (fate === FATES.length - 1 || valueSat === 0 || !(entered || fresh.has(output)))) continue;
      visit({
        transaction,
        vout: output - first,
        valueSat,
        taintSat: rule.conserves ? kernel.taintAt(output) : valueSat,
        hops: fresh.has(output) ? 0 : hops,
        status: FATES[fate],
      });
    }
  }
}

/** Each seed once, in the order in which they are visited: with blocks, the coinbase last of its block. */
function inOrder(seeds: readonly OutputNumber[], firsts: readonly number[]): OutputNumber[] {
  const coinbases = new Map(
    firsts.map((first, block) => [first, (firsts[block + 1] ?? Number.MAX_SAFE_INTEGER) - 0.5]),
  );
  const rank = ({ transaction }: OutputNumber): number => coinbases.get(transaction) ?? transaction;
  const once = [...new Map(seeds.map((seed) => [seed.output, seed])).values()];
  return once.sort((a, b) => rank(a) - rank(b) || a.output - b.output);
}
