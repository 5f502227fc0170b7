/**
 * Claim:      a block as a node describes it is the block of its hash: header, transactions with their senders, receipts with their logs, withdrawals.
 * Source:     Ethereum Yellow Paper, 4.3 (header, receipts); EIP-2718 (typed envelopes), 1559, 4895, 4844, 4788, 7685 (fields of the header by fork).
 * Parameters: the block with whole transactions; its receipts in order.
 * Cost:       one hash a transaction and a receipt, and one recovery of a public key a transaction (about a millisecond).
 * Fails when: the chain has fields or transaction types that are not Ethereum's: `unknown` names them, and nothing is proved. What a receipt says of prices
 *             and blobs is in no hash; the price is recomputed, the price of blobs is the node's word.
 */
import type { Authorization, Transaction } from 'ethers/transaction';
import type { RlpStructuredDataish } from 'ethers/utils';
import { ethersCrypto, ethersTransaction, ethersUtils } from './ethers.ts';
import { indexedRoot, rlpNumber } from './trie-root.ts';

/** An object of JSON, not yet believed. */
export type Claimed = Readonly<Record<string, unknown>>;

/** What came of it: `lies` are contradictions, in words; `unknown` what cannot be judged. Both empty: proved. */
export interface BlockProof {
  readonly lies: readonly string[];
  readonly unknown: readonly string[];
}

type Kind = 'data' | 'number';
const HEADER: ReadonlyArray<readonly [name: string, kind: Kind]> = [
  ['parentHash', 'data'],
  ['sha3Uncles', 'data'],
  ['miner', 'data'],
  ['stateRoot', 'data'],
  ['transactionsRoot', 'data'],
  ['receiptsRoot', 'data'],
  ['logsBloom', 'data'],
  ['difficulty', 'number'],
  ['number', 'number'],
  ['gasLimit', 'number'],
  ['gasUsed', 'number'],
  ['timestamp', 'number'],
  ['extraData', 'data'],
  ['mixHash', 'data'],
  ['nonce', 'data'],
];
/** Fields that forks added, each after the one before: London, Shanghai, Cancun, Prague, and what is planned. */
const LATER: ReadonlyArray<readonly [name: string, kind: Kind]> = [
  ['baseFeePerGas', 'number'],
  ['withdrawalsRoot', 'data'],
  ['blobGasUsed', 'number'],
  ['excessBlobGas', 'number'],
  ['parentBeaconBlockRoot', 'data'],
  ['requestsHash', 'data'],
  ['blockAccessListHash', 'data'],
];
const KNOWN_TYPES: ReadonlySet<number> = new Set([0, 1, 2, 3, 4]);

/** Judges header, transactions and withdrawals of a block, whole transactions in it. */
export function proveBlock(block: Claimed): BlockProof {
  return judged([
    ['the header', () => headerLies(block)],
    ['the transactions', () => transactionLies(block)],
    ['the withdrawals', () => withdrawalLies(block)],
  ]);
}

/** Judges receipts against a block that is proved. */
export function proveReceipts(block: Claimed, receipts: readonly Claimed[]): BlockProof {
  return judged([['the receipts', () => receiptLies(block, receipts)]]);
}

function judged(parts: ReadonlyArray<readonly [what: string, lies: () => string[]]>): BlockProof {
  const lies: string[] = [];
  const unknown: string[] = [];
  for (const [what, work] of parts) {
    try {
      lies.push(...work());
    } catch (error) {
      // The parser of the library refuses what is no transaction of Ethereum; that is a statement, not a failure of ours.
      unknown.push(`${what}: ${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'}`);
    }
  }
  return { lies, unknown };
}

function value(of: Claimed, [name, kind]: readonly [string, Kind]): string {
  const text = of[name];
  if (typeof text !== 'string' || !/^0x[0-9a-f]*$/i.test(text)) throw new Error(`field ${name} is no hex text`);
  return kind === 'data' ? text : rlpNumber(BigInt(text));
}

/** Hash of a header as it describes itself. */
export function headerHash(block: Claimed): string {
  const later = LATER.filter(([name]) => block[name] !== undefined && block[name] !== null);
  return ethersCrypto().keccak256(ethersUtils().encodeRlp([...HEADER, ...later].map((field) => value(block, field))));
}

function headerLies(block: Claimed): string[] {
  const found = headerHash(block);
  return found === block.hash ? [] : [`its header hashes to ${found}, not to ${String(block.hash)}`];
}

function objects(list: unknown, what: string): Claimed[] {
  if (!Array.isArray(list) || list.some((item) => typeof item !== 'object' || item === null))
    throw new Error(`${what} are no list of objects`);
  return list as Claimed[];
}

function transactionLies(block: Claimed): string[] {
  const claimed = objects(block.transactions, 'transactions');
  const lies: string[] = [];
  const raws = claimed.map((item, index) => {
    const transaction = transactionOf(item);
    const { serialized, hash, from } = transaction;
    if (hash !== String(item.hash).toLowerCase())
      lies.push(`transaction ${index} hashes to ${hash}, not to ${item.hash}`);
    if (from?.toLowerCase() !== String(item.from).toLowerCase())
      lies.push(`transaction ${index} was signed by ${from}, not by ${item.from}`);
    if (
      item.transactionIndex !== undefined &&
      item.transactionIndex !== null &&
      Number(item.transactionIndex) !== index
    )
      lies.push(`transaction ${index} says it is at place ${Number(item.transactionIndex)}`);
    return serialized;
  });
  if (indexedRoot(raws) !== block.transactionsRoot) lies.push('its transactions are not those of its header');
  return lies;
}

/** One permission of EIP-7702 as a node describes it. */
interface ClaimedAuthorization {
  readonly address: string;
  readonly nonce: string;
  readonly chainId: string;
  readonly r: string;
  readonly s: string;
  readonly yParity: string;
}

