/** Who may ask: hosts and origins, media types, tokens, how often. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { serve } from '../../src/api/index.ts';
import { createToken, openState, revokeToken, type Scope } from '../../src/case/index.ts';
import { freshFolder } from '../support/cli.ts';
import { ask, codeOf, demoCaseIn, quietOptions, withService } from '../support/service.ts';

const NOW_SEC = Math.floor(Date.now() / 1000);

function makeToken(file: string, scope: Scope, expiresSec: number | null = null): { text: string; id: string } {
  const state = openState(file, { exclusive: false });
  const { text, row } = createToken(
    state,
    { name: 'test', scopes: [scope], expiresSec },
    { nowSec: NOW_SEC, random: randomBytes },
  );
  state.close();
  return { text, id: row.id };
}

describe('api: who may ask', () => {
  const folder = freshFolder();

  it('answers its own hosts and origins only: a page under another name that resolves here gets nothing', async () => {
    const file = demoCaseIn(freshFolder());
    await withService(quietOptions(file), async ({ port }) => {
      const own = `127.0.0.1:${port}`;
      const refused: Array<[Record<string, string>, number]> = [
        [{ host: 'evil.example' }, 421],
        [{ host: `evil.example:${port}` }, 421],
        [{ host: '127.0.0.1' }, 421],
        [{ host: `127.0.0.1:${port}.evil.example` }, 421],
        [{ host: `localhost.evil.example:${port}` }, 421],
        [{ host: `0.0.0.0:${port}` }, 421],
        [{ host: own, origin: 'http://evil.example' }, 403],
        [{ host: own, origin: 'null' }, 403],
        [{ host: own, origin: `https://${own}` }, 403],
        [{ host: own, origin: 'http://127.0.0.1:1' }, 403],
        [{ host: own, 'sec-fetch-site': 'cross-site' }, 403],
        [{ host: own, 'sec-fetch-site': 'same-site' }, 403],
      ];
      for (const [headers, status] of refused) {
        const reply = await ask(port, { path: '/v1/health', headers });
        assert.equal(reply.status, status, JSON.stringify(headers));
        assert.equal(reply.headers['access-control-allow-origin'], undefined);
      }
      const welcome: Record<string, string>[] = [
        { host: own },
        { host: `localhost:${port}` },
        { host: `LOCALHOST:${port}`, origin: `http://localhost:${port}`, 'sec-fetch-site': 'same-origin' },
        { host: own, 'sec-fetch-site': 'none' },
      ];
      for (const headers of welcome) {
        assert.equal((await ask(port, { path: '/v1/health', headers })).status, 200, JSON.stringify(headers));
      }
      const preflight = await ask(port, {
        method: 'OPTIONS',
        path: '/v1/health',
        headers: { host: own, origin: 'http://evil.example', 'access-control-request-method': 'POST' },
      });
      assert.equal(preflight.status, 403);
    });
  });

  it('takes JSON only, by its exact media type, and no body where none belongs', async () => {
    const file = demoCaseIn(freshFolder());
    await withService(quietOptions(file), async ({ port }) => {
      for (const type of [
        'text/plain',
        'application/json\t',
        'application/json; charset=latin1',
        'application/json ;',
        'application/jsonp',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=a',
        '',
      ]) {
        const reply = await ask(port, {
          method: 'POST',
          path: '/v1/health',
          body: '{}',
          headers: { 'content-type': type },
        });
        // Node strips white space at the end of a header value (RFC 9110, 5.5), so a tab there is no other type.
        const trimmed = type.trimEnd() === 'application/json';
        assert.equal(reply.status, trimmed ? 404 : 415, JSON.stringify(type));
      }
      const packed = await ask(port, {
        method: 'POST',
        path: '/v1/health',
        body: '{}',
        headers: { 'content-encoding': 'gzip' },
      });
      assert.equal(packed.status, 415);
      assert.equal((await ask(port, { path: '/v1/health', body: '{}' })).status, 400);
    });
  });

  it('asks for a token once one was made: unknown, altered, expired, revoked and too weak ones are refused', async () => {
    const file = demoCaseIn(folder);
    const read = makeToken(file, 'read');
    const admin = makeToken(file, 'admin');
    const old = makeToken(file, 'admin', NOW_SEC + 1);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await withService(quietOptions(file), async ({ port }) => {
      const with_ = (text: string, path = '/v1/version') =>
        ask(port, { path, headers: { authorization: `Bearer ${text}` } });
      const none = await ask(port, { path: '/v1/version' });
      assert.equal(none.status, 401);
      assert.match(String(none.headers['www-authenticate']), /^Bearer /);
      assert.equal((await with_(read.text)).status, 200);
      const flipped = `${read.text.slice(0, -2)}${read.text.at(-2) === 'A' ? 'B' : 'A'}${read.text.at(-1)}`;
      for (const wrong of [
        flipped,
        read.text.slice(0, -1),
        `${read.text}A`,
        read.text.toUpperCase(),
        `spoor_${read.id}_`,
        'spoor',
        admin.text.replace(admin.id, read.id),
        old.text,
      ]) {
        assert.equal((await with_(wrong)).status, 401, wrong);
      }
      assert.equal(codeOf(await with_(read.text, '/metrics')), 'FORBIDDEN');
      assert.equal((await with_(admin.text, '/metrics')).status, 200);
      const state = openState(file, { exclusive: false });
      revokeToken(state, read.id, NOW_SEC);
      state.close();
      assert.equal((await with_(read.text)).status, 401, 'a token revoked by another process is refused at once');
      assert.equal((await ask(port, { path: '/v1/health' })).status, 200, 'health is for everybody');
    });
  });

  it('asks for a token from the request on after the first was made, also while it runs', async () => {
    const file = demoCaseIn(freshFolder());
    await withService(quietOptions(file), async ({ port }) => {
      assert.equal((await ask(port, { path: '/v1/version' })).status, 200);
      const { text } = makeToken(file, 'read');
      assert.equal((await ask(port, { path: '/v1/version' })).status, 401);
      const headers = { authorization: `Bearer ${text}` };
      assert.equal((await ask(port, { path: '/v1/version', headers })).status, 200);
    });
  });

  it('keeps no token: neither its text nor its secret is in the files, which only their owner reads', () => {
    const file = demoCaseIn(freshFolder());
    const { text } = makeToken(file, 'read');
    const bytes = [`${file}.state`, `${file}.state-wal`].flatMap((name) => {
      try {
        return [readFileSync(name).toString('latin1')];
      } catch {
        return [];
      }
    });
    assert.ok(bytes.length > 0);
    for (const content of bytes) assert.ok(!content.includes(text.split('_').slice(2).join('_')));
    assert.equal(statSync(`${file}.state`).mode & 0o777, 0o600);
  });

  it('listens to other machines only with an active token, and once on a case', async () => {
    const file = demoCaseIn(freshFolder());
    await assert.rejects(serve(quietOptions(file, { host: '0.0.0.0' })), /refused while no token is active/);
    const { id } = makeToken(file, 'read');
    await withService(quietOptions(file, { host: '0.0.0.0', names: ['api.test'] }), async ({ port }) => {
      assert.equal((await ask(port, { path: '/v1/health', headers: { host: `api.test:${port}` } })).status, 200);
      assert.equal((await ask(port, { path: '/v1/health' })).status, 421);
      await assert.rejects(serve(quietOptions(file)), /another service runs on this case/);
    });
    const state = openState(file, { exclusive: false });
    revokeToken(state, id, NOW_SEC);
    state.close();
    await assert.rejects(serve(quietOptions(file, { host: '0.0.0.0' })), /refused while no token is active/);
    await withService(quietOptions(file), async ({ port }) => {
      assert.equal((await ask(port, { path: '/v1/version' })).status, 401, 'revoking the last token opens nothing');
    });
  });

  it('limits how often one asks, says when to come back, and lets others through', async () => {
    const file = demoCaseIn(freshFolder());
    const [one, two] = [makeToken(file, 'read'), makeToken(file, 'read')];
    await withService(
      quietOptions(file, { rate: { max: 5, windowMs: 60_000, addressMax: null } }),
      async ({ port }) => {
        const as = (text: string) => ask(port, { path: '/v1/version', headers: { authorization: `Bearer ${text}` } });
        for (let count = 4; count >= 0; count -= 1) {
          const reply = await as(one.text);
          assert.equal(reply.status, 200);
          assert.equal(reply.headers['ratelimit-remaining'], String(count));
        }
        const over = await as(one.text);
        assert.equal(over.status, 429);
        assert.equal(codeOf(over), 'TOO_MANY_REQUESTS');
        assert.ok(Number(over.headers['retry-after']) >= 1 && Number(over.headers['retry-after']) <= 60);
        assert.equal((await as(two.text)).status, 200);
        for (let guess = 0; guess < 5; guess += 1)
          assert.equal((await as(`spoor_${'0'.repeat(12)}_${'A'.repeat(43)}`)).status, 401);
        assert.equal((await as('another guess')).status, 429, 'guesses count against the address');
        assert.equal((await as(two.text)).status, 200);
      },
    );
  });
});
