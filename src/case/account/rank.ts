/** The verb `rank`: accounts near the sources on the graph of payments, best first. A score orders candidates; it is no amount and is never said to be one. */
import { checksummed } from '../../chain/ethereum/index.ts';
import { accountRank, RANK_VARIANTS, type RankVariant } from '../../graph/index.ts';
import { type AccountId, ENGINE_VERSION, SpoorError } from '../../ledger/index.ts';
import type { TagCitation } from '../../report/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { taggedAccounts, tagsOfAddress } from '../tag/tags.ts';
import { citation } from '../trace/hops.ts';
import { parseAccountSubject } from './subject.ts';

export { RANK_VARIANTS, type RankVariant };

/** What is asked. Shares in millionths, so that no text of an option becomes a fraction by accident. */
export interface RankRequest {
  readonly sources: readonly string[];
  readonly variant: RankVariant;
  readonly alphaMillionths: number;
  readonly betaMillionths: number;
  readonly epsilonMillionths: number;
  readonly count: number;
}

/** `spoor rank --json`. `score` is decimal text of six significant digits. */
export interface RankDocument {
  readonly schema: 'spoor.rank/1';
  readonly engine: string;
  readonly params: RankRequest;
  readonly inputs: string;
  readonly claim: string;
  readonly pushes: number;
  /** Scored accounts in all; `ranked` holds the first of them. */
  readonly scored: number;
  readonly ranked: ReadonlyArray<{
    readonly rank: number;
    readonly account: string;
    readonly score: string;
    readonly tags: readonly TagCitation[];
  }>;
}

const SCALE = 1_000_000;
const TAG = 'tag:';

/** What a ranking claims. */
export const RANK_CLAIM =
  'an order in which to look at accounts near the sources; a score is no amount and no probability';

/** Ranks accounts. Throws ADDRESS_INVALID, SUBJECT_INVALID, NOT_FOUND. */
export function rankAccounts(context: CaseContext, request: RankRequest): RankDocument {
  const view = context.accounts;
  const sources = [...new Set(request.sources.flatMap((text) => sourcesOf(context, text)))];
  const { ranked, pushes } = accountRank(view, {
    variant: request.variant,
    sources,
    alpha: request.alphaMillionths / SCALE,
    beta: request.betaMillionths / SCALE,
    epsilon: request.epsilonMillionths / SCALE,
  });
  return {
    schema: 'spoor.rank/1',
    engine: ENGINE_VERSION,
    params: request,
    inputs: inputsDigest(context.store),
    claim: RANK_CLAIM,
    pushes,
    scored: ranked.length,
    ranked: ranked.slice(0, request.count).map(({ account, score }, index) => {
      const own = view.account(account).account;
      return {
        rank: index + 1,
        account: checksummed(own),
        score: score.toExponential(5),
        tags: tagsOfAddress(context, own).map(citation),
      };
    }),
  };
}

/** Accounts a source names: itself, or those of the case that a tag names (`tag:TEXT`). */
function sourcesOf(context: CaseContext, text: string): AccountId[] {
  const { accounts: view } = context;
  if (text.startsWith(TAG)) {
    const tagged = taggedAccounts(context, text.slice(TAG.length)).flatMap((own) => view.findAccount(own) ?? []);
    if (tagged.length > 0) return tagged;
    const message = `no account that the case holds payments of has a tag "${text.slice(TAG.length, 100)}"`;
    throw new SpoorError('NOT_FOUND', message, {}, 'spoor tag list shows the tags of the case');
  }
  const subject = parseAccountSubject(text);
  if (subject.kind !== 'account') throw new SpoorError('USAGE', `${text} is a transaction; rank starts at accounts`);
  if (subject.asset !== null || subject.range !== null)
    throw new SpoorError('USAGE', `${text}: rank takes an account without asset or range`);
  const id = view.findAccount(subject.account);
  if (id !== null) return [id];
  const message = `nothing in the case is about ${subject.text}`;
  throw new SpoorError('NOT_FOUND', message, {}, 'spoor case info shows what the case holds');
}
