/**
 * Reports for other programs. The fixture has six transactions with 1, 1, 2, 2, 1 and 1 paying addresses listed and twelve tainted outputs: 20 payments; the
 * first transaction leaves 27 payers out. Counts are taken from that, never from the documents.
 */
import assert from 'node:assert/strict';
import { SaxesParser } from 'saxes';
import { nameUuid } from '../../src/report/exchange/uuid.ts';
import { renderExchange } from '../../src/report/index.ts';
import { fixtureReport } from './fixture.ts';

const TRANSACTIONS = 6;
const INPUTS = 1 + 1 + 2 + 2 + 1 + 1;
const OUTPUTS = 12;

/** Elements of an XML text with their attributes and text, by a reader that refuses what is not well formed. */
function elements(text: string): Array<{ name: string; attributes: Record<string, string>; text: string }> {
  const found: ReturnType<typeof elements> = [];
  const open: ReturnType<typeof elements> = [];
  const parser = new SaxesParser({ xmlns: false });
  parser.on('opentag', ({ name, attributes }) => {
    const plain = Object.entries(attributes).map(([key, value]) => [key, String(value)] as const);
    const element = { name, attributes: Object.fromEntries(plain), text: '' };
    found.push(element);
    open.push(element);
  });
  parser.on('text', (piece) => {
    const top = open.at(-1);
    if (top !== undefined) top.text += piece;
  });
  parser.on('closetag', () => open.pop());
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(text).close();
  return found;
}

function hostileReport(): ReturnType<typeof fixtureReport> {
  return { ...fixtureReport(), title: '</data><script>"&\u202e' };
}

describe('report: for other programs', () => {
  it('names by content: the vector of RFC 9562, appendix A.4', () => {
    const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
    assert.equal(nameUuid(dns, 'www.example.com'), '2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it('GraphML: a node for every place and transaction, an edge for every payment, amounts as text, hostile text as text', () => {
    const found = elements(renderExchange(hostileReport(), 'graphml'));
    const nodes = found.filter(({ name }) => name === 'node').map(({ attributes }) => String(attributes.id));
    const edges = found.filter(({ name }) => name === 'edge');
    assert.equal(nodes.filter((id) => id.startsWith('tx:')).length, TRANSACTIONS);
    assert.equal(edges.length, INPUTS + OUTPUTS);
    assert.equal(new Set(nodes).size, nodes.length);
    for (const { attributes } of edges) {
      assert.ok(nodes.includes(String(attributes.source)), String(attributes.source));
      assert.ok(nodes.includes(String(attributes.target)), String(attributes.target));
    }
    const keys = found.filter(({ name }) => name === 'key').map(({ attributes }) => attributes['attr.type']);
    assert.deepEqual([...new Set(keys)], ['string']);
    const data = (key: string): string[] =>
      found.filter(({ name, attributes }) => name === 'data' && attributes.key === key).map(({ text }) => text);
    const amounts = fixtureReport().hops.flatMap(({ txid, vout, from, value }, index, all) => {
      const first = all.findIndex((other) => other.txid === txid) === index;
      return [...(first ? from.map((payer) => payer.value) : []), ...(vout >= 0 ? [value] : [])];
    });
    assert.deepEqual(data('edge-amount').toSorted(), amounts.toSorted());
    assert.deepEqual(data('node-inputs_left_out'), ['27']);
    assert.deepEqual(data('graph-title'), ['</data><script>"&[U+202E]']);
    assert.equal(
      found.some(({ name }) => name === 'script'),
      false,
    );
  });

  it('STIX: ids are unique and each reference leads to an object; wallets are the addresses; no amount is a number', () => {
    const bundle = JSON.parse(renderExchange(hostileReport(), 'stix'));
    const ids: string[] = bundle.objects.map(({ id }: { id: string }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { id, type } of bundle.objects) {
      assert.match(id, new RegExp(`^${type}--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`));
    }
    const wallets = bundle.objects.filter(({ type }: { type: string }) => type === 'cryptocurrency-wallet');
    const hops = fixtureReport().hops;
    const addresses = new Set(hops.flatMap(({ from, to }) => [to, ...from.map(({ address }) => address)]));
    addresses.delete(null);
    assert.deepEqual(new Set(wallets.map(({ value }: { value: string }) => value)), addresses);
    const payments = bundle.objects.filter(({ type }: { type: string }) => type === 'cryptocurrency-transaction');
    assert.equal(payments.length, TRANSACTIONS);
    const text = JSON.stringify(bundle);
    for (const [, ref] of text.matchAll(/"address_ref":"([^"]+)"/g)) assert.ok(ids.includes(ref), ref);
    for (const { object_refs: refs = [] } of bundle.objects) for (const ref of refs) assert.ok(ids.includes(ref), ref);
    assert.equal(/"(amount|fee)":/.test(text), false);
  });

  it('MISP: objects of the two templates with what they require, references that lead somewhere, nothing for detection', () => {
    const { Event: event } = JSON.parse(renderExchange(hostileReport(), 'misp'));
    const objects: Array<{
      name: string;
      uuid: string;
      Attribute: Array<{ object_relation: string; type: string; to_ids: boolean; uuid: string }>;
      ObjectReference: Array<{ referenced_uuid: string; object_uuid: string; uuid: string }>;
    }> = event.Object;
    const of = (name: string): typeof objects => objects.filter((object) => object.name === name);
    assert.equal(of('cryptocurrency-transaction').length, TRANSACTIONS);
    for (const { Attribute } of of('coin-address')) {
      assert.equal(Attribute.filter(({ object_relation: relation }) => relation === 'address').length, 1);
    }
    const all = [
      ...objects.map(({ uuid }) => uuid),
      ...objects.flatMap(({ Attribute }) => Attribute.map(({ uuid }) => uuid)),
    ];
    assert.equal(new Set(all).size, all.length);
    const references = objects.flatMap(({ ObjectReference }) => ObjectReference);
    for (const { referenced_uuid: target, object_uuid: source } of references) {
      assert.ok(objects.some(({ uuid }) => uuid === target));
      assert.ok(objects.some(({ uuid }) => uuid === source));
    }
    const unnamed = fixtureReport().hops.filter(({ to }) => to === null).length;
    assert.equal(references.length, INPUTS + OUTPUTS - unnamed);
    assert.equal(JSON.stringify(event).includes('"to_ids":true'), false);
    assert.ok(event.info.length < 256);
    assert.equal(event.info.includes('\u202e'), false);
  });

  it('gives the same bytes for the same report and leaves it as it was', () => {
    for (const format of ['graphml', 'stix', 'misp'] as const) {
      const report = fixtureReport();
      assert.equal(renderExchange(report, format), renderExchange(fixtureReport(), format));
      assert.deepEqual(report, fixtureReport());
    }
  });
});
