/**
 * Claim:      block, receipts, logs and traces of the same transactions as one record each: fee and its burned part, moves in one order where it is known.
 * Source:     EIP-658, 1559, 4844, 7708; methods in rpc-block, rpc-receipt, trace and log.
 * Parameters: the chain.
 * Cost:       O(transactions + logs + frames).
 * Fails when: an answer is missing: what it would have told stays null. A block whose receipts or traces are fewer than its transactions is INCOMPLETE,
 *             never taken as it stands; two answers that contradict each other are SOURCES_DISAGREE.
 */
import {
  type AccountBlockRecord,
  type AccountHash,
  type AccountTransactionRecord,
  type BlockCredit,
  type InternalMove,
  SpoorError,
  UNSTATED_TRANSACTION,
} from '../../ledger/index.ts';
import { joinRecords } from './join-rows.ts';
import { type DecodedLogs, decodeLogs, type RawLog } from './log.ts';
import {
  burntBeforeLondon,
  type LocatedAccountTransaction,
  movesOfPlainCall,
  NOTHING_MOVED,
  wholeLists,
} from './record.ts';
import { DAO_BLOCK, type RpcBlock } from './rpc-block.ts';
import type { RpcLog, RpcReceipt } from './rpc-receipt.ts';
import type { TraceFacts } from './trace.ts';

/** Everything a body tells of one transaction. */
interface Told {
  stated: LocatedAccountTransaction | null;
  receipt: RpcReceipt | null;
  trace: TraceFacts | null;
  readonly logs: RpcLog[];
}

/** Facts of one body of answers, collected and then joined. */
export class RpcBook {
  readonly blocks = new Map<AccountHash, RpcBlock>();
  /** Rewards that traces of whole blocks tell, by block. */
  readonly rewards = new Map<AccountHash, { number: number; credits: BlockCredit[] }>();
  private readonly told = new Map<AccountHash, Told>();
  private readonly chainId: number;

  constructor(chainId: number) {
    this.chainId = chainId;
  }

  private of(hash: AccountHash): Told {
    const known = this.told.get(hash);
    if (known !== undefined) return known;
    const fresh: Told = { stated: null, receipt: null, trace: null, logs: [] };
    this.told.set(hash, fresh);
    return fresh;
  }

  addBlock(block: RpcBlock): void {
    this.blocks.set(block.block.hash, block);
    for (const transaction of block.transactions) this.addTransaction(transaction);
  }

  addTransaction(transaction: LocatedAccountTransaction): void {
    if (transaction.record.hash !== null) this.of(transaction.record.hash).stated = transaction;
  }

  /** What the body itself states of a transaction, or null. */
  statedRecord(hash: AccountHash): AccountTransactionRecord | null {
    return this.told.get(hash)?.stated?.record ?? null;
  }

  addReceipt(receipt: RpcReceipt): void {
    if (receipt.record.hash !== null) this.of(receipt.record.hash).receipt = receipt;
  }

  addLog(log: RpcLog): void {
    if (log.record.hash !== null) this.of(log.record.hash).logs.push(log);
  }

  addTrace(trace: TraceFacts, hash: AccountHash): void {
    this.of(hash).trace = trace;
  }

  /** One record for each transaction, in the order they were first told of. Throws SOURCES_DISAGREE. */
  transactions(): LocatedAccountTransaction[] {
    return [...this.told].map(([hash, told]) => this.joined(hash, told));
  }

  /** One record for each block, rewards included. */
  blockRecords(): Array<{ block: AccountBlockRecord; hash: AccountHash }> {
    const records = [...this.blocks.values()].map(({ block }) => ({
      block: this.withRewards(block),
      hash: block.hash,
    }));
    const alone = [...this.rewards].filter(([hash]) => !this.blocks.has(hash));
    return [
      ...records,
      ...alone.map(([hash, { number, credits }]) => {
        const unknown = {
          parentHash: null,
          timestampSec: null,
          feeRecipient: null,
          baseFeeWei: null,
          transactionCount: null,
        };
        return { block: { ...unknown, hash, number, credits: this.isByHand(number) ? null : credits }, hash };
      }),
    ];
  }

  private isByHand(number: number): boolean {
    return this.chainId === 1 && number === DAO_BLOCK;
  }

  private withRewards(block: AccountBlockRecord): AccountBlockRecord {
    const told = this.rewards.get(block.hash);
    if (told === undefined || block.number === 0 || this.isByHand(block.number)) return block;
    return { ...block, credits: [...(block.credits ?? []), ...told.credits] };
  }

  private joined(hash: AccountHash, { stated, receipt, trace, logs }: Told): LocatedAccountTransaction {
    const place = stated?.place ?? receipt?.field.place ?? trace?.field.place ?? logs[0]?.log.field.place ?? {};
    let record: AccountTransactionRecord = { ...UNSTATED_TRANSACTION, hash };
    // Nodes differ in what they call the price of a transaction with a fee cap; the receipt says what was paid.
    if (stated !== null)
      record = {
        ...stated.record,
        ...(receipt === null ? {} : { gasPriceWei: receipt.effectiveGasPriceWei ?? stated.record.gasPriceWei }),
      };
    if (receipt !== null) record = joinRecords(record, withPrice(receipt.record, record), receipt.field.placeOfField());
    for (const log of logs) record = joinRecords(record, log.record, log.log.field.placeOfField());
    record = { ...record, ...successOf(record, trace) };
    record = { ...record, ...this.fee(record, receipt) };
    return { record: this.moves(record, { receipt, trace, logs }), place };
  }

