/** What the held outputs of a trace rest on: the statements of sources about their own answers. No amount depends on it. */
import { type Address, OUTPUT_STATED_UNSPENT, type OutputId, outputId, type ViewOutput } from '../../ledger/index.ts';
import type { CoverageBasis, CoverageDocument, IncompleteRow } from '../../report/index.ts';
import { type CoverageRow, coverage, coverageOf } from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import { parseSubject } from '../subject.ts';
import type { TraceRun } from './trace.ts';

/** Held taint of one output by rule, for rules that keep books. */
type HeldByRule = ReadonlyMap<string, number>;

/** Distinct outputs that a run ends on as unspent, with what each rule holds there. */
function heldOutputs(run: TraceRun): Map<OutputId, HeldByRule> {
  const held = new Map<OutputId, Map<string, number>>();
  for (const { rule, conserves, holdings } of run.content.rules) {
    for (const { output, status, taint } of holdings) {
      if (status !== 'unspent') continue;
      const byRule = held.get(output) ?? new Map<string, number>();
      held.set(output, byRule);
      if (!conserves) continue;
      const sum = taint.reduce((total, [, valueSat]) => total + valueSat, byRule.get(rule) ?? 0);
      byRule.set(rule, sum);
    }
  }
  return held;
}

/** The statement that says most about whether an output is unspent: the latest tip, then the most direct question. */
function bestStatement(
  context: CaseContext,
  output: ViewOutput,
  blockRows: readonly CoverageRow[],
): CoverageRow | null {
  const { store, view } = context;
  const { txid, height } = view.transaction(output.tx);
  const ofAddress = output.address === null ? [] : coverageOf(store, 'address', output.address);
  // A block that spends the output is in the range from the output's own block to the last; one range must hold them all.
  const ofBlocks = blockRows.filter(
    ({ fromHeight, toHeight }) => height !== null && fromHeight <= height && (toHeight ?? -1) >= height,
  );
  const rows = [...coverageOf(store, 'outspends', txid), ...ofAddress, ...ofBlocks].filter(({ complete }) => complete);
  const reach = (row: CoverageRow): number => row.toHeight ?? -1;
  return rows.reduce<CoverageRow | null>((best, row) => (best === null || reach(row) > reach(best) ? row : best), null);
}

const BASIS_ORDER: readonly CoverageBasis['basis'][] = ['outspends', 'address', 'blocks', 'file', 'none'];

function basisOf(output: ViewOutput, row: CoverageRow | null): Omit<CoverageBasis, 'outputs' | 'held'> {
  if (row === null) {
    const basis = (output.flags & OUTPUT_STATED_UNSPENT) !== 0 ? 'file' : 'none';
    return { basis, source: null, host: null, tip: null, asOfSec: null };
  }
  const { kind: basis, source, host } = row;
  // A range of blocks may end below the best block of its source: it says nothing of what came after.
  const isCut = basis === 'blocks' && row.toHeight !== null && row.toHeight !== row.tip?.height;
  const tip = isCut ? { height: row.toHeight ?? 0, hash: null } : row.tip;
  return { basis, source, host, tip, asOfSec: tip === null ? row.asOfSec : null };
}

/** Groups of held outputs by what they rest on, strongest first. */
function restsOf(context: CaseContext, run: TraceRun, held: ReadonlyMap<OutputId, HeldByRule>): CoverageBasis[] {
  const rules = run.content.rules.filter(({ conserves }) => conserves).map(({ rule }) => rule);
  const blockRows = coverageOf(context.store, 'blocks', '');
  const groups = new Map<string, { base: Omit<CoverageBasis, 'outputs' | 'held'>; outputs: number; sums: bigint[] }>();
  for (const [id, byRule] of held) {
    const output = context.view.output(id);
    const base = basisOf(output, bestStatement(context, output, blockRows));
    const key = JSON.stringify(Object.values(base));
    const group = groups.get(key) ?? { base, outputs: 0, sums: rules.map(() => 0n) };
    group.outputs += 1;
    rules.forEach((rule, index) => {
      group.sums[index] += BigInt(byRule.get(rule) ?? 0);
    });
    groups.set(key, group);
  }
  const rows = [...groups].map(([key, { base, outputs, sums }]) => {
    const byRule = Object.fromEntries(rules.map((rule, index) => [rule, String(sums[index])]));
    return { key, row: { ...base, outputs, held: byRule } };
  });
  const rank = ({ row }: (typeof rows)[number]): number => BASIS_ORDER.indexOf(row.basis);
  return rows.sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}

/** Addresses the seeds were paid to, when whole addresses or tags were asked for: a history cut short may lack seeds. */
function seedAddresses(context: CaseContext, run: TraceRun): Address[] | null {
  const kinds = run.params.seeds.map(({ subject }) => parseSubject(subject, context.network).kind);
  if (!kinds.some((kind) => kind === 'address' || kind === 'tag')) return null;
  const addresses = run.content.seeds.flatMap(({ output }) => context.view.output(outputId(output)).address ?? []);
  return [...new Set(addresses)];
}

/** Addresses on which taint of a run lies or lay. */
function trailAddresses(context: CaseContext, run: TraceRun): Set<string> {
  const outputs = new Set(
    run.content.rules.flatMap(({ holdings, passed }) => [...holdings, ...passed].map(({ output }) => output)),
  );
  return new Set([...outputs].flatMap((output) => context.view.output(output).address ?? []));
}

/** Statements of histories cut short that matter to a run; what another source holds complete is whole. */
function incompleteRows(context: CaseContext, run: TraceRun): IncompleteRow[] {
  const rows = coverage(context.store);
  const whole = new Set(
    rows.filter(({ kind, complete }) => kind === 'address' && complete).map(({ subject }) => subject),
  );
  const short = rows.filter(({ kind, complete, subject }) => kind === 'address' && !complete && !whole.has(subject));
  if (short.length === 0) return [];
  const addresses = trailAddresses(context, run);
  return short
    .filter(({ subject }) => addresses.has(subject))
    .map(({ kind, subject, source, host, stated, held, tip }) => ({ kind, subject, source, host, stated, held, tip }));
}

/** What a run rests on. */
export function coverageDocument(context: CaseContext, run: TraceRun): CoverageDocument {
  const held = heldOutputs(run);
  const rests = restsOf(context, run, held);
  const seeds = seedAddresses(context, run);
  const isWhole = (address: Address): boolean =>
    coverageOf(context.store, 'address', address).some(({ complete }) => complete);
  const incomplete = incompleteRows(context, run);
  const onSources = rests.every(({ basis }) => basis !== 'file' && basis !== 'none');
  const seedsWhole = seeds === null || seeds.every(isWhole);
  return {
    complete: onSources && incomplete.length === 0 && seedsWhole,
    heldOutputs: held.size,
    rests,
    seedAddresses: seeds === null ? null : { asked: seeds.length, complete: seeds.filter(isWhole).length },
    incomplete,
  };
}
