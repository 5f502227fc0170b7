/**
 * A Bitcoin Core node (or Knots) over JSON-RPC: whole blocks with the value of every input, single transactions where the node has an index of them. Bodies
 * are the envelopes as they came; the file importer reads their decimals as text. A node knows no addresses and not who spends an output.
 *
 * Traps of the protocol that are met here: a node that is pruned, still catching up or just starting says so in words; without -txindex "no such
 * transaction" means nothing; undo data may be gone, and older nodes have no verbosity 3, then values come by linking.
 */
import { Buffer } from 'node:buffer';
import { type Address, type BlockHash, blockHash, SpoorError, type Txid } from '../../ledger/index.ts';
import { type RpcAnswer, type RpcCall, rpc, rpcResult } from '../transport/json-rpc.ts';
import type { Finality } from '../transport/request.ts';
import type { Transport } from '../transport/transport.ts';
import {
  type AddressHistory,
  type ChainSource,
  cannot,
  type FetchedBody,
  type Outspend,
  type SourceCapabilities,
  type SourceTip,
} from './source.ts';
import { checkedRawBlock, checkJsonBlock, finalWhen } from './source-block-check.ts';

/** How much of a block is asked for: 0 raw bytes, 2 decoded, 3 decoded with the outputs it spends. */
export type BlockVerbosity = 0 | 2 | 3;

/** A transaction this deep is taken to stay where it is. */
const FINAL_CONFIRMATIONS = 100;

interface ChainInfo {
  readonly blocks?: unknown;
  readonly headers?: unknown;
  readonly bestblockhash?: unknown;
}

/** A node asked by JSON-RPC. */
export class CoreRpcSource implements ChainSource {
  readonly kind = 'core-rpc';
  readonly capabilities: SourceCapabilities = { blocks: true, addressHistory: false, outspends: false, order: 'total' };
  private readonly transport: Transport;
  private readonly verbosity: BlockVerbosity;

  constructor(transport: Transport, options: { verbosity?: BlockVerbosity } = {}) {
    this.transport = transport;
    this.verbosity = options.verbosity ?? 3;
  }

  get host(): string {
    return this.transport.host;
  }

  /** Best block. Throws MALFORMED, INCOMPLETE while the node starts. */
  async tip(): Promise<SourceTip> {
    const { blocks, bestblockhash } = await this.chainInfo();
    if (!Number.isSafeInteger(blocks)) throw new SpoorError('MALFORMED', `${this.host} states no height of its tip`);
    return { height: blocks as number, hash: blockHash(bestblockhash) };
  }

  /** Hash of the block at a height. Throws NOT_FOUND above the tip, INCOMPLETE where the node has the header only. */
  async blockHash(height: number): Promise<BlockHash> {
    const answer = await this.call({ method: 'getblockhash', params: [height], finality: 'tip', fresh: true });
    if (answer.error === null) return blockHash(rpcResult(answer, 'getblockhash'));
    if (answer.error.code !== OUT_OF_RANGE) throw this.failure(answer, `the block at height ${height}`);
    const { blocks, headers } = await this.chainInfo();
    if (typeof headers === 'number' && height <= headers) {
      throw new SpoorError(
        'INCOMPLETE',
        `${this.host} is still catching up: it has ${blocks} of ${headers} blocks, not the one at height ${height}`,
        {},
        'run the command again later; it goes on where it ended',
      );
    }
    throw new SpoorError('NOT_FOUND', `${this.host} has no block at height ${height}; its tip is at ${blocks}`);
  }

  /** One block, checked against its hash, its target and its merkle root. Throws PRUNED, NOT_FOUND, INCOMPLETE, HASH_MISMATCH, MALFORMED. */
  async block(hash: BlockHash): Promise<FetchedBody> {
    const answer = await this.getBlock(hash, this.verbosity);
    const undoGone = answer.error !== null && this.verbosity === 3 && /undo data/i.test(answer.error.message);
    if (!undoGone) return this.blockBody(hash, answer, []);
    const without = await this.getBlock(hash, 2);
    const note = `${this.host} has no undo data of block ${hash}: values of its inputs come from the blocks that made them`;
    return this.blockBody(hash, without, [note]);
  }

  private getBlock(hash: BlockHash, verbosity: BlockVerbosity): Promise<RpcAnswer> {
    const check = (bytes: Buffer): void => this.checkBlock(hash, { bytes, error: null });
    const finality = (bytes: Buffer): Finality => finalWhen(() => check(bytes));
    return this.call({ method: 'getblock', params: [hash, verbosity], finality, fresh: true });
  }

  private checkBlock(hash: BlockHash, answer: RpcAnswer): void {
    const value = rpcResult(answer, 'getblock');
    if (typeof value === 'string') checkedRawBlock(this.host, hash, Buffer.from(value, 'hex'));
    else checkJsonBlock(this.host, hash, value);
  }

  private blockBody(hash: BlockHash, answer: RpcAnswer, notes: readonly string[]): FetchedBody {
    if (answer.error !== null) throw this.failure(answer, `block ${hash}`);
    this.checkBlock(hash, answer);
    return { name: `core-rpc block ${hash}.json`, format: 'bitcoin-core', bytes: answer.bytes, notes };
  }

