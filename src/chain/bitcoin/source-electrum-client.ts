/**
 * What an Electrum server can be asked, each answer checked before it is believed, and those that stay true before they are recorded.
 * The protocol: https://electrum-protocol.readthedocs.io, version 1.4.
 */
import { hash } from 'node:crypto';
import { blockHash, type Network, SpoorError, type Txid } from '../../ledger/index.ts';
import { Field, hexField, indexField } from '../file/field.ts';
import { parseJson, textOfBytes } from '../file/json.ts';
import type { Finality } from '../transport/request.ts';
import type { Answer, Transport } from '../transport/transport.ts';
import { type DecodedHeader, type DecodedTransaction, decodeHeader, decodeTransaction } from './decode.ts';
import { reversedHex } from './digest.ts';
import { txidField } from './fields.ts';
import { checkMerkleProof } from './merkle-proof.ts';
import { meetsTarget, targetOfBits } from './proof-of-work.ts';
import type { SourceTip } from './source.ts';

/** Block hash of the first block and the easiest target of each network: Bitcoin Core, src/kernel/chainparams.cpp. */
const CHAINS: ReadonlyMap<string, { network: Network; easiestBits: number }> = new Map([
  ['000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f', { network: 'mainnet', easiestBits: 0x1d00ffff }],
  ['000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943', { network: 'testnet', easiestBits: 0x1d00ffff }],
  ['00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6', { network: 'signet', easiestBits: 0x1e0377ae }],
  ['0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206', { network: 'regtest', easiestBits: 0x207fffff }],
]);

/** One line of a history; a height of 0 or below is not in a block. */
export interface HistoryEntry {
  readonly txid: Txid;
  readonly height: number;
}

/** A history and when it was told. */
export interface History {
  readonly entries: readonly HistoryEntry[];
  readonly asOfSec: number;
}

/** A chain of blocks, told by its first one. */
interface Chain {
  readonly network: Network;
  readonly easiestBits: number;
}

/** A server and the answers it gives. */
export class ElectrumClient {
  private readonly transport: Transport;
  private chainKnown: Promise<Chain> | null = null;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** Host and port. */
  get host(): string {
    return this.transport.host;
  }

  /** Best block, asked afresh. Throws MALFORMED, HASH_MISMATCH. */
  async tip(): Promise<SourceTip> {
    const { field } = await this.ask('blockchain.headers.subscribe', [], { finality: 'tip', fresh: true });
    const header = await this.checkedHeader(field.at('hex'));
    return { height: indexField(field.at('height')), hash: header.hash };
  }

  /** The chain of the server by its first block. Throws MALFORMED for one that is none of Bitcoin's. */
  chain(): Promise<Chain> {
    const known = (bytes: Buffer): Chain => {
      const { hash: first } = decodeHeader(bytesOf(this.fieldOf(bytes, 'blockchain.block.header')));
      const chain = CHAINS.get(first);
      if (chain !== undefined) return chain;
      throw this.malformed(`serves a chain that begins with ${first}, which is not known here`);
    };
    const check = (bytes: Buffer): Finality => {
      known(bytes);
      return 'final';
    };
    this.chainKnown ??= this.ask('blockchain.block.header', [0], { finality: check })
      .then(({ answer }) => known(answer.bytes))
      .catch((error) => {
        this.chainKnown = null;
        throw error;
      });
    return this.chainKnown;
  }

  /** Header at a height, with work; that it is at that height is the server's word. Throws NOT_FOUND, MALFORMED, HASH_MISMATCH. */
  async header(height: number, { fresh }: { fresh: boolean }): Promise<DecodedHeader> {
    const { field, status } = await this.ask('blockchain.block.header', [height], { finality: 'tip', fresh });
    if (status === 404) throw new SpoorError('NOT_FOUND', `${this.host} has no block at height ${height}`);
    return this.checkedHeader(field);
  }

  private async checkedHeader(field: Field): Promise<DecodedHeader> {
    const { easiestBits, network } = await this.chain();
    const header = decodeHeader(bytesOf(field));
    if (meetsTarget(header.hash, header.bits) && targetOfBits(header.bits) <= targetOfBits(easiestBits)) return header;
    throw new SpoorError(
      'HASH_MISMATCH',
      `${this.host} gives a header without the work that ${network} asks for: ${header.hash}`,
    );
  }

