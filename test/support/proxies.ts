/** Two tiny proxies on loopback: CONNECT (RFC 9110, 9.3.6) and SOCKS 5 (RFC 1928, 1929). They note whom they are asked for. */
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A running proxy. `asked` are the targets as they were named to it; `credentials` what it was shown. */
export interface RunningProxy {
  readonly port: number;
  readonly asked: string[];
  readonly credentials: string[];
  close(): Promise<void>;
}

/** Names that lead to 127.0.0.1; only the proxies know them. */
const HOSTS = new Set(['127.0.0.1', 'localhost', 'only-the-proxy-knows.test', `${'a'.repeat(56)}.onion`]);

async function started(
  server: Server,
  notes: Omit<RunningProxy, 'port' | 'close'>,
  sockets: Set<Socket>,
): Promise<RunningProxy> {
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...notes,
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function join(client: Socket, target: Socket): void {
  client.pipe(target).pipe(client);
  for (const socket of [client, target]) {
    socket.on('error', () => {
      client.destroy();
      target.destroy();
    });
  }
}

/** Starts a CONNECT proxy; with `auth` it answers 407 to anyone who does not show it, with `refuse` that status to everyone. */
export async function connectProxy(options: { auth?: string; refuse?: number } = {}): Promise<RunningProxy> {
  const asked: string[] = [];
  const credentials: string[] = [];
  const sockets = new Set<Socket>();
  const server = createHttpServer((request, response) => {
    asked.push(`not a tunnel: ${request.url}`);
    response.writeHead(405).end();
  });
  server.on('connect', (request, client: Socket) => {
    const shown = request.headers['proxy-authorization'] ?? '';
    asked.push(request.url ?? '');
    credentials.push(Buffer.from(shown.replace('Basic ', ''), 'base64').toString('utf8'));
    const allowed = options.auth === undefined || credentials.at(-1) === options.auth;
    const status = options.refuse ?? (allowed ? 200 : 407);
    if (status !== 200) return void client.end(`HTTP/1.1 ${status} No ${shown}\r\ncontent-length: 0\r\n\r\n`);
    const [host, port] = (request.url ?? '').split(':');
    if (!HOSTS.has(host)) return void client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const target = connect(Number(port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      join(client, target);
    });
    target.on('error', () => client.destroy());
  });
  return started(server, { asked, credentials }, sockets);
}

/** Reads exactly `length` bytes, whatever pieces they come in. */
async function take(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(length) as Buffer | null;
    if (bytes !== null) return bytes;
    await new Promise((resolve, reject) => {
      socket.once('readable', resolve);
      socket.once('close', reject);
    });
  }
}

const REPLY = (code: number): Buffer => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);

/** Starts a SOCKS 5 proxy; with `auth` it asks for user and password. */
export async function socksProxy(options: { auth?: string } = {}): Promise<RunningProxy> {
  const asked: string[] = [];
  const credentials: string[] = [];
  const serve = async (client: Socket): Promise<void> => {
    const [, methods] = await take(client, 2);
    const offered = await take(client, methods);
    const method = options.auth === undefined ? 0 : 2;
    client.write(Buffer.from([5, offered.includes(method) ? method : 0xff]));
    if (method === 2) {
      const [, userLength] = await take(client, 2);
      const user = (await take(client, userLength)).toString();
      const [passwordLength] = await take(client, 1);
      credentials.push(`${user}:${(await take(client, passwordLength)).toString()}`);
      const allowed = credentials.at(-1) === options.auth;
      client.write(Buffer.from([1, allowed ? 0 : 1]));
      if (!allowed) return void client.end();
    }
    const [, , , kind] = await take(client, 4);
    const length = kind === 3 ? (await take(client, 1))[0] : kind === 1 ? 4 : 16;
    const address = await take(client, length);
    const host = kind === 3 ? address.toString() : [...address].join('.');
    const port = (await take(client, 2)).readUInt16BE();
    asked.push(`${kind === 3 ? 'name' : 'address'} ${host}:${port}`);
    if (!HOSTS.has(host)) return void client.end(REPLY(4));
    const target = connect(port, '127.0.0.1', () => {
      client.write(REPLY(0));
      join(client, target);
    });
    target.on('error', () => client.destroy());
  };
  const server = createServer((client) => void serve(client).catch(() => client.destroy()));
  return started(server, { asked, credentials }, new Set());
}
