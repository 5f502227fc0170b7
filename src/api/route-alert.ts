/** Alerts: listed, read with their history, reviewed. */
import Type from 'typebox';
import { ALERT_STATES, type AlertBook } from '../case/index.ts';
import { bearerOf } from './access.ts';
import type { App } from './app.ts';
import { cursorOf, PAGE_ANSWER, PAGE_QUERY, pageOf } from './page.ts';
import { jsonResponse, MAX_TEXT, named, PROBLEMS, ref } from './schema.ts';

const LONGEST_COMMENT = 4000;
const STATE = Type.Enum([...ALERT_STATES]);
const WORD = Type.String({ pattern: '^[a-z_]{1,32}$' });
const ID = Type.Object({ id: Type.String({ pattern: '^alr_[0-9a-f]{24}$' }) });
const COMMENT = Type.String({ minLength: 1, maxLength: LONGEST_COMMENT });
const MEMBERS = {
  schema: Type.Literal('spoor.alert/1'),
  id: Type.String(),
  kind: Type.String({ description: 'rule, watch or risk_change; more may come' }),
  level: Type.String(),
  state: STATE,
  withdrawn: Type.Boolean({ description: 'the chain undid its event' }),
  subject: Type.String({ maxLength: MAX_TEXT }),
  source: Type.String({ description: 'screening or watch that made it' }),
  created_at: Type.String(),
  updated_at: Type.String(),
  detail: Type.Unknown(),
};
const ALERT = named('Alert', Type.Object(MEMBERS));
const OR_NULL = Type.Union([Type.String(), Type.Null()]);
const HISTORY = named(
  'AlertHistory',
  Type.Object({
    ...MEMBERS,
    events: Type.Array(
      Type.Object({
        at: Type.String(),
        actor: Type.String({ description: 'id of a token, or of the screening or watch' }),
        action: Type.String(),
        from_state: OR_NULL,
        to_state: OR_NULL,
        comment: OR_NULL,
        digest: Type.String({ description: 'SHA-256 over this event and the digest of the one before in the file' }),
      }),
    ),
  }),
);
const LIST = named(
  'AlertList',
  Type.Object({ schema: Type.Literal('spoor.alert-list/1'), items: Type.Array(ref('Alert')), ...PAGE_ANSWER }),
);

/** Adds the routes. */
export function alertRoutes(app: App, { book, nowMs }: { book: AlertBook; nowMs: () => number }): void {
  for (const schema of [ALERT, HISTORY, LIST]) app.addSchema(schema);
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
