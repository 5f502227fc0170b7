/**
 * Flow of taint over accounts as nodes and links, one picture an asset. An account is drawn once for each distance from a seed at which taint reached it, so
 * every link points to the right, also where money comes back. Beyond the largest, accounts of one distance are drawn as one.
 */
import { type AccountId, type AssetId, NONE } from '../../ledger/index.ts';
import { type FlowLink, type FlowNode, shortenMiddle } from '../../report/index.ts';
import type { AccountStep } from '../../taint/index.ts';
import type { AccountNamer } from './namer.ts';
import type { AccountAnswer, StopPlace } from './trace.ts';

/** Accounts drawn one by one; the smaller ones are merged by distance. */
const MOST_NODES = 34;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly rule: string;
  readonly amount: bigint;
}

/** The pictures of an answer, assets in the order of the books. */
export function accountFlows(
  answer: AccountAnswer,
  namer: AccountNamer,
): Array<{ asset: string; flow: { nodes: FlowNode[]; links: FlowLink[] } }> {
  const assets = [...new Set(answer.result.rules.flatMap(({ steps }) => steps.map(({ asset }) => asset)))];
  return assets
    .sort((a, b) => a - b)
    .map((asset) => ({ asset: namer.asset(asset), flow: new AccountFlow(answer, namer).of(asset) }));
}

class AccountFlow {
  private readonly answer: AccountAnswer;
  private readonly namer: AccountNamer;
  private readonly nodes = new Map<string, FlowNode>();
  private readonly edges: Edge[] = [];

  constructor(answer: AccountAnswer, namer: AccountNamer) {
    this.answer = answer;
    this.namer = namer;
  }

  of(asset: AssetId): { nodes: FlowNode[]; links: FlowLink[] } {
    for (const { rule, steps } of this.answer.result.rules)
      this.add(
        rule,
        steps.filter((step) => step.asset === asset),
      );
    return this.drawn();
  }

  private add(rule: string, steps: readonly AccountStep[]): void {
    const distance = new Map<AccountId, number>();
    for (const { kind, from, to, taint } of steps) {
      const amount = taint.reduce((sum, [, part]) => sum + part, 0n);
      const begins = kind === 'seed' || kind === 'convert' || from === NONE;
      const payer = begins ? 0 : (distance.get(from) ?? 0);
      const reached = payer + 1;
      const nearest = Math.min(distance.get(to) ?? reached, reached);
      distance.set(to, nearest);
      this.edges.push({
        from: begins ? this.origin(kind) : this.node(from, payer),
        to: this.node(to, reached),
        rule,
        amount,
      });
    }
  }

  private origin(kind: AccountStep['kind']): string {
    const id = `origin ${kind}`;
    const title = kind === 'convert' ? 'converted from another asset' : kind === 'seed' ? 'seeds' : 'fees';
    this.nodes.set(id, { id, kind: 'seed', title, subtitle: '', reference: title });
    return id;
  }

  private node(account: AccountId, distance: number): string {
    const id = `${account}@${distance}`;
    if (!this.nodes.has(id)) {
      const text = this.namer.account(account);
      const place = this.answer.stops.get(account);
      const tag = this.namer.tagsOf(account)[0]?.label;
      const name = place?.name ?? tag;
      const title = name ?? shortenMiddle(text);
      const subtitle = name === undefined ? '' : shortenMiddle(text);
      this.nodes.set(id, { id, kind: kindOf(place), title, subtitle, reference: text });
    }
    return id;
  }

  private drawn(): { nodes: FlowNode[]; links: FlowLink[] } {
    const merged = this.merges();
    const amounts = new Map<string, Map<string, bigint>>();
    for (const { from, to, rule, amount } of this.edges) {
      const key = `${merged.get(from) ?? from}\u0000${merged.get(to) ?? to}`;
      const perRule = amounts.get(key) ?? new Map<string, bigint>();
      amounts.set(key, perRule.set(rule, (perRule.get(rule) ?? 0n) + amount));
    }
    const links = [...amounts].map(([key, perRule]): FlowLink => {
      const [from, to] = key.split('\u0000');
      return { from, to, amount: Object.fromEntries([...perRule].map(([rule, amount]) => [rule, String(amount)])) };
    });
    const used = new Set(links.flatMap(({ from, to }) => [from, to]));
    return { nodes: [...this.nodes.values()].filter(({ id }) => used.has(id)), links };
  }

  /** Small nodes and the node that stands for them: one a distance and kind. */
  private merges(): Map<string, string> {
    const received = new Map<string, bigint>();
    for (const { to, amount } of this.edges) received.set(to, (received.get(to) ?? 0n) + amount);
    const small = [...received]
      .sort(([a, x], [b, y]) => (x > y ? -1 : x < y ? 1 : a < b ? -1 : 1))
      .slice(MOST_NODES)
      .map(([id]) => id);
    const groups = new Map<string, string[]>();
    for (const id of small) {
      const key = `${id.split('@')[1]} ${this.nodes.get(id)?.kind}`;
      groups.set(key, [...(groups.get(key) ?? []), id]);
    }
    const merged = new Map<string, string>();
    for (const [key, ids] of groups) {
      if (ids.length < 2) continue;
      const id = `more ${key}`;
      const kind = this.nodes.get(ids[0])?.kind ?? 'account';
      this.nodes.set(id, {
        id,
        kind,
        title: `${ids.length} smaller accounts`,
        subtitle: '',
        reference: 'see the table of arrivals',
      });
      for (const one of ids) merged.set(one, id);
    }
    return merged;
  }
}

function kindOf(place: StopPlace | undefined): FlowNode['kind'] {
  if (place === undefined) return 'account';
  return place.reason === 'mixer' ? 'coinjoin' : 'service';
}
