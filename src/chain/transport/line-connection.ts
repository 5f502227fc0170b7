/**
 * One connection that speaks JSON-RPC in lines: questions out, answers in by their id, in any order. Everything that comes in is held to limits before it
 * is parsed, and a peer that answers what was not asked is not listened to any longer.
 */
import type { Socket } from 'node:net';
import { parse, stringify } from 'lossless-json';
import { SpoorError } from '../../ledger/index.ts';
import { MAX_JSON_DEPTH, tooDeepAt } from './depth.ts';
import { WireFailure } from './wire.ts';

/** What a peer answers: a result as JSON text, its numbers as they were written, or an error. */
export type LineAnswer =
  | { readonly result: string }
  | { readonly error: { readonly code: number; readonly message: string } };

interface Waiting {
  readonly resolve: (answer: LineAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** The line that an answer adds to a body: id, version, braces. */
const FRAME_BYTES = 1024;
const NEWLINE = 0x0a;

/** A connection that is open until it fails once. */
export class LineConnection {
  private readonly socket: Socket;
  private readonly host: string;
  private readonly maxLineBytes: number;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private parts: Buffer[] = [];
  private length = 0;
  /** Pieces of data that came in. */
  private pieces = 0;
  /** Set once the connection is of no more use. */
  failed: Error | null = null;

  constructor(socket: Socket, { host, maxBodyBytes }: { host: string; maxBodyBytes: number }) {
    this.socket = socket;
    this.host = host;
    this.maxLineBytes = maxBodyBytes + FRAME_BYTES;
    socket.on('data', (bytes: Buffer) => this.receive(bytes));
    socket.on('error', (error: NodeJS.ErrnoException) => this.fail(new WireFailure(error.code ?? 'connection failed')));
    socket.on('close', () => this.fail(new WireFailure('connection closed')));
    socket.resume();
  }

  /** Asks one question. Rejects with WireFailure for want of an answer in time, SpoorError for a peer that cannot be listened to. */
  call(method: string, params: unknown, timeoutMs: number): Promise<LineAnswer> {
    if (this.failed !== null) return Promise.reject(this.failed);
    this.lastId += 1;
    const id = this.lastId;
    return new Promise<LineAnswer>((resolve, reject) => {
      const before = this.pieces;
      const timer = setTimeout(() => {
        const late = new WireFailure('no answer in time');
        this.settle(id)?.reject(late);
        // Not a word since: the connection may be dead without knowing it, so the next question opens another.
        if (this.pieces === before) this.fail(late);
      }, timeoutMs);
      const done =
        <Value>(end: (value: Value) => void) =>
        (value: Value): void => {
          clearTimeout(timer);
          end(value);
        };
      this.waiting.set(id, { resolve: done(resolve), reject: done(reject) });
      this.socket.ref();
      this.socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    });
  }

  /** Ends it; whoever waits is told why. */
  fail(error: Error): void {
    this.failed ??= error;
    this.parts = [];
    this.socket.destroy();
    for (const id of [...this.waiting.keys()]) this.settle(id)?.reject(error);
  }

  /** Takes a question off the list; an idle connection keeps no process alive. */
  private settle(id: number): Waiting | undefined {
    const found = this.waiting.get(id);
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.socket.unref();
    return found;
  }

  private receive(bytes: Buffer): void {
    this.pieces += 1;
    let rest = bytes;
    for (let at = rest.indexOf(NEWLINE); at >= 0 && this.failed === null; at = rest.indexOf(NEWLINE)) {
      this.take(rest.subarray(0, at));
      const line = Buffer.concat(this.parts).toString('utf8');
      this.parts = [];
      this.length = 0;
      if (this.failed === null) this.answer(line);
      rest = rest.subarray(at + 1);
    }
    if (this.failed === null) this.take(rest);
  }

  private take(bytes: Buffer): void {
    this.length += bytes.length;
    if (this.length > this.maxLineBytes)
      this.fail(new SpoorError('TOO_LARGE', `a line of ${this.host} is above ${this.maxLineBytes} bytes`));
    else if (bytes.length > 0) this.parts.push(bytes);
  }

  private answer(line: string): void {
    if (line.trim() === '') return;
    const message = this.parsed(line);
    if (message === null) return;
    const { id, method, error } = message;
    // A notification: nobody asked for it.
    if (id === undefined && typeof method === 'string') return;
    const number = Number(String(id));
    if (!Number.isInteger(number) || number < 1 || number > this.lastId) {
      this.fail(this.malformed(`answers a question that was not asked (id ${String(id).slice(0, 20)})`));
      return;
    }
    // An answer that came before, or too late, changes nothing.
    const waiting = this.settle(number);
    if (error === undefined || error === null)
      waiting?.resolve({ result: stringify(message.result ?? null) ?? 'null' });
    else waiting?.resolve({ error: errorOf(error) });
  }

  private parsed(line: string): Record<string, unknown> | null {
    if (tooDeepAt(line) >= 0) {
      this.fail(this.malformed(`sends a line nested deeper than ${MAX_JSON_DEPTH} levels`));
      return null;
    }
    try {
      const message = parse(line);
      if (typeof message === 'object' && message !== null && !Array.isArray(message))
        return message as Record<string, unknown>;
      this.fail(this.malformed('sends a line that is no object'));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.fail(this.malformed('sends a line that is not JSON'));
    }
    return null;
  }

  private malformed(what: string): SpoorError {
    return new SpoorError('MALFORMED', `${this.host} ${what}`);
  }
}

/** Servers write an error as an object, old ones as bare text. */
function errorOf(error: unknown): { code: number; message: string } {
  if (typeof error !== 'object' || error === null) return { code: 0, message: String(error) };
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { code: Number(String(code)) || 0, message: typeof message === 'string' ? message : (stringify(error) ?? '') };
}
