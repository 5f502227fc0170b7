/**
 * The answer of a screening, schema spoor.screening/1: a TypeBox schema, from which the command line, batches and the HTTP face
 * take their types and their checks. Money is a decimal string of base units (`raw`) beside its decimal value; shares are decimal strings of six places
 * that sum to one, exactly. Enumerations are open for readers: more words may come inside version 1, and unknown fields are to be ignored.
 */
import Type from 'typebox';
import { ACTIONS, DIRECTIONS, Level, Method, RULE_LEVELS } from './schema-request.ts';

export * from './schema-request.ts';

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Text = Type.String({ maxLength: 2000 });
const Decimal = Type.String({ pattern: '^(0|[1-9][0-9]*)$', description: 'whole number of base units (satoshi, wei)' });
const Share = Type.String({
  pattern: '^[01]\\.[0-9]{6}$',
  description:
    'part of the whole, six decimal places; parts of one way and method sum to one, so the last place of some is rounded up where a trace rounds down',
});

const Kind = Type.Enum(['ownership', 'direct', 'indirect']);
const Flow = Type.Enum(['source', 'destination']);

const Amount = Type.Object({
  asset: Type.String(),
  raw: Decimal,
  value: Type.String({ description: 'decimal value in units of the asset' }),
  usd: orNull(Type.String()),
  price_id: orNull(Type.String()),
});

/** What somebody claims about an address, with the citation. */
export const ScreeningClaim = Type.Object({
  category: Type.String({ description: 'GraphSense concept that leads' }),
  categories: Type.Array(Type.String()),
  label: Text,
  actor: orNull(Type.String()),
  campaign: orNull(Type.String()),
  tag_id: Type.String(),
  confidence: Type.String(),
  confidence_level: Count,
  source: Text,
  pack: Type.String(),
  inherited: Type.Boolean({
    description: 'a claim about another address of the same cluster; its level is that of the link',
  }),
  contested: Type.Optional(
    Type.String({ description: 'how the tags of that cluster contradict each other; absent where they do not' }),
  ),
  listed_from: orNull(Type.String()),
  listed_to: orNull(Type.String()),
});

/** An identified address reached, with the claims about it. */
export const ScreeningEntity = Type.Object({
  address: Type.String(),
  label: Text,
  actor: orNull(Type.String()),
  amount: orNull(Amount),
  hops: Count,
  claims: Type.Array(ScreeningClaim),
});

const Exposure = Type.Object({
  direction: Flow,
  kind: Type.Enum(['direct', 'indirect']),
  category: Type.String(),
  actor: orNull(Type.String()),
  campaign: orNull(Type.String()),
  method: Method,
  share: orNull(Share),
  amount: orNull(Amount),
  interval: orNull(
    Type.Object(
      { low: Decimal, high: Decimal, over: Type.Array(Method) },
      { description: 'least and most of the methods that add up, `over` all that were asked for' },
    ),
  ),
  min_hops: Count,
  entities: Type.Array(ScreeningEntity),
  more_entities: Count,
  paths: Type.Array(Type.String()),
});

const Remainder = Type.Object({
  direction: Flow,
  method: Method,
  part: Type.Enum(['mined', 'untraced', 'dust', 'unspent', 'fee', 'burned']),
  reason: Type.String(),
  share: Share,
  amount: Amount,
  places: Count,
});

/** What a rule found. */
export const ScreeningAlert = Type.Object({
  id: Type.String(),
  rule: Type.Object({ id: Type.String(), version: Count, name: Text }),
  level: Type.Enum([...RULE_LEVELS]),
  action: Type.Enum([...ACTIONS]),
  exposure_kind: Kind,
  direction: orNull(Flow),
  categories: Type.Array(Type.String()),
  actors: Type.Array(Type.String()),
  method: orNull(Type.String()),
  amount: orNull(Amount),
  amounts: Type.Record(Type.String(), Decimal, {
    description: 'base units under each method, whichever the rule asks',
  }),
  share: orNull(Share),
  min_hops: orNull(Count),
  threshold: Type.Object({
    min_amount: orNull(Decimal),
    min_usd: Type.Optional(Type.String({ description: 'dollars; only where the rule has such a bound' })),
    min_share: orNull(Type.String()),
    max_hops: orNull(Count),
    window: orNull(Type.String()),
  }),
  entities: Type.Array(ScreeningEntity),
  paths: Type.Array(Type.String()),
  state: Type.Enum(['unreviewed']),
});

const Path = Type.Object({
  id: Type.String(),
  direction: Flow,
  method: Method,
  category: Type.String(),
  hops: Count,
  from: Type.Object({ place: Type.String(), address: orNull(Type.String()) }),
  to: Type.Object({ place: Type.String(), address: orNull(Type.String()) }),
  steps: Type.Array(
    Type.Object({
      txid: Type.String(),
      height: orNull(Count),
      timestamp_sec: orNull(Count),
      from: Type.String(),
      to: Type.String(),
      amount: orNull(Decimal),
    }),
  ),
});

