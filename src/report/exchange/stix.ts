/**
 * A report as a STIX 2.1 bundle (OASIS, stix-v2.1-os). STIX has no object of its own for a wallet or a payment; those of the extensions
 * cryptocurrency-wallet and cryptocurrency-transaction of muchdogesec/stix2extensions are used, which bundle along. Their amounts are JSON numbers, so none is
 * written there: exact amounts stand in notes.
 */
import { renderCanonical } from '../json.ts';
import { isoText } from '../time.ts';
import {
  type ExchangeGraph,
  type ExchangePayment,
  paymentsByTransaction,
  restsByPlace,
  symbolsOf,
  tagText,
} from './graph.ts';
import { nameUuid } from './uuid.ts';

/** Namespace of deterministic ids of observables (STIX 2.1, section 2.9). */
const STIX_NAMESPACE = '00abedb4-aa42-466c-9c23-fed23c15f5c1';
/** Namespace of all other ids of this file; drawn once at random. */
const NAMESPACE = 'a7df9ad4-1765-417a-8c48-6ab2484769c0';
const WALLET_EXTENSION = 'extension-definition--be78509e-6958-51b1-8b26-d17ee0eba2d7';
const TRANSACTION_EXTENSION = 'extension-definition--151d042d-4dcf-5e44-843f-1024440318e5';
const EXTENSION_AUTHOR = 'identity--9779a2db-f98c-5f4b-8d08-8ee04e02dbb5';

/** The graph as a bundle, canonical JSON. Same graph, same bytes. */
export function renderStix(graph: ExchangeGraph): string {
  const time = isoText(graph.asOfSec);
  const id = (type: string, ...parts: string[]): string =>
    `${type}--${nameUuid(NAMESPACE, [graph.run.id, type, ...parts].join(' '))}`;
  const author = `identity--${nameUuid(NAMESPACE, 'identity')}`;
  const common = { spec_version: '2.1', created: time, modified: time };
  const addressed = graph.places.filter(({ kind }) => kind !== 'output');
  const named = new Set(addressed.map((place) => place.id));
  const wallets = addressed.map((place) => observable('cryptocurrency-wallet', place.id, WALLET_EXTENSION));
  const byTransaction = paymentsByTransaction(graph);
  const transactions = graph.transactions.map(({ id: txid, timestampSec }) =>
    transactionObject(graph, txid, timestampSec, { payments: byTransaction.get(txid) ?? [], named }),
  );
  const rests = restsByPlace(graph);
  const bare = graph.places.filter(({ kind }) => kind === 'output').flatMap(({ id: place }) => rests.get(place) ?? []);
  const noted = addressed.flatMap(({ id: place, tags }) => {
    const lines = [...tags.map((tag) => `attributed: ${tagText(tag)}`), ...(rests.get(place) ?? [])];
    return lines.length === 0 ? [] : [{ place, lines }];
  });
  const seen = graph.transactions.flatMap(({ timestampSec }) => (timestampSec === null ? [] : [timestampSec]));
  const observed = [...wallets, ...transactions].map((object) => object.id);
  const notes = [
    ...noted.map(({ place, lines }) => ({
      ...common,
      type: 'note',
      id: id('note', place),
      created_by_ref: author,
      abstract: `What a trace says of ${place}`,
      content: lines.join('\n'),
      object_refs: [walletId(place)],
    })),
    ...(observed.length === 0
      ? []
      : [
          {
            ...common,
            type: 'note',
            id: id('note', 'run'),
            created_by_ref: author,
            abstract: graph.title,
            content: [runText(graph), ...graph.statements, ...bare].join('\n'),
            object_refs: observed,
          },
          {
            ...common,
            type: 'observed-data',
            id: id('observed-data'),
            created_by_ref: author,
            first_observed: seen.length === 0 ? time : isoText(Math.min(...seen)),
            last_observed: time,
            number_observed: 1,
            object_refs: observed,
          },
        ]),
  ];
  return renderCanonical({
    type: 'bundle',
    id: id('bundle'),
    objects: [
      { ...common, type: 'identity', id: author, name: 'spoor', identity_class: 'system' },
      ...(wallets.length === 0 ? [] : [extension(WALLET_EXTENSION, 'Cryptocurrency Wallet', 'wallet')]),
      ...(transactions.length === 0
        ? []
        : [extension(TRANSACTION_EXTENSION, 'Cryptocurrency Transaction', 'transaction')]),
      ...wallets,
      ...transactions,
      ...notes,
    ],
  });
}

/** What decided the answer. */
function runText({ run }: ExchangeGraph): string {
  return `run ${run.id}, spoor ${run.engine}, inputs ${run.inputs}`;
}

/** What all observables have. */
interface Observable {
  type: string;
  spec_version: '2.1';
  id: string;
  value: string;
  extensions: object;
}

/** Id of an observable from the property that makes it what it is. */
function observableId(type: string, value: string): string {
  return `${type}--${nameUuid(STIX_NAMESPACE, JSON.stringify({ value }))}`;
}

function walletId(value: string): string {
  return observableId('cryptocurrency-wallet', value);
}

function observable(type: string, value: string, extensionId: string): Observable {
  return {
    type,
    spec_version: '2.1',
    id: observableId(type, value),
    value,
    extensions: { [extensionId]: { extension_type: 'new-sco' } },
  };
}

/** A transaction with the places it takes from and pays to, as far as they have an address. */
function transactionObject(
  graph: ExchangeGraph,
  txid: string,
  timestampSec: number | null,
  { payments, named }: { payments: readonly ExchangePayment[]; named: ReadonlySet<string> },
): Observable {
  const refs = (ends: Array<string | null>): object[] =>
    [...new Set(ends)].flatMap((end) => (end === null || !named.has(end) ? [] : [{ address_ref: walletId(end) }]));
  const input = refs(payments.map(({ from }) => from));
  const output = refs(payments.map(({ to }) => to));
  return {
    ...observable('cryptocurrency-transaction', txid, TRANSACTION_EXTENSION),
    ...{ symbol: symbolsOf(graph, payments).join(' ') },
    ...(timestampSec === null ? {} : { execution_time: isoText(timestampSec) }),
    ...(input.length === 0 ? {} : { input }),
    ...(output.length === 0 ? {} : { output }),
  };
}

function extension(id: string, name: string, kind: string): object {
  return {
    type: 'extension-definition',
    spec_version: '2.1',
    id,
    created_by_ref: EXTENSION_AUTHOR,
    created: '2020-01-01T00:00:00.000Z',
    modified: '2020-01-01T00:00:00.000Z',
    name,
    schema: `https://raw.githubusercontent.com/muchdogesec/stix2extensions/main/schemas/scos/cryptocurrency-${kind}.json`,
    version: '1.0',
    extension_types: ['new-sco'],
  };
}
