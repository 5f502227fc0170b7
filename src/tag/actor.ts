/** Who stands behind wallets, as claimed: actors, and the campaigns that are laid at their door, each statement with its source and the word for how it is known. */
import type { ConfidenceId } from './confidence.ts';
import type { TagSubject } from './tag.ts';

/**
 * How a statement is known. `observed`: read from the ledger; `derived`: computed from what was observed by a stated rule; `inferred`: by a heuristic that can
 * be wrong; `attributed`: an authority or a named author says who it was; `reported`: a publication says so.
 */
export const CERTAINTIES = ['observed', 'derived', 'inferred', 'attributed', 'reported'] as const;
/** See {@link CERTAINTIES}. */
export type Certainty = (typeof CERTAINTIES)[number];

/** One statement, with how it is known and who says it. */
export interface Statement {
  readonly text: string;
  readonly certainty: Certainty;
  readonly source: string;
}

/** A person, group, company or service. */
export interface Actor {
  readonly id: string;
  readonly label: string;
  readonly uri: string | null;
  readonly aliases: readonly string[];
  /** Countries, as the pack writes them. */
  readonly jurisdictions: readonly string[];
  /** Concepts of the taxonomy. */
  readonly categories: readonly string[];
  readonly sources: readonly string[];
  readonly confidence: ConfidenceId | null;
  /** Further fields of the pack as JSON text, kept as they are. */
  readonly context: string | null;
  readonly lastmod: string | null;
}

/** That a campaign is an actor's, in whose word. */
export interface Attribution {
  /** Id of the actor. */
  readonly actor: string;
  readonly certainty: Certainty;
  readonly source: string;
  /** Day of the statement. */
  readonly stated: string | null;
}

/** A wallet of a campaign. */
export interface CampaignWallet {
  readonly subject: TagSubject;
  readonly network: string;
  /** What it did: `ransom`, `theft`, `holding`. */
  readonly role: string;
  readonly certainty: Certainty;
  readonly source: string;
}

/** A run of events laid at one door: a wave of extortion, a heist. */
export interface Campaign {
  readonly id: string;
  readonly label: string;
  /** Concept of the taxonomy: `ransomware`, `service_hack`. */
  readonly kind: string;
  /** First and last day reported. */
  readonly from: string | null;
  readonly to: string | null;
  readonly victims: readonly Statement[];
  readonly attributions: readonly Attribution[];
  readonly wallets: readonly CampaignWallet[];
  /** Amounts, places, ways and times that were reported. */
  readonly statements: readonly Statement[];
}
