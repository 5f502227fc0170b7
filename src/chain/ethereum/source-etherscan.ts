/**
 * The Etherscan API v2 (and explorers that speak like it): lists of an account by window of blocks. Page 1 only: a page that is full loses its last block,
 * and the next window starts there, so the limit of 10,000 rows is never met and no block is cut. A block that fills a page alone is read page by page, and
 * flagged where even that has an end. A transaction hash and a range are never asked together (the API refuses that).
 *
 * Failures come with status 200 and a text; "No transactions found" is one of them and means an empty list.
 */
import { type Account, accountHash, NATIVE, SpoorError } from '../../ledger/index.ts';
import {
  type AccountHistoryAnswer,
  type AccountSource,
  type AccountSourceCapabilities,
  type AccountTip,
  type AskedBalance,
  cannotSay,
  Explorer,
  type FetchedAccountBody,
  type HistoryBounds,
} from './source.ts';
import { etherscanError } from './source-file-etherscan.ts';
import { numberOf } from './source-rpc-client.ts';

const LISTS = ['txlist', 'txlistinternal', 'tokentx'] as const;
type List = (typeof LISTS)[number];

/** Since 1 July 2026 a key without plan gets 1,000 rows at most; a longer page would be cut in silence. */
const PAGE_ROWS = 1000;
/** Page times rows may be 10,000 at most. */
const WINDOW_ROWS = 10_000;
/** What means "to the end" in their own examples; the same question on every day, so that its answer is found again. */
const NO_END = 99_999_999;

interface Row {
  readonly blockNumber: string;
  readonly hash: string;
}

/** An explorer asked for one chain, which every question names. */
export class EtherscanSource extends Explorer implements AccountSource {
  readonly kind = 'etherscan';
  readonly capabilities: AccountSourceCapabilities = {
    blocks: false,
    transactions: false,
    addressHistory: true,
    balancesAt: false,
    order: 'partial',
  };

  async tip(): Promise<AccountTip> {
    const query = { module: 'proxy', action: 'eth_getBlockByNumber', tag: 'latest', boolean: 'false' };
    const body = await this.ask(query, null, true);
    const { number, hash } = (body.result ?? {}) as { number?: unknown; hash?: unknown };
    const height = numberOf(number);
    if (height === null) throw this.malformed('its best block', 'has no number');
    return { height, hash: accountHash(hash), finalHeight: null };
  }

  async history(account: Account, bounds: HistoryBounds): Promise<AccountHistoryAnswer> {
    const bodies: FetchedAccountBody[] = [];
    const gaps: string[] = [];
    const hashes = new Set<string>();
    for (const list of LISTS) {
      const walk = new Walk(this, list, account);
      const found = await walk.run(bounds);
      gaps.push(...found.gaps);
      for (const { hash } of found.rows) hashes.add(hash);
      if (found.rows.length > 0) bodies.push(this.body(list, account, found.rows));
    }
    const complete = gaps.length === 0;
    return { bodies, transactions: hashes.size, stated: null, complete, gaps, asOf: null, asOfSec: null };
  }

  /** Ether only, as of now: token balances at a block are an offer for payment. */
  async balances(asked: readonly AskedBalance[]): Promise<FetchedAccountBody[]> {
    const bodies: FetchedAccountBody[] = [];
    for (const { account, asset, blockNumber } of asked) {
      if (asset !== NATIVE || blockNumber !== null)
        throw cannotSay(this.kind, 'a balance of a token, or of a block', 'eth-rpc');
      const answer = await this.ask({ module: 'account', action: 'balance', address: account, tag: 'latest' }, account);
      const bytes = Buffer.from(JSON.stringify(answer));
      const name = `etherscan balance ${account}.json`;
      bodies.push({ name, format: 'etherscan', bytes, chainId: this.chain, account, notes: [] });
    }
    return bodies;
  }

  /** One page of a list; `null` where the server ran out of time and a smaller range may fare better. */
  async page(
    list: List,
    account: Account,
    { start, end, page }: { start: number; end: number; page: number },
  ): Promise<Row[] | null> {
    try {
      const answer = await this.ask(
        {
          module: 'account',
          action: list,
          address: account,
          startblock: String(start),
          endblock: String(end),
          page: String(page),
          offset: String(PAGE_ROWS),
          sort: 'asc',
        },
        account,
      );
      return this.rowsOf(answer.result, { list, start, end });
    } catch (error) {
      if (error instanceof SpoorError && error.code === 'INCOMPLETE') return null;
      throw error;
    }
  }

  private rowsOf(result: unknown, { list, start, end }: { list: List; start: number; end: number }): Row[] {
    if (!Array.isArray(result)) return [];
    let before = start;
    for (const row of result as Array<Partial<Row> | null>) {
      const block = Number(row?.blockNumber);
      if (!Number.isSafeInteger(block) || typeof row?.hash !== 'string')
        throw this.malformed(list, 'holds a row without block or hash');
      if (block < before || block > end)
        throw this.malformed(list, `holds block ${block} where ${before} to ${end} is due`);
      before = block;
    }
    return result as Row[];
  }

