/**
 * Published tools as sets of conventions. What each was read to do, with its source, is the table of src/taint/README.md; a fixture worked by hand
 * for each is in test/taint/preset.test.ts. A preset reproduces the convention, never a tool's floating point or its defects.
 */
import { SpoorError } from '../ledger/index.ts';
import { conventionOption, DEFAULT_CONVENTIONS, type TraceConventions } from './conventions.ts';
import { IN_OUT_NAMES } from './in-out.ts';
import { nearestNames } from './nearest.ts';

/** One tool. */
export interface Preset {
  readonly conventions: TraceConventions;
  /** Rules of the tool that exist here, those it is run with when none are asked for first. */
  readonly rules: readonly string[];
  /** How many of them are run when none are asked for. */
  readonly runs: number;
  /** Whether the tool can stop at services; one that cannot follows taint through everything. */
  readonly stops: boolean;
}

const MILLIONTHS_OF_A_TENTH = 100_000;

const PRESETS: Readonly<Record<string, Preset>> = {
  taintchain: {
    conventions: { ...DEFAULT_CONVENTIONS, like: 'taintchain', feeTaint: 'propagate' },
    rules: ['fifo'],
    runs: 1,
    stops: false,
  },
  blocksci: {
    conventions: {
      ...DEFAULT_CONVENTIONS,
      like: 'blocksci',
      feeTaint: 'propagate',
      coinbaseOrder: 'subsidy-first',
      haircutRounding: 'down',
      seedOverlap: 'seed-overrides',
    },
    rules: ['haircut', 'poison'],
    runs: 2,
    stops: false,
  },
  taintedtx: {
    conventions: {
      ...DEFAULT_CONVENTIONS,
      like: 'taintedtx',
      seeding: 'all-outputs',
      orderFee: 'prorate-inputs',
      haircutFee: 'fee-first',
    },
    rules: ['fifo', 'inout:LF', 'inout:TH', 'haircut', 'poison', 'dirty-first', 'pure-dirty-first', ...IN_OUT_NAMES],
    runs: 5,
    stops: true,
  },
  zkokelj: {
    conventions: {
      ...DEFAULT_CONVENTIONS,
      like: 'zkokelj',
      haircutRounding: 'fixed-point',
      haircutTxShareMillionths: MILLIONTHS_OF_A_TENTH,
      tihoTies: 'higher-vout',
    },
    rules: ['haircut', 'fifo', 'lifo-reverse', 'tiho', 'comb:low', 'comb:high', 'poison'],
    runs: 6,
    stops: true,
  },
  blockparser: {
    conventions: {
      ...DEFAULT_CONVENTIONS,
      like: 'blockparser',
      seeding: 'all-outputs',
      seedOverlap: 'seed-overrides',
      haircutRounding: 'fixed-point',
      haircutTxShareMillionths: 0,
    },
    rules: ['haircut'],
    runs: 1,
    stops: false,
  },
};

/** Names for `--like`. */
export const PRESET_NAMES: readonly string[] = Object.keys(PRESETS);

/** What a user asked for in so many words; null and absent where nothing was said. */
export interface Asked {
  readonly like: string | null;
  readonly conventions: { readonly [Name in keyof TraceConventions]?: TraceConventions[Name] };
  readonly rules: readonly string[] | null;
  readonly stopAt: readonly string[] | null;
}

/** The conventions of a run, and the rules and stops a preset asks for; null leaves them to the caller's defaults. */
export interface Resolved {
  readonly conventions: TraceConventions;
  readonly rules: readonly string[] | null;
  readonly stopAt: readonly string[] | null;
}

/** Puts preset and explicit options together. Throws USAGE for an unknown preset, and for an option that contradicts it, naming both. */
export function resolveConventions(asked: Asked): Resolved {
  const { like, conventions, rules, stopAt } = asked;
  if (like === null) return { conventions: { ...DEFAULT_CONVENTIONS, ...conventions }, rules, stopAt };
  const preset = Object.hasOwn(PRESETS, like) ? PRESETS[like] : null;
  if (preset === null) {
    const near = nearestNames(like, PRESET_NAMES);
    const message = `--like knows ${PRESET_NAMES.join(', ')}, not "${like}"`;
    throw new SpoorError('USAGE', message, {}, near.length === 0 ? null : `did you mean ${near.join(' or ')}?`);
  }
  for (const name of Object.keys(conventions) as Array<keyof TraceConventions>) {
    const [said, has] = [conventions[name], preset.conventions[name]];
    if (said !== undefined && said !== has) {
      refuse(like, `${conventionOption(name)} ${said}`, has === null ? 'has none' : `has ${has}`);
    }
  }
  const foreign = rules?.find((rule) => !preset.rules.includes(rule));
  if (foreign !== undefined) refuse(like, `--rule ${foreign}`, `has ${preset.rules.slice(0, preset.runs).join(', ')}`);
  const stop = stopAt?.find((name) => name !== 'none');
  if (!preset.stops && stop !== undefined) refuse(like, `--stop-at ${stop}`, 'stops nowhere');
  return {
    conventions: preset.conventions,
    rules: rules ?? preset.rules.slice(0, preset.runs),
    stopAt: stopAt ?? (preset.stops ? null : ['none']),
  };
}

function refuse(like: string, option: string, tool: string): never {
  const hint = 'leave one of the two out; every convention can be given by itself';
  throw new SpoorError('USAGE', `--like ${like} and ${option} contradict each other: ${like} ${tool}`, {}, hint);
}
