/** What the OpenAPI document says beside the routes. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { ENGINE_VERSION } from '../ledger/index.ts';

/** Options of the plugin that makes the document. */
export const OPENAPI: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'spoor',
      version: ENGINE_VERSION,
      description:
        'Screening, alerts and what they rest on. Amounts are decimal strings. Enumerations are open: new values may come, and unknown fields are to be ignored. Inside v1 nothing is taken away.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'this server' }],
    tags: [
      { name: 'screening', description: 'Exposure of a subject, by category, with reasons' },
      { name: 'alert', description: 'What rules and watches found, and what was done about it' },
      { name: 'rule', description: 'The rules that decide a level' },
      { name: 'case', description: 'What the case holds' },
      { name: 'service', description: 'The service itself' },
    ],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'made by: spoor token create' },
      },
    },
    security: [{ token: [] }],
  },
  refResolver: {
    // Named schemas keep their names.
    buildLocalReference: (json: Record<string, unknown>, _base: unknown, _fragment: string, i: number) =>
      typeof json.$id === 'string' ? json.$id : `schema${i}`,
  },
};
