/**
 * Questions to an Electrum server: JSON-RPC in lines over TCP or TLS. The question is the posted text `{"method":...,"params":...}`; the reply carries
 * the result alone, so that the same answer is the same bytes whatever id it went by. Errors become the status that HTTP would give them.
 */
import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { SpoorError } from '../../ledger/index.ts';
import { type LineAnswer, LineConnection } from './line-connection.ts';
import { type Route, trust, tunnelled } from './tunnel.ts';
import { type Question, type Reply, type Wire, WireFailure } from './wire.ts';
import { certificateFailure } from './wire-http.ts';

/** Name and protocol versions told to the server; 1.4 has all that is asked here. */
const GREETING = ['spoor', ['1.4', '1.4.3']];

/** TCP and TLS. */
export class LineWire implements Wire {
  private readonly route: Route;
  private current: LineConnection | null = null;
  private opening: Promise<LineConnection> | null = null;

  constructor(route: Route) {
    this.route = route;
  }

  async send(question: Question): Promise<Reply> {
    const endMs = Date.now() + question.timeoutMs;
    const connection = await this.connection(question);
    const { method, params } = JSON.parse(question.post ?? '{}') as { method: string; params: unknown };
    const answer = await connection.call(method, params, Math.max(1, endMs - Date.now()));
    const { status, text } = replyOf(answer);
    return { status, headers: {}, bytes: Buffer.from(text), requests: 1 };
  }

  /** The one open connection, or a new one when there is none or it has failed. */
  private async connection(question: Question): Promise<LineConnection> {
    if (this.current !== null && this.current.failed === null) return this.current;
    this.opening ??= this.open(question).finally(() => {
      this.opening = null;
    });
    this.current = await this.opening;
    return this.current;
  }

  private async open({ url, timeoutMs, maxBodyBytes }: Question): Promise<LineConnection> {
    const connection = new LineConnection(await this.socket(url, timeoutMs), { host: url.host, maxBodyBytes });
    let greeted = false;
    try {
      const answer = await connection.call('server.version', GREETING, timeoutMs);
      greeted = 'result' in answer;
      if ('result' in answer) return connection;
      const said = answer.error.message.slice(0, 200);
      throw new SpoorError('SOURCE_FAILED', `${url.host} speaks no version of the protocol known here: ${said}`);
    } finally {
      if (!greeted) connection.fail(new WireFailure('connection closed'));
    }
  }

  private async socket(url: URL, timeoutMs: number): Promise<Socket> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const at = { host, port: Number(url.port) };
    const secure = url.protocol === 'ssl:';
    try {
      if (this.route.proxy !== null) return await tunnelled(this.route, this.route.proxy, { ...at, secure, timeoutMs });
      const name = isIP(host) === 0 ? { servername: host } : {};
      const socket = secure ? tlsConnect({ ...at, ...name, ...trust(this.route) }) : tcpConnect(at);
      return await opened(socket, secure ? 'secureConnect' : 'connect', timeoutMs);
    } catch (error) {
      if (error instanceof SpoorError || error instanceof WireFailure || !(error instanceof Error)) throw error;
      const code = 'code' in error ? String(error.code) : 'no connection';
      throw certificateFailure(code, url.host) ?? new WireFailure(code);
    }
  }
}

/** A socket once it can be used. */
function opened(socket: Socket, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const give = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => give(new WireFailure('no answer in time')), timeoutMs);
    socket.once('error', give);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', give);
      resolve(socket);
    });
  });
}

/** -101 and -102 are "excessive use" and "busy" in ElectrumX; 429 and -32005 what other servers say. */
const BUSY_CODES: readonly number[] = [-101, -102, 429, -32005];

function replyOf(answer: LineAnswer): { status: number; text: string } {
  if ('result' in answer) return { status: 200, text: answer.result };
  const { code, message } = answer.error;
  if (BUSY_CODES.includes(code)) return { status: 429, text: message };
  if (/too (many|large)|history.*(exceed|limit)/i.test(message)) return { status: 413, text: message };
  const unknown = /no such (mempool|transaction|block)|not found|(missing|unknown) (tx|transaction)/i.test(message);
  return { status: unknown ? 404 : 400, text: message };
}
