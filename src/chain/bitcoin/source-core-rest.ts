/**
 * A Bitcoin Core node (or Knots) over its REST interface, which needs no password: blocks as raw bytes, and beside them the outputs they spend where the
 * node has that. The fastest way from a running node. It knows no addresses and not who spends an output.
 */
import { Buffer } from 'node:buffer';
import { type Address, type BlockHash, blockHash, SpoorError, type Txid } from '../../ledger/index.ts';
import type { Finality } from '../transport/request.ts';
import type { Answer, Transport } from '../transport/transport.ts';
import type { DecodedBlock } from './decode.ts';
import {
  type AddressHistory,
  type ChainSource,
  cannot,
  type FetchedBody,
  type Outspend,
  type SourceCapabilities,
  type SourceTip,
} from './source.ts';
import { checkedRawBlock, finalWhen } from './source-block-check.ts';
import { nodeFailure } from './source-core-rpc.ts';
import { fillSpentOutputs } from './source-file-core-rest.ts';

/** A node asked by REST. */
export class CoreRestSource implements ChainSource {
  readonly kind = 'core-rest';
  readonly capabilities: SourceCapabilities = { blocks: true, addressHistory: false, outspends: false, order: 'total' };
  private readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  get host(): string {
    return this.transport.host;
  }

  /** Best block. Throws NOT_FOUND when the node does not serve REST, MALFORMED. */
  async tip(): Promise<SourceTip> {
    const { blocks, bestblockhash } = await this.chainInfo();
    if (!Number.isSafeInteger(blocks)) throw new SpoorError('MALFORMED', `${this.host} states no height of its tip`);
    return { height: blocks as number, hash: blockHash(bestblockhash) };
  }

  private async chainInfo(): Promise<Record<string, unknown>> {
    const answer = await this.ask('/rest/chaininfo.json');
    if (answer.status === 200) return jsonObject(answer, 'its chain');
    throw new SpoorError(
      'NOT_FOUND',
      `${this.host} serves no REST interface`,
      {},
      'start the node with -rest=1, or use --source core-rpc',
    );
  }

  /** Hash of the block at a height. Throws NOT_FOUND above the tip, INCOMPLETE where the node has the header only. */
  async blockHash(height: number): Promise<BlockHash> {
    const answer = await this.ask(`/rest/blockhashbyheight/${height}.json`);
    if (answer.status === 200) return blockHash(jsonObject(answer, `height ${height}`).blockhash);
    const { blocks, headers } = await this.chainInfo();
    const isKnown = typeof headers === 'number' && height <= headers;
    throw new SpoorError(
      isKnown ? 'INCOMPLETE' : 'NOT_FOUND',
      `${this.host} has no block at height ${height}: it has ${blocks}, and headers up to ${headers}`,
    );
  }

  /** One block, checked against its hash, its target and its merkle root. Throws PRUNED, NOT_FOUND, INCOMPLETE, HASH_MISMATCH, MALFORMED. */
  async block(hash: BlockHash): Promise<FetchedBody> {
    const path = `/rest/block/${hash}.bin`;
    const answer = await this.ask(path, (bytes) => finalWhen(() => void this.exact(hash, bytes)));
    if (answer.status !== 200)
      throw nodeFailure(this.host, `block ${hash}`, { code: answer.status, message: said(answer) });
    const block = this.exact(hash, answer.bytes);
    const isWhole = (bytes: Buffer): void => fillSpentOutputs(bytes, 0, { block, network: 'mainnet' });
    const spent = await this.ask(`/rest/spenttxouts/${hash}.bin`, (bytes) => finalWhen(() => isWhole(bytes)));
    const bytes = spent.status === 200 ? Buffer.concat([answer.bytes, spent.bytes]) : answer.bytes;
    return { name: `core-rest block ${hash}.bin`, format: 'core-rest', bytes };
  }

  /** The bytes are this block and nothing else. */
  private exact(hash: BlockHash, bytes: Buffer): DecodedBlock {
    const { block, end } = checkedRawBlock(this.host, hash, bytes);
    if (end < bytes.length) throw new SpoorError('MALFORMED', `${bytes.length - end} bytes follow block ${hash}`);
    return block;
  }

  /** One transaction with the header of its block, or null when the node does not know it, as every node without -txindex. */
  async transaction(id: Txid): Promise<FetchedBody | null> {
    const answer = await this.ask(`/rest/tx/${id}.json`, 'tip', id);
    if (answer.status !== 200) return null;
    const { blockhash } = jsonObject(answer, `transaction ${id}`);
    const bodies = [answer.bytes.toString('utf8').trim()];
    if (typeof blockhash === 'string') {
      const headers = await this.ask(`/rest/headers/1/${blockHash(blockhash)}.json`);
      // A list of one header: its item stands beside the transaction.
      if (headers.status === 200)
        bodies.push(
          headers.bytes
            .toString('utf8')
            .trim()
            .replace(/^\[|\]$/g, ''),
        );
    }
    const bytes = Buffer.from(`[${bodies.join(',')}]`);
    return { name: `core-rest tx ${id}.json`, format: 'bitcoin-core', bytes };
  }

  /** Never offered. */
  async outspends(_: Txid): Promise<Outspend[] | null> {
    throw cannot(this.kind, 'who spends an output', ['esplora', 'electrum']);
  }

  /** Never offered. */
  async history(_: Address, __: number): Promise<AddressHistory> {
    throw cannot(this.kind, 'the history of an address', ['esplora', 'electrum', 'blockchain-info']);
  }

  /** Asks; what is true only for the moment is asked afresh, but for single transactions. */
  private ask(
    path: string,
    finality: Finality | ((bytes: Buffer) => Finality) = 'tip',
    subject: Txid | null = null,
  ): Promise<Answer> {
    return this.transport.ask({ path, finality, json: path.endsWith('.json'), fresh: subject === null, subject });
  }
}

function said(answer: Answer): string {
  return answer.bytes.toString('utf8', 0, 200).trim().replace(/\s+/g, ' ');
}

function jsonObject(answer: Answer, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(answer.bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new SpoorError('MALFORMED', `the answer about ${what} is not a JSON object`);
}
