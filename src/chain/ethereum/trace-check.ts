/**
 * Claim:      traces of a block name every transaction of it, agree with what was signed and with the receipts, and no frame is missing that another counts.
 * Source:     the shapes of geth's callTracer and of the trace module of OpenEthereum, as nodes of today give them.
 * Parameters: the block with whole transactions and its receipts, both proved or at least consistent.
 * Cost:       one pass over frames.
 * Fails when: a node leaves out a whole subtree consistently, or lies about the value of an inner call: no hash of the block covers it. Only balances show it.
 */
import type { Claimed } from './block-proof.ts';

/** Contradictions of a list of `{txHash, result}` by callTracer; empty where there are none. */
export function callTracerLies(
  result: unknown,
  transactions: readonly Claimed[],
  receipts: readonly Claimed[],
): string[] {
  if (!Array.isArray(result)) return ['the traces are no list'];
  if (result.length !== transactions.length) return [`${transactions.length} transactions and ${result.length} traces`];
  return result.flatMap((item: unknown, index) => {
    const { txHash, result: frame } = objectOf(item);
    if (txHash !== undefined && txHash !== transactions[index].hash)
      return [`trace ${index} is of another transaction`];
    return topFrameLies(frame, transactions[index], receipts[index]).map((lie) => `trace ${index} ${lie}`);
  });
}

/** Contradictions of one frame tree with its transaction and receipt. */
export function topFrameLies(frame: unknown, transaction: Claimed, receipt: Claimed): string[] {
  const top = objectOf(frame);
  const lies: string[] = [];
  if (!isSame(top.from, transaction.from)) lies.push('has another sender');
  if (!isSame(top.to, transaction.to ?? receipt.contractAddress) && receipt.status !== '0x0')
    lies.push('calls another account');
  if (BigInt(String(top.value ?? '0x0')) !== BigInt(String(transaction.value))) lies.push('moves another value');
  if (receipt.status !== undefined && (top.error !== undefined) !== (receipt.status === '0x0'))
    lies.push('ended otherwise than the receipt says');
  const told = logsIn(top);
  const logs = Array.isArray(receipt.logs) ? (receipt.logs as Claimed[]) : [];
  // A node that does not know `withLog` gives none at all.
  if (told.length > 0 && sorted(told) !== sorted(logs)) lies.push('has other logs than the receipt');
  return lies;
}

/** Logs of frames that were not undone. */
function logsIn(frame: Claimed): Claimed[] {
  if (frame.error !== undefined) return [];
  const own = Array.isArray(frame.logs) ? (frame.logs as Claimed[]) : [];
  const below = Array.isArray(frame.calls) ? (frame.calls as Claimed[]) : [];
  return [...own, ...below.flatMap(logsIn)];
}

function sorted(logs: readonly Claimed[]): string {
  const words = logs.map(({ address, data, topics }) => `${String(address).toLowerCase()} ${data} ${String(topics)}`);
  return words.sort().join('\n');
}

/** Contradictions of the rows of trace_block. An empty answer for a block with transactions is one: nodes give it for blocks they do not know. */
export function traceBlockLies(result: unknown, block: Claimed, transactions: readonly Claimed[]): string[] {
  if (!Array.isArray(result)) return ['the traces are no list'];
  const rows = result.map(objectOf).filter((row) => typeof row.transactionHash === 'string');
  const lies = rows.some((row) => row.blockHash !== block.hash) ? ['a trace is of another block'] : [];
  const places = new Set(rows.map((row) => `${row.transactionHash} ${String(row.traceAddress)}`));
  if (places.size !== rows.length) lies.push('a trace is there twice');
  for (const { hash } of transactions)
    if (!places.has(`${String(hash)} `)) lies.push(`no trace of transaction ${String(hash)}`);
  for (const row of rows) {
    const path = Array.isArray(row.traceAddress) ? row.traceAddress : [];
    for (let child = 0; child < Number(row.subtraces); child += 1)
      if (!places.has(`${row.transactionHash} ${String([...path, child])}`))
        lies.push(`transaction ${row.transactionHash} lacks the trace ${[...path, child].join('_')} that it counts`);
  }
  return lies;
}

function objectOf(item: unknown): Claimed {
  return typeof item === 'object' && item !== null ? (item as Claimed) : {};
}

function isSame(a: unknown, b: unknown): boolean {
  return String(a ?? null).toLowerCase() === String(b ?? null).toLowerCase();
}
