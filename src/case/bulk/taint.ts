/**
 * The verb `bulk taint`: every rule of one label over the whole money graph of a folder of block files, without stops and limits. The way for taint
 * that reaches most of the chain; coins are listed as `bulk trace` lists them, and are the same.
 */
import { type BlockColumns, type BlockIndex, feedBlocks } from '../../chain/bitcoin/bulk/index.ts';
import { classifyScript, subsidySat } from '../../chain/bitcoin/index.ts';
import { hasTaintRule, type MoneyGraph, type TaintBooks, type TaintedCoin } from '../../graph/index.ts';
import { SpoorError, type Txid } from '../../ledger/index.ts';
import type { HoldingRow } from '../../report/index.ts';
import type { TraceConventions } from '../../taint/index.ts';
import type { SeedRequest } from '../trace/seed.ts';
import { type BulkOptions, type BulkTotals, openIndex, totals } from './bulk.ts';
import { buildGraph, outputsOf } from './graph.ts';
import type { IdKeeper } from './id-keeper.ts';
import { ListFile } from './list-file.ts';
import { graphConventions, startOfChain } from './refuse.ts';

/** What may be asked. */
export interface BulkTaint {
  readonly options: BulkOptions;
  /** Outpoints and transactions, all of one label. */
  readonly seeds: readonly SeedRequest[];
  readonly rules: readonly string[];
  readonly conventions: TraceConventions;
  /** File for the resting places, null for none. */
  readonly coins: string | null;
}

/** Books of one rule, satoshi, and how many coins it leaves taint on. */
export interface BulkRuleAnswer extends Record<Exclude<keyof TaintBooks, 'conserves' | 'reached'>, string> {
  readonly rule: string;
  readonly conserves: boolean;
  readonly reached: number;
  readonly coins: number;
}

/** The answer, with the conventions it rests on. */
export interface BulkTaintAnswer extends BulkTotals {
  readonly label: string;
  readonly seeds: readonly string[];
  readonly conventions: TraceConventions;
  readonly rules: readonly BulkRuleAnswer[];
}

/** Runs the rules. Throws USAGE for seeds it cannot take, NOT_FOUND, INCOMPLETE, INTERRUPTED, IO, and what reading throws. */
export async function bulkTaint(given: BulkTaint): Promise<BulkTaintAnswer> {
  const { options, conventions } = given;
  const known = graphConventions(conventions);
  const strange = given.rules.find((rule) => !hasTaintRule(rule));
  if (strange !== undefined) {
    throw new SpoorError(
      'USAGE',
      `bulk taint has no rule "${strange}"`,
      {},
      strange.startsWith('address-taint') ? 'spoor trace has it' : 'spoor bulk trace and spoor trace have it',
    );
  }
  const seeds = namedSeeds(given.seeds);
  const index = openIndex(options);
  const { network } = index;
  const firstHeight = startOfChain(index, options.folder);
  const { graph, ids } = await buildGraph(index, options, given.coins !== null);
  const outputs = seeds.flatMap((seed) => outputsOf(graph, ids, seed));
  const subsidyOf = (block: number): number => subsidySat(firstHeight + block, network);
  const rests: RestList[] = [];
  const rules = given.rules.map((rule): BulkRuleAnswer => {
    const run = graph.taint({ rule, seeds: outputs, ...known, subsidySat: subsidyOf });
    const list = new RestList(rule, given.coins !== null);
    run.rests((coin) => list.add(coin));
    rests.push(list);
    return { rule, ...asText(run.books), coins: list.count };
  });
  const [{ label }] = given.seeds;
  if (given.coins !== null) {
    const rows = new RestRows({ label, index, graph, ids, firstHeight }, rests);
    await rows.write(new ListFile(given.coins, 0), options);
  }
  const subjects = given.seeds.map(({ subject }) => subject.text);
  return { ...totals(index, options), label, seeds: subjects, conventions, rules };
}

/** Seeds as outputs of transactions. Throws USAGE. */
function namedSeeds(seeds: readonly SeedRequest[]): Array<{ txid: Txid; vout: number | null }> {
  const trace = 'spoor bulk trace takes it';
  if (new Set(seeds.map(({ label }) => label)).size > 1) {
    throw new SpoorError('USAGE', 'the whole graph is traced for one label at a time', {}, trace);
  }
  return seeds.map(({ subject }) => {
    if (subject.kind === 'outpoint') return { txid: subject.txid, vout: subject.vout };
    if (subject.kind === 'transaction') return { txid: subject.txid, vout: null };
    throw new SpoorError('USAGE', `${subject.text} is no outpoint and no txid`, {}, trace);
  });
}

