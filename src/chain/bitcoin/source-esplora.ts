/**
 * An Esplora server (blockstream.info, mempool.space, electrs of one's own): transactions, who spends their outputs, and the history of addresses.
 * Answers come back as bodies for the file importer, so that a fetched fact and a filed one go the same way.
 *
 * Traps of the protocol that are met here: an unknown cursor gives an empty list as if the history had ended, so the count is reconciled; an
 * unreadable one gives the first page again, so every page must bring something new; a busy address is refused or paged at a cost that grows with
 * its length, so pages are limited and the shortfall is said.
 */
import { type Address, type BlockHash, blockHash, SpoorError, type Txid, txid } from '../../ledger/index.ts';
import { parseJson, textOfBytes } from '../file/json.ts';
import type { Finality } from '../transport/request.ts';
import type { Answer, Transport } from '../transport/transport.ts';
import type { AddressHistory, ChainSource, FetchedBody, Outspend, SourceCapabilities, SourceTip } from './source.ts';
import { checkedRawBlock, finalWhen } from './source-block-check.ts';

const PAGE_LENGTH = 25;

/** Age up to which a recorded tip serves. */
const RECENT_SEC = 600;

/** How a server that does not state its tip answers. */
const NO_TIP: ReadonlySet<string> = new Set(['NOT_FOUND', 'MALFORMED', 'BLOCK_HASH_INVALID', 'TOO_LARGE']);

interface Status {
  readonly confirmed?: boolean;
}

function json(answer: Answer, what: string): unknown {
  const file = `the answer about ${what}`;
  return parseJson(textOfBytes(answer.bytes, { file }), file);
}

function list(answer: Answer, what: string): ReadonlyArray<Record<string, unknown>> {
  const value = json(answer, what);
  if (!Array.isArray(value)) throw new SpoorError('MALFORMED', `the answer about ${what} is not a list`);
  return value as ReadonlyArray<Record<string, unknown>>;
}

/** Best block at which an answer was true. */
function tipOf({ tip }: Answer): SourceTip | null {
  return tip === null ? null : { height: tip.height, hash: blockHash(tip.hash) };
}

/** The earlier of two tips: what pages of several moments say together was true there. */
function earlier(a: SourceTip | null, b: SourceTip | null): SourceTip | null {
  return a === null || b === null ? null : a.height <= b.height ? a : b;
}

/** A transaction in a block stays as it is; one without may still change or vanish. */
function finalWhenConfirmed(bytes: Buffer): Finality {
  return /"confirmed"\s*:\s*true/.test(bytes.toString('latin1')) ? 'final' : 'tip';
}