  /** A transaction by its bytes, checked before they are recorded; null when the server does not know it. */
  async raw(id: Txid, subject: string): Promise<DecodedTransaction | null> {
    const check = (bytes: Buffer): Finality => {
      this.decoded(id, this.fieldOf(bytes, 'blockchain.transaction.get'));
      return 'final';
    };
    const { field, status } = await this.ask('blockchain.transaction.get', [id], { finality: check, subject });
    return status === 404 ? null : this.decoded(id, field);
  }

  private decoded(id: Txid, field: Field): DecodedTransaction {
    const decoded = decodeTransaction(bytesOf(field), 'mainnet');
    if (decoded.record.txid === id) return decoded;
    throw new SpoorError('HASH_MISMATCH', `${this.host} answers with ${decoded.record.txid} to the question for ${id}`);
  }

  /** Whole history of a script, in chain order, checked for that. */
  async historyOf(script: Uint8Array, subject: string): Promise<History> {
    const scripthash = reversedHex(hash('sha256', script, 'buffer'));
    const asked = await this.ask('blockchain.scripthash.get_history', [scripthash], { finality: 'tip', subject });
    const entries = asked.field.items().map((row): HistoryEntry => {
      const height = row.at('height');
      return { txid: txidField(row.at('tx_hash')), height: height.value === -1 ? 0 : indexField(height) };
    });
    if (new Set(entries.map(({ txid: id }) => id)).size < entries.length)
      throw this.malformed('names a transaction twice in a history');
    const heights = entries.map(({ height }) => height || Number.POSITIVE_INFINITY);
    if (heights.some((height, index) => index > 0 && height < heights[index - 1]))
      throw this.malformed('gives a history out of the order of the chain');
    return { entries, asOfSec: asked.answer.fetchedSec };
  }

  /** Place of a transaction, proved by a merkle branch. Throws INCOMPLETE, HASH_MISMATCH. */
  async place(decoded: DecodedTransaction, height: number): Promise<{ header: DecodedHeader; position: number }> {
    const id = decoded.record.txid;
    const { field, status } = await this.ask('blockchain.transaction.get_merkle', [id, height], {
      finality: 'tip',
      subject: id,
    });
    if (status === 404)
      throw new SpoorError('INCOMPLETE', `${this.host} has no proof that ${id} is in block ${height}`);
    const header = await this.header(height, { fresh: false });
    const branch = field
      .at('merkle')
      .items()
      .map((item) => blockHash(hexField(item)));
    const position = indexField(field.at('pos'));
    // Weight is three times the form without witness plus the whole.
    const sizeBytes = (decoded.weight - decoded.sizeBytes) / 3;
    checkMerkleProof({ txid: id, sizeBytes }, { branch, position }, header.merkleRoot ?? '');
    return { header: { ...header, height }, position };
  }

  private async ask(
    method: string,
    params: readonly unknown[],
    {
      finality,
      fresh = false,
      subject = null,
    }: { finality: Finality | ((bytes: Buffer) => Finality); fresh?: boolean; subject?: string | null },
  ): Promise<{ field: Field; status: number; answer: Answer }> {
    const post = JSON.stringify({ method, params });
    const answer = await this.transport.ask({ path: '', post, finality, fresh, subject });
    const field = answer.status === 200 ? this.fieldOf(answer.bytes, method) : new Field(undefined, '', {});
    return { field, status: answer.status, answer };
  }

  private fieldOf(bytes: Buffer, method: string): Field {
    const file = `the answer of ${this.host} to ${method}`;
    return new Field(parseJson(textOfBytes(bytes, { file }), file), '', { file });
  }

  /** The error for an answer that makes no sense. */
  malformed(what: string): SpoorError {
    return new SpoorError('MALFORMED', `${this.host} ${what}`);
  }
}

function bytesOf(field: Field): Buffer {
  return Buffer.from(hexField(field), 'hex');
}
