/** The rules in force, and a dry run of others: checked, and their golden cases judged. Nothing is kept of a dry run. */
import Type from 'typebox';
import type { App } from './app.ts';
import type { Pool } from './pool.ts';
import { textOf } from './problem.ts';
import { jsonResponse, named, PROBLEMS, ref } from './schema.ts';

const LONGEST_RULES = 200_000;
const MORE = { additionalProperties: true } as const;

const RULES = named(
  'Rules',
  Type.Object({
    schema: Type.Literal('spoor.rules/1'),
    sha256: Type.String({ description: 'digest of the text' }),
    rules: Type.Object({}, { ...MORE, description: 'the file as it was read' }),
    cases: Type.Array(Type.Object({}, MORE), { description: 'golden cases with what came of them' }),
  }),
);

/** Adds the routes. */
export function ruleRoutes(app: App, pool: Pool): void {
  app.addSchema(RULES);
  app.route({
    method: 'GET',
    url: '/v1/rules',
    config: { scope: 'read' },
    schema: {
      operationId: 'listRules',
      summary: 'The rules in force',
      tags: ['rule'],
      response: { 200: jsonResponse('the rules', ref('Rules')), ...PROBLEMS },
    },
    handler: async (request, reply) =>
      reply.type('application/json').send(textOf(await pool.run({ verb: 'rules', args: null }), request)),
  });
  app.route({
    method: 'POST',
    url: '/v1/rules/dry-run',
    config: { scope: 'screen' },
    schema: {
      operationId: 'dryRunRules',
      summary: 'Check a file of rules and judge its golden cases',
      tags: ['rule'],
      body: Type.Object(
        { text: Type.String({ minLength: 1, maxLength: LONGEST_RULES, description: 'the file (YAML)' }) },
        { additionalProperties: false },
      ),
      response: { 200: jsonResponse('what came of it', ref('Rules')), ...PROBLEMS },
    },
    handler: async (request, reply) =>
      reply.type('application/json').send(textOf(await pool.run({ verb: 'dry-run', args: request.body }), request)),
  });
}
