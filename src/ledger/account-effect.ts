/**
 * Claim:      what a transaction or the end of a block did to balances, as a list of effects in the order the chain made them.
 * Source:     Ethereum Yellow Paper, transaction execution; EIP-658 (a failed transaction pays its fee and moves nothing), EIP-1559 and 4844 (burned
 *             parts of the fee), EIP-4895 (withdrawals).
 * Parameters: none. The net fee is taken at the start (refunds cancel); a rule that wants it last says so itself.
 * Cost:       O(moves log moves).
 * Fails when: a source left out internal moves or logs: `missing` says which, and no effect stands for them. A token that changes balances without an event
 *             is seen only where a balance is stated.
 */
import { type Account, type Asset, NATIVE } from './account-brand.ts';
import type { AccountBlockRecord, AccountTransactionRecord, InternalMove, TokenMove } from './account-transaction.ts';

/** What an effect is: fee and burn leave the accounts, mint, reward and withdrawal enter them, adjust is a correction to a stated balance. */
export type EffectKind = 'move' | 'fee' | 'burn' | 'mint' | 'reward' | 'withdrawal' | 'adjust';

/**
 * How far the order inside a transaction is known: `total`; `per-asset`: the moves of each asset are in order, how they interleave is not known; `partial`:
 * not even that.
 */
export type OrderKnowledge = 'total' | 'per-asset' | 'partial';

/** One effect. `from` null: nobody's balance falls; `to` null: nobody's grows. */
export interface Effect {
  readonly kind: EffectKind;
  readonly asset: Asset;
  readonly from: Account | null;
  readonly to: Account | null;
  readonly amount: bigint;
}

/** Effects of one transaction. */
export interface TransactionEffects {
  readonly effects: readonly Effect[];
  readonly order: OrderKnowledge;
  /** What no source told of: moves by contracts, token transfers, the fee. */
  readonly missing: ReadonlyArray<'internal' | 'tokens' | 'fee' | 'status'>;
}

/** Effects of a transaction; `feeRecipient` gets what of the fee was not burned, where both are known. */
export function effectsOf(record: AccountTransactionRecord, feeRecipient: Account | null): TransactionEffects {
  const fee = feeEffects(record, feeRecipient);
  const missing = missingIn(record);
  if (record.succeeded === false) return { effects: fee, order: 'total', missing };
  const moves = orderedMoves(record);
  const effects = [...fee.slice(0, 1), ...topMove(record), ...moves.map(effectOfMove), ...fee.slice(1)];
  return { effects: effects.filter(changesBalances), order: orderOf(record), missing };
}

/** Effects at the end of a block, after all of its transactions. */
export function blockEffects(block: Pick<AccountBlockRecord, 'credits'>): Effect[] {
  return (block.credits ?? [])
    .map(({ kind, to, amountWei }): Effect => ({ kind, asset: NATIVE, from: null, to, amount: amountWei }))
    .filter(changesBalances);
}

function missingIn(record: AccountTransactionRecord): TransactionEffects['missing'] {
  const failed = record.succeeded === false;
  return [
    ...(record.internal === null && !failed ? (['internal'] as const) : []),
    ...(record.tokens === null && !failed ? (['tokens'] as const) : []),
    ...(record.feeWei === null ? (['fee'] as const) : []),
    ...(record.succeeded === null ? (['status'] as const) : []),
  ];
}

function feeEffects({ from, feeWei, burntWei }: AccountTransactionRecord, feeRecipient: Account | null): Effect[] {
  if (from === null || feeWei === null || feeWei === 0n) return [];
  const fee: Effect = { kind: 'fee', asset: NATIVE, from, to: null, amount: feeWei };
  if (feeRecipient === null || burntWei === null || burntWei >= feeWei) return [fee];
  return [fee, { kind: 'reward', asset: NATIVE, from: null, to: feeRecipient, amount: feeWei - burntWei }];
}

function topMove({ from, to, created, valueWei }: AccountTransactionRecord): Effect[] {
  const receiver = to ?? created;
  if (from === null || receiver === null || valueWei === null) return [];
  return [{ kind: 'move', asset: NATIVE, from, to: receiver, amount: valueWei }];
}

/** Zero amounts and moves to oneself change nothing; the first are used to poison histories. */
function changesBalances({ amount, from, to }: Effect): boolean {
  return amount > 0n && from !== to;
}

type Move = InternalMove | TokenMove;

function isToken(move: Move): move is TokenMove {
  return 'asset' in move;
}

function effectOfMove(move: Move): Effect {
  if (!isToken(move)) {
    const kind = move.to === null ? 'burn' : 'move';
    return { kind, asset: NATIVE, from: move.from, to: move.to, amount: move.valueWei };
  }
  const kind = move.from === null ? 'mint' : move.to === null ? 'burn' : 'move';
  return { kind, asset: move.asset, from: move.from, to: move.to, amount: move.amount };
}

/** Moves in the one walk where it is known; else ether first, then tokens, each in its own order as far as known. */
function orderedMoves(record: AccountTransactionRecord): Move[] {
  const internal = [...(record.internal ?? [])].sort(byTrace);
  const tokens = [...(record.tokens ?? [])].sort((a, b) => (a.logIndex ?? 0) - (b.logIndex ?? 0));
  const all: Move[] = [...internal, ...tokens];
  return all.every(({ step }) => step !== null) ? all.sort((a, b) => (a.step ?? 0) - (b.step ?? 0)) : all;
}

function byTrace(a: InternalMove, b: InternalMove): number {
  if (a.traceAddress === null || b.traceAddress === null) return 0;
  const [left, right] = [a.traceAddress.split('_').map(Number), b.traceAddress.split('_').map(Number)];
  for (let depth = 0; depth < Math.min(left.length, right.length); depth += 1) {
    if (left[depth] !== right[depth]) return left[depth] - right[depth];
  }
  return left.length - right.length;
}

function orderOf(record: AccountTransactionRecord): OrderKnowledge {
  const internal = record.internal ?? [];
  const tokens = record.tokens ?? [];
  if ([...internal, ...tokens].every(({ step }) => step !== null) && record.internal !== null && record.tokens !== null)
    return 'total';
  const internalOrdered = internal.length < 2 || internal.every(({ traceAddress }) => traceAddress !== null);
  const tokensOrdered = tokens.length < 2 || tokens.every(({ logIndex }) => logIndex !== null);
  if (!internalOrdered || !tokensOrdered) return 'partial';
  const oneKind =
    (record.internal !== null && internal.length === 0) || (record.tokens !== null && tokens.length === 0);
  return oneKind ? 'total' : 'per-asset';
}
