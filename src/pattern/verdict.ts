/**
 * Claim:      whether a transaction is a coinjoin, of which family, and on what evidence.
 * Source:     order of families and the two vetoes: nopara73/Dumplings Scanner and graphsense-lib heuristics_service.
 * Parameters: families in order: Wasabi 2, Wasabi 1, Whirlpool, JoinMarket, equal outputs of no protocol; none before
 *             its first block. Vetoes: Stonewall
 *             hides all, a tagged exchange input JoinMarket and Wasabi 1 (and equal outputs of no protocol, which ask
 *             for less still), the
 *             form of a Tx0 JoinMarket and equal outputs, a spend of a mix equal outputs of no protocol (it is
 *             post-mix).
 * Cost:       O((inputs + outputs) x detectors); `isMix` stops at the first that fits.
 * Fails when: owners mix without equal outputs (PayJoin), which nothing on the chain shows.
 */
import { type Detection, type Detector, detect, fits, type Verdict } from './check.ts';
import { equalOutput, equalOutputChange } from './equal-output.ts';
import { joinMarket, joinMarketFiltered } from './joinmarket.ts';
import type { TransactionShape } from './shape.ts';
import { stonewall } from './stonewall.ts';
import { wasabi1Levels, wasabi10, wasabi11 } from './wasabi-1.ts';
import { wasabi2, wasabi2Large, wasabi2Structural } from './wasabi-2.ts';
import { ashigaruMix, whirlpoolMix, whirlpoolTx0 } from './whirlpool.ts';

/** Families of coinjoins, first match wins. */
export const COINJOIN_FAMILIES = ['wasabi-2', 'wasabi-1', 'whirlpool', 'joinmarket', 'equal-output'] as const;
/** One of `COINJOIN_FAMILIES`. */
export type CoinjoinFamily = (typeof COINJOIN_FAMILIES)[number];

/** Detectors of each family; in each the stricter ones first. */
export const FAMILY_DETECTORS: Readonly<Record<CoinjoinFamily, readonly Detector[]>> = {
  'wasabi-2': [wasabi2Large, wasabi2, wasabi2Structural],
  'wasabi-1': [wasabi10, wasabi11, wasabi1Levels],
  whirlpool: [whirlpoolMix, ashigaruMix],
  joinmarket: [joinMarketFiltered, joinMarket],
  'equal-output': [equalOutputChange, equalOutput],
};

/**
 * First block of each family: nothing older is one, whatever its form. Dumplings Constants (Wasabi, Whirlpool);
 * crocs-muni fork (JoinMarket, a
 * block safely before the first known round of 2015-05-07).
 */
const FIRST_HEIGHT: Readonly<Record<CoinjoinFamily, number>> = {
  'wasabi-2': 741_213,
  'wasabi-1': 530_500,
  whirlpool: 570_000,
  joinmarket: 336_861,
  'equal-output': 0,
};

/** Why a family that fits is not believed; null when it is. */
function vetoOf(family: CoinjoinFamily, shape: TransactionShape, context: CoinjoinContext): Veto | null {
  if (fits(stonewall, shape)) return 'stonewall';
  if (PAYOUT_FAMILIES.includes(family) && fits(whirlpoolTx0, shape)) return 'whirlpool-tx0';
  if (context.exchangeInput && EXCHANGE_LOOKALIKES.includes(family)) return 'exchange';
  return context.spendsMix && family === 'equal-output' ? 'post-mix' : null;
}

function tooEarly(family: CoinjoinFamily, shape: TransactionShape): boolean {
  return shape.height !== null && shape.height < FIRST_HEIGHT[family];
}

/** Families that ask for equal outputs alone, which a Tx0 has too. */
const PAYOUT_FAMILIES: readonly CoinjoinFamily[] = ['joinmarket', 'equal-output'];
/** Families an exchange's batch of payouts looks like. */
const EXCHANGE_LOOKALIKES: readonly CoinjoinFamily[] = ['wasabi-1', 'joinmarket', 'equal-output'];

/** Why a form that fits is not believed. */
export type Veto = 'stonewall' | 'whirlpool-tx0' | 'exchange' | 'post-mix';

/** What the transaction alone does not tell. */
export interface CoinjoinContext {
  /** Whether an address of its inputs is tagged as an exchange's. */
  readonly exchangeInput: boolean;
  /**
   * Whether it spends an output of a Wasabi or Whirlpool coinjoin: then equal outputs of no protocol are a post-mix
   * spend.
   */
  readonly spendsMix: boolean;
}

/**
 * The answer, with what each detector found. `family` is the one that fits or, for `unknown`, may fit; null for `no`.
 */
export interface CoinjoinVerdict {
  readonly verdict: Verdict;
  readonly family: CoinjoinFamily | null;
  /** Which of the family's detectors it rests on. */
  readonly detector: string | null;
  /** 0 to 100 as that detector's source states it, else null. */
  readonly confidence: number | null;
  readonly veto: Veto | null;
  readonly detections: readonly Detection[];
  /** A Tx0 is no coinjoin: it stands beside the verdict. */
  readonly tx0: Detection;
}

interface Hit {
  readonly family: CoinjoinFamily;
  readonly detection: Detection;
}

function firstHit(hits: readonly Hit[], verdict: Verdict): Hit | undefined {
  return hits.find(({ detection }) => detection.verdict === verdict);
}

/** Asks every detector and weighs the answers. */
export function coinjoinVerdict(shape: TransactionShape, context: CoinjoinContext): CoinjoinVerdict {
  const hits = COINJOIN_FAMILIES.flatMap((family) =>
    FAMILY_DETECTORS[family].map((detector): Hit => ({ family, detection: detect(detector, shape) })),
  );
  const detections = [...hits.map(({ detection }) => detection), detect(stonewall, shape)];
  const base = { detections, tx0: detect(whirlpoolTx0, shape) };
  const none = { ...base, verdict: 'no', family: null, detector: null, confidence: null } as const;
  const possible = hits.filter(({ family }) => !tooEarly(family, shape));
  const any = firstHit(possible, 'yes') ?? firstHit(possible, 'unknown');
  if (any === undefined) return { ...none, veto: null };
  const kept = possible.filter(({ family }) => vetoOf(family, shape, context) === null);
  const hit = firstHit(kept, 'yes') ?? firstHit(kept, 'unknown');
  if (hit === undefined) return { ...none, veto: vetoOf(any.family, shape, context) };
  const { verdict, detector, fit } = hit.detection;
  return { ...base, verdict, family: hit.family, detector, confidence: fit?.confidence ?? null, veto: null };
}

/** Least inputs and outputs of every detector: most transactions are out before any of them is asked. */
const MIN_INPUTS = 2;
const MIN_OUTPUTS = 3;

/** Whether the verdict would be yes, without evidence. */
export function isMix(shape: TransactionShape, context: CoinjoinContext): boolean {
  if (shape.coinbase || shape.inputs.length < MIN_INPUTS || shape.outputs.length < MIN_OUTPUTS) return false;
  return COINJOIN_FAMILIES.some(
    (family) =>
      !tooEarly(family, shape) &&
      FAMILY_DETECTORS[family].some((detector) => fits(detector, shape)) &&
      vetoOf(family, shape, context) === null,
  );
}
