/** Codes of assets as tags and sanctions lists write them, and the chain each lives on. A code is an asset, not always a chain: tokens are told by the address. */

/** Network of Bitcoin and of Ethereum in tags. */
export const BITCOIN = 'BTC';
/** See {@link BITCOIN}. */
export const ETHEREUM = 'ETH';

/**
 * Chain of each code: codes of coins with a chain of their own, and other spellings of them. Source: codes of the OFAC list (XBT is its word for bitcoin) and of
 * the public TagPacks. Anything else is unknown, which is counted and told, and kept as text.
 */
const CHAIN_OF_CODE: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  BTC: BITCOIN,
  XBT: BITCOIN,
  BITCOIN,
  ETH: ETHEREUM,
  ETHEREUM,
  ...Object.fromEntries(
    'ADA ALGO ARB ATOM AVAX BCH BNB BSC BSV BTG CELO DASH DCR DOGE DOT EOS ETC FTM ICP LTC MATIC NEAR NEO OP SOL TRX XEM XLM XMR XRP XTZ XVG ZEC'
      .split(' ')
      .map((code) => [code, code]),
  ),
});

/** Tokens that live on several chains: Omni and others on Bitcoin, ERC-20, TRC-20. */
const TOKENS: ReadonlySet<string> = new Set(['USDT', 'USDC', 'DAI', 'TUSD', 'BUSD', 'WBTC', 'WETH', 'PAXG']);

/** An account of a chain that speaks Ethereum's protocol. */
export const ACCOUNT_FORM = /^0x[0-9a-fA-F]{40}$/;
/** Hash of a transaction of such a chain. */
export const ACCOUNT_HASH_FORM = /^0x[0-9a-fA-F]{64}$/;
// Base58 of the version byte 0x41 and 20 bytes: 34 characters, T first.
const TRON_FORM = /^T[1-9A-HJ-NP-Za-km-z]{33}$/;
// Base58 or bech32 form; the codec decides about the checksum.
const BITCOIN_FORM = /^([13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,87}|BC1[02-9AC-HJ-NP-Z]{11,87})$/;

/** The chain of an asset code and how it was told. */
export interface CodeNetwork {
  readonly network: string;
  /** The code is in neither table. */
  readonly unknownCode: boolean;
}

/** Whether a text has the form of a Bitcoin address; its checksum is the codec's. */
export function looksBitcoin(text: string): boolean {
  return BITCOIN_FORM.test(text);
}

/**
 * Chain of an address that is listed under an asset code: that of the code, or for a token the chain whose form the address has. A token address of no
 * known form, and an unknown code, stand under their own code: a network nobody else has.
 */
export function networkOfCode(code: string, address: string): CodeNetwork {
  const upper = code.toUpperCase();
  const chain = CHAIN_OF_CODE[upper];
  if (chain !== undefined) return { network: chain, unknownCode: false };
  const unknownCode = !TOKENS.has(upper);
  if (unknownCode) return { network: upper, unknownCode };
  if (ACCOUNT_FORM.test(address)) return { network: ETHEREUM, unknownCode };
  if (TRON_FORM.test(address)) return { network: 'TRX', unknownCode };
  if (looksBitcoin(address)) return { network: BITCOIN, unknownCode };
  return { network: upper, unknownCode };
}

/** The usual name of a code: XBT is BTC. Unknown ones stay as they are, in upper case. */
export function usualCode(code: string): string {
  const upper = code.toUpperCase();
  return upper === 'XBT' || upper === 'BITCOIN' ? BITCOIN : upper === 'ETHEREUM' ? ETHEREUM : upper;
}
