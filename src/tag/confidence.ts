/** How sure the author of a tag is: the 14 confidence ids of the GraphSense TagPack format and their levels. */

/**
 * Level of each id, 0 to 100, higher is surer. The levels rank tags; they are no probabilities and are never multiplied with amounts.
 * Source: confidence taxonomy of GraphSense tagpack-tool, September 2025.
 */
export const CONFIDENCE_LEVELS = {
  override: 100,
  ownership: 100,
  ledger_immanent: 100,
  manual_transaction: 90,
  service_api: 70,
  forensic_investigation: 70,
  authority_data: 60,
  trusted_provider: 50,
  service_data: 50,
  forensic: 50,
  untrusted_transaction: 40,
  web_crawl: 20,
  heuristic: 10,
  unknown: 5,
} as const satisfies Record<string, number>;

/** One of the 14 confidence ids. */
export type ConfidenceId = keyof typeof CONFIDENCE_LEVELS;

/** Taken where a pack states none (older packs could leave it out): the lowest, so that silence never outranks a statement. */
export const DEFAULT_CONFIDENCE: ConfidenceId = 'unknown';

/** Whether a text is one of the 14 ids. Ids are lower case, exactly. */
export function isConfidenceId(text: string): text is ConfidenceId {
  return Object.hasOwn(CONFIDENCE_LEVELS, text);
}
