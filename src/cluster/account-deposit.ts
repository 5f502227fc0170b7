/**
 * Claim:      accounts that pay into one deposit address of an exchange belong to one customer, and so does that address.
 * Source:     Victor, "Address Clustering Heuristics for Ethereum", FC 2020 (deposit address reuse); the parameters 0.01 ether and 3,200 blocks and the
 *             confidence 1 - da / 2a - dt / 2t of Tutela (2021), restated from the papers. Ranges are joined, amounts are never rounded.
 * Parameters: see `DepositReuseOptions`.
 * Cost:       for each forward a look back over the receipts of its address inside the window.
 * Fails when: somebody withdraws from one exchange straight to a friend's deposit address (the exchange is no user, so no link is made, but a friend's own
 *             account is), or a payment service forwards for many. A contract that forwards is seen only when the user names its maker or it.
 */
import { type AccountId, NONE } from '../ledger/index.ts';
import { meanRatio, type Ratio, ratioOf, readRatio } from '../pattern/index.ts';
import { type AccountHistory, type AccountRoles, isPerson, type Transfer } from './account-history.ts';
import { type AccountLink, accountLink } from './account-link.ts';

/** Conventions of deposit address reuse. */
export interface DepositReuseOptions {
  /** a_max in wei: what may come in more than goes out, for the fee. Tokens go out exactly as they came. */
  readonly maxDifferenceWei: bigint;
  /** t_max in blocks. */
  readonly maxBlocks: number;
  /** Forwards that make a deposit address, where no label does. */
  readonly minForwards: number;
  /** Deposit addresses by label: one forward is enough. */
  readonly labelled: ReadonlySet<AccountId>;
  /** Whether an address that pays anybody but its exchange can still be a deposit address, as in the paper. */
  readonly elsewhere: 'refuse' | 'allow';
  /** Contracts known to forward deposits, and contracts that make such forwarders. */
  readonly forwarders: ReadonlySet<AccountId>;
  readonly factories: ReadonlySet<AccountId>;
}

/** The defaults, parameters of the paper and of Tutela. */
export const DEPOSIT_REUSE: DepositReuseOptions = {
  maxDifferenceWei: 10_000_000_000_000_000n,
  maxBlocks: 3200,
  minForwards: 2,
  labelled: new Set(),
  elsewhere: 'refuse',
  forwarders: new Set(),
  factories: new Set(),
};

/** Why an address that pays an exchange is no deposit address. */
export type DepositRefusal =
  | 'service'
  | 'contract'
  | 'several-exchanges'
  | 'pays-elsewhere'
  | 'one-forward'
  | 'is-user'
  | 'no-payer';

/** A deposit address: it belongs to its customer, never to the cluster of its exchange. */
export interface DepositAddress {
  readonly deposit: AccountId;
  readonly exchange: string;
  readonly users: readonly AccountId[];
  readonly forwards: number;
  readonly pairs: number;
  /** Mean confidence of its pairs. */
  readonly kappa: string;
}

/** What the heuristic found. */
export interface DepositReuse {
  readonly links: readonly AccountLink[];
  readonly deposits: readonly DepositAddress[];
  readonly refused: ReadonlyArray<{ readonly account: AccountId; readonly reason: DepositRefusal }>;
}

interface Pair {
  readonly into: Transfer;
  readonly out: Transfer;
  readonly kappa: string;
}

const NATIVE_ID = 0;

/** Links of user and deposit address, one for each pair of a receipt and its forward. */
export function depositReuse(
  history: AccountHistory,
  roles: AccountRoles,
  options: DepositReuseOptions = DEPOSIT_REUSE,
): DepositReuse {
  const refused: Array<{ account: AccountId; reason: DepositRefusal }> = [];
  const found = new Map<AccountId, { exchange: string; forwards: number; pairs: Pair[] }>();
  for (const [own, forwards] of forwardsToExchanges(history, roles)) {
    const reason = refusalOf(history, roles, options, own, forwards);
    const pairs = reason === null ? forwards.flatMap((out) => pairOf(history, roles, options, out)) : [];
    if (reason !== null || pairs.length === 0) refused.push({ account: own, reason: reason ?? 'no-payer' });
    else found.set(own, { exchange: exchangeOf(roles, forwards[0]), forwards: forwards.length, pairs });
  }
  const users = new Set([...found.values()].flatMap(({ pairs }) => pairs.map(({ into }) => into.from)));
  const links: AccountLink[] = [];
  const deposits: DepositAddress[] = [];
  for (const [deposit, { exchange, forwards, pairs }] of [...found].sort(([a], [b]) => a - b)) {
    if (users.has(deposit)) {
      refused.push({ account: deposit, reason: 'is-user' });
      continue;
    }
    links.push(...pairs.map((pair) => linkOf(pair, exchange)));
    const own = [...new Set(pairs.map(({ into }) => into.from))].sort((a, b) => a - b);
    const kappa = ratioOf(meanRatio(pairs.map((pair) => readRatio(pair.kappa))));
    deposits.push({ deposit, exchange, users: own, forwards, pairs: pairs.length, kappa });
  }
  return { links, deposits, refused: refused.sort((a, b) => a.account - b.account) };
}

