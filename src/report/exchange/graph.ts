/**
 * A report as places and the payments between them: what the exchange formats (GraphML, STIX, MISP) have in common. Nothing is added to the report
 * and nothing summed; amounts stay decimal base units, and hidden characters of strangers' text are spelled out.
 */
import type { AccountReport } from '../account/model.ts';
import { AssetWords } from '../account/words.ts';
import { visibleText } from '../escape.ts';
import type { BookRow, GapRow, HopRow, TagCitation, TraceReport } from '../model.ts';

/** An address, an account, or an output that has no address. `id` is the address, or `txid:vout` where there is none. */
export interface ExchangePlace {
  readonly id: string;
  readonly kind: 'address' | 'account' | 'output';
  readonly tags: readonly TagCitation[];
}

/**
 * One payment; `from` or `to` is null where the report does not say it. A Bitcoin transaction pays from all its inputs to all its outputs, so each row has one
 * end only (`kind` input or output); over accounts each move has both.
 */
export interface ExchangePayment {
  readonly transaction: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly kind: string;
  /** `BTC`, `native` or a contract. */
  readonly asset: string;
  /** Decimal base units. */
  readonly amount: string;
  /** Taint by rule, decimal base units, all labels together. */
  readonly taint: Readonly<Record<string, string>>;
}

/** A transaction. `inputsLeftOut` counts payers the report does not list. */
export interface ExchangeTransaction {
  readonly id: string;
  readonly height: number | null;
  readonly timestampSec: number | null;
  readonly inputsLeftOut: number;
}

/** Taint that rests, in one line for people; `place` is the id of a place. */
export interface ExchangeRest {
  readonly rule: string;
  readonly place: string;
  readonly text: string;
}

/** A report in places and payments. */
export interface ExchangeGraph {
  readonly title: string;
  readonly chain: 'bitcoin' | 'ethereum';
  readonly run: { readonly id: string; readonly engine: string; readonly inputs: string };
  readonly places: readonly ExchangePlace[];
  readonly transactions: readonly ExchangeTransaction[];
  readonly payments: readonly ExchangePayment[];
  readonly rests: readonly ExchangeRest[];
  /** Books, conventions and gaps, a line each. */
  readonly statements: readonly string[];
  /** Symbol of each asset. */
  readonly symbols: ReadonlyMap<string, string>;
  /** The last time any row of the report names, seconds since epoch; 0 where none does. Formats that demand a time get this, so that bytes do not depend on a clock. */
  readonly asOfSec: number;
}

class Collector {
  readonly places = new Map<string, ExchangePlace>();
  readonly transactions = new Map<string, ExchangeTransaction>();
  readonly payments: ExchangePayment[] = [];

  /** Adds a place, or the tags to a place that lacked them. */
  place(id: string, kind: ExchangePlace['kind'], tags: readonly TagCitation[] = []): string {
    const held = this.places.get(id);
    if (held === undefined || (held.tags.length === 0 && tags.length > 0)) this.places.set(id, { id, kind, tags });
    return id;
  }

  /** The graph of what was met. `unit` stands behind amounts of books and gaps where they have one in common. */
  graph(
    { title, trace, conventions }: TraceReport | AccountReport,
    of: Pick<ExchangeGraph, 'chain' | 'rests' | 'symbols'> & { readonly unit: string },
  ): ExchangeGraph {
    const { unit, ...rest } = of;
    const rules: ReadonlyArray<{ rule: string; books: readonly BookRow[] }> = trace.rules;
    const gaps: readonly GapRow[] = trace.gaps;
    const transactions = [...this.transactions.values()];
    return {
      ...rest,
      title: visibleText(title),
      run: trace.run,
      places: [...this.places.values()],
      transactions,
      payments: this.payments,
      statements: [
        ...rules.flatMap(({ rule, books }) => books.map((book) => `${rule}: ${bookText({ ...book })}${unit}`)),
        ...conventions.map(({ name, value, meaning }) => `${name}: ${value} (${meaning})`),
        ...gaps.map(({ kind, subject, detail, value }) => `gap ${kind}: ${subject}, ${value}${unit}, ${detail}`),
      ].map(visibleText),
      asOfSec: transactions.reduce((last, { timestampSec }) => Math.max(last, timestampSec ?? 0), 0),
    };
  }
}