/** A server of this protocol. */
export class EsploraSource implements ChainSource {
  readonly kind = 'esplora';
  readonly capabilities: SourceCapabilities = { blocks: true, addressHistory: true, outspends: true, order: 'height' };
  private readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
    transport.askTip = () => this.recentTip();
  }

  get host(): string {
    return this.transport.host;
  }

  /** Best block. Throws MALFORMED. */
  tip(): Promise<SourceTip> {
    return this.tipOf(0);
  }

  private async tipOf(freshForSec: number): Promise<SourceTip> {
    const text = await this.text('/blocks/tip/height', freshForSec);
    const height = /^\d{1,9}$/.test(text) ? Number(text) : null;
    if (height === null) throw new SpoorError('MALFORMED', `${this.host} states no height of its tip`);
    return { height, hash: blockHash(await this.text(`/block-height/${height}`, freshForSec)) };
  }

  /**
   * Tip for the records. One of a few minutes ago serves: what is true at a later block was true at an earlier one. A server that states none is
   * used without.
   */
  private async recentTip(): Promise<SourceTip | null> {
    try {
      return await this.tipOf(RECENT_SEC);
    } catch (error) {
      if (error instanceof SpoorError && NO_TIP.has(error.code)) return null;
      throw error;
    }
  }

  /** Hash of the block at a height. Throws NOT_FOUND. */
  async blockHash(height: number): Promise<BlockHash> {
    return blockHash(await this.text(`/block-height/${height}`));
  }

  /** One block in raw form: the values of its inputs come from the blocks that made them. Throws NOT_FOUND, HASH_MISMATCH, MALFORMED. */
  async block(hash: BlockHash): Promise<FetchedBody> {
    const check = (bytes: Buffer): void => void checkedRawBlock(this.host, hash, bytes);
    const answer = await this.transport.ask({
      path: `/block/${hash}/raw`,
      finality: (bytes) => finalWhen(() => check(bytes)),
      fresh: true,
      subject: null,
    });
    if (answer.status === 404) throw new SpoorError('NOT_FOUND', `${this.host} does not know block ${hash}`);
    check(answer.bytes);
    return { name: `esplora block ${hash}.bin`, format: 'blk', bytes: answer.bytes };
  }

  private async text(path: string, freshForSec = 0): Promise<string> {
    const answer = await this.transport.ask({ path, finality: 'tip', fresh: true, freshForSec, subject: null });
    if (answer.status === 404) throw new SpoorError('NOT_FOUND', `${this.host} has nothing at ${path}`);
    return answer.bytes.toString('utf8').trim();
  }

  /** One transaction, or null when the source does not know it. */
  async transaction(id: Txid): Promise<FetchedBody | null> {
    const answer = await this.transport.ask({ path: `/tx/${id}`, finality: finalWhenConfirmed, subject: id });
    return answer.status === 404 ? null : { name: `esplora tx ${id}.json`, format: 'esplora', bytes: answer.bytes };
  }

  /** Who spends the outputs of a transaction, by vout. Null when the source does not know it. Throws MALFORMED. */
  async outspends(id: Txid): Promise<Outspend[] | null> {
    const answer = await this.transport.ask({
      path: `/tx/${id}/outspends`,
      finality: (bytes) => (/"(spent|confirmed)"\s*:\s*false/.test(bytes.toString('latin1')) ? 'tip' : 'final'),
      subject: id,
    });
    if (answer.status === 404) return null;
    const asOf = tipOf(answer);
    return list(answer, `the outspends of ${id}`).map((row) => {
      const confirmed = (row.status as Status | undefined)?.confirmed !== false;
      return { spender: row.spent === true && confirmed ? txid(row.txid) : null, asOfSec: answer.fetchedSec, asOf };
    });
  }

  /** Confirmed history of an address, newest first, at most `maxPages` pages of 25. Throws MALFORMED when pages repeat. */
  async history(address: Address, maxPages: number): Promise<AddressHistory> {
    const about = await this.transport.ask({ path: `/address/${address}`, finality: 'tip', subject: address });
    const statistics = json(about, address) as { chain_stats?: { tx_count?: unknown } };
    const stated = statistics.chain_stats?.tx_count;
    if (typeof stated !== 'number')
      throw new SpoorError('MALFORMED', `the answer about ${address} has no chain_stats.tx_count`);
    const bodies: FetchedBody[] = [];
    const seen = new Set<string>();
    let asOf = tipOf(about);
    for (let last: string | null = null; bodies.length < maxPages; ) {
      const cursor: string = last === null ? '' : `/${last}`;
      const page = await this.transport.ask({
        path: `/address/${address}/txs/chain${cursor}`,
        finality: 'tip',
        subject: address,
      });
      asOf = earlier(asOf, tipOf(page));
      const ids = list(page, address).map((tx) => txid(tx.txid));
      if (ids.some((id) => seen.has(id)))
        throw new SpoorError('MALFORMED', `${this.transport.host} gives a page of ${address} twice`);
      for (const id of ids) seen.add(id);
      if (ids.length > 0)
        bodies.push({
          name: `esplora address ${address}${cursor.replace('/', ' after ')}.json`,
          format: 'esplora',
          bytes: page.bytes,
        });
      if (ids.length < PAGE_LENGTH) break;
      last = ids[ids.length - 1];
    }
    return { bodies, transactions: seen.size, stated, complete: seen.size === stated, asOf, asOfSec: about.fetchedSec };
  }
}
