/** Proxies and authorities: who carries a question, who learns of it, whose certificate is believed. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceRequest } from '../../../src/chain/transport/request.ts';
import { checkedProxy } from '../../../src/chain/transport/tunnel.ts';
import { certificate } from '../../support/certificate.ts';
import { freshFolder, spoorAsync } from '../../support/cli.ts';
import { always, type Loopback, loopback, transportTo } from '../../support/loopback.ts';
import { connectProxy, type RunningProxy, socksProxy } from '../../support/proxies.ts';

const AUTH = 'investigator:proxy-password-7';
const NAME = 'only-the-proxy-knows.test';
const REQUEST: SourceRequest = { path: '/x', finality: 'tip', subject: null };

describe('chain/transport tunnels', () => {
  let folder = '';
  let plain: Loopback;
  let encrypted: Loopback;
  let caFile = '';
  let caches = 0;
  const cache = (): string => join(folder, `cache-${caches++}`);
  const proxies: RunningProxy[] = [];
  const kept = async (proxy: Promise<RunningProxy>): Promise<RunningProxy> => {
    proxies.push(await proxy);
    return proxy;
  };

  before(async () => {
    folder = freshFolder();
    const own = certificate(['localhost', NAME]);
    plain = await loopback(always(200, 'plain'));
    encrypted = await loopback(always(200, 'encrypted'), own);
    caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, own.cert);
  });
  after(async () => {
    for (const server of [plain, encrypted, ...proxies]) await server.close();
  });

  it('a certificate of an unknown authority is refused at once, and no environment variable changes that; --ca adds the authority', async () => {
    const stranger = transportTo(encrypted.url, cache());
    const variable = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      await assert.rejects(stranger.ask(REQUEST), { code: 'SOURCE_FAILED', message: /certificate .*SELF_SIGNED/ });
    } finally {
      if (variable === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = variable;
    }
    assert.equal(stranger.requests, 1);
    assert.deepEqual(encrypted.asked, []);
    const answer = await transportTo(encrypted.url, cache(), { caFile }).ask(REQUEST);
    assert.equal(answer.bytes.toString(), 'encrypted');
  });

  it('another name than the certificate says is refused, with the authority known', async () => {
    const other = certificate(['elsewhere.example']);
    const server = await loopback(always(200, 'x'), other);
    writeFileSync(join(folder, 'other.pem'), other.cert);
    const url = server.url.replace('127.0.0.1', 'localhost');
    await assert.rejects(transportTo(url, cache(), { caFile: join(folder, 'other.pem') }).ask(REQUEST), {
      message: /ERR_TLS_CERT_ALTNAME_INVALID/,
    });
    await server.close();
  });

  it('a file of authorities that is missing or holds none is refused before anything is asked', () => {
    writeFileSync(join(folder, 'none.pem'), 'nothing');
    assert.throws(() => transportTo(encrypted.url, cache(), { caFile: join(folder, 'none.pem') }), { code: 'USAGE' });
    assert.throws(() => transportTo(encrypted.url, cache(), { caFile: join(folder, 'absent.pem') }), {
      code: 'FILE_NOT_FOUND',
    });
  });

  it('CONNECT: the proxy looks the name up and sees host and port, nothing else; its password goes to it alone', async () => {
    const proxy = await kept(connectProxy({ auth: AUTH }));
    const through = { proxy: `http://127.0.0.1:${proxy.port}`, proxyAuth: AUTH, caFile };
    const url = encrypted.url.replace('127.0.0.1', NAME);
    const transport = transportTo(url, cache(), through);
    assert.equal((await transport.ask(REQUEST)).bytes.toString(), 'encrypted');
    assert.deepEqual(proxy.asked, [`${NAME}:${encrypted.port}`]);
    assert.deepEqual(proxy.credentials, [AUTH]);
    let headers = '';
    plain.handler = (request, response) => {
      headers = JSON.stringify(request.headers);
      response.end('plain');
    };
    assert.equal((await transportTo(plain.url, cache(), through).ask(REQUEST)).bytes.toString(), 'plain');
    assert.equal(proxy.asked.at(-1), `127.0.0.1:${plain.port}`);
    assert.doesNotMatch(headers, /proxy-authorization|proxy-password/i);
  });

  it('CONNECT: certificates are checked behind the proxy too', async () => {
    const proxy = await kept(connectProxy());
    const transport = transportTo(encrypted.url, cache(), { proxy: `http://127.0.0.1:${proxy.port}` });
    await assert.rejects(transport.ask(REQUEST), { code: 'SOURCE_FAILED', message: /certificate .*SELF_SIGNED/ });
  });

  it('CONNECT: a refusal of the proxy is never taken for an answer of the server, and repeats no password', async () => {
    for (const refuse of [403, 404, 407, 502, 200]) {
      const proxy = await kept(
        connectProxy(refuse === 407 ? { auth: 'another:password' } : refuse === 200 ? {} : { refuse }),
      );
      const url = refuse === 200 ? 'https://unknown.example.org' : plain.url;
      const transport = transportTo(url, cache(), { proxy: `http://127.0.0.1:${proxy.port}`, proxyAuth: AUTH });
      await assert.rejects(
        transport.ask(REQUEST),
        (error: Error & { code?: string }) =>
          error.code === 'SOURCE_FAILED' &&
          /the proxy refuses with status \d+/.test(error.message) &&
          !/proxy-password-7/.test(error.message),
      );
      assert.equal(transport.requests, 1);
    }
  });

  it('SOCKS 5: names go to the proxy unresolved, with user and password; an onion service is reached by plain http', async () => {
    const proxy = await kept(socksProxy({ auth: AUTH }));
    const through = { proxy: `socks5h://127.0.0.1:${proxy.port}`, proxyAuth: AUTH, caFile };
    const url = encrypted.url.replace('127.0.0.1', NAME);
    assert.equal((await transportTo(url, cache(), through).ask(REQUEST)).bytes.toString(), 'encrypted');
    const onion = `${'a'.repeat(56)}.onion`;
    plain.handler = always(200, 'plain');
    const hidden = transportTo(plain.url.replace('127.0.0.1', onion), cache(), through);
    assert.equal((await hidden.ask(REQUEST)).bytes.toString(), 'plain');
    assert.deepEqual(proxy.asked, [`name ${NAME}:${encrypted.port}`, `name ${onion}:${plain.port}`]);
    assert.deepEqual(new Set(proxy.credentials), new Set([AUTH]));
  });

  it('SOCKS 5: wrong password, unknown name, unknown authority and no proxy at all end with an error that repeats no password', async () => {
    const proxy = await kept(socksProxy({ auth: 'another:password' }));
    const open = await kept(socksProxy());
    const cases: Array<[string, string]> = [
      [plain.url, `socks5h://127.0.0.1:${proxy.port}`],
      ['https://unknown.example.org', `socks5h://127.0.0.1:${open.port}`],
      [encrypted.url, `socks5h://127.0.0.1:${open.port}`],
      [plain.url, 'socks5h://127.0.0.1:1'],
    ];
    for (const [url, address] of cases) {
      await assert.rejects(
        transportTo(url, cache(), { proxy: address, proxyAuth: AUTH }).ask(REQUEST),
        (error: Error & { code?: string }) => error.code === 'SOURCE_FAILED' && !/proxy-password-7/.test(error.message),
        `${url} ${address}`,
      );
    }
  });

  it('proxies that would leak names, or addresses that hold a password, are refused', () => {
    for (const text of ['socks5://127.0.0.1:9050', 'socks4://127.0.0.1:9050', 'socks4a://h:1', 'socks://h:1'])
      assert.throws(() => checkedProxy(text), { code: 'USAGE', message: /look names up/ }, text);
    for (const text of ['ftp://h', 'nonsense', 'http://', 'h:3128', ''])
      assert.throws(() => checkedProxy(text), { code: 'USAGE' }, text);
    assert.throws(
      () => checkedProxy('http://user:hunter2222@h:3128'),
      (error: Error) =>
        /SPOOR_PROXY_AUTH/.test(`${(error as Error & { hint: string }).hint}`) && !error.message.includes('hunter2222'),
    );
  });

  it('the command line takes a proxy from its option only, never from the environment', async () => {
    const proxy = await kept(connectProxy());
    plain.handler = always(200, '{"chain_stats":{"tx_count":0}}');
    const env = Object.fromEntries(
      ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'].map((name) => [
        name,
        `http://127.0.0.1:${proxy.port}`,
      ]),
    );
    const args = [
      'fetch',
      '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw',
      '--url',
      plain.url,
      '--cache',
      cache(),
      '--case',
      'p.spoor',
      '--max-pages',
      '1',
    ];
    const direct = await spoorAsync(folder, args, { ...env, NO_PROXY: '', no_proxy: '' });
    assert.deepEqual(proxy.asked, []);
    assert.equal(direct.status, 7, 'the answer to the second question is not a list');
    const asked = plain.asked.length;
    await spoorAsync(folder, [...args, '--refresh', '--proxy', `http://127.0.0.1:${proxy.port}`], env);
    assert.ok(proxy.asked.length >= 1 && plain.asked.length > asked);
  });
});
