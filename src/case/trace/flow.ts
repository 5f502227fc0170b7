/**
 * The money flow of a run as nodes and links, left to right: seed groups, transactions, end points. Amounts are taint per rule.
 * Small runs are drawn whole; in large ones transactions outside the largest are merged by depth (longest path from a seed), which keeps
 * every link pointing forward.
 */
import { NONE } from '../../ledger/index.ts';
import { type FlowLink, type FlowNode, shortenMiddle, utcText } from '../../report/index.ts';
import type { Placement } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { timeOf } from './hops.ts';
import { type ServiceStops, servicesOfRun } from './service-stop.ts';
import type { TraceRun } from './trace.ts';
import { type TrailOutput, taintTotalSat } from './trail.ts';

/** Transactions drawn one by one; more than this and the smaller ones are merged. */
const MAX_TRANSACTION_NODES = 40;

/** End points drawn one by one; the smaller ones of a kind are merged. */
const MAX_END_NODES = 14;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly rule: string;
  readonly amountSat: bigint;
}

/** Nodes and links of the flow picture. */
export function flowOf(
  context: CaseContext,
  run: TraceRun,
  trail: readonly TrailOutput[],
): { nodes: FlowNode[]; links: FlowLink[] } {
  const draft = new FlowDraft(context, run);
  for (const hop of trail) draft.add(hop);
  draft.addFees();
  return draft.finish(trail);
}

class FlowDraft {
  private readonly context: CaseContext;
  private readonly run: TraceRun;
  private readonly services: ServiceStops;
  private readonly nodes = new Map<string, FlowNode>();
  private readonly edges: Edge[] = [];

  constructor(context: CaseContext, run: TraceRun) {
    this.context = context;
    this.run = run;
    this.services = servicesOfRun(context, run);
  }

  /** Links the maker of an output (or its seed group) to its spender or to the end point where its taint rests. */
  add(hop: TrailOutput): void {
    const from = hop.hops === 0 ? this.seedNode(hop) : this.transactionNode(hop.transaction);
    for (const { rule, conserves } of this.run.content.rules) {
      for (const placement of hop.byRule.get(rule) ?? []) {
        const amountSat = BigInt(taintTotalSat(placement, conserves));
        if (amountSat === 0n) continue;
        const to = placement.status === 'passed' ? this.spenderNode(placement) : this.endNode(hop, placement);
        this.edges.push({ from, to, rule, amountSat });
      }
    }
  }

  /** Links transactions to the one node of fees. */
  addFees(): void {
    for (const { rule, transactions } of this.run.content.rules) {
      for (const { tx, feeTaint } of transactions) {
        const amountSat = feeTaint.reduce((total, [, valueSat]) => total + BigInt(valueSat), 0n);
        if (amountSat === 0n) continue;
        this.put({
          id: 'fee',
          kind: 'fee',
          title: 'miner fees',
          subtitle: '',
          reference: 'fees of the transactions shown',
        });
        this.edges.push({ from: this.transactionNode(this.context.view.transaction(tx)), to: 'fee', rule, amountSat });
      }
    }
  }

  finish(trail: readonly TrailOutput[]): { nodes: FlowNode[]; links: FlowLink[] } {
    const mergedInto = this.merges(trail);
    const amounts = new Map<string, Map<string, bigint>>();
    for (const { from, to, rule, amountSat } of this.edges) {
      const ends = [mergedInto.get(from) ?? from, mergedInto.get(to) ?? to];
      if (ends[0] === ends[1]) continue;
      const key = ends.join('\u0000');
      const perRule = amounts.get(key) ?? new Map<string, bigint>();
      amounts.set(key, perRule.set(rule, (perRule.get(rule) ?? 0n) + amountSat));
    }
    const links = [...amounts].map(([key, perRule]): FlowLink => {
      const [from, to] = key.split('\u0000');
      return { from, to, amount: Object.fromEntries([...perRule].map(([rule, amount]) => [rule, String(amount)])) };
    });
    const used = new Set(links.flatMap(({ from, to }) => [from, to]));
    return { nodes: [...this.nodes.values()].filter(({ id }) => used.has(id)), links };
  }

  private put(node: FlowNode): string {
    if (!this.nodes.has(node.id)) this.nodes.set(node.id, node);
    return node.id;
  }

