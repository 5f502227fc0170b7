/** Rules with their golden cases judged: the file as it was read, amounts as decimal text. */
import Type from 'typebox';
import { ACTIONS, GoldenSchema, LEVELS, RULE_LEVELS } from '../screen/index.ts';
import { BASE_UNITS, COUNT, named, orNull, SHA256, TEXT, WORDS } from './schema.ts';

const MILLIONTHS = Type.String({ pattern: '^(0|[1-9][0-9]*)$', description: 'millionths of the whole' });
const LEVEL = Type.Enum([...LEVELS]);

const RULE = Type.Object({
  id: TEXT,
  version: COUNT,
  name: TEXT,
  direction: Type.Enum(['received', 'sent', 'any']),
  categories: WORDS,
  kind: Type.Enum(['ownership', 'direct', 'indirect']),
  method: Type.Enum(['haircut', 'fifo', 'highest', 'poison']),
  minAmount: Type.Array(
    Type.Object({
      asset: orNull(Type.String({ description: 'null: whichever is screened' })),
      raw: BASE_UNITS,
    }),
  ),
  minUsdCents: orNull(Type.String({ description: 'US cents' })),
  minUsdText: orNull(TEXT),
  minShareMillionths: orNull(MILLIONTHS),
  minShareText: orNull(TEXT),
  maxHops: orNull(COUNT),
  windowDays: orNull(COUNT),
  minConfidence: Type.Integer({ minimum: 0, maximum: 100 }),
  level: Type.Enum([...RULE_LEVELS]),
  action: Type.Enum([...ACTIONS]),
  score: orNull(Type.Object({ severity: COUNT, fullShareMillionths: MILLIONTHS })),
});

/** The answer. */
export const RULES = named(
  'Rules',
  Type.Object({
    schema: Type.Literal('spoor.rules/1'),
    sha256: SHA256,
    rules: Type.Object({
      id: TEXT,
      version: COUNT,
      dustSat: COUNT,
      unknownShareMillionths: MILLIONTHS,
      limits: Type.Object({ maxHops: COUNT, maxTransactions: COUNT, maxOutputs: COUNT }),
      rules: Type.Array(RULE),
      golden: Type.Array(GoldenSchema, { description: 'golden cases as they stand in the file' }),
    }),
    cases: Type.Array(
      Type.Object({
        name: TEXT,
        passed: Type.Boolean(),
        expected: Type.Object({ level: LEVEL, rules: orNull(WORDS) }),
        got: Type.Object({ level: LEVEL, rules: WORDS }),
      }),
      { description: 'golden cases with what came of them' },
    ),
  }),
);
