/** Door of the screen room: what one subject is exposed to, and what the rules say of it. */
export { amountOf, BTC, ETH, type ScreenedAsset } from './amount.ts';
export type { TxText } from './contribution.ts';
export { claimOf, type Identity, identifies, leadOf, SANCTION } from './identity.ts';
export { type GoldenOutcome, judgeGolden } from './judge.ts';
export { parseRuleFile, type Rule, type RuleFile, RuleFileSchema } from './rule-file.ts';
export * from './schema.ts';
export {
  type ResolvedScreening,
  type ScreenedFlow,
  type ScreenedOutput,
  type ScreeningFrame,
  screen,
} from './screen.ts';
export type { ScreenView } from './source.ts';
