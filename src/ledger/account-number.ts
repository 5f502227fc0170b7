/** Dense numbers of one AccountView; they say nothing outside of it. */
declare const brand: unique symbol;
type Brand<Name extends string> = number & { readonly [brand]: Name };

/** Number of an account. */
export type AccountId = Brand<'AccountId'>;
/** Number of an asset; 0 is the coin of the chain. */
export type AssetId = Brand<'AssetId'>;
/** Number of a transaction. */
export type AccountTxId = Brand<'AccountTxId'>;
