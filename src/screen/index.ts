/** Door of the screen room: what one subject is exposed to, and what the rules say of it. */
export { type AccountSending, accountDestination } from './account-destination.ts';
export type { AccountScreenFacts } from './account-facts.ts';
export { type AccountReceipt, accountSource, receiptsOf } from './account-source.ts';
export { amountOf, BTC, ETH, type ScreenedAsset } from './amount.ts';
export { addsUp, type Contribution, type FoundPath, type TxText } from './contribution.ts';
export { claimOf, type Identity, identifies, leadOf, SANCTION } from './identity.ts';
export { type GoldenOutcome, judgeGolden } from './judge.ts';
export type {
  FoundInAsset,
  FoundValue,
  ResolvedScreening,
  ScreenedFlow,
  ScreenedOutput,
  ScreeningFrame,
  ScreeningPrices,
} from './question.ts';
export { GoldenSchema, parseRuleFile, type Rule, type RuleFile, RuleFileSchema } from './rule-file.ts';
export * from './schema.ts';
export { firstProblem } from './schema-problem.ts';
export { screen, screenFound } from './screen.ts';
export type { ScreenView } from './source.ts';
