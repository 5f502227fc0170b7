/**
 * An Esplora server on loopback that serves a case's facts, so that live sources are tested without a live network. Prevouts a case cannot name get
 * made-up txids; scripts are left out, so nothing claims to be verified.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CaseContext } from '../../src/case/index.ts';
import { NONE, type ViewTransaction } from '../../src/ledger/index.ts';

/** What a test may do to an answer before it goes out; return true when it was sent. */
export type Mischief = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A running server. */
export interface EsploraServer {
  readonly url: string;
  /** Paths asked for, in order. */
  readonly asked: string[];
  /** The honest answer to a path. */
  answer(path: string): unknown;
  mischief: Mischief | null;
  close(): Promise<void>;
}

interface Answers {
  readonly tip: number;
  readonly byTxid: ReadonlyMap<string, object>;
  readonly outspends: ReadonlyMap<string, object[]>;
  readonly byAddress: ReadonlyMap<string, string[]>;
}

const PAGE = 25;

function esploraTx({ view }: CaseContext, tx: ViewTransaction): object {
  return {
    txid: tx.txid,
    vin: tx.inputs.map(({ vin, output, valueSat, address }) => {
      const spent = output === NONE ? null : view.output(output);
      const [txid, vout] =
        spent === null
          ? [createHash('sha256').update(`${tx.txid} ${vin}`).digest('hex'), 0]
          : spent.outpoint.split(':');
      return {
        txid,
        vout: Number(vout),
        is_coinbase: false,
        prevout: { value: valueSat, scriptpubkey_address: address ?? undefined },
      };
    }),
    vout: tx.outputs.map(({ valueSat, address }) => ({ value: valueSat, scriptpubkey_address: address ?? undefined })),
    status: { confirmed: true, block_height: tx.height, block_time: tx.timestampSec ?? undefined },
  };
}

/** Made-up block hash of a height. */
export function servedHash(height: number): string {
  return createHash('sha256').update(`block ${height}`).digest('hex');
}

/** Everything the server can say of a case. */
function answersOf(context: CaseContext): Answers {
  const { view } = context;
  const byTxid = new Map<string, object>();
  const outspends = new Map<string, object[]>();
  const byAddress = new Map<string, string[]>();
  for (const row of view.transactions()) {
    const tx = view.transaction(row);
    byTxid.set(tx.txid, esploraTx(context, tx));
    const rows = tx.outputs.map(({ output }) => {
      const spender = view.spenderOf(output);
      return spender === NONE
        ? { spent: false }
        : { spent: true, txid: view.transaction(spender).txid, vin: 0, status: { confirmed: true } };
    });
    outspends.set(tx.txid, rows);
    const addresses = new Set([...tx.inputs, ...tx.outputs].flatMap(({ address }) => address ?? []));
    for (const address of addresses) byAddress.set(address, [tx.txid, ...(byAddress.get(address) ?? [])]);
  }
  return { tip: view.tip().height, byTxid, outspends, byAddress };
}

function answer(answers: Answers, path: string): unknown {
  const [, kind, id, ...rest] = path.split('/');
  if (path === '/blocks/tip/height') return answers.tip;
  if (kind === 'block-height') return Number(id) <= answers.tip ? servedHash(Number(id)) : undefined;
  if (kind === 'tx' && rest[0] === 'outspends') return answers.outspends.get(id);
  if (kind === 'tx') return answers.byTxid.get(id);
  const txids = answers.byAddress.get(id) ?? [];
  if (kind === 'address' && rest.length === 0) return { address: id, chain_stats: { tx_count: txids.length } };
  if (kind !== 'address' || rest[0] !== 'txs') return undefined;
  const from = rest[2] === undefined ? 0 : txids.indexOf(rest[2]) + 1;
  // An unknown cursor gives an empty list, as electrs does.
  return rest[2] !== undefined && from === 0
    ? []
    : txids.slice(from, from + PAGE).map((txid) => answers.byTxid.get(txid));
}

/** Starts a server with the facts of a case. */
export async function esploraServer(context: CaseContext): Promise<EsploraServer> {
  const answers = answersOf(context);
  const asked: string[] = [];
  const running: { mischief: Mischief | null } = { mischief: null };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace('/api', '');
    asked.push(path);
    if (running.mischief?.(request, response) === true) return;
    const found = answer(answers, path);
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
    const text = typeof found === 'string' ? found : JSON.stringify(found);
    response.end(found === undefined ? 'Transaction not found' : text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api`,
    asked,
    answer: (path) => answer(answers, path),
    get mischief() {
      return running.mischief;
    },
    set mischief(next: Mischief | null) {
      running.mischief = next;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
