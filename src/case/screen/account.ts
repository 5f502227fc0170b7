/** Screening on an account chain: an account in all its listed assets, one asset of it, or what one transaction brought it. */
import { checkAccount, checksummed } from '../../chain/ethereum/index.ts';
import {
  type AccountId,
  type AssetId,
  account,
  accountHash,
  asset,
  ENGINE_VERSION,
  NATIVE,
  NONE,
  SpoorError,
} from '../../ledger/index.ts';
import {
  type AccountReceipt,
  type AccountSending,
  accountDestination,
  accountSource,
  addsUp,
  amountOf,
  type Contribution,
  ETH,
  type FoundInAsset,
  type FoundPath,
  type FoundValue,
  type ResolvedScreening,
  receiptsOf,
  type ScreenedAsset,
  type ScreeningRequest,
} from '../../screen/index.ts';
import { AccountChainFacts } from './account-facts.ts';
import type { Identities } from './identity.ts';
import { askedTerms, type ScreenSettings } from './resolve.ts';

/** A part as JSON keeps it: what the engine found, with its path. */
export type KeptContribution = Omit<Contribution, 'amount' | 'place' | 'path'> & {
  readonly amount: string;
  readonly at: string;
  readonly way: { steps: ReadonlyArray<Record<string, string | number | null>> } & Pick<FoundPath, 'from' | 'to'>;
};

/** What a screening over accounts found, as JSON keeps it. */
export interface KeptFound {
  readonly assets: ReadonlyArray<Omit<FoundInAsset, 'contributions'> & { contributions: readonly KeptContribution[] }>;
  /** Transactions that were read. */
  readonly transactions: readonly string[];
  /** What came in tokens that are not on the list, where no asset was named. Absent in verdicts of before it was counted. */
  readonly notScreened?: { readonly receipts: number; readonly tokens: number };
}

/** Screens accounts of one case; its chain is read at the first question. */
export class AccountScreener {
  private readonly settings: ScreenSettings;
  private readonly identities: Identities;
  private facts: AccountChainFacts | null = null;

  constructor(settings: ScreenSettings, identities: Identities) {
    this.settings = settings;
    this.identities = identities;
  }

  /** Resolves a request and finds what it asks. Throws SUBJECT_INVALID, ADDRESS_INVALID, TXID_INVALID. */
  screen(request: ScreeningRequest): { resolved: ResolvedScreening; found: KeptFound } {
    const subject = checkedSubject(request);
    const { context, knownAt } = this.settings;
    this.facts ??= new AccountChainFacts(context, this.identities, knownAt);
    const asked = new AccountQuestion(this.settings, this.facts, { request, subject });
    const resolved = asked.resolved();
    return { resolved, found: resolved.status === 'walk' ? asked.find(resolved) : { assets: [], transactions: [] } };
  }
}

/** What was kept as what the judge reads. */
export function foundOf({ assets, transactions, notScreened }: KeptFound): FoundValue {
  return {
    ...(notScreened === undefined ? {} : { notScreened }),
    assets: assets.map((one) => ({ ...one, contributions: one.contributions.map(unpacked) })),
    transactionsRead: transactions.length,
    dust: '0',
  };
}

function packed({ place, path, amount, ...rest }: Contribution): KeptContribution {
  const { steps, from, to } = path();
  const told = steps.map((step) => ({ ...step, amount: step.amount === null ? null : String(step.amount) }));
  return { ...rest, amount: String(amount), at: place(), way: { steps: told, from, to } };
}

function unpacked({ amount, at, way, ...rest }: KeptContribution): Contribution {
  const steps = way.steps.map((step) => ({
    txid: String(step.txid),
    height: step.height === null ? null : Number(step.height),
    timestampSec: step.timestampSec === null ? null : Number(step.timestampSec),
    from: String(step.from),
    to: String(step.to),
    amount: step.amount === null ? null : BigInt(step.amount),
  }));
  return { ...rest, amount: BigInt(amount), place: () => at, path: () => ({ ...way, steps }) };
}

