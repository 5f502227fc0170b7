/** Door of the pattern room: what a transaction looks like. */
export {
  type BridgeLead,
  type BridgeLink,
  bridgeLinks,
  type PayoutCandidate,
  payoutLeads,
} from './account-bridge-link.ts';
export type { AssetAmount } from './account-change.ts';
export { type ConversionOptions, conversionsOf } from './account-conversion.ts';
export {
  type AccountFlags,
  accountFlags,
  type LookAlike,
  type TokenFlag,
  type ZeroTransfer,
} from './account-flag.ts';
export { type MixerNote, type MixerTotal, mixerNotes, mixerTotals, type NoteBasis } from './account-mixer.ts';
export type { ConversionRefusal, Conversions, RefusalReason } from './account-swap.ts';
export {
  accountTerminals,
  type ListedPeriod,
  sanctionedAt,
  type Terminal,
  type TerminalKind,
  type TerminalOptions,
  terminalTable,
  UNCONFIRMED,
} from './account-terminal.ts';
export { type ListedToken, type TokenList, type TokenListOptions, tokenList } from './account-token-list.ts';
export type { NonConserving, TokenFact } from './account-token-table.ts';
export {
  type MiningClaim,
  TORNADO_HEURISTICS,
  TORNADO_LEADS,
  type TornadoBaseline,
  type TornadoHeuristic,
  type TornadoLead,
  type TornadoLeadOptions,
  type TornadoLeads,
  tornadoLeads,
} from './account-tornado-lead.ts';
export { type Check, type Detection, type Detector, detect, type Fit, fits, type Verdict } from './check.ts';
export { isCoinjoin } from './coinjoin.ts';
export { type SmallOutput, smallOutputs } from './dust.ts';
export { entropyText } from './entropy.ts';
export { equalOutput, equalOutputChange } from './equal-output.ts';
export { joinMarket, joinMarketFiltered } from './joinmarket.ts';
export { type InputLineage, LINEAGE_CONFIDENCE, type Lineage, mixLineage, tx0IsMixed } from './lineage.ts';
export { countMappings, type Intrafees, intrafeesOf, type MappingCount, type MappingQuestion } from './mapping.ts';
export { type Bounds, boundsOverMappings, type MappingBounds } from './mapping-bounds.ts';
export {
  batchPayout,
  consolidation,
  DUST_SAT,
  dustSpray,
  FORM_DETECTORS,
  fanOut,
  hotWallet,
  SMALL_SAT,
} from './payout.ts';
export { type PeelChain, type PeelEnd, type PeelHop, peelChain } from './peel-chain.ts';
export { oneEachOf } from './premise.ts';
export { addRatios, meanRatio, type Ratio, ratioOf, readRatio } from './ratio.ts';
export {
  type ShapeInput,
  type ShapeOutput,
  shapeOf,
  type TransactionShape,
  type TypeOfAddress,
} from './shape.ts';
export { stonewall } from './stonewall.ts';
export { type SumLimits, type SumVerdict, sumVerdict } from './subset-sum.ts';
export {
  COINJOIN_FAMILIES,
  type CoinjoinContext,
  type CoinjoinFamily,
  type CoinjoinVerdict,
  coinjoinVerdict,
  FAMILY_DETECTORS,
  isMix,
  type Veto,
} from './verdict.ts';
export { wasabi1Levels, wasabi10, wasabi11 } from './wasabi-1.ts';
export { WASABI_2_DENOMINATIONS_SAT, wasabi2, wasabi2Large, wasabi2Structural } from './wasabi-2.ts';
export { ashigaruMix, whirlpoolMix, whirlpoolTx0 } from './whirlpool.ts';
