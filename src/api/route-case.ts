/** What the case holds: tags of a subject, clusters, traces that were run. Every question is put in a thread of the pool. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { bearerOf } from './access.ts';
import type { App } from './app.ts';
import { ageHeader, type Freshness } from './fresh.ts';
import type { Job } from './job.ts';
import type { Pool } from './pool.ts';
import { textOf } from './problem.ts';
import { jsonResponse, PROBLEMS, ref } from './schema.ts';
import { ACTOR, ACTORS, CLUSTER, TAGS, TRACES } from './schema-case.ts';
import { TRACE } from './schema-trace.ts';

/** Addresses, hashes, accounts and their like on any chain. */
const SUBJECT = Type.String({ pattern: '^[A-Za-z0-9:_.-]{1,128}$' });
const DAY = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' });
const RUN = Type.String({ pattern: '^[0-9a-z:-]{4,128}$' });
type Put = (job: Job, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
type About = (operationId: string, summary: string, answer: TSchema) => object;

function actorRoutes(app: App, { put, about }: { put: Put; about: About }): void {
  app.route({
    method: 'GET',
    url: '/v1/actors',
    config: { scope: 'read' },
    schema: about('listActors', 'Actors and campaigns of the case', jsonResponse('actors', ref('ActorList'))),
    handler: (request, reply) => put({ verb: 'actors', args: null }, request, reply),
  });
  app.route({
    method: 'GET',
    url: '/v1/actors/:name',
    config: { scope: 'read' },
    schema: {
      ...about(
        'getActor',
        'What is said of an actor: campaigns, wallets, amounts',
        jsonResponse('the actor', ref('Actor')),
      ),
      params: Type.Object({ name: Type.String({ minLength: 1, maxLength: 128 }) }),
    },
    handler: (request, reply) => put({ verb: 'actor', args: request.params }, request, reply),
  });
}

/** Adds the routes. */
export function caseRoutes(app: App, { pool, fresh }: { pool: Pool; fresh: Freshness }): void {
  for (const schema of [TAGS, CLUSTER, TRACE, TRACES, ACTORS, ACTOR]) app.addSchema(schema);
  const put = async (job: Job, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const text = textOf(await pool.run(job, bearerOf(request).id), request);
    await fresh.look();
    const age = fresh.age();
    if (age !== null) reply.header('spoor-data-age', ageHeader(age));
    return reply.type('application/json').send(text);
  };
  const about = (operationId: string, summary: string, answer: TSchema) => ({
    operationId,
    summary,
    description:
      'Where screenings are refused on old data, the header spoor-data-age tells the seconds since the highest block, by network.',
    tags: ['case'],
    response: { 200: answer, ...PROBLEMS },
  });
  app.route({
    method: 'GET',
    url: '/v1/tags',
    config: { scope: 'read' },
    schema: {
      ...about('listTags', 'Tags of one subject, best first, as of any day', jsonResponse('tags', ref('TagList'))),
      querystring: Type.Object(
        { subject: SUBJECT, as_of: Type.Optional(DAY), known_at: Type.Optional(DAY) },
        { additionalProperties: false },
      ),
    },
    handler: (request, reply) => put({ verb: 'tags', args: request.query }, request, reply),
  });
  app.route({
    method: 'GET',
    url: '/v1/clusters/:address',
    config: { scope: 'read' },
    schema: {
      ...about(
        'getCluster',
        'The cluster of an address, in the latest run',
        jsonResponse('the cluster', ref('Cluster')),
      ),
      params: Type.Object({ address: SUBJECT }),
    },
    handler: (request, reply) => put({ verb: 'cluster', args: request.params }, request, reply),
  });
  actorRoutes(app, { put, about });
  app.route({
    method: 'GET',
    url: '/v1/traces',
    config: { scope: 'read' },
    schema: about('listTraces', 'Traces that were run', jsonResponse('traces', ref('TraceList'))),
    handler: (request, reply) => put({ verb: 'traces', args: null }, request, reply),
  });
  app.route({
    method: 'GET',
    url: '/v1/traces/:id',
    config: { scope: 'read' },
    schema: {
      ...about('getTrace', 'A trace that was run', jsonResponse('the trace', ref('Trace'))),
      params: Type.Object({ id: RUN }),
    },
    handler: (request, reply) => put({ verb: 'trace', args: request.params }, request, reply),
  });
}