/** A subject of right form. */
function checkedSubject({ subject }: ScreeningRequest): ResolvedScreening['subject'] {
  const refuse = (field: string, message: string): never => {
    throw new SpoorError('SUBJECT_INVALID', message, { field: `subject.${field}` });
  };
  if (subject.vout !== undefined) refuse('vout', 'a transaction of ethereum has no vout');
  if (subject.log_index !== undefined)
    refuse('log_index', 'name the account that received (address) and the asset, not the place of a log entry');
  const name = assetOf(subject.asset);
  const text = name === null ? 'all' : name === NATIVE ? ETH.name : checksummed(account(name));
  const holder = subject.address === undefined ? null : checkAccount(subject.address);
  const part = name === null ? '' : name === NATIVE ? `/${NATIVE}` : `/${text}`;
  const base = { network: 'ethereum', asset: text, vout: null, log_index: null, height: null, timestamp_sec: null };
  const address = holder === null ? null : checksummed(holder);
  if (subject.type === 'address') {
    if (address === null) return refuse('address', 'a subject of type address has an address');
    if (subject.txid !== undefined) refuse('txid', 'a subject of type address has no txid');
    return { ...base, type: 'address', text: `${address}${part}`, address, txid: null };
  }
  if (subject.txid === undefined) return refuse('txid', 'a subject of type transfer has a txid');
  const id = accountHash(subject.txid);
  return { ...base, type: 'transfer', text: id, address, txid: id };
}

function assetOf(text: string | undefined): ReturnType<typeof asset> | null {
  if (text === undefined || text === 'all') return null;
  return /^(eth|native)$/i.test(text) ? NATIVE : asset(checkAccount(text));
}

class AccountQuestion {
  private readonly settings: ScreenSettings;
  private readonly facts: AccountChainFacts;
  private readonly asked: { readonly request: ScreeningRequest; readonly subject: ResolvedScreening['subject'] };
  private holder: AccountId | null = null;
  private receipts: readonly AccountReceipt[] = [];
  /** Receipts in assets that were not asked for. */
  private left: readonly AccountReceipt[] = [];
  private sendings: ReadonlyArray<AccountSending & { readonly amount: bigint }> = [];

  constructor(settings: ScreenSettings, facts: AccountChainFacts, asked: AccountQuestion['asked']) {
    this.settings = settings;
    this.facts = facts;
    this.asked = asked;
  }

  resolved(): ResolvedScreening {
    const { settings, facts } = this;
    const { request } = this.asked;
    const named = assetOf(request.subject.asset);
    const decided = this.asked.subject.type === 'address' ? this.ofAccount() : this.ofTransaction();
    return {
      ...decided,
      ...askedTerms(settings, request),
      asset: named === null || named === NATIVE ? ETH : this.unitOf(facts.view.findAsset(named), named),
      asOf: {
        height: facts.height,
        hash: settings.knownAt === null ? facts.view.tip().hash : null,
        known_at: settings.knownAt,
        packs: [...settings.packs],
        clusters: null,
        engine: ENGINE_VERSION,
      },
      untilHeight: settings.knownAt === null ? null : facts.height,
      received: null,
      sent: null,
      own: [],
    };
  }

  private ofAccount(): Pick<ResolvedScreening, 'status' | 'subject' | 'ownership' | 'atSec' | 'hopsBefore'> {
    const { facts, settings } = this;
    const { request, subject } = this.asked;
    const text = subject.address ?? '';
    this.holder = facts.view.findAccount(checkAccount(text));
    const atSec = facts.latestSec;
    const ownership = facts.claims(this.holder, checkAccount(text), settings.knownAt ?? facts.dayOf(atSec));
    const base = { subject, ownership, atSec, hopsBefore: 0 as const };
    if (request.lookup_only === true) return { status: 'looked_up', ...base };
    if (this.holder === null) return { status: 'not_indexed', ...base };
    const { holder } = this;
    if (request.direction !== 'sent') this.receipts = this.inside(receiptsOf(facts, holder));
    if (request.direction === 'sent' || request.direction === 'both')
      this.sendings = this.sendingsWhere(({ from, to }) => from === holder && to !== NONE && to !== holder);
    const isEmpty = this.receipts.length === 0 && this.sendings.length === 0;
    return { status: isEmpty ? 'not_indexed' : 'walk', ...base };
  }

