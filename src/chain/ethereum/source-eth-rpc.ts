/**
 * An Ethereum node over JSON-RPC: whole blocks with receipts and traces, single transactions, balances at a block, histories by logs. No filters are made
 * on the node (hosted ones refuse them). Each block is held to its own hash before it is believed or kept for good; traces are held to the block.
 */
import { type Account, type AccountHash, type Asset, accountHash, NATIVE, SpoorError } from '../../ledger/index.ts';
import type { Finality } from '../transport/request.ts';
import type { Transport } from '../transport/transport.ts';
import { type Claimed, proveBlock, proveReceipts, transactionOf } from './block-proof.ts';
import { rpcLine } from './rpc-line.ts';
import type {
  AccountBlockAnswer,
  AccountHistoryAnswer,
  AccountSource,
  AccountSourceCapabilities,
  AccountTip,
  AskedBalance,
  FetchedAccountBody,
  HistoryBounds,
} from './source.ts';
import { collectLogs } from './source-eth-logs.ts';
import { Tracer } from './source-eth-trace.ts';
import { EthRpcClient, numberOf, quantity, type RpcQuestion, refusal } from './source-rpc-client.ts';

/** Chains whose headers, transactions and receipts are Ethereum's own: on them a block that cannot be proved is a lie. */
const PROVABLE: ReadonlySet<number> = new Set([1, 11_155_111, 17_000, 560_048, 31_337]);
/** keccak256 of Transfer(address,address,uint256). */
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
/** First four bytes of keccak256 of balanceOf(address). */
const BALANCE_OF = '0x70a08231';

/** A node asked by JSON-RPC. `chainId` is the chain that is expected, null for whichever it serves. */
export class EthRpcSource implements AccountSource {
  readonly kind = 'eth-rpc';
  readonly capabilities: AccountSourceCapabilities = {
    blocks: true,
    transactions: true,
    addressHistory: true,
    balancesAt: true,
    order: 'total',
  };
  private readonly transport: Transport;
  private readonly client: EthRpcClient;
  private readonly tracer: Tracer;
  private readonly expected: number | null;
  private chain: number | null = null;
  private finalHeight: number | null = null;

  constructor(transport: Transport, chainId: number | null = null) {
    this.transport = transport;
    this.client = new EthRpcClient(transport);
    this.tracer = new Tracer(this.client);
    this.expected = chainId;
  }

  get host(): string {
    return this.transport.host;
  }

  async chainId(): Promise<number> {
    if (this.chain !== null) return this.chain;
    const { result } = await this.client.need(
      { method: 'eth_chainId', params: [], finality: 'final', holds: (value) => void this.checkedChain(value) },
      'its chain',
    );
    this.chain = this.checkedChain(result);
    return this.chain;
  }

  private checkedChain(result: unknown): number {
    const found = numberOf(result);
    if (found === null) throw this.malformed('its chain id', 'is no number');
    if (this.expected === null || this.expected === found) return found;
    throw new SpoorError(
      'SOURCES_DISAGREE',
      `${this.host} serves chain ${found}, not chain ${this.expected}`,
      {},
      'a case holds one chain: name the node of that chain, or another --case',
    );
  }

  async tip(): Promise<AccountTip> {
    const latest = objectOf(await this.blockByTag('latest'));
    const height = numberOf(latest.number);
    if (height === null) throw this.malformed('its best block', 'has no number');
    this.finalHeight = numberOf(objectOf(await this.blockByTag('finalized')).number);
    return { height, hash: accountHash(latest.hash), finalHeight: this.finalHeight };
  }

  /** A node without finality says -39001, or that it does not know the tag: null. */
  private async blockByTag(tag: 'latest' | 'finalized'): Promise<unknown> {
    const reply = await this.client.ask({ method: 'eth_getBlockByNumber', params: [tag, false], finality: 'tip' });
    if (reply.failure === null) return reply.result;
    if (tag === 'finalized') return null;
    throw refusal(this.host, 'its best block', reply.failure);
  }

