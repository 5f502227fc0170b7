/**
 * A Blockscout server (API v2, `--url https://HOST/api/v2`): lists of an account by keyset pages, newest first. What the server says the next page is goes
 * back as it came; no `limit`, which version 12 refuses. Tokens it takes for scams are asked for too, because evidence leaves out nothing.
 *
 * An answer may say that moves inside of transactions are not processed yet: that is INCOMPLETE, never an empty list.
 */
import { type Account, NATIVE, SpoorError } from '../../ledger/index.ts';
import { tooDeepAt } from '../transport/depth.ts';
import type { Answer } from '../transport/transport.ts';
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

const LISTS = ['transactions', 'internal-transactions', 'token-transfers'] as const;
type List = (typeof LISTS)[number];

/** Headers of every question: hide nothing. */
export const BLOCKSCOUT_HEADERS = { 'show-scam-tokens': 'true' } as const;

interface Item {
  readonly hash?: unknown;
  readonly transaction_hash?: unknown;
  readonly block_number?: unknown;
  readonly block?: unknown;
}

interface Found {
  readonly items: readonly Item[];
  readonly gaps: readonly string[];
  readonly asOf: { readonly height: number; readonly hash: string } | null;
  readonly asOfSec: number | null;
}

/** An explorer of one chain. It does not say which: the chain is the user's word. */
export class BlockscoutSource extends Explorer implements AccountSource {
  readonly kind = 'blockscout';
  readonly capabilities: AccountSourceCapabilities = {
    blocks: false,
    transactions: false,
    addressHistory: true,
    balancesAt: false,
    order: 'per-asset',
  };

  async tip(): Promise<AccountTip> {
    throw cannotSay(this.kind, 'which blocks are final', 'eth-rpc');
  }

  async history(account: Account, bounds: HistoryBounds): Promise<AccountHistoryAnswer> {
    const stated = await this.stated(account);
    const bodies: FetchedAccountBody[] = [];
    const gaps: string[] = [...(await this.indexing())];
    const hashes = new Set<string>();
    let asOf: Found['asOf'] = null;
    let asOfSec: number | null = null;
    for (const list of LISTS) {
      const found = await this.list(list, account, bounds);
      gaps.push(...found.gaps);
      asOf ??= found.asOf;
      asOfSec ??= found.asOfSec;
      for (const { hash, transaction_hash: of } of found.items) hashes.add(String(of ?? hash));
      if (list === 'transactions' && bounds.from === 0 && bounds.to === null && found.items.length < (stated ?? 0))
        gaps.push(`${list}: ${found.items.length} came, and the server counts ${stated}`);
      if (found.items.length > 0) bodies.push(this.body(list, account, { items: found.items, next_page_params: null }));
    }
    return { bodies, transactions: hashes.size, stated, complete: gaps.length === 0, gaps, asOf, asOfSec };
  }

  async balances(asked: readonly AskedBalance[]): Promise<FetchedAccountBody[]> {
    const bodies: FetchedAccountBody[] = [];
    for (const { account, asset, blockNumber } of asked) {
      if (asset !== NATIVE || blockNumber !== null)
        throw cannotSay(this.kind, 'a balance of a token, or of a block', 'eth-rpc');
      const { value } = await this.ask(`/addresses/${account}`, account);
      if (value !== null) bodies.push(this.body('balance', account, value));
    }
    return bodies;
  }

  /** Transactions the server counts, or null where it does not. */
  private async stated(account: Account): Promise<number | null> {
    const { value } = await this.ask(`/addresses/${account}/counters`, account);
    const count = Number((value as { transactions_count?: unknown } | null)?.transactions_count);
    return Number.isSafeInteger(count) ? count : null;
  }

  /** What the server has not read yet, in words. */
  private async indexing(): Promise<string[]> {
    const { value } = await this.ask('/main-page/indexing-status', null);
    const status = (value ?? {}) as { finished_indexing?: unknown; finished_indexing_blocks?: unknown };
    return [
      ...(status.finished_indexing_blocks === false ? [`${this.host} has not read all blocks yet`] : []),
      ...(status.finished_indexing === false ? [`${this.host} has not read all moves inside of transactions yet`] : []),
    ];
  }

  private async list(list: List, account: Account, { from, to, maxPages }: HistoryBounds): Promise<Found> {
    const items: Item[] = [];
    const gaps: string[] = [];
    const cursors = new Set<string>();
    let asOf: Found['asOf'] = null;
    let asOfSec: number | null = null;
    let query: Record<string, string> = {};
    for (let pages = 0; ; pages += 1) {
      if (pages >= maxPages) {
        gaps.push(`${list}: older ones are missing, because ${maxPages} pages were asked for at most`);
        break;
      }
      const { answer, value } = await this.ask(`/addresses/${account}/${list}`, account, query);
      asOf ??= answer.tip;
      asOfSec ??= answer.fetchedSec;
      const page = (value ?? {}) as { items?: unknown; next_page_params?: unknown; message?: unknown };
      if (/not (yet )?(been )?(fully )?processed|not indexed/i.test(String(page.message ?? '')))
        gaps.push(`${list}: ${this.host} says "${String(page.message).slice(0, 120)}"`);
      else if (value !== null && !Array.isArray(page.items)) throw this.malformed(list, 'holds no items');
      const rows = (Array.isArray(page.items) ? page.items : []) as Item[];
      items.push(...rows.filter((row) => to === null || blockOf(row) <= to));
      const oldest = rows.length === 0 ? Number.POSITIVE_INFINITY : blockOf(rows[rows.length - 1]);
      if (page.next_page_params === null || page.next_page_params === undefined || oldest < from) break;
      query = queryOf(page.next_page_params);
      const cursor = JSON.stringify(query);
      if (cursors.has(cursor) || rows.length === 0) throw this.malformed(list, 'leads to a page it has led to before');
      cursors.add(cursor);
    }
    return { items, gaps, asOf, asOfSec };
  }

  /** 404 is an account the server never saw: null. */
  private async ask(
    path: string,
    subject: string | null,
    query: Readonly<Record<string, string>> = {},
  ): Promise<{ answer: Answer; value: unknown }> {
    const answer = await this.transport.ask({ path, query, finality: 'tip', json: true, subject });
    if (answer.status === 404) return { answer, value: null };
    return { answer, value: this.parsed(path, answer.bytes.toString('utf8')) };
  }

  private parsed(path: string, text: string): unknown {
    if (tooDeepAt(text) >= 0) throw this.malformed(path, 'nests too deep');
    try {
      return JSON.parse(text);
    } catch (error) {
      if (error instanceof SyntaxError) throw this.malformed(path, 'is no JSON');
      throw error;
    }
  }

  private body(what: string, account: Account, value: unknown): FetchedAccountBody {
    const name = `blockscout ${what} ${account}.json`;
    const bytes = Buffer.from(JSON.stringify(value));
    return { name, format: 'blockscout', bytes, chainId: this.chain, account, notes: [] };
  }

  private malformed(what: string, why: string): SpoorError {
    return new SpoorError('MALFORMED', `the answer of ${this.host} to ${what} ${why}`, {}, 'nothing of it was kept');
  }
}

function blockOf({ block_number: number, block }: Item): number {
  const found = Number(number ?? block);
  return Number.isSafeInteger(found) ? found : 0;
}

/** What goes back for the next page: every parameter as the server wrote it, but those that are null. */
function queryOf(next: unknown): Record<string, string> {
  const rows = Object.entries(next as Record<string, unknown>).filter(([, value]) => value !== null);
  return Object.fromEntries(rows.map(([name, value]) => [name, String(value)]));
}
