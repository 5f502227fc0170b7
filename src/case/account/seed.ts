/** Seeds of a trace over accounts: what each asked subject stands for, as receipts of the view. */
import {
  type AccountFrame,
  type AccountId,
  type AccountView,
  type Asset,
  type AssetId,
  assetId,
  NONE,
  SpoorError,
} from '../../ledger/index.ts';
import type { AccountSeed } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import type { Range } from '../subject.ts';
import { taggedAccounts } from '../tag/tags.ts';
import { seedParts } from '../trace/seed.ts';
import { type AccountOfSubject, type AccountSubject, isAccountSubject, parseAccountSubject } from './subject.ts';

/** One `--seed LABEL=SUBJECT` over accounts; `subjects` are several where a tag stands for many. */
export interface AccountSeedRequest {
  readonly label: string;
  readonly text: string;
  readonly subjects: readonly AccountSubject[];
}

/** A seed found: its receipts begin at `firstKey`. */
export interface FoundSeed {
  readonly label: string;
  readonly text: string;
  readonly selects: ReadonlyArray<AccountSeed['select']>;
  readonly firstKey: number;
}

/** Whether a frame lies in a range; one without block or time does not. */
export function isFrameWithin({ blockNumber, timestampSec }: AccountFrame, range: Range): boolean {
  const at = range.unit === 'time' ? timestampSec : blockNumber === NONE ? null : blockNumber;
  return at !== null && (range.from === null || at >= range.from) && (range.to === null || at <= range.to);
}

/** Keys of the first and last frame inside a range. */
function keysOf(view: AccountView, range: Range | null): { fromKey: number; toKey: number } {
  if (range === null) return { fromKey: 0, toKey: Number.MAX_SAFE_INTEGER };
  let [fromKey, toKey] = [Number.MAX_SAFE_INTEGER, -1];
  for (const frame of view.frames()) {
    if (!isFrameWithin(frame, range)) continue;
    fromKey = Math.min(fromKey, frame.orderKey);
    toKey = Math.max(toKey, frame.orderKey);
  }
  return { fromKey, toKey };
}

/** Keys of the first frames in which an account received each of the assets, in one walk over its transactions; an asset it never received has none. */
function firstReceipts(
  view: AccountView,
  account: AccountId,
  { assets, fromKey, toKey }: { assets: ReadonlySet<AssetId>; fromKey: number; toKey: number },
): Map<AssetId, number> {
  const first = new Map<AssetId, number>();
  for (const tx of view.transactionsOfAccount(account)) {
    if (first.size === assets.size) break;
    const { orderKey, effects } = view.frame(tx);
    if (orderKey < fromKey || orderKey > toKey) continue;
    for (const { to, asset } of effects)
      if (to === account && assets.has(asset) && !first.has(asset)) first.set(asset, orderKey);
  }
  return first;
}

/** Effects of a frame that make somebody's balance grow for good: of each asset, the accounts that end it with more. */
function netReceipts({ effects }: AccountFrame, followed: ReadonlySet<AssetId>): number[] {
  const net = new Map<string, bigint>();
  const add = (account: number, asset: number, amount: bigint): void => {
    if (account !== NONE) net.set(`${account} ${asset}`, (net.get(`${account} ${asset}`) ?? 0n) + amount);
  };
  for (const { from, to, asset, amount } of effects) {
    add(from, asset, -amount);
    add(to, asset, amount);
  }
  return effects.flatMap(({ kind, to, asset }, index) =>
    (kind === 'move' || kind === 'mint') && followed.has(asset) && (net.get(`${to} ${asset}`) ?? 0n) > 0n
      ? [index]
      : [],
  );
}

function notFound(subject: AccountSubject, what: string): SpoorError {
  return new SpoorError(
    'NOT_FOUND',
    `${what} ${subject.text}`,
    {},
    'spoor case info shows what the case holds; spoor ingest and spoor fetch add facts',
  );
}

interface FoundReceipts {
  readonly selects: ReadonlyArray<AccountSeed['select']>;
  readonly firstKey: number;
}

