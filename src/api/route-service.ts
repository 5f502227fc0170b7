/** Health, version, data, the OpenAPI document and the measures. */
import Type from 'typebox';
import { ENGINE_VERSION } from '../ledger/index.ts';
import { bearerOf } from './access.ts';
import type { App } from './app.ts';
import type { Freshness } from './fresh.ts';
import { textOf } from './problem.ts';
import { readiness } from './ready.ts';
import { jsonResponse, PROBLEMS, ref } from './schema.ts';
import type { ServerParts } from './server.ts';

type ServiceParts = ServerParts & { readonly fresh: Freshness };

const TAGS = ['service'];
const NOT_READY = 503;
const RETRY_SEC = '1';

/** Adds the routes. */
export function serviceRoutes(app: App, parts: ServiceParts): void {
  const { meters, isStopping, fresh } = parts;
  app.route({
    method: 'GET',
    url: '/v1/health',
    config: { scope: null },
    schema: {
      operationId: 'getHealth',
      summary: 'Whether the service runs',
      tags: TAGS,
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
    url: '/v1/ready',
    config: { scope: null },
    schema: {
      operationId: 'getReadiness',
      summary: 'Whether the service can screen now: 200 when every check holds, else 503 with the ones that do not',
      tags: TAGS,
      security: [],
      response: {
        200: jsonResponse('it is ready', ref('Readiness')),
        503: jsonResponse('it is not; the checks say why', ref('Readiness')),
        ...PROBLEMS,
      },
    },
    handler: async (_request, reply) => {
      const document = await readiness(parts);
      if (!document.ready) reply.code(NOT_READY).header('retry-after', RETRY_SEC);
      return document;
    },
  });
  aboutRoutes(app, parts);
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { scope: 'admin' },
    schema: {
      operationId: 'getMetrics',
      summary: 'Measures in the text form of Prometheus',
      tags: TAGS,
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

/** What answers rest on: versions, settings, data. */
function aboutRoutes(
  app: App,
  { pool, nowMs, maxAgeSec, keyRetentionSec, watchSec, rate, dayQuota }: ServiceParts,
): void {
  const settings = {
    max_data_age_sec: maxAgeSec,
    key_retention_sec: keyRetentionSec,
    watch_sec: watchSec,
    rate: { max: rate.max, window_sec: rate.windowMs / 1000, address_max: rate.addressMax },
    day_quota: dayQuota,
  };
  app.route({
    method: 'GET',
    url: '/v1/version',
    config: { scope: 'read' },
    schema: {
      operationId: 'getVersion',
      summary: 'Versions of the engine and of this interface, and what the service was set to',
      tags: TAGS,
      response: { 200: jsonResponse('versions', ref('Version')), ...PROBLEMS },
    },
    handler: async () => ({ schema: 'spoor.version/1', engine: ENGINE_VERSION, api: 'v1', settings }),
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
      const args = { nowSec: Math.floor(nowMs() / 1000), maxAgeSec };
      const text = textOf(await pool.run({ verb: 'data', args }, bearerOf(request).id), request);
      return reply.type('application/json').send(text);
    },
  });
}

/** The OpenAPI document of a server as text. */
export function openapiText(app: App): string {
  return `${JSON.stringify(app.swagger(), null, 2)}\n`;
}