/** A Bitcoin trace. */
export function exchangeGraph(report: TraceReport): ExchangeGraph {
  const { trace } = report;
  const met = new Collector();
  for (const hop of report.hops) addHop(met, hop);
  const rests = trace.rules.flatMap(({ rule, holdings }) =>
    holdings.map(({ outpoint, address, value, taint, status, stop }) => ({
      rule,
      place: address === null ? met.place(outpoint, 'output') : met.place(address, 'address'),
      text: restText(taint, `of ${value} satoshi at ${outpoint}`, status, stop),
    })),
  );
  return met.graph(report, { chain: 'bitcoin', rests, symbols: new Map([['BTC', 'BTC']]), unit: ' satoshi' });
}

function addHop(met: Collector, hop: HopRow): void {
  const first = !met.transactions.has(hop.txid);
  if (first) {
    const { height, timestampSec, moreFrom } = hop;
    met.transactions.set(hop.txid, { id: hop.txid, height, timestampSec, inputsLeftOut: moreFrom });
    for (const { address, value } of hop.from) {
      const from = address === null ? null : met.place(address, 'address');
      met.payments.push({
        transaction: hop.txid,
        from,
        to: null,
        kind: 'input',
        asset: 'BTC',
        amount: value,
        taint: {},
      });
    }
  }
  const outpoint = `${hop.txid}:${hop.vout}`;
  const to = hop.to === null ? met.place(outpoint, 'output', hop.tags) : met.place(hop.to, 'address', hop.tags);
  const taint = Object.fromEntries(
    Object.entries(hop.byRule).flatMap(([rule, result]) => (result === undefined ? [] : [[rule, result.taint]])),
  );
  met.payments.push({ transaction: hop.txid, from: null, to, kind: 'output', asset: 'BTC', amount: hop.value, taint });
}

/** A trace over accounts. */
export function exchangeAccountGraph(report: AccountReport): ExchangeGraph {
  const { trace } = report;
  const words = new AssetWords(trace);
  const met = new Collector();
  for (const hop of report.hops) {
    const { transaction, height, timestampSec } = hop;
    if (!met.transactions.has(transaction))
      met.transactions.set(transaction, { id: transaction, height, timestampSec, inputsLeftOut: 0 });
    met.payments.push({
      transaction,
      from: hop.from === null ? null : met.place(hop.from, 'account'),
      to: met.place(hop.to, 'account', hop.tags),
      kind: hop.kind,
      asset: hop.asset,
      amount: hop.amount,
      taint: hop.byRule,
    });
  }
  const rests = trace.rules.flatMap(({ rule, holdings }) =>
    holdings.map(({ account, asset, value, taint, status, stop }) => ({
      rule,
      place: met.place(account, 'account'),
      text: restText(taint, `of ${value} base units of ${words.name(asset)}`, status, stop),
    })),
  );
  const symbols = new Map(trace.assets.map(({ asset }) => [asset, words.name(asset)] as const));
  return met.graph(report, { chain: 'ethereum', rests, symbols, unit: '' });
}

function restText(
  taint: Readonly<Record<string, string>>,
  where: string,
  status: string,
  stop: { reason: string; tag: string } | undefined,
): string {
  const amounts = Object.entries(taint).map(([label, amount]) => `${amount} of ${label}`);
  const reason = stop === undefined ? '' : ` (${[stop.reason, stop.tag].filter((word) => word !== '').join(', ')})`;
  return visibleText(`${amounts.join('; ')}, ${where}: ${status}${reason}`);
}

/** A book as one line: every field by its name. */
function bookText(book: Readonly<Record<string, string>>): string {
  return Object.entries(book)
    .map(([field, value]) => `${field} ${value}`)
    .join(', ');
}

/** What rests at each place, a line each with its rule first. */
export function restsByPlace({ rests }: ExchangeGraph): Map<string, string[]> {
  return grouped(rests.map(({ place, rule, text }) => [place, `${rule}: ${text}`] as const));
}

/** A tag with who says it and how sure. */
export function tagText({ label, source, confidence }: TagCitation): string {
  return visibleText(`${label} (${source}, ${confidence})`);
}

/** Payments of each transaction, in the order of the report. */
export function paymentsByTransaction({ payments }: ExchangeGraph): Map<string, ExchangePayment[]> {
  return grouped(payments.map((payment) => [payment.transaction, payment] as const));
}

function grouped<T>(pairs: ReadonlyArray<readonly [string, T]>): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const [key, value] of pairs) {
    const held = found.get(key);
    if (held === undefined) found.set(key, [value]);
    else held.push(value);
  }
  return found;
}

/** Symbols of the assets that payments move, each once. */
export function symbolsOf({ symbols }: ExchangeGraph, payments: readonly ExchangePayment[]): string[] {
  return [...new Set(payments.map(({ asset }) => symbols.get(asset) ?? asset))];
}
