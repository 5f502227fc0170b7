/**
 * The words of screenings and the request of one, as TypeBox schemas from which the command line, batches and the HTTP face take their types and checks.
 * Enumerations are open for readers: more words may come inside version 1.
 */
import Type from 'typebox';

const closed = { additionalProperties: false } as const;

/** Levels a rule may give. */
export const RULE_LEVELS = ['none', 'low', 'medium', 'high', 'severe'] as const;
/** What a rule asks to be done. */
export const ACTIONS = ['pass', 'review', 'hold', 'reject'] as const;
/** Levels of an answer from best to worst; `unknown` says that too little is known for `none`, and is never better than it. */
export const LEVELS = ['none', 'unknown', 'low', 'medium', 'high', 'severe'] as const;
/**
 * Taint rules a screening may be asked for. `poison` says only whether any path leads there: its amounts do not add up and are not given. `taint-first` and
 * `clean-first` are rules over balances: accounts only.
 */
export const METHODS = ['haircut', 'fifo', 'lifo', 'taint-first', 'clean-first', 'poison'] as const;
/** Those used where a request names none. */
export const DEFAULT_METHODS = ['haircut', 'fifo', 'poison'] as const;
/** Ways money goes: `received` is screened by its source, `sent` by its destination. */
export const DIRECTIONS = ['received', 'sent'] as const;

/** One of `LEVELS`. */
export const Level = Type.Enum([...LEVELS]);
/** One of `METHODS`. */
export const Method = Type.Enum([...METHODS]);

/** What is screened. A transfer is one output of a transaction (Bitcoin) or one transaction or log entry (Ethereum). */
export const ScreeningSubject = Type.Object(
  {
    type: Type.Enum(['address', 'transfer'], { description: 'address, or one transfer' }),
    network: Type.Enum(['bitcoin', 'ethereum'], { default: 'bitcoin' }),
    asset: Type.Optional(Type.String({ maxLength: 100, description: 'BTC, ETH, or the contract of a token' })),
    address: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    txid: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'transaction id or hash' })),
    vout: Type.Optional(Type.Integer({ minimum: 0, maximum: 4_294_967_294, description: 'output of the transaction' })),
    log_index: Type.Optional(Type.Integer({ minimum: 0, maximum: 4_294_967_294 })),
  },
  closed,
);

/** Bounds of the walk; what they cut is said in the answer as untraced. */
export const ScreeningLimits = Type.Object(
  {
    max_hops: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    max_transactions: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    max_outputs: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  closed,
);

/** One question. */
export const ScreeningRequest = Type.Object(
  {
    subject: ScreeningSubject,
    direction: Type.Optional(Type.Enum([...DIRECTIONS, 'both'], { default: 'received' })),
    methods: Type.Optional(Type.Array(Method, { minItems: 1, uniqueItems: true })),
    limits: Type.Optional(ScreeningLimits),
    as_of: Type.Optional(
      Type.String({ maxLength: 40, description: 'day YYYY-MM-DD: blocks and tags known up to its end' }),
    ),
    lookup_only: Type.Optional(
      Type.Boolean({ default: false, description: 'tags of the address alone: no walk, so never level none' }),
    ),
    ref: Type.Optional(Type.String({ maxLength: 200, description: 'echoed' })),
    customer_ref: Type.Optional(Type.String({ maxLength: 200, description: 'echoed' })),
    travel_rule_ref: Type.Optional(Type.String({ maxLength: 200, description: 'echoed' })),
  },
  closed,
);

export type ScreeningRequest = Type.Static<typeof ScreeningRequest>;
export type ScreeningSubject = Type.Static<typeof ScreeningSubject>;
export type ScreeningLimits = Type.Static<typeof ScreeningLimits>;
/** One of `LEVELS`. */
export type Level = (typeof LEVELS)[number];
/** One of `METHODS`. */
export type Method = (typeof METHODS)[number];
/** One of `DIRECTIONS`, or both. */
export type Direction = (typeof DIRECTIONS)[number] | 'both';
/** Source or destination. */
export type Flow = 'source' | 'destination';
/** One of `ACTIONS`. */
export type Action = (typeof ACTIONS)[number];

/** Whether `level` is at least as bad as `least`. */
export function reaches(level: Level, least: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}
