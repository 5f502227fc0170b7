/** The conventions of a trace as options, and presets that stand for a set of them. */
import type { Argv } from 'yargs';
import { type Asked, CONVENTION_VALUES, DEFAULT_CONVENTIONS, PRESET_NAMES } from '../case/index.ts';
import { parseCount } from './io.ts';
import { parseShare } from './parse-share.ts';

/** Conventions as yargs gives them; absent where the user said nothing. */
export interface ConventionArgs {
  like?: string;
  seeding?: 'outpoint' | 'all-outputs';
  seedOverlap?: 'first-wins' | 'seed-overrides' | 'multi-label';
  feeTaint?: 'sink' | 'propagate';
  coinbaseOrder?: 'fees-first' | 'subsidy-first';
  orderFee?: 'tail' | 'prorate-inputs';
  haircutFee?: 'share' | 'outputs-only' | 'fee-first';
  haircutRounding?: 'largest-remainder' | 'fixed-point' | 'down';
  haircutTxShare?: string;
  combSize?: string;
  addressFilter?: string;
  tihoTies?: 'lower-vout' | 'higher-vout';
}

const DESCRIBED: Readonly<Record<keyof typeof CONVENTION_VALUES, string>> = {
  seeding: 'what a seed taints: the outputs it names, or every output of their transactions',
  seedOverlap: 'a seed on an output that carries taint',
  feeTaint: 'taint of fees',
  coinbaseOrder: 'for --fee-taint propagate',
  orderFee: 'fee under rules that keep the order of satoshi',
  haircutFee: 'fee under haircut',
  haircutRounding: 'whole satoshi under haircut',
  tihoTies: 'which of two equal outputs tiho fills first',
};

/** Declares them. No default is given to yargs: what the user said must be told from what nobody said. */
export function conventionOptions(yargs: Argv): Argv {
  const options = Object.keys(DESCRIBED) as Array<keyof typeof DESCRIBED>;
  return options
    .reduce(
      (built, name) =>
        built.option(
          name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
          {
            choices: CONVENTION_VALUES[name],
            requiresArg: true,
            describe: DESCRIBED[name],
            defaultDescription: DEFAULT_CONVENTIONS[name],
          },
        ),
      yargs,
    )
    .option('haircut-tx-share', {
      type: 'string',
      requiresArg: true,
      describe: 'under haircut, follow transactions only with a larger tainted share of their inputs',
    })
    .option('comb-size', {
      type: 'string',
      requiresArg: true,
      describe: 'most inputs and outputs that comb enumerates',
      defaultDescription: String(DEFAULT_CONVENTIONS.combSize),
    })
    .option('address-filter', {
      type: 'string',
      requiresArg: true,
      describe:
        'what address-taint shows: within-blocks=N, inputs=N, outputs=N, neighbour=IxO, inputs-fresh=yes, mixer-fee-sat=N, fee-sat=N',
    })
    .option('like', {
      type: 'string',
      requiresArg: true,
      describe: `conventions of a published tool: ${PRESET_NAMES.join(', ')}`,
    });
}

/** What the user said of conventions. Throws USAGE for a share that is none. */
export function askedConventions(args: ConventionArgs): Pick<Asked, 'like' | 'conventions'> {
  const { like, haircutTxShare, combSize, addressFilter } = args;
  const said = Object.keys(DESCRIBED).flatMap((name) => {
    const value = args[name as keyof typeof DESCRIBED];
    return value === undefined ? [] : [[name, value]];
  });
  const share =
    haircutTxShare === undefined ? {} : { haircutTxShareMillionths: parseShare('--haircut-tx-share', haircutTxShare) };
  const size = combSize === undefined ? {} : { combSize: parseCount('--comb-size', combSize) };
  const filter = addressFilter === undefined ? {} : { addressFilter };
  return { like: like ?? null, conventions: { ...Object.fromEntries(said), ...share, ...size, ...filter } };
}