  async blockHash(number: number): Promise<AccountHash | null> {
    const { result } = await this.client.need(
      { method: 'eth_getBlockByNumber', params: [quantity(number), false], finality: 'tip' },
      `block ${number}`,
    );
    if (result === null) return null;
    const { hash, number: stated } = objectOf(result);
    if (numberOf(stated) !== number) throw this.malformed(`block ${number}`, `is of block ${numberOf(stated)}`);
    return accountHash(hash);
  }

  async block(number: number, traces = true): Promise<AccountBlockAnswer> {
    const chainId = await this.chainId();
    const question: RpcQuestion = {
      method: 'eth_getBlockByNumber',
      params: [quantity(number), true],
      finality: this.finalityOf(number),
      holds: (result) => this.checkBlock(number, objectOf(result)),
    };
    const header = await this.client.need(question, `block ${number}`);
    if (header.result === null) throw new SpoorError('NOT_FOUND', `${this.host} has no block ${number}`);
    const block = objectOf(header.result);
    const receipts = await this.receipts(chainId, block);
    const traced = traces
      ? await this.tracer.trace({ chainId, block, receipts: receipts.list })
      : { lines: '', method: null };
    const notes = [
      ...(this.isProvable
        ? []
        : [`block ${number} is the word of ${this.host}: the rules of its chain are not known here`]),
      ...(traced.method === null ? [`${this.host} does not trace: moves inside of transactions are not known`] : []),
      ...(traced.method === 'ots'
        ? ['moves inside of transactions come without frames; balances must prove them']
        : []),
    ];
    const text = rpcLine(chainId, question, header.text) + receipts.lines + traced.lines;
    return {
      number,
      hash: accountHash(block.hash),
      parentHash: accountHash(block.parentHash),
      body: this.body(`block ${number} ${String(block.hash)}`, text, { chainId, notes }),
      proved: this.isProvable,
      traced: traced.method,
    };
  }

  private finalityOf(number: number): Finality {
    return this.finalHeight !== null && number <= this.finalHeight ? 'final-range' : 'tip';
  }

  private checkBlock(number: number, block: Claimed): void {
    if (numberOf(block.number) !== number)
      throw this.malformed(`block ${number}`, `is of block ${numberOf(block.number)}`);
    this.checkHashes(number, block, null);
  }

  /** Whether the rules of the chain are known here, so that whatever cannot be proved is a lie. */
  private get isProvable(): boolean {
    return PROVABLE.has(this.chain ?? 0);
  }

  /** Throws HASH_MISMATCH where the block, or its receipts, contradict its hash or cannot be read, on a chain whose rules are known. */
  private checkHashes(number: number, block: Claimed, receipts: readonly Claimed[] | null): void {
    if (!this.isProvable) return;
    const { lies, unknown } = receipts === null ? proveBlock(block) : proveReceipts(block, receipts);
    const wrong = [...lies, ...unknown];
    if (wrong.length === 0) return;
    throw new SpoorError(
      'HASH_MISMATCH',
      `${this.host} gives block ${number} that is not the one of its hash: ${wrong.slice(0, 3).join('; ')}`,
      {},
      'nothing of it was kept; ask another source, or --refresh if this one has been set right',
    );
  }

  private async receipts(chainId: number, block: Claimed): Promise<{ list: readonly Claimed[]; lines: string }> {
    const transactions = listOf(block.transactions);
    if (transactions.length === 0) return { list: [], lines: '' };
    const number = Number(block.number);
    const question: RpcQuestion = {
      method: 'eth_getBlockReceipts',
      params: [block.hash],
      finality: 'final',
      holds: (result) => this.checkHashes(number, block, listOf(result)),
    };
    const reply = await this.client.ask(question);
    if (reply.failure === null && Array.isArray(reply.result))
      return { list: listOf(reply.result), lines: rpcLine(chainId, question, reply.text) };
    if (reply.failure?.kind === 'pruned') throw refusal(this.host, `receipts of block ${number}`, reply.failure);
    return this.singleReceipts(chainId, block, transactions);
  }

