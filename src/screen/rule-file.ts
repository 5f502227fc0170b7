/**
 * The file of rules: YAML, read as text, checked against one TypeBox schema, then for sense. Every rule carries its version, and what a screening says
 * names it; the file as a whole is named by the digest of its bytes. Golden cases stand in the same file.
 */
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { locate, SpoorError } from '../ledger/index.ts';
import { CONCEPTS, readYaml, YAML_LIMITS, type YamlText } from '../tag/index.ts';
import { readShare, readThreshold, readUsd, type Threshold } from './amount.ts';
import { ACTIONS, type Action, LEVELS, type Level, RULE_LEVELS } from './schema.ts';
import { firstProblem } from './schema-problem.ts';

const closed = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$', description: 'lower-case id' });
const Whole = Type.String({ pattern: '^(0|[1-9][0-9]{0,8})$', description: 'a whole number' });
const Words = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1 });
const AmountText = Type.String({ minLength: 1, maxLength: 100 });
/** A name is shown beside results: a control character in it could rewrite a terminal or split a line of a report. */
const nameOf = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' });
const ShareText = Type.String({ pattern: '^[01](\\.[0-9]{1,6})?$', description: 'a decimal from 0 to 1' });

const RuleSchema = Type.Object(
  {
    id: Id,
    version: Whole,
    name: nameOf(200),
    direction: Type.Optional(Type.Enum(['received', 'sent', 'any'])),
    categories: Words,
    kind: Type.Enum(['ownership', 'direct', 'indirect']),
    method: Type.Optional(Type.Enum(['haircut', 'fifo', 'highest', 'poison'])),
    min_amount: Type.Optional(Type.Union([AmountText, Type.Array(AmountText, { minItems: 1 })])),
    min_usd: Type.Optional(Type.String({ minLength: 1, maxLength: 20, description: 'dollars' })),
    min_share: Type.Optional(ShareText),
    max_hops: Type.Optional(Whole),
    window: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,4}d$', description: 'days, for example 90d' })),
    min_confidence: Type.Optional(Type.String({ pattern: '^([0-9]|[1-9][0-9]|100)$', description: '0 to 100' })),
    level: Type.Enum([...RULE_LEVELS]),
    action: Type.Enum([...ACTIONS]),
    score: Type.Optional(
      Type.Object({ severity: Type.String({ pattern: '^([0-9]|[1-9][0-9]|100)$' }), full_share: ShareText }, closed),
    ),
  },
  closed,
);

const CasePart = Type.Object(
  {
    category: Type.Optional(Type.String({ minLength: 1 })),
    part: Type.Optional(Type.Enum(['mined', 'untraced', 'dust', 'unspent', 'fee', 'burned'])),
    hops: Type.Optional(Whole),
    days_before: Type.Optional(Whole),
    haircut: Type.Optional(AmountText),
    fifo: Type.Optional(AmountText),
    confidence: Type.Optional(Type.String({ pattern: '^([0-9]|[1-9][0-9]|100)$' })),
  },
  closed,
);

/** A golden case as it stands in a file. */
export const GoldenSchema = Type.Object(
  {
    name: nameOf(200),
    direction: Type.Optional(Type.Enum(['received', 'sent'])),
    asset: Type.Optional(Type.Enum(['BTC', 'ETH'])),
    /** Dollars for one whole of the asset; without it a bound in dollars cannot be judged. */
    usd_price: Type.Optional(Type.String({ minLength: 1, maxLength: 20 })),
    ownership: Type.Optional(Words),
    parts: Type.Optional(Type.Array(CasePart)),
    expect: Type.Object({ level: Type.Enum([...LEVELS]), rules: Type.Optional(Type.Array(Id)) }, closed),
  },
  closed,
);

/** The whole file; the schema a face may show. */
export const RuleFileSchema = Type.Object(
  {
    schema: Type.Literal('spoor.rules/1'),
    id: Id,
    version: Whole,
    title: Type.Optional(nameOf(500)),
    dust_sat: Type.Optional(Whole),
    unknown_share: ShareText,
    limits: Type.Optional(
      Type.Object(
        {
          max_hops: Type.Optional(Whole),
          max_transactions: Type.Optional(Whole),
          max_outputs: Type.Optional(Whole),
        },
        closed,
      ),
    ),
    rules: Type.Array(RuleSchema, { minItems: 1 }),
    golden: Type.Optional(Type.Array(GoldenSchema)),
  },
  closed,
);
const checker = Compile(RuleFileSchema);
type RuleText = Type.Static<typeof RuleSchema>;
/** One golden case as written. */
export type GoldenText = Type.Static<typeof GoldenSchema>;

/** One rule, read. null means no bound. */
export interface Rule {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly direction: 'received' | 'sent' | 'any';
  readonly categories: readonly string[];
  readonly kind: 'ownership' | 'direct' | 'indirect';
  /** `highest`: the largest of those asked for that add up (haircut and FIFO, if no others are named). `poison`: any path, whatever its amount. */
  readonly method: 'haircut' | 'fifo' | 'highest' | 'poison';
  readonly minAmount: readonly Threshold[];
  /** Least value in US cents. */
  readonly minUsdCents: bigint | null;
  readonly minUsdText: string | null;
  readonly minShareMillionths: bigint | null;
  readonly minShareText: string | null;
  readonly maxHops: number | null;
  readonly windowDays: number | null;
  readonly minConfidence: number;
  readonly level: Exclude<Level, 'unknown'>;
  readonly action: Action;
  /** Score of the rule: `severity` times the share over `fullShare`, at most `severity`. */
  readonly score: { readonly severity: number; readonly fullShareMillionths: bigint } | null;
}