function forwardsToExchanges({ transfers }: AccountHistory, { exchanges }: AccountRoles): Map<AccountId, Transfer[]> {
  const forwards = new Map<AccountId, Transfer[]>();
  for (const transfer of transfers) {
    if (!exchanges.has(transfer.to) || exchanges.has(transfer.from)) continue;
    const own = forwards.get(transfer.from);
    if (own === undefined) forwards.set(transfer.from, [transfer]);
    else own.push(transfer);
  }
  return forwards;
}

function exchangeOf({ exchanges }: AccountRoles, { to }: Transfer): string {
  return exchanges.get(to) ?? '';
}

function refusalOf(
  history: AccountHistory,
  roles: AccountRoles,
  options: DepositReuseOptions,
  own: AccountId,
  forwards: readonly Transfer[],
): DepositRefusal | null {
  if (roles.services.has(own)) return 'service';
  if (!forwardsBySignature(history, options, own, forwards)) return 'contract';
  const names = new Set(forwards.map((out) => exchangeOf(roles, out)));
  if (names.size > 1) return 'several-exchanges';
  const paysElsewhere = (history.out.get(own) ?? []).some((place) => !roles.exchanges.has(history.transfers[place].to));
  if (options.elsewhere === 'refuse' && paysElsewhere) return 'pays-elsewhere';
  return forwards.length >= options.minForwards || options.labelled.has(own) ? null : 'one-forward';
}

/** A person's account signs its forwards, unless it took code by EIP-7702; a contract does not and must be known. */
function forwardsBySignature(
  history: AccountHistory,
  { forwarders, factories }: DepositReuseOptions,
  own: AccountId,
  forwards: readonly Transfer[],
): boolean {
  const maker = history.makers.get(own);
  if (forwarders.has(own) || (maker !== undefined && factories.has(maker))) return true;
  if (history.delegated.has(own)) return true;
  return history.isContract(own) !== true && forwards.every(({ signed }) => signed);
}

/** The latest receipt before a forward that fits it. */
function pairOf(history: AccountHistory, roles: AccountRoles, options: DepositReuseOptions, out: Transfer): Pair[] {
  const maxDifference = out.asset === NATIVE_ID ? options.maxDifferenceWei : 0n;
  const receipts = history.in.get(out.from) ?? [];
  for (let last = placesBefore(receipts, out.place) - 1; last >= 0; last -= 1) {
    const into = history.transfers[receipts[last]];
    if (into.blockNumber === NONE || out.blockNumber === NONE) continue;
    const blocks = out.blockNumber - into.blockNumber;
    if (blocks > options.maxBlocks) return [];
    const difference = into.amount - out.amount;
    if (
      into.asset !== out.asset ||
      difference < 0n ||
      difference > maxDifference ||
      !paidByPerson(history, roles, into)
    )
      continue;
    return [{ into, out, kappa: kappaOf(options, difference, blocks) }];
  }
  return [];
}

/** How many of ascending places are below one. */
function placesBefore(places: readonly number[], place: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

function paidByPerson(history: AccountHistory, roles: AccountRoles, { from, signed }: Transfer): boolean {
  return isPerson(history, roles, from) && (signed || history.delegated.has(from));
}

/** 1 - da / 2a - dt / 2t; a limit of zero leaves no difference to count. */
function kappaOf({ maxDifferenceWei, maxBlocks }: DepositReuseOptions, difference: bigint, blocks: number): string {
  const [a, t] = [maxDifferenceWei === 0n ? 1n : maxDifferenceWei, BigInt(Math.max(1, maxBlocks))];
  const kappa: Ratio = { top: 2n * a * t - difference * t - BigInt(blocks) * a, bottom: 2n * a * t };
  return ratioOf(kappa);
}

function linkOf({ into, out, kappa }: Pair, exchange: string): AccountLink {
  return accountLink('deposit-reuse', out.tx, [into.from, out.from], {
    kind: 'deposit-reuse',
    exchange,
    txIn: into.tx,
    txOut: out.tx,
    asset: out.asset,
    amountIn: into.amount,
    amountOut: out.amount,
    blocks: out.blockNumber - into.blockNumber,
    difference: into.amount - out.amount,
    kappa,
  });
}