  private async singleReceipts(
    chainId: number,
    block: Claimed,
    transactions: readonly Claimed[],
  ): Promise<{ list: readonly Claimed[]; lines: string }> {
    const number = Number(block.number);
    const calls = transactions.map(({ hash }) => ({ method: 'eth_getTransactionReceipt', params: [hash] }));
    const replies = await this.client.many(calls, { finality: 'final', subject: null });
    const lines: string[] = [];
    const list = replies.map((reply, index) => {
      if (reply.failure !== null) throw refusal(this.host, `a receipt of block ${number}`, reply.failure);
      if (reply.result === null) {
        throw new SpoorError(
          'INCOMPLETE',
          `${this.host} has no receipt of transaction ${index} of block ${number}`,
          {},
          'the block may have been reorganised away; run the command again',
        );
      }
      lines.push(rpcLine(chainId, calls[index], reply.text));
      return objectOf(reply.result);
    });
    this.checkHashes(number, block, list);
    return { list, lines: lines.join('') };
  }

  async transaction(hash: AccountHash): Promise<FetchedAccountBody | null> {
    const chainId = await this.chainId();
    const question = { method: 'eth_getTransactionByHash', params: [hash], finality: 'tip' as const, subject: hash };
    const found = await this.client.need({ ...question, reuse: true }, `transaction ${hash}`);
    const transaction = objectOf(found.result);
    if (found.result === null || typeof transaction.blockHash !== 'string') return null;
    this.checkTransaction(hash, transaction);
    const asked: RpcQuestion[] = [
      { method: 'eth_getBlockByHash', params: [transaction.blockHash, false], finality: 'final' },
      { method: 'eth_getTransactionReceipt', params: [hash], finality: 'final', subject: hash },
    ];
    const lines = [rpcLine(chainId, question, found.text)];
    const results: Claimed[] = [];
    for (const one of asked) {
      const { text, result } = await this.client.need(one, `transaction ${hash}`);
      if (result === null)
        throw new SpoorError('INCOMPLETE', `${this.host} has no ${one.method} of transaction ${hash}`);
      lines.push(rpcLine(chainId, one, text));
      results.push(objectOf(result));
    }
    const [, receipt] = results;
    if (receipt.transactionHash !== hash || receipt.blockHash !== transaction.blockHash)
      throw this.malformed(`the receipt of transaction ${hash}`, 'is of another transaction or block');
    const traced = await this.tracer.traceOne(chainId, transaction, receipt);
    const notes = traced.method === null ? [`${this.host} does not trace transaction ${hash}`] : [];
    return this.body(`transaction ${hash}`, lines.join('') + traced.lines, { chainId, notes });
  }

  /** The signed fields hash to what was asked for. Throws HASH_MISMATCH. */
  private checkTransaction(asked: AccountHash, transaction: Claimed): void {
    if (!this.isProvable) return;
    const { hash, from } = transactionOf(transaction);
    if (hash === asked && from?.toLowerCase() === String(transaction.from).toLowerCase()) return;
    throw new SpoorError(
      'HASH_MISMATCH',
      `${this.host} was asked for transaction ${asked} and gives ${hash} of ${from}`,
    );
  }

