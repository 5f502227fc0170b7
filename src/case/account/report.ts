/** What a trace over accounts says, in text: the contract document, arrivals, services, flow and conventions. */
import { type AccountTxId, type AssetId, NONE } from '../../ledger/index.ts';
import { type AssetAmount, sanctionedAt } from '../../pattern/index.ts';
import type {
  AccountGapRow,
  AccountHopRow,
  AccountReport,
  AccountRuleRow,
  AccountServiceRow,
  AccountTraceDocument,
  RefusedConversionRow,
} from '../../report/index.ts';
import type { StoredRun } from '../../store/index.ts';
import type { AccountGap, AccountHolding, AccountRuleResult, AccountStep } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { inputRows } from '../trace/report.ts';
import { accountConventions } from './conventions.ts';
import { accountFlows } from './flow.ts';
import { accountMarks } from './marks.ts';
import { AccountNamer, assetRows } from './namer.ts';
import type { AccountAnswer, AccountTraceRun } from './trace.ts';

/** The report of an answer. */
export function accountReport(context: CaseContext, run: StoredRun, answer: AccountAnswer): AccountReport {
  const namer = new AccountNamer(context, answer);
  const hops = hopRows(answer, namer);
  return {
    title: 'Trace',
    trace: accountDocument(run, answer, namer),
    services: serviceRows(answer, namer),
    hops,
    flows: accountFlows(answer, namer),
    conventions: accountConventions(answer.params),
    inputs: inputRows(context),
  };
}

function accountDocument(run: StoredRun, answer: AccountAnswer, namer: AccountNamer): AccountTraceDocument {
  const { view, params, result } = answer;
  const { id, engine, tipHeight, tipHash, inputs } = run;
  return {
    schema: 'spoor.trace/1',
    run: {
      id,
      engine,
      chain: 'ethereum',
      chainId: view.chainId,
      tip: { height: tipHeight, hash: tipHash },
      params: { ...params },
      inputs,
    },
    seeds: result.seeded.map(({ label, asset, receipts, amount }) => ({
      label: namer.label(label),
      subject: subjectsOf(answer, label),
      asset: namer.asset(asset),
      outputs: receipts,
      amount: String(amount),
    })),
    assets: assetRows(answer.view, answer.tokens, assetsOf(answer)),
    rules: result.rules.map((rule) => ruleRow(rule, answer, namer)),
    gaps: gapRows(answer, namer),
    intervals: result.intervals.map(({ account: own, asset, status, reason, label, least, most }) => ({
      account: namer.account(own),
      asset: namer.asset(asset),
      status: statusWord(status),
      reason,
      label: namer.label(label),
      least: String(least),
      most: String(most),
    })),
    ...conversionRows(answer, namer),
    ...accountMarks(answer, namer),
  };
}

function subjectsOf({ seeds, seedTexts }: AccountAnswer, label: number): string {
  return [...new Set(seeds.flatMap((seed, index) => (seed.label === label ? [seedTexts[index]] : [])))].join(', ');
}

/** The contract of the command line says `unspent` of what is held. */
function statusWord(status: AccountHolding['status']): string {
  return status === 'held' ? 'unspent' : status;
}

function assetsOf({ result }: AccountAnswer): Set<AssetId> {
  const met = new Set<AssetId>(
    result.rules.flatMap(({ steps, holdings }) => [
      ...steps.flatMap(({ asset, fromAsset }) => [asset, fromAsset]),
      ...holdings.map(({ asset }) => asset),
    ]),
  );
  for (const { asset } of result.seeded) met.add(asset);
  return met;
}

function ruleRow(rule: AccountRuleResult, answer: AccountAnswer, namer: AccountNamer): AccountRuleRow {
  const last = lastHeights(rule, answer);
  const holdings = rule.holdings.map((held) => ({
    account: namer.account(held.account),
    asset: namer.asset(held.asset),
    height: last.get(`${held.account} ${held.asset}`) ?? null,
    value: String(held.balance),
    taint: namer.taint(held.taint),
    hops: held.hops,
    status: statusWord(held.status),
    ...stopOf(held, answer),
  }));
  const key = ({ account: own, asset, status }: (typeof holdings)[number]): string => `${own} ${asset} ${status}`;
  return {
    rule: rule.rule,
    conserves: rule.conserves,
    books: rule.books.map(({ asset, label, ...terms }) => ({
      label: namer.label(label),
      asset: namer.asset(asset),
      ...(Object.fromEntries(Object.entries(terms).map(([term, amount]) => [term, String(amount)])) as Record<
        keyof typeof terms,
        string
      >),
    })),
    holdings: holdings.sort((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b)))),
    ...(rule.coarse.length === 0
      ? {}
      : {
          coarse: rule.coarse.map(({ account: own, asset, reason, count, amount }) => ({
            account: namer.account(own),
            asset: namer.asset(asset),
            reason,
            count,
            amount: String(amount),
          })),
        }),
  };
}

