/** blockchain.info on loopback over recorded addresses, with the parts newer answers have: spenders by number, blocks, errors as it gives them. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A transaction as the explorer writes it; a test may change it in place. */
export interface RawTx {
  hash: string;
  tx_index: number;
  block_height?: number;
  inputs: Array<{ prev_out?: { tx_index: number; n: number } }>;
  out: Array<{
    n: number;
    spent: boolean;
    tx_index: number;
    spending_outpoints?: Array<{ tx_index: number; n: number }>;
  }>;
}

/** An address as it was recorded, whole. */
export interface RawAddress {
  address: string;
  n_tx: number | string;
  txs: RawTx[];
}

/** A running server: what it was asked, and what a test makes of an answer before it goes out (null: the usual one). */
export interface BlockchainInfoServer {
  readonly url: string;
  readonly asked: string[];
  mischief: ((path: string, response: ServerResponse, request: IncomingMessage) => boolean) | null;
  close(): Promise<void>;
}

/** Recorded addresses, every spender that is among them named on the output it spends. */
export function recordedAddresses(paths: readonly string[]): RawAddress[] {
  const addresses = paths.map((path) => JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as RawAddress);
  const spenders = new Map<string, number>();
  const all = addresses.flatMap(({ txs }) => txs);
  for (const tx of all) {
    for (const { prev_out: spent } of tx.inputs) if (spent) spenders.set(`${spent.tx_index}:${spent.n}`, tx.tx_index);
  }
  for (const tx of all) {
    for (const out of tx.out) {
      const spender = spenders.get(`${out.tx_index}:${out.n}`);
      if (spender !== undefined) out.spending_outpoints = [{ tx_index: spender, n: 0 }];
    }
  }
  return addresses;
}

/** What the server can say: addresses, and other paths with their answers. */
export async function blockchainInfoServer(
  addresses: readonly RawAddress[],
  others: Readonly<Record<string, unknown>> = {},
): Promise<BlockchainInfoServer> {
  const txs = addresses.flatMap((address) => address.txs);
  const answer = (url: URL): unknown => {
    const path = url.pathname;
    const [, kind, name] = path.split('/');
    if (path in others) return others[path];
    if (kind === 'rawtx') return txs.find(({ hash, tx_index }) => hash === name || String(tx_index) === name);
    const found = addresses.find(({ address }) => address === name);
    if (kind !== 'rawaddr' || found === undefined) return undefined;
    const offset = Number(url.searchParams.get('offset'));
    return { ...found, txs: found.txs.slice(offset, offset + Number(url.searchParams.get('limit'))) };
  };
  const asked: string[] = [];
  const running: { mischief: BlockchainInfoServer['mischief'] } = { mischief: null };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    asked.push(`${url.pathname}${url.search}`);
    if (running.mischief?.(url.pathname, response, request) === true) return;
    const found = answer(url);
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { error: 'not-found-or-invalid-arg', message: 'Item not found' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get mischief() {
      return running.mischief;
    },
    set mischief(next) {
      running.mischief = next;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
