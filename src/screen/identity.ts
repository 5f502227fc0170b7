/** Who an address is said to be: the claims about it, which of them identifies anybody, and the category that leads. */
import { isServiceCategory, type Tag } from '../tag/index.ts';
import type { ScreeningClaim } from './schema.ts';

/** Claims about one address that hold on the day asked about, best first; never empty. */
export interface Identity {
  /** Address or account as text. */
  readonly address: string;
  readonly claims: readonly ScreeningClaim[];
}

/** Categories that say nothing of whose the address is, or of somebody who answers for nothing: no walk ends there for their sake. */
const NAMES_NOBODY: ReadonlySet<string> = new Set(
  'unknown mention website_mention forum_mention item collectible entity organization user victim'.split(' '),
);

/** Category of value that a coinjoin ends. */
export const COINJOIN = 'coinjoin';
/** A tag of this concept is a listing by an authority. */
export const SANCTION = 'sanction';

/** Kinds of conduct and service a tag names, most telling first: a listing, then the kind of crime, then the kind of service. */
export function categoriesOf({ abuse, category, concepts }: Pick<Tag, 'abuse' | 'category' | 'concepts'>): string[] {
  const named = [abuse, category, ...concepts].filter((word) => word !== null).map((word) => word.toLowerCase());
  const distinct = [...new Set(named)];
  return distinct.includes(SANCTION) ? [SANCTION, ...distinct.filter((word) => word !== SANCTION)] : distinct;
}

/** Whether a tag says whose an address is, so that a walk ends there: the first identified holder answers for what lies behind. */
export function identifies(tag: Pick<Tag, 'abuse' | 'category' | 'concepts' | 'tagType' | 'actor'>): boolean {
  if (tag.tagType !== 'actor') return false;
  return tag.actor !== null || categoriesOf(tag).some((category) => !NAMES_NOBODY.has(category));
}

/** A tag as a claim of the answer. `days` is when it holds, as far as its source says. */
export function claimOf(
  tag: Tag,
  of: {
    pack: string;
    tagId: string;
    inherited: boolean;
    campaign: string | null;
    from: string | null;
    to: string | null;
  },
): ScreeningClaim {
  const categories = categoriesOf(tag);
  return {
    category: categories[0] ?? 'unknown',
    categories,
    label: tag.label,
    actor: tag.actor,
    campaign: of.campaign,
    tag_id: of.tagId,
    confidence: tag.confidence,
    confidence_level: tag.confidenceLevel,
    source: tag.source,
    pack: of.pack,
    inherited: of.inherited,
    listed_from: of.from,
    listed_to: of.to,
  };
}

/** The claim that leads: a listing before all others, then the best. */
export function leadOf({ claims }: Identity): ScreeningClaim {
  return claims.find(({ category }) => category === SANCTION) ?? claims[0];
}

/** Whether a claim names a custodial service. */
export function isService({ categories }: Pick<ScreeningClaim, 'categories'>): boolean {
  return isServiceCategory(null, categories);
}