  private ofTransaction(): Pick<ResolvedScreening, 'status' | 'subject' | 'ownership' | 'atSec' | 'hopsBefore'> {
    const { facts, settings } = this;
    const { request, subject } = this.asked;
    const tx = facts.view.findTransaction(accountHash(subject.txid ?? ''));
    const frame = facts.frames.find((one) => tx !== null && one.tx === tx);
    const none = { status: 'not_indexed', subject, ownership: [], atSec: null, hopsBefore: 1 } as const;
    if (frame === undefined) return none;
    const of = (holder: AccountId): AccountReceipt[] =>
      this.inside(receiptsOf(facts, holder)).filter(({ orderKey }) => orderKey === frame.orderKey);
    const wanted = subject.address === null ? null : facts.view.findAccount(checkAccount(subject.address));
    const all = [...new Set(frame.effects.flatMap(({ to }) => (to === NONE ? [] : [to])))];
    const candidates = (subject.address === null ? all : wanted === null ? [] : [wanted])
      .map((holder) => ({ holder, receipts: of(holder) }))
      .filter(({ receipts }) => receipts.length > 0);
    if (candidates.length > 1)
      throw new SpoorError(
        'SUBJECT_INVALID',
        `${candidates.length} accounts received something in this transaction: ${candidates
          .slice(0, 5)
          .map(({ holder }) => facts.accountText(holder))
          .join(', ')}`,
        { field: 'subject.address' },
        'say which in the address of the subject (spoor screen --input), or screen the account',
      );
    if (candidates.length === 0) return none;
    const [{ holder, receipts }] = candidates;
    this.holder = holder;
    const { direction = 'received' } = request;
    if (direction !== 'sent') this.receipts = receipts;
    const effects = new Set(receipts.map(({ effect }) => effect));
    if (direction !== 'received')
      this.sendings = this.sendingsWhere((_, place, key) => key === frame.orderKey && effects.has(place));
    const { timestampSec: atSec } = frame;
    const address = facts.accountText(holder);
    const height = frame.blockNumber === NONE ? null : frame.blockNumber;
    const ownership = facts.claims(holder, facts.view.account(holder).account, settings.knownAt ?? facts.dayOf(atSec));
    return {
      status: request.lookup_only === true ? 'looked_up' : 'walk',
      subject: { ...subject, address, height, timestamp_sec: atSec },
      ownership,
      atSec,
      hopsBefore: 1,
    };
  }

  /** Assets asked for: the one that was named, else those on the list of known contracts. */
  private isAsked(id: AssetId): boolean {
    const named = assetOf(this.asked.request.subject.asset);
    const { asset: own } = this.facts.view.asset(id);
    return named === null ? this.facts.tokens.byAsset.has(own) : own === named;
  }

  private inside(receipts: readonly AccountReceipt[]): AccountReceipt[] {
    const last = this.lastKey();
    const held = receipts.filter(({ orderKey }) => orderKey <= last);
    this.left = held.filter(({ asset: own }) => !this.isAsked(own));
    return held.filter(({ asset: own }) => this.isAsked(own));
  }

  private lastKey(): number {
    return this.facts.frames.at(-1)?.orderKey ?? -1;
  }

  private sendingsWhere(
    fits: (effect: { from: number; to: number }, place: number, orderKey: number) => boolean,
  ): ReadonlyArray<AccountSending & { readonly amount: bigint }> {
    return this.facts.frames.flatMap(({ tx, orderKey, effects }) =>
      tx === NONE
        ? []
        : effects.flatMap((effect, place) =>
            effect.kind === 'move' && this.isAsked(effect.asset) && fits(effect, place, orderKey)
              ? [{ tx, effect: place, asset: effect.asset, amount: effect.amount }]
              : [],
          ),
    );
  }

  private unitOf(id: AssetId | null, own: ReturnType<typeof asset>): ScreenedAsset {
    if (own === NATIVE) return ETH;
    const listed = this.facts.tokens.byAsset.get(own)?.decimals;
    const decimals = listed ?? (id === null ? null : this.facts.view.asset(id).decimals) ?? 0;
    return { name: checksummed(account(own)), decimals };
  }

