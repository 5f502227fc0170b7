/** Screenings: one or a hundred, answered at once where there is time for it, else to be asked for again. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { type ScreeningDesk, type SubmissionKey, submissionDigest } from '../case/index.ts';
import { ERROR_TABLE, SpoorError } from '../ledger/index.ts';
import { Screening, ScreeningRequest } from '../screen/index.ts';
import { bearerOf, type DayCounter } from './access.ts';
import type { App } from './app.ts';
import type { Freshness } from './fresh.ts';
import { cursorOf, PAGE_ANSWER, PAGE_QUERY, pageOf } from './page.ts';
import { type Runner, taskProblem, taskText } from './runner.ts';
import { ALERT_ID, jsonResponse, named, orNull, PROBLEMS, ref, TIME } from './schema.ts';

const MAX_BATCH = 100;
const MAX_WAIT_MS = 10_000;
const DEFAULT_WAIT_MS = 2000;
const CREATED_LATER = 202;
const MULTI_STATUS = 207;
const DONE = 200;

const WAIT = Type.Object(
  {
    wait_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_WAIT_MS,
        default: DEFAULT_WAIT_MS,
        description: 'longest wait for an answer',
      }),
    ),
  },
  { additionalProperties: false },
);
const KEY = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,128}$',
      description:
        'the same key and request are done once, also over a restart, for key_retention_sec of GET /v1/version',
    }),
  ),
});
const SCREENING_ID = Type.String({ pattern: '^scr_[0-9a-f]{24}$' });
const ID = Type.Object({ id: SCREENING_ID });
const STATUS = Type.Enum(['accepted', 'complete', 'failed']);

const SCREENING = named('Screening', Screening);
const TASK = named(
  'ScreeningTask',
  Type.Object({
    schema: Type.Literal('spoor.screening-task/1'),
    id: SCREENING_ID,
    status: STATUS,
    accepted_at: TIME,
    finished_at: orNull(TIME),
    screening: orNull(ref('Screening')),
    alerts: Type.Array(ALERT_ID, { description: 'ids of the alerts it gives rise to' }),
    problem: orNull(ref('Problem')),
  }),
);
const BATCH = named(
  'ScreeningBatch',
  Type.Object({
    schema: Type.Literal('spoor.screening-batch/1'),
    items: Type.Array(
      Type.Object({ status: Type.Integer({ minimum: 200, maximum: 599 }), task: ref('ScreeningTask') }),
      {
        description: 'in the order asked',
      },
    ),
  }),
);
const LIST = named(
  'ScreeningList',
  Type.Object({
    schema: Type.Literal('spoor.screening-list/1'),
    items: Type.Array(Type.Object({ id: SCREENING_ID, status: STATUS, accepted_at: TIME })),
    ...PAGE_ANSWER,
  }),
);

interface SubmitParts {
  readonly runner: Runner;
  readonly fresh: Freshness;
  readonly days: DayCounter;
}

/** Adds the routes. */
export function screeningRoutes(app: App, parts: SubmitParts & { desk: ScreeningDesk }): void {
  const { desk } = parts;
  for (const schema of [SCREENING, TASK, BATCH, LIST]) app.addSchema(schema);
  const tags = ['screening'];
  app.route({
    method: 'POST',
    url: '/v1/screenings',
    config: { scope: 'screen' },
    schema: {
      operationId: 'createScreening',
      summary: 'Screen an address or a transfer',
      tags,
      querystring: WAIT,
      headers: KEY,
      body: ScreeningRequest,
      response: {
        200: jsonResponse('the answer', ref('ScreeningTask')),
        202: jsonResponse('accepted; ask again at Location', ref('ScreeningTask')),
        ...PROBLEMS,
      },
    },
    handler: async (request, reply) => {
      const [id] = await submit(request, [request.body], parts, request.query.wait_ms ?? DEFAULT_WAIT_MS);
      return sendTask(reply, desk, id);
    },
  });
  app.route({
    method: 'POST',
    url: '/v1/screenings/batch',
    config: { scope: 'screen' },
    schema: {
      operationId: 'createScreeningBatch',
      summary: 'Screen up to a hundred subjects; each has a status of its own',
      tags,
      querystring: WAIT,
      headers: KEY,
      body: Type.Object(
        { requests: Type.Array(ScreeningRequest, { minItems: 1, maxItems: MAX_BATCH }) },
        { additionalProperties: false },
      ),
      response: { 207: jsonResponse('a status for each', ref('ScreeningBatch')), ...PROBLEMS },
    },
    handler: async (request, reply) => {
      // The door has counted one of them.
      await parts.days.count(request, reply, request.body.requests.length - 1);
      const ids = await submit(request, request.body.requests, parts, request.query.wait_ms ?? DEFAULT_WAIT_MS);
      const items = ids.map((id) => {
        const row = desk.get(id);
        const problem = taskProblem(row);
        const status = row.status === 'accepted' ? CREATED_LATER : (problem?.status ?? DONE);
        return `{"status":${status},"task":${taskText(row)}}`;
      });
      const text = `{"schema":"spoor.screening-batch/1","items":[${items.join()}]}`;
      return reply.code(MULTI_STATUS).type('application/json').send(text);
    },
  });
  app.route({
    method: 'GET',
    url: '/v1/screenings/:id',
    config: { scope: 'read' },
    schema: {
      operationId: 'getScreening',
      summary: 'A screening, finished or not',
      tags,
      params: ID,
      response: { 200: jsonResponse('the screening', ref('ScreeningTask')), ...PROBLEMS },
    },
    handler: async (request, reply) => reply.type('application/json').send(taskText(desk.get(request.params.id))),
  });
  listRoute(app, desk);
}

