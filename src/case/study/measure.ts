/** One trace of one seed under one rule, measured: counts over the tainted outputs, their addresses and their transaction graph. */
import { type Digraph, graphMetrics } from '../../graph/index.ts';
import { NONE, type OutputId, outputId, type TxFrame, type TxId, txId, type ViewOutput } from '../../ledger/index.ts';
import { isCoinjoin } from '../../pattern/index.ts';
import type { Placement, RuleResult } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { listTags, serviceAddressIds } from '../tag/tags.ts';
import { timeOf } from '../trace/hops.ts';
import { FeeRates } from './fee-rate.ts';
import type { MetricValues } from './metric.ts';
import { giniOf, topShareOf } from './spread.ts';

/** What the case says of one address. */
interface AddressFacts {
  readonly firstTx: TxId;
  readonly reused: boolean;
  readonly tagged: boolean;
}

/** Facts that many traces ask for, each read once. */
export class StudyFacts {
  readonly services: ReadonlySet<number>;
  readonly feeRates: FeeRates;
  private readonly context: CaseContext;
  private readonly tagged: ReadonlySet<string>;
  private readonly frames = new Map<TxId, TxFrame>();
  private readonly outputs = new Map<OutputId, ViewOutput>();
  private readonly addresses = new Map<string, AddressFacts>();
  private readonly times = new Map<TxId, number | null>();

  constructor(context: CaseContext) {
    this.context = context;
    this.services = serviceAddressIds(context);
    this.feeRates = new FeeRates(context);
    this.tagged = new Set(
      listTags(context).flatMap(({ subject }) => (subject.kind === 'address' ? [subject.address] : [])),
    );
  }

  frame(tx: TxId): TxFrame {
    return remembered(this.frames, tx, () => this.context.view.frame(tx));
  }

  output(output: OutputId): ViewOutput {
    return remembered(this.outputs, output, () => this.context.view.output(output));
  }

  timeSec(tx: TxId): number | null {
    return remembered(this.times, tx, () => timeOf(this.context.view.transaction(tx)));
  }

  address(address: NonNullable<ViewOutput['address']>): AddressFacts {
    return remembered(this.addresses, address, () => {
      const paidBy = this.context.view.outputsOfAddress(address).map((output) => this.output(output).tx);
      return { firstTx: paidBy[0], reused: new Set(paidBy).size > 1, tagged: this.tagged.has(address) };
    });
  }
}

function remembered<K, V>(known: Map<K, V>, key: K, read: () => V): V {
  const before = known.get(key);
  if (before !== undefined) return before;
  const value = read();
  known.set(key, value);
  return value;
}

/** Nodes that distances are measured from, as in the thesis whose metrics these are. */
export const SAMPLE_NODES = 100;

/** Measures the answer of one rule for one seed. */
export function measure(facts: StudyFacts, result: RuleResult): MetricValues {
  const placements = [...result.passed, ...result.holdings];
  return {
    ...sizeOf(result, placements),
    ...amountsOf(result),
    ...behaviourOf(facts, result, placements),
    ...graphOf(facts, result, placements),
  };
}

function sizeOf(result: RuleResult, placements: readonly Placement[]): MetricValues {
  // States are runs or labels with an amount each; where nothing is conserved they are labels alone.
  const width = result.conserves ? 2 : 1;
  return {
    transactions: taintedTransactions(result, placements).length,
    outputs: new Set(placements.map(({ output }) => output)).size,
    outputs_held: new Set(result.holdings.flatMap(({ output, status }) => (status === 'unspent' ? [output] : []))).size,
    segments: placements.reduce((sum, { state }) => sum + Math.ceil((state?.length ?? 0) / width), 0),
    hops_max: placements.reduce((most, { hops }) => Math.max(most, hops), 0),
  };
}

/** Transactions that made a tainted output or moved taint, in total order. */
export function taintedTransactions(
  result: RuleResult,
  placements: readonly Placement[] = [...result.passed, ...result.holdings],
): TxId[] {
  const keys = new Map<TxId, number>();
  for (const { tx, orderKey } of [...result.transactions, ...placements]) keys.set(tx, orderKey);
  return [...keys].sort((a, b) => a[1] - b[1]).map(([tx]) => tx);
}

/** Amounts of the one label; a rule that does not conserve has no books. */
function amountsOf(result: RuleResult): MetricValues {
  const resting = result.holdings.map((placement) => taintSat(placement, result.conserves));
  const spread = { gini: giniOf(resting), top10_share: topShareOf(resting) };
  const book = result.conserves ? result.books[0] : undefined;
  if (book === undefined) {
    const none = {
      seeded_sat: null,
      held_sat: null,
      stopped_sat: null,
      fee_sat: null,
      unresolved_sat: null,
      conservation: null,
    };
    return { ...spread, ...none };
  }
  const { seeded, held, stopped, fee, unresolved, cut, burned } = book;
  const terms = held + stopped + fee + unresolved + cut + burned;
  return {
    ...spread,
    seeded_sat: Number(seeded),
    held_sat: Number(held),
    stopped_sat: Number(stopped),
    fee_sat: Number(fee),
    unresolved_sat: Number(unresolved),
    conservation: seeded === 0n ? null : Number(terms) / Number(seeded),
  };
}