  /** By token logs, and by trace_filter where the node has it; the rest of the ether is then a gap. */
  async history(account: Account, { from, to }: HistoryBounds): Promise<AccountHistoryAnswer> {
    const tip = await this.tip();
    const last = Math.min(to ?? tip.height, tip.height);
    const range = { from, to: last, finalHeight: tip.finalHeight, subject: account };
    const word = `0x${account.slice(2).padStart(64, '0')}`;
    const sent = await collectLogs(this.client, { topics: [TRANSFER, word] }, range);
    const got = await collectLogs(this.client, { topics: [TRANSFER, null, word] }, range);
    const ether = await this.etherOf(account, { from, to: last });
    const hashes = new Set([...sent.logs, ...got.logs].map(({ transactionHash }) => transactionHash));
    for (const hash of ether ?? []) hashes.add(hash);
    const bodies: FetchedAccountBody[] = [];
    for (const hash of hashes) {
      const body = await this.transaction(accountHash(hash));
      if (body !== null) bodies.push(body);
    }
    const missing = [...new Set([...sent.missing, ...got.missing])].sort((a, b) => a - b);
    const gaps = [
      ...(missing.length === 0 ? [] : [`${this.host} gives no logs of blocks ${missing.join(', ')}`]),
      ...(ether === null
        ? [`${this.host} cannot say which ether ${account} moved: fetch whole blocks, or ask an explorer`]
        : []),
    ];
    const asOf = { height: last, hash: last === tip.height ? tip.hash : ((await this.blockHash(last)) ?? tip.hash) };
    const outcome = { bodies, transactions: hashes.size, stated: null, complete: gaps.length === 0, gaps };
    return { ...outcome, asOf, asOfSec: null };
  }

  /** Hashes of transactions in which ether moved from or to an account, or null where the node keeps no such index. */
  private async etherOf(account: Account, { from, to }: { from: number; to: number }): Promise<string[] | null> {
    const hashes: string[] = [];
    for (const side of ['fromAddress', 'toAddress']) {
      const reply = await this.client.ask({
        method: 'trace_filter',
        params: [{ fromBlock: quantity(from), toBlock: quantity(to), [side]: [account] }],
        finality: this.finalHeight !== null && to <= this.finalHeight ? 'final-range' : 'tip',
        subject: account,
        reuse: true,
      });
      if (reply.failure !== null || !Array.isArray(reply.result)) return null;
      hashes.push(
        ...listOf(reply.result).flatMap(({ transactionHash: hash }) => (typeof hash === 'string' ? [hash] : [])),
      );
    }
    return hashes;
  }

  async balances(asked: readonly AskedBalance[]): Promise<FetchedAccountBody[]> {
    if (asked.length === 0) return [];
    const chainId = await this.chainId();
    const tip = asked.some(({ blockNumber }) => blockNumber === null) ? await this.tip() : null;
    const calls = asked.map(({ account, asset, blockNumber }) =>
      balanceCall(account, asset, quantity(blockNumber ?? tip?.height ?? 0)),
    );
    const isFinal = asked.every(({ blockNumber }) => blockNumber !== null && this.finalityOf(blockNumber) !== 'tip');
    const subject =
      asked.length === 1
        ? asked[0].account
        : `balances of ${new Set(asked.map(({ account }) => account)).size} accounts`;
    const replies = await this.client.many(calls, { finality: isFinal ? 'final-range' : 'tip', subject });
    const lines = replies.map((reply, index) => {
      if (reply.failure === null) return rpcLine(chainId, calls[index], reply.text);
      throw refusal(
        this.host,
        `the balance of ${asked[index].account} at block ${asked[index].blockNumber}`,
        reply.failure,
      );
    });
    return [
      this.body(`balances ${asked[0].account} and ${asked.length - 1} more`, lines.join(''), { chainId, notes: [] }),
    ];
  }

  private body(
    name: string,
    text: string,
    { chainId, notes }: { chainId: number; notes: readonly string[] },
  ): FetchedAccountBody {
    const bytes = Buffer.from(text, 'utf8');
    return { name: `eth-rpc ${name}.jsonl`, format: 'ethereum-rpc', bytes, chainId, account: null, notes };
  }

  private malformed(what: string, why: string): SpoorError {
    return new SpoorError('MALFORMED', `the answer of ${this.host} about ${what} ${why}`, {}, 'nothing of it was kept');
  }
}

function balanceCall(account: Account, asset: Asset, block: string): { method: string; params: readonly unknown[] } {
  if (asset === NATIVE) return { method: 'eth_getBalance', params: [account, block] };
  const data = `${BALANCE_OF}${account.slice(2).padStart(64, '0')}`;
  return { method: 'eth_call', params: [{ to: asset, data }, block] };
}

function objectOf(value: unknown): Claimed {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claimed) : {};
}

function listOf(value: unknown): readonly Claimed[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