/** Receipts that a subject stands for, or why there is none. */
function find(view: AccountView, subject: AccountSubject, followed: ReadonlySet<AssetId>): FoundReceipts | SpoorError {
  if (subject.kind === 'account-transaction') {
    const tx = view.findTransaction(subject.hash);
    if (tx === null) return notFound(subject, 'the case does not hold transaction');
    const frame = view.frame(tx);
    const effects = netReceipts(frame, followed);
    if (effects.length === 0) return notFound(subject, 'no account ends with more of a followed asset after');
    return { selects: effects.map((effect) => ({ kind: 'effect', tx, effect })), firstKey: frame.orderKey };
  }
  const account = view.findAccount(subject.account);
  if (account === null) return notFound(subject, 'nothing in the case is about');
  const named = subject.asset === null ? null : view.findAsset(subject.asset);
  if (subject.asset !== null && named === null) return notFound(subject, 'the case holds no move of the asset of');
  const keys = keysOf(view, subject.range);
  const assets = named === null ? followed : new Set([named]);
  const first = firstReceipts(view, account, { assets, ...keys });
  const found = [...assets].flatMap((asset) => {
    const firstKey = first.get(asset);
    return firstKey === undefined ? [] : [{ firstKey, select: { kind: 'range' as const, account, asset, ...keys } }];
  });
  if (found.length === 0) return notFound(subject, 'the case holds no receipt of');
  return { selects: found.map(({ select }) => select), firstKey: Math.min(...found.map(({ firstKey }) => firstKey)) };
}

/** Assets that are followed: the listed ones, or every one. */
export function followedAssets(view: AccountView, isFollowed: (asset: Asset) => boolean): Set<AssetId> {
  const followed = new Set<AssetId>();
  for (let row = 0; row < view.assetCount(); row += 1) {
    if (isFollowed(view.asset(assetId(row)).asset)) followed.add(assetId(row));
  }
  return followed;
}

/** Every seed with its receipts, in canonical order: that of the earliest receipt. Throws NOT_FOUND; one of many accounts of a tag may have received nothing. */
export function findSeeds(
  view: AccountView,
  asked: readonly AccountSeedRequest[],
  followed: ReadonlySet<AssetId>,
): FoundSeed[] {
  const found = asked.map(({ label, text, subjects }): FoundSeed => {
    const parts = subjects.map((subject) => find(view, subject, followed));
    const receipts = parts.flatMap((part) => (part instanceof SpoorError ? [] : [part]));
    const missing = parts.find((part) => part instanceof SpoorError);
    if (receipts.length === 0)
      throw (
        missing ??
        new SpoorError(
          'NOT_FOUND',
          `no account of this chain is tagged ${text}`,
          {},
          'spoor tag list shows the tags of the case',
        )
      );
    const firstKey = Math.min(...receipts.map((part) => part.firstKey));
    return { label, text, selects: receipts.flatMap(({ selects }) => selects), firstKey };
  });
  const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
  return found.sort((a, b) => a.firstKey - b.firstKey || byText(a.text, b.text) || byText(a.label, b.label));
}

/** Reads `LABEL=SUBJECT` over accounts; `tag:TEXT` waits for the case. Throws USAGE, SUBJECT_INVALID and what the parts throw. */
export function parseAccountSeed(text: string): {
  label: string;
  text: string;
  tag: string | null;
  subject: AccountSubject | null;
} {
  const { label, rest } = seedParts(text);
  if (!rest.startsWith('tag:')) {
    const subject = parseAccountSubject(rest);
    return { label, text: subject.text, tag: null, subject };
  }
  const tag = rest.slice('tag:'.length);
  if (tag === '') throw new SpoorError('SUBJECT_INVALID', 'tag: needs a text after the colon');
  return { label, text: rest, tag, subject: null };
}

/** The accounts a tag stands for, or the subject itself. */
export function seedOver(context: CaseContext, parsed: ReturnType<typeof parseAccountSeed>): AccountSeedRequest {
  const { label, text, tag, subject } = parsed;
  return { label, text, subjects: subject !== null ? [subject] : taggedSubjects(context, tag ?? '') };
}

/** The accounts of which a tag says `text`, as subjects. */
export function taggedSubjects(context: CaseContext, text: string): AccountOfSubject[] {
  return taggedAccounts(context, text).map((account) => ({
    kind: 'account',
    text: account,
    account,
    asset: null,
    range: null,
  }));
}

/** Whether a seed as written is one over accounts. */
export function isAccountSeed(text: string): boolean {
  return isAccountSubject(text.slice(text.indexOf('=') + 1));
}
