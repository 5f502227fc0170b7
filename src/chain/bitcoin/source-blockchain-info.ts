/**
 * The public explorer of blockchain.info: transactions, blocks, the history of addresses, and who spends an output.
 *
 * Traps that are met here: numbers may come as text; a page may come twice, or short although more is stated; an error may come as a page of HTML or
 * as an object with status 200; a spender is named by the explorer's own number, which newer answers make from a part of the id and which may
 * therefore mean another transaction: the one that comes must spend the output. Of a spent output without the name of its spender nothing is said, and
 * never that it is unspent.
 */
import { type Address, type BlockHash, SpoorError, type Txid } from '../../ledger/index.ts';
import { Field, INDEX_MAX, wholeTextField } from '../file/field.ts';
import { DecimalText, parseJson, textOfBytes } from '../file/json.ts';
import type { AnswerFinality, Finality } from '../transport/request.ts';
import type { Answer, Transport } from '../transport/transport.ts';
import { blockHashField, txidField } from './fields.ts';
import {
  type AddressHistory,
  type ChainSource,
  type FetchedBody,
  type Outspend,
  type SourceCapabilities,
  type SourceTip,
  unsaidOutspend,
} from './source.ts';

const PAGE_LENGTH = 50;

const count = (field: Field) => wholeTextField(field, INDEX_MAX);

function fieldOf(bytes: Buffer, what: string): Field {
  const file = `the answer about ${what}`;
  return new Field(parseJson(textOfBytes(bytes, { file }), file), '', { file });
}

/** Errors are short. */
const MAX_ERROR_BYTES = 65_536;

/** What is made of an answer with status 200: an error other than "there is no such thing" says nothing of what was asked. */
function unlessRefused(finality: (bytes: Buffer) => Finality): (bytes: Buffer) => AnswerFinality {
  return (bytes) => {
    const said = bytes.length > MAX_ERROR_BYTES ? null : saidError(fieldOf(bytes, 'an error'));
    return said === null || NOT_FOUND.test(said) ? finality(bytes) : 'refusal';
  };
}

const NOT_FOUND = /not.?found/i;
const momentary = unlessRefused(() => 'tip');

/** The error that an answer with status 200 says, or null. */
function saidError(body: Field): string | null {
  if (!body.has('error') || body.has('hash') || body.has('txs')) return null;
  return String(body.at('error').value).slice(0, 200);
}

/** The answer as a value, or null where the source says that it knows nothing of the kind. Throws MALFORMED for anything but JSON. */
function bodyOf(answer: Answer, what: string): Field | null {
  if (answer.status === 404) return null;
  const body = fieldOf(answer.bytes, what);
  const said = saidError(body);
  if (said !== null) {
    if (NOT_FOUND.test(said)) return null;
    throw new SpoorError('SOURCE_FAILED', `the source refuses the question about ${what}: ${said}`);
  }
  return body;
}

/** The explorer's number of a transaction as digits, whatever it is written as. */
function numberText(field: Field): string {
  const { value } = field;
  const text = value instanceof DecimalText ? value.text : String(value);
  if (!/^\d{1,20}$/.test(text)) throw field.error('not a number of a transaction');
  return text;
}

/** A transaction stays as it is once it is in a block and nothing about it can change: all of its outputs are spent. */
function finalWhenSpent(bytes: Buffer): Finality {
  const text = bytes.toString('latin1');
  return /"block_height"\s*:\s*"?\d/.test(text) && !/"spent"\s*:\s*false/.test(text) ? 'final' : 'tip';
}

/** The explorer. */
export class BlockchainInfoSource implements ChainSource {
  readonly kind = 'blockchain-info';
  readonly capabilities: SourceCapabilities = { blocks: true, addressHistory: true, outspends: true, order: 'height' };
  private readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  get host(): string {
    return this.transport.host;
  }

  /** Best block. Throws MALFORMED. */
  async tip(): Promise<SourceTip> {
    const body = await this.moment('/latestblock', 'the latest block');
    return { height: count(body.at('height')), hash: blockHashField(body.at('hash')) };
  }

  /** Hash of the block at a height. Throws NOT_FOUND. */
  async blockHash(height: number): Promise<BlockHash> {
    const body = await this.moment(`/block-height/${height}`, `the block at height ${height}`, { format: 'json' });
    const best = body
      .at('blocks')
      .items()
      .find((block) => block.at('main_chain').value !== false);
    if (best === undefined) throw this.notFound(`block at height ${height}`);
    return blockHashField(best.at('hash'));
  }

  /** One block with its transactions. Throws NOT_FOUND, also for a block that is not in the best chain. */
  async block(hash: BlockHash): Promise<FetchedBody> {
    const answer = await this.transport.ask({
      path: `/rawblock/${hash}`,
      finality: momentary,
      json: true,
      subject: null,
    });
    const body = bodyOf(answer, `block ${hash}`);
    if (body === null || body.at('main_chain').value === false) throw this.notFound(`block ${hash} in its best chain`);
    if (blockHashField(body.at('hash')) !== hash) throw body.at('hash').error(`another block than ${hash}`);
    return { name: `blockchain.info block ${hash}.json`, format: 'blockchain-info', bytes: answer.bytes };
  }

  /** One transaction, or null when the source does not know it. Throws MALFORMED when another one comes. */
  async transaction(id: Txid): Promise<FetchedBody | null> {
    const answer = await this.rawTransaction(id, id);
    const body = bodyOf(answer, id);
    if (body === null) return null;
    if (txidField(body.at('hash')) !== id) throw body.at('hash').error(`another transaction than ${id}`);
    return { name: `blockchain.info tx ${id}.json`, format: 'blockchain-info', bytes: answer.bytes };
  }

