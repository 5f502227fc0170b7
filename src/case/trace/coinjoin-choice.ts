/** What a user may choose for coinjoins in a trace, and what the absence of a choice means. */

/**
 * What to do where taint meets a coinjoin. `bounds` stops there too, and says how much each of its outputs can have;
 * `carry` as well, and how much what spends them can have, on to where it rests.
 */
export const COINJOIN_POLICIES = ['stop', 'continue', 'haircut', 'bounds', 'carry'] as const;
/** One of `COINJOIN_POLICIES`. */
export type CoinjoinPolicy = (typeof COINJOIN_POLICIES)[number];
/**
 * How to tell a coinjoin: by equal outputs alone, as block files are read, or by the detectors of every protocol with
 * their vetoes.
 */
export const COINJOIN_DETECTORS = ['structural', 'protocols'] as const;
/** One of `COINJOIN_DETECTORS`. */
export type CoinjoinDetector = (typeof COINJOIN_DETECTORS)[number];

/** A choice as it stands in a request or in a stored run. */
export interface CoinjoinChoice {
  /**
   * Absent: `stop` where the stops name coinjoins, else `continue`. `stop`, `bounds` and `carry` go with that stop, the others
   * without.
   */
  readonly atCoinjoin?: CoinjoinPolicy;
  /** Absent: `structural`. */
  readonly coinjoinDetector?: CoinjoinDetector;
}

/** The choice with what absence means. */
export function coinjoinChoice(of: CoinjoinChoice & { readonly stopAt: readonly string[] }): Required<CoinjoinChoice> {
  const { atCoinjoin = of.stopAt.includes('coinjoin') ? 'stop' : 'continue', coinjoinDetector = 'structural' } = of;
  return { atCoinjoin, coinjoinDetector };
}
