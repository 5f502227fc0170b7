/** Alerts: listed, read with their history, reviewed. */
import Type from 'typebox';
import type { AlertBook } from '../case/index.ts';
import { bearerOf } from './access.ts';
import type { App } from './app.ts';
import { cursorOf, PAGE_QUERY, pageOf } from './page.ts';
import { ALERT_ID, jsonResponse, PROBLEMS, ref } from './schema.ts';
import { ALERT, ALERT_HISTORY, ALERT_LIST, STATE } from './schema-alert.ts';

const LONGEST_COMMENT = 4000;
const WORD = Type.String({ pattern: '^[a-z_]{1,32}$' });
const ID = Type.Object({ id: ALERT_ID });
const COMMENT = Type.String({ minLength: 1, maxLength: LONGEST_COMMENT });

/** Adds the routes. */
export function alertRoutes(app: App, { book, nowMs }: { book: AlertBook; nowMs: () => number }): void {
  for (const schema of [ALERT, ALERT_HISTORY, ALERT_LIST]) app.addSchema(schema);
  const tags = ['alert'];
  app.route({
    method: 'GET',
    url: '/v1/alerts',
    config: { scope: 'read' },
    schema: {
      operationId: 'listAlerts',
      summary: 'Alerts in the order they were made',
      tags,
      querystring: Type.Object(
        { ...PAGE_QUERY, state: Type.Optional(STATE), level: Type.Optional(WORD), kind: Type.Optional(WORD) },
        { additionalProperties: false },
      ),
      response: { 200: jsonResponse('a page', ref('AlertList')), ...PROBLEMS },
    },
    handler: async ({ query }) => {
      const filter = { state: query.state ?? null, level: query.level ?? null, kind: query.kind ?? null };
      const { after, limit } = pageOf(query, filter);
      const { alerts, next } = book.page(after, filter, limit);
      return { schema: 'spoor.alert-list/1', items: alerts, next: cursorOf(next, filter) };
    },
  });
  app.route({
    method: 'GET',
    url: '/v1/alerts/:id',
    config: { scope: 'read' },
    schema: {
      operationId: 'getAlert',
      summary: 'An alert with all that happened to it',
      tags,
      params: ID,
      response: { 200: jsonResponse('the alert', ref('AlertHistory')), ...PROBLEMS },
    },
    handler: async ({ params }) => book.history(params.id),
  });
  app.route({
    method: 'PATCH',
    url: '/v1/alerts/:id',
    config: { scope: 'admin' },
    schema: {
      operationId: 'reviewAlert',
      summary: 'Move an alert to another state, comment on it, or both',
      tags,
      params: ID,
      body: Type.Object(
        { state: Type.Optional(STATE), comment: Type.Optional(COMMENT) },
        { additionalProperties: false },
      ),
      response: { 200: jsonResponse('the alert', ref('AlertHistory')), ...PROBLEMS },
    },
    handler: async (request) => book.review(request.params.id, request.body, bearerOf(request).id, nowMs()),
  });
}
