/** The rules in force, and a dry run of others: checked, and their golden cases judged. Nothing is kept of a dry run. */
import Type from 'typebox';
import { bearerOf } from './access.ts';
import type { App } from './app.ts';
import type { Pool } from './pool.ts';
import { textOf } from './problem.ts';
import { jsonResponse, PROBLEMS, ref } from './schema.ts';
import { RULES } from './schema-rule.ts';

const LONGEST_RULES = 200_000;
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
      reply
        .type('application/json')
        .send(textOf(await pool.run({ verb: 'rules', args: null }, bearerOf(request).id), request)),
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
      reply
        .type('application/json')
        .send(textOf(await pool.run({ verb: 'dry-run', args: request.body }, bearerOf(request).id), request)),
  });
}
