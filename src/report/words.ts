/** Words of the reports, in one place. Unknown words of an input pass through, so that a new status is shown rather than lost. */
import type { FlowNode, TimelineRow } from './model.ts';

/** Node kinds of the flow picture, in the order of its legend. */
export const FLOW_KIND_WORDS: Readonly<Record<FlowNode['kind'], string>> = {
  seed: 'seed',
  transaction: 'transaction',
  account: 'account',
  service: 'service',
  unspent: 'unspent',
  unresolved: 'unresolved',
  coinjoin: 'coinjoin',
  cut: 'cut by a limit',
  burned: 'burned',
  fee: 'miner fees',
};

/** Short mark of a node kind: the signal beside colour. */
export const FLOW_KIND_MARKS: Readonly<Record<FlowNode['kind'], string>> = {
  seed: 'SEED',
  transaction: 'TX',
  account: 'ACCOUNT',
  service: 'SERVICE',
  unspent: 'UNSPENT',
  unresolved: 'UNRESOLVED',
  coinjoin: 'COINJOIN',
  cut: 'CUT',
  burned: 'BURNED',
  fee: 'FEE',
};

/** Events of the time line: word for one, word for several, letter in the picture. */
export const TIMELINE_WORDS: Readonly<Record<TimelineRow['kind'], { one: string; many: string; letter: string }>> = {
  receipt: { one: 'receipt', many: 'receipts', letter: 'R' },
  move: { one: 'move', many: 'moves', letter: 'M' },
  service: { one: 'arrival at a service', many: 'arrivals at a service', letter: 'S' },
};

const REASON_WORDS: ReadonlyMap<string, string> = new Map([
  ['service', 'reached a service; money mixes inside'],
  ['coinjoin', 'went into a coinjoin'],
  ['mixer', 'went into a mixer'],
  ['bridge', 'went into a bridge'],
  ['dex', 'went into an exchange contract; not followed through'],
  ['no-coverage', 'the case holds no payment out of this balance'],
  ['adjusted', 'a stated balance took it away'],
  ['pass-through', 'lay between both ends of a conversion'],
  ['min-amount', 'below the smallest amount followed'],
  ['max-hops', 'hop limit reached'],
  ['min-sat', 'below the smallest amount followed'],
  ['min-share', 'below the smallest share followed'],
  ['max-transactions', 'transaction limit reached'],
  ['mixed', 'beside clean money; the rule follows pure taint'],
  ['min-tx-share', 'below the smallest share of a transaction followed'],
  ['coinbase', 'new coins of a block'],
  ['seed-overridden', 'the output is a seed of another label'],
  ['until', 'spent after the last block followed'],
  ['unspendable', 'provably unspendable'],
  ['spender-missing', 'spent; spender not in the case'],
  ['input-value-unknown', 'beside an input of unknown value'],
  ['input-height-unknown', 'beside an input of unknown age'],
  ['new-coins', 'newly made coins'],
  ['parent-missing', 'its parent is not in the case'],
  ['coinbase-missing', 'its block is not held completely'],
  ['since', 'made before the first block followed'],
]);

/** Why a branch ended, in words; a reason this table does not know is shown as it is written. */
export function reasonText(reason: string): string {
  return REASON_WORDS.get(reason) ?? reason;
}

/** What each term of the books means, in the order of the equation. */
export const TERM_MEANINGS: ReadonlyArray<readonly [term: string, meaning: string]> = [
  ['held', 'on outputs unspent at the tip'],
  ['fee', 'paid to miners'],
  ['stopped', 'at a service or coinjoin'],
  ['cut', 'by a limit the user set'],
  ['burned', 'provably unspendable'],
  ['unresolved', 'spent by a transaction the case does not hold'],
];

/** `1 hop`, `3 hops`. */
export function countText(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** What an amount of a rule that keeps no books is, `framed` as its place needs it; empty for one that conserves. */
export function boundNote(
  { rule, conserves }: { readonly rule: string; readonly conserves: boolean },
  framed: (words: string) => string,
): string {
  if (conserves) return '';
  return framed(rule === 'comb:low' ? 'lower end, by links' : 'upper bound');
}