function listRoute(app: App, desk: ScreeningDesk): void {
  app.route({
    method: 'GET',
    url: '/v1/screenings',
    config: { scope: 'read' },
    schema: {
      operationId: 'listScreenings',
      summary: 'Screenings in the order of their acceptance',
      tags: ['screening'],
      querystring: Type.Object({ ...PAGE_QUERY, status: Type.Optional(STATUS) }, { additionalProperties: false }),
      response: { 200: jsonResponse('a page', ref('ScreeningList')), ...PROBLEMS },
    },
    handler: async ({ query }) => {
      const question = ['screenings', query.status ?? null];
      const { after, limit } = pageOf(query, question);
      const { rows, next } = desk.page(after, query.status ?? null, limit);
      return {
        schema: 'spoor.screening-list/1',
        items: rows.map(({ id, status, acceptedMs }) => ({
          id,
          status,
          accepted_at: new Date(acceptedMs).toISOString(),
        })),
        next: cursorOf(next, question),
      };
    },
  });
}

async function submit(
  request: FastifyRequest,
  requests: readonly ScreeningRequest[],
  { runner, fresh }: SubmitParts,
  waitMs: number,
): Promise<readonly string[]> {
  const texts = requests.map((one) => JSON.stringify(one));
  const networks = requests.map(({ subject }) => subject.network);
  await fresh.lookOrRefuse(networks);
  const key = keyOf(request, texts);
  const ids = await runner.accept(bearerOf(request).id, texts, { key, admit: () => fresh.refuseStale(networks) });
  await runner.wait(ids, waitMs);
  return ids;
}

/** A key is for one route, one body and one client. */
function keyOf(request: FastifyRequest, texts: readonly string[]): SubmissionKey | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  return { key: String(key), digest: submissionDigest([request.routeOptions.url ?? '', ...texts]) };
}

/** One screening: what it failed for is the answer, in its own status. */
function sendTask(reply: FastifyReply, desk: ScreeningDesk, id: string): FastifyReply {
  const row = desk.get(id);
  reply.header('location', `/v1/screenings/${id}`);
  const problem = taskProblem(row);
  if (problem !== null) {
    const code = problem.code in ERROR_TABLE ? problem.code : 'UNEXPECTED';
    const { field, record, hint = null } = problem;
    throw new SpoorError(code, problem.detail, { field, record }, hint);
  }
  return reply
    .code(row.status === 'accepted' ? CREATED_LATER : DONE)
    .type('application/json')
    .send(taskText(row));
}
