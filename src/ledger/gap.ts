/** Holes in the data and what supports a result: values, carried beside every answer. */
/** Why something is missing. */
export type GapKind =
  | 'spender-missing' // an output is known to be spent, the spending transaction is not in the case
  | 'input-value-unknown' // a transaction has an input whose value no source gives: no rule can divide it
  | 'parent-missing' // an input spends an output of a transaction that is not in the case: what it brings has no history here
  | 'input-height-unknown' // an input was made nobody knows when: a rule of age cannot line it up
  | 'coinbase-missing'; // fee taint was to follow into a coinbase that the case does not hold completely

/** A hole with the amount that hangs on it. `subject` is an outpoint or a txid. */
export interface Gap {
  readonly kind: GapKind;
  readonly subject: string;
  readonly detail: string;
  /** Full value behind the hole in satoshi: the most any rule could lose there. */
  readonly valueSat: number;
}

/** What supports a result: a transaction, a tag, a file, with the words to find it again. */
export interface Evidence {
  readonly kind: 'transaction' | 'tag' | 'file' | 'rule';
  readonly reference: string;
  readonly detail: string;
}
