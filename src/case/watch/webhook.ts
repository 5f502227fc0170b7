/**
 * Webhooks of watches. An address that is told about an investigation is chosen by whoever runs spoor, never by data: https anywhere, http on this machine
 * only, no redirects, and no private network unless that was said, whatever a name resolves to when it is asked.
 * Headers: `Spoor-Event-Id` tells repetitions; `Spoor-Timestamp` is seconds since epoch; `Spoor-Signature` is `v1=` and HMAC-SHA256, in hex, over the
 * timestamp, a dot and the body, with the shared secret. A receiver refuses timestamps more than five minutes off.
 */
import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import axios from 'axios';
import { SpoorError } from '../../ledger/index.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;
const LONGEST_URL = 2000;
const OK_FROM = 200;
const OK_BELOW = 300;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');
/** IANA special-purpose registries: this network, private, shared, link-local, test, multicast and reserved; for IPv6 also what embeds IPv4. */
const INNER = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  INNER.addSubnet(net, bits);
for (const [net, bits] of [
  ['::', 128],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  INNER.addSubnet(net, bits, 'ipv6');

/** Reads the address of a webhook. Throws USAGE for one that is not allowed. */
export function checkWebhookUrl(text: string, allowPrivate: boolean): URL {
  const refuse = (why: string): SpoorError => new SpoorError('USAGE', `this webhook is refused: ${why}`);
  if (text.length > LONGEST_URL || !URL.canParse(text)) throw refuse('it is not an address');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') throw refuse('it holds a password; the signature says who tells');
  const host = hostOf(url);
  const local = host === 'localhost' || isLoopback(host);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local))
    throw refuse('it must be https, or http on this machine');
  if (isIP(host) !== 0 && !local && !allowPrivate && isInner(host))
    throw refuse('it is in a private network; --allow-private permits it');
  return url;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && LOOPBACK.check(address, familyOf(address));
}

function isInner(address: string): boolean {
  return INNER.check(address, familyOf(address));
}

/** The header that proves who told, and when. */
export function webhookSignature(secret: string, timestampSec: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestampSec}.${body}`).digest('hex')}`;
}

/** Tells a webhook. Resolves when it answered 2xx. Throws SOURCE_FAILED with a reason that holds no secret, USAGE for an address that is not allowed. */
export async function postWebhook(
  webhook: { readonly url: string; readonly allowPrivate: boolean },
  event: { readonly id: string; readonly body: string },
  proof: { readonly secret: string; readonly nowMs: number },
): Promise<void> {
  const url = checkWebhookUrl(webhook.url, webhook.allowPrivate);
  const timestampSec = Math.floor(proof.nowMs / 1000);
  const status = await send(url, webhook.allowPrivate, event.body, {
    'content-type': 'application/json',
    'user-agent': 'spoor',
    'spoor-event-id': event.id,
    'spoor-timestamp': String(timestampSec),
    'spoor-signature': webhookSignature(proof.secret, timestampSec, event.body),
  });
  if (status < OK_FROM || status >= OK_BELOW) throw new SpoorError('SOURCE_FAILED', `the webhook answered ${status}`);
}

async function send(url: URL, allowPrivate: boolean, body: string, headers: Record<string, string>): Promise<number> {
  try {
    const { status } = await axios.post<string>(url.href, body, {
      headers,
      maxRedirects: 0,
      proxy: false,
      timeout: TIMEOUT_MS,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      maxContentLength: MAX_ANSWER_BYTES,
      responseType: 'text',
      validateStatus: () => true,
      // The address that is connected to is the one that was checked.
      lookup: async (hostname: string) => resolveAllowed(hostname, url, allowPrivate),
    });
    return status;
  } catch (error) {
    if (error instanceof SpoorError) throw error;
    const cause: unknown = error instanceof Error ? error.cause : undefined;
    if (cause instanceof SpoorError) throw cause;
    const code = axios.isAxiosError(error) ? (error.code ?? error.message) : String(error);
    throw new SpoorError('SOURCE_FAILED', `the webhook could not be told: ${code}`);
  }
}

async function resolveAllowed(
  hostname: string,
  url: URL,
  allowPrivate: boolean,
): Promise<{ address: string; family: 4 | 6 }> {
  const { address, family } = await lookup(hostname);
  const local = isLoopback(address);
  const allowed = local
    ? url.protocol === 'http:' || hostname === 'localhost' || allowPrivate
    : allowPrivate || !isInner(address);
  if (!allowed || (url.protocol === 'http:' && !local))
    throw new SpoorError('USAGE', 'this webhook is refused: its name resolves to a private network');
  return { address, family: family === 6 ? 6 : 4 };
}
