/** What routes of the case answer with: the documents of the same commands, member by member. */
import Type, { type TProperties } from 'typebox';
import { BASE_UNITS, COUNT, INPUTS, named, orNull, TEXT, TIP, WORDS } from './schema.ts';

const TEXT_OR_NULL = orNull(TEXT);
const CERTAINTY = Type.Enum(['observed', 'derived', 'inferred', 'attributed', 'reported']);
const DAY_OR_NULL = orNull(Type.String({ description: 'day YYYY-MM-DD; empty: from ever' }));

const SUBJECT = Type.Union([
  Type.Object({ kind: Type.Literal('address'), address: TEXT }),
  Type.Object({ kind: Type.Literal('transaction'), txid: TEXT }),
  Type.Object({ kind: Type.Literal('account'), account: TEXT }),
  Type.Object({ kind: Type.Literal('account-transaction'), hash: TEXT }),
  Type.Object({ kind: Type.Literal('other'), text: TEXT }),
]);

const TAG = Type.Object({
  subject: SUBJECT,
  label: TEXT,
  source: TEXT,
  currency: TEXT,
  network: TEXT,
  confidence: TEXT,
  confidenceLevel: Type.Integer({ minimum: 0, maximum: 100 }),
  confidenceDefaulted: Type.Boolean(),
  category: TEXT_OR_NULL,
  abuse: TEXT_OR_NULL,
  actor: TEXT_OR_NULL,
  concepts: WORDS,
  tagType: TEXT,
  isClusterDefiner: Type.Boolean(),
  context: TEXT_OR_NULL,
  lastmod: TEXT_OR_NULL,
  index: COUNT,
  validFrom: DAY_OR_NULL,
  validTo: DAY_OR_NULL,
  knownSince: DAY_OR_NULL,
  pack: TEXT,
  maybeFrom: DAY_OR_NULL,
  maybeTo: DAY_OR_NULL,
  validToKnown: DAY_OR_NULL,
  retracted: DAY_OR_NULL,
  standing: Type.Enum(['holds', 'possible']),
});

/** Tags of one subject. */
export const TAGS = named(
  'TagList',
  Type.Object({ schema: Type.Literal('spoor.tag-list/1'), subject: TEXT, items: Type.Array(TAG) }),
);

const CLUSTER_RUN = Type.Object({
  id: TEXT,
  engine: TEXT,
  tip: TIP,
  params: Type.Object({
    coinjoins: Type.Enum(['exclude', 'join']),
    until: TEXT_OR_NULL,
    change: TEXT_OR_NULL,
    keepApart: Type.Array(Type.Array(TEXT, { minItems: 2, maxItems: 2 })),
    untilHeight: orNull(COUNT),
  }),
  inputs: INPUTS,
  stale: Type.Boolean({ description: 'the case was fed or its tags changed since' }),
});

const RATE = Type.Object({
  heuristic: TEXT,
  statements: COUNT,
  right: COUNT,
  possible: COUNT,
  precisionBp: COUNT,
  recallBp: COUNT,
  adjustedRandBp: Type.Integer(),
  informationMillibits: COUNT,
  chanceBp: COUNT,
});

/** The cluster of an address. */
export const CLUSTER = named(
  'Cluster',
  Type.Object({
    schema: Type.Literal('spoor.cluster/1'),
    cluster: TEXT,
    size: COUNT,
    addresses: WORDS,
    tags: Type.Array(
      Type.Object({
        address: TEXT,
        label: TEXT,
        category: TEXT_OR_NULL,
        abuse: TEXT_OR_NULL,
        actor: TEXT_OR_NULL,
        source: TEXT,
        confidence: TEXT,
        confidenceLevel: COUNT,
        level: COUNT,
        pack: TEXT,
        direct: Type.Boolean(),
      }),
    ),
    conflicts: WORDS,
    layer: Type.Enum(['core', 'extended']),
    run: CLUSTER_RUN,
    claim: TEXT,
    errorRates: Type.Object({ date: TEXT, on: TEXT, limits: TEXT, rates: Type.Array(RATE) }),
  }),
);

/** Actors and campaigns by id. */
export const ACTORS = named(
  'ActorList',
  Type.Object({
    schema: Type.Literal('spoor.actors/1'),
    list: Type.Array(Type.Object({ kind: Type.Enum(['actor', 'campaign']), id: TEXT, label: TEXT, pack: TEXT })),
  }),
);

const stated = (more: TProperties) => Type.Array(Type.Object({ ...more, certainty: CERTAINTY, source: TEXT }));

const TRACED = Type.Object({
  run: TEXT,
  chain: Type.Enum(['bitcoin', 'ethereum']),
  asset: TEXT,
  rule: TEXT,
  label: TEXT,
  certainty: CERTAINTY,
  seeded: BASE_UNITS,
  held: BASE_UNITS,
  stopped: BASE_UNITS,
  unresolved: BASE_UNITS,
  services: Type.Array(Type.Object({ name: TEXT, amount: BASE_UNITS, outputs: COUNT, certainty: CERTAINTY })),
});

/** The dossier of an actor. */
export const ACTOR = named(
  'Actor',
  Type.Object({
    schema: Type.Literal('spoor.actor/1'),
    name: TEXT,
    actors: Type.Array(
      Type.Object({
        id: TEXT,
        label: TEXT,
        uri: TEXT_OR_NULL,
        aliases: WORDS,
        jurisdictions: WORDS,
        categories: WORDS,
        sources: WORDS,
        confidence: TEXT_OR_NULL,
        context: TEXT_OR_NULL,
        lastmod: TEXT_OR_NULL,
        pack: TEXT,
      }),
    ),
    campaigns: Type.Array(
      Type.Object({
        id: TEXT,
        label: TEXT,
        kind: TEXT,
        from: TEXT_OR_NULL,
        to: TEXT_OR_NULL,
        victims: stated({ text: TEXT }),
        attributions: stated({ actor: TEXT, stated: TEXT_OR_NULL }),
        statements: stated({ text: TEXT }),
        pack: TEXT,
        wallets: stated({ address: TEXT, network: TEXT, role: TEXT }),
        traced: Type.Array(TRACED),
      }),
    ),
  }),
);

/** Traces that were run. */
export const TRACES = named(
  'TraceList',
  Type.Object({
    schema: Type.Literal('spoor.trace-list/1'),
    items: Type.Array(Type.Object({ id: TEXT, engine: TEXT, tip: TIP, inputs: INPUTS })),
  }),
);
