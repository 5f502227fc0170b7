/**
 * A trace that goes on from where the same question ended before. The state of a run is kept at its tip; when only later blocks have come since, the
 * next trace takes it up and visits what is new. Whether that is so is told by the files: what a case holds up to a height is what the files that
 * tell of blocks up to it say, so a state stands while those are the same. A case with transactions without a height keeps no states.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ENGINE_VERSION } from '../../ledger/index.ts';
import {
  checkpoints,
  dropCheckpoint,
  filesUpTo,
  holdsUndated,
  putCheckpoint,
  RANKS_PER_HEIGHT,
  type StoredCheckpoint,
} from '../../store/index.ts';
import { type Seed, type StateLine, stateText, type TaintGap, type TraceParameters } from '../../taint/index.ts';
import { type CaseContext, sha256Hex } from '../context.ts';
import { serviceAddresses } from '../tag/tags.ts';
import type { TraceParams } from './trace.ts';

/** What is kept: who was seeded up to then, and the lines of the engine. */
interface KeptState {
  readonly seeds: ReadonlyArray<readonly [label: number, output: number]>;
  readonly lines: readonly StateLine[];
}

/** State to go on from, with the block it was kept at. */
export interface TakenUp {
  readonly height: number;
  readonly lines: readonly StateLine[];
}

/** A place for the states of one question in one case. */
export class Checkpoints {
  private readonly context: CaseContext;
  private readonly question: string;
  private readonly parameters: TraceParameters;

  /** Null where states cannot be kept. */
  static of(context: CaseContext, params: TraceParams, parameters: TraceParameters): Checkpoints | null {
    if (holdsUndated(context.store) || context.view.tip().height < 0) return null;
    return new Checkpoints(context, params, parameters);
  }

  /** Labels are left out of the question: later blocks may bring more, which come after those there are. Services are those that tags name. */
  private constructor(context: CaseContext, params: TraceParams, parameters: TraceParameters) {
    const { labels: _, ...asked } = params;
    const services = params.stopAt.includes('service') ? [...serviceAddresses(context).keys()].sort() : [];
    const terms = [ENGINE_VERSION, context.network, asked, services, parameters.envelope === true];
    this.context = context;
    this.question = sha256Hex(JSON.stringify(terms));
    this.parameters = parameters;
  }

  /** The latest state that still stands; states that do not are dropped. */
  takeUp(): TakenUp | null {
    const { store, view } = this.context;
    const tip = view.tip().height;
    for (const kept of checkpoints(store, this.question)) {
      const state = kept.height <= tip && kept.facts === this.factsUpTo(kept.height) ? unpacked(kept) : null;
      const seeds = JSON.stringify(this.seedsUpTo(kept.height).map(({ label, output }) => [label, output]));
      if (state !== null && JSON.stringify(state.seeds) === seeds) return { height: kept.height, lines: state.lines };
      dropCheckpoint(store, kept);
    }
    return null;
  }

  /** Seeds made after a height. */
  seedsAfter(height: number): Seed[] {
    return this.parameters.seeds.filter(({ orderKey }) => orderKey >= (height + 1) * RANKS_PER_HEIGHT);
  }

  /** Keeps the state at the tip. */
  keep(lines: readonly StateLine[]): void {
    const { store, view } = this.context;
    const { height } = view.tip();
    const seeds = this.seedsUpTo(height).map(({ label, output }) => [label, output] as const);
    const state = deflateRawSync(JSON.stringify({ seeds, lines } satisfies KeptState), { level: 1 });
    putCheckpoint(store, {
      question: this.question,
      height,
      facts: this.factsUpTo(height),
      stateHash: sha256Hex(lines.map(stateText).sort().join('\n')),
      digest: sha256Hex(state),
      state,
    });
  }

  private seedsUpTo(height: number): Seed[] {
    return this.parameters.seeds.filter(({ orderKey }) => orderKey < (height + 1) * RANKS_PER_HEIGHT);
  }

  private factsUpTo(height: number): string {
    return sha256Hex(filesUpTo(this.context.store, height).join('\n'));
  }
}

/** The state in a row, null where the row was damaged: the trace then starts anew. */
function unpacked({ digest, state }: StoredCheckpoint): KeptState | null {
  if (sha256Hex(state) !== digest) return null;
  return JSON.parse(inflateRawSync(state).toString('utf8')) as KeptState;
}

/** Gaps by the place of their transaction, so that a run that went on from a state lists them as one over everything. */
export function gapsInOrder({ view }: CaseContext, gaps: readonly TaintGap[]): TaintGap[] {
  const keyed = gaps.map((gap) => ({ gap, orderKey: view.orderKeyOf(gap.tx) }));
  const kinds = (a: TaintGap, b: TaintGap): number => (a.kind < b.kind ? -1 : Number(a.kind > b.kind));
  return keyed
    .sort((a, b) => a.orderKey - b.orderKey || kinds(a.gap, b.gap) || a.gap.output - b.gap.output)
    .map(({ gap }) => gap);
}
