/** An Electrum server on loopback that serves a mined chain, over TCP or TLS; a test may answer in its stead. */
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { branchOf, type MinedChain, type MinedTransaction } from './mined-chain.ts';

/** A question as it came in. */
export interface ElectrumCall {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What a test may do to a question; return true when it was dealt with. `honest` is what the server would have said. */
export type ElectrumMischief = (call: ElectrumCall, socket: Socket, honest: unknown) => boolean;

/** A running server. `asked` are the questions but for greetings, `greetings` counts connections that were greeted. */
export interface ElectrumServer {
  readonly url: string;
  readonly port: number;
  readonly asked: ElectrumCall[];
  greetings: number;
  mischief: ElectrumMischief | null;
  close(): Promise<void>;
}

/** Name under which the protocol knows a script. */
export function scripthash(script: Buffer): string {
  return createHash('sha256').update(script).digest().reverse().toString('hex');
}

class Refused {
  readonly code: number;
  readonly message: string;
  constructor(code: number, message: string) {
    this.code = code;
    this.message = message;
  }
}

interface Index {
  readonly byTxid: ReadonlyMap<string, { height: number; position: number; tx: MinedTransaction }>;
  readonly histories: ReadonlyMap<string, Array<{ tx_hash: string; height: number }>>;
}

function indexed(chain: MinedChain, waiting: readonly MinedTransaction[]): Index {
  const byTxid = new Map<string, { height: number; position: number; tx: MinedTransaction }>();
  const histories = new Map<string, Array<{ tx_hash: string; height: number }>>();
  const rows = chain.blocks.flatMap(({ transactions }, height) =>
    transactions.map((tx, position) => ({ height, position, tx })),
  );
  for (const row of [...rows, ...waiting.map((tx) => ({ height: 0, position: 0, tx }))]) {
    byTxid.set(row.tx.txid, row);
    const spent = row.tx.transaction.ins.map(
      ({ hash, index }) => byTxid.get(Buffer.from(hash).reverse().toString('hex'))?.tx.transaction.outs[index]?.script,
    );
    const scripts = [...spent, ...row.tx.transaction.outs.map(({ script }) => script)];
    const touched = new Set(scripts.flatMap((script) => (script === undefined ? [] : scripthash(Buffer.from(script)))));
    for (const name of touched)
      histories.set(name, [...(histories.get(name) ?? []), { tx_hash: row.tx.txid, height: row.height }]);
  }
  return { byTxid, histories };
}

function answer(chain: MinedChain, { byTxid, histories }: Index, { method, params }: ElectrumCall): unknown {
  const [first, second] = params;
  const found = byTxid.get(String(first));
  switch (method) {
    case 'server.version':
      return ['TestServer 1.0', '1.4'];
    case 'blockchain.headers.subscribe': {
      const height = chain.blocks.length - 1;
      return { height, hex: chain.blocks[height].header.toString('hex') };
    }
    case 'blockchain.block.header':
      return (
        chain.blocks[Number(first)]?.header.toString('hex') ?? new Refused(1, `height ${first} out of range, not found`)
      );
    case 'blockchain.scripthash.get_history':
      return histories.get(String(first)) ?? [];
    case 'blockchain.transaction.get':
      return (
        found?.tx.hex ??
        new Refused(
          2,
          "daemon error: DaemonError({'code': -5, 'message': 'No such mempool or blockchain transaction.'})",
        )
      );
    case 'blockchain.transaction.get_merkle':
      return found === undefined || found.height !== second
        ? new Refused(1, `tx ${first} not found in block at height ${second}`)
        : {
            block_height: found.height,
            merkle: branchOf(chain.blocks[found.height], found.position),
            pos: found.position,
          };
    default:
      return new Refused(-32601, `unknown method "${method}"`);
  }
}

/** Writes an answer as a line. */
export function reply(socket: Socket, id: unknown, result: unknown): void {
  const body = result instanceof Refused ? { error: { code: result.code, message: result.message } } : { result };
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n`);
}

/** Writes an error as a line. */
export function refuse(socket: Socket, id: unknown, code: number, message: string): void {
  reply(socket, id, new Refused(code, message));
}

/** Starts a server; `waiting` are transactions that no block holds. */
export async function electrumServer(
  chain: MinedChain,
  options: { tls?: { key: string; cert: string }; waiting?: readonly MinedTransaction[] } = {},
): Promise<ElectrumServer> {
  const index = indexed(chain, options.waiting ?? []);
  const sockets = new Set<Socket>();
  const running: { asked: ElectrumCall[]; greetings: number; mischief: ElectrumMischief | null } = {
    asked: [],
    greetings: 0,
    mischief: null,
  };
  const listener = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const call = JSON.parse(line) as ElectrumCall;
        if (call.method === 'server.version') running.greetings += 1;
        else running.asked.push(call);
        const honest = answer(chain, index, call);
        if (running.mischief?.(call, socket, honest) !== true) reply(socket, call.id, honest);
      }
    });
  };
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.defineProperties(running, {
    url: { value: `${options.tls === undefined ? 'tcp' : 'ssl'}://127.0.0.1:${port}` },
    port: { value: port },
    close: {
      value: () => {
        for (const socket of sockets) socket.destroy();
        return new Promise<void>((resolve) => server.close(() => resolve()));
      },
    },
  }) as unknown as ElectrumServer;
}
