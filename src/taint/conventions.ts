/**
 * Conventions on which tools that claim the same rule differ. Each is an option of a trace, kept in its parameters and printed with its result;
 * none is decided anywhere else. Who does what, with sources: src/taint/README.md.
 */

/** What a run is told of them. Values are those of the command line. */
export interface TraceConventions {
  /** Name of the tool whose conventions these are, `none` when they were picked one by one. Decides nothing by itself. */
  readonly like: string;
  /** `outpoint`: only the outputs a seed names. `all-outputs`: every output of each transaction that makes one of them. */
  readonly seeding: 'outpoint' | 'all-outputs';
  /**
   * A seed on an output that carries taint. `first-wins`: what is there stays, the seed fills the clean part. `seed-overrides`: the output becomes the
   * seed's in full, what was there is cut. `multi-label`: every label is followed as if it were alone, so that one satoshi may carry several.
   */
  readonly seedOverlap: 'first-wins' | 'seed-overrides' | 'multi-label';
  readonly feeTaint: 'sink' | 'propagate';
  readonly coinbaseOrder: 'fees-first' | 'subsidy-first';
  /** Fee under rules that keep the order of satoshi: the tail of the line, or a part of every input in proportion to its value. */
  readonly orderFee: 'tail' | 'prorate-inputs';
  /**
   * Fee under haircut. `share`: its part of the average, rounded together with the outputs. `outputs-only`: the outputs take all up to their value.
   * `fee-first`: its part of the average is taken off and rounded first, the outputs share the rest.
   */
  readonly haircutFee: 'share' | 'outputs-only' | 'fee-first';
  /**
   * `largest-remainder`: whole satoshi, nothing left over. `fixed-point`: the same in units of 2^-20 satoshi, shown rounded down. `down`: whole satoshi
   * rounded down, what is left over goes to the fee.
   */
  readonly haircutRounding: 'largest-remainder' | 'fixed-point' | 'down';
  /** Filters on what address taint reached, as address-filter.ts reads them; `none` lets everything pass. */
  readonly addressFilter: string;
  /** Most inputs and outputs of a transaction whose groupings COMB enumerates. */
  readonly combSize: number;
  /** Under haircut a transaction is followed only if more than this part of what enters is tainted, in millionths; null: always. */
  readonly haircutTxShareMillionths: number | null;
  /** Which of two outputs of one value TIHO fills first. */
  readonly tihoTies: 'lower-vout' | 'higher-vout';
}

/** Conventions used when the user names none. */
export const DEFAULT_CONVENTIONS: TraceConventions = {
  like: 'none',
  seeding: 'outpoint',
  seedOverlap: 'first-wins',
  feeTaint: 'sink',
  coinbaseOrder: 'fees-first',
  orderFee: 'tail',
  haircutFee: 'share',
  haircutRounding: 'largest-remainder',
  addressFilter: 'none',
  combSize: 5,
  haircutTxShareMillionths: null,
  tihoTies: 'lower-vout',
};

/** Values of the conventions that are one of a few names, the default first. */
export const CONVENTION_VALUES = {
  seeding: ['outpoint', 'all-outputs'],
  seedOverlap: ['first-wins', 'seed-overrides', 'multi-label'],
  feeTaint: ['sink', 'propagate'],
  coinbaseOrder: ['fees-first', 'subsidy-first'],
  orderFee: ['tail', 'prorate-inputs'],
  haircutFee: ['share', 'outputs-only', 'fee-first'],
  haircutRounding: ['largest-remainder', 'fixed-point', 'down'],
  tihoTies: ['lower-vout', 'higher-vout'],
} as const satisfies { readonly [Name in keyof TraceConventions]?: ReadonlyArray<TraceConventions[Name]> };

/** Name of a convention on the command line: `seedOverlap` is `--seed-overlap`. */
export function conventionOption(name: keyof TraceConventions): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Whether the envelope of any conserving rule (bounds.ts) speaks of a run under these conventions: seeds fill what is clean, no satoshi is rounded away
 * from its bounds, and no rule turns back where the others go on.
 */
export function envelopeHolds(conventions: TraceConventions): boolean {
  const { seedOverlap, haircutRounding, haircutTxShareMillionths } = conventions;
  return seedOverlap === 'first-wins' && haircutRounding === 'largest-remainder' && haircutTxShareMillionths === null;
}
