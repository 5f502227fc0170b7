/**
 * How far the rules agree: per output, address, cluster and service what each conserving rule leaves there, the smallest and the largest of it, and the
 * bounds that any conserving rule must keep to. Amounts are of taint at rest, so that every satoshi is counted in one place.
 */
import { addressFromCodec, type OutputId, outputId, type ViewOutput } from '../../ledger/index.ts';
import type { IntervalRow, IntervalsDocument, LabelledInterval, OutputInterval } from '../../report/index.ts';
import { findClusterMember, memberTexts, runs } from '../../store/index.ts';
import { type Book, ruleByName } from '../../taint/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { servicesOfRun } from './service-stop.ts';
import type { TraceRun } from './trace.ts';

/** Label of all labels together, in bounds. */
const ALL = -1;
/** Terms of the books that taint comes to rest under. */
const TERMS: ReadonlyArray<keyof Book> = ['held', 'fee', 'stopped', 'cut', 'burned', 'unresolved'];

/** Amounts of one place: by label (`ALL` for their sum) and rule, and the bounds by label. */
class Place {
  readonly byLabel = new Map<number, Map<string, bigint>>();
  readonly bounds = new Map<number, { lowerSat: bigint; upperSat: bigint }>();
  readonly statuses = new Set<string>();
  outputs = 0;

  add(label: number, rule: string, amountSat: bigint): void {
    for (const of of [label, ALL]) {
      const amounts = this.byLabel.get(of) ?? new Map<string, bigint>();
      this.byLabel.set(of, amounts.set(rule, (amounts.get(rule) ?? 0n) + amountSat));
    }
  }

  bound(label: number, lowerSat: bigint, upperSat: bigint): void {
    const before = this.bounds.get(label) ?? { lowerSat: 0n, upperSat: 0n };
    this.bounds.set(label, { lowerSat: before.lowerSat + lowerSat, upperSat: before.upperSat + upperSat });
  }

  /** Adds all of another place. */
  join(other: Place): void {
    this.outputs += 1;
    for (const status of other.statuses) this.statuses.add(status);
    for (const [label, amounts] of other.byLabel) {
      if (label !== ALL) for (const [rule, amountSat] of amounts) this.add(label, rule, amountSat);
    }
    for (const [label, { lowerSat, upperSat }] of other.bounds) this.bound(label, lowerSat, upperSat);
  }
}

/** What the rows are made from: the rules compared, and how much of each label (`ALL` too) there is at all. */
interface Compared {
  readonly rules: readonly string[];
  readonly early: ReadonlySet<string>;
  readonly labels: readonly string[];
  readonly seededSat: ReadonlyMap<number, bigint>;
  readonly bounded: boolean;
}

function leastAndMost(amounts: readonly bigint[]): { least: string; most: string } {
  const sorted = [...amounts].sort((a, b) => (a < b ? -1 : Number(a > b)));
  return { least: String(sorted[0] ?? 0n), most: String(sorted.at(-1) ?? 0n) };
}

/** Interval of one label at a place. Together, places cannot hold more of a label than was seeded. */
function rowOf(place: Place, label: number, compared: Compared): IntervalRow {
  const amounts = place.byLabel.get(label);
  const of = (rule: string): bigint => amounts?.get(rule) ?? 0n;
  const { lowerSat, upperSat } = place.bounds.get(label) ?? { lowerSat: 0n, upperSat: 0n };
  const seededSat = compared.seededSat.get(label) ?? 0n;
  const following = compared.rules.filter((rule) => !compared.early.has(rule));
  return {
    ...leastAndMost(compared.rules.map(of)),
    following: leastAndMost(following.map(of)),
    envelope: compared.bounded
      ? { lower: String(lowerSat), upper: String(upperSat < seededSat ? upperSat : seededSat) }
      : null,
    byRule: Object.fromEntries(compared.rules.map((rule) => [rule, String(of(rule))])),
  };
}

/** All labels together, and each for itself where there are several. */
function labelled(place: Place, compared: Compared): LabelledInterval {
  const all = rowOf(place, ALL, compared);
  if (compared.labels.length === 1) return all;
  const own = compared.labels.flatMap((name, label) =>
    place.byLabel.has(label) || place.bounds.has(label) ? [[name, rowOf(place, label, compared)] as const] : [],
  );
  return { ...all, labels: Object.fromEntries(own) };
}

/** Rules that stop early of themselves, or did for want of heights: what they leave behind rests where no other rule lets it. */
function earlyRules({ params, content }: TraceRun): Set<string> {
  const lacksHeights = content.gaps.some(({ kind }) => kind === 'input-height-unknown');
  return new Set(
    params.rules.filter((name) => {
      const rule = ruleByName(name, params.conventions);
      return rule.boundary !== undefined || rule.declines !== undefined || (lacksHeights && rule.needsHeights === true);
    }),
  );
}

