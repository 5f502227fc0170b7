/** The document of `revenue` as text for people. */
import type { RevenueDocument, RevenueStage } from '../case/index.ts';
import { btcOf, utcText, visibleText } from '../report/index.ts';

/** Sums of part payments that are listed; the rest are counted. */
const SUMS_LISTED = 20;
/** Outputs that a list contradicts itself about, listed at most. */
const LISTED = 10;

/** Stages, what was left out, and what the data cannot say. */
export function revenueText(document: RevenueDocument): string {
  const { seeds, expandedBy, serviceOwned, collectors, stages, gaps, prices, params, unsaid } = document;
  return [
    ...listLines(document),
    `${seeds.length} seed addresses, ${expandedBy.length} more by core clusters; a payment is one output`,
    ...serviceOwned.map(
      ({ seed, address, label }) => `left out: ${seed} is with ${visibleText(label)} (${address}), a service`,
    ),
    ...stages.flatMap((stage) => stageLines(stage, prices !== null)),
    ...sumLines(document),
    ...collectors.map(
      ({ address, from, sat }) => `collector: ${address} got ${btcOf(sat)} BTC, ${from} of the set paid in`,
    ),
    ...cashOutLines(document),
    prices === null
      ? 'no price file: no dollars'
      : `dollars of the payment day, ${prices.price} price, from ${visibleText(prices.file)} sha256:${prices.sha256}`,
    ...(gaps.daysWithoutPrice.length === 0 ? [] : [`gap: no price on ${gaps.daysWithoutPrice.join(', ')}`]),
    ...(gaps.unknownSigner === 0 ? [] : [`in doubt: ${gaps.unknownSigner} payments may come from the set itself`]),
    ...unsaid.map(({ stage, why }) => `not said: ${stage}; ${why}`),
    `options: ${JSON.stringify(params)}`,
    'An amount that fits a demand is not yet a ransom: the stages say what is consistent with one. The hops between: spoor trace.',
  ].join('\n');
}

function stageLines({ stage, seeds, expanded, interval }: RevenueStage, hasPrices: boolean): string[] {
  const row = ({ payments, sat, usd, unpriced }: typeof seeds): string =>
    `${payments} payments, ${btcOf(sat)} BTC${usd === null ? '' : `, ${usd} USD`}${hasPrices && unpriced > 0 ? ` (${unpriced} without a price)` : ''}`;
  const { payments, sat, usd } = interval;
  const dollars = usd === null ? '' : `, ${usd.join(' to ')} USD`;
  return [
    `${stage === 'all' ? 'all' : `after ${stage}`}: ${row(seeds)}${expanded === null ? '' : `; expanded ${row(expanded)}`}`,
    `  over all choices so far: ${payments.join(' to ')} payments, ${sat.map(btcOf).join(' to ')} BTC${dollars}`,
  ];
}

function listLines({ list }: RevenueDocument): string[] {
  if (list === null) return [];
  const { file, sha256, family, payments, transactions, statedUsd, contradictions } = list;
  const stated = statedUsd === null ? '' : `; the list itself says ${statedUsd} USD`;
  return [
    `${payments} lines of ${visibleText(file)}${family === null ? '' : `, family ${visibleText(family)}`}, in ${transactions} transactions${stated}; sha256:${sha256}`,
    ...contradictions
      .slice(0, LISTED)
      .map((outpoint) => `the list contradicts itself: it states ${outpoint} more than once, and differently`),
    ...(contradictions.length > LISTED ? [`and ${contradictions.length - LISTED} more`] : []),
  ];
}

/** Services that what is left reached, and where the rest is. */
function cashOutLines({ cashOut }: RevenueDocument): string[] {
  if (cashOut === null) return [];
  const { rules, serviceReach, payments, sat, services, rest, conflicts } = cashOut;
  const amounts = (byRule: Readonly<Record<string, string>>): string =>
    rules.map((rule) => `${rule} ${btcOf(byRule[rule])}`).join(', ');
  return [
    `cash-out: ${payments} payments, ${btcOf(sat)} BTC, followed to the first service; services end at ${serviceReach === 'own' ? 'tagged addresses' : 'their core clusters'}`,
    ...services.map(({ service, category, addresses, inherited, hops, hours, firstSec, byRule, usdByRule }) => {
      const took =
        hours === null
          ? 'hours unknown'
          : hours[0] === hours[1]
            ? `${hours[0]} hours`
            : `${hours[0]} to ${hours[1]} hours`;
      const dollars =
        usdByRule === null
          ? ''
          : `; ${rules.map((rule) => `${rule} ${usdByRule[rule]}`).join(', ')} USD on the days of arrival`;
      const by = inherited === 0 ? '' : `, ${inherited} of them by its cluster alone`;
      return `  ${visibleText(service)} (${category ?? 'service'}): ${amounts(byRule)} BTC${dollars}; hops ${hops} or more, ${took} after a payment, first ${firstSec === null ? 'at an unknown time' : utcText(firstSec)}; addresses ${addresses}${by}`;
    }),
    ...(services.length === 0 ? ['  no service was reached that a tag of the case names'] : []),
    ...rules.map((rule) => {
      const { held, fee, coinjoin, burned, unresolved } = rest[rule];
      return `  the rest under ${rule}: unspent ${btcOf(held)}, fees ${btcOf(fee)}, at coinjoins ${btcOf(coinjoin)}, burned ${btcOf(burned)}, spent out of sight ${btcOf(unresolved)} BTC`;
    }),
    ...conflicts.map((conflict) => `  conflict: ${visibleText(conflict)}`),
  ];
}

function sumLines({ partSums }: RevenueDocument): string[] {
  const payments = partSums.reduce((sum, { outpoints }) => sum + outpoints.length, 0);
  if (partSums.length === 0) return [];
  return [
    `${payments} of them count in ${partSums.length} sums of part payments`,
    ...partSums
      .slice(0, SUMS_LISTED)
      .map(
        ({ payer, outpoints, sat, usd }) =>
          `  ${btcOf(sat)} BTC${usd === null ? '' : `, ${usd} USD`} by ${payer}: ${outpoints.join(', ')}`,
      ),
    ...(partSums.length > SUMS_LISTED ? [`  and ${partSums.length - SUMS_LISTED} more`] : []),
  ];
}
