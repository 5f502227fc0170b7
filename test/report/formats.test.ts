import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import {
  btcOf,
  csvText,
  percentOf,
  renderCsv,
  renderJson,
  renderMarkdown,
  renderText,
  renderTraceDocument,
  shortenMiddle,
  visibleText,
} from '../../src/report/index.ts';
import { markdownText } from '../../src/report/markdown.ts';
import { cellWidth } from '../../src/report/text-table.ts';
import { fixtureReport, smallReport } from './fixture.ts';
import { BIDI_LABEL, fixtureId, HOSTILE_LABEL } from './fixture-words.ts';
import { fieldKind, textFields } from './mutate.ts';

/** Splits RFC 4180 text: the oracle for what a reader of the file gets. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (quoted && character === '"' && text[index + 1] === '"') {
      cell += '"';
      index += 1;
    } else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === ',' || character === '\n')) {
      rows.at(-1)?.push(cell);
      cell = '';
      if (character === '\n') rows.push([]);
    } else cell += character;
  }
  return rows.slice(0, -1);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be absent.
const HIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

describe('report: amounts and identifiers', () => {
  it('moves decimal points without arithmetic', () => {
    assert.equal(btcOf('1450067602'), '14.50067602');
    assert.equal(btcOf('0'), '0.00000000');
    assert.equal(btcOf('2100000000000000'), '21000000.00000000');
    assert.equal(btcOf('not a number'), 'not a number');
    assert.equal(percentOf('0.482131'), '48.2131 %');
    assert.equal(percentOf('1.000000'), '100.0000 %');
    assert.equal(percentOf('0.000001'), '0.0001 %');
    assert.equal(percentOf('0'), '0.0000 %');
  });

  it('shortens in the middle and keeps eight characters at each end', () => {
    assert.equal(shortenMiddle('12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw'), '12t9YDPg…isjr6SMw');
    assert.equal(shortenMiddle('seventeen letters'), 'seventeen letters');
  });

  it('spells hidden characters out, once', () => {
    assert.equal(visibleText('a\u202eb\u0007'), 'a[U+202E]b[U+0007]');
    assert.equal(visibleText('\u{e0041}'), '[U+E0041]');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const visible = visibleText(text);
        assert.ok(!HIDDEN.test(visible) && !visible.includes('\n'));
        assert.equal(visibleText(visible), visible);
      }),
    );
  });
});

describe('report: csv', () => {
  it('has one row per hop, both amounts, and text that reads back', () => {
    const report = fixtureReport();
    const [head = [], ...rows] = parseCsv(renderCsv(report));
    assert.equal(rows.length, report.hops.length);
    for (const row of rows) assert.equal(row.length, head.length);
    const cell = (row: number, column: string): string => rows[row]?.[head.indexOf(column)] ?? 'no such column';
    assert.equal(cell(0, 'txid'), fixtureId('tx1'));
    assert.equal(cell(0, 'time_utc'), '2017-08-03 03:06:44 UTC');
    assert.equal(cell(0, 'value_sat'), '1200000000');
    assert.equal(cell(0, 'value_btc'), '12.00000000');
    assert.equal(cell(4, 'haircut_taint_sat'), '750000000');
    assert.equal(cell(4, 'fifo_share'), '0.666666');
    assert.equal(cell(5, 'fifo_taint_sat'), '');
    assert.equal(cell(5, 'haircut_reason'), 'coinjoin');
    assert.equal(cell(8, 'tag_label'), 'Chan[U+202E]yllegh[U+202C]ly');
  });

  it('lets no cell start a formula', () => {
    for (const start of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1', '; =1', 'a,=1', 'x;@y']) {
      const guarded = csvText(start);
      assert.ok(!/(^|[;,]\s*)[=+\-@＝＋－＠]/.test(guarded), `${JSON.stringify(start)} became ${guarded}`);
    }
    assert.equal(csvText('=1+1'), "'=1+1");
    assert.equal(csvText('plain - text'), 'plain - text');
    for (const row of parseCsv(renderCsv(fixtureReport()))) {
      for (const cell of row) assert.ok(!/^[=+\-@]/.test(cell), cell);
    }
  });

  it('guards every text field of a hop', () => {
    const kinds = new Set<string>();
    for (const [index, field] of textFields(smallReport()).entries()) {
      const kind = fieldKind(field.path);
      if (!kind.startsWith('hops[]') || kinds.has(kind)) continue;
      kinds.add(kind);
      const report = smallReport();
      textFields(report)[index]?.set('=cmd|"/c calc"!A1');
      for (const row of parseCsv(renderCsv(report))) {
        for (const cell of row) assert.ok(!cell.startsWith('='), `${field.path}: ${cell}`);
      }
    }
    assert.ok(kinds.size >= 20, `${kinds.size} kinds`);
  });
});

describe('report: json', () => {
  it('reads back as the report, keys sorted, bidi characters as escapes', () => {
    const text = renderJson(fixtureReport());
    const read: unknown = JSON.parse(text);
    assert.deepEqual(read, JSON.parse(JSON.stringify({ schema: 'spoor.report/1', ...fixtureReport() })));
    assert.ok(text.endsWith('}\n') && !HIDDEN.test(text));
    assert.ok(text.includes('Chan\\u202eyllegh\\u202cly'));
    assert.ok(
      text.indexOf('"conventions"') < text.indexOf('"flow"') && text.indexOf('"flow"') < text.indexOf('"hops"'),
    );
  });

  it('does not depend on the order in which an object was built', () => {
    const report = fixtureReport();
    const turned = Object.fromEntries(Object.entries(report).reverse());
    assert.equal(renderJson({ ...report, ...turned }), renderJson(report));
    const reversed = Object.fromEntries(Object.entries(report.trace.run.params).reverse());
    const trace = { ...report.trace, run: { ...report.trace.run, params: reversed } };
    assert.equal(renderTraceDocument(trace), renderTraceDocument(report.trace));
  });

  it('writes the trace contract in its published key order, labels in the order of the seeds', () => {
    const { trace } = fixtureReport();
    const holding = trace.rules[0]?.holdings[0];
    // "7" is a key JavaScript would move to the front; the seeds' order is z, 7.
    trace.seeds = [
      { label: 'z', subject: 's', outputs: 1, amount: '1' },
      { label: '7', subject: 's', outputs: 1, amount: '1' },
    ];
    if (holding !== undefined) holding.taint = { '7': '2', z: '1' };
    const text = renderTraceDocument(trace);
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(trace)));
    assert.match(text, /^\{\n {2}"schema": "spoor\.trace\/1",\n {2}"run": \{\n {4}"id"/);
    assert.match(text, /"taint": \{\s+"z": "1",\s+"7": "2"\s+\}/);
    const order = [...text.matchAll(/^ {2}"([a-z]+)":/gm)].map((match) => match[1]);
    assert.deepEqual(order, ['schema', 'run', 'seeds', 'rules', 'gaps', 'coverage']);
    assert.match(
      text,
      /"seeded": "\d+",\s+"held": "\d+",\s+"fee": "\d+",\s+"stopped": "\d+",\s+"cut": "\d+",\s+"burned"/,
    );
  });
});

describe('report: markdown', () => {
  it('escapes what has a meaning', () => {
    assert.equal(markdownText('a|b'), 'a\\|b');
    assert.equal(markdownText('[x](javascript:alert(1))'), '\\[x\\](javascript:alert(1))');
    assert.equal(markdownText('<b>&'), '&lt;b&gt;&amp;');
    assert.equal(markdownText('`code` *x* _y_ ~z~ #1 @all'), '\\`code\\` \\*x\\* \\_y\\_ \\~z\\~ \\#1 &#64;all');
    assert.equal(markdownText('https://a.example'), 'https\\://a.example');
    assert.equal(markdownText('1. item'), '1\\. item');
    assert.equal(markdownText('--- rule'), '\\--- rule');
    assert.equal(markdownText('two\nlines'), 'two\\[U+000A\\]lines');
  });

  it('keeps the shape of every table whatever a field holds', () => {
    const hostile = 'a | b\n| c | <img src=x onerror=alert(1)> \\| `d` ![e](http://f) \u202e';
    const shapeOf = (text: string): string[] =>
      text.split('\n').map((line) => (line.startsWith('|') ? String(line.match(/(?<!\\)\|/g)?.length) : ''));
    const shape = shapeOf(renderMarkdown(smallReport()));
    const kinds = new Set<string>();
    for (const [index, field] of textFields(smallReport()).entries()) {
      const kind = fieldKind(field.path);
      if (kinds.has(kind) || kind === 'timeline[].kind') continue;
      kinds.add(kind);
      const report = smallReport();
      textFields(report)[index]?.set(hostile);
      const text = renderMarkdown(report);
      assert.ok(!/<img|!\[|(?<!\\)\]\(/.test(text) && !HIDDEN.test(text), field.path);
      if (!kind.startsWith('trace.rules[].rule')) assert.deepEqual(shapeOf(text), shape, field.path);
    }
  });

  it('names every transaction and every equation', () => {
    const report = fixtureReport();
    const text = renderMarkdown(report);
    for (const hop of report.hops) assert.ok(text.includes(`${hop.txid}:${hop.vout}`));
    assert.ok(text.includes('2000000000 = 0 + 160000 + 1199910000 + 0 + 30000 + 799900000'));
    assert.ok(text.includes('adds up') && !text.includes(HOSTILE_LABEL) && !text.includes(BIDI_LABEL));
  });
});

describe('report: terminal text', () => {
  it('stays within 100 columns, shows story, services, hops and books', () => {
    const report = fixtureReport();
    const text = renderText(report);
    for (const line of text.split('\n')) assert.ok(cellWidth(line) <= 100, `${cellWidth(line)} cells: ${line}`);
    for (const hop of report.hops) assert.ok(text.includes(`${hop.txid}:${hop.vout}`));
    assert.ok(text.includes('24.49850000 to 28.99850000 BTC'));
    assert.ok(text.includes('adds up: 2000000000 = 0 + 160000 + 1199910000 + 0 + 30000 + 799900000 sat'));
    assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'));
  });

  it('lets no field reach the terminal with control or direction characters', () => {
    const kinds = new Set<string>();
    for (const [index, field] of textFields(smallReport()).entries()) {
      if (kinds.has(fieldKind(field.path))) continue;
      kinds.add(fieldKind(field.path));
      const report = smallReport();
      textFields(report)[index]?.set('\u001b[31mred\u001b]0;title\u0007\u202e\r\n');
      if (!field.path.endsWith('.kind')) assert.ok(!HIDDEN.test(renderText(report)), field.path);
    }
  });

  it('gives the same bytes each time', () => {
    for (const render of [renderText, renderMarkdown, renderCsv, renderJson]) {
      assert.equal(render(fixtureReport()), render(fixtureReport()));
    }
  });
});
