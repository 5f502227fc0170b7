/** The verb `path` over accounts: the best money paths between two subjects, with the transactions, tags and bounds behind them. */
import { checksummed } from '../../chain/ethereum/index.ts';
import { type AccountMoneyPath, accountPaths } from '../../graph/index.ts';
import {
  type AccountFrame,
  type AccountId,
  type AccountView,
  type AssetId,
  ENGINE_VERSION,
  NONE,
  SpoorError,
} from '../../ledger/index.ts';
import { tokenList } from '../../pattern/index.ts';
import type { AccountPathDocument, AccountPathRow, AccountPathStep, TagCitation } from '../../report/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { runId } from '../run.ts';
import { parseRange } from '../subject.ts';
import { tagsOfAddress } from '../tag/tags.ts';
import { citation } from '../trace/hops.ts';
import { checkPathBounds, type PathRequest } from '../trace/path.ts';
import { assetRows, transactionText } from './namer.ts';
import { followedAssets, isFrameWithin, taggedSubjects } from './seed.ts';
import { type AccountOfSubject, assetName, isAccountSubject, parseAccountSubject } from './subject.ts';
import { type AccountStop, stopPlaces } from './trace.ts';

/** Everything a user may ask of `path` over accounts. */
export interface AccountPathRequest extends Omit<PathRequest, 'stopAt'> {
  readonly stopAt: readonly AccountStop[];
}

/** Steps of the search after which it gives up and says so; kept in the parameters of every answer. */
const MAX_STEPS = 1_000_000;

const TAG = 'tag:';

/** A subject as asked; `subject` null where the case must tell which accounts a tag stands for. */
type AskedEnd = { readonly text: string; readonly subject: AccountOfSubject | null };

/** Checks a request for form, before any case is looked for. Throws what `parseAccountSubject` throws, and USAGE. */
export function checkAccountPathRequest(request: AccountPathRequest): void {
  const from = askedEnd(request.from);
  const to = askedEnd(request.to);
  namedAsset(from, to);
  checkPathBounds(request);
}

function askedEnd(text: string): AskedEnd {
  if (text.startsWith(TAG) && text.length > TAG.length) return { text, subject: null };
  if (!isAccountSubject(text))
    throw new SpoorError(
      'USAGE',
      `"${text.slice(0, 80)}" is not on Ethereum, and a path is on one chain`,
      {},
      'write both ends as 0x accounts, or as tag:TEXT with --chain ethereum',
    );
  const subject = parseAccountSubject(text);
  if (subject.kind !== 'account')
    throw new SpoorError(
      'SUBJECT_INVALID',
      `${subject.text} is a transaction, and a path over accounts goes from account to account`,
      {},
      'write the account, with @BLOCK..BLOCK to name when',
    );
  return { text: subject.text, subject };
}

/** The one asset that the ends name, or null. Throws USAGE where they name two. */
function namedAsset(from: AskedEnd, to: AskedEnd) {
  const [first, second] = [from.subject?.asset ?? null, to.subject?.asset ?? null];
  if (first !== null && second !== null && first !== second)
    throw new SpoorError(
      'USAGE',
      `a path is of one asset, and its ends name ${assetName(first)} and ${assetName(second)}`,
    );
  return first ?? second;
}

/** The paths, best first; `paths` is empty when there is none within the bounds. Throws NOT_FOUND for a subject that is not in the case. */
export function findAccountPaths(context: CaseContext, request: AccountPathRequest): AccountPathDocument {
  checkAccountPathRequest(request);
  const { accounts: view } = context;
  const asked = { from: askedEnd(request.from), to: askedEnd(request.to) };
  const ends = { from: accountsOf(context, asked.from), to: accountsOf(context, asked.to) };
  const only = namedAsset(asked.from, asked.to);
  const tokens = tokenList();
  const followed = followedAssets(view, (asset) => (only === null ? tokens.byAsset.has(asset) : asset === only));
  const { paths, explored } = accountPaths(view, {
    by: request.by,
    count: request.count,
    from: ends.from,
    to: ends.to,
    assets: followed,
    maxHops: request.maxHops,
    maxTransactions: request.maxTransactions,
    maxSteps: MAX_STEPS,
    stops: new Set(stopPlaces(context, request.stopAt).keys()),
    passes: within(request.window === null ? null : parseRange(request.window)),
    starts: within(asked.from.subject?.range ?? null),
    ends: within(asked.to.subject?.range ?? null),
  });
  const from = { subject: asked.from.text, accounts: ends.from.size };
  const to = { subject: asked.to.text, accounts: ends.to.size };
  return {
    schema: 'spoor.path/1',
    run: runOf(context, request, { from, to }),
    from,
    to,
    assets: assetRows(view, tokens, new Set(paths.map(({ asset }): AssetId => asset))),
    paths: paths.map((path, index) => pathRow(context, path, index + 1)),
    explored,
  };
}

function within(range: ReturnType<typeof parseRange> | null): (frame: AccountFrame) => boolean {
  return (frame) => range === null || isFrameWithin(frame, range);
}

/** Accounts of the case that an end stands for. Throws NOT_FOUND. */
function accountsOf(context: CaseContext, { text, subject }: AskedEnd): Set<AccountId> {
  const subjects = subject === null ? taggedSubjects(context, text.slice(TAG.length)) : [subject];
  const found = subjects.flatMap(({ account }) => context.accounts.findAccount(account) ?? []);
  if (found.length === 0)
    throw new SpoorError(
      'NOT_FOUND',
      `nothing in the case is about ${text}`,
      {},
      'spoor case info shows what the case holds; spoor tag list shows its tags',
    );
  return new Set(found);
}

/** How the answer came about; the id is the digest of everything that decides it, as for a stored run. */
function runOf(
  context: CaseContext,
  request: AccountPathRequest,
  ends: Pick<AccountPathDocument, 'from' | 'to'>,
): AccountPathDocument['run'] {
  const { chainId } = context.accounts;
  const params = { ...request, from: ends.from.subject, to: ends.to.subject, maxSteps: MAX_STEPS };
  const tip = context.accounts.tip();
  const inputs = inputsDigest(context.store);
  const id = runId({
    verb: 'account-path',
    engine: ENGINE_VERSION,
    params: JSON.stringify({ ...params, chainId }),
    tipHeight: tip.height,
    tipHash: tip.hash,
    inputs,
    seeds: JSON.stringify([ends.from, ends.to]),
  });
  return { id, engine: ENGINE_VERSION, chain: 'ethereum', chainId, tip, params, inputs };
}

function pathRow(context: CaseContext, path: AccountMoneyPath, rank: number): AccountPathRow {
  const view: AccountView = context.accounts;
  const name = (id: AccountId): string => checksummed(view.account(id).account);
  const tagsOf = (id: AccountId): TagCitation[] => tagsOfAddress(context, view.account(id).account).map(citation);
  const asset = assetName(view.asset(path.asset).asset);
  const steps = path.moves.map(
    ({ frame, from, to, amount }): AccountPathStep => ({
      transaction: transactionText(view, frame.tx),
      height: frame.blockNumber === NONE ? null : frame.blockNumber,
      timestampSec: frame.timestampSec,
      from: name(from),
      to: name(to),
      asset,
      amount: String(amount),
      tags: tagsOf(to),
    }),
  );
  const { bottleneck, elapsedSec } = path;
  return {
    rank,
    hops: steps.length,
    asset,
    bottleneck: String(bottleneck),
    elapsedSec,
    tags: tagsOf(path.moves[0].from),
    steps,
  };
}
