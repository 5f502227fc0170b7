/** Every answer of a running server is what the document it serves says, member by member; every status of success of every operation is met. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Static } from 'typebox';
import { printOpenapi } from '../../src/api/index.ts';
import type { ACCOUNT_EVENT, OUTPUT_EVENT, RISK_CHANGE } from '../../src/api/schema-alert.ts';
import type { RULES } from '../../src/api/schema-rule.ts';
import type { TRACE, TRACE_PARAMS } from '../../src/api/schema-trace.ts';
import {
  createToken,
  importPacks,
  loadTrace,
  openState,
  parseSubject,
  runClusters,
  trace,
  withCase,
} from '../../src/case/index.ts';
import type { TraceParams } from '../../src/case/trace/trace.ts';
import type { WatchEvent } from '../../src/case/watch/event.ts';
import type { AccountWatchEvent } from '../../src/case/watch/event-account.ts';
import type { RiskChange } from '../../src/case/watch/verdict.ts';
import type { TraceDocument } from '../../src/report/index.ts';
import type { RuleFile } from '../../src/screen/index.ts';
import { freshFolder } from '../support/cli.ts';
import { Contract, widened } from '../support/contract.ts';
import { ask, demoCaseIn, type Question, quietOptions, type Reply, withService } from '../support/service.ts';
import { projectPath } from '../support/shared-data.ts';

const RANSOM = '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw';

describe('api: answers and the document', () => {
  const file = demoCaseIn(freshFolder());
  let token = '';
  const met = new Set<string>();
  let promised: readonly string[] = [];

  before(() => {
    withCase(file, { create: false }, (context) => {
      importPacks(context, [projectPath('samples/actors/wannacry.yaml')]);
      const { params } = loadTrace(context, null);
      // All that a trace can tell beside its rules.
      const seeds = params.seeds.map(({ label, subject }) => ({ label, subject: parseSubject(subject, 'mainnet') }));
      trace(context, { ...params, seeds, unknown: 'bounds', envelope: true });
      runClusters(context, { coinjoins: 'exclude', until: null, change: null, keepApart: [] });
    });
    const state = openState(file, { exclusive: false });
    const nowSec = Math.floor(Date.now() / 1000);
    const asked = { name: 'contract', scopes: ['admin'], expiresSec: null } as const;
    token = createToken(state, asked, { nowSec, random: randomBytes }).text;
    state.close();
  });

  const screening = (address: string) => ({ subject: { type: 'address', network: 'bitcoin', address } });
  const inService = (maxAgeSec: number | null, work: (call: Call) => Promise<void>): Promise<void> =>
    withService(quietOptions(file, { maxAgeSec }), async ({ port }) => {
      const contract = new Contract((await ask(port, { path: '/openapi.json' })).text);
      const call = async (operation: string, { method, path, headers = {}, body }: Asked): Promise<Reply> => {
        const text = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
        const bearer = { authorization: `Bearer ${token}`, ...headers };
        const reply = await ask(port, { method, path, headers: bearer, ...text });
        assert.deepEqual(contract.problems(operation, reply), [], reply.text.slice(0, 2000));
        if (String(reply.headers['content-type']).includes('json')) assertClosed(contract, operation, reply);
        return reply;
      };
      await work(call);
      promised = contract.promised;
      for (const one of contract.seen) met.add(one);
    });
  type Asked = Omit<Question, 'body'> & { readonly body?: unknown };
  type Call = (operation: string, asked: Asked) => Promise<Reply>;
  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Asked => ({
    method: 'POST',
    path,
    body,
    headers,
  });

  it('what each operation answers when all is well', () =>
    inService(1, async (call) => {
      // The demo is years old: health says so, and the age of the data is told.
      assert.equal(JSON.parse((await call('getHealth', { path: '/v1/health' })).text).status, 'stale');
      for (const [operation, path] of [
        ['getVersion', '/v1/version'],
        ['getReadiness', '/v1/ready'],
        ['getData', '/v1/data'],
        ['getMetrics', '/metrics'],
        ['listRules', '/v1/rules'],
        ['listTags', `/v1/tags?subject=${RANSOM}`],
        ['getCluster', `/v1/clusters/${RANSOM}`],
        ['listActors', '/v1/actors'],
      ])
        assert.equal((await call(operation, { path })).status, operation === 'getReadiness' ? 503 : 200, operation);
      const text = readFileSync(projectPath('samples/rules/default.yaml'), 'utf8');
      assert.equal((await call('dryRunRules', post('/v1/rules/dry-run', { text }))).status, 200);
      const { items } = JSON.parse((await call('listTraces', { path: '/v1/traces' })).text) as Listed;
      assert.equal(items.length, 2);
      for (const { id } of items) assert.equal((await call('getTrace', { path: `/v1/traces/${id}` })).status, 200);
      const { list } = JSON.parse((await call('listActors', { path: '/v1/actors' })).text) as { list: Listed['items'] };
      assert.ok(items.length > 0 && list.length > 1);
      for (const { id } of list) assert.equal((await call('getActor', { path: `/v1/actors/${id}` })).status, 200, id);
    }));

  it('screenings and alerts, whatever came of them', () =>
    inService(null, async (call) => {
      const made = await call('createScreening', post('/v1/screenings?wait_ms=10000', screening(RANSOM)));
      const { id, alerts } = JSON.parse(made.text) as { id: string; alerts: string[] };
      assert.deepEqual([made.status, alerts.length > 0], [200, true]);
      const later = await call('createScreening', post('/v1/screenings?wait_ms=0', screening(RANSOM)));
      assert.equal(later.status, 202);
      for (const more of [
        { ...screening(RANSOM), lookup_only: true },
        { ...screening('1BvTQTP5PJVCEz7dCU2YxgMskMxxikSruM'), direction: 'both' },
        { ...screening(RANSOM), direction: 'sent', methods: ['fifo', 'haircut', 'poison'], as_of: '2017-08-03' },
        { subject: { type: 'address', network: 'ethereum', address: `0x${'1'.repeat(40)}` } },
      ])
        assert.equal((await call('createScreening', post('/v1/screenings?wait_ms=10000', more))).status, 200);
      const requests = [screening(RANSOM), screening('1BvTQTP5PJVCEz7dCU2YxgMskMxxikSruN')];
      const batch = await call('createScreeningBatch', post('/v1/screenings/batch?wait_ms=10000', { requests }));
      const statuses = (JSON.parse(batch.text) as { items: Array<{ status: number }> }).items.map(
        ({ status }) => status,
      );
      assert.deepEqual([batch.status, statuses], [207, [200, 400]], 'a failed one is in the list with its problem');
      for (const path of ['/v1/screenings', '/v1/screenings?status=failed', '/v1/screenings?limit=1'])
        await call('listScreenings', { path });
      const { items } = JSON.parse((await call('listScreenings', { path: '/v1/screenings' })).text) as Listed;
      for (const one of items) await call('getScreening', { path: `/v1/screenings/${one.id}` });
      assert.ok(items.some((one) => one.id === id));
      assert.equal((await call('getReadiness', { path: '/v1/ready' })).status, 200);
      assert.equal((await call('listAlerts', { path: '/v1/alerts' })).status, 200);
      const review = { state: 'flagged', comment: 'seen' };
      assert.equal(
        (await call('reviewAlert', { method: 'PATCH', path: `/v1/alerts/${alerts[0]}`, body: review })).status,
        200,
      );
      assert.equal((await call('getAlert', { path: `/v1/alerts/${alerts[0]}` })).status, 200);
    }));

  it('what is refused', () =>
    inService(1, async (call) => {
      const refused: Array<[string, Asked, number]> = [
        ['getVersion', { path: '/v1/version', headers: { authorization: 'Bearer nobody' } }, 401],
        ['getScreening', { path: `/v1/screenings/scr_${'0'.repeat(24)}` }, 404],
        ['getAlert', { path: '/v1/alerts/x' }, 400],
        ['getActor', { path: '/v1/actors/nobody' }, 404],
        ['dryRunRules', post('/v1/rules/dry-run', { text: 'rules: [' }), 422],
        ['createScreening', post('/v1/screenings', '{'), 400],
        ['createScreening', post('/v1/screenings', screening(RANSOM)), 503],
        ['createScreening', post('/v1/screenings', screening(RANSOM), { 'content-type': 'text/plain' }), 415],
        ['createScreeningBatch', post('/v1/screenings/batch', { requests: [] }), 400],
        ['getHealth', { path: '/v1/health', headers: { host: 'evil.example' } }, 421],
      ];
      for (const [operation, asked, status] of refused)
        assert.equal((await call(operation, asked)).status, status, operation);
    }));

  it('leaves nothing open', async () => {
    assert.deepEqual(new Contract(await printOpenapi()).open(), []);
  });

  it('documents of a trace, of rules and of alerts are of the types that the command line prints', () => {
    // Each line is a mistake to the compiler where schema and type part.
    const same: [
      Same<Omit<Static<typeof TRACE>, 'run'>, Omit<TraceDocument, 'run'>>,
      Same<Static<typeof TRACE_PARAMS>, TraceParams>,
      Same<Static<typeof RULES>['rules'], Json<RuleFile>>,
      Same<Omit<Static<typeof OUTPUT_EVENT>, 'watch'>, WatchEvent>,
      Same<Omit<Static<typeof ACCOUNT_EVENT>, 'watch'>, AccountWatchEvent>,
      Same<Static<typeof RISK_CHANGE>, RiskChange>,
    ] = [true, true, true, true, true, true];
    assert.equal(same.length, 6);
  });

  it('every status of success that the document promises was met above', () => {
    assert.deepEqual(
      promised.filter((one) => !met.has(one)),
      [],
    );
    assert.ok(promised.length >= 21, 'the document promises what it always did');
  });
});

type Plain<T> = T extends object ? { -readonly [Key in keyof T]: Plain<T[Key]> } : T;
type Json<T> = T extends bigint ? string : T extends object ? { -readonly [Key in keyof T]: Json<T[Key]> } : T;
type Same<A, B> = (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;

/** Most objects of one answer that a member is added to; of long lists the first ones stand for all. */
const MOST_WIDENED = 60;

/** Nothing can be added to an answer, anywhere, that the document lets through. */
function assertClosed(contract: Contract, operation: string, reply: Reply): void {
  let count = 0;
  for (const value of widened(JSON.parse(reply.text))) {
    const text = JSON.stringify(value);
    assert.notDeepEqual(contract.problems(operation, { ...reply, text }), [], text.slice(0, 2000));
    count += 1;
    if (count >= MOST_WIDENED) break;
  }
}

interface Listed {
  readonly items: ReadonlyArray<{ readonly id: string }>;
}
