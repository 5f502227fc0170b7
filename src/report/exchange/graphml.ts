/**
 * A report as GraphML (graphml.graphdrawing.org, read by yEd, Gephi, networkx and igraph). Amounts are attributes of type string: the `double` of those
 * programs would round wei. A Bitcoin transaction is a node between its inputs and outputs; over accounts a payment is an edge.
 */
import { escapeHtml } from '../escape.ts';
import { utcText } from '../time.ts';
import { type ExchangeGraph, type ExchangePayment, restsByPlace, tagText } from './graph.ts';

const NODE_KEYS = ['kind', 'name', 'height', 'time_utc', 'inputs_left_out', 'tags', 'rests'] as const;
const EDGE_KEYS = ['payment', 'transaction', 'asset', 'symbol', 'amount', 'taint'] as const;
/** Node for an end of a payment that the report does not name. */
const OUTSIDE = 'outside';

type Values<K extends string> = Partial<Record<K, string | null>>;

/** The graph as a document, trailing line break. Same graph, same bytes. */
export function renderGraphml(graph: ExchangeGraph): string {
  const edges = graph.payments.map((payment, index) => edgeText(graph, payment, index));
  const outside = graph.payments.some((payment) => endsOf(graph, payment).includes(OUTSIDE));
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ...NODE_KEYS.map((key) => keyText('node', key)),
    ...EDGE_KEYS.map((key) => keyText('edge', key)),
    keyText('graph', 'title'),
    keyText('graph', 'run'),
    keyText('graph', 'inputs'),
    keyText('graph', 'statements'),
    '  <graph id="trace" edgedefault="directed">',
    dataText('graph', 'title', graph.title, '    '),
    dataText('graph', 'run', graph.run.id, '    '),
    dataText('graph', 'inputs', graph.run.inputs, '    '),
    dataText('graph', 'statements', graph.statements.join('; '), '    '),
    ...placeNodes(graph),
    ...transactionNodes(graph),
    ...(outside ? [nodeText(OUTSIDE, { kind: 'outside', name: 'not named in the report' })] : []),
    ...edges,
    '  </graph>',
    '</graphml>',
  ].join('\n')}\n`;
}

function placeNodes(graph: ExchangeGraph): string[] {
  const rests = restsByPlace(graph);
  return graph.places.map(({ id, kind, tags }) =>
    nodeText(placeId(id), {
      kind,
      name: id,
      tags: tags.map(tagText).join(' | ') || null,
      rests: rests.get(id)?.join(' | ') ?? null,
    }),
  );
}

/** Transactions of Bitcoin are nodes; those of accounts are named on their edges. */
function transactionNodes({ chain, transactions }: ExchangeGraph): string[] {
  if (chain !== 'bitcoin') return [];
  return transactions.map(({ id, height, timestampSec, inputsLeftOut }) =>
    nodeText(transactionId(id), {
      kind: 'transaction',
      name: id,
      height: height === null ? null : String(height),
      time_utc: timestampSec === null ? null : utcText(timestampSec),
      inputs_left_out: inputsLeftOut === 0 ? null : String(inputsLeftOut),
    }),
  );
}

function edgeText(graph: ExchangeGraph, payment: ExchangePayment, index: number): string {
  const { transaction, asset, amount, taint, kind } = payment;
  const [source, target] = endsOf(graph, payment);
  const values: Values<(typeof EDGE_KEYS)[number]> = {
    payment: kind,
    transaction,
    asset,
    symbol: graph.symbols.get(asset) ?? null,
    amount,
    taint:
      Object.entries(taint)
        .map(([rule, tainted]) => `${rule}: ${tainted}`)
        .join('; ') || null,
  };
  const data = EDGE_KEYS.flatMap((key) => given('edge', key, values[key]));
  return [
    `    <edge id="e${index}" source="${escapeHtml(source)}" target="${escapeHtml(target)}">`,
    ...data,
    '    </edge>',
  ].join('\n');
}

/** Source and target of the edge of a payment. */
function endsOf({ chain }: ExchangeGraph, { transaction, from, to, kind }: ExchangePayment): [string, string] {
  const node = transactionId(transaction);
  const end = (id: string | null): string => (id === null ? OUTSIDE : placeId(id));
  const split = chain === 'bitcoin';
  return [split && kind === 'output' ? node : end(from), split && kind === 'input' ? node : end(to)];
}

/** Places and transactions apart, so that none can take the name of the other or of the node outside. */
function placeId(id: string): string {
  return `place:${id}`;
}

function transactionId(id: string): string {
  return `tx:${id}`;
}

function nodeText(id: string, values: Values<(typeof NODE_KEYS)[number]>): string {
  const data = NODE_KEYS.flatMap((key) => given('node', key, values[key]));
  return [`    <node id="${escapeHtml(id)}">`, ...data, '    </node>'].join('\n');
}

function keyText(target: string, name: string): string {
  return `  <key id="${target}-${name}" for="${target}" attr.name="${name}" attr.type="string"/>`;
}

function given(target: string, name: string, value: string | null | undefined): string[] {
  return value === null || value === undefined ? [] : [dataText(target, name, value, '      ')];
}

function dataText(target: string, name: string, value: string, indent: string): string {
  return `${indent}<data key="${target}-${name}">${escapeHtml(value)}</data>`;
}
