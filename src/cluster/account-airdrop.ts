/**
 * Claim:      recipients of one airdrop that pass exactly what they got on to one account are one farmer, and so is that account.
 * Source:     Victor, "Address Clustering Heuristics for Ethereum", FC 2020 (airdrop multi-participation): one token, source and amount to at least 1,000
 *             recipients with a median gap of at most 2 blocks; at least 2 recipients pass the same amount on to one account.
 * Parameters: see `AirdropOptions`.
 * Cost:       O(transfers) for the groups, O(transfers of recipients) for the forwards.
 * Fails when: many recipients sell to one buyer at once, or into a contract that no role names; airdrops of exact amounts are of the years up to about 2020.
 */
import { type AccountId, NONE } from '../ledger/index.ts';
import { type AccountHistory, type AccountRoles, isPerson, type Transfer } from './account-history.ts';
import { type AccountLink, accountLink } from './account-link.ts';

/** Conventions of airdrop farms. */
export interface AirdropOptions {
  readonly minRecipients: number;
  /** Largest median of blocks between one recipient and the next. */
  readonly maxMedianBlocks: number;
  readonly minForwarders: number;
}

/** Parameters of the paper. */
export const AIRDROP_FARM: AirdropOptions = { minRecipients: 1000, maxMedianBlocks: 2, minForwarders: 2 };

const NATIVE_ID = 0;

/** One link of recipient and collector for each recipient. */
export function airdropFarm(
  history: AccountHistory,
  roles: AccountRoles,
  options: AirdropOptions = AIRDROP_FARM,
): AccountLink[] {
  return [...airdrops(history, options)].flatMap((airdrop) => farmsOf(history, roles, options, airdrop));
}

/** Groups of transfers that are an airdrop: the first transfer to each recipient, in order. */
function airdrops({ transfers }: AccountHistory, { minRecipients, maxMedianBlocks }: AirdropOptions): Transfer[][] {
  const groups = new Map<string, Map<AccountId, Transfer>>();
  for (const transfer of transfers) {
    const { asset, from, to, amount, blockNumber } = transfer;
    if (asset === NATIVE_ID || blockNumber === NONE) continue;
    const key = `${asset} ${from} ${amount}`;
    const group = groups.get(key) ?? new Map<AccountId, Transfer>();
    groups.set(key, group);
    if (!group.has(to)) group.set(to, transfer);
  }
  return [...groups.values()]
    .filter((group) => group.size >= minRecipients)
    .map((group) => [...group.values()])
    .filter((group) => twiceMedianGap(group) <= 2 * maxMedianBlocks);
}

/** Twice the median of the gaps, which is whole even between two middle ones. */
function twiceMedianGap(group: readonly Transfer[]): number {
  const gaps = group.slice(1).map(({ blockNumber }, place) => blockNumber - group[place].blockNumber);
  if (gaps.length === 0) return 0;
  gaps.sort((a, b) => a - b);
  return gaps[(gaps.length - 1) >> 1] + gaps[gaps.length >> 1];
}

function farmsOf(
  history: AccountHistory,
  roles: AccountRoles,
  { minForwarders }: AirdropOptions,
  airdrop: readonly Transfer[],
): AccountLink[] {
  const byCollector = new Map<AccountId, Array<{ got: Transfer; passed: Transfer }>>();
  for (const got of airdrop) {
    if (!isPerson(history, roles, got.to) || !history.sent.has(got.to)) continue;
    const seen = new Set<AccountId>();
    for (const place of history.out.get(got.to) ?? []) {
      const passed = history.transfers[place];
      const fits = passed.asset === got.asset && passed.amount === got.amount && passed.signed && place > got.place;
      if (!fits || seen.has(passed.to) || passed.to === got.from || !isPerson(history, roles, passed.to)) continue;
      seen.add(passed.to);
      byCollector.set(passed.to, [...(byCollector.get(passed.to) ?? []), { got, passed }]);
    }
  }
  return [...byCollector]
    .filter(([, passes]) => passes.length >= minForwarders)
    .flatMap(([collector, passes]) =>
      passes.map(({ got, passed }) =>
        accountLink('airdrop-farm', passed.tx, [got.to, collector], {
          kind: 'airdrop-farm',
          asset: got.asset,
          source: got.from,
          amount: got.amount,
          recipients: airdrop.length,
          txAirdrop: got.tx,
          txForward: passed.tx,
        }),
      ),
    );
}
