/** What carries a question to a server and its answer back, whatever it speaks underneath. */
import type { Secret } from './redact.ts';

/** One question on its way. */
export interface Question {
  /** Address without secrets. */
  readonly url: URL;
  readonly post?: string;
  readonly secrets: readonly Secret[];
  /** Headers without secrets. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Time for this try, whatever happens in it. */
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
}

/** What came back. Header names are lower case; `bytes` are the body, unzipped. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  /** Messages it took, redirects included. */
  readonly requests: number;
}

/** A way to one server. Throws WireFailure for want of an answer, SpoorError for one that is refused. */
export interface Wire {
  send(question: Question): Promise<Reply>;
}

/** No answer. `code` is the system's word for why; `again` whether another try may help. */
export class WireFailure extends Error {
  readonly code: string;
  readonly again: boolean;

  constructor(code: string, again = true) {
    super(code);
    this.name = 'WireFailure';
    this.code = code;
    this.again = again;
  }
}