  /**
   * Who spends the outputs of a transaction, by vout: one question for each spender that is named. Null when the source does not know the
   * transaction. Of an output that is spent by it does not say whom it cannot be said.
   */
  async outspends(id: Txid): Promise<Outspend[] | null> {
    const answer = await this.rawTransaction(id, id);
    const body = bodyOf(answer, id);
    if (body === null) return null;
    const outputs = [...body.at('out').items()].sort((a, b) => count(a.at('n')) - count(b.at('n')));
    const outspends: Outspend[] = [];
    for (const [vout, out] of outputs.entries()) {
      if (count(out.at('n')) !== vout) throw out.at('n').error(`output ${vout} is missing`);
      const { fetchedSec: asOfSec } = answer;
      const own = numberText(body.at('tx_index'));
      outspends.push(
        out.at('spent').flag()
          ? await this.spenderOf(id, out, own).then((spender) => ({ spender, asOfSec }), unsaidOutspend)
          : { spender: null, asOfSec },
      );
    }
    return outspends;
  }

  /** The spender an output names, once it has been seen to spend it; null while no block holds it. */
  private async spenderOf(id: Txid, out: Field, ownNumber: string): Promise<Txid | null> {
    const n = count(out.at('n'));
    const named = out.at('spending_outpoints').isList ? out.at('spending_outpoints').items() : [];
    const what = `who spends output ${n} of ${id}`;
    if (named.length === 0) throw this.unknownSpender(what);
    const answer = await this.rawTransaction(numberText(named[0].at('tx_index')), id);
    const spender = bodyOf(answer, what);
    if (spender === null) throw this.unknownSpender(what);
    const spends = spender
      .at('inputs')
      .items()
      .map((input) => input.at('prev_out'))
      .some((spent) => !spent.isNone && count(spent.at('n')) === n && numberText(spent.at('tx_index')) === ownNumber);
    if (!spends)
      throw spender.error(`the transaction that is named as the one that spends output ${n} of ${id} does not`);
    return spender.at('block_height').isNone ? null : txidField(spender.at('hash'));
  }

  /**
   * Confirmed history of an address, newest first, at most `maxPages` pages of 50. `n_tx` counts unconfirmed transactions too, so those that are seen
   * are taken off. Throws MALFORMED when a page brings nothing new.
   */
  async history(address: Address, maxPages: number): Promise<AddressHistory> {
    if (maxPages === 0) return this.length(address);
    const bodies: FetchedBody[] = [];
    const seen = new Set<Txid>();
    let unconfirmed = 0;
    let stated = 0;
    while (bodies.length < maxPages) {
      const offset = bodies.length * PAGE_LENGTH;
      const answer = await this.transport.ask({
        path: `/rawaddr/${address}`,
        query: { limit: String(PAGE_LENGTH), offset: String(offset) },
        finality: momentary,
        json: true,
        subject: address,
      });
      const body = bodyOf(answer, address);
      if (body === null) throw this.notFound(`address ${address}`);
      stated = count(body.at('n_tx'));
      const txs = body.at('txs').items();
      const before = seen.size;
      for (const tx of txs) {
        const id = txidField(tx.at('hash'));
        if (!seen.has(id) && tx.at('block_height').isNone) unconfirmed += 1;
        seen.add(id);
      }
      if (txs.length > 0 && seen.size === before)
        throw new SpoorError('MALFORMED', `${this.host} gives a page of ${address} twice`);
      if (txs.length > 0)
        bodies.push({
          name: `blockchain.info address ${address} from ${offset}.json`,
          format: 'blockchain-info',
          bytes: answer.bytes,
        });
      if (txs.length < PAGE_LENGTH) break;
    }
    const transactions = seen.size - unconfirmed;
    return { bodies, transactions, stated: stated - unconfirmed, complete: seen.size === stated };
  }

  /** The stated count alone; unconfirmed transactions are in it. */
  private async length(address: Address): Promise<AddressHistory> {
    const query = { limit: '1', offset: '0' };
    const answer = await this.transport.ask({
      path: `/rawaddr/${address}`,
      query,
      finality: momentary,
      json: true,
      subject: address,
    });
    const body = bodyOf(answer, address);
    if (body === null) throw this.notFound(`address ${address}`);
    return { bodies: [], transactions: 0, stated: count(body.at('n_tx')), complete: false, asOfSec: answer.fetchedSec };
  }

  /** A transaction by id or by the explorer's number. The answer about outputs and the one about the transaction are the same, asked once. */
  private rawTransaction(name: string, subject: Txid): Promise<Answer> {
    return this.transport.ask({ path: `/rawtx/${name}`, finality: unlessRefused(finalWhenSpent), json: true, subject });
  }

  private async moment(path: string, what: string, query?: Record<string, string>): Promise<Field> {
    const request = { path, finality: momentary, json: true, fresh: true, subject: null } as const;
    const body = bodyOf(await this.transport.ask(query === undefined ? request : { ...request, query }), what);
    if (body === null) throw this.notFound(what);
    return body;
  }

  private notFound(what: string): SpoorError {
    return new SpoorError('NOT_FOUND', `${this.host} knows no ${what}`);
  }

  private unknownSpender(what: string): SpoorError {
    return new SpoorError(
      'INCOMPLETE',
      `${this.host} says that the output is spent, but not ${what}`,
      {},
      'ask a source that names spenders, for example esplora',
    );
  }
}
