/**
 * Damage to a file of every format. Reading gives the same facts, other well-formed ones where nothing in the file could tell, or a SpoorError that
 * names the file: never another exception, never a hang, and never a transaction that counts as verified with other content than its id covers.
 */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { factLines, ingestFiles, withCase } from '../../../src/case/index.ts';
import { checkRecord } from '../../../src/chain/bitcoin/check.ts';
import { decodeBlock } from '../../../src/chain/bitcoin/decode.ts';
import { type ParsedFile, readBitcoinBytes } from '../../../src/chain/bitcoin/source-file.ts';
import type { FileFormat } from '../../../src/chain/bitcoin/source-file-record.ts';
import { proveRecord } from '../../../src/chain/bitcoin/txid.ts';
import { SpoorError, type TransactionRecord } from '../../../src/ledger/index.ts';
import { blockchairTables, tsv } from '../../support/blockchair.ts';
import { freshFolder } from '../../support/cli.ts';
import { damage, swapCell, swapToken } from '../../support/mutations.ts';
import { parquetOf, type Row, withFirstPages } from '../../support/parquet.ts';
import { Prng } from '../../support/prng.ts';
import { itWithData, projectPath, sharedData } from '../../support/shared-data.ts';
import { rawBlocks } from './real-blocks.ts';
import { refusalOf } from './source-content.ts';

const SEED = 20_260_724;
const NAME = 'damaged.bin';
/** Far above what the largest of these bodies takes on a busy machine, far below a hang. */
const MOST_MS = 5_000;

type Swap = typeof damage;

interface Body {
  readonly title: string;
  readonly format: FileFormat;
  readonly folder: string;
  readonly make: () => Buffer;
  /** How this format's own tokens are exchanged, in place of half of the damage. */
  readonly swap?: Swap;
  readonly count: number;
  /** Whether hashes cover every transaction whole, so that nothing else than the same ones may come out. */
  readonly covered?: boolean;
}

