/** The document of a trace, member by member as `spoor trace --json` prints it; a test holds it to the type of that document. */
import Type, { type TProperties } from 'typebox';
import { BASE_UNITS, COUNT, INPUTS, named, orNull, TEXT, TIP, WORDS } from './schema.ts';

const TEXT_OR_NULL = orNull(TEXT);
const COUNT_OR_NULL = orNull(COUNT);
const HASHED_TIP = orNull(Type.Object({ height: COUNT, hash: TEXT }));
const BY_LABEL = Type.Record(Type.String(), BASE_UNITS);
const BY_RULE = Type.Record(Type.String(), BASE_UNITS);

const LIMITS = Type.Object({
  maxHops: COUNT_OR_NULL,
  minSat: COUNT_OR_NULL,
  minShareMillionths: COUNT_OR_NULL,
  untilHeight: COUNT_OR_NULL,
  maxTransactions: Type.Optional(COUNT_OR_NULL),
  maxSegments: Type.Optional(COUNT_OR_NULL),
});

const CONVENTIONS = Type.Object({
  like: TEXT,
  seeding: Type.Enum(['outpoint', 'all-outputs']),
  seedOverlap: Type.Enum(['first-wins', 'seed-overrides', 'multi-label']),
  feeTaint: Type.Enum(['sink', 'propagate']),
  coinbaseOrder: Type.Enum(['fees-first', 'subsidy-first']),
  orderFee: Type.Enum(['tail', 'prorate-inputs']),
  haircutFee: Type.Enum(['share', 'outputs-only', 'fee-first']),
  haircutRounding: Type.Enum(['largest-remainder', 'fixed-point', 'down']),
  addressFilter: TEXT,
  combSize: COUNT,
  haircutTxShareMillionths: COUNT_OR_NULL,
  tihoTies: Type.Enum(['lower-vout', 'higher-vout']),
});

/** What a trace was asked for: all that decides it besides the facts. */
export const TRACE_PARAMS = Type.Object({
  seeds: Type.Array(Type.Object({ label: TEXT, subject: TEXT })),
  labels: WORDS,
  rules: WORDS,
  limits: LIMITS,
  until: TEXT_OR_NULL,
  stopAt: Type.Array(Type.Enum(['service', 'coinjoin', 'none'])),
  conventions: CONVENTIONS,
  splitBelowSat: COUNT_OR_NULL,
  maxLabels: Type.Optional(COUNT_OR_NULL),
  unknown: Type.Optional(Type.Enum(['clean', 'bounds'])),
  envelope: Type.Optional(Type.Literal(true)),
  atCoinjoin: Type.Optional(Type.Enum(['stop', 'continue', 'haircut', 'bounds', 'carry'])),
  coinjoinDetector: Type.Optional(Type.Enum(['structural', 'protocols'])),
  serviceReach: Type.Optional(Type.Enum(['definer', 'core'])),
  clusterRun: Type.Optional(TEXT),
});

const BOUND = Type.Object({ lower: BASE_UNITS, upper: BASE_UNITS });
const BOUNDS_BY_LABEL = Type.Record(Type.String(), BOUND);

const BOOK = Type.Object({
  label: TEXT,
  seeded: BASE_UNITS,
  held: BASE_UNITS,
  fee: BASE_UNITS,
  stopped: BASE_UNITS,
  cut: BASE_UNITS,
  burned: BASE_UNITS,
  unresolved: BASE_UNITS,
});

const STOP = Type.Object({
  reason: TEXT,
  tag: TEXT,
  inherited: Type.Optional(Type.Object({ from: TEXT, level: COUNT, clusterRun: TEXT })),
});

const HOLDING = Type.Object({
  outpoint: TEXT,
  address: TEXT_OR_NULL,
  height: COUNT_OR_NULL,
  value: BASE_UNITS,
  taint: BY_LABEL,
  hops: COUNT,
  status: TEXT,
  stop: Type.Optional(STOP),
  coarse: Type.Optional(Type.Enum(['here', 'before'])),
  bounds: Type.Optional(BOUNDS_BY_LABEL),
});

const UNKNOWN = Type.Object({
  openInputs: COUNT,
  openValue: BASE_UNITS,
  outOfSight: BY_LABEL,
  possible: Type.Object({
    outputs: COUNT,
    atServices: Type.Array(
      Type.Object({ outpoint: TEXT, address: TEXT, service: TEXT, value: BASE_UNITS, bounds: BOUNDS_BY_LABEL }),
    ),
  }),
});

const CARRIED = Type.Object({
  refused: Type.Optional(TEXT),
  outputs: Type.Array(
    Type.Object({
      outpoint: TEXT,
      address: TEXT_OR_NULL,
      value: BASE_UNITS,
      status: Type.Enum(['unspent', 'service', 'burned', 'spent']),
      service: Type.Optional(TEXT),
      bounds: BOUNDS_BY_LABEL,
    }),
  ),
});

