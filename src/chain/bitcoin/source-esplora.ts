/**
 * An Esplora server (blockstream.info, mempool.space, electrs of one's own): transactions, who spends their outputs, and the history of addresses.
 * Answers come back as bodies for the file importer, so that a fetched fact and a filed one go the same way.
 *
 * Traps of the protocol that are met here: an unknown cursor gives an empty list as if the history had ended, so the count is reconciled; an
 * unreadable one gives the first page again, so every page must bring something new; a busy address is refused or paged at a cost that grows with
 * its length, so pages are limited and the shortfall is said.
 */
import { type Address, type BlockHash, blockHash, SpoorError, type Txid } from '../../ledger/index.ts';
import type { Field } from '../file/field.ts';
import type { Finality } from '../transport/request.ts';
import type { Answer, Transport } from '../transport/transport.ts';
import type { AddressHistory, ChainSource, FetchedBody, Outspend, SourceCapabilities, SourceTip } from './source.ts';
import { checkedRawBlock, finalWhen } from './source-block-check.ts';
import { checkTransaction, pageIds, readAnswer, spendersOf, statedCount } from './source-esplora-answer.ts';

const PAGE_LENGTH = 25;

/** Age up to which a recorded tip serves. */
const RECENT_SEC = 600;

/** How a server that does not state its tip answers. */
const NO_TIP: ReadonlySet<string> = new Set(['NOT_FOUND', 'MALFORMED', 'BLOCK_HASH_INVALID', 'TOO_LARGE']);

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

/** Spends in a block stay as they are. */
function finalWhenSpent(bytes: Buffer): Finality {
  return /"(spent|confirmed)"\s*:\s*false/.test(bytes.toString('latin1')) ? 'tip' : 'final';
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

  /** `read` of an answer to a question; what it refuses is not recorded. Null when the source does not know what was asked about. */
  private async asked<T>(
    question: { path: string; subject: string; what: string; finality?: (bytes: Buffer) => Finality },
    read: (body: Field) => T,
  ): Promise<{ answer: Answer; value: T } | null> {
    const { path, subject, what, finality } = question;
    const readBytes = (bytes: Buffer): T => readAnswer(bytes, { host: this.host, what }, read);
    const answer = await this.transport.ask({
      path,
      subject,
      json: true,
      finality: (bytes) => {
        readBytes(bytes);
        return finality?.(bytes) ?? 'tip';
      },
    });
    return answer.status === 404 ? null : { answer, value: readBytes(answer.bytes) };
  }

  /** One transaction, or null when the source does not know it. Throws MALFORMED when another one comes. */
  async transaction(id: Txid): Promise<FetchedBody | null> {
    const question = { path: `/tx/${id}`, subject: id, what: id, finality: finalWhenConfirmed };
    const asked = await this.asked(question, (body) => checkTransaction(body, id));
    return asked === null ? null : { name: `esplora tx ${id}.json`, format: 'esplora', bytes: asked.answer.bytes };
  }

  /** Who spends the outputs of a transaction, by vout. Null when the source does not know it. Throws MALFORMED. */
  async outspends(id: Txid): Promise<Outspend[] | null> {
    const what = `the outspends of ${id}`;
    const question = { path: `/tx/${id}/outspends`, subject: id, what, finality: finalWhenSpent };
    const asked = await this.asked(question, spendersOf);
    if (asked === null) return null;
    const { answer, value } = asked;
    const asOf = tipOf(answer);
    return value.map((spender) => ({ spender, asOfSec: answer.fetchedSec, asOf }));
  }

  /** Confirmed history of an address, newest first, at most `maxPages` pages of 25. Throws NOT_FOUND, MALFORMED when pages repeat. */
  async history(address: Address, maxPages: number): Promise<AddressHistory> {
    const path = `/address/${address}`;
    const about = await this.asked({ path, subject: address, what: address }, statedCount);
    if (about === null) throw new SpoorError('NOT_FOUND', `${this.host} has nothing at ${path}`);
    const stated = about.value;
    const bodies: FetchedBody[] = [];
    const seen = new Set<string>();
    let asOf = tipOf(about.answer);
    for (let last: string | null = null; bodies.length < maxPages; ) {
      const cursor: string = last === null ? '' : `/${last}`;
      const page = await this.asked({ path: `${path}/txs/chain${cursor}`, subject: address, what: address }, pageIds);
      if (page === null) throw new SpoorError('NOT_FOUND', `${this.host} has nothing at ${path}/txs/chain${cursor}`);
      const { answer, value: ids } = page;
      asOf = earlier(asOf, tipOf(answer));
      if (ids.some((id) => seen.has(id))) throw this.repeated(address);
      for (const id of ids) seen.add(id);
      if (ids.length > 0)
        bodies.push({
          name: `esplora address ${address}${cursor.replace('/', ' after ')}.json`,
          format: 'esplora',
          bytes: answer.bytes,
        });
      if (ids.length < PAGE_LENGTH) break;
      last = ids[ids.length - 1];
    }
    const complete = seen.size === stated;
    return { bodies, transactions: seen.size, stated, complete, asOf, asOfSec: about.answer.fetchedSec };
  }

  private repeated(address: Address): SpoorError {
    return new SpoorError(
      'MALFORMED',
      `${this.host} gives a page of ${address} twice`,
      {},
      '--refresh asks for the pages again',
    );
  }
}
