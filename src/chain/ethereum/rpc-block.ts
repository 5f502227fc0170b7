/** Blocks and transactions as a node states them (`eth_getBlockByNumber`, `eth_getBlockByHash`). Fields not known here are left alone: nodes add new ones. */
import {
  type Account,
  type AccountBlockRecord,
  type AccountHash,
  type AccountTransactionRecord,
  account,
  type BlockCredit,
  UNSTATED_TRANSACTION,
} from '../../ledger/index.ts';
import type { Field } from '../file/field.ts';
import {
  accountField,
  amountField,
  bigWholeField,
  bytesField,
  hashField,
  isBlank,
  methodIdOf,
  unlessBlank,
  wholeField,
} from './account-field.ts';
import { ethersAddress, ethersHash } from './ethers.ts';
import type { LocatedAccountTransaction } from './record.ts';

/** A block with what it holds: whole transactions, or their hashes only. */
export interface RpcBlock {
  readonly block: AccountBlockRecord;
  readonly field: Field;
  readonly hashes: readonly AccountHash[];
  readonly transactions: readonly LocatedAccountTransaction[];
  /** true where the block itself says that it has no base fee: it is older than London. */
  readonly isBeforeLondon: boolean;
}

const GWEI = 1_000_000_000n;
/** Cancun on the main chain (EIP-6780): contracts outlive their destruction. */
export const CANCUN_SEC = 1_710_338_135;
/** Block of the main chain whose state was changed by hand (the DAO's ether moved without a transaction). */
export const DAO_BLOCK = 1_920_000;

/** Account that a creation makes: it follows from sender and nonce alone. */
function createdBy(from: Account, nonce: number): Account {
  return account(ethersAddress().getCreateAddress({ from, nonce }));
}

const word = (field: Field): string => `0x${amountField(field).toString(16).padStart(64, '0')}`;

/**
 * Account that signed an authorisation (EIP-7702), or null where its signature is none or it is for another chain: then it has no effect. Whether its nonce
 * was right at the time cannot be told from the block.
 */
function authorityOf(item: Field, chainId: number): Account | null {
  const of = {
    address: accountField(item.at('address')),
    nonce: amountField(item.at('nonce')),
    chainId: amountField(item.at('chainId')),
  };
  if (of.chainId !== 0n && of.chainId !== BigInt(chainId)) return null;
  const parity = amountField(item.has('yParity') ? item.at('yParity') : item.at('v'));
  const signature = {
    r: word(item.at('r')),
    s: word(item.at('s')),
    yParity: parity === 0n ? (0 as const) : (1 as const),
  };
  try {
    return account(ethersHash().verifyAuthorization(of, signature));
  } catch (error) {
    // A signature of nobody: ethers refuses it, and so does the chain.
    if (error instanceof Error) return null;
    throw error;
  }
}

function delegatedIn(list: Field, chainId: number): Account[] {
  return list.items().flatMap((item) => authorityOf(item, chainId) ?? []);
}

/** One transaction with all its fields; `timestampSec` is its block's. */
export function rpcTransaction(field: Field, chainId: number, timestampSec: number | null): AccountTransactionRecord {
  const from = accountField(field.at('from'));
  const to = unlessBlank(field.at('to'), accountField);
  const nonce = bigWholeField(field.at('nonce'));
  const list = field.at('authorizationList');
  return {
    ...UNSTATED_TRANSACTION,
    hash: hashField(field.at('hash')),
    blockNumber: wholeField(field.at('blockNumber')),
    blockHash: hashField(field.at('blockHash')),
    txIndex: wholeField(field.at('transactionIndex')),
    timestampSec,
    from,
    to,
    created: to === null ? createdBy(from, nonce) : null,
    valueWei: amountField(field.at('value')),
    nonce,
    type: unlessBlank(field.at('type'), (type) => wholeField(type, 255)) ?? 0,
    methodId: methodIdOf(bytesField(field.has('input') ? field.at('input') : field.at('data'))),
    gasPriceWei: unlessBlank(field.at('gasPrice'), amountField),
    delegated: list.isNone ? [] : delegatedIn(list, chainId),
  };
}

/** What of a block its credits follow from. */
export interface CreditFields {
  readonly number: number;
  readonly chainId: number;
  readonly withdrawals: Field;
  readonly difficulty: Field;
  readonly hasBaseFee: boolean;
  /** The block commits to a list of withdrawals. */
  readonly hasRoot: boolean;
}

/**
 * Withdrawals, which are in gwei. Since the merge (difficulty 0) there are no rewards beside them; before it a block's reward is not in the block. Null for
 * the first block and for the one whose state was changed by hand: what they credited is told nowhere.
 */
export function creditsOf({
  number,
  chainId,
  withdrawals,
  difficulty,
  hasBaseFee,
  hasRoot,
}: CreditFields): BlockCredit[] | null {
  if (number === 0 || (chainId === 1 && number === DAO_BLOCK)) return null;
  if (!isBlank(withdrawals) && (hasRoot || withdrawals.items().length > 0)) {
    return withdrawals.items().map((item) => ({
      kind: 'withdrawal',
      to: accountField(item.at('address')),
      amountWei: amountField(item.at('amount')) * GWEI,
    }));
  }
  return !hasRoot && hasBaseFee && unlessBlank(difficulty, amountField) === 0n ? [] : null;
}

/** Reads a block. Throws MALFORMED naming the field, also where a transaction names another block. */
export function rpcBlock(field: Field, chainId: number): RpcBlock {
  const number = wholeField(field.at('number'));
  const hash = hashField(field.at('hash'));
  const timestampSec = bigWholeField(field.at('timestamp'));
  const items = field.at('transactions').items();
  const transactions = items
    .filter((item) => item.isObject)
    .map((item) => {
      const record = rpcTransaction(item, chainId, timestampSec);
      if (record.blockHash !== hash)
        throw item.at('blockHash').error(`the transaction names another block than the one it is in (${hash})`);
      return { record, place: item.asRecord().place };
    });
  const hashes = items.map((item) => (item.isObject ? hashField(item.at('hash')) : hashField(item)));
  if (new Set(hashes).size < hashes.length)
    throw field.at('transactions').error('a transaction stands in the block twice');
  const block: AccountBlockRecord = {
    hash,
    number,
    parentHash: unlessBlank(field.at('parentHash'), hashField),
    timestampSec,
    feeRecipient: unlessBlank(field.at('miner'), accountField),
    baseFeeWei: unlessBlank(field.at('baseFeePerGas'), amountField),
    transactionCount: items.length,
    credits: creditsOf({
      number,
      chainId,
      withdrawals: field.at('withdrawals'),
      difficulty: field.at('difficulty'),
      hasBaseFee: !field.at('baseFeePerGas').isNone,
      hasRoot: !field.at('withdrawals').isNone,
    }),
  };
  return { block, field, hashes, transactions, isBeforeLondon: field.at('baseFeePerGas').isNone };
}
