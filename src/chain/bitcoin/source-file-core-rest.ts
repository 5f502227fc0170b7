/**
 * One block as a node's REST interface gives it: the bytes of `/rest/block/HASH.bin`, followed by those of `/rest/spenttxouts/HASH.bin` where the
 * node has that (version 30; some from 29.3 on). The block ends where its own counts say. The second part, read off a running node: a compact size with the
 * number of transactions, coinbase included; for each a compact size with the number of its inputs (none for the coinbase) and so many outputs as a
 * transaction writes them, 8 bytes of value and a script with its length in front.
 */
import type { Buffer } from 'node:buffer';
import { locate, type Network, type TransactionRecord } from '../../ledger/index.ts';
import { ByteCursor } from './cursor.ts';
import { type DecodedBlock, decodeLeadingBlock } from './decode.ts';
import { classifyScript } from './script.ts';
import { placeBlocks } from './source-file-blk-place.ts';
import { noteCount, type ParsedRecords } from './source-file-record.ts';

/** A transaction without inputs is its count alone. */
const MIN_TRANSACTION_BYTES = 1;
/** Value 8, empty script 1. */
const MIN_OUTPUT_BYTES = 9;

/** Fills what the inputs of one transaction spend. Throws MALFORMED when the counts differ. */
function readSpent(cursor: ByteCursor, record: TransactionRecord, network: Network): void {
  const start = cursor.offset;
  const count = cursor.count(MIN_OUTPUT_BYTES, 'spentOutputs');
  const wanted = record.coinbase ? 0 : record.inputs.length;
  if (count !== wanted) cursor.fail('spentOutputs', `${count} spent outputs for ${wanted} inputs`, start);
  if (record.coinbase) return;
  cursor.list = 'inputs';
  record.inputs.forEach((input, index) => {
    cursor.index = index;
    input.valueSat = cursor.amount('valueSat');
    const script = cursor.lengthAndBytes('prevScript');
    input.prevScript = script.toString('hex');
    input.prevAddress = classifyScript(script, network).address;
  });
  cursor.list = '';
}

/** Fills what the inputs of a block spend from the bytes at `offset` to the end. Throws MALFORMED, AMOUNT_INVALID. */
export function fillSpentOutputs(
  bytes: Buffer,
  offset: number,
  given: { block: DecodedBlock; network: Network },
): void {
  const cursor = new ByteCursor(bytes);
  cursor.offset = offset;
  const start = offset;
  const { transactions } = given.block;
  const count = cursor.count(MIN_TRANSACTION_BYTES, 'spentOutputs');
  if (count !== transactions.length) {
    cursor.fail('spentOutputs', `of ${count} transactions, but the block has ${transactions.length}`, start);
  }
  transactions.forEach(({ record }, index) => {
    locate({ record: `transactions[${index}]` }, () => readSpent(cursor, record, given.network));
  });
  const left = cursor.bytes.length - cursor.offset;
  if (left > 0) cursor.fail('end', `${left} bytes follow the spent outputs`);
}

/** Reads one block. Throws MALFORMED naming the byte, HASH_MISMATCH (merkle root), TOO_LARGE, AMOUNT_INVALID. */
export function readCoreRest(bytes: Buffer, file: string, network: Network): ParsedRecords {
  const place = { file, record: 'block' };
  const { decoded, held } = locate(
    { file },
    () => {
      const { block, end } = decodeLeadingBlock(bytes, network);
      if (end < bytes.length) fillSpentOutputs(bytes, end, { block, network });
      return { decoded: block, held: end < bytes.length };
    },
    'MALFORMED',
  );
  const parsed = placeBlocks([{ decoded, place }], network);
  noteCount(parsed.notes, held ? 0 : 1, {
    one: 'block without its spent outputs: values of inputs come from the blocks that made them',
    many: '',
  });
  return parsed;
}
