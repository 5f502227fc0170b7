/** What tells the networks of Bitcoin apart in an address. */
import type { Network } from '../../ledger/index.ts';

/** Address prefixes of one network. */
export interface NetworkParams {
  /** Human-readable part of segwit addresses, lower case, without the separator. */
  readonly bech32Hrp: string;
  /** First byte of a pay-to-public-key-hash address. */
  readonly p2pkhVersion: number;
  /** First byte of a pay-to-script-hash address. */
  readonly p2shVersion: number;
}

/**
 * Prefixes by network, in the order in which a shared prefix is attributed: signet uses all of testnet's, regtest its base58 bytes.
 * Source: Bitcoin Core, src/kernel/chainparams.cpp (base58Prefixes, bech32_hrp).
 */
export const NETWORKS: Readonly<Record<Network, NetworkParams>> = {
  mainnet: { bech32Hrp: 'bc', p2pkhVersion: 0x00, p2shVersion: 0x05 },
  testnet: { bech32Hrp: 'tb', p2pkhVersion: 0x6f, p2shVersion: 0xc4 },
  signet: { bech32Hrp: 'tb', p2pkhVersion: 0x6f, p2shVersion: 0xc4 },
  regtest: { bech32Hrp: 'bcrt', p2pkhVersion: 0x6f, p2shVersion: 0xc4 },
};

/** All networks in the order of {@link NETWORKS}. */
export const NETWORK_NAMES: readonly Network[] = ['mainnet', 'testnet', 'signet', 'regtest'];
