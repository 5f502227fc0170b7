/** Schemas that several routes share. They are the contract: requests are checked against them and the OpenAPI document is made of them. */
import Type, { type TSchema } from 'typebox';

/** Longest text of one field that a client sends; what is longer is refused before anything looks at it. */
export const MAX_TEXT = 512;

/** A named schema of the document, and how another schema refers to it. */
export function named<T extends TSchema>(id: string, schema: T): T & { $id: string } {
  return { ...schema, $id: id };
}

/** A reference to a named schema. */
export function ref(id: string): TSchema {
  return { $ref: `${id}#` };
}

/** RFC 9457. */
export const PROBLEM = named(
  'Problem',
  Type.Object({
    type: Type.String({ description: 'urn:spoor:problem:NAME, stable' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'stable code; new ones may come' }),
    request_id: Type.String(),
    field: Type.Optional(Type.String()),
    record: Type.Optional(Type.String()),
    hint: Type.Optional(Type.String()),
  }),
);

const TIP = Type.Object({ height: Type.Integer(), hash: Type.Union([Type.String(), Type.Null()]) });

const AGE = Type.Object(
  {
    max_sec: Type.Union([Type.Integer(), Type.Null()], {
      description: 'age in seconds above which screenings are refused (DATA_STALE); null: none is',
    }),
    chains: Type.Array(
      Type.Object({
        network: Type.String(),
        tip_at: Type.Union([Type.String(), Type.Null()], { description: 'time of the highest block' }),
        age_sec: Type.Union([Type.Integer(), Type.Null()]),
        stale: Type.Union([Type.Boolean(), Type.Null()], { description: 'null where no age is too old' }),
      }),
    ),
  },
  { description: 'how old the data are' },
);

export const HEALTH = named(
  'Health',
  Type.Object({
    schema: Type.Literal('spoor.health/1'),
    status: Type.Enum(['ok', 'stale', 'stopping'], {
      description: 'stale: screenings are refused until the case has been fed; all else is answered',
    }),
  }),
);

export const VERSION = named(
  'Version',
  Type.Object({
    schema: Type.Literal('spoor.version/1'),
    engine: Type.String(),
    api: Type.Literal('v1'),
    settings: Type.Object({
      max_data_age_sec: Type.Union([Type.Integer(), Type.Null()], {
        description: 'age of the data above which screenings are refused (DATA_STALE); null: none is',
      }),
      key_retention_sec: Type.Union([Type.Integer(), Type.Null()], {
        description: 'how long an idempotency key stands for the request it first came with; null: for ever',
      }),
      rate: Type.Object(
        { max: Type.Integer(), window_sec: Type.Number() },
        { description: 'requests of one token, or of one address without a token, in the window' },
      ),
    }),
  }),
);

export const DATA = named(
  'Data',
  Type.Object({
    schema: Type.Literal('spoor.data/1'),
    engine: Type.String(),
    network: Type.String(),
    tip: TIP,
    age: AGE,
    inputs: Type.String({ description: 'digest of everything the case was fed' }),
    rules: Type.Object({ id: Type.String(), version: Type.Integer(), sha256: Type.String() }),
    packs: Type.Array(
      Type.Object({ sha256: Type.String(), name: Type.String(), title: Type.String(), creator: Type.String() }),
    ),
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
