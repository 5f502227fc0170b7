/**
 * A report as a MISP event (MISP core format, draft-dulaunoy-misp-core-format; object templates coin-address 7 and cryptocurrency-transaction 3 of
 * MISP/misp-objects). Amounts of those templates are floats, so none is written there: exact amounts stand in comments. Nothing is marked for detection
 * (`to_ids`): that money passed an address does not make it an indicator.
 */
import { renderCanonical } from '../json.ts';
import { isoText, utcDayText } from '../time.ts';
import {
  type ExchangeGraph,
  type ExchangePayment,
  type ExchangePlace,
  type ExchangeTransaction,
  paymentsByTransaction,
  restsByPlace,
  symbolsOf,
  tagText,
} from './graph.ts';
import { nameUuid } from './uuid.ts';

/** Namespace of the identifiers of this file; drawn once at random. */
const NAMESPACE = '470dd546-fd00-4d95-9274-5ddcb28cbfb1';
const COIN_ADDRESS = { name: 'coin-address', uuid: 'd0e6997e-78da-4815-a6a1-cfc1c1cb8a46', version: '7' };
const TRANSACTION = { name: 'cryptocurrency-transaction', uuid: 'a4aab70f-e43a-48cb-bf82-505de8228dd6', version: '3' };
/** The format asks for less than this in `info`. */
const MAX_INFO = 255;

interface Attribute {
  relation: string;
  type: 'btc' | 'text' | 'datetime';
  value: string;
}

/** What every part of an event needs: the graph, its time as text, ids made from names, the places that have an address. */
interface EventFrame {
  readonly graph: ExchangeGraph;
  readonly stamp: string;
  readonly id: (...parts: string[]) => string;
  readonly named: ReadonlySet<string>;
}

/** The graph as one event, canonical JSON. Same graph, same bytes. */
export function renderMisp(graph: ExchangeGraph): string {
  const id = (...parts: string[]): string => nameUuid(NAMESPACE, [graph.run.id, ...parts].join(' '));
  const addressed = graph.places.filter(({ kind }) => kind !== 'output');
  const named = new Set(addressed.map((place) => place.id));
  const frame = { graph, stamp: String(graph.asOfSec), id, named };
  const rests = restsByPlace(graph);
  const byTransaction = paymentsByTransaction(graph);
  return renderCanonical({
    Event: {
      uuid: id('event'),
      info: `${graph.title}: taint traced by spoor ${graph.run.engine}, run ${graph.run.id}`.slice(0, MAX_INFO),
      date: utcDayText(graph.asOfSec),
      timestamp: frame.stamp,
      publish_timestamp: '0',
      published: false,
      threat_level_id: '4',
      analysis: '2',
      distribution: '0',
      sharing_group_id: '0',
      Orgc: { id: '0', name: 'spoor', uuid: nameUuid(NAMESPACE, 'organisation') },
      Attribute: [
        ...graph.places
          .filter((place) => !named.has(place.id))
          .map(({ id: place, tags }) => lineOf(frame, 'text', place, commentOf(tags, rests.get(place)))),
        ...graph.statements.map((line) => lineOf(frame, 'comment', line, '')),
      ],
      Object: [
        ...addressed.map((place) =>
          objectOf(frame, COIN_ADDRESS, place.id, {
            attributes: addressAttributes(place),
            comment: commentOf(place.tags, rests.get(place.id)),
            references: [],
          }),
        ),
        ...graph.transactions.map((transaction) =>
          transactionObject(frame, transaction, byTransaction.get(transaction.id) ?? []),
        ),
      ],
    },
  });
}

/** A statement, or an output without an address, as an attribute of the event itself. */
function lineOf({ stamp, id }: EventFrame, type: 'text' | 'comment', value: string, comment: string): object {
  return {
    uuid: id('attribute', type, value),
    type,
    category: 'Internal reference',
    value,
    comment,
    to_ids: false,
    distribution: '5',
    timestamp: stamp,
    disable_correlation: true,
    deleted: false,
  };
}

function objectOf(
  { stamp, id }: EventFrame,
  template: typeof COIN_ADDRESS,
  name: string,
  rest: { attributes: readonly Attribute[]; comment: string; references: object[] },
): object {
  return {
    name: template.name,
    'meta-category': 'financial',
    template_uuid: template.uuid,
    template_version: template.version,
    uuid: id(template.name, name),
    timestamp: stamp,
    distribution: '5',
    comment: rest.comment,
    deleted: false,
    Attribute: rest.attributes.map(({ relation, type, value }) => ({
      uuid: id(template.name, name, relation, value),
      object_relation: relation,
      type,
      category: type === 'btc' ? 'Financial fraud' : 'Other',
      value,
      to_ids: false,
      disable_correlation: relation === 'symbol' || type === 'datetime',
      distribution: '5',
      timestamp: stamp,
      comment: '',
      deleted: false,
    })),
    ObjectReference: rest.references,
  };
}

function transactionObject(
  frame: EventFrame,
  { id: txid, height, timestampSec, inputsLeftOut }: ExchangeTransaction,
  payments: readonly ExchangePayment[],
): object {
  const left = inputsLeftOut === 0 ? '' : `; ${inputsLeftOut} payers are not listed`;
  return objectOf(frame, TRANSACTION, txid, {
    attributes: transactionAttributes(frame.graph, txid, timestampSec, payments),
    comment: `block ${height ?? 'unknown'}${left}`,
    references: payments.flatMap((payment, index) => references(frame, payment, index)),
  });
}

function addressAttributes({ id, kind }: ExchangePlace): Attribute[] {
  return kind === 'address'
    ? [
        { relation: 'address', type: 'btc', value: id },
        { relation: 'symbol', type: 'text', value: 'BTC' },
      ]
    : [{ relation: 'address-crypto', type: 'text', value: id }];
}

function transactionAttributes(
  graph: ExchangeGraph,
  txid: string,
  timestampSec: number | null,
  payments: readonly ExchangePayment[],
): Attribute[] {
  const symbols = symbolsOf(graph, payments);
  return [
    { relation: 'transaction-number', type: 'text', value: txid },
    ...(timestampSec === null ? [] : [{ relation: 'time', type: 'datetime', value: isoText(timestampSec) } as const]),
    ...(symbols.length === 1 ? [{ relation: 'symbol', type: 'text', value: symbols[0] } as const] : []),
  ];
}

/** A payment as references of its transaction to the places at its ends. */
function references({ graph, id, named }: EventFrame, payment: ExchangePayment, index: number): object[] {
  const { transaction, from, to, asset, amount, taint } = payment;
  const taints = Object.entries(taint).map(([rule, tainted]) => `${rule} ${tainted}`);
  const comment = [`${amount} base units of ${graph.symbols.get(asset) ?? asset}`, ...taints].join('; taint by ');
  const ends = [
    ['connected-from', from],
    ['connected-to', to],
  ] as const;
  return ends.flatMap(([relationship_type, end]) =>
    end === null || !named.has(end)
      ? []
      : [
          {
            uuid: id('reference', transaction, String(index), relationship_type),
            object_uuid: id(TRANSACTION.name, transaction),
            referenced_uuid: id(COIN_ADDRESS.name, end),
            relationship_type,
            comment,
          },
        ],
  );
}

function commentOf(tags: ExchangePlace['tags'], rests: readonly string[] = []): string {
  return [...tags.map((tag) => `attributed: ${tagText(tag)}`), ...rests].join(' | ');
}
