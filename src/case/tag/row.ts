/** Tags to rows of the case and back. */
import { account, accountHash, addressFromCodec, txid } from '../../ledger/index.ts';
import type { NamedTag, StoredTag } from '../../store/index.ts';
import { CONFIDENCE_LEVELS, type ConfidenceId, subjectText, type TagSubject, type TimedTag } from '../../tag/index.ts';

/** A tag with the pack it came in and what the case knows of its ends. */
export interface CaseTag extends TimedTag {
  /** File name of its pack. */
  readonly pack: string;
  /** When lists give only bounds: from this day on it may hold already (`''`: from ever). null where `validFrom` is exact. */
  readonly maybeFrom: string | null;
  /** When lists give only bounds: the last day on which a list held it. null where `validTo` is exact or none. */
  readonly maybeTo: string | null;
  /** Day since which its end is known. */
  readonly validToKnown: string | null;
  /** Day since which it is taken back. */
  readonly retracted: string | null;
}

/** The row a tag is kept as. */
export function tagRow(tag: TimedTag): StoredTag {
  return {
    subject: subjectText(tag.subject),
    kind: tag.subject.kind,
    network: tag.network,
    currency: tag.currency,
    label: tag.label,
    source: tag.source,
    confidence: tag.confidence,
    confidenceDefaulted: Number(tag.confidenceDefaulted),
    category: tag.category,
    abuse: tag.abuse,
    actor: tag.actor,
    concepts: tag.concepts.length === 0 ? null : JSON.stringify(tag.concepts),
    tagType: tag.tagType,
    definer: Number(tag.isClusterDefiner),
    context: tag.context,
    lastmod: tag.lastmod,
    item: tag.index,
    validFrom: tag.validFrom,
    validTo: tag.validTo,
    knownSince: tag.knownSince,
  };
}

function subjectOf(kind: string, text: string): TagSubject {
  switch (kind as TagSubject['kind']) {
    case 'address':
      return { kind: 'address', address: addressFromCodec(text) };
    case 'transaction':
      return { kind: 'transaction', txid: txid(text) };
    case 'account':
      return { kind: 'account', account: account(text) };
    case 'account-transaction':
      return { kind: 'account-transaction', hash: accountHash(text) };
    case 'other':
      return { kind: 'other', text };
  }
}

const NO_CONCEPTS: readonly string[] = [];

/** The tag a row holds. */
export function caseTag(row: NamedTag): CaseTag {
  const confidence = row.confidence as ConfidenceId;
  return {
    subject: subjectOf(row.kind, row.subject),
    label: row.label,
    source: row.source,
    currency: row.currency,
    network: row.network,
    confidence,
    confidenceLevel: CONFIDENCE_LEVELS[confidence],
    confidenceDefaulted: row.confidenceDefaulted !== 0,
    category: row.category,
    abuse: row.abuse,
    actor: row.actor,
    concepts: row.concepts === null ? NO_CONCEPTS : (JSON.parse(row.concepts) as string[]),
    tagType: row.tagType,
    isClusterDefiner: row.definer !== 0,
    context: row.context,
    lastmod: row.lastmod,
    index: row.item,
    validFrom: row.validFrom,
    validTo: row.validTo,
    knownSince: row.knownSince,
    pack: row.packName,
    maybeFrom: row.maybeFrom,
    maybeTo: row.maybeTo,
    validToKnown: row.validToKnown,
    retracted: row.retracted,
  };
}
