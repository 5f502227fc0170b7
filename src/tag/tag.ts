/** A tag: what somebody claims about an address or a transaction, with the citation behind it. */
import type { Account, AccountHash, Address, Txid } from '../ledger/index.ts';
import type { ConfidenceId } from './confidence.ts';

/**
 * What a tag speaks about: an address or transaction of Bitcoin, an account or transaction of Ethereum, or the text of an address of any other chain, which is
 * kept as it is (an account of a chain that speaks Ethereum's protocol in lower case). The chain is the tag's `network`.
 */
export type TagSubject =
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'transaction'; readonly txid: Txid }
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'account-transaction'; readonly hash: AccountHash }
  | { readonly kind: 'other'; readonly text: string };

/** One claim, after inheritance from the header of its pack. `null` means that the pack does not say. */
export interface Tag {
  readonly subject: TagSubject;
  readonly label: string;
  /** The citation behind the claim: an address of a page, a book, a court paper. Text, never fetched. */
  readonly source: string;
  /** Ticker in upper case, for example `BTC`. */
  readonly currency: string;
  readonly network: string;
  readonly confidence: ConfidenceId;
  /** 0 to 100, see CONFIDENCE_LEVELS. */
  readonly confidenceLevel: number;
  /** The pack stated no confidence; `confidence` is the default. */
  readonly confidenceDefaulted: boolean;
  /** Kind of service or holder, for example `exchange`. */
  readonly category: string | null;
  /** Kind of crime, for example `ransomware`. */
  readonly abuse: string | null;
  /** Id of the claimed controller, for example `hitbtc`. */
  readonly actor: string | null;
  readonly concepts: readonly string[];
  readonly tagType: string;
  /** The author holds that the claim covers the whole cluster of the address. */
  readonly isClusterDefiner: boolean;
  /** Free text or JSON text of the author, kept as it is. */
  readonly context: string | null;
  /** Day of the claim, `YYYY-MM-DD`, as written in the pack. */
  readonly lastmod: string | null;
  /** Place in its pack, from 0. */
  readonly index: number;
}

/** The subject as text: the address, the account or the hash. */
export function subjectText(subject: TagSubject): string {
  switch (subject.kind) {
    case 'address':
      return subject.address;
    case 'transaction':
      return subject.txid;
    case 'account':
      return subject.account;
    case 'account-transaction':
      return subject.hash;
    case 'other':
      return subject.text;
  }
}

/**
 * When a claim holds, and since when it is known: the two clocks of a tag. Days are `YYYY-MM-DD`, UTC. null in `validFrom` and `validTo` is "no bound
 * stated", in `knownSince` "not stated".
 */
export interface TagTimes {
  /** First day on which the claim holds. */
  readonly validFrom: string | null;
  /** First day on which it holds no more. */
  readonly validTo: string | null;
  /** Day since which the claim is public, as its source or the importer states. */
  readonly knownSince: string | null;
}

/** A tag with its clocks: what every importer yields. */
export interface TimedTag extends Tag, TagTimes {}

/** Everything a tag claims, as one line of JSON in a fixed field order; two tags with the same line are the same claim. `index` is left out. */
export function tagIdentity(tag: Tag): string {
  return JSON.stringify([
    tag.subject.kind,
    subjectText(tag.subject),
    tag.source,
    tag.label,
    tag.currency,
    tag.network,
    tag.confidence,
    tag.confidenceDefaulted,
    tag.category,
    tag.abuse,
    tag.actor,
    tag.concepts,
    tag.tagType,
    tag.isClusterDefiner,
    tag.context,
    tag.lastmod,
  ]);
}

/** One line for people: `HitBtc.com (exchange; confidence web_crawl 20; source https://...)`. */
export function tagText(tag: Tag): string {
  const kinds = [tag.category, tag.abuse].filter((kind) => kind !== null);
  const defaulted = tag.confidenceDefaulted ? ' by default' : '';
  const parts = [...kinds, `confidence ${tag.confidence} ${tag.confidenceLevel}${defaulted}`, `source ${tag.source}`];
  return `${tag.label} (${parts.join('; ')})`;
}
