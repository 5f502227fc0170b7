/**
 * An Electrum server (ElectrumX, Fulcrum, electrs): history of scripts in chain order, raw transactions, proofs of their place. What it says is checked
 * on arrival: a transaction hashes to its id, a proof leads to the merkle root of a header, the header meets its target, the chain is one we know. What
 * it leaves out cannot be checked: a spend it hides looks unspent, and a history it shortens looks whole.
 *
 * Histories come whole or are refused ("history too large"). Answers become spoor lines, because raw bytes alone say no block.
 */
import { type Address, type BlockHash, SpoorError, type TransactionRecord, type Txid } from '../../ledger/index.ts';
import type { Transport } from '../transport/transport.ts';
import { checkAddress } from './address.ts';
import type { DecodedTransaction } from './decode.ts';
import { isProvablyUnspendable } from './script.ts';
import {
  type AddressHistory,
  type ChainSource,
  cannot,
  type FetchedBody,
  type Outspend,
  type SourceCapabilities,
  type SourceTip,
  unsaidOutspend,
} from './source.ts';
import { ElectrumClient } from './source-electrum-client.ts';
import { SPOOR_LEDGER_SCHEMA, spoorBlockLine, spoorLine } from './source-file-spoor.ts';

/** Transactions that count as one page of a history. */
const PAGE_LENGTH = 25;
/** Most transactions looked through for the spender of one output, and most spent transactions fetched for the values of one. */
const MAX_CANDIDATES = 500;
const MAX_PREVOUTS = 500;

/** A server of this protocol. */
export class ElectrumSource implements ChainSource {
  readonly kind = 'electrum';
  readonly capabilities: SourceCapabilities = { blocks: false, addressHistory: true, outspends: true, order: 'total' };
  private readonly client: ElectrumClient;

  constructor(transport: Transport) {
    this.client = new ElectrumClient(transport);
  }

  get host(): string {
    return this.client.host;
  }

  /** Best block. Throws MALFORMED, HASH_MISMATCH. */
  async tip(): Promise<SourceTip> {
    return this.client.tip();
  }

  /** Hash of the block at a height. Throws NOT_FOUND, MALFORMED, HASH_MISMATCH. */
  async blockHash(height: number): Promise<BlockHash> {
    return (await this.client.header(height, { fresh: true })).hash;
  }

  /** Not offered: the protocol has no blocks. */
  async block(_: BlockHash): Promise<FetchedBody> {
    throw cannot(this.kind, 'whole blocks', ['core-rpc', 'core-rest']);
  }

  /** One transaction, with its place where a history names it. Null when the server does not know it. Throws HASH_MISMATCH, MALFORMED. */
  async transaction(id: Txid): Promise<FetchedBody | null> {
    const decoded = await this.client.raw(id, id);
    if (decoded === null) return null;
    return this.body(decoded, await this.heightOf(decoded));
  }

  /** Who spends the outputs of a transaction, by vout: searched in the histories of their scripts. Of a busy one it cannot be said. */
  async outspends(id: Txid): Promise<Outspend[] | null> {
    const decoded = await this.client.raw(id, id);
    if (decoded === null) return null;
    const found: Outspend[] = [];
    for (const [vout, output] of decoded.record.outputs.entries()) {
      const script = Buffer.from(output.scriptPubKey ?? '', 'hex');
      found.push(await this.outspend({ id, vout }, script).catch(unsaidOutspend));
    }
    return found;
  }

  /** Confirmed history of an address, its newest `maxPages` times 25 transactions. Throws TOO_LARGE, MALFORMED, HASH_MISMATCH. */
  async history(address: Address, maxPages: number): Promise<AddressHistory> {
    const { network } = await this.client.chain();
    const { scriptPubKey } = checkAddress(address, network);
    const { entries } = await this.client.historyOf(scriptPubKey, address);
    const confirmed = entries.filter(({ height }) => height > 0);
    const taken = confirmed.slice(Math.max(0, confirmed.length - maxPages * PAGE_LENGTH));
    const bodies: FetchedBody[] = [];
    for (const { txid: id, height } of taken) {
      const decoded = await this.client.raw(id, address);
      if (decoded === null) throw this.client.malformed(`names ${id} in a history and does not know it`);
      bodies.push(await this.body(decoded, height));
    }
    const { length } = confirmed;
    return { bodies, transactions: bodies.length, stated: length, complete: bodies.length === length };
  }