  private async ask(
    query: Readonly<Record<string, string>>,
    subject: string | null,
    fresh = false,
  ): Promise<{ status?: unknown; message?: unknown; result?: unknown }> {
    const answer = await this.transport.ask({
      path: '',
      query: { chainid: String(this.chain), ...query },
      fresh,
      finality: (bytes) => (isRefusal(parsed(bytes.toString('utf8'))) ? 'refusal' : 'tip'),
      json: true,
      subject,
      saysRateLimit: (bytes) =>
        /"status"\s*:\s*"0"[\s\S]*(rate limit|calls per sec)/i.test(bytes.toString('utf8', 0, 2048)),
    });
    const body = parsed(answer.bytes.toString('utf8'));
    if (body === null) throw this.malformed(query.action, `is no JSON (status ${answer.status})`);
    if (!isRefusal(body)) return body;
    const { message, result } = body;
    throw etherscanError(`${typeof result === 'string' ? result : String(message)}`);
  }

  private body(list: List, account: Account, rows: readonly Row[]): FetchedAccountBody {
    const bytes = Buffer.from(JSON.stringify({ status: '1', message: 'OK', result: rows }));
    const name = `etherscan ${list} ${account}.json`;
    return { name, format: 'etherscan', bytes, chainId: this.chain, account, notes: [] };
  }

  private malformed(what: string, why: string): SpoorError {
    return new SpoorError('MALFORMED', `the answer of ${this.host} to ${what} ${why}`, {}, 'nothing of it was kept');
  }
}

/** The walk over one list of one account. */
class Walk {
  private readonly source: EtherscanSource;
  private readonly list: List;
  private readonly account: Account;
  private readonly rows: Row[] = [];
  private readonly gaps: string[] = [];

  constructor(source: EtherscanSource, list: List, account: Account) {
    this.source = source;
    this.list = list;
    this.account = account;
  }

  async run({ from, to, maxPages }: HistoryBounds): Promise<{ rows: readonly Row[]; gaps: readonly string[] }> {
    const last = to ?? NO_END;
    let end = last;
    for (let start = from, pages = 0; start <= last; pages += 1) {
      if (pages >= maxPages) return this.endedEarly(start, `${maxPages} pages were asked for at most`);
      const page = await this.source.page(this.list, this.account, { start, end, page: 1 });
      if (page === null) {
        if (start === end) return this.endedEarly(start, 'the server ran out of time over one block');
        end = await this.halved(start, end);
        continue;
      }
      const blocks = end - start + 1;
      start = await this.taken(page, { start, end });
      // After a window that went well the next one may be twice as long.
      if (end !== last) end = Math.min(last, start + 2 * blocks - 1);
    }
    return { rows: this.rows, gaps: this.gaps };
  }

  /** Half of a range; one without end first gets the best block as its end. */
  private async halved(start: number, end: number): Promise<number> {
    const real = end === NO_END ? Math.max(start, (await this.source.tip()).height) : end;
    return start + Math.floor((real - start) / 2);
  }

  /** Takes the rows of whole blocks; the block from which to go on. */
  private async taken(page: readonly Row[], { start, end }: { start: number; end: number }): Promise<number> {
    if (page.length < PAGE_ROWS) {
      this.rows.push(...page);
      return end + 1;
    }
    const lastBlock = Number(page[page.length - 1].blockNumber);
    if (Number(page[0].blockNumber) === lastBlock) return this.wholeBlock(lastBlock);
    this.rows.push(...page.filter(({ blockNumber }) => Number(blockNumber) !== lastBlock));
    return Math.max(start + 1, lastBlock);
  }

  /** One block that fills a page alone: page by page, as far as the server goes. */
  private async wholeBlock(block: number): Promise<number> {
    for (let page = 1; page * PAGE_ROWS <= WINDOW_ROWS; page += 1) {
      const rows = await this.source.page(this.list, this.account, { start: block, end: block, page });
      this.rows.push(...(rows ?? []));
      if (rows !== null && rows.length < PAGE_ROWS) return block + 1;
      if (rows === null) break;
    }
    this.gaps.push(`${this.list}: block ${block} has more rows than the server gives; those beyond are missing`);
    return block + 1;
  }

  private endedEarly(block: number, why: string): { rows: readonly Row[]; gaps: readonly string[] } {
    this.gaps.push(`${this.list}: nothing from block ${block} on, because ${why}`);
    return { rows: this.rows, gaps: this.gaps };
  }
}

interface EtherscanBody {
  readonly status?: unknown;
  readonly message?: unknown;
  readonly result?: unknown;
}

/** An answer that says nothing of what was asked: a key that is wrong, a plan that does not cover it. "No transactions found" has status 0 too, and an empty list. */
function isRefusal(body: EtherscanBody | null): boolean {
  return body?.status === '0' && !Array.isArray(body.result);
}

function parsed(text: string): EtherscanBody | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
