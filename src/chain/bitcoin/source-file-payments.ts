/**
 * Lists of ransom payments as studies publish them: a table of comma-separated values, one payment (one output) a line, without the
 * transactions around it. It is no ledger: inputs, other outputs and blocks are missing, so nothing of it enters a case. Columns, each under its
 * plain name or that of the list of Huang et al. 2018: txid (`txn_hash`), vout (`output_index`), address (`potential_ransom_wallet_addr`),
 * btc (`potential_ransom_btc`), timestamp in seconds (`unix_ts`), and where there are any usd (`potential_ransom_usd`) and family.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type Address, type Network, type Satoshi, SpoorError, satoshiFromBtcText } from '../../ledger/index.ts';
import { csvRows } from '../file/csv.ts';
import { type Field, INDEX_MAX, located, orNull, UINT32_MAX, wholeTextField } from '../file/field.ts';
import { DEFAULT_FILE_LIMITS, readBytes, unpack } from '../file/open.ts';
import { addressField, txidField } from './fields.ts';

/** A payment as the list states it. `usdCents` is what the list says it was worth, cut to cents. */
export interface ListedPayment {
  readonly family: string | null;
  readonly outpoint: string;
  readonly txid: string;
  readonly address: Address;
  readonly valueSat: Satoshi;
  readonly usdCents: bigint | null;
  readonly timestampSec: number;
}

/** A list, with what identifies the file. `sha256` is of the bytes on disk. */
export interface PaymentList {
  readonly file: string;
  readonly sha256: string;
  readonly payments: readonly ListedPayment[];
}

/** Names of each column; the first is the plain one. */
const COLUMNS = {
  txid: ['txid', 'txn_hash'],
  vout: ['vout', 'output_index'],
  address: ['address', 'potential_ransom_wallet_addr'],
  btc: ['btc', 'potential_ransom_btc'],
  timestamp: ['timestamp', 'unix_ts'],
  usd: ['usd', 'potential_ransom_usd'],
  family: ['family'],
} as const;
const OPTIONAL = new Set<string>(['usd', 'family']);

type Columns = Readonly<Record<keyof typeof COLUMNS, string>>;

/** Reads a list of payments, gzipped or not. Throws FILE_NOT_FOUND, IO, TOO_LARGE, and MALFORMED naming line and column. */
export function readPaymentList(path: string, network: Network): PaymentList {
  const file = basename(path);
  const bytes = readBytes(path, file, DEFAULT_FILE_LIMITS);
  const rows = csvRows(unpack(bytes, file, DEFAULT_FILE_LIMITS), file, () => false);
  const columns = rows.length === 0 ? null : columnsOf(rows[0].columns, file);
  if (columns === null) throw new SpoorError('MALFORMED', 'the list has no payment', { file });
  const payments = rows.map(({ row }) => paymentOf(row, columns, network));
  return { file, sha256: createHash('sha256').update(bytes).digest('hex'), payments };
}

function columnsOf(header: ReadonlySet<string>, file: string): Columns {
  const name = (column: keyof typeof COLUMNS): string => {
    const found = COLUMNS[column].find((each) => header.has(each));
    if (found !== undefined || OPTIONAL.has(column)) return found ?? column;
    const message = `the header lacks the column ${COLUMNS[column].join(' or ')}; it has ${[...header].join(', ').slice(0, 200)}`;
    throw new SpoorError('MALFORMED', message, { file, record: 'line 1' });
  };
  return {
    txid: name('txid'),
    vout: name('vout'),
    address: name('address'),
    btc: name('btc'),
    timestamp: name('timestamp'),
    usd: name('usd'),
    family: name('family'),
  };
}

function paymentOf(row: Field, columns: Columns, network: Network): ListedPayment {
  const txid = txidField(row.at(columns.txid));
  const btc = row.at(columns.btc);
  return {
    family: orNull(row.at(columns.family), (field) => field.text()),
    outpoint: `${txid}:${wholeTextField(row.at(columns.vout), INDEX_MAX)}`,
    txid,
    address: addressField(row.at(columns.address), network),
    valueSat: located(btc, () => satoshiFromBtcText(btc.text())),
    usdCents: orNull(row.at(columns.usd), centsField),
    timestampSec: wholeTextField(row.at(columns.timestamp), UINT32_MAX),
  };
}

function centsField(field: Field): bigint {
  const match = /^(\d{1,12})(?:\.(\d{1,12}))?$/.exec(field.text());
  if (match === null) throw field.error(`"${field.text().slice(0, 40)}" is no amount of dollars`);
  return BigInt(match[1]) * 100n + BigInt((match[2] ?? '').padEnd(2, '0').slice(0, 2));
}