/** The transaction as its fields say; every field that is signed is in it. */
export function transactionOf(item: Claimed): Transaction {
  const type = Number(item.type ?? 0);
  if (!KNOWN_TYPES.has(type)) throw new Error(`transaction type ${type}`);
  const text = (name: string): string => value(item, [name, 'data']);
  const v = type === 0 ? text('v') : text(item.yParity === undefined ? 'v' : 'yParity');
  const priced = type < 2 ? { gasPrice: text('gasPrice') } : {};
  const capped =
    type < 2 ? {} : { maxFeePerGas: text('maxFeePerGas'), maxPriorityFeePerGas: text('maxPriorityFeePerGas') };
  const blobs =
    type === 3
      ? { maxFeePerBlobGas: text('maxFeePerBlobGas'), blobVersionedHashes: item.blobVersionedHashes as string[] }
      : {};
  const authorizations = (item.authorizationList ?? []) as ClaimedAuthorization[];
  return ethersTransaction().Transaction.from({
    type,
    to: typeof item.to === 'string' ? item.to : null,
    nonce: Number(text('nonce')),
    gasLimit: text('gas'),
    data: text('input'),
    value: text('value'),
    // A legacy transaction says its chain in v, when it does.
    ...(type === 0 ? {} : { chainId: text('chainId'), accessList: (item.accessList ?? []) as [] }),
    ...priced,
    ...capped,
    ...blobs,
    ...(type === 4 ? { authorizationList: authorizations.map(authorizationOf) } : {}),
    signature: { r: padded(text('r')), s: padded(text('s')), v: signatureV(type, v) },
  });
}

function authorizationOf({ address, nonce, chainId, r, s, yParity }: ClaimedAuthorization): Authorization {
  const signature = ethersCrypto().Signature.from({ r: padded(r), s: padded(s), yParity: Number(yParity) as 0 | 1 });
  return { address, nonce: BigInt(nonce), chainId: BigInt(chainId), signature };
}

function signatureV(type: number, v: string): string | number {
  return type === 0 ? v : 27 + Number(v);
}

function padded(text: string): string {
  return `0x${text.slice(2).padStart(64, '0')}`;
}

function withdrawalLies(block: Claimed): string[] {
  if (block.withdrawalsRoot === undefined || block.withdrawalsRoot === null) return [];
  const rows = objects(block.withdrawals, 'withdrawals').map((row) =>
    ethersUtils().encodeRlp([
      value(row, ['index', 'number']),
      value(row, ['validatorIndex', 'number']),
      value(row, ['address', 'data']),
      value(row, ['amount', 'number']),
    ]),
  );
  return indexedRoot(rows) === block.withdrawalsRoot ? [] : ['its withdrawals are not those of its header'];
}

function receiptLies(block: Claimed, receipts: readonly Claimed[]): string[] {
  const transactions = objects(block.transactions, 'transactions');
  if (receipts.length !== transactions.length)
    return [`it has ${transactions.length} transactions and ${receipts.length} receipts`];
  const lies: string[] = [];
  let before = 0n;
  let logIndex = 0;
  receipts.forEach((receipt, index) => {
    const transaction = transactions[index];
    if (receipt.transactionHash !== transaction.hash || receipt.blockHash !== block.hash)
      lies.push(`receipt ${index} is of another transaction or block`);
    const total = BigInt(value(receipt, ['cumulativeGasUsed', 'data']));
    if (BigInt(value(receipt, ['gasUsed', 'data'])) !== total - before) lies.push(`receipt ${index} miscounts its gas`);
    before = total;
    if (
      receipt.effectiveGasPrice !== undefined &&
      priceOf(transaction, block) !== BigInt(String(receipt.effectiveGasPrice))
    )
      lies.push(`receipt ${index} states another price than its transaction pays`);
    for (const log of objects(receipt.logs, 'logs')) {
      if (Number(log.logIndex) !== logIndex) lies.push(`log ${logIndex} says it is at place ${Number(log.logIndex)}`);
      logIndex += 1;
    }
  });
  if (indexedRoot(receipts.map(receiptBytes)) !== block.receiptsRoot)
    lies.push('its receipts, or their logs, are not those of its header');
  return lies;
}

/** What a unit of gas costs by EIP-1559. */
function priceOf(transaction: Claimed, block: Claimed): bigint {
  if (Number(transaction.type ?? 0) < 2) return BigInt(value(transaction, ['gasPrice', 'data']));
  const base = BigInt(value(block, ['baseFeePerGas', 'data']));
  const most = BigInt(value(transaction, ['maxFeePerGas', 'data']));
  const wished = base + BigInt(value(transaction, ['maxPriorityFeePerGas', 'data']));
  return wished < most ? wished : most;
}

function receiptBytes(receipt: Claimed): string {
  const logs = objects(receipt.logs, 'logs').map(
    (log): RlpStructuredDataish => [
      value(log, ['address', 'data']),
      log.topics as string[],
      value(log, ['data', 'data']),
    ],
  );
  // Before Byzantium a receipt held the root of the state after it, not whether it succeeded.
  const outcome = typeof receipt.root === 'string' ? receipt.root : value(receipt, ['status', 'number']);
  const fields = ethersUtils().encodeRlp([
    outcome,
    value(receipt, ['cumulativeGasUsed', 'number']),
    value(receipt, ['logsBloom', 'data']),
    logs,
  ]);
  const type = Number(receipt.type ?? 0);
  if (!KNOWN_TYPES.has(type)) throw new Error(`receipt type ${type}`);
  return type === 0 ? fields : ethersUtils().concat([rlpNumber(type), fields]);
}
