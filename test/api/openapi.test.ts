/** The OpenAPI document: without fault by a linter, and good enough for a client that is made of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { OpenAPIClientAxios } from 'openapi-client-axios';
import { printOpenapi } from '../../src/api/index.ts';
import { freshFolder } from '../support/cli.ts';
import { ask, demoCaseIn, FAKE_WORKER, quietOptions, withService } from '../support/service.ts';
import { projectPath } from '../support/shared-data.ts';

describe('api: the OpenAPI document', () => {
  it('has no fault by the recommended rules of a linter, and names no path that a server lacks', async () => {
    const text = await printOpenapi();
    const problems = await lintFromString({ source: text, config: await createConfig({ extends: ['recommended'] }) });
    assert.deepEqual(
      problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`),
      [],
    );
    assert.equal((JSON.parse(text) as { openapi: string }).openapi, '3.1.0');
    await withService(quietOptions(demoCaseIn(freshFolder()), { workerFile: FAKE_WORKER }), async ({ port }) => {
      assert.equal(
        (await ask(port, { path: '/openapi.json' })).text,
        text,
        'the served and the shipped document are one',
      );
    });
  });

  it('serves a client made of it: every operation is called by its name', async () => {
    const definition = JSON.parse(await printOpenapi());
    await withService(quietOptions(demoCaseIn(freshFolder())), async ({ url }) => {
      const api = new OpenAPIClientAxios({
        definition,
        axiosConfigDefaults: { baseURL: url, validateStatus: () => true },
      });
      const client = await api.init();
      const called = new Set<string>();
      const call = async (
        name: string,
        ...args: unknown[]
      ): Promise<{ status: number; data: Record<string, unknown> }> => {
        called.add(name);
        return (
          client as unknown as Record<
            string,
            (...all: unknown[]) => Promise<{ status: number; data: Record<string, unknown> }>
          >
        )[name](...args);
      };
      assert.equal((await call('getHealth')).data.status, 'ok');
      assert.equal((await call('getVersion')).data.api, 'v1');
      const data = (await call('getData')).data as { tip: { height: number }; packs: unknown[] };
      assert.ok(data.tip.height > 400_000 && data.packs.length > 0);
      assert.equal((await call('getMetrics')).status, 200);
      assert.equal((await call('getReadiness')).data.ready, true);
      const made = await call(
        'createScreening',
        { wait_ms: 10_000 },
        screeningBody('12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw'),
      );
      assert.equal(made.status, 200, JSON.stringify(made.data));
      const { screening, alerts } = made.data as {
        screening: { schema: string; risk: { level: string } };
        alerts: unknown[];
      };
      assert.deepEqual(
        [screening.schema, screening.risk.level],
        ['spoor.screening/1', 'severe'],
        JSON.stringify(screening),
      );
      assert.ok(alerts.length > 0);
      const batch = await call('createScreeningBatch', null, {
        requests: [screeningBody('12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw')],
      });
      assert.equal(batch.status, 207, JSON.stringify(batch.data));
      const list = (await call('listScreenings')).data as { items: Array<{ id: string }> };
      assert.equal(list.items.length, 2);
      assert.equal((await call('getScreening', { id: list.items[0].id })).data.id, list.items[0].id);
      assert.equal((await call('listAlerts')).status, 200);
      assert.equal((await call('getAlert', { id: `alr_${'0'.repeat(24)}` })).data.code, 'NOT_FOUND');
      assert.equal(
        (await call('reviewAlert', { id: `alr_${'0'.repeat(24)}` }, { state: 'flagged' })).data.code,
        'NOT_FOUND',
      );
      const tags = (await call('listTags', { subject: '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw' })).data as {
        items: unknown[];
      };
      assert.ok(tags.items.length > 0);
      const traces = (await call('listTraces')).data as { items: Array<{ id: string }> };
      assert.equal(traces.items.length, 1);
      assert.equal((await call('getTrace', { id: traces.items[0].id })).data.schema, 'spoor.trace/1');
      assert.equal((await call('getCluster', { address: '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw' })).status, 404);
      assert.equal((await call('listActors')).data.schema, 'spoor.actors/1');
      assert.equal((await call('getActor', { name: 'nobody of this name' })).status, 404);
      const rules = (await call('listRules')).data as { schema: string; cases: Array<Record<string, unknown>> };
      assert.equal(rules.schema, 'spoor.rules/1');
      const text = readFileSync(projectPath('samples/rules/default.yaml'), 'utf8');
      assert.deepEqual((await call('dryRunRules', null, { text })).data, rules);
      assert.equal((await call('dryRunRules', null, { text: 'rules: [' })).data.status, 422);
      const all = Object.values(definition.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
        (path) => Object.values(path).map(({ operationId }) => operationId),
      );
      assert.deepEqual([...called].sort(), all.sort());
    });
  });
});

function screeningBody(address: string): unknown {
  return { subject: { type: 'address', network: 'bitcoin', address } };
}