const RULE = Type.Object({
  rule: TEXT,
  conserves: Type.Boolean(),
  books: Type.Array(BOOK),
  holdings: Type.Array(HOLDING),
  coarse: Type.Optional(Type.Object({ here: COUNT, before: COUNT })),
  overlaps: Type.Optional(Type.Array(Type.Object({ label: TEXT, outpoint: TEXT, value: BASE_UNITS, kept: BY_LABEL }))),
  unknown: Type.Optional(UNKNOWN),
  carried: Type.Optional(CARRIED),
});

const GAP = Type.Object({ kind: TEXT, subject: TEXT, detail: TEXT, value: BASE_UNITS });

const COVERAGE = Type.Object({
  complete: Type.Boolean(),
  heldOutputs: COUNT,
  rests: Type.Array(
    Type.Object({
      basis: Type.Enum(['outspends', 'address', 'blocks', 'file', 'none']),
      source: TEXT_OR_NULL,
      host: TEXT_OR_NULL,
      tip: orNull(TIP),
      asOfSec: COUNT_OR_NULL,
      outputs: COUNT,
      held: BY_RULE,
    }),
  ),
  seedAddresses: orNull(Type.Object({ asked: COUNT, complete: COUNT })),
  incomplete: Type.Array(
    Type.Object({
      kind: TEXT,
      subject: TEXT,
      source: TEXT,
      host: TEXT,
      stated: COUNT_OR_NULL,
      held: COUNT,
      tip: HASHED_TIP,
    }),
  ),
});

const LEAST_MOST = {
  least: BASE_UNITS,
  most: BASE_UNITS,
  following: Type.Object({ least: BASE_UNITS, most: BASE_UNITS }),
  byRule: BY_RULE,
};
const INTERVAL = { ...LEAST_MOST, envelope: orNull(BOUND) };
const rows = <T extends TProperties>(more: T) =>
  Type.Array(
    Type.Object({
      ...more,
      ...INTERVAL,
      labels: Type.Optional(Type.Record(Type.String(), Type.Object(INTERVAL))),
    }),
  );

const INTERVALS = Type.Object({
  rules: WORDS,
  early: WORDS,
  envelope: Type.Boolean(),
  terms: Type.Array(Type.Object({ term: TEXT, ...LEAST_MOST })),
  services: rows({ service: TEXT, outputs: COUNT }),
  clusters: orNull(Type.Object({ run: TEXT, rows: rows({ cluster: TEXT, outputs: COUNT }) })),
  addresses: rows({ address: TEXT, outputs: COUNT }),
  outputs: rows({ outpoint: TEXT, address: TEXT_OR_NULL, value: BASE_UNITS, status: WORDS }),
});

const LEAST_AND_MOST = Type.Unsafe<[least: string, most: string]>(
  Type.Array(BASE_UNITS, { minItems: 2, maxItems: 2, description: 'least and most' }),
);
const COINJOIN = Type.Object({
  txid: TEXT,
  height: COUNT_OR_NULL,
  family: TEXT_OR_NULL,
  verdict: TEXT,
  steps: COUNT,
  oneEach: Type.Array(BASE_UNITS),
  intrafees: Type.Object({ maker: BASE_UNITS, taker: BASE_UNITS }),
  outputs: Type.Array(
    Type.Object({
      vout: COUNT,
      address: TEXT_OR_NULL,
      value: BASE_UNITS,
      bounds: Type.Record(Type.String(), Type.Record(Type.String(), LEAST_AND_MOST)),
    }),
  ),
});

const FOLLOW_STOPS = Type.Array(
  Type.Object({ outpoint: TEXT, address: TEXT_OR_NULL, reason: TEXT, stated: COUNT_OR_NULL, taint: BY_RULE }),
);
const FOLLOW = Type.Object({
  source: TEXT,
  host: TEXT,
  params: Type.Record(Type.String(), orNull(Type.Number())),
  ended: TEXT,
  rounds: COUNT,
  requests: COUNT,
  transactions: COUNT,
  waiting: FOLLOW_STOPS,
  busy: FOLLOW_STOPS,
});

/** A trace. */
export const TRACE = named(
  'Trace',
  Type.Object({
    schema: Type.Literal('spoor.trace/1'),
    run: Type.Object({ id: TEXT, engine: TEXT, chain: TEXT, tip: TIP, params: TRACE_PARAMS, inputs: INPUTS }),
    seeds: Type.Array(
      Type.Object({
        label: TEXT,
        subject: TEXT,
        outputs: COUNT,
        amount: BASE_UNITS,
        bookedAs: Type.Optional(TEXT),
      }),
    ),
    rules: Type.Array(RULE),
    gaps: Type.Array(GAP),
    coverage: COVERAGE,
    intervals: Type.Optional(INTERVALS),
    serviceConflicts: Type.Optional(WORDS),
    coinjoins: Type.Optional(Type.Array(COINJOIN)),
    follow: Type.Optional(FOLLOW),
    askedAbout: Type.Optional(Type.Array(Type.Object({ host: TEXT, requests: COUNT, subjects: WORDS }))),
  }),
);
