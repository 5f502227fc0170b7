/** Statements of sources about their own answers, kept as they come: how far a result can be relied on (`trace/coverage` reads them). */
import type { AddressHistory, ChainSource, Outspend, SourceTip } from '../../chain/bitcoin/index.ts';
import type { Address, Txid } from '../../ledger/index.ts';
import { type CoverageKind, type CoverageRow, inOneTransaction, putCoverage } from '../../store/index.ts';
import type { CaseContext } from '../context.ts';

/** Keeps what a source states of its own answer. Ranges of blocks that touch become one. */
export function noteCoverage(context: CaseContext, row: CoverageRow): void {
  inOneTransaction(context.store, () => putCoverage(context.store, row));
}

/** Who states it, and what of it every row has. */
function statement(
  source: ChainSource,
  about: { kind: CoverageKind; subject: string; asOf: SourceTip | null; asOfSec: number | null },
): Omit<CoverageRow, 'stated' | 'held' | 'complete'> {
  const { kind, subject, asOf: tip, asOfSec } = about;
  return {
    kind,
    subject,
    source: source.kind,
    host: source.host,
    fromHeight: 0,
    toHeight: tip?.height ?? null,
    tip,
    asOfSec,
  };
}

/** The history of an address: how much of it came. */
export function noteHistory(
  context: CaseContext,
  source: ChainSource,
  of: { address: Address; history: AddressHistory },
): void {
  const { stated, transactions: held, complete, asOf = null, asOfSec = null } = of.history;
  noteCoverage(context, {
    ...statement(source, { kind: 'address', subject: of.address, asOf, asOfSec }),
    stated,
    held,
    complete,
  });
}

/** That a source was asked who spends the outputs of a transaction: those it named no spender for were unspent then. */
export function noteOutspends(
  context: CaseContext,
  source: ChainSource,
  of: { txid: Txid; rows: readonly Outspend[] },
): void {
  const said = of.rows.filter(({ unsaid }) => unsaid === undefined);
  const { asOf = null, asOfSec = null } = said[0] ?? {};
  const counts = { stated: of.rows.length, held: said.length, complete: said.length === of.rows.length };
  noteCoverage(context, { ...statement(source, { kind: 'outspends', subject: of.txid, asOf, asOfSec }), ...counts });
}

/** What a range of whole blocks, fetched up to a tip, is kept as; for the verb that fetches them. */
export function blockCoverage(
  source: { readonly kind: string; readonly host: string },
  of: { fromHeight: number; toHeight: number; tip: CoverageRow['tip']; asOfSec: number | null },
): CoverageRow {
  const { fromHeight, toHeight, tip, asOfSec } = of;
  const count = toHeight - fromHeight + 1;
  const who = { kind: 'blocks' as const, subject: '', source: source.kind, host: source.host };
  return { ...who, fromHeight, toHeight, stated: count, held: count, complete: true, tip, asOfSec };
}
