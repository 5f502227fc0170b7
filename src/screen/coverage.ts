/** What an answer says of what it does not know: gaps in the facts, limits, tokens left out, days without a price. */
import { millionthsText } from './amount.ts';
import { addsUp, type Contribution } from './contribution.ts';
import type { Judgement } from './judge.ts';
import type { FoundInAsset, FoundValue, ResolvedScreening } from './question.ts';
import type { Method, Screening } from './schema.ts';

/** Gaps listed in the answer; the rest is counted. */
const SHOWN_GAPS = 20;

const GAP_DETAILS: Readonly<Record<string, string>> = {
  'parent-missing': 'the case does not hold the transaction that made this output: its history is not known',
  'input-value-unknown': 'the transaction has an input whose value no source gives: nothing can be divided there',
  'coinbase-missing': 'the block of the coinbase is not held completely',
  'history-missing': 'this much came from balances whose own receipts the case does not hold',
  'no-coverage': 'the case holds no payment out of this account: whether it rests there is not known',
  'spender-missing': 'the output was spent by a transaction that the case does not hold',
  'spender-not-known': 'nothing in the case spends the output, and no source states that it is unspent',
};

/** Says what was not looked at: an answer of `none` is about listed tokens only. */
export function unlistedGaps(
  { subject }: ResolvedScreening,
  { notScreened }: FoundValue,
): Screening['coverage']['gaps'] {
  if (notScreened === undefined) return [];
  const { receipts, tokens } = notScreened;
  const detail = `${receipts} receipts in ${tokens} tokens that are not on the list of known contracts were not screened; name a token to screen it: ACCOUNT/CONTRACT`;
  return [{ kind: 'tokens-not-listed', subject: subject.address ?? subject.text, detail, value: null }];
}

/** Coverage of an answer but for its tokens and prices. */
export function coverageOf(
  contributions: readonly Contribution[],
  untraced: Readonly<Record<string, bigint>>,
  of: { walked: boolean; read: number; methods: readonly Method[] },
): Screening['coverage'] {
  const first = of.methods.find(addsUp);
  const open = contributions.filter(({ part, method }) => part === 'untraced' && method === first);
  const gaps = open.filter(({ reason }) => Object.hasOwn(GAP_DETAILS, reason));
  gaps.sort((a, b) => (a.amount === b.amount ? 0 : b.amount > a.amount ? 1 : -1));
  const stopped = new Map<string, number>();
  for (const { reason } of open) stopped.set(reason, (stopped.get(reason) ?? 0) + 1);
  return {
    complete: of.walked && open.length === 0,
    untraced_share: Object.fromEntries(Object.entries(untraced).map(([name, share]) => [name, millionthsText(share)])),
    transactions_read: of.read,
    stopped: [...stopped].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, count]) => ({ reason, count })),
    gaps: gaps.slice(0, SHOWN_GAPS).map((gap) => ({
      kind: gap.reason,
      subject: gap.place(),
      detail: GAP_DETAILS[gap.reason],
      value: gap.amount.toString(),
    })),
    more_gaps: Math.max(0, gaps.length - SHOWN_GAPS),
  };
}

/** Assets without a price where one was asked for, and rules that could not be judged for want of one. */
export function priceGaps(
  { prices }: ResolvedScreening,
  assets: ReadonlyArray<Pick<FoundInAsset, 'asset'>>,
  judged: readonly Judgement[],
): Screening['coverage']['gaps'] {
  return assets.flatMap(({ asset }, at) => {
    const { unpriced } = judged[at];
    const isMissing = prices !== undefined && (asset.price?.microUsd ?? null) === null;
    if (!isMissing && unpriced.length === 0) return [];
    const rules = unpriced.map(({ id }) => id).join(', ');
    const day = prices?.day ?? 'a day nobody states';
    const what = prices === undefined ? 'no file of prices was given' : `no file gives a price of ${day}`;
    const left = rules === '' ? '' : `; not judged: ${rules}`;
    return [
      { kind: 'price-missing', subject: asset.name, detail: `${what}: dollars are not known${left}`, value: null },
    ];
  });
}