/** Block of the last arrival of taint, by account and asset. */
function lastHeights({ steps }: AccountRuleResult, { view }: AccountAnswer): Map<string, number | null> {
  const last = new Map<string, AccountTxId | typeof NONE>();
  for (const { to, asset, tx } of steps) last.set(`${to} ${asset}`, tx);
  return new Map([...last].map(([key, tx]) => [key, tx === NONE ? null : view.transaction(tx).blockNumber]));
}

function stopOf(
  { account: own, status, reason }: AccountHolding,
  { stops }: AccountAnswer,
): Pick<AccountRuleRow['holdings'][number], 'stop'> {
  const place = status === 'stopped' ? stops.get(own) : undefined;
  if (place !== undefined) return { stop: { reason: place.reason, tag: place.name } };
  return reason === null ? {} : { stop: { reason, tag: '' } };
}

const GAP_DETAIL: Readonly<Record<AccountGap['kind'], string>> = {
  'unknown-history':
    'it paid more than the facts say it had: it got something that the case does not hold, which counts as clean',
  adjusted: 'a stated balance differs from the computed one by this much',
  'conversion-refused': 'the effects of the transaction do not bear out the conversion; taint did not follow it',
  'approximate-amount':
    'transactions that move taint by amounts that went through a float before they were recorded: good to about 16 digits',
  'internal-missing': 'transactions that move taint of which no source told every move by contracts',
  'tokens-missing': 'transactions that move taint of which no source told the token transfers',
  'fee-missing': 'transactions that move taint of which no source told the fee',
  'status-missing': 'transactions that move taint of which no source told whether they succeeded',
};

/** Gaps; those of transactions are counted by kind, with the first of them named. */
function gapRows({ result }: AccountAnswer, namer: AccountNamer): AccountGapRow[] {
  const counted = new Map<AccountGap['kind'], { count: number; first: string }>();
  const rows = result.gaps.flatMap((gap): AccountGapRow[] => {
    const detail = GAP_DETAIL[gap.kind];
    if (gap.kind === 'unknown-history' || gap.kind === 'adjusted') {
      const value = gap.amount < 0n ? `-${-gap.amount}` : String(gap.amount);
      return [{ kind: gap.kind, subject: namer.account(gap.account), asset: namer.asset(gap.asset), detail, value }];
    }
    if (gap.kind === 'conversion-refused')
      return [{ kind: gap.kind, subject: namer.transaction(gap.tx), asset: null, detail, value: '1' }];
    const known = counted.get(gap.kind);
    counted.set(gap.kind, { count: (known?.count ?? 0) + 1, first: known?.first ?? namer.transaction(gap.tx) });
    return [];
  });
  const byKind = [...counted].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...rows,
    ...byKind.map(([kind, { count, first }]) => ({
      kind,
      subject: first,
      asset: null,
      detail: GAP_DETAIL[kind],
      value: String(count),
    })),
  ];
}

/** Conversions that carried taint, and refusals in transactions that moved some. */
function conversionRows(
  { view, result, convert, params }: AccountAnswer,
  namer: AccountNamer,
): Pick<AccountTraceDocument, 'conversions' | 'refusedConversions'> {
  const moving = new Set<AccountTxId>();
  for (const { steps } of result.rules) for (const { tx } of steps) if (tx !== NONE) moving.add(tx);
  const converted = new Set(
    result.rules.flatMap(({ steps }) => steps.filter(({ kind }) => kind === 'convert').map(({ tx }) => tx)),
  );
  const inOrder = [...moving].map((tx) => view.frame(tx)).sort((a, b) => a.orderKey - b.orderKey);
  const answers = inOrder.map((frame) => ({ frame, answer: convert(frame) }));
  return {
    conversions: answers.flatMap(({ frame, answer: { conversions } }) =>
      conversions
        .filter(() => converted.has(frame.tx))
        .map(({ account: own, kind, outAsset, outAmount, inAsset, inAmount, protocol }) => ({
          transaction: namer.transaction(frame.tx),
          account: namer.account(own),
          kind,
          out: { asset: namer.asset(outAsset), amount: String(outAmount) },
          in: { asset: namer.asset(inAsset), amount: String(inAmount) },
          protocol,
        })),
    ),
    refusedConversions:
      params.conversions === 'stop'
        ? []
        : answers.flatMap(({ frame, answer: { refusals } }) =>
            refusals.map(
              (refusal): RefusedConversionRow => ({
                transaction: namer.transaction(frame.tx),
                account: namer.account(refusal.account),
                reason: refusal.reason,
                detail: `${partsText(refusal.out, namer)} out, ${partsText(refusal.in, namer)} in`,
              }),
            ),
          ),
  };
}

