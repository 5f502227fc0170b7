/** The framework as the service uses it: types of routes from their schemas, and what a request and a route carry. */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Bearer, Scope } from '../case/index.ts';

/** Types of body, parameters and query are those of their schemas. */
export interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  readonly serializer: unknown;
}

/** A server of this service. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  SchemaTypes
>;

/** A route that will go: since when it is deprecated and when it ends (seconds since epoch), and where what replaces it is described. */
export interface Deprecation {
  readonly sinceSec: number;
  readonly sunsetSec: number;
  readonly link: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Scope a token needs; null is for everybody. */
    scope?: Scope | null;
    deprecation?: Deprecation;
  }
  interface FastifyRequest {
    bearer: Bearer | null;
    /** Whom a request counts against. */
    rateKey: string;
  }
}