  /**
   * One transaction with the header of its block, which gives the height, or null when the node does not know it.
   * Throws INCOMPLETE when it cannot know without an index.
   */
  async transaction(id: Txid): Promise<FetchedBody | null> {
    const finality = (bytes: Buffer): Finality => {
      const { confirmations } = transactionOf(rpcResult({ bytes, error: null }, 'getrawtransaction'));
      return typeof confirmations === 'number' && confirmations >= FINAL_CONFIRMATIONS ? 'final' : 'tip';
    };
    const answer = await this.call({ method: 'getrawtransaction', params: [id, 2], finality, subject: id });
    if (answer.error !== null && answer.error.code !== NO_SUCH) throw this.failure(answer, `transaction ${id}`);
    if (answer.error !== null && /genesis/i.test(answer.error.message)) {
      throw new SpoorError('NOT_FOUND', `${this.host}: ${answer.error.message}`, {}, 'fetch its block: --blocks 0..0');
    }
    if (answer.error !== null && /txindex|indexed/i.test(answer.error.message)) {
      throw new SpoorError(
        'INCOMPLETE',
        `${this.host} cannot look up transaction ${id}: ${answer.error.message}`,
        {},
        'start the node with -txindex=1, or fetch the block that holds it: spoor fetch --blocks HEIGHT..HEIGHT',
      );
    }
    if (answer.error !== null) return null;
    const { blockhash } = transactionOf(rpcResult(answer, 'getrawtransaction'));
    const bodies = [answer.bytes];
    if (blockhash !== undefined) {
      const header = await this.call({ method: 'getblockheader', params: [blockhash], finality: 'tip' });
      if (header.error !== null) throw this.failure(header, `the header of block ${String(blockhash)}`);
      bodies.push(header.bytes);
    }
    const bytes = Buffer.from(`[${bodies.map((body) => body.toString('utf8').trim()).join(',')}]`);
    return { name: `core-rpc tx ${id}.json`, format: 'bitcoin-core', bytes };
  }

  /** Never offered: a node's gettxspendingprevout knows the mempool only. */
  async outspends(_: Txid): Promise<Outspend[] | null> {
    throw cannot(this.kind, 'who spends an output', ['esplora', 'electrum']);
  }

  /** Never offered: a node has no index of addresses. */
  async history(_: Address, __: number): Promise<AddressHistory> {
    throw cannot(this.kind, 'the history of an address', ['esplora', 'electrum', 'blockchain-info']);
  }

  private async chainInfo(): Promise<ChainInfo> {
    const answer = await this.call({ method: 'getblockchaininfo', params: [], finality: 'tip', fresh: true });
    if (answer.error !== null) throw this.failure(answer, 'its chain');
    const info = rpcResult(answer, 'getblockchaininfo');
    return typeof info === 'object' && info !== null ? info : {};
  }

  private async call(call: RpcCall): Promise<RpcAnswer> {
    try {
      return await rpc(this.transport, call);
    } catch (error) {
      if (!(error instanceof SpoorError) || error.code !== 'UNAUTHORIZED') throw error;
      const hint = 'give the cookie file of the node by --cookie-file, or SPOOR_RPC_USER and SPOOR_RPC_PASSWORD';
      throw new SpoorError(error.code, error.message, error.place, error.hint ?? hint);
    }
  }

  private failure({ error }: RpcAnswer, what: string): SpoorError {
    return nodeFailure(this.host, what, { code: error?.code ?? 0, message: error?.message ?? '' });
  }
}

/** RPC_INVALID_PARAMETER, for a height above the tip (Bitcoin Core src/rpc/protocol.h). */
const OUT_OF_RANGE = -8;
/** RPC_INVALID_ADDRESS_OR_KEY: no such block or transaction. */
const NO_SUCH = -5;
/** RPC_IN_WARMUP. */
const IN_WARMUP = -28;

function transactionOf(value: unknown): { blockhash?: unknown; confirmations?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}

/** What a node says is wrong, by the words of Bitcoin Core; codes alone do not tell pruned from missing. */
export function nodeFailure(host: string, what: string, said: { code: number; message: string }): SpoorError {
  const { code, message } = said;
  if (/pruned/i.test(message)) {
    return new SpoorError(
      'PRUNED',
      `${host} has dropped ${what}: ${message}`,
      {},
      'ask a node that keeps all blocks, or an Esplora server',
    );
  }
  if (code === IN_WARMUP || /not fully downloaded|not found on disk|not available/i.test(message)) {
    const hint = 'the node is starting or still catching up; run the command again later';
    return new SpoorError('INCOMPLETE', `${host} does not have ${what} yet: ${message}`, {}, hint);
  }
  if (code === NO_SUCH || /not found/i.test(message))
    return new SpoorError('NOT_FOUND', `${host} does not know ${what}: ${message}`);
  if (/limit|too many/i.test(message)) return new SpoorError('RATE_LIMITED', `${host} about ${what}: ${message}`);
  return new SpoorError('SOURCE_FAILED', `${host} about ${what}: ${message} (${code})`);
}