function asText({ conserves, reached, ...amounts }: TaintBooks): Omit<BulkRuleAnswer, 'rule' | 'coins'> {
  const { seededSat, heldSat, feeSat, cutSat, burnedSat } = amounts;
  return {
    conserves,
    reached,
    seededSat: String(seededSat),
    heldSat: String(heldSat),
    feeSat: String(feeSat),
    cutSat: String(cutSat),
    burnedSat: String(burnedSat),
  };
}

const STATUSES = ['unspent', 'burned', 'cut'] as const;
const REASONS = { unspent: null, burned: 'unspendable', cut: 'mixed' } as const;
/** Transaction, vout, taint, hops, status. */
const REST_NUMBERS = 5;

/** Resting places of one rule as numbers, because there can be millions. */
class RestList {
  readonly rule: string;
  count = 0;
  private numbers: Float64Array;

  /** `keep` false only counts. */
  constructor(rule: string, keep: boolean) {
    this.rule = rule;
    this.numbers = new Float64Array(keep ? 1024 * REST_NUMBERS : 0);
  }

  add({ transaction, vout, taintSat, hops, status }: Omit<TaintedCoin, 'valueSat'>): void {
    const at = REST_NUMBERS * this.count;
    this.count += 1;
    if (this.numbers.length === 0) return;
    if (at === this.numbers.length) {
      const longer = new Float64Array(2 * at);
      longer.set(this.numbers);
      this.numbers = longer;
    }
    this.numbers.set([transaction, vout, taintSat, hops, STATUSES.indexOf(status)], at);
  }

  /** One resting place, or null after the last. */
  at(index: number): Omit<TaintedCoin, 'valueSat'> | null {
    if (index >= this.count) return null;
    const at = REST_NUMBERS * index;
    const [transaction, vout, taintSat, hops, status] = this.numbers.subarray(at, at + REST_NUMBERS);
    return { transaction, vout, taintSat, hops, status: STATUSES[status] };
  }
}

/** Resting places as rows. A second pass over the blocks, because the graph keeps numbers and no scripts. */
class RestRows {
  private readonly of: { label: string; index: BlockIndex; graph: MoneyGraph; ids: IdKeeper; firstHeight: number };
  private readonly lists: ReadonlyArray<{ readonly rests: RestList; next: number }>;

  constructor(of: RestRows['of'], lists: readonly RestList[]) {
    this.of = of;
    this.lists = lists.map((rests) => ({ rests, next: 0 }));
  }

  /** Writes and closes the list. Throws IO, INTERRUPTED. */
  async write(list: ListFile, { workers, plain, signal, onProgress }: BulkOptions): Promise<void> {
    const { index, ids } = this.of;
    const firsts = this.lists.flatMap(({ rests }) => rests.at(0)?.transaction ?? []);
    try {
      if (firsts.length === 0) return;
      const from = ids.blockOf(Math.min(...firsts));
      const how = { kind: 'addresses', workers, plain, from, ...(signal && { signal }) } as const;
      for await (const { number, columns } of feedBlocks(index, how)) {
        this.rowsOf(number, columns, list);
        onProgress?.(number + 1, index.blocks.length);
        if (this.lists.every(({ rests, next }) => next === rests.count)) return;
      }
      throw new SpoorError('INTERRUPTED', 'stopped while the list of coins was written');
    } finally {
      list.close();
    }
  }

  private rowsOf(number: number, columns: BlockColumns, list: ListFile): void {
    const { graph, ids } = this.of;
    const first = ids.firstOf(number);
    const firstOutput = graph.firstOutput(first);
    for (const own of this.lists) {
      for (let coin = own.rests.at(own.next); coin !== null; coin = own.rests.at(own.next)) {
        if (coin.transaction >= first + columns.transactionCount) break;
        own.next += 1;
        const output = graph.firstOutput(coin.transaction) + coin.vout;
        const row = this.rowOf(coin, output, { number, script: scriptOf(columns, output - firstOutput) });
        list.write(`${JSON.stringify({ rule: own.rests.rule, ...row })}\n`);
      }
    }
  }

  private rowOf(
    { transaction, vout, taintSat, hops, status }: Omit<TaintedCoin, 'valueSat'>,
    output: number,
    at: { number: number; script: Uint8Array },
  ): HoldingRow {
    const { label, index, graph, ids, firstHeight } = this.of;
    const reason = REASONS[status];
    return {
      outpoint: `${ids.txid(transaction)}:${vout}`,
      address: classifyScript(at.script, index.network).address,
      height: firstHeight + at.number,
      value: String(graph.valueSat(output)),
      taint: { [label]: String(taintSat) },
      hops,
      status,
      ...(reason === null ? {} : { stop: { reason, tag: '' } }),
    };
  }
}

/** A copy: codecs do not take shared memory. */
function scriptOf({ bytes, outputScript }: BlockColumns, output: number): Uint8Array {
  const place = outputScript[2 * output];
  return Uint8Array.from(bytes.subarray(place, place + outputScript[2 * output + 1]));
}
