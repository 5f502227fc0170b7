/** How much of a trace is the order of inputs and outputs, as text for people. */
import { type TextColumn, textTable, wrapText } from './text-table.ts';

/** Terms that a book of a rule ends in. */
export const BOOK_TERMS = ['stopped', 'held', 'fee', 'unresolved', 'cut', 'burned'] as const;

/** Satoshi as decimal text: in the order of the chain, and over the drawn ones (quantiles by nearest rank). `seen`: in how many of these it is not 0. */
export interface OrdersSpread {
  readonly chain: string;
  readonly least: string;
  readonly p05: string;
  readonly median: string;
  readonly p95: string;
  readonly most: string;
  readonly seen: number;
}

/** Where taint rests in some order, all labels together. `service`: the tag of the service it stopped at. */
export interface OrdersPlace extends OrdersSpread {
  readonly address: string | null;
  readonly service: string | null;
}

/** One rule: what its books end in, and the places that differ most between orders. */
export interface OrdersRule {
  readonly rule: string;
  readonly books: Readonly<Record<(typeof BOOK_TERMS)[number], OrdersSpread>>;
  readonly places: readonly OrdersPlace[];
  readonly morePlaces: number;
  /** Places that hold the same in every order. */
  readonly steadyPlaces: number;
}

/** `spoor study orders --json`, schema spoor.study-orders/1. */
export interface OrdersDocument {
  readonly schema: 'spoor.study-orders/1';
  readonly engine: string;
  readonly tip: { readonly height: number; readonly hash: string | null };
  readonly inputs: string;
  /** Those of a trace besides. */
  readonly params: { readonly orders: number; readonly key: string; readonly top: number };
  /** Value of the seeds in satoshi: what the terms of each book come to in every order. */
  readonly seeded: string;
  readonly rules: readonly OrdersRule[];
}

/** The document has 5 % and 95 % besides; a line of a terminal has not. */
const SPREAD: readonly TextColumn[] = ['chain', 'least', 'median', 'most', 'orders'].map((head) => ({
  head,
  align: 'right',
}));
const ADDRESS_CELLS = 44;

function cellsOf({ chain, least, median, most, seen }: OrdersSpread): string[] {
  return [chain, least, median, most, String(seen)];
}

/** Books and places of each rule; amounts in satoshi. */
export function ordersText({ rules, seeded, params, tip }: OrdersDocument): string {
  const head = [
    ...wrapText(
      `The chain as it is and ${params.orders} drawn orders of the inputs and outputs of every transaction (key "${params.key}"), tip ${tip.height}. ` +
        `Satoshi; ${seeded} were seeded, and every book comes to that in every order.`,
    ),
    ...wrapText(
      "Who lists what in which order is mostly chance of the payer's software. What moves with it is a convention of the rule and no fact of the money.",
    ),
  ];
  const blocks = rules.flatMap(({ rule, books, places, morePlaces, steadyPlaces }) => [
    '',
    rule,
    ...textTable(
      [{ head: 'book', align: 'left' }, ...SPREAD],
      BOOK_TERMS.map((term) => [term, ...cellsOf(books[term])]),
    ),
    ...(places.length === 0
      ? [`  no place holds another amount in another order (${steadyPlaces} places)`]
      : [
          '',
          ...textTable(
            [{ head: 'place', align: 'left', most: ADDRESS_CELLS }, ...SPREAD],
            places.map((place) => [place.address ?? 'no address', ...cellsOf(place)]),
          ),
          ...places.flatMap(({ address, service }) =>
            service === null ? [] : wrapText(`${address ?? 'no address'}: ${service}`, '  '),
          ),
          `  ${morePlaces > 0 ? `${morePlaces} more places move; ` : ''}${steadyPlaces} hold the same in every order`,
        ]),
  ]);
  return [...head, ...blocks].join('\n');
}
