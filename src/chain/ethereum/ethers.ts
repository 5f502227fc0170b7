/** The parts of ethers that this room uses, each loaded at its first use: together they cost 0.3 s, and commands on Bitcoin never need them. */
import { createRequire } from 'node:module';
import type * as Abi from 'ethers/abi';
import type * as Addresses from 'ethers/address';
import type * as Crypto from 'ethers/crypto';
import type * as Hashes from 'ethers/hash';
import type * as Transactions from 'ethers/transaction';
import type * as Utils from 'ethers/utils';

const load = createRequire(import.meta.url);

/** Interfaces and fragments. */
export function ethersAbi(): typeof Abi {
  return load('ethers/abi') as typeof Abi;
}
/** Addresses of contracts to be made. */
export function ethersAddress(): typeof Addresses {
  return load('ethers/address') as typeof Addresses;
}
/** Keccak-256 and signatures. */
export function ethersCrypto(): typeof Crypto {
  return load('ethers/crypto') as typeof Crypto;
}
/** Hashes of authorisations. */
export function ethersHash(): typeof Hashes {
  return load('ethers/hash') as typeof Hashes;
}
/** Transactions as bytes. */
export function ethersTransaction(): typeof Transactions {
  return load('ethers/transaction') as typeof Transactions;
}
/** RLP and bytes. */
export function ethersUtils(): typeof Utils {
  return load('ethers/utils') as typeof Utils;
}
