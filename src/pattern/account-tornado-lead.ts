/**
 * Claim:      nothing; these are leads. For a withdrawal, deposits that a heuristic ties to it, among how many, and how often blind drawing would hit them.
 * Source:     Béres et al. 2021, Wu et al. 2022 and the white paper of Tutela (2021), restated: address match, unique gas price, linked addresses, one
 *             portfolio over several pools, and mining points of TORN.
 * Parameters: see `TornadoLeadOptions`.
 * Cost:       O(withdrawals x deposits of their pool) and one pass over the frames: for the notes of a case, not for those of the whole chain.
 * Fails when: the facts hold only some deposits of a pool: the true one may be none of the candidates. A set of one is not proof. No lead carries an amount, and
 *             no taint follows one.
 */
import { type AccountId, type AccountTransactionRecord, type AccountView, NONE } from '../ledger/index.ts';
import { isDealing } from './account-change.ts';
import type { MixerNote } from './account-mixer.ts';
import { narrowingText } from './entropy.ts';
import { addRatios, type Ratio, ratioOf, readRatio } from './ratio.ts';

/** The five, in the order of the paper. */
export const TORNADO_HEURISTICS = [
  'address-match',
  'unique-gas-price',
  'linked-address',
  'multi-denomination',
  'torn-mining',
] as const;
/** One of `TORNADO_HEURISTICS`. */
export type TornadoHeuristic = (typeof TORNADO_HEURISTICS)[number];

/** Points that an account claimed for the time of one note, which no event of the pools tells. */
export interface MiningClaim {
  readonly account: AccountId;
  readonly points: bigint;
}

/** Conventions of the leads; the defaults are the paper's. */
export interface TornadoLeadOptions {
  /** Linked addresses: ordinary transactions between the two. */
  readonly minTransactions: number;
  /** Accounts with which everybody deals: they link nobody. */
  readonly services: ReadonlySet<AccountId>;
  /** Portfolio: notes at least, pools at least, and the time within which each side acts. */
  readonly minNotes: number;
  readonly minPools: number;
  readonly windowSec: number;
  /** Gas prices were chosen freely before this block (London, EIP-1559). */
  readonly londonBlock: number;
  readonly claims: readonly MiningClaim[];
  /** Points for a block in the pool, by its note in wei. */
  readonly pointsPerBlock: ReadonlyMap<bigint, bigint>;
}

const ETHER = 10n ** 18n;

/** The defaults. */
export const TORNADO_LEADS: TornadoLeadOptions = {
  minTransactions: 3,
  services: new Set(),
  minNotes: 3,
  minPools: 2,
  windowSec: 86_400,
  londonBlock: 12_965_000,
  claims: [],
  pointsPerBlock: new Map([
    [ETHER / 10n, 4n],
    [ETHER, 20n],
    [10n * ETHER, 50n],
    [100n * ETHER, 400n],
  ]),
};

/** A withdrawal and the deposits that may be its own. */
export interface TornadoLead {
  readonly heuristic: TornadoHeuristic;
  readonly withdrawal: MixerNote;
  readonly candidates: readonly MixerNote[];
  /** Deposits of the pool before the withdrawal: the crowd without the lead. */
  readonly crowd: number;
  /** ln crowd - ln candidates, six places. */
  readonly nats: string;
  /** Candidates over crowd: how often a deposit drawn blindly from the crowd is one of them. */
  readonly chance: string;
}

/** How a heuristic does against blind drawing. */
export interface TornadoBaseline {
  readonly heuristic: TornadoHeuristic;
  readonly leads: number;
  /** Sum of the chances: the hits that blind drawing would make, one draw for each lead. */
  readonly hitsByChance: string;
}

/** The leads and, for each heuristic, its baseline. */
export interface TornadoLeads {
  readonly leads: readonly TornadoLead[];
  readonly baselines: readonly TornadoBaseline[];
}

