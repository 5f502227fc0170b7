/**
 * Tokens of Ethereum mainnet whose amounts mean what they say, by contract. Facts, each with where it was read; addresses stand with their EIP-55 checksum,
 * which a test checks. `heists`: under this symbol in the recorded transfers of the heists in the test data; `labels`: in the public Etherscan label list of
 * October 2023; `known`: in the public list of known addresses beside it. Decimals are those of the contract's own answer, which those lists do not state. A
 * token that none of them names is left out. A token that is not here is not fake: it is not listed, and converts nothing.
 */

/** How balances of a token change without a transfer, or fall short of one. */
export type NonConserving = 'rebasing' | 'fee-on-transfer';

/** One row. */
export interface TokenFact {
  readonly contract: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly nonConserving: NonConserving | null;
  readonly source: string;
}

/** Fields of a row in order. USDT can charge a fee by its code and never has: it counts as conserving. */
type Row = readonly [contract: string, symbol: string, decimals: number, source: string, nonConserving?: NonConserving];

const ROWS: readonly Row[] = [
  ['0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2', 'WETH', 18, 'heists'],
  ['0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', 'USDC', 6, 'heists'],
  ['0xdAC17F958D2ee523a2206206994597C13D831ec7', 'USDT', 6, 'heists'],
  ['0x6B175474E89094C44Da98b954EedeAC495271d0F', 'DAI', 18, 'heists'],
  ['0x89d24A6b4CcB1B6fAA2625fE562bDD9a23260359', 'SAI', 18, 'labels'],
  ['0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599', 'WBTC', 8, 'heists'],
  ['0xae7ab96520DE3A18E5e111B5EaAb095312D7fE84', 'stETH', 18, 'heists', 'rebasing'],
  ['0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0', 'wstETH', 18, 'labels'],
  ['0x853d955aCEf822Db058eb8505911ED77F175b99e', 'FRAX', 18, 'heists'],
  ['0x4Fabb145d64652a948d72533023f6E7A623C7C53', 'BUSD', 18, 'heists'],
  ['0x0000000000085d4780B73119b644AE5ecd22b376', 'TUSD', 18, 'heists'],
  ['0x8E870D67F660D95d5be530380D0eC0bd388289E1', 'USDP', 18, 'heists'],
  ['0x056Fd409E1d7A124BD7017459dFEa2F387b6d5Cd', 'GUSD', 2, 'heists'],
  ['0x5f98805A4E8be255a32880FDeC7F6728C6568bA0', 'LUSD', 18, 'heists'],
  ['0x57Ab1ec28D129707052df4dF418D58a2D46d5f51', 'sUSD', 18, 'heists'],
  ['0xEB4C2781e4ebA804CE9a9803C67d0893436bB27D', 'renBTC', 8, 'heists'],
  ['0x0316EB71485b0Ab14103307bf65a021042c6d380', 'HBTC', 18, 'labels'],
  ['0x1f9840a85d5aF5bf1D1762F925BDADdC4201F984', 'UNI', 18, 'heists'],
  ['0x514910771AF9Ca656af840dff83E8264EcF986CA', 'LINK', 18, 'heists'],
  ['0x7Fc66500c84A76Ad7e9c93437bFc5Ac33E2DDaE9', 'AAVE', 18, 'heists'],
  ['0x9f8F72aA9304c8B593d555F12eF6589cC3A579A2', 'MKR', 18, 'heists'],
  ['0xD533a949740bb3306d119CC777fa900bA034cd52', 'CRV', 18, 'heists'],
  ['0x6B3595068778DD592e39A122f4f5a5cF09C90fE2', 'SUSHI', 18, 'heists'],
  ['0xc00e94Cb662C3520282E6f5717214004A7f26888', 'COMP', 18, 'heists'],
  ['0xC011a73ee8576Fb46F5E1c5751cA3B9Fe0af2a6F', 'SNX', 18, 'heists'],
  ['0x0bc529c00C6401aEF6D220BE8C6Ea1667F6Ad93e', 'YFI', 18, 'heists'],
  ['0x111111111117dC0aa78b770fA6A738034120C302', '1INCH', 18, 'labels'],
  ['0xB8c77482e45F1F44dE1745F52C74426C631bDD52', 'BNB', 18, 'heists'],
  ['0x7D1AfA7B718fb893dB30A3aBc0Cfc608AaCfeBB0', 'MATIC', 18, 'heists'],
  ['0x95aD61b0a150d79219dCF64E1E6Cc01f0B64C4cE', 'SHIB', 18, 'heists'],
  ['0xBB0E17EF65F82Ab018d8EDd776e8DD940327B28b', 'AXS', 18, 'labels'],
  ['0x6f259637dcD74C767781E37Bc6133cd6A68aa161', 'HT', 18, 'labels'],
  ['0x913D8ADf7CE6986a8CbFee5A54725D9Eea4F0729', 'EASY', 18, 'heists'],
  ['0x77777FeDdddFfC19Ff86DB637967013e6C6A116C', 'TORN', 18, 'labels'],
  ['0x5d3a536E4D6DbD6114cc1Ead35777bAB948E3643', 'cDAI', 8, 'labels'],
  ['0x39AA39c021dfbaE8faC545936693aC917d5E7563', 'cUSDC', 8, 'labels'],
  ['0xBcca60bB61934080951369a648Fb03DF4F96263C', 'aUSDC', 6, 'labels', 'rebasing'],
  ['0xD46bA6D942050d489DBd938a2C909A5d5039A161', 'AMPL', 9, 'heists', 'rebasing'],
  ['0x45804880De22913dAFE09f4980848ECE6EcbAf78', 'PAXG', 18, 'known', 'fee-on-transfer'],
];

/** The rows. */
export const TOKEN_FACTS: readonly TokenFact[] = ROWS.map(
  ([contract, symbol, decimals, source, nonConserving = null]) => ({
    contract,
    symbol,
    decimals,
    nonConserving,
    source,
  }),
);

/** Wrapped ether: deposits and withdrawals are one to one, by its code (WETH9, December 2017). */
export const WETH_CONTRACT = ROWS[0][0];
