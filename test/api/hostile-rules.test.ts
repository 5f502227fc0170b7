/** Rows of the hostile-input table that meet the service by a file of rules sent to it, and what every answer says to a browser. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { freshFolder } from '../support/cli.ts';
import { ask, codeOf, demoCaseIn, quietOptions, type Reply, withService } from '../support/service.ts';
import { projectPath } from '../support/shared-data.ts';

const FINE = readFileSync(projectPath('samples/rules/default.yaml'), 'utf8');
const ANCHORS = Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at}, `.repeat(9)}*a${at}]`);

/** Files of rules that mean harm, each with the code it is refused with. */
const HOSTILE: ReadonlyArray<readonly [what: string, text: string, code: string]> = [
  ['a billion laughs', ['a0: &a0 [x]', ...ANCHORS, ''].join('\n'), 'RULES_INVALID'],
  ['one alias', `${FINE}extra: &x 1\nmore: *x\n`, 'RULES_INVALID'],
  ['a merge key', `${FINE}<<: {id: other}\n`, 'RULES_INVALID'],
  ['a tag that makes code', 'a: !!js/function "x"\n', 'RULES_INVALID'],
  ['a key twice', `${FINE}id: other\n`, 'RULES_INVALID'],
  ['a key of a prototype', `${FINE}__proto__: {admin: true}\n`, 'RULES_INVALID'],
  ['another one', `${FINE}constructor: {prototype: {admin: true}}\n`, 'RULES_INVALID'],
  ['deep lists', '['.repeat(100_000), 'RULES_INVALID'],
  ['deep maps', '{a: '.repeat(40_000), 'RULES_INVALID'],
  ['a second document', `${FINE}---\nid: x\n`, 'RULES_INVALID'],
  ['a long id (ReDoS)', `id: ${'a'.repeat(150_000)}!\n`, 'RULES_INVALID'],
  [
    'a long number (ReDoS)',
    FINE.replace('unknown_share: 0.1', `unknown_share: 0.${'1'.repeat(150_000)}x`),
    'RULES_INVALID',
  ],
  ['a control character', FINE.replace('title: ', 'title: \u0007'), 'RULES_INVALID'],
  ['too much text', `#${'x'.repeat(200_000)}`, 'USAGE'],
  ['a body above 1 MB', `#${'x'.repeat(1_100_000)}`, 'TOO_LARGE'],
];

describe('api: hostile rules', () => {
  const file = demoCaseIn(freshFolder());
  const dryRun = (port: number, text: string): Promise<Reply> =>
    ask(port, { method: 'POST', path: '/v1/rules/dry-run', body: JSON.stringify({ text }) });

  it('bombs, keys of prototypes, depth and long texts are refused with their code, in time, and nothing is kept of them', () =>
    withService(quietOptions(file), async ({ port }) => {
      const before = await dryRun(port, FINE);
      assert.equal(before.status, 200);
      for (const [what, text, code] of HOSTILE) {
        const started = process.cpuUsage();
        const reply = await dryRun(port, text);
        const { user, system } = process.cpuUsage(started);
        assert.equal(codeOf(reply), code, what);
        assert.ok(reply.status >= 400 && reply.status < 500, what);
        assert.match(String(reply.headers['content-type']), /^application\/problem\+json/, what);
        assert.ok(reply.text.length < 2000, `${what}: what was sent is not sent back`);
        // Threads are of this process: what both cost counts.
        assert.ok(user + system < 5_000_000, `${what}: ${user + system} us`);
      }
      assert.equal(({} as { admin?: boolean }).admin, undefined);
      assert.equal((await dryRun(port, FINE)).text, before.text, 'one after them is judged as one before');
    }));

  it('markup and text that turns is text in JSON, and every answer tells a browser to run, frame and keep nothing', () =>
    withService(quietOptions(file), async ({ port }) => {
      const title = '<script>alert(1)</script><img src=x onerror=alert(1)>\u202e';
      const rules = FINE.replace(/name: The address is on .*/, () => `name: "${title}"`);
      assert.notEqual(rules, FINE);
      const shown = await dryRun(port, rules);
      assert.equal(shown.status, 200, shown.text.slice(0, 300));
      assert.match(String(shown.headers['content-type']), /^application\/json/);
      const named = JSON.parse(shown.text) as { rules: { rules: Array<{ name: string }> } };
      assert.equal(named.rules.rules[0].name, title);
      const replies = [
        shown,
        await ask(port, { path: '/v1/health' }),
        await ask(port, { path: '/v1/nothing<script>' }),
        await ask(port, { path: '/v1/health', headers: { origin: 'http://evil.example' } }),
        await ask(port, { method: 'POST', path: '/v1/screenings', body: '{' }),
        await ask(port, { path: '/openapi.json' }),
        await ask(port, { path: '/metrics' }),
      ];
      for (const { status, headers } of replies) {
        assert.equal(headers['content-security-policy'], "default-src 'none';frame-ancestors 'none'", `${status}`);
        assert.equal(headers['x-content-type-options'], 'nosniff', `${status}`);
        assert.equal(headers['cross-origin-resource-policy'], 'same-origin', `${status}`);
        assert.equal(headers['cache-control'], 'no-store', `${status}`);
        assert.ok(!/html/.test(String(headers['content-type'])), `${status}`);
      }
    }));
});
