/** Which facts a file holds, told from its first bytes: whether they are of an account chain at all, and in which format. Names of files are not asked. */
import { Buffer } from 'node:buffer';
import { csvHeader } from '../file/csv.ts';
import { inflatedHead } from '../file/open.ts';
import { isEtlHeader } from './source-file-ethereum-etl-table.ts';
import { SPOOR_ACCOUNTS_SCHEMA } from './source-file-spoor.ts';
import { isTransferHeader } from './transfer-columns.ts';

const HEAD_BYTES = 16 * 1024;

/** Values as account chains write them: accounts and hashes, and numbers in hex. Bitcoin's formats write no `0x`. */
const HEX_VALUE = /"0x[0-9a-fA-F]*"/;
/** The envelope of Etherscan, which may hold a decimal number or an empty list only. */
const ENVELOPE = /"status"\s*:\s*"[01]"[\s\S]*"message"\s*:[\s\S]*"result"\s*:/;

/** First bytes of the content; none where they are damaged gzip: reading the file whole says why. */
function headOf(bytes: Uint8Array): Buffer {
  try {
    return inflatedHead(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEAD_BYTES)));
  } catch (error) {
    if (error instanceof Error && 'code' in error) return Buffer.alloc(0);
    throw error;
  }
}

/** Whether the content of a file looks like facts of an account chain. Cheap: it reads the first 16 KiB, unpacked where the bytes are gzip. */
export function looksLikeAccountChain(bytes: Uint8Array): boolean {
  const head = headOf(bytes);
  const text = head
    .toString('utf8', 0, HEAD_BYTES)
    .replace(/^\ufeff/, '')
    .trimStart();
  if (text.startsWith('{') || text.startsWith('['))
    return HEX_VALUE.test(text) || ENVELOPE.test(text) || text.includes(SPOOR_ACCOUNTS_SCHEMA);
  const header = csvHeader(head);
  return isEtlHeader(header) || isTransferHeader(header);
}
