/**
 * Connections: certificates always checked, and through a proxy when the user names one. Proxies of the environment are not used: whoever set them is
 * not always whoever should see what an investigator asks.
 */
import { readFileSync } from 'node:fs';
import { ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { SocksProxyAgent } from 'socks-proxy-agent';
import { SpoorError } from '../../ledger/index.ts';
import type { Secret } from './redact.ts';
import { WireFailure } from './wire.ts';

/** How a server is reached. */
export interface Route {
  /** Checked by `checkedProxy`. */
  readonly proxy: URL | null;
  /** `user:password` for the proxy. */
  readonly proxySecret: Secret | null;
  /** File of certificates (PEM) of an authority to trust besides the well-known ones. */
  readonly caFile: string | null;
}

/** Agents for plain and for encrypted connections. */
export interface Agents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpAgent;
}

/** Checks the address of a proxy. Throws USAGE. */
export function checkedProxy(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && ['socks5:', 'socks4:', 'socks4a:', 'socks:'].includes(url.protocol)) {
    throw new SpoorError(
      'USAGE',
      `--proxy with ${url.protocol.slice(0, -1)} would look names up on this machine, and so tell its resolver whom you ask`,
      {},
      'write socks5h://HOST:PORT; the proxy then looks them up',
    );
  }
  if (url === null || url.hostname === '' || !['http:', 'https:', 'socks5h:'].includes(url.protocol))
    throw new SpoorError('USAGE', '--proxy is not http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT');
  if (url.username !== '' || url.password !== '') {
    throw new SpoorError(
      'USAGE',
      '--proxy holds a user or a password, which every process of this machine could read',
      {},
      'put USER:PASSWORD in the environment variable SPOOR_PROXY_AUTH',
    );
  }
  return url;
}

/** What every encrypted connection is held to; stated, so that no environment variable switches it off. */
export function trust({ caFile }: Route): { ca?: string[]; rejectUnauthorized: true } {
  if (caFile === null) return { rejectUnauthorized: true };
  const text = readCa(caFile);
  return { ca: [...rootCertificates, text], rejectUnauthorized: true };
}

function readCa(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new SpoorError('FILE_NOT_FOUND', `--ca: the file cannot be read (${error.code})`, { file });
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new SpoorError('USAGE', '--ca: the file holds no certificate in PEM form', { file });
}

/** Agents of a route. */
export function agentsOf(route: Route): Agents {
  const checks = trust(route);
  if (route.proxy === null)
    return {
      httpAgent: new HttpAgent({ keepAlive: true }),
      httpsAgent: new HttpsAgent({ keepAlive: true, ...checks }),
    };
  const agent = proxyAgent(route, route.proxy);
  return { httpAgent: agent, httpsAgent: agent };
}

function proxyAgent(route: Route, address: URL): CheckedConnectAgent | CheckedSocksAgent {
  const proxy = new URL(address);
  const [user, ...password] = (route.proxySecret?.reveal() ?? '').split(':');
  proxy.username = encodeURIComponent(user);
  proxy.password = encodeURIComponent(password.join(':'));
  const checks = trust(route);
  return proxy.protocol === 'socks5h:' ? new CheckedSocksAgent(proxy, checks) : new CheckedConnectAgent(proxy, checks);
}

/** A bare connection through a proxy, encrypted to its far end where that is asked for. */
export async function tunnelled(
  route: Route,
  proxy: URL,
  to: { host: string; port: number; secure: boolean; timeoutMs: number },
): Promise<Socket> {
  const { host, port, secure, timeoutMs } = to;
  // The agents tell their request of the proxy, so they need one; it is never sent.
  const request = new ClientRequest({ host, port, createConnection: () => new PassThrough() });
  request.on('error', () => undefined);
  const target = secure
    ? { host, port, secureEndpoint: true as const }
    : { host, port, secureEndpoint: false as const };
  let late: NodeJS.Timeout | undefined;
  const time = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new WireFailure('no answer in time')), timeoutMs);
  });
  const connecting = proxyAgent(route, proxy).connect(request, target);
  try {
    const socket = await Promise.race([connecting, time]);
    if (secure) await Promise.race([secured(socket), time]);
    return socket;
  } catch (error) {
    connecting.then(
      (open) => open.destroy(),
      () => undefined,
    );
    throw error;
  } finally {
    clearTimeout(late);
    request.destroy();
  }
}

function secured(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => {
      socket.off('error', reject);
      resolve();
    });
    socket.once('error', reject);
  });
}

type Checks = ReturnType<typeof trust>;
type ConnectArguments = Parameters<HttpsProxyAgent<string>['connect']>;
type SocksArguments = Parameters<SocksProxyAgent['connect']>;

/** A tunnel by CONNECT. Left alone the agent would hand a proxy's refusal on as if the server had said it. */
class CheckedConnectAgent extends HttpsProxyAgent<string> {
  private readonly checks: Checks;

  constructor(proxy: URL, checks: Checks) {
    super(proxy, { keepAlive: true, ...checks });
    this.checks = checks;
  }

  override async connect(...[request, options]: ConnectArguments): ReturnType<HttpsProxyAgent<string>['connect']> {
    let status: number | undefined;
    request.once('proxyConnect', (answer: { statusCode?: number }) => {
      status = answer.statusCode;
    });
    const socket = await super.connect(request, options.secureEndpoint ? { ...options, ...this.checks } : options);
    if (status === 200) return socket;
    socket.destroy();
    throw new WireFailure(`the proxy refuses with status ${status}`, false);
  }
}

/** A tunnel by SOCKS 5; names are looked up at its far end. */
class CheckedSocksAgent extends SocksProxyAgent {
  private readonly checks: Checks;

  constructor(proxy: URL, checks: Checks) {
    super(proxy, { keepAlive: true });
    this.checks = checks;
  }

  override connect(...[request, options]: SocksArguments): ReturnType<SocksProxyAgent['connect']> {
    return super.connect(request, options.secureEndpoint ? { ...options, ...this.checks } : options);
  }
}