  private fee(record: AccountTransactionRecord, receipt: RpcReceipt | null): Partial<AccountTransactionRecord> {
    if (receipt === null || record.gasPriceWei === null) return {};
    const { gasUsed, blobFeeWei } = receipt;
    const block = record.blockHash === null ? undefined : this.blocks.get(record.blockHash);
    const baseFee = block?.isBeforeLondon === true ? 0n : (block?.block.baseFeeWei ?? null);
    const burntWei =
      baseFee === null ? burntBeforeLondon(this.chainId, record.blockNumber) : baseFee * gasUsed + blobFeeWei;
    return { feeWei: record.gasPriceWei * gasUsed + blobFeeWei, burntWei };
  }

  private moves(
    record: AccountTransactionRecord,
    told: Pick<Told, 'receipt' | 'trace' | 'logs'>,
  ): AccountTransactionRecord {
    const { receipt, trace } = told;
    if (record.succeeded === false) return { ...record, ...NOTHING_MOVED };
    const raw = rawLogs(told);
    const decoded = raw === null ? null : decodeLogs(raw, this.chainId);
    const hasAllLogs = receipt !== null || (trace !== null && trace.logs !== null);
    const internal = trace === null ? nativeMoves(record, decoded, hasAllLogs) : trace.moves;
    const tokens = decoded?.tokens ?? null;
    const moved = {
      ...record,
      // An incomplete list that is empty would say that there is nothing.
      internal: trace !== null && !trace.isWhole && trace.moves.length === 0 ? null : internal,
      tokens: !hasAllLogs && tokens?.length === 0 ? null : tokens,
      events: decoded?.events ?? null,
      ...wholeLists(internal !== null && (trace?.isWhole ?? hasAllLogs), decoded !== null && hasAllLogs),
    };
    const isStill = trace === null && internal === null && (tokens ?? []).length === 0;
    return isStill ? { ...moved, ...movesOfPlainCall(receipt?.gasUsed ?? null) } : moved;
  }
}

function withPrice(receipt: AccountTransactionRecord, record: AccountTransactionRecord): AccountTransactionRecord {
  return { ...receipt, gasPriceWei: receipt.gasPriceWei ?? record.gasPriceWei };
}

/** The trace tells success where the receipt is too old to; where both tell, they must agree. */
function successOf(
  { hash, succeeded }: AccountTransactionRecord,
  trace: TraceFacts | null,
): Partial<AccountTransactionRecord> {
  if (trace === null || trace.failed === null) return {};
  if (succeeded !== null && succeeded === trace.failed) {
    throw new SpoorError(
      'SOURCES_DISAGREE',
      `receipt and trace of ${hash} disagree whether it failed`,
      trace.field.placeOfField(),
    );
  }
  return { succeeded: !trace.failed };
}

/** Logs of the receipt, with the steps of the trace where it has the same logs; else those of the trace, or of lists of logs. */
function rawLogs({ receipt, trace, logs }: Pick<Told, 'receipt' | 'trace' | 'logs'>): readonly RawLog[] | null {
  if (receipt !== null) {
    const placed = receipt.logs.map((log, place) => ({ ...log, step: trace?.logs?.[place]?.step ?? null }));
    if (trace === null || trace.logs === null) return placed;
    if (trace.logs.map(logKey).join() === receipt.logs.map(logKey).join()) return placed;
    // The same logs in another order: the node does not know where they stand among the calls.
    if (trace.logs.map(logKey).sort().join() === receipt.logs.map(logKey).sort().join()) return receipt.logs;
    throw new SpoorError('SOURCES_DISAGREE', 'receipt and trace have different logs', trace.field.placeOfField());
  }
  if (trace !== null && trace.logs !== null) return trace.logs;
  return logs.length === 0 ? null : logs.map(({ log }) => log).sort((a, b) => (a.logIndex ?? 0) - (b.logIndex ?? 0));
}

function logKey({ address, topics, data }: RawLog): string {
  return [address, ...topics, data].join(' ');
}

/**
 * Moves of ether that logs tell (EIP-7708), where no trace does. The first one is that of the transaction itself, if it has a value; which it is can only be
 * told where the value is known. Null where no such log stands: the chain may not make them.
 */
function nativeMoves(
  { from, to, created, valueWei }: AccountTransactionRecord,
  decoded: DecodedLogs | null,
  isWhole: boolean,
): InternalMove[] | null {
  if (decoded === null || decoded.native.length === 0 || !isWhole || valueWei === null) return null;
  const receiver = to ?? created;
  const [first] = decoded.native;
  const isTop = valueWei > 0n && first.from === from && first.to === receiver && first.amount === valueWei;
  return decoded.native.slice(isTop ? 1 : 0).map((move) => ({
    kind: 'call',
    from: move.from,
    to: move.to,
    valueWei: move.amount,
    traceAddress: null,
    step: null,
  }));
}
