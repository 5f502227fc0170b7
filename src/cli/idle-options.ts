/** Options that say nothing for the rules asked: stored and printed as all others, and said to be idle, so that nobody reads an effect into them. */
import type { ConventionArgs } from './convention-options.ts';

interface Bearing {
  readonly option: string;
  readonly name: keyof ConventionArgs;
  readonly needs: string;
  bears(rule: string): boolean;
}

const BEARINGS: readonly Bearing[] = [
  { option: '--tiho-ties', name: 'tihoTies', needs: 'tiho', bears: (rule) => rule === 'tiho' },
  { option: '--comb-size', name: 'combSize', needs: 'comb', bears: (rule) => rule.startsWith('comb') },
  {
    option: '--address-filter',
    name: 'addressFilter',
    needs: 'address-taint',
    bears: (rule) => rule.startsWith('address-taint'),
  },
  { option: '--haircut-tx-share', name: 'haircutTxShare', needs: 'haircut', bears: (rule) => rule === 'haircut' },
];

/** A line for each convention the user gave that none of the rules reads. */
export function idleOptions(args: ConventionArgs, rules: readonly string[]): string[] {
  const idle = BEARINGS.filter(({ name, bears }) => args[name] !== undefined && !rules.some(bears)).map(
    ({ option, needs }) =>
      `${option} changes nothing here: it bears on ${needs} only, and the rules are ${rules.join(', ')}`,
  );
  if (args.coinbaseOrder === undefined || args.feeTaint === 'propagate' || args.like !== undefined) return idle;
  return [...idle, '--coinbase-order changes nothing here: it bears on --fee-taint propagate only'];
}