interface Crowd {
  readonly view: AccountView;
  readonly options: TornadoLeadOptions;
  readonly byAccount: ReadonlyMap<AccountId, readonly MixerNote[]>;
  /** Portfolios asked for before, by account and direction. */
  readonly portfolios: Map<string, Portfolio | null>;
  /** Transactions between two accounts, `smaller larger`. */
  readonly dealings: ReadonlyMap<string, number>;
}

type Finder = (crowd: Crowd, withdrawal: MixerNote, before: readonly MixerNote[]) => readonly MixerNote[];

const FINDERS: Readonly<Record<TornadoHeuristic, Finder>> = {
  'address-match': (_, { account }, before) => before.filter((deposit) => deposit.account === account),
  'unique-gas-price': uniqueGasPrice,
  'linked-address': linkedAddress,
  'multi-denomination': multiDenomination,
  'torn-mining': tornMining,
};

/** Leads of every withdrawal by every heuristic. `notes` in total order, as `mixerNotes` gives them. */
export function tornadoLeads(
  view: AccountView,
  notes: readonly MixerNote[],
  options: Partial<TornadoLeadOptions> = {},
): TornadoLeads {
  const told = { ...TORNADO_LEADS, ...options };
  const byAccount = new Map<AccountId, MixerNote[]>();
  for (const note of notes) {
    if (note.account === NONE) continue;
    const own = byAccount.get(note.account);
    if (own === undefined) byAccount.set(note.account, [note]);
    else own.push(note);
  }
  const crowd: Crowd = { view, options: told, byAccount, portfolios: new Map(), dealings: dealingsOf(view, byAccount) };
  const deposits = new Map<AccountId, MixerNote[]>();
  const leads: TornadoLead[] = [];
  for (const note of notes) {
    const before = deposits.get(note.pool) ?? [];
    deposits.set(note.pool, before);
    if (note.direction === 'deposit') before.push(note);
    else if (note.account !== NONE) {
      for (const heuristic of TORNADO_HEURISTICS) leads.push(...leadOf(crowd, heuristic, note, before));
    }
  }
  return { leads, baselines: TORNADO_HEURISTICS.map((heuristic) => baselineOf(heuristic, leads)) };
}

function leadOf(
  crowd: Crowd,
  heuristic: TornadoHeuristic,
  withdrawal: MixerNote,
  before: readonly MixerNote[],
): TornadoLead[] {
  const candidates = FINDERS[heuristic](crowd, withdrawal, before);
  if (candidates.length === 0) return [];
  const size = Math.max(withdrawal.deposits, before.length);
  const chance: Ratio = { top: BigInt(candidates.length), bottom: BigInt(size) };
  return [
    {
      heuristic,
      withdrawal,
      candidates,
      crowd: size,
      nats: narrowingText(size, candidates.length),
      chance: ratioOf(chance),
    },
  ];
}

function baselineOf(heuristic: TornadoHeuristic, all: readonly TornadoLead[]): TornadoBaseline {
  const leads = all.filter((lead) => lead.heuristic === heuristic);
  const hits = leads.map(({ chance }) => readRatio(chance)).reduce(addRatios, { top: 0n, bottom: 1n });
  return { heuristic, leads: leads.length, hitsByChance: ratioOf(hits) };
}

/** Transactions with a dealing between two accounts that both met a mixer; mixers themselves are none of them. */
function dealingsOf(view: AccountView, met: ReadonlyMap<AccountId, readonly MixerNote[]>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { effects } of view.frames()) {
    const pairs = new Set<string>();
    for (const effect of effects) {
      const { from, to } = effect;
      if (isDealing(effect) && from !== NONE && to !== NONE && met.has(from) && met.has(to))
        pairs.add(pairOf(from, to));
    }
    for (const pair of pairs) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return counts;
}

