/** Conventions of a trace as a report prints them, and as older runs kept them. */
import type { ConventionRow } from '../../report/index.ts';
import { DEFAULT_CONVENTIONS, type TraceConventions } from '../../taint/index.ts';

export {
  type Asked,
  CONVENTION_VALUES,
  DEFAULT_CONVENTIONS,
  PRESET_NAMES,
  resolveConventions,
} from '../../taint/index.ts';

/** Conventions of a stored run. A run from before an option existed was made as its default says. */
export function storedConventions(stored: Partial<TraceConventions>): TraceConventions {
  return { ...DEFAULT_CONVENTIONS, ...stored };
}

const SEED_OVERLAP: Readonly<Record<TraceConventions['seedOverlap'], string>> = {
  'first-wins': 'taint that is there keeps its label, the seed fills the clean part',
  'seed-overrides': 'the output becomes the seed in full; what was there is cut, reason seed-overridden',
  'multi-label': 'every label is followed as if alone: amounts of several labels on one output may exceed its value',
};

const ROUNDING: Readonly<Record<TraceConventions['haircutRounding'], string>> = {
  'largest-remainder': 'whole satoshi, ties to the lowest output, labels in the order of their earliest seed',
  'fixed-point': 'units of 2^-20 satoshi; amounts are shown rounded down, the books hold every unit',
  down: 'whole satoshi rounded down on every output; what is left over is booked with the fee',
};

/** Every convention that differs between tools, with the one used (src/taint/README.md). */
export function engineConventionRows(conventions: TraceConventions): ConventionRow[] {
  const { haircutTxShareMillionths } = conventions;
  return [
    {
      name: 'conventions of',
      value: conventions.like,
      meaning: 'the published tool whose conventions these are, by --like; none when they were picked one by one',
    },
    {
      name: 'seeds',
      value: conventions.seeding,
      meaning:
        conventions.seeding === 'outpoint'
          ? 'taint starts on single outputs, never on whole transactions; the change of a victim stays clean'
          : 'taint starts on every output of each transaction named, the change of a victim included',
    },
    { name: 'seed on tainted output', value: conventions.seedOverlap, meaning: SEED_OVERLAP[conventions.seedOverlap] },
    {
      name: 'fee in order rules',
      value: conventions.orderFee,
      meaning: 'tail: the fee takes the last satoshi of the inputs; prorate-inputs: a part of each input by its value',
    },
    {
      name: 'fee in haircut',
      value: conventions.haircutFee,
      meaning:
        'share: the fee carries its part of the average; outputs-only: only the excess; fee-first: its part is rounded and taken off first',
    },
    {
      name: 'fee taint',
      value: conventions.feeTaint,
      meaning: 'sink: booked as fee; propagate: follows into the coinbase of the block',
    },
    {
      name: 'coinbase order',
      value: conventions.coinbaseOrder,
      meaning: 'how fees and subsidy lie in a coinbase when fee taint propagates',
    },
    {
      name: 'haircut rounding',
      value: conventions.haircutRounding.replace('-', ' '),
      meaning: ROUNDING[conventions.haircutRounding],
    },
    {
      name: 'haircut threshold',
      value: haircutTxShareMillionths === null ? 'none' : `above ${haircutTxShareMillionths} millionths`,
      meaning:
        'a transaction with a smaller tainted part of its inputs is not followed under haircut, reason min-tx-share',
    },
    {
      name: 'filter in address-taint',
      value: conventions.addressFilter,
      meaning: 'what a transaction must be like to be shown, applied once the search is over',
    },
    {
      name: 'size in comb',
      value: `${conventions.combSize}`,
      meaning: 'most inputs and outputs of a transaction whose groupings are enumerated; larger ones get bounds',
    },
    {
      name: 'equal outputs in tiho',
      value: conventions.tihoTies,
      meaning: 'which of two outputs of one value is filled first',
    },
  ];
}
