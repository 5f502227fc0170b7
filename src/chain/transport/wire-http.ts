/** Questions by HTTP. Redirects are followed by hand, because they may lead nowhere but to the same server; bodies are unzipped by hand, within limits. */
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { SpoorError } from '../../ledger/index.ts';
import type { Secret } from './redact.ts';
import { methodOf, PATH_TOKEN } from './request.ts';
import { agentsOf, type Route } from './tunnel.ts';
import { type Question, type Reply, type Wire, WireFailure } from './wire.ts';

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const UNZIP = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate) } as const;

/** Answers of the TLS layer that no second try changes. */
const CERTIFICATE_CODES =
  /^(CERT_|ERR_TLS_CERT|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH|INVALID_CA|EPROTO$)/;

/** HTTP and HTTPS. */
export class HttpWire implements Wire {
  private readonly http: AxiosInstance;

  constructor(route: Route) {
    this.http = axios.create({
      ...agentsOf(route),
      // Axios would else take a proxy from the environment.
      proxy: false,
      maxRedirects: 0,
      decompress: false,
      responseType: 'arraybuffer',
      validateStatus: () => true,
    });
  }

  async send(question: Question): Promise<Reply> {
    const ends = AbortSignal.timeout(Math.max(1, question.timeoutMs));
    let url = withSecrets(question.url, question.secrets);
    for (let requests = 1; ; requests += 1) {
      const response = await this.once(url, question, ends);
      const headers = headersOf(response);
      if (!REDIRECTS.has(response.status) || headers.location === undefined) {
        const bytes = await unzipped(Buffer.from(response.data as ArrayBuffer), headers, question);
        return { status: response.status, headers, bytes, requests };
      }
      if (requests > MAX_REDIRECTS)
        throw new SpoorError('SOURCE_FAILED', `${url.host} redirects more than ${MAX_REDIRECTS} times`);
      url = redirected(url, headers.location, question);
    }
  }

  private async once(url: URL, question: Question, signal: AbortSignal): Promise<AxiosResponse> {
    const { post, secrets, maxBodyBytes } = question;
    const headers: Record<string, string> = {
      accept: 'application/json, text/plain',
      'accept-encoding': 'gzip, deflate',
      ...question.headers,
    };
    if (post !== undefined) headers['content-type'] = 'application/json';
    for (const secret of secrets) if (secret.place === 'header') headers[secret.name] = secret.reveal();
    try {
      return await this.http.request({
        url: url.href,
        method: methodOf(post),
        headers,
        data: post,
        signal,
        maxContentLength: maxBodyBytes,
      });
    } catch (error) {
      throw failureOf(error, question, signal);
    }
  }
}

/** The address as it leaves: parameters and the path token filled in. */
function withSecrets(bare: URL, secrets: readonly Secret[]): URL {
  const token = secrets.find(({ place }) => place === 'path');
  const url = new URL(
    token === undefined ? bare : bare.href.replaceAll(PATH_TOKEN, encodeURIComponent(token.reveal())),
  );
  for (const secret of secrets) if (secret.place === 'query') url.searchParams.set(secret.name, secret.reveal());
  return url;
}

/** Where a redirect leads. Throws SOURCE_FAILED when that is another server, or the same one without encryption, or a post would be lost. */
function redirected(from: URL, location: string, question: Question): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (to === null || to.origin !== from.origin || to.username !== '' || question.post !== undefined) {
    throw new SpoorError(
      'SOURCE_FAILED',
      `${from.host} sends the question on to ${to === null ? 'no address' : to.origin}, which was not asked for`,
      {},
      'name the address it sends to by --url if you trust it',
    );
  }
  to.hash = '';
  return withSecrets(to, question.secrets);
}

function headersOf(response: AxiosResponse): Record<string, string> {
  const rows = Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return Object.fromEntries(rows) as Record<string, string>;
}

async function unzipped(bytes: Buffer, headers: Record<string, string>, question: Question): Promise<Buffer> {
  const coding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (coding === 'identity' || coding === '' || bytes.length === 0) return bytes;
  if (!Object.hasOwn(UNZIP, coding)) throw new WireFailure('an encoding that was not asked for', false);
  try {
    return await UNZIP[coding as keyof typeof UNZIP](bytes, { maxOutputLength: question.maxBodyBytes });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(question);
    throw new WireFailure(`a damaged body (${error.code})`);
  }
}

/** The library's error by its code alone: its message and its request hold headers. */
function failureOf(error: unknown, question: Question, signal: AbortSignal): Error {
  if (signal.aborted) return new WireFailure('no answer in time');
  if (!axios.isAxiosError(error)) return error instanceof Error ? error : new Error(String(error));
  if (error.cause instanceof WireFailure) return error.cause;
  if (error.code === 'ERR_BAD_RESPONSE' && /maxContentLength/.test(error.message)) return tooLarge(question);
  const code = error.code ?? 'no answer';
  if (code === 'HPE_HEADER_OVERFLOW')
    return new SpoorError('TOO_LARGE', `${question.url.host} sends headers without end`);
  return certificateFailure(code, question.url.host) ?? new WireFailure(code);
}

/** The error for a certificate that is not believed, or null when the code says something else. */
export function certificateFailure(code: string, host: string): SpoorError | null {
  if (!CERTIFICATE_CODES.test(code)) return null;
  return new SpoorError(
    'SOURCE_FAILED',
    `the certificate of ${host} cannot be trusted (${code})`,
    {},
    'for a server of your own name the certificate of its authority by --ca FILE; checks cannot be switched off',
  );
}

function tooLarge({ url, maxBodyBytes }: Question): SpoorError {
  return new SpoorError('TOO_LARGE', `the answer of ${url.host} to ${url.pathname} is above ${maxBodyBytes} bytes`);
}
