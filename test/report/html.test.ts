import { strict as assert } from 'node:assert';
import { flowSvg, renderHtml, timelineSvg } from '../../src/report/index.ts';
import type { TraceReport } from '../../src/report/model.ts';
import { fixtureReport, smallReport } from './fixture.ts';
import { BIDI_LABEL, fixtureId, HOSTILE_LABEL } from './fixture-words.ts';
import { fieldKind, textFields } from './mutate.ts';

/** Fields that choose a class or a branch rather than being shown; their types are closed lists. */
const CLOSED_FIELDS = /^(trace\.schema|flow\.nodes\[\]\.(id|kind)|flow\.links\[\]\.(from|to)|timeline\[\]\.kind)$/;

const HOSTILE_TEXTS = [
  HOSTILE_LABEL,
  `"><script>alert(1)</script>`,
  `' onmouseover='alert(1)`,
  `</style></title></svg><svg onload=alert(1)>`,
  `javascript:alert(1)//\u202egnp.exe`,
  `\u0000\u001b[2J\u2066<b>\u2028`,
];

/** Tags of a document, quoted attribute values taken out, so that what remains can only be names. */
function tagSkeletons(page: string): string[] {
  return (page.match(/<[a-zA-Z][^<>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));
}

function assertInert(page: string, where: string): void {
  assert.ok(!/<script|<iframe|<object|<embed|<link|<base|<form|<img|<image|<use|<foreignObject/i.test(page), where);
  for (const tag of tagSkeletons(page)) {
    assert.ok(!/\son[a-z]+\s*=/i.test(tag), `${where}: handler in ${tag}`);
    assert.ok(!/'/.test(tag), `${where}: quote in ${tag}`);
    assert.ok(!/\s(src|srcset|action|xlink:href|data|poster|background)\s*=/i.test(tag), `${where}: load in ${tag}`);
  }
  for (const href of page.matchAll(/href="([^"]*)"/g)) assert.match(href[1] ?? '', /^#[a-z]+$/, where);
  assert.ok(!/url\(|@import/i.test(page), where);
}

/** Opening and closing tags pair up: hostile text opened or closed nothing. */
function assertBalanced(page: string, where: string): void {
  const open: string[] = [];
  const voids = new Set(['meta', 'input', 'br', 'hr']);
  const body = page.replace(/<style>[\s\S]*?<\/style>/g, '');
  for (const [, close, name = '', selfClosed] of body.matchAll(/<(\/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*?(\/?)>/g)) {
    if (close === '/') assert.equal(open.pop(), name, where);
    else if (selfClosed !== '/' && !voids.has(name)) open.push(name);
  }
  assert.deepEqual(open, [], where);
}

function pages(report: TraceReport): string[] {
  return [renderHtml(report), flowSvg(report), timelineSvg(report)];
}

describe('report: html', () => {
  it('loads nothing, runs nothing, and says so in its policy', () => {
    const page = renderHtml(fixtureReport());
    assertInert(page, 'fixture');
    assertBalanced(page, 'fixture');
    assert.ok(page.startsWith('<!doctype html>\n<html lang="en">'));
    assert.ok(page.includes(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;`));
  });

  it('keeps every hostile text inert in every field', function () {
    this.timeout(20_000);
    const kinds = new Set<string>();
    for (const [index, field] of textFields(smallReport()).entries()) {
      const kind = fieldKind(field.path);
      if (kinds.has(kind) || CLOSED_FIELDS.test(kind)) continue;
      kinds.add(kind);
      const report = smallReport();
      // The fixture itself holds one hostile label; it is taken out so that only the planted texts can be found.
      const fields = textFields(report);
      for (const other of fields) if (/label$/.test(other.path)) other.set('plain');
      fields[index]?.set(HOSTILE_TEXTS.join(' '));
      for (const page of pages(report)) {
        for (const hostile of HOSTILE_TEXTS) assert.ok(!page.includes(hostile), `${field.path}: ${hostile} unescaped`);
        assertInert(page, field.path);
        assertBalanced(page, field.path);
      }
    }
    assert.ok(kinds.size > 50, `only ${kinds.size} kinds of field were tried`);
  });

  it('keeps a hostile rule name and parameter name inert', () => {
    const report = fixtureReport();
    for (const hostile of HOSTILE_TEXTS) {
      report.trace.run.params[hostile] = hostile;
      const first = report.trace.rules[0];
      if (first !== undefined) first.rule = hostile;
      for (const hop of report.hops) hop.byRule[hostile] = hop.byRule.haircut;
      for (const link of report.flow.links) link.amount[hostile] = link.amount.haircut ?? '0';
      for (const page of pages(report)) {
        assert.ok(!page.includes(hostile));
        assertInert(page, 'rule');
        assertBalanced(page, 'rule');
      }
    }
  });

  it('spells out characters that hide or reorder text', () => {
    const page = renderHtml(fixtureReport());
    assert.ok(page.includes('Chan[U+202E]yllegh[U+202C]ly'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be absent.
    assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/.test(page));
    assert.ok(!page.includes(BIDI_LABEL));
  });

  it('shows every txid, address and digest in full as text', () => {
    const report = fixtureReport();
    const text = renderHtml(report).replace(/<[^>]*>/g, '\n');
    for (const hop of report.hops) {
      assert.ok(text.includes(hop.txid), hop.txid);
      if (hop.to !== null) assert.ok(text.includes(hop.to), hop.to);
    }
    for (const service of report.services) for (const outpoint of service.outpoints) assert.ok(text.includes(outpoint));
    for (const input of report.inputs) assert.ok(text.includes(input.sha256));
    for (const id of report.proofs.verifiedTxids) assert.ok(text.includes(id));
    assert.ok(text.includes(report.trace.run.inputs));
    assert.ok(text.includes('2017-08-03 03:06:44 UTC'));
  });

  it('prints the range over rules that conserve, and the books with their equation', () => {
    const page = renderHtml(fixtureReport());
    // 19.9985 + 4.5 under haircut, 19.9985 + 9 under fifo; poison stays out of the range.
    assert.ok(page.includes('24.49850000 to 28.99850000 BTC'));
    assert.ok(page.includes('44.00000000 BTC'));
    assert.ok(page.includes('2000000000 = 0 + 160000 + 1199910000 + 0 + 30000 + 799900000 sat'));
    assert.equal(page.match(/✓ adds up/g)?.length, 6);
    assert.ok(page.includes('✓ every book adds up'));
  });

  it('says loudly when a book does not add up', () => {
    const report = fixtureReport();
    const row = report.trace.rules[0]?.books[0];
    if (row !== undefined) row.fee = '159999';
    const page = renderHtml(report);
    assert.ok(page.includes('✗ DOES NOT ADD UP: off by 1 sat'));
    assert.ok(page.includes('✗ books of 1 rule do'));
    assert.ok(!page.includes('every book adds up'));
  });

  it('switches rules without a script: one radio button, one panel, one style rule each', () => {
    const page = renderHtml(fixtureReport());
    assert.equal(page.match(/type="radio"/g)?.length, 3);
    assert.equal(page.match(/ checked>/g)?.length, 1);
    for (const index of [0, 1, 2]) {
      assert.ok(page.includes(`#rule-${index}:checked~.panel-${index}`));
      assert.ok(page.includes(`class="panel panel-${index}"`));
      assert.ok(page.includes(`for="rule-${index}"`));
    }
    assert.match(page, /@media print\{[\s\S]*\.panel\{display:block!important/);
  });

  it('has unique ids, a caption in every table, a title and description in every picture', () => {
    const page = renderHtml(fixtureReport());
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(page.match(/<table/g)?.length, page.match(/<caption>/g)?.length);
    assert.equal(page.match(/<svg/g)?.length, page.match(/<desc/g)?.length);
    for (const used of page.matchAll(/aria-labelledby="([^"]*)"/g)) {
      for (const id of (used[1] ?? '').split(' ')) assert.ok(ids.includes(id), id);
    }
    for (const head of page.match(/<th\b[^>]*>/g) ?? []) assert.match(head, /scope="(col|row)"/);
  });

  it('gives the same bytes for the same report, whatever the time zone', () => {
    const before = process.env.TZ;
    try {
      process.env.TZ = 'Pacific/Kiritimati';
      const first = renderHtml(fixtureReport());
      process.env.TZ = 'America/Los_Angeles';
      assert.equal(renderHtml(fixtureReport()), first);
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });

  it('does not change the report it renders', () => {
    const report = fixtureReport();
    pages(report);
    assert.deepEqual(report, fixtureReport());
  });

  it('holds sentences where an empty report has nothing to show', () => {
    const empty = fixtureReport();
    empty.trace = { ...empty.trace, seeds: [], rules: [], gaps: [] };
    const report: TraceReport = {
      ...empty,
      story: [],
      services: [],
      hops: [],
      flow: { nodes: [], links: [] },
      timeline: [],
      conventions: [],
      inputs: [],
      proofs: { verified: 0, asserted: 0, verifiedTxids: [] },
    };
    for (const page of pages(report)) assertBalanced(page, 'empty');
    const page = renderHtml(report);
    assert.ok(page.includes('No service was reached'));
    assert.ok(page.includes('No event of this report has a time'));
    assert.ok(page.includes('not computed'));
    assert.ok(!page.includes('undefined') && !page.includes('NaN'));
  });

  it('names the reference of every node and every gap', () => {
    const page = renderHtml(fixtureReport());
    assert.ok(page.includes(`${fixtureId('tx1')}:1`));
    assert.ok(page.includes('spent by a transaction the case does not hold'));
  });
});
