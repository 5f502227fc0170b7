/** What runs over accounts say of the money of an actor's wallets, for the dossier. */
import { runs } from '../../store/index.ts';
import { ACCOUNT_TRACE, type AccountTraceRun, loadAccountTrace } from '../account/trace.ts';
import type { CaseContext } from '../context.ts';
import type { TracedRow } from './actor.ts';

/** Reasons that name somebody who took the money; the others only say that nothing more is known. */
const TAKERS = new Set(['service', 'mixer', 'bridge', 'dex']);

const ACCOUNT = /^0x[0-9a-f]{40}(?![0-9a-f])/;
const HASH = /^0x[0-9a-f]{64}(?![0-9a-f])/;

/** Every run over accounts of the case, as it was kept. */
export function accountRuns(context: CaseContext): AccountTraceRun[] {
  return runs(context.store)
    .filter(({ verb }) => verb === ACCOUNT_TRACE)
    .map(({ id }) => loadAccountTrace(context, id));
}

/** Accounts on which a seed lies, in lower case: the one it names, or those that its transaction seeded. Empty for a subject of another kind. */
function seededAccounts({ report }: AccountTraceRun, subject: string): string[] {
  const text = subject.toLowerCase();
  const own = ACCOUNT.exec(text)?.[0];
  if (own !== undefined) return [own];
  const hash = HASH.exec(text)?.[0];
  return report.hops
    .filter(({ kind, transaction }) => kind === 'seed' && transaction.toLowerCase() === hash)
    .map(({ to }) => to.toLowerCase());
}

/** Labels whose every seed lies on one of the wallets: a label that mixes others in says nothing of these. */
function ownLabels(traced: AccountTraceRun, wallets: ReadonlySet<string>): Set<string> {
  const { labels, seeds } = traced.params;
  const isOwn = (label: string): boolean => {
    const at = seeds.flatMap((seed) => (seed.label === label ? [seededAccounts(traced, seed.subject)] : []));
    return at.length > 0 && at.every((some) => some.length > 0 && some.every((account) => wallets.has(account)));
  };
  return new Set(labels.filter(isOwn));
}

/** Rows of the books of those labels, one an asset, with who took the money. Amounts are base units of the asset. */
export function accountRows(traces: readonly AccountTraceRun[], wallets: ReadonlySet<string>): TracedRow[] {
  return traces.flatMap((traced) => {
    const own = ownLabels(traced, wallets);
    return traced.report.trace.rules.flatMap(({ rule, books, holdings }) =>
      books
        .filter(({ label }) => own.has(label))
        .map(({ label, asset, seeded, held, stopped, unresolved }) => ({
          ...{ run: traced.run.id, chain: 'ethereum' as const, asset, rule, label, certainty: 'derived' as const },
          ...{ seeded, held, stopped, unresolved },
          services: takers(
            holdings.filter((row) => row.asset === asset),
            label,
          ),
        })),
    );
  });
}

type Holding = AccountTraceRun['report']['trace']['rules'][number]['holdings'][number];

function takers(holdings: readonly Holding[], label: string): TracedRow['services'] {
  const sums = new Map<string, { amount: bigint; outputs: number }>();
  for (const { taint, stop } of holdings) {
    const amount = taint[label];
    if (stop === undefined || amount === undefined || !TAKERS.has(stop.reason)) continue;
    const before = sums.get(stop.tag) ?? { amount: 0n, outputs: 0 };
    sums.set(stop.tag, { amount: before.amount + BigInt(amount), outputs: before.outputs + 1 });
  }
  return servicesBySum(sums);
}

/** Services, the one that got most first; named by a tag or a table, so `inferred`. */
export function servicesBySum(
  sums: ReadonlyMap<string, { readonly amount: bigint; readonly outputs: number }>,
): TracedRow['services'] {
  return [...sums]
    .sort(([left, a], [right, b]) => (a.amount === b.amount ? (left < right ? -1 : 1) : a.amount < b.amount ? 1 : -1))
    .map(([name, { amount, outputs }]) => ({ name, amount: String(amount), outputs, certainty: 'inferred' }));
}