/** A file of rules, read. */
export interface RuleFile {
  readonly id: string;
  readonly version: number;
  /** Outputs of at most so many satoshi are dust. */
  readonly dustSat: number;
  /** Above this part untraced, nothing fired means `unknown`. */
  readonly unknownShareMillionths: bigint;
  readonly limits: { readonly maxHops: number; readonly maxTransactions: number; readonly maxOutputs: number };
  readonly rules: readonly Rule[];
  readonly golden: readonly GoldenText[];
}

/** Bounds where the file names none; every answer prints those used. */
const DEFAULTS = { dustSat: 1000, maxHops: 20, maxTransactions: 2000, maxOutputs: 200 } as const;
const RULE_FILE_LIMITS = { ...YAML_LIMITS, maxBytes: 1024 * 1024, maxAliases: 0 };

/** Reads a file of rules. Throws TOO_LARGE, or RULES_INVALID with file, place and the field that is wrong. */
export function parseRuleFile(text: string, file: string): RuleFile {
  const yaml = readYaml(text, file, RULE_FILE_LIMITS, 'RULES_INVALID');
  const { value } = yaml;
  if (!checker.Check(value)) {
    const [field, message] = firstProblem(checker.Errors(value), 'a rules file');
    throw new SpoorError('RULES_INVALID', message, placed(yaml, file, field), 'src/screen/README.md shows every field');
  }
  const rules = value.rules.map((rule, at) => readRule(rule, (field) => placed(yaml, file, `/rules/${at}${field}`)));
  const seen = new Set<string>();
  for (const [at, { id }] of rules.entries()) {
    if (seen.has(id))
      throw new SpoorError('RULES_INVALID', `rule ${id} is there twice`, placed(yaml, file, `/rules/${at}/id`));
    seen.add(id);
  }
  const number = (given: string | undefined, usual: number): number => (given === undefined ? usual : Number(given));
  return {
    id: value.id,
    version: Number(value.version),
    dustSat: number(value.dust_sat, DEFAULTS.dustSat),
    unknownShareMillionths: readShare(value.unknown_share),
    limits: {
      maxHops: Math.max(1, number(value.limits?.max_hops, DEFAULTS.maxHops)),
      maxTransactions: Math.max(1, number(value.limits?.max_transactions, DEFAULTS.maxTransactions)),
      maxOutputs: Math.max(1, number(value.limits?.max_outputs, DEFAULTS.maxOutputs)),
    },
    rules,
    golden: value.golden ?? [],
  };
}

/** Where a path lies: the line, and the field as people write it. */
function placed(yaml: YamlText, file: string, path: string): { file: string; record: string; field: string } {
  const steps = path
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  let line: number | null = null;
  for (let depth = steps.length; depth > 0 && line === null; depth -= 1) line = yaml.lineOf(steps.slice(0, depth));
  const field = steps
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
  return { file, record: line === null ? 'the whole file' : `line ${line}`, field: field === '' ? 'the file' : field };
}

type Where = (field: string) => { file: string; record: string; field: string };

function readRule(text: RuleText, where: Where): Rule {
  const refuse = (field: string, message: string): never => {
    throw new SpoorError('RULES_INVALID', message, where(field));
  };
  for (const [at, category] of text.categories.entries())
    if (!CONCEPTS.has(category)) refuse(`/categories/${at}`, `"${category}" is no concept of the taxonomy`);
  const method = text.method ?? 'highest';
  for (const field of ['method', 'min_amount', 'min_usd', 'min_share', 'max_hops', 'window'] as const)
    if (text.kind === 'ownership' && text[field] !== undefined)
      refuse(`/${field}`, 'a rule about the address itself knows no amounts, hops or time');
  const bound = (['min_amount', 'min_usd', 'min_share'] as const).find((field) => text[field] !== undefined);
  if (method === 'poison' && bound !== undefined)
    refuse(`/${bound}`, 'amounts under poison do not add up: no threshold');
  if (text.kind === 'direct' && text.max_hops !== undefined) refuse('/max_hops', 'direct exposure is one hop away');
  const amounts = text.min_amount === undefined ? [] : [text.min_amount].flat();
  const { score } = text;
  if (score !== undefined && readShare(score.full_share) === 0n && text.kind !== 'ownership')
    refuse('/score/full_share', 'a share of 0 would give every trace the full score');
  return {
    id: text.id,
    version: Number(text.version),
    name: text.name,
    direction: text.direction ?? 'any',
    categories: text.categories,
    kind: text.kind,
    method,
    minAmount: amounts.map((amount) => locate(where('/min_amount'), () => readThreshold(amount))),
    minUsdCents: text.min_usd === undefined ? null : locate(where('/min_usd'), () => readUsd(text.min_usd ?? '')),
    minUsdText: text.min_usd ?? null,
    minShareMillionths:
      text.min_share === undefined ? null : locate(where('/min_share'), () => readShare(text.min_share ?? '')),
    minShareText: text.min_share ?? null,
    maxHops: text.max_hops === undefined ? null : Number(text.max_hops),
    windowDays: text.window === undefined ? null : Number(text.window.slice(0, -1)),
    minConfidence: Number(text.min_confidence ?? '0'),
    level: text.level,
    action: text.action,
    score:
      score === undefined
        ? null
        : { severity: Number(score.severity), fullShareMillionths: readShare(score.full_share) },
  };
}
