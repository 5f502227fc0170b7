/** The story of a run in sentences and short tables, computed from the case: wallets, cash-outs, arrivals, what stays open. */
import {
  type Address,
  NONE,
  type OutputId,
  outputId,
  type TxId,
  txId,
  type ViewTransaction,
} from '../../ledger/index.ts';
import { btcOf, type ServiceRow, type StorySection, utcText } from '../../report/index.ts';
import { factCounts, verifiedTransactions } from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import { tagsOfAddress } from '../tag/tags.ts';
import { timeOf } from './hops.ts';
import { SMALL_SUFFIX } from './labels.ts';
import type { TraceRun } from './trace.ts';
import { taintTotalSat } from './trail.ts';

/** Wallets and cash-outs listed one by one; more are counted. */
const MAX_LISTED = 20;

interface Wallet {
  readonly address: Address;
  readonly receipts: readonly OutputId[];
  readonly seeded: ReadonlySet<OutputId>;
}

/** Addresses of the seeds, in the order of their earliest seed. */
function wallets(context: CaseContext, run: TraceRun): Wallet[] {
  const seeds = new Map<Address, Set<OutputId>>();
  for (const { output } of run.content.seeds) {
    const { address } = context.view.output(outputId(output));
    if (address !== null) seeds.set(address, (seeds.get(address) ?? new Set()).add(outputId(output)));
  }
  return [...seeds].map(([address, seeded]) => ({ address, seeded, receipts: context.view.outputsOfAddress(address) }));
}

/** Amount with its unit. */
function btc(valueSat: bigint | number): string {
  return `${btcOf(String(valueSat))} BTC`;
}

function walletSection(context: CaseContext, run: TraceRun, found: readonly Wallet[]): StorySection {
  const labelOf = new Map(run.content.seeds.map(({ label, output }) => [output, run.params.labels[label]]));
  const lines = found.slice(0, MAX_LISTED).flatMap(({ address, receipts }) => {
    const values = receipts.map((output) => context.view.output(output).valueSat);
    const received = values.reduce<number>((total, valueSat) => total + valueSat, 0);
    const spent = receipts.filter((output) => context.view.spenderOf(output) !== NONE);
    const sent = spent.reduce((total, output) => total + context.view.output(output).valueSat, 0);
    const small = receipts.filter((output) => labelOf.get(output)?.endsWith(SMALL_SUFFIX) === true);
    const smallSat = small.reduce((total, output) => total + context.view.output(output).valueSat, 0);
    const tags = tagsOfAddress(context, address).map(({ label }) => label);
    const rest =
      small.length === 0
        ? ''
        : `; ${small.length} of the receipts (${smallSat} sat) are below ${run.params.splitBelowSat} sat and kept apart`;
    return [
      `${address}${tags.length === 0 ? '' : ` [${[...new Set(tags)].join(', ')}]`}`,
      `  received ${received} sat (${btc(received)}) in ${receipts.length} outputs, sent ${sent} sat (${btc(sent)}) from ${spent.length}${rest}`,
    ];
  });
  if (found.length > MAX_LISTED) lines.push(`and ${found.length - MAX_LISTED} more addresses`);
  return { heading: 'The wallets', lines };
}

function cashOutSection(context: CaseContext, found: readonly Wallet[]): StorySection {
  const moved = new Map<TxId, { outputs: number; valueSat: number }>();
  for (const { seeded } of found) {
    for (const output of seeded) {
      const spender = context.view.spenderOf(output);
      if (spender === NONE) continue;
      const before = moved.get(spender) ?? { outputs: 0, valueSat: 0 };
      moved.set(spender, {
        outputs: before.outputs + 1,
        valueSat: before.valueSat + context.view.output(output).valueSat,
      });
    }
  }
  const ordered = [...moved].map(([tx, sums]) => ({ transaction: context.view.transaction(tx), ...sums }));
  ordered.sort((a, b) => a.transaction.orderKey - b.transaction.orderKey);
  const lines = ordered
    .slice(0, MAX_LISTED)
    .flatMap(({ transaction, outputs, valueSat }) => [
      `${when(transaction)}  ${transaction.txid} (${transaction.proof})`,
      `  spends ${outputs} seed outputs, ${btc(valueSat)}; fee ${transaction.feeSat === null ? 'unknown' : btc(transaction.feeSat)}; pays ${transaction.outputs
        .map((output) => `${btc(output.valueSat)} to ${output.address ?? output.scriptType ?? 'an unknown script'}`)
        .join(', ')}`,
    ]);
  if (ordered.length > MAX_LISTED) lines.push(`and ${ordered.length - MAX_LISTED} more transactions`);
  if (lines.length === 0) lines.push('No seed output was spent by a transaction of the case.');
  return { heading: 'The cash-outs', lines };
}

function when(transaction: ViewTransaction): string {
  const timeSec = timeOf(transaction);
  const time = timeSec === null ? 'time unknown' : utcText(timeSec);
  const kind = timeSec === null || transaction.timestampSec !== null ? '' : ' (first seen)';
  return `block ${transaction.height ?? 'unknown'}  ${time}${kind}`;
}

