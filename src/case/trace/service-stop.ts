/**
 * Where taint stops because a custodial service pools the money: at addresses that a tag names, and if asked at every address of the core
 * cluster of such a one. A cluster whose tags contradict each other, or that holds a seed, passes no stop on: that is said, and whoever reads decides.
 */
import {
  type Address,
  type AddressId,
  addressFromCodec,
  type OutputId,
  outputId,
  SpoorError,
} from '../../ledger/index.ts';
import type { StopCitation } from '../../report/index.ts';
import { addressText, findClusterMember, memberTexts, type RunContent } from '../../store/index.ts';
import { isServiceCategory, settleTags, tagText } from '../../tag/index.ts';
import { againstServices, levelFor, tagsByCluster } from '../cluster/conflict.ts';
import { loadClusters, loadFreshClusters } from '../cluster/read.ts';
import type { CaseContext } from '../context.ts';
import { type CaseTag, listTags, serviceAddresses } from '../tag/tags.ts';

/**
 * `own`: addresses that a tag names. `definer`: also the core clusters of addresses whose tag says that it covers the cluster, which is what
 * `screen` passes on. `core`: also the core cluster of every address that a tag names.
 */
export const SERVICE_REACHES = ['own', 'definer', 'core'] as const;
/** One of `SERVICE_REACHES`. */
export type ServiceReach = (typeof SERVICE_REACHES)[number];

/** The choice as kept with a run; absent: `own`. `clusterRun` is the run of clustering that it rests on. */
export interface ServiceReachParams {
  readonly serviceReach?: 'definer' | 'core';
  readonly clusterRun?: string;
}

/** What of the parameters of a run decides where services end. */
type StopParams = ServiceReachParams & { readonly stopAt: readonly string[] };

/** What a run keeps of the choice. Throws NOT_FOUND without clusters, VERIFY_FAILED when they are of other facts, USAGE where nothing stops at services. */
export function serviceReach(
  context: CaseContext,
  { serviceReach: asked = 'own', stopAt }: { readonly serviceReach?: ServiceReach; readonly stopAt: readonly string[] },
): ServiceReachParams {
  if (asked === 'own') return {};
  if (!stopAt.includes('service'))
    throw new SpoorError('USAGE', '--service-clusters says where services end, and --stop-at leaves services out');
  return { serviceReach: asked, clusterRun: loadFreshClusters(context, 'its clusters may be others now').run.id };
}

/** The stops of a stored run. */
export function servicesOfRun(
  context: CaseContext,
  { params, content }: { readonly params: StopParams; readonly content: Pick<RunContent, 'seeds'> },
): ServiceStops {
  return new ServiceStops(
    context,
    params,
    content.seeds.map(({ output }) => outputId(output)),
  );
}

/** Services by address, as a run asked for them. */
export class ServiceStops {
  /** Clusters that pass no stop on, and why, in words. */
  readonly conflicts: readonly string[];
  private readonly context: CaseContext;
  private readonly own: ReadonlyMap<string, CaseTag>;
  /** Settled tag of each cluster that passes its stop on, by its root. */
  private readonly inherited: ReadonlyMap<number, CaseTag>;
  private readonly clusterRun: string | null;
  private readonly stops: boolean;

  /** Stops of a run with these seeds. Throws NOT_FOUND when its run of clustering was taken out. */
  constructor(context: CaseContext, params: StopParams, seeds: readonly OutputId[]) {
    this.context = context;
    this.stops = params.stopAt.includes('service');
    this.own = serviceAddresses(context);
    const { clusterRun = null, serviceReach: reach } = params;
    this.clusterRun = clusterRun === null ? null : loadClusters(context, clusterRun).run.id;
    const found = this.clusterRun === null ? NOBODY : this.passedOn(this.clusterRun, reach === 'definer', seeds);
    this.inherited = found.stops;
    this.conflicts = found.conflicts;
  }

  /** The tag that makes an address a service; undefined where none does. */
  get(address: string): CaseTag | undefined {
    return this.own.get(address) ?? this.heir(address);
  }

  /** Whether an address is one of a service. */
  has(address: string): boolean {
    return this.get(address) !== undefined;
  }

  /** Numbers of addresses where taint stops, for engines. */
  ids(): Pick<ReadonlySet<number>, 'has'> {
    if (!this.stops) return new Set();
    const own = [...this.own.values()].map(({ subject }) =>
      subject.kind === 'address' ? this.context.view.findAddress(subject.address) : null,
    );
    const known = new Map<number, boolean>(
      own.flatMap((id) => (id === null ? [] : [[id as AddressId, true] as const])),
    );
    if (this.inherited.size === 0) return known;
    return {
      has: (id) => {
        const before = known.get(id);
        if (before !== undefined) return before;
        const text = addressText(this.context.store, id);
        const answer = text !== null && this.heir(text) !== undefined;
        known.set(id, answer);
        return answer;
      },
    };
  }

  /** The stop at an address as a document cites it: a tag of its own, or that of its cluster with the level it keeps there. */
  citation(address: string | null): StopCitation {
    const own = address === null ? undefined : this.own.get(address);
    if (own !== undefined) return { reason: 'service', tag: tagText(own) };
    const heir = address === null ? undefined : this.heir(address);
    if (heir === undefined || heir.subject.kind !== 'address') return { reason: 'service', tag: '' };
    const from = heir.subject.address;
    const level = levelFor(heir, false, 'core');
    return {
      reason: 'service',
      tag: `${tagText(heir)}, by the core cluster it shares with ${from} (level ${level})`,
      inherited: { from, level, clusterRun: this.clusterRun ?? '' },
    };
  }

  private heir(address: string): CaseTag | undefined {
    if (this.clusterRun === null || this.inherited.size === 0) return undefined;
    const member = findClusterMember(this.context.store, this.clusterRun, addressFromCodec(address));
    return member === null ? undefined : this.inherited.get(member.core);
  }

  /** Clusters with a service in them: those that pass it on, and those that do not. */
  private passedOn(run: string, definersOnly: boolean, seeds: readonly OutputId[]): Inheritance {
    const rootOf = (address: Address): number | null =>
      findClusterMember(this.context.store, run, address)?.core ?? null;
    const byRoot = tagsByCluster(this.context.store, { run, layer: 'core' }, listTags(this.context));
    const seeded = new Set(
      seeds.map((output) => this.context.view.output(output).address).map((of) => (of === null ? null : rootOf(of))),
    );
    const text = memberTexts(this.context.store, run);
    const stops = new Map<number, CaseTag>();
    const conflicts: string[] = [];
    for (const [root, tags] of byRoot) {
      const services = tags.filter(({ category, concepts }) => isServiceCategory(category, concepts));
      const passing = definersOnly ? services.filter(({ isClusterDefiner }) => isClusterDefiner) : services;
      if (passing.length === 0) continue;
      const against = againstServices(tags);
      if (seeded.has(root)) against.push(`a seed of this trace is joined with ${tagText(passing[0])}`);
      conflicts.push(...against.map((why) => `cluster:${text(root)} passes no stop on: ${why}`));
      if (against.length === 0) stops.set(root, settleTags(passing).best);
    }
    return { stops, conflicts: conflicts.sort() };
  }
}

interface Inheritance {
  readonly stops: ReadonlyMap<number, CaseTag>;
  readonly conflicts: readonly string[];
}

const NOBODY: Inheritance = { stops: new Map(), conflicts: [] };
