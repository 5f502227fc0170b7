/** Payments to a set of addresses as the facts of a case tell them, and the collectors behind them. */
import { type Address, NONE, OUTPUT_STATED_SPENT, type ViewTransaction } from '../../ledger/index.ts';
import { transactionsOfAddresses } from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import type { Prices } from '../prices.ts';
import { type FoundPayment, type JudgedPayments, judge, type RevenueParams } from './stage.ts';

/** An address paid from two of the set or more, that spent what it got. */
export interface CollectorRow {
  readonly address: string;
  readonly from: number;
  readonly sat: string;
}

/** What the facts say of a set. `unknownSigner`: payments that may come from the set itself. */
export interface LedgerPayments extends JudgedPayments {
  readonly collectors: readonly CollectorRow[];
  readonly unknownSigner: number;
}

/** One payer for sums of part payments, by the inputs of a transaction; null where that is nobody in particular. */
export type PayerOf = (inputs: ViewTransaction['inputs'], to: Address) => string | null;

/** Every output that pays one of the addresses, judged. */
export function paymentsTo(
  context: CaseContext,
  addresses: readonly Address[],
  given: { readonly params: RevenueParams; readonly prices: Prices | null; readonly payerOf: PayerOf },
): LedgerPayments {
  const ours = new Set<string>(addresses);
  const taken = transactionsOfAddresses(context.store, addresses).map((tx) => context.view.transaction(tx));
  const collectors = collectorsOf(context, taken, ours);
  const collecting = new Set(collectors.map(({ address }) => address));
  const first = new Map(addresses.map((address) => [address, context.view.outputsOfAddress(address)[0]]));
  let unknownSigner = 0;
  const found = taken.flatMap((transaction) => {
    const { inputs, outputs, coinbase, height } = transaction;
    const internal = inputs.some(({ address }) => address !== null && ours.has(address));
    const timeSec = transaction.timestampSec ?? transaction.seenSec;
    return outputs.flatMap(({ address, output, outpoint, valueSat }): FoundPayment[] => {
      if (address === null || !ours.has(address)) return [];
      if (!internal && !coinbase && inputs.some((input) => input.address === null)) unknownSigner += 1;
      const known: FoundPayment['known'] = [
        ...(internal ? (['internal'] as const) : []),
        ...(collecting.has(address) ? (['collector'] as const) : []),
        ...(first.get(address) === output ? [] : (['fresh'] as const)),
      ];
      return [{ outpoint, address, valueSat, timeSec, height, payer: given.payerOf(inputs, address), known }];
    });
  });
  return { ...judge(found, given.params, given.prices), collectors, unknownSigner };
}

function collectorsOf(
  { view }: CaseContext,
  taken: readonly ViewTransaction[],
  ours: ReadonlySet<string>,
): CollectorRow[] {
  const found = new Map<string, { readonly from: Set<string>; sat: bigint }>();
  for (const { inputs, outputs } of taken) {
    const from = inputs.flatMap(({ address }) => (address !== null && ours.has(address) ? [address] : []));
    for (const { address, output, flags, valueSat } of outputs) {
      const isSpent = view.spenderOf(output) !== NONE || (flags & OUTPUT_STATED_SPENT) !== 0;
      if (from.length === 0 || address === null || !isSpent || inputs.some((input) => input.address === address))
        continue;
      const known = found.get(address) ?? { from: new Set<string>(), sat: 0n };
      for (const each of from) known.from.add(each);
      known.sat += BigInt(valueSat);
      found.set(address, known);
    }
  }
  return [...found]
    .filter(([, { from }]) => from.size > 1)
    .map(([address, { from, sat }]) => ({ address, from: from.size, sat: String(sat) }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}
