/** Schemas that several routes share. They are the contract: requests are checked against them and the OpenAPI document is made of them. */
import Type, { type TNull, type TSchema, type TUnion } from 'typebox';

/** Longest text of one field that a client sends; what is longer is refused before anything looks at it. */
export const MAX_TEXT = 512;

/** A named schema of the document, closed: its objects have the members they list and no others. */
export function named<T extends TSchema>(id: string, schema: T): T & { $id: string } {
  return { ...closed(schema), $id: id };
}

function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map((part: unknown) => closed(part)) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, closed(part)]));
  const lists = parts.type === 'object' && 'properties' in parts && !('additionalProperties' in parts);
  return { ...parts, ...(lists ? { additionalProperties: false } : {}) } as T;
}

/** A reference to a named schema. */
export function ref(id: string): TSchema {
  return { $ref: `${id}#` };
}

/** A value, or null. */
export function orNull<T extends TSchema>(schema: T): TUnion<[T, TNull]> {
  return Type.Union([schema, Type.Null()]);
}

/*
 * The document of a version lists every member that this version sends, and closes every object. A later version of v1 may send more, and lists it: a
 * client that outlives its document ignores what it does not know.
 */

/** Text. */
export const TEXT = Type.String();
/** Texts. */
export const WORDS = Type.Array(TEXT);
/** A whole number that counts something. */
export const COUNT = Type.Integer({ minimum: 0 });
/** An amount. */
export const BASE_UNITS = Type.String({ pattern: '^(0|[1-9][0-9]*)$', description: 'satoshi or wei' });
/** A moment. */
export const TIME = Type.String({ format: 'date-time' });
/** A digest in hex. */
export const SHA256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256' });
/** Digest of everything a case was fed. */
export const INPUTS = Type.String({
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'digest of everything the case was fed',
});
/** Id of an alert. */
export const ALERT_ID = Type.String({ pattern: '^alr_[0-9a-f]{24}$' });
/** The highest block that the case holds. */
export const TIP = Type.Object({ height: COUNT, hash: orNull(TEXT) });

/** RFC 9457. */
export const PROBLEM = named(
  'Problem',
  Type.Object({
    type: Type.String({ pattern: '^urn:spoor:problem:[a-z-]+$', description: 'urn:spoor:problem:NAME, stable' }),
    title: TEXT,
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: TEXT,
    code: Type.String({ pattern: '^[A-Z_]+$', description: 'stable code; new ones may come' }),
    request_id: Type.String({ description: 'id of the request in the log; of a screening that failed, its own' }),
    field: Type.Optional(TEXT),
    record: Type.Optional(TEXT),
    hint: Type.Optional(TEXT),
  }),
);

/** Whether the service runs. */
export const HEALTH = named(
  'Health',
  Type.Object({
    schema: Type.Literal('spoor.health/1'),
    status: Type.Enum(['ok', 'stale', 'stopping'], {
      description: 'stale: screenings are refused until the case has been fed; all else is answered',
    }),
  }),
);

/** What is looked at before the service calls itself ready. */
export const CHECKS = ['running', 'state', 'threads', 'case', 'data'] as const;

/** Whether the service can do what it is for. */
export const READY = named(
  'Readiness',
  Type.Object({
    schema: Type.Literal('spoor.ready/1'),
    ready: Type.Boolean(),
    checks: Type.Array(
      Type.Object({
        check: Type.Enum([...CHECKS], {
          description:
            'running: it is not on its way to its end; state, case: the file is readable and of the schema this version writes; threads: one answers; data: not too old to screen by; more may come',
        }),
        ok: Type.Boolean(),
        code: orNull(Type.String({ description: 'code of what is wrong' })),
      }),
    ),
  }),
);

const MAX_AGE = orNull(
  Type.Integer({
    minimum: 0,
    description: 'age of the data in seconds above which screenings are refused (DATA_STALE); null: none is',
  }),
);

/** Versions and settings. */
export const VERSION = named(
  'Version',
  Type.Object({
    schema: Type.Literal('spoor.version/1'),
    engine: TEXT,
    api: Type.Literal('v1'),
    settings: Type.Object({
      max_data_age_sec: MAX_AGE,
      key_retention_sec: orNull(
        Type.Integer({
          minimum: 1,
          description: 'how long an idempotency key stands for the request it first came with; null: for ever',
        }),
      ),
      watch_sec: orNull(
        Type.Number({ minimum: 0, description: 'between two looks at everything watched; null: none is made' }),
      ),
      rate: Type.Object(
        { max: COUNT, window_sec: Type.Number({ minimum: 0 }), address_max: orNull(COUNT) },
        {
          description:
            'requests in the window of one token, or of one address without a token (max), and of one address whoever asks from there (address_max; null: no limit)',
        },
      ),
      day_quota: orNull(
        Type.Integer({
          minimum: 1,
          description:
            'requests a day (UTC) of a token without a quota of its own; a batch counts its subjects; null: no limit',
        }),
      ),
    }),
  }),
);

/** What answers rest on. */
export const DATA = named(
  'Data',
  Type.Object({
    schema: Type.Literal('spoor.data/1'),
    engine: TEXT,
    network: TEXT,
    tip: TIP,
    age: Type.Object(
      {
        max_sec: MAX_AGE,
        chains: Type.Array(
          Type.Object({
            network: Type.Enum(['bitcoin', 'ethereum']),
            tip_at: orNull(TIME),
            age_sec: orNull(COUNT),
            stale: orNull(Type.Boolean({ description: 'null where no age is too old' })),
          }),
        ),
      },
      { description: 'how old the data are: time since the highest block of each chain the case holds' },
    ),
    inputs: INPUTS,
    rules: Type.Object({ id: TEXT, version: COUNT, sha256: SHA256 }),
    prices: Type.Array(Type.Object({ asset: TEXT, price: TEXT, file: TEXT, sha256: SHA256 }), {
      description: 'files of daily prices that amounts are valued by in dollars',
    }),
    packs: Type.Array(Type.Object({ sha256: SHA256, name: TEXT, title: TEXT, creator: TEXT })),
  }),
);

/** Answers every route may give besides its own. */
export const PROBLEMS: Readonly<Record<string, unknown>> = {
  '4xx': problemResponse('the request cannot be done as it is'),
  '5xx': problemResponse('the service cannot do it now'),
};

function problemResponse(description: string): unknown {
  return { description, content: { 'application/problem+json': { schema: ref('Problem') } } };
}

/** A JSON answer. */
export function jsonResponse(description: string, schema: TSchema): TSchema {
  return { description, ...schema };
}
