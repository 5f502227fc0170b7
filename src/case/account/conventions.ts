/** Conventions and limits of a trace over accounts, in words, for reports. */
import type { ConventionRow } from '../../report/index.ts';
import type { AccountTraceParams } from './trace.ts';

/** Every choice on which tools differ, with the one used. */
export function accountConventions(params: AccountTraceParams): ConventionRow[] {
  const { conventions, stopAt } = params;
  return [
    {
      name: 'gas',
      value: conventions.gas,
      meaning:
        'whether the fee leaves before or after what the transaction moves; it decides which lot pays it under rules of order',
    },
    {
      name: 'fee income',
      value: conventions.feeIncome,
      meaning: 'clean: what proposers earn carries no taint; follow: it carries that of the fee',
    },
    {
      name: 'stated balances',
      value: conventions.statedBalances,
      meaning:
        'adjust: where a source states another balance than the facts make, the difference is booked there; ignore: it is left alone',
    },
    {
      name: 'stop at',
      value: stopAt.length === 0 ? 'none' : stopAt.join(', '),
      meaning:
        'custodial services by their tags; mixers, bridges and exchanges without custody by their contracts or events',
    },
    {
      name: 'conversions',
      value: params.conversions,
      meaning:
        'follow: taint goes on in the asset it was changed for when exactly one listed asset went down and one up; stop: it stays with what was paid',
    },
    {
      name: 'tokens',
      value: params.tokens,
      meaning: 'listed: only contracts on the list, whatever a token calls itself; all: every token',
    },
    {
      name: 'unseen accounts',
      value: params.unseen,
      meaning: 'what taint is in a balance (account and asset) of which the case holds no payment and no statement',
    },
    {
      name: 'prior balances',
      value: 'clean',
      meaning:
        'what an account held before the facts begin: as stated, else the least that keeps it from falling below zero; first out under fifo',
    },
    {
      name: 'haircut rounding',
      value: 'largest remainder',
      meaning: 'over labels and the clean part together, in whole base units; ties go to the earlier label',
    },
    {
      name: 'max hops',
      value: params.maxHops === null ? 'none' : `${params.maxHops} moves`,
      meaning: 'taint further from its seed is cut',
    },
    {
      name: 'max lots',
      value: params.maxLots === null ? 'none' : `${params.maxLots} lots`,
      meaning: 'a balance with more lots becomes an average from there on, and is flagged',
    },
    { name: 'until', value: params.until ?? 'tip', meaning: 'later moves are not followed' },
  ];
}