const Attribution = Type.Object({
  campaign: orNull(Type.String()),
  actor: Type.String(),
  name: Text,
  certainty: Type.String({ description: 'word of the source, for example attributed, inferred, reported' }),
  source: Text,
});

/** The answer. */
export const Screening = Type.Object({
  schema: Type.Literal('spoor.screening/1'),
  id: Type.String(),
  status: Type.Enum(['complete', 'partial', 'looked_up', 'not_indexed']),
  ref: orNull(Type.String()),
  customer_ref: orNull(Type.String()),
  travel_rule_ref: orNull(Type.String()),
  subject: Type.Object({
    type: Type.Enum(['address', 'transfer']),
    network: Type.String(),
    asset: Type.String(),
    text: Type.String(),
    address: orNull(Type.String()),
    txid: orNull(Type.String()),
    vout: orNull(Count),
    log_index: orNull(Count),
    height: orNull(Count),
    timestamp_sec: orNull(Count),
  }),
  direction: Type.Enum([...DIRECTIONS, 'both']),
  as_of: Type.Object({
    height: Count,
    hash: orNull(Type.String()),
    known_at: orNull(Type.String()),
    packs: Type.Array(Type.Object({ id: Type.String(), sha256: Type.String() })),
    clusters: orNull(Type.String({ description: 'run of clustering whose clusters pass claims on' })),
    engine: Type.String(),
  }),
  rules: Type.Object({ id: Type.String(), version: Count, sha256: Type.String() }),
  params: Type.Object({
    methods: Type.Array(Method),
    limits: Type.Object({ max_hops: Count, max_transactions: Count, max_outputs: Count }),
    dust: Decimal,
    unknown_share: Share,
    prices: Type.Optional(
      Type.Object(
        {
          day: orNull(Type.String()),
          assets: Type.Array(
            Type.Object({
              asset: Type.String(),
              price: Type.String({ description: 'open, high, low, close or middle of the day' }),
              usd: orNull(
                Type.String({ description: 'dollars for one whole; null: the file has no price of that day' }),
              ),
              id: orNull(Type.String()),
              file: Type.String(),
              sha256: Type.String(),
            }),
          ),
        },
        { description: 'files of prices and the one day they were asked for; absent where none was given' },
      ),
    ),
  }),
  risk: Type.Object({
    level: Level,
    score: orNull(Count),
    scale: Type.Literal('0-100'),
    basis: Type.String(),
    action: Type.Enum([...ACTIONS]),
    reasons: Type.Array(Type.String()),
    score_terms: Type.Array(Type.Object({ rule: Type.String(), score: Count, formula: Type.String() })),
  }),
  ownership: Type.Array(ScreeningClaim),
  screened: Type.Array(Type.Object({ direction: Flow, outputs: Count, left_out: Count, amount: Amount })),
  exposure: Type.Array(Exposure),
  remainder: Type.Array(Remainder),
  alerts: Type.Array(ScreeningAlert),
  attributions: Type.Array(Attribution),
  sanctions: Type.Object({
    checked: Type.Boolean(),
    match: orNull(Type.Boolean({ description: 'null: not checked, because no list is in the case' })),
    lists: Type.Array(Type.String()),
    at_sec: orNull(Count),
    entries: Type.Array(ScreeningClaim),
  }),
  coverage: Type.Object({
    complete: Type.Boolean(),
    untraced_share: Type.Record(Type.String(), Share),
    transactions_read: Count,
    stopped: Type.Array(Type.Object({ reason: Type.String(), count: Count })),
    gaps: Type.Array(
      Type.Object({ kind: Type.String(), subject: Type.String(), detail: Text, value: orNull(Decimal) }),
    ),
    more_gaps: Count,
  }),
  paths: Type.Array(Path),
  evidence: Type.Object({
    trace_id: orNull(Type.String({ description: 'run of the case that keeps this answer and what it read' })),
    manifest_sha256: Type.String({ description: 'digest of everything that decided the answer' }),
  }),
});

/** One line of a batch that could not be answered. */
export const ScreeningFailure = Type.Object({
  schema: Type.Literal('spoor.screening-error/1'),
  line: Count,
  ref: orNull(Type.String()),
  error: Type.Object({ code: Type.String(), message: Type.String(), hint: orNull(Type.String()) }),
});

export type Screening = Type.Static<typeof Screening>;
export type ScreeningClaim = Type.Static<typeof ScreeningClaim>;
export type ScreeningEntity = Type.Static<typeof ScreeningEntity>;
export type ScreeningAmount = Type.Static<typeof Amount>;
export type ScreeningExposure = Type.Static<typeof Exposure>;
export type ScreeningRemainder = Type.Static<typeof Remainder>;
export type ScreeningAlert = Type.Static<typeof ScreeningAlert>;
export type ScreeningPath = Type.Static<typeof Path>;
export type ScreeningAttribution = Type.Static<typeof Attribution>;
export type ScreeningFailure = Type.Static<typeof ScreeningFailure>;