function shared(name: string): Buffer {
  const bytes = readFileSync(sharedData(name));
  return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

function read(bytes: Buffer, format: FileFormat | 'auto' = 'auto'): ParsedFile {
  return readBitcoinBytes(bytes, { name: NAME, format, network: 'mainnet' });
}

const WALLET = 'wannacry-2017/blockchain_info.rawaddr.115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn.json.gz';
const ETL = 'bitcoin-etl-blocks/stream_50001_50002';
const CORE = `${ETL}/rpc_response_getblock_000000001c920d495e1eeef2452b6d1c6c229a919b28196c103ecffebabee141_2.json`;

function esplora(): Buffer {
  return shared('esplora-fixtures/taproot-op-return.json');
}

function firstTransactions(count: number): Buffer {
  const body = JSON.parse(shared(WALLET).toString('utf8')) as { txs: unknown[] };
  return Buffer.from(JSON.stringify({ ...body, txs: body.txs.slice(0, count) }));
}

function etlRows(): Row[] {
  const text = shared(`${ETL}/expected_transactions.json`).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

/** Frames of a block file of blocks 169 to 171: 170 holds the first payment. */
function blockFile(): Buffer {
  const parts = rawBlocks('mainnet.blocks1-255.dat.bz2')
    .slice(168, 171)
    .flatMap((block) => {
      const head = Buffer.from('f9beb4d900000000', 'hex');
      head.writeUInt32LE(block.length, 4);
      return [head, block];
    });
  return Buffer.concat(parts);
}

function tables(packed: boolean): Buffer {
  const { outputs, inputs, transactions } = blockchairTables(read(esplora()).transactions.map(({ record }) => record));
  const pack = (text: string) => (packed ? gzipSync(text) : Buffer.from(text));
  return Buffer.concat([outputs, inputs, transactions].map((lines) => pack(tsv(lines))));
}

const BODIES: readonly Body[] = [
  {
    title: 'spoor',
    format: 'spoor',
    folder: '',
    make: () =>
      Buffer.from(
        readFileSync(projectPath('samples/wannacry/transactions.jsonl'), 'utf8').split('\n').slice(0, 6).join('\n'),
      ),
    swap: swapToken,
    count: 300,
  },
  {
    title: 'bitcoin-etl',
    format: 'bitcoin-etl',
    folder: 'bitcoin-etl-blocks',
    make: () => shared(`${ETL}/expected_transactions.json`),
    swap: swapToken,
    count: 300,
  },
  {
    title: 'bitcoin-etl, Parquet with snappy',
    format: 'bitcoin-etl',
    folder: 'bitcoin-etl-blocks',
    make: () => parquetOf(etlRows()),
    count: 300,
  },
  {
    title: 'bitcoin-etl, Parquet without compression',
    format: 'bitcoin-etl',
    folder: 'bitcoin-etl-blocks',
    make: () => parquetOf(etlRows(), { codec: 'UNCOMPRESSED', numeric: true }),
    count: 300,
  },
  {
    title: 'bitcoin-etl, Parquet with zstd',
    format: 'bitcoin-etl',
    folder: 'bitcoin-etl-blocks',
    make: () => parquetOf(etlRows(), { codec: 'ZSTD' }),
    count: 100,
  },
  {
    title: 'bitcoin-etl, Parquet with checksums',
    format: 'bitcoin-etl',
    folder: 'bitcoin-etl-blocks',
    make: () => withFirstPages(parquetOf(etlRows(), { codec: 'UNCOMPRESSED' })),
    count: 200,
  },
  { title: 'esplora', format: 'esplora', folder: 'esplora-fixtures', make: esplora, swap: swapToken, count: 300 },
  {
    title: 'esplora, packed',
    format: 'esplora',
    folder: 'esplora-fixtures',
    make: () => gzipSync(esplora()),
    count: 200,
  },
  {
    title: 'blockchain-info',
    format: 'blockchain-info',
    folder: 'wannacry-2017',
    make: () => firstTransactions(3),
    swap: swapToken,
    count: 300,
  },
  {
    title: 'walletexplorer',
    format: 'walletexplorer',
    folder: 'wannacry-2017',
    make: () =>
      Buffer.from(
        JSON.stringify(
          (
            JSON.parse(
              shared('wannacry-2017/walletexplorer.12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw.txs_outs.json.gz').toString(
                'utf8',
              ),
            ) as unknown[]
          ).slice(0, 2),
        ),
      ),
    swap: swapToken,
    count: 300,
  },
  {
    title: 'bitcoin-core',
    format: 'bitcoin-core',
    folder: 'bitcoin-etl-blocks',
    make: () => shared(CORE),
    swap: swapToken,
    count: 300,
  },
  {
    title: 'bitcoin-core, hex',
    format: 'bitcoin-core',
    folder: 'bitcoin-blocks',
    make: () => Buffer.from(rawBlocks('mainnet.blocks1-255.dat.bz2')[169].toString('hex')),
    count: 300,
    covered: true,
  },
  { title: 'blk', format: 'blk', folder: 'bitcoin-blocks', make: blockFile, count: 400, covered: true },
  {
    title: 'blk, packed',
    format: 'blk',
    folder: 'bitcoin-blocks',
    make: () => gzipSync(blockFile()),
    count: 200,
    covered: true,
  },
  {
    title: 'blockchair',
    format: 'blockchair',
    folder: 'esplora-fixtures',
    make: () => tables(false),
    swap: swapCell,
    count: 300,
  },
  {
    title: 'blockchair, packed',
    format: 'blockchair',
    folder: 'esplora-fixtures',
    make: () => tables(true),
    count: 200,
  },
];

/** What the id of a transaction covers. */
function coveredParts({ txid, version, lockTime, inputs, outputs }: TransactionRecord): string {
  return JSON.stringify([
    txid,
    version,
    lockTime,
    inputs.map(({ prevTxid, prevVout, scriptSig, sequence }) => [prevTxid, prevVout, scriptSig, sequence]),
    outputs.map(({ valueSat, scriptPubKey }) => [valueSat, scriptPubKey]),
  ]);
}

function factsOf({ transactions, blocks }: ParsedFile): string {
  return JSON.stringify([transactions.map(({ record }) => record), blocks.map(({ block }) => block)]);
}

interface Original {
  readonly facts: string;
  readonly blocks: ReadonlySet<string>;
  readonly covered: ReadonlySet<string>;
}

/** Blocks may be fewer or more (a cut between two frames, a frame twice); one that is new must be said to lack its work. */
function assertNoOtherBlock({ blocks, notes }: ParsedFile, original: Original): void {
  const other = blocks.filter(({ block }) => !original.blocks.has(block.hash)).length;
  const said = notes.some((note) => note.startsWith(`${other} block`) && note.includes('not meet the target'));
  assert.ok(other === 0 || said, `${other} blocks pass that are not in the file: ${notes.join('; ')}`);
}

type Outcome = 'same' | 'refused' | 'other';

/** Reads damaged bytes; a file that is read must also pass the checks that every record meets on its way into a case. */
function outcomeOf(bytes: Buffer, body: Body, original: Original): Outcome {
  try {
    const parsed = read(bytes, Number(bytes[0]) % 2 === 0 ? 'auto' : body.format);
    if (factsOf(parsed) === original.facts) return 'same';
    for (const { record } of parsed.transactions) checkRecord(record);
    for (const { record } of parsed.transactions) {
      const isHashed = body.covered === true || proveRecord(record) === 'verified';
      assert.ok(!isHashed || original.covered.has(coveredParts(record)), `${record.txid} passes with other content`);
    }
    if (body.covered === true) assertNoOtherBlock(parsed, original);
    return 'other';
  } catch (error) {
    assert.ok(error instanceof SpoorError, error instanceof Error ? (error.stack ?? error.message) : String(error));
    // The checks of a record name no file: what reads the file for a case adds it.
    if (error.code !== 'LEDGER_INVALID' && error.code !== 'HASH_MISMATCH')
      assert.equal(error.place.file, NAME, error.message);
    return 'refused';
  }
}

describe('chain/bitcoin sources, damaged', () => {
  for (const body of BODIES) {
    const { title, folder, make, swap, count } = body;
    itWithData(`${title}: ${count} kinds of damage are read as the same, told apart, or refused`, folder, function () {
      this.timeout(60_000);
      const bytes = make();
      const parsed = read(bytes);
      assert.equal(parsed.format, body.format);
      assert.ok(!parsed.notes.some((note) => note.includes('not meet the target')), 'real headers have their work');
      const original = {
        facts: factsOf(parsed),
        blocks: new Set(parsed.blocks.map(({ block }) => block.hash)),
        covered: new Set(parsed.transactions.map(({ record }) => coveredParts(record))),
      };
      const random = Prng.fromSeed(SEED + title.length);
      const outcomes = { same: 0, refused: 0, other: 0 };
      let slowestMs = 0;
      for (let round = 0; round < count; round += 1) {
        const damaged = swap !== undefined && round % 2 === 0 ? swap(bytes, random) : damage(bytes, random);
        const startMs = performance.now();
        outcomes[outcomeOf(damaged, body, original)] += 1;
        slowestMs = Math.max(slowestMs, performance.now() - startMs);
      }
      assert.ok(slowestMs < MOST_MS, `one took ${slowestMs} ms (seed ${SEED})`);
      assert.ok(outcomes.refused > count / 4, JSON.stringify(outcomes));
      process.stderr.write(`      ${title}: ${JSON.stringify(outcomes)}, slowest ${Math.round(slowestMs)} ms\n`);
    });
  }

  itWithData(
    'raw blocks: a flip anywhere in a witness is refused, because the coinbase commits to it',
    'bitcoin-blocks',
    () => {
      const [block] = rawBlocks('testnet.1087400.raw.gz');
      const { transactions } = decodeBlock(block, 'testnet');
      const witnesses = transactions.flatMap(({ record }) => record.inputs.flatMap(({ witness }) => witness ?? []));
      const random = Prng.fromSeed(SEED);
      for (let round = 0; round < 40; round += 1) {
        const item = Buffer.from(random.pick(witnesses.filter((hex) => hex.length > 80)), 'hex');
        const damaged = Buffer.from(block);
        const at = block.indexOf(item) + random.int(item.length);
        damaged[at] ^= 1 << random.int(8);
        const error = refusalOf(() => readBitcoinBytes(damaged, { name: NAME, format: 'blk', network: 'testnet' }));
        assert.equal(error.code, 'HASH_MISMATCH', error.message);
        assert.match(error.message, /the witnesses hash to|merkle root/);
        assert.equal(error.place.file, NAME);
      }
    },
  );

  describe('on their way into a case', () => {
    let folder = '';
    before(() => {
      folder = freshFolder();
    });

    for (const [title, make, swap] of [
      ['esplora', esplora, swapToken],
      ['blockchair', () => tables(false), swapCell],
    ] as const) {
      itWithData(`${title}: a case that refuses a damaged file holds what it held`, 'esplora-fixtures', function () {
        this.timeout(60_000);
        const path = (name: string) => join(folder, `${title}.${name}`);
        const ingest = (store: string, bytes: Buffer) => {
          writeFileSync(path('bin'), bytes);
          withCase(path(store), { create: true }, (context) =>
            ingestFiles(context.store, [path('bin')], { format: title, network: null }),
          );
        };
        const facts = (store: string) =>
          withCase(path(store), { create: false }, (context) => [...factLines(context)].join('\n'));
        ingest('whole.spoor', make());
        const whole = facts('whole.spoor');
        const random = Prng.fromSeed(SEED);
        let refused = 0;
        for (let round = 0; round < 60; round += 1) {
          copyFileSync(path('whole.spoor'), path('tried.spoor'));
          try {
            ingest('tried.spoor', round % 2 === 0 ? swap(make(), random) : damage(make(), random));
          } catch (error) {
            assert.ok(error instanceof SpoorError, String(error));
            assert.match(`${error.place.file}`, /\.bin/);
            assert.equal(facts('tried.spoor'), whole);
            refused += 1;
          }
        }
        assert.ok(refused > 30, `${refused} of 60 refused`);
      });
    }
  });
});
