/** Alerts: listed, read with their history, reviewed. */
import Type from 'typebox';
import { ALERT_STATES, type AlertBook } from '../case/index.ts';
import { bearerOf } from './access.ts';
import type { App } from './app.ts';
import { cursorOf, PAGE_ANSWER, PAGE_QUERY, pageOf } from './page.ts';
import { ALERT_ID, jsonResponse, MAX_TEXT, named, orNull, PROBLEMS, ref, TEXT, TIME } from './schema.ts';

const LONGEST_COMMENT = 4000;
const STATE = Type.Enum([...ALERT_STATES]);
const WORD = Type.String({ pattern: '^[a-z_]{1,32}$' });
const ID = Type.Object({ id: ALERT_ID });
const COMMENT = Type.String({ minLength: 1, maxLength: LONGEST_COMMENT });
const MEMBERS = {
  schema: Type.Literal('spoor.alert/1'),
  id: ALERT_ID,
  kind: Type.String({ description: 'rule, watch or risk_change; more may come' }),
  level: TEXT,
  state: STATE,
  withdrawn: Type.Boolean({ description: 'the chain undid its event' }),
  subject: Type.String({ maxLength: MAX_TEXT }),
  source: Type.String({ description: 'screening or watch that made it' }),
  created_at: TIME,
  updated_at: TIME,
  detail: Type.Unknown({ description: 'what was found: of a rule its alert in the screening, of a watch its event' }),
};
const ALERT = named('Alert', Type.Object(MEMBERS));
const OR_NULL = orNull(TEXT);
const HISTORY = named(
  'AlertHistory',
  Type.Object({
    ...MEMBERS,
    events: Type.Array(
      Type.Object({
        at: TIME,
        actor: Type.String({ description: 'id of a token, or of the screening or watch' }),
        action: Type.String({ description: 'created, moved, commented, withdrawn or reinstated; more may come' }),
        from_state: OR_NULL,
        to_state: OR_NULL,
        comment: OR_NULL,
        digest: Type.String({
          pattern: '^[0-9a-f]{64}$',
          description: 'SHA-256 over this event and the digest of the one before in the file',
        }),
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