function taintSat({ taint, valueSat }: Placement, conserves: boolean): number {
  return conserves ? taint.reduce((sum, [, amountSat]) => sum + amountSat, 0) : valueSat;
}

function behaviourOf(facts: StudyFacts, result: RuleResult, placements: readonly Placement[]): MetricValues {
  const transactions = taintedTransactions(result, placements);
  const isService = ({ tx, vout }: Placement): boolean => facts.services.has(facts.frame(tx).outputAddress[vout]);
  const deposits = placements.filter(isService);
  const made = new Map<string, Set<TxId>>();
  for (const { output, tx } of placements) {
    const { address } = facts.output(output);
    if (address !== null) made.set(address, (made.get(address) ?? new Set()).add(tx));
  }
  const addresses = placements.flatMap(({ output }) => facts.output(output).address ?? []);
  const distinct = [...new Set(addresses)].map((address) => ({ address, facts: facts.address(address) }));
  const fresh = distinct.filter((one) => made.get(one.address)?.has(one.facts.firstTx) === true);
  const tainted = new Set(placements.map(({ output }) => output));
  const moving = result.transactions.map(({ tx }) => facts.frame(tx));
  return {
    addresses: distinct.length,
    service_deposits: new Set(deposits.map(({ output }) => output)).size,
    service_addresses: new Set(deposits.map(({ output }) => facts.output(output).address)).size,
    service_transactions: new Set(deposits.map(({ tx }) => tx)).size,
    tagged_addresses: distinct.filter((one) => one.facts.tagged).length,
    addresses_reused: distinct.filter((one) => one.facts.reused).length,
    addresses_fresh: fresh.length,
    addresses_fresh_reused: fresh.filter((one) => one.facts.reused).length,
    coinjoin_transactions: transactions.filter((tx) => isCoinjoin(facts.frame(tx))).length,
    unidentified_pet_transactions: moving.filter((frame) => isUnidentifiedPet(facts, frame, tainted)).length,
    addresses_per_transaction: transactions.length === 0 ? null : distinct.length / transactions.length,
    ...facts.feeRates.measure(transactions),
    transactions_per_day: perDay(transactions.map((tx) => facts.timeSec(tx))),
  };
}

/** Several owners may have paid together here, and nothing says who: a clean input beside tainted ones, none from a service. */
function isUnidentifiedPet(facts: StudyFacts, frame: TxFrame, tainted: ReadonlySet<OutputId>): boolean {
  if (frame.inputOutput.length < 2 || frame.inputAddress.some((address) => facts.services.has(address))) return false;
  return frame.inputOutput.some((output) => output === NONE || !tainted.has(outputId(output)));
}

const SECONDS_PER_DAY = 86_400;
const DAYS = 15;

/** Transactions a day over the first fifteen days; null where no time is known. */
function perDay(times: ReadonlyArray<number | null>): number | null {
  const known = times.filter((time) => time !== null);
  if (known.length === 0) return null;
  const first = known.reduce((least, time) => Math.min(least, time), known[0]);
  return known.filter((time) => time < first + DAYS * SECONDS_PER_DAY).length / DAYS;
}

function graphOf(facts: StudyFacts, result: RuleResult, placements: readonly Placement[]): MetricValues {
  const graph = transactionGraph(facts, result, placements);
  const metrics = graphMetrics(graph, SAMPLE_NODES);
  const { assortativity } = metrics;
  return {
    edges: metrics.edges,
    density: metrics.density,
    mean_degree: metrics.meanDegree,
    clustering: metrics.clustering,
    mean_distance: metrics.meanDistance,
    diameter: metrics.diameter,
    modularity: metrics.modularity,
    communities: metrics.communities,
    degree_centrality: metrics.degreeCentrality,
    assortativity_in_in: assortativity.inIn,
    assortativity_in_out: assortativity.inOut,
    assortativity_out_in: assortativity.outIn,
    assortativity_out_out: assortativity.outOut,
    power_law_exponent: metrics.powerLawExponent,
  };
}

/** Tainted transactions in total order, joined where one spends a tainted output of another that taint moved on from. */
function transactionGraph(facts: StudyFacts, result: RuleResult, placements: readonly Placement[]): Digraph {
  const transactions = taintedTransactions(result, placements);
  const number = new Map(transactions.map((tx, index) => [tx, index]));
  const edges = new Set<string>();
  const from: number[] = [];
  const to: number[] = [];
  for (const { tx, vout } of result.passed) {
    const spender = facts.frame(tx).outputSpender[vout];
    const [source, target] = [number.get(tx), spender === NONE ? undefined : number.get(txId(spender))];
    if (source === undefined || target === undefined || edges.has(`${source} ${target}`)) continue;
    edges.add(`${source} ${target}`);
    from.push(source);
    to.push(target);
  }
  return { nodeCount: transactions.length, from, to };
}