function arrivalSection(services: readonly ServiceRow[]): StorySection {
  const lines = services.flatMap((row) => {
    const amounts = Object.entries(row.byRule).map(
      ([rule, amount]) => `${rule} ${amount} sat (${btc(BigInt(amount))})`,
    );
    return [
      `${row.service}: ${row.address}, ${row.outpoints.length} deposit${row.outpoints.length === 1 ? '' : 's'} of ${btc(BigInt(row.value))} in all`,
      `  ${amounts.join('; ')}`,
    ];
  });
  if (lines.length === 0) lines.push('No tainted output pays an address that the tags of this case call a service.');
  return { heading: 'What reached a service', lines };
}

/** Outputs whose taint could not be followed, largest value first. */
function openSection(context: CaseContext, run: TraceRun): StorySection {
  const open = new Map<OutputId, Map<string, bigint>>();
  for (const rule of run.content.rules) {
    for (const placement of rule.holdings.filter(({ status }) => status === 'unresolved')) {
      const perRule = open.get(placement.output) ?? new Map<string, bigint>();
      open.set(placement.output, perRule.set(rule.rule, BigInt(taintTotalSat(placement, rule.conserves))));
    }
  }
  const rows = [...open].map(([output, perRule]) => ({ output: context.view.output(output), perRule }));
  rows.sort((a, b) => b.output.valueSat - a.output.valueSat || (a.output.outpoint < b.output.outpoint ? -1 : 1));
  const lines = rows
    .slice(0, MAX_LISTED)
    .flatMap(({ output, perRule }) => [
      `${output.outpoint}  ${btc(output.valueSat)} to ${output.address ?? 'no address'}`,
      `  ${[...perRule].map(([rule, amount]) => `${rule} ${amount} sat`).join('; ')}`,
    ]);
  if (rows.length > MAX_LISTED) lines.push(`and ${rows.length - MAX_LISTED} more outputs`);
  const intro =
    'Spent, by a transaction the case does not hold. This money is neither clean nor gone; it needs the next transaction.';
  return {
    heading: 'What stays unresolved',
    lines: rows.length === 0 ? ['Nothing: every tainted output is settled.'] : [intro, ...lines],
  };
}

function provenSection(context: CaseContext, visited: readonly ViewTransaction[]): StorySection {
  const { transactions, verified, inputs, linkedInputs } = factCounts(context.store);
  const listed = verifiedTransactions(context.store, MAX_LISTED).map((tx) => context.view.transaction(txId(tx)));
  const more = verified > MAX_LISTED ? [`  and ${verified - MAX_LISTED} more`] : [];
  const moving = visited.filter(({ proof }) => proof === 'verified').length;
  return {
    heading: 'What is proven',
    lines: [
      `${verified} of ${transactions} transactions of the case re-hash to their txid (verified); the rest is asserted by its source.`,
      `Of the ${visited.length} transactions that moved taint ${moving} are verified. Verified in the case:`,
      ...listed.map(({ txid, height }) => `  ${txid}  block ${height ?? 'unknown'}`),
      ...more,
      `${linkedInputs} of ${inputs} inputs are linked to the output they spend; the other ${inputs - linkedInputs} come from transactions the case does not hold ` +
        'and count as clean money with the value their source states. Among the transactions that moved taint these are:',
      ...outsideInputs(visited),
    ],
  };
}

/** Inputs from outside the case, per transaction that moved taint: what dilutes the taint there rests on the spender's word. */
function outsideInputs(visited: readonly ViewTransaction[]): string[] {
  const rows = visited.flatMap(({ txid, inputs }) => {
    const outside = inputs.filter(({ output }) => output < 0);
    const valueSat = outside.reduce((total, input) => total + (input.valueSat ?? 0), 0);
    return outside.length === 0 ? [] : [`  ${txid}  ${outside.length} of ${inputs.length} inputs, ${btc(valueSat)}`];
  });
  const more = rows.length > MAX_LISTED ? [`  and ${rows.length - MAX_LISTED} more transactions`] : [];
  return rows.length === 0 ? ['  none'] : [...rows.slice(0, MAX_LISTED), ...more];
}

/** Sections in the order money moved. `visited` are the transactions that moved taint. */
export function storyOf(
  context: CaseContext,
  run: TraceRun,
  given: {
    services: readonly ServiceRow[];
    visited: readonly ViewTransaction[];
    conflicts: readonly string[];
  },
): StorySection[] {
  const found = wallets(context, run);
  const followed = run.content.rules.flatMap(({ passed }) => passed).length;
  const opening: StorySection = {
    heading: 'What was followed',
    lines: [
      `${run.content.seeds.length} outputs under ${run.params.labels.length} labels (${run.params.labels.join(', ')}), rules ${run.params.rules.join(', ')}; ` +
        `${given.visited.length} transactions moved taint, ${followed === 0 ? 'no' : followed} placements were followed on. Tip of the facts: block ${run.run.tipHeight}.`,
    ],
  };
  return [
    opening,
    ...(found.length === 0 ? [] : [walletSection(context, run, found), cashOutSection(context, found)]),
    arrivalSection(given.services),
    ...(given.conflicts.length === 0
      ? []
      : [{ heading: 'Clusters of services that pass no stop on', lines: given.conflicts.map((line) => `- ${line}`) }]),
    openSection(context, run),
    provenSection(context, given.visited),
  ];
}
