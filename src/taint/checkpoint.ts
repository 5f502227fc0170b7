/**
 * A run between two blocks, as lines of plain JSON: what waits on outputs, what was booked, where taint has come to rest. A run that takes the lines
 * up goes on as if it had never stopped. Numbers of outputs and transactions are the driver's own; everything else is the same wherever the
 * same blocks were read, so `stateText` leaves them out and a digest of it names the state.
 */
import type { Holder, LedgerAccount, RuleLedger, Waiting } from './ledger-of-rule.ts';
import type { Book, BoundedOutput, Placement, RuleTransaction, TaintGap } from './result.ts';
import type { Visits } from './visit.ts';

type BookText = Readonly<Record<keyof Book, string>>;

/** One line. Rules by their place in the run; placements without the rule's own state. */
export type StateLine =
  | { readonly kind: 'visits'; readonly visited: number; readonly gaps: readonly TaintGap[] }
  | {
      readonly kind: 'account';
      readonly rule: number;
      readonly account: Omit<LedgerAccount, 'books'> & { readonly books: readonly BookText[] };
    }
  | { readonly kind: 'wait'; readonly rule: number; readonly waiting: Waiting }
  | { readonly kind: 'placed'; readonly rule: number; readonly placement: Placement }
  | { readonly kind: 'moved'; readonly rule: number; readonly transaction: RuleTransaction }
  | { readonly kind: 'bounds'; readonly caps: readonly number[]; readonly outputs: readonly BoundedOutput[] };

/** Stands for the envelope where a rule is named by its number. */
const ENVELOPE = -1;

/** The account that a line with a rule's number belongs to. */
export function holderOf({ ledgers, envelope }: Visits, rule: number): Holder {
  const holder = rule === ENVELOPE ? envelope : ledgers[rule];
  if (holder === null || holder === undefined) throw new Error(`no account has number ${rule}`);
  return holder;
}

function textOf(book: Book): BookText {
  const { seeded, held, fee, stopped, cut, burned, unresolved } = book;
  return {
    seeded: String(seeded),
    held: String(held),
    fee: String(fee),
    stopped: String(stopped),
    cut: String(cut),
    burned: String(burned),
    unresolved: String(unresolved),
  };
}

function bookOf(text: BookText): Book {
  return {
    seeded: BigInt(text.seeded),
    held: BigInt(text.held),
    fee: BigInt(text.fee),
    stopped: BigInt(text.stopped),
    cut: BigInt(text.cut),
    burned: BigInt(text.burned),
    unresolved: BigInt(text.unresolved),
  };
}

function* ledgerLines(ledger: RuleLedger, rule: number): Generator<StateLine> {
  const { books, ...counts } = ledger.account();
  yield { kind: 'account', rule, account: { ...counts, books: books.map(textOf) } };
  for (const waiting of ledger.waits()) yield { kind: 'wait', rule, waiting };
  for (const waiting of ledger.frontier) yield { kind: 'wait', rule, waiting };
  for (const { state: _, ...placement } of ledger.placed()) yield { kind: 'placed', rule, placement };
  for (const transaction of ledger.moves()) yield { kind: 'moved', rule, transaction };
}

/** Everything a run has come to, rule by rule. */
export function* stateLines(visits: Visits): Generator<StateLine> {
  yield { kind: 'visits', visited: visits.visited, gaps: visits.gaps.filter(({ kind }) => kind !== 'spender-missing') };
  for (const [rule, ledger] of visits.ledgers.entries()) yield* ledgerLines(ledger, rule);
  const { envelope } = visits;
  if (envelope === null) return;
  yield { kind: 'bounds', ...envelope.account() };
  for (const waiting of envelope.frontier) yield { kind: 'wait', rule: ENVELOPE, waiting };
}

/** Puts one line into a fresh run with the same rules. */
export function restoreLine(visits: Visits, line: StateLine): void {
  const { ledgers } = visits;
  if (line.kind === 'visits') visits.resume(line);
  else if (line.kind === 'account') {
    ledgers[line.rule].resume({ ...line.account, books: line.account.books.map(bookOf) });
  } else if (line.kind === 'wait') holderOf(visits, line.rule).wait(line.waiting);
  else if (line.kind === 'bounds') visits.envelope?.resume(line);
  else if (line.kind === 'placed') ledgers[line.rule].putPlaced(line.placement);
  else ledgers[line.rule].putMove(line.transaction);
}

/** A line as text without the numbers that only its own driver knows. */
export function stateText(line: StateLine): string {
  return JSON.stringify(line, (key, value: unknown) => (key === 'output' || key === 'tx' ? undefined : value));
}
