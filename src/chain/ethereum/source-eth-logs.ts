/**
 * Logs over a range of blocks through caps that differ by provider and change: start with 2,000 blocks, halve on whatever sounds like "too much" or "too
 * long", take a range the server suggests, grow by half after success, and stay below what the host refused by number of blocks.
 */
import { SpoorError } from '../../ledger/index.ts';
import { type EthRpcClient, numberOf, quantity, type RpcFailure, refusal } from './source-rpc-client.ts';

/** Which logs. */
export interface LogFilter {
  readonly address?: string;
  readonly topics: ReadonlyArray<string | null>;
}

/** One log, as far as it says where it is. */
export interface LogPlace {
  readonly blockNumber: number;
  readonly transactionHash: string;
  readonly logIndex: number;
}

/** What was found. `missing` are blocks whose logs the server would not give, even one block at a time. */
export interface LogsFound {
  readonly logs: readonly LogPlace[];
  readonly missing: readonly number[];
  readonly requests: number;
}

const START_BLOCKS = 2000;
const GROWTH = { times: 3, by: 2 };
const MOST_BLOCKS = 100_000;

/** Collects logs from a first to a last block, inclusive; those up to `finalHeight` are recorded for good. Throws what is no matter of size. */
export async function collectLogs(
  client: EthRpcClient,
  filter: LogFilter,
  range: { from: number; to: number; finalHeight: number | null; subject: string | null },
): Promise<LogsFound> {
  const logs: LogPlace[] = [];
  const missing: number[] = [];
  let requests = 0;
  let blocks = Math.min(START_BLOCKS, client.mostLogBlocks ?? MOST_BLOCKS);
  for (let from = range.from; from <= range.to; ) {
    const to = Math.min(range.to, from + blocks - 1);
    const isFinal = range.finalHeight !== null && to <= range.finalHeight;
    requests += 1;
    const reply = await client.ask({
      method: 'eth_getLogs',
      params: [{ ...filter, fromBlock: quantity(from), toBlock: quantity(to) }],
      finality: isFinal ? 'final-range' : 'tip',
      holds: (result) => void placesOf(client.host, result, { from, to, filter }),
      subject: range.subject,
      reuse: isFinal,
    });
    if (reply.failure === null) {
      logs.push(...placesOf(client.host, reply.result, { from, to, filter }));
      from = to + 1;
      const grown = Math.floor((blocks * GROWTH.times) / GROWTH.by) + 1;
      blocks = Math.min(grown, client.mostLogBlocks ?? MOST_BLOCKS);
      continue;
    }
    if (reply.failure.kind !== 'too-large' && reply.failure.kind !== 'timeout')
      throw refusal(client.host, `logs of blocks ${from} to ${to}`, reply.failure);
    if (to === from) {
      missing.push(from);
      from += 1;
      continue;
    }
    blocks = suggested(reply.failure, { from, to }) ?? Math.floor((to - from + 1) / 2);
    if (/block range|range is too|\d+k? blocks?\b/i.test(reply.failure.message)) client.mostLogBlocks = blocks;
  }
  return { logs, missing, requests };
}

/** Blocks of a range the refusal offers: `[0x1, 0x2]` in its words, or `from` and `to` in its data; null where it offers none that is smaller. */
function suggested({ message, data }: RpcFailure, asked: { from: number; to: number }): number | null {
  const words = /\[(0x[0-9a-f]+),\s*(0x[0-9a-f]+)\]/i.exec(message);
  const fields = (typeof data === 'object' && data !== null ? data : {}) as { from?: unknown; to?: unknown };
  const from = numberOf(words?.[1] ?? fields.from);
  const to = numberOf(words?.[2] ?? fields.to);
  if (from !== asked.from || to === null || to < from || to >= asked.to) return null;
  return to - from + 1;
}

function placesOf(host: string, result: unknown, asked: { from: number; to: number; filter: LogFilter }): LogPlace[] {
  const fail = (why: string): SpoorError =>
    new SpoorError(
      'MALFORMED',
      `${host} was asked for logs of blocks ${asked.from} to ${asked.to}: ${why}`,
      {},
      'nothing of it was kept',
    );
  if (!Array.isArray(result)) throw fail('the answer is no list');
  const seen = new Set<string>();
  return result.map((item: unknown) => {
    const log = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    const blockNumber = numberOf(log.blockNumber);
    const logIndex = numberOf(log.logIndex);
    if (blockNumber === null || logIndex === null || typeof log.transactionHash !== 'string')
      throw fail('a log has no place');
    if (blockNumber < asked.from || blockNumber > asked.to) throw fail(`one is of block ${blockNumber}`);
    if (log.removed === true)
      throw fail(`the log ${logIndex} of block ${blockNumber} was taken back by a reorganisation`);
    if (!matches(log, asked.filter))
      throw fail(`the log ${logIndex} of block ${blockNumber} is not of the kind asked for`);
    const place = `${blockNumber} ${logIndex}`;
    if (seen.has(place)) throw fail(`the log ${logIndex} of block ${blockNumber} is there twice`);
    seen.add(place);
    return { blockNumber, logIndex, transactionHash: log.transactionHash };
  });
}

function matches(log: Record<string, unknown>, { address, topics }: LogFilter): boolean {
  const found = Array.isArray(log.topics) ? log.topics : [];
  const isSame = (a: unknown, b: string): boolean => String(a).toLowerCase() === b.toLowerCase();
  if (address !== undefined && !isSame(log.address, address)) return false;
  return topics.every((topic, index) => topic === null || isSame(found[index], topic));
}