  /** Height of a transaction by the history of one of its scripts, null when it is in no block. Throws TOO_LARGE when all of them are too long. */
  private async heightOf({ record }: DecodedTransaction): Promise<number | null> {
    const scripts = record.outputs.map(({ scriptPubKey }) => Buffer.from(scriptPubKey ?? '', 'hex'));
    let tooLarge: SpoorError | null = null;
    for (const script of scripts.filter((one) => !isProvablyUnspendable(one))) {
      try {
        const { entries } = await this.client.historyOf(script, record.txid);
        const entry = entries.find(({ txid: id }) => id === record.txid);
        if (entry === undefined)
          throw this.client.malformed(`leaves ${record.txid} out of the history of a script it pays`);
        return entry.height > 0 ? entry.height : null;
      } catch (error) {
        if (!(error instanceof SpoorError) || error.code !== 'TOO_LARGE') throw error;
        tooLarge = error;
      }
    }
    if (tooLarge !== null) throw tooLarge;
    return null;
  }

  private async outspend(of: { id: Txid; vout: number }, script: Buffer): Promise<Outspend> {
    if (isProvablyUnspendable(script)) return { spender: null, asOfSec: 0 };
    const { entries, asOfSec } = await this.client.historyOf(script, of.id);
    const own = entries.findIndex(({ txid: id }) => id === of.id);
    if (own < 0) throw this.client.malformed(`leaves ${of.id} out of the history of a script it pays`);
    const candidates = entries.slice(own + 1).filter(({ height }) => height > 0);
    for (const { txid: id } of candidates.slice(0, MAX_CANDIDATES)) {
      const decoded = await this.client.raw(id, of.id);
      const spends = decoded?.record.inputs.some(
        ({ prevTxid, prevVout }) => prevTxid === of.id && prevVout === of.vout,
      );
      if (spends === true) return { spender: id, asOfSec };
    }
    if (candidates.length <= MAX_CANDIDATES) return { spender: null, asOfSec };
    throw new SpoorError(
      'TOO_LARGE',
      `the spender of ${of.id}:${of.vout} is not among the first ${MAX_CANDIDATES} of ${candidates.length} later transactions of its script`,
      {},
      'this is a busy address; ask an esplora server who spends it',
    );
  }

  /** A transaction with the outputs it spends, its place proved, as spoor lines; one that no block holds is left out, as in every format. */
  private async body(decoded: DecodedTransaction, height: number | null): Promise<FetchedBody> {
    const { record } = decoded;
    const origin = 'electrum: txid hashed anew, place proved by a merkle branch to a header with work';
    const lines = [JSON.stringify({ schema: SPOOR_LEDGER_SCHEMA, origin })];
    if (height !== null) {
      const { header, position } = await this.client.place(decoded, height);
      const { hash: blockHash, timestampSec } = header;
      const inputs = await this.withPrevouts(record);
      // Scripts say their address on every network; the reader renders it.
      const outputs = record.outputs.map((output) => ({ ...output, address: null }));
      lines.push(
        spoorBlockLine(header),
        spoorLine({ ...record, inputs, outputs, height, blockHash, position, timestampSec }),
      );
    }
    return { name: `electrum tx ${record.txid}.jsonl`, format: 'spoor', bytes: Buffer.from(`${lines.join('\n')}\n`) };
  }

  /** Inputs with the outputs they spend, each taken from a transaction that hashes to the id it is spent by. Above the cap they stay unknown. */
  private async withPrevouts({ inputs, coinbase, txid: id }: TransactionRecord): Promise<TransactionRecord['inputs']> {
    const spent = new Set(inputs.flatMap(({ prevTxid }) => prevTxid ?? []));
    if (coinbase || spent.size > MAX_PREVOUTS) return inputs;
    const outputs = new Map<Txid, TransactionRecord['outputs']>();
    for (const prev of spent) outputs.set(prev, (await this.client.raw(prev, id))?.record.outputs ?? []);
    return inputs.map((input, vin) => {
      const of = input.prevTxid === null ? [] : (outputs.get(input.prevTxid) ?? []);
      const output = of[input.prevVout ?? 0];
      if (output === undefined && of.length > 0)
        throw new SpoorError(
          'MALFORMED',
          `input ${vin} of ${id} spends an output that ${input.prevTxid} does not have`,
        );
      return output === undefined ? input : { ...input, valueSat: output.valueSat, prevScript: output.scriptPubKey };
    });
  }
}