  private seedNode(hop: TrailOutput): string {
    const labels = [
      ...new Set(
        [...hop.byRule.values()].flat().flatMap(({ taint }) => taint.map(([label]) => this.run.params.labels[label])),
      ),
    ];
    const name = labels.join(' + ');
    const address = hop.output.address ?? hop.output.outpoint;
    return this.put({
      id: `seed ${name} ${address}`,
      kind: 'seed',
      title: name,
      subtitle: shortenMiddle(address),
      reference: address,
    });
  }

  private transactionNode(transaction: TrailOutput['transaction']): string {
    const timeSec = timeOf(transaction);
    const block = transaction.height === null ? 'block unknown' : `block ${transaction.height}`;
    return this.put({
      id: `tx ${transaction.txid}`,
      kind: 'transaction',
      title: shortenMiddle(transaction.txid),
      subtitle: timeSec === null ? block : `${block}, ${utcText(timeSec).slice(0, 16)}`,
      reference: transaction.txid,
    });
  }

  private spenderNode(placement: Placement): string {
    const spender = this.context.view.spenderOf(placement.output);
    if (spender === NONE) throw new Error(`output ${placement.output} passed taint on and has no spender`);
    return this.transactionNode(this.context.view.transaction(spender));
  }

  private endNode(hop: TrailOutput, placement: Placement): string {
    const { address, outpoint } = hop.output;
    const name = address ?? outpoint;
    const tag = address === null ? undefined : this.services.get(address);
    if (placement.reason === 'service' && tag !== undefined) {
      return this.put({
        id: `service ${name}`,
        kind: 'service',
        title: tag.label,
        subtitle: shortenMiddle(name),
        reference: name,
      });
    }
    const kind =
      placement.reason === 'coinjoin' ? 'coinjoin' : placement.status === 'stopped' ? 'service' : placement.status;
    if (kind === 'passed') throw new Error('a passed output is no end point');
    return this.put({ id: `${kind} ${name}`, kind, title: kind, subtitle: shortenMiddle(name), reference: name });
  }

  /** Which nodes are merged into which, when there are too many to draw. */
  private merges(trail: readonly TrailOutput[]): Map<string, string> {
    const into = new Map<string, string>();
    const largest = new Map<string, bigint>();
    for (const { to, from, amountSat } of this.edges) {
      for (const id of [to, from]) if ((largest.get(id) ?? 0n) < amountSat) largest.set(id, amountSat);
    }
    const byAmount = (a: FlowNode, b: FlowNode): number => {
      const difference = (largest.get(b.id) ?? 0n) - (largest.get(a.id) ?? 0n);
      return difference === 0n ? (a.id < b.id ? -1 : 1) : difference > 0n ? 1 : -1;
    };
    const nodes = [...this.nodes.values()].sort(byAmount);
    const depths = depthByNode(this.edges, trail);
    for (const node of nodes.filter(({ kind }) => kind === 'transaction').slice(MAX_TRANSACTION_NODES)) {
      const id = `merged transactions ${depths.get(node.id) ?? 0}`;
      into.set(
        node.id,
        this.put({
          id,
          kind: 'transaction',
          title: 'smaller transactions',
          subtitle: `depth ${depths.get(node.id) ?? 0}`,
          reference: '',
        }),
      );
    }
    for (const kind of new Set(nodes.map((node) => node.kind))) {
      if (kind === 'transaction' || kind === 'fee') continue;
      const rest = nodes.filter((node) => node.kind === kind).slice(MAX_END_NODES);
      const title = `${rest.length} more, ${kind}`;
      for (const node of rest)
        into.set(node.id, this.put({ id: `merged ${kind}`, kind, title, subtitle: '', reference: '' }));
    }
    return into;
  }
}

/** Longest path from a seed, per node; the trail's order is topological, so one pass over its edges in order is enough. */
function depthByNode(edges: readonly Edge[], trail: readonly TrailOutput[]): Map<string, number> {
  const orderOf = new Map(trail.map(({ transaction }) => [`tx ${transaction.txid}`, transaction.orderKey]));
  const depths = new Map<string, number>();
  const ordered = [...edges].sort((a, b) => (orderOf.get(a.from) ?? 0) - (orderOf.get(b.from) ?? 0));
  for (const { from, to } of ordered) depths.set(to, Math.max(depths.get(to) ?? 0, (depths.get(from) ?? 0) + 1));
  return depths;
}
