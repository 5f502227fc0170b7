/**
 * spoor JSON lines, the format in which a case is exported: one object a line, `{"schema":"spoor.ledger/1"}` first (it may be left out), then
 * transactions, `{"block": {...}}` lines, and `{"spend": {...}}` lines that say by whom an output is spent. Amounts are decimal text (whole numbers are read too); a null is written by leaving the key out.
 */
import type {
  BlockRecord,
  InputRecord,
  Network,
  OutputRecord,
  SpendRecord,
  TransactionRecord,
} from '../../ledger/index.ts';
import { type Field, hexField, indexField, orNull, uint32Field } from '../file/field.ts';
import { blockHashField, NO_VOUT, satTextField, txidField, versionField } from './fields.ts';
import { addressOf, noRecords, type ParsedRecords } from './source-file-record.ts';

/** Schema of the lines that this version reads and writes. */
export const SPOOR_LEDGER_SCHEMA = 'spoor.ledger/1';

const text = (field: Field) => field.text();

function inputOf(row: Field, network: Network): InputRecord {
  const prevScript = orNull(row.at('prevScript'), hexField);
  return {
    prevTxid: orNull(row.at('prevTxid'), txidField),
    prevVout: orNull(row.at('prevVout'), (field) => field.whole(NO_VOUT - 1)),
    prevAlias: orNull(row.at('prevAlias'), text),
    valueSat: orNull(row.at('valueSat'), satTextField),
    prevScript,
    prevAddress: addressOf(prevScript, row.at('prevAddress'), network),
    scriptSig: orNull(row.at('scriptSig'), hexField),
    sequence: orNull(row.at('sequence'), uint32Field),
    witness: orNull(row.at('witness'), (field) => field.items().map(hexField)),
  };
}

function outputOf(row: Field, network: Network): OutputRecord {
  const scriptPubKey = orNull(row.at('scriptPubKey'), hexField);
  return {
    valueSat: satTextField(row.at('valueSat')),
    scriptPubKey,
    address: addressOf(scriptPubKey, row.at('address'), network),
    spent: orNull(row.at('spent'), (field) => field.flag()),
    spenderTxid: orNull(row.at('spenderTxid'), txidField),
  };
}

function transactionOf(line: Field, network: Network): TransactionRecord {
  const inputs = line.at('inputs').items();
  const outputs = line.at('outputs').items();
  return {
    txid: txidField(line.at('txid')),
    version: orNull(line.at('version'), versionField),
    lockTime: orNull(line.at('lockTime'), uint32Field),
    coinbase: orNull(line.at('coinbase'), (field) => field.flag()) ?? false,
    inputs: inputs.map((row) => inputOf(row, network)),
    outputs: outputs.map((row) => outputOf(row, network)),
    feeSat: orNull(line.at('feeSat'), satTextField),
    alias: orNull(line.at('alias'), text),
    height: orNull(line.at('height'), indexField),
    blockHash: orNull(line.at('blockHash'), blockHashField),
    position: orNull(line.at('position'), indexField),
    timestampSec: orNull(line.at('timestampSec'), uint32Field),
    seenSec: orNull(line.at('seenSec'), uint32Field),
  };
}

function blockOf(block: Field): BlockRecord {
  return {
    hash: blockHashField(block.at('hash')),
    height: orNull(block.at('height'), indexField),
    prevHash: orNull(block.at('prevHash'), blockHashField),
    merkleRoot: orNull(block.at('merkleRoot'), txidField),
    timestampSec: orNull(block.at('timestampSec'), uint32Field),
    transactionCount: orNull(block.at('transactionCount'), indexField),
  };
}

function spendOf(spend: Field): SpendRecord {
  return {
    txid: txidField(spend.at('txid')),
    vout: spend.at('vout').whole(NO_VOUT - 1),
    spenderTxid: txidField(spend.at('spenderTxid')),
  };
}

function checkSchema(line: Field): void {
  const schema = line.at('schema');
  if (schema.text() === SPOOR_LEDGER_SCHEMA) return;
  throw schema.error(
    `schema "${schema.text().slice(0, 40)}" is not ${SPOOR_LEDGER_SCHEMA}, the one this version reads`,
  );
}

/** Reads spoor lines. Throws MALFORMED. */
export function readSpoor(lines: Iterable<Field>, network: Network): ParsedRecords {
  const parsed = noRecords();
  for (const line of lines) {
    if (line.has('schema')) checkSchema(line);
    else if (line.has('block')) parsed.blocks.push({ block: blockOf(line.at('block')), place: line.place });
    else if (line.has('spend')) parsed.spends.push({ spend: spendOf(line.at('spend')), place: line.place });
    else parsed.transactions.push({ record: transactionOf(line, network), place: line.place });
  }
  return parsed;
}

function amountText(valueSat: number | null): string | null {
  return valueSat === null ? null : String(valueSat);
}

/** JSON of an object without the keys that are null; keys in the order given. */
function line(value: object): string {
  return JSON.stringify(value, (_key, member: unknown) => (member === null ? undefined : member));
}

/** One line (without newline) of a transaction. The same record always gives the same bytes. */
export function spoorLine(record: TransactionRecord): string {
  return line({
    txid: record.txid,
    version: record.version,
    lockTime: record.lockTime,
    coinbase: record.coinbase ? true : null,
    height: record.height,
    blockHash: record.blockHash,
    position: record.position,
    timestampSec: record.timestampSec,
    seenSec: record.seenSec,
    feeSat: amountText(record.feeSat),
    alias: record.alias,
    inputs: record.inputs.map((input) => ({
      prevTxid: input.prevTxid,
      prevVout: input.prevVout,
      prevAlias: input.prevAlias,
      valueSat: amountText(input.valueSat),
      prevScript: input.prevScript,
      prevAddress: input.prevAddress,
      scriptSig: input.scriptSig,
      sequence: input.sequence,
      witness: input.witness,
    })),
    outputs: record.outputs.map((output) => ({
      valueSat: amountText(output.valueSat),
      scriptPubKey: output.scriptPubKey,
      address: output.address,
      spent: output.spent,
      spenderTxid: output.spenderTxid,
    })),
  });
}

/** One line (without newline) of a block header. */
export function spoorBlockLine(block: BlockRecord): string {
  return line({
    block: {
      hash: block.hash,
      height: block.height,
      prevHash: block.prevHash,
      merkleRoot: block.merkleRoot,
      timestampSec: block.timestampSec,
      transactionCount: block.transactionCount,
    },
  });
}

/** One line (without newline) of a statement that an output is spent. */
export function spoorSpendLine({ txid, vout, spenderTxid }: SpendRecord): string {
  return line({ spend: { txid, vout, spenderTxid } });
}
