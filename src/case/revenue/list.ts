/**
 * `revenue` over a published list of payments: the stages that a list can be asked, and by name those that it cannot. A list holds no inputs and no
 * blocks, so nothing of it enters a case: half a transaction would make spent coins look unspent.
 */
import type { ListedPayment, PaymentList } from '../../chain/bitcoin/index.ts';
import { ENGINE_VERSION, SpoorError, usdText } from '../../ledger/index.ts';
import type { Prices } from '../prices.ts';
import { pricesRow, type RevenueDocument, sumRows } from './revenue.ts';
import { askedFilters, type FoundPayment, judge, type RevenueParams, stagesOf } from './stage.ts';

/** Where a list ends. */
const UNSAID: RevenueDocument['unsaid'] = [
  { stage: 'expand', why: 'no inputs, so no address is joined with another' },
  { stage: 'internal', why: 'no inputs, so moves between the addresses cannot be told from payments' },
  { stage: 'collector', why: 'no spends, so where payments were gathered cannot be seen' },
  { stage: 'cash-out', why: 'no spends, so no service is reached' },
  { stage: 'service-owned', why: 'no case, so no tag is asked about an address' },
];
const PAYER_UNSAID = { stage: 'part-by payer', why: 'no inputs, so who paid is not known; address is' } as const;

/** Runs the stages over a list; `family` null takes every line. Throws USAGE, NOT_FOUND. */
export function revenueOfList(
  list: PaymentList,
  family: string | null,
  { params, prices }: { readonly params: RevenueParams; readonly prices: Prices | null },
): RevenueDocument {
  if (params.expand !== 'none')
    throw new SpoorError('USAGE', '--expand needs a case: a list of payments has no inputs');
  if (params.window?.unit === 'height')
    throw new SpoorError('USAGE', 'a list of payments has no heights', {}, 'give --window in days');
  const rows = list.payments.filter((payment) => family === null || payment.family === family);
  if (rows.length === 0) {
    const known = [...new Set(list.payments.map((payment) => payment.family ?? 'none'))].sort().join(', ');
    throw new SpoorError('NOT_FOUND', `no payment of family "${family}"; the list has ${known}`, {
      file: list.file,
    });
  }
  const { payments, sums, daysWithoutPrice } = judge(foundIn(rows, params), params, prices);
  const filters = askedFilters(params, ['repeat', 'window', 'dust', 'amount', 'fresh']);
  const stated = rows.flatMap(({ usdCents }) => (usdCents === null ? [] : [usdCents]));
  return {
    schema: 'spoor.revenue/1',
    engine: ENGINE_VERSION,
    inputs: `sha256:${list.sha256}`,
    params,
    clusterRun: null,
    prices: pricesRow(prices),
    list: {
      file: list.file,
      sha256: list.sha256,
      family,
      payments: rows.length,
      transactions: new Set(rows.map(({ txid }) => txid)).size,
      statedUsd: stated.length === 0 ? null : usdText(stated.reduce((sum, cents) => sum + cents, 0n)),
      contradictions: contradictionsIn(rows),
    },
    seeds: [...new Set(rows.map(({ address }) => address))],
    expandedBy: [],
    serviceOwned: [],
    collectors: [],
    stages: stagesOf(payments, null, { filters, priced: prices !== null }),
    cashOut: null,
    partSums: sumRows(sums, prices !== null),
    unsaid: params.partBy === 'payer' ? [...UNSAID, PAYER_UNSAID] : UNSAID,
    gaps: { unknownSigner: payments.length, daysWithoutPrice },
  };
}

/** Payments in the order of time; of equal times that of the list. */
function foundIn(rows: readonly ListedPayment[], { partBy }: RevenueParams): FoundPayment[] {
  const outpoints = new Set<string>();
  const addresses = new Set<string>();
  return [...rows]
    .sort((a, b) => a.timestampSec - b.timestampSec)
    .map(({ outpoint, address, valueSat, timestampSec }): FoundPayment => {
      const known = [
        ...(outpoints.has(outpoint) ? (['repeat'] as const) : []),
        ...(addresses.has(address) ? (['fresh'] as const) : []),
      ];
      outpoints.add(outpoint);
      addresses.add(address);
      const payer = partBy === 'address' ? address : null;
      return { outpoint, address, valueSat, timeSec: timestampSec, height: null, payer, known };
    });
}

/** Outputs that the list states more than once with different amounts or addresses: it contradicts itself there. */
function contradictionsIn(rows: readonly ListedPayment[]): string[] {
  const first = new Map<string, ListedPayment>();
  const found = new Set<string>();
  for (const row of rows) {
    const before = first.get(row.outpoint);
    if (before === undefined) first.set(row.outpoint, row);
    else if (before.valueSat !== row.valueSat || before.address !== row.address) found.add(row.outpoint);
  }
  return [...found];
}
