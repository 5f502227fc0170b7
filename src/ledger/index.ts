/** Door of the ledger room: the words every other room speaks. */
export * from './account-brand.ts';
export * from './account-effect.ts';
export * from './account-number.ts';
export * from './account-transaction.ts';
export * from './account-view.ts';
export * from './amount.ts';
export * from './brand.ts';
export * from './dead-coinbase.ts';
export * from './error.ts';
export * from './gap.ts';
export * from './transaction.ts';
export * from './version.ts';
export * from './view.ts';