function partsText(parts: readonly AssetAmount[], namer: AccountNamer): string {
  return parts.length === 0
    ? 'nothing'
    : parts.map(({ asset, amount }) => `${amount} of ${namer.asset(asset)}`).join(' and ');
}

function stepKey({ tx, orderKey, effect, to, asset, kind }: AccountStep): string {
  return [tx, orderKey, effect, to, asset, kind].join(' ');
}

function total(parts: ReadonlyArray<readonly [number, bigint]>): bigint {
  return parts.reduce((sum, [, amount]) => sum + amount, 0n);
}

/** One row per arrival of taint under any rule, in the order of the chain. */
function hopRows({ result }: AccountAnswer, namer: AccountNamer): AccountHopRow[] {
  const rows = new Map<string, { step: AccountStep; byRule: Record<string, string> }>();
  for (const { rule, steps } of result.rules) {
    for (const step of steps) {
      const key = stepKey(step);
      const row: { step: AccountStep; byRule: Record<string, string> } = rows.get(key) ?? { step, byRule: {} };
      row.byRule[rule] = String(BigInt(row.byRule[rule] ?? '0') + total(step.taint));
      rows.set(key, row);
    }
  }
  return [...rows.values()]
    .sort((a, b) => a.step.orderKey - b.step.orderKey || a.step.effect - b.step.effect)
    .map(({ step, byRule }) => ({ ...namer.arrival(step), byRule, tags: namer.tagsOf(step.to) }));
}

/** Transactions named per service; the rest is counted. */
const SHOWN_ARRIVALS = 5;

/** Places where value stops that taint reached, largest first. */
function serviceRows(answer: AccountAnswer, namer: AccountNamer): AccountServiceRow[] {
  const { view, result, stops } = answer;
  const rows = new Map<string, AccountServiceRow>();
  for (const { rule, holdings, steps } of result.rules) {
    for (const { account: own, asset, status, taint } of holdings) {
      const place = status === 'stopped' ? stops.get(own) : undefined;
      if (place === undefined) continue;
      const key = `${own} ${asset}`;
      const arrivals = steps.filter((step) => step.to === own && step.asset === asset);
      const first = arrivals[0]?.tx ?? NONE;
      const record = first === NONE ? null : view.transaction(first);
      const row = rows.get(key) ?? {
        name: place.name,
        reason: place.reason,
        account: namer.account(own),
        asset: namer.asset(asset),
        arrivals: arrivals.length,
        sanctioned: place.terminal === null ? false : sanctionedAt(place.terminal, record?.timestampSec ?? null),
        firstHeight: record?.blockNumber ?? null,
        firstSec: record?.timestampSec ?? null,
        transactions: [...new Set(arrivals.map(({ tx }) => namer.transaction(tx)))].slice(0, SHOWN_ARRIVALS),
        byRule: {},
        tags: namer.tagsOf(own),
      };
      row.byRule[rule] = String(total(taint));
      rows.set(key, row);
    }
  }
  const most = ({ byRule }: AccountServiceRow): bigint =>
    Object.values(byRule).reduce((best, amount) => (BigInt(amount) > best ? BigInt(amount) : best), 0n);
  return [...rows.values()].sort((a, b) => {
    const difference = most(b) - most(a);
    return difference > 0n ? 1 : difference < 0n ? -1 : a.account < b.account ? -1 : 1;
  });
}

/** A run's report under the title an examiner gives it. */
export function titled({ report }: AccountTraceRun, title: string): AccountReport {
  return { ...report, title };
}