  /** What the question asks, found: parts of each asset with what was screened of it. */
  find({ methods, limits }: ResolvedScreening): KeptFound {
    const { facts, holder } = this;
    if (holder === null) return { assets: [], transactions: [] };
    const bounds = { maxHops: limits.max_hops, maxTransactions: limits.max_transactions };
    const { kept, cut } = largest(this.receipts, limits.max_outputs);
    const source = accountSource(facts, { subject: holder, receipts: kept, methods, limits: bounds });
    const isTransfer = this.asked.subject.type === 'transfer';
    const untilKey = this.settings.knownAt === null ? null : this.lastKey();
    const destination = accountDestination(facts, {
      sendings: this.sendings,
      own: isTransfer ? null : holder,
      methods,
      limits: bounds,
      untilKey,
    });
    const parts = [...source.parts, ...destination.parts];
    for (const receipt of cut)
      for (const method of methods.filter(addsUp))
        parts.push({ asset: receipt.asset, contribution: this.cut(receipt, method) });
    const ids = [...new Set([...this.receipts, ...this.sendings].map((one) => one.asset))].sort((a, b) => a - b);
    const transactions = [...new Set([...source.transactions, ...destination.transactions])].sort((a, b) => a - b);
    return {
      assets: ids.map((id) =>
        this.ofAsset(
          id,
          parts.filter((part) => part.asset === id).map((part) => part.contribution),
        ),
      ),
      transactions: transactions.map((tx) => String(facts.view.transaction(tx as AccountSending['tx']).hash)),
      ...this.notScreened(),
    };
  }

  private notScreened(): Pick<KeptFound, 'notScreened'> {
    if (assetOf(this.asked.request.subject.asset) !== null || this.left.length === 0) return {};
    const tokens = new Set(this.left.map(({ asset: own }) => own)).size;
    return { notScreened: { receipts: this.left.length, tokens } };
  }

  private ofAsset(id: AssetId, contributions: readonly Contribution[]): KeptFound['assets'][number] {
    const unit = this.unitOf(id, this.facts.view.asset(id).asset);
    const row = (direction: 'source' | 'destination', values: readonly bigint[]) => {
      const amount = amountOf(
        values.reduce((sum, value) => sum + value, 0n),
        unit,
      );
      return values.length === 0 ? [] : [{ direction, outputs: values.length, left_out: 0, amount }];
    };
    const amounts = (rows: ReadonlyArray<{ asset: AssetId; amount: bigint }>): bigint[] =>
      rows.filter((one) => one.asset === id).map(({ amount }) => amount);
    const screened = [...row('source', amounts(this.receipts)), ...row('destination', amounts(this.sendings))];
    return { asset: unit, contributions: contributions.map(packed), screened };
  }

  private cut({ amount, timestampSec }: AccountReceipt, method: Contribution['method']): Contribution {
    const text = this.holder === null ? '' : this.facts.accountText(this.holder);
    const at = { place: text, address: text };
    const what = { flow: 'source', part: 'untraced', reason: 'max-outputs', category: null, identity: null } as const;
    const path = (): FoundPath => ({ steps: [], from: at, to: at });
    return { ...what, method, amount, hops: 1, timestampSec, place: () => text, path };
  }
}

/** The largest receipts of each asset up to a number, and the others. */
function largest(
  receipts: readonly AccountReceipt[],
  limit: number,
): { kept: readonly AccountReceipt[]; cut: readonly AccountReceipt[] } {
  const counts = new Map<AssetId, number>();
  const bySize = [...receipts].sort((a, b) =>
    a.amount === b.amount ? a.orderKey - b.orderKey : b.amount > a.amount ? 1 : -1,
  );
  const kept = new Set<AccountReceipt>();
  for (const receipt of bySize) {
    const count = counts.get(receipt.asset) ?? 0;
    counts.set(receipt.asset, count + 1);
    if (count < limit) kept.add(receipt);
  }
  return { kept: receipts.filter((one) => kept.has(one)), cut: receipts.filter((one) => !kept.has(one)) };
}
