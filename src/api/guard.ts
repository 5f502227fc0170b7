/**
 * Whose request this may be. A page of another site open in the same browser can reach a port of loopback, by its own name (a name that resolves to
 * 127.0.0.1: rebinding) or by a form or script (CSRF). Such a page cannot choose the Host, Origin and Sec-Fetch-Site headers: they are compared exactly.
 */
import type { IncomingMessage } from 'node:http';
import { SpoorError } from '../ledger/index.ts';

/** Hosts a request may name (with port, as in the header), and the origins that belong to them. */
export interface Allowed {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
}

/** What is allowed of a server on this port: the names of loopback where it listens there, and those it was told. */
export function allowedHosts(names: readonly string[], port: number): Allowed {
  const hosts = new Set(names.map((name) => (port === 80 ? name : `${name}:${port}`)));
  return { hosts, origins: new Set([...hosts].map((host) => `http://${host}`)) };
}

/** Names of loopback in a Host header. */
export const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'] as const;

/** `none` is a person who typed the address: fine to read, but a form cannot be sent so. */
const OWN_SITES = new Set(['same-origin', 'none']);
const READING = new Set(['GET', 'HEAD']);
const WITH_BODY = new Set(['POST', 'PATCH', 'PUT']);
const JSON_TYPES = new Set(['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-8']);

/** Throws MISDIRECTED, FORBIDDEN, USAGE or UNSUPPORTED_MEDIA for a request that must not be looked at any further. */
export function checkRequest(raw: IncomingMessage, allowed: Allowed): void {
  const { headers, method = '' } = raw;
  const host = headers.host?.toLowerCase() ?? '';
  if (!allowed.hosts.has(host) || !raw.url?.startsWith('/'))
    throw new SpoorError('MISDIRECTED', 'this server does not answer for that host');
  if (headers.origin !== undefined && !allowed.origins.has(headers.origin.toLowerCase()))
    throw new SpoorError('FORBIDDEN', 'requests of other sites are refused (Origin)');
  const site = headers['sec-fetch-site'];
  if (site !== undefined && !(READING.has(method) ? OWN_SITES.has(String(site)) : site === 'same-origin'))
    throw new SpoorError('FORBIDDEN', 'requests of other sites are refused (Sec-Fetch-Site)');
  if (WITH_BODY.has(method)) checkMedia(raw);
  else if (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0')
    throw new SpoorError('USAGE', `a ${method} request has no body`);
}

/** The type is compared as a whole: a server that reads it generously can be made to check less than it parses. */
function checkMedia({ headers }: IncomingMessage): void {
  const type = headers['content-type']?.toLowerCase() ?? '';
  if (!JSON_TYPES.has(type))
    throw new SpoorError(
      'UNSUPPORTED_MEDIA',
      'the body must be JSON',
      { field: 'Content-Type' },
      'send application/json',
    );
  if (headers['content-encoding'] !== undefined)
    throw new SpoorError('UNSUPPORTED_MEDIA', 'the body must not be compressed', { field: 'Content-Encoding' });
}
