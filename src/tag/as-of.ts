/**
 * Claim:      what a tag says as of a day, with what was known on another day: it holds, may hold, or does not.
 * Source:     two clocks (valid time and transaction time); lists give bounds only, for a name that is on one list and not on the next left in between.
 * Parameters: `asOf` (null: whenever), `knownAt` (null: all that is known now), `unstated`: whether a claim of which nobody says since when it is known
 *             counts as known on a day gone by.
 * Cost:       constant.
 * Fails when: a source states a wrong day; a name left a list and came back between two lists that are held.
 */

/** What the case knows of when a tag holds. '' stands before every day; days compare as text. */
export interface TagWindow {
  readonly maybeFrom: string | null;
  readonly validFrom: string | null;
  readonly maybeTo: string | null;
  readonly validTo: string | null;
  readonly validToKnown: string | null;
  readonly knownSince: string | null;
  readonly retracted: string | null;
}

/** On which days a question is asked; see the head of this file. */
export interface TagDays {
  readonly asOf?: string | null;
  readonly knownAt?: string | null;
  /** Default `exclude`: nobody can show that such a claim was known then. */
  readonly unstated?: 'include' | 'exclude';
}

/** `holds`; `possible` where the sources give bounds and the day lies between them. */
export type Standing = 'holds' | 'possible';

function isKnown(tag: TagWindow, { knownAt = null, unstated = 'exclude' }: TagDays): boolean {
  if (knownAt === null) return tag.retracted === null;
  if (tag.retracted !== null && tag.retracted <= knownAt) return false;
  return tag.knownSince === null ? unstated === 'include' : tag.knownSince <= knownAt;
}

/** How a tag stands on the days asked about; null when it does not hold, or was not known. */
export function standingOf(tag: TagWindow, days: TagDays): Standing | null {
  if (!isKnown(tag, days)) return null;
  const { asOf = null, knownAt = null } = days;
  if (asOf === null) return 'holds';
  const endKnown = tag.validToKnown === null || knownAt === null || tag.validToKnown <= knownAt;
  if (endKnown && tag.validTo !== null && asOf >= tag.validTo) return null;
  if (tag.validFrom !== null && asOf < tag.validFrom) {
    return tag.maybeFrom !== null && asOf > tag.maybeFrom ? 'possible' : null;
  }
  return endKnown && tag.maybeTo !== null && asOf > tag.maybeTo ? 'possible' : 'holds';
}
