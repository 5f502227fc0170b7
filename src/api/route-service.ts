/** Health, version, data, the OpenAPI document and the measures. */
import Type from 'typebox';
import { ENGINE_VERSION } from '../ledger/index.ts';
import type { App } from './app.ts';
import type { Freshness } from './fresh.ts';
import { textOf } from './problem.ts';
import { jsonResponse, PROBLEMS, ref } from './schema.ts';
import type { ServerParts } from './server.ts';

type ServiceParts = ServerParts & { readonly fresh: Freshness };

/** Adds the routes. */
export function serviceRoutes(app: App, { pool, meters, isStopping, nowMs, fresh, maxAgeSec }: ServiceParts): void {
  const tags = ['service'];
  app.route({
    method: 'GET',
    url: '/v1/health',
    config: { scope: null },
    schema: {
      operationId: 'getHealth',
      summary: 'Whether the service runs',
      tags,
      security: [],
      response: { 200: jsonResponse('it runs', ref('Health')), ...PROBLEMS },
    },
    handler: async () => ({
      schema: 'spoor.health/1',
      status: isStopping() ? 'stopping' : fresh.isStale ? 'stale' : 'ok',
    }),
  });
  app.route({
    method: 'GET',
    url: '/v1/version',
    config: { scope: 'read' },
    schema: {
      operationId: 'getVersion',
      summary: 'Versions of the engine and of this interface',
      tags,
      response: { 200: jsonResponse('versions', ref('Version')), ...PROBLEMS },
    },
    handler: async () => ({ schema: 'spoor.version/1', engine: ENGINE_VERSION, api: 'v1' }),
  });
  app.route({
    method: 'GET',
    url: '/v1/data',
    config: { scope: 'read' },
    schema: {
      operationId: 'getData',
      summary: 'What answers rest on: tip, packs, digest of the inputs',
      tags: ['case'],
      response: { 200: jsonResponse('the data', ref('Data')), ...PROBLEMS },
    },
    handler: async (request, reply) => {
      const text = textOf(
        await pool.run({ verb: 'data', args: { nowSec: Math.floor(nowMs() / 1000), maxAgeSec } }),
        request,
      );
      return reply.type('application/json').send(text);
    },
  });
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { scope: 'admin' },
    schema: {
      operationId: 'getMetrics',
      summary: 'Measures in the text form of Prometheus',
      tags,
      response: {
        200: { description: 'measures', content: { 'text/plain': { schema: Type.String() } } },
        ...PROBLEMS,
      },
    },
    handler: async (_request, reply) => reply.type(meters.registry.contentType).send(await meters.registry.metrics()),
  });
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { scope: null },
    schema: { hide: true },
    handler: async (_request, reply) => reply.type('application/json').send(openapiText(app)),
  });
}

/** The OpenAPI document of a server as text. */
export function openapiText(app: App): string {
  return `${JSON.stringify(app.swagger(), null, 2)}\n`;
}