/** Places by output, in total order. */
function placesOf({ content }: TraceRun): Map<OutputId, Place> {
  const places = new Map<OutputId, { place: Place; orderKey: number; vout: number }>();
  const at = (of: { output: OutputId; orderKey: number; vout: number }): Place => {
    const found = places.get(of.output) ?? { place: new Place(), orderKey: of.orderKey, vout: of.vout };
    places.set(of.output, found);
    return found.place;
  };
  for (const { rule, conserves, holdings } of content.rules) {
    if (!conserves) continue;
    for (const holding of holdings) {
      const place = at(holding);
      place.statuses.add(holding.status);
      for (const [label, amountSat] of holding.taint) place.add(label, rule, BigInt(amountSat));
    }
  }
  for (const bounded of content.envelope ?? []) {
    if (bounded.rests.length === 0) continue;
    const place = at(bounded);
    place.statuses.add(bounded.status);
    for (const { label, lowerSat, upperSat } of bounded.rests) place.bound(label, BigInt(lowerSat), BigInt(upperSat));
  }
  const sorted = [...places].sort(([, a], [, b]) => a.orderKey - b.orderKey || a.vout - b.vout);
  return new Map(sorted.map(([output, { place }]) => [output, place]));
}

/** Places joined under a name that each output has, in the order the names are met; outputs without a name are left out. */
function grouped(
  places: ReadonlyMap<OutputId, Place>,
  outputs: ReadonlyMap<OutputId, ViewOutput>,
  nameOf: (output: ViewOutput) => string | null,
): Map<string, Place> {
  const groups = new Map<string, Place>();
  for (const [output, place] of places) {
    const view = outputs.get(output);
    const name = view === undefined ? null : nameOf(view);
    if (name === null) continue;
    const group = groups.get(name) ?? new Place();
    groups.set(name, group);
    group.join(place);
  }
  return groups;
}

/** The core cluster of an address in the latest run of clusters, if there is one over the facts as they are. */
function clustersOf(context: CaseContext): { run: string; of: (address: string) => string | null } | null {
  const latest = runs(context.store)
    .filter(({ verb }) => verb === 'cluster')
    .at(-1);
  if (latest === undefined || latest.inputs !== inputsDigest(context.store)) return null;
  const name = memberTexts(context.store, latest.id);
  return {
    run: latest.id,
    of: (address) => {
      const member = findClusterMember(context.store, latest.id, addressFromCodec(address));
      return member === null ? null : name(member.core);
    },
  };
}

function comparedIn(context: CaseContext, traced: TraceRun): Compared {
  const { params, content } = traced;
  const seededSat = new Map<number, bigint>();
  const values = new Map<number, bigint>();
  for (const { label, output } of content.seeds) {
    const valueSat = BigInt(context.view.output(outputId(output)).valueSat);
    seededSat.set(label, (seededSat.get(label) ?? 0n) + valueSat);
    values.set(output, valueSat);
  }
  seededSat.set(
    ALL,
    [...values.values()].reduce((sum, valueSat) => sum + valueSat, 0n),
  );
  return {
    rules: content.rules.filter(({ conserves }) => conserves).map(({ rule }) => rule),
    early: earlyRules(traced),
    labels: params.labels,
    seededSat,
    bounded: content.envelope !== null,
  };
}

/** How far the conserving rules of a run agree. */
export function intervalsOf(context: CaseContext, traced: TraceRun): IntervalsDocument {
  const compared = comparedIn(context, traced);
  const places = placesOf(traced);
  const outputs = new Map([...places.keys()].map((output) => [output, context.view.output(output)]));
  const services = servicesOfRun(context, traced);
  const clusters = clustersOf(context);
  const rows = (nameOf: (output: ViewOutput) => string | null): Array<readonly [string, LabelledInterval, number]> =>
    [...grouped(places, outputs, nameOf)].map(([name, place]) => [name, labelled(place, compared), place.outputs]);
  return {
    rules: [...compared.rules],
    early: compared.rules.filter((rule) => compared.early.has(rule)),
    envelope: compared.bounded,
    terms: termRows(traced, compared),
    services: rows(({ address }) => (address === null ? null : (services.get(address)?.label ?? null))).map(
      ([service, row, count]) => ({ service, outputs: count, ...row }),
    ),
    clusters:
      clusters === null
        ? null
        : {
            run: clusters.run,
            rows: rows(({ address }) => (address === null ? null : clusters.of(address))).map(
              ([cluster, row, count]) => ({ cluster, outputs: count, ...row }),
            ),
          },
    addresses: rows(({ address }) => address).map(([address, row, count]) => ({ address, outputs: count, ...row })),
    outputs: [...places].map(([output, place]): OutputInterval => {
      const { outpoint, address, valueSat } = outputs.get(output) as ViewOutput;
      const status = [...place.statuses].sort();
      return { outpoint, address, value: String(valueSat), status, ...labelled(place, compared) };
    }),
  };
}

/** The terms of the books, over all labels. */
function termRows({ content }: TraceRun, compared: Compared): IntervalsDocument['terms'] {
  const sums = new Map<keyof Book, Place>(TERMS.map((term) => [term, new Place()]));
  for (const { rule, books } of content.rules) {
    for (const [term, place] of sums) for (const [label, book] of books.entries()) place.add(label, rule, book[term]);
  }
  return [...sums].map(([term, place]) => {
    const { envelope: _, ...row } = rowOf(place, ALL, compared);
    return { term, ...row };
  });
}