function pairOf(a: AccountId, b: AccountId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/** The gas price that a person typed, or null where a wallet or the protocol set it. */
function typedPrice({ londonBlock }: TornadoLeadOptions, record: AccountTransactionRecord): bigint | null {
  const { type, blockNumber, gasPriceWei } = record;
  const legacy = type === null || type < 2;
  return legacy && blockNumber !== null && blockNumber < londonBlock ? gasPriceWei : null;
}

function uniqueGasPrice(crowd: Crowd, withdrawal: MixerNote, before: readonly MixerNote[]): readonly MixerNote[] {
  const { view, options } = crowd;
  // A relayer sets the price of what it sends; only who withdrew himself set his own.
  if (withdrawal.relayer !== null || view.frame(withdrawal.tx).sender !== withdrawal.account) return [];
  const price = typedPrice(options, view.transaction(withdrawal.tx));
  if (price === null) return [];
  const same = before.filter(({ tx }) => typedPrice(options, view.transaction(tx)) === price);
  return same.length === 1 ? same : [];
}

function linkedAddress(crowd: Crowd, { account: own }: MixerNote, before: readonly MixerNote[]): readonly MixerNote[] {
  const { services, minTransactions } = crowd.options;
  if (own === NONE || services.has(own)) return [];
  return before.filter(
    ({ account: other }) =>
      other !== NONE &&
      other !== own &&
      !services.has(other) &&
      (crowd.dealings.get(pairOf(own, other)) ?? 0) >= minTransactions,
  );
}

/** Notes of one account and direction by pool, if they are enough, of several pools, and within the window; with their first and last time. */
interface Portfolio {
  readonly shape: string;
  readonly firstSec: number;
  readonly lastSec: number;
}

function portfolioOf(crowd: Crowd, account: AccountId, direction: MixerNote['direction']): Portfolio | null {
  const key = `${account} ${direction}`;
  const known = crowd.portfolios.get(key);
  if (known !== undefined) return known;
  const portfolio = makePortfolio(crowd, account, direction);
  crowd.portfolios.set(key, portfolio);
  return portfolio;
}

function makePortfolio(crowd: Crowd, account: AccountId, direction: MixerNote['direction']): Portfolio | null {
  const { minNotes, minPools, windowSec } = crowd.options;
  const own = (crowd.byAccount.get(account) ?? []).filter((note) => note.direction === direction);
  const times = own.flatMap(({ timestampSec }) => (timestampSec === null ? [] : [timestampSec]));
  const pools = new Map<AccountId, number>();
  for (const { pool } of own) pools.set(pool, (pools.get(pool) ?? 0) + 1);
  if (own.length < minNotes || pools.size < minPools || times.length < own.length) return null;
  const [firstSec, lastSec] = [Math.min(...times), Math.max(...times)];
  if (lastSec - firstSec > windowSec) return null;
  const shape = [...pools]
    .sort(([a], [b]) => a - b)
    .map(([pool, count]) => `${pool}x${count}`)
    .join(' ');
  return { shape, firstSec, lastSec };
}

function multiDenomination(crowd: Crowd, withdrawal: MixerNote, before: readonly MixerNote[]): readonly MixerNote[] {
  const { account: own } = withdrawal;
  const out = own === NONE ? null : portfolioOf(crowd, own, 'withdrawal');
  if (out === null) return [];
  return before.filter(({ account: other }) => {
    const into = other === NONE ? null : portfolioOf(crowd, other, 'deposit');
    return into !== null && into.shape === out.shape && into.lastSec <= out.firstSec;
  });
}

/** Points over the rate of the pool are the blocks that a note lay in it. */
function tornMining(crowd: Crowd, withdrawal: MixerNote, before: readonly MixerNote[]): readonly MixerNote[] {
  const { claims, pointsPerBlock } = crowd.options;
  const rate = withdrawal.denomination === null ? undefined : pointsPerBlock.get(withdrawal.denomination);
  if (rate === undefined || withdrawal.blockNumber === NONE) return [];
  return before.filter(({ account: other, blockNumber }) =>
    claims.some(
      ({ account: own, points }) =>
        (own === other || own === withdrawal.account) &&
        blockNumber !== NONE &&
        BigInt(withdrawal.blockNumber - blockNumber) * rate === points,
    ),
  );
}
