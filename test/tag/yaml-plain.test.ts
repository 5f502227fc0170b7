/** The fast reader of plain packs against the full reader of YAML: where it answers, both give the same. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { SpoorError } from '../../src/ledger/index.ts';
import { readYaml } from '../../src/tag/yaml.ts';
import { readPlainYaml } from '../../src/tag/yaml-plain.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';
import { GENESIS, pack } from './support.ts';

const PACKS = 'labels-graphsense-tagpacks/packs';
const ACTORS = 'labels-graphsense-tagpacks/actors.graphsense.actorpack.yaml.gz';

/** Whether the fast reader answered; fails when the full one says otherwise. */
function agree(text: string): boolean {
  const plain = readPlainYaml(text);
  if (plain === null) return false;
  try {
    const full = readYaml(text, 'x');
    assert.deepEqual(plain.value, full.value);
    for (const [list, lines] of plain.itemLines)
      lines.forEach((line, place) => {
        assert.equal(full.lineOf([list, place]), line);
      });
  } catch (error) {
    if (error instanceof SpoorError)
      assert.fail(`the full reader refuses what the fast one reads: ${error.message}\n${text}`);
    throw error;
  }
  return true;
}

describe('plain TagPacks', () => {
  itWithData('the public packs, the smaller ones: most are plain, all read alike', PACKS, function () {
    this.timeout(20_000);
    const names = readdirSync(sharedData(PACKS)).filter((name) => name.endsWith('.yaml'));
    const texts = names
      .map((name) => readFileSync(sharedData(`${PACKS}/${name}`), 'utf8'))
      .filter(({ length }) => length < 20_000);
    const plain = texts.filter(agree);
    assert.ok(plain.length > texts.length / 2, `${plain.length} of ${texts.length}`);
  });

  itWithData('the public pack of actors, with lists and maps below its actors', ACTORS, function () {
    this.timeout(30_000);
    const whole = gunzipSync(readFileSync(sharedData(ACTORS))).toString('utf8');
    assert.notEqual(readPlainYaml(whole), null, 'all of it is plain');
    // The first 200 actors, and those around its comment: the full reader takes three seconds for all.
    const lines = whole.split('\n');
    const starts = lines.flatMap((line, at) => (line.startsWith('- id:') ? [at] : []));
    const comment = starts.findIndex((at) => at > lines.findIndex((line) => line.startsWith('#')));
    const around = lines.slice(starts[comment - 100], starts[comment + 100]);
    assert.equal(agree([...lines.slice(0, starts[200]), ...around].join('\n')), true);
  });

  const flat = pack(
    `- address: ${GENESIS}\n  label: 'a b'\n  concepts:\n  - x\n  - y\n- address: ${GENESIS}\n  actor: null`,
  );
  const deep = [
    ...[
      '%YAML 1.1',
      '---',
      'title: A',
      'creator: B',
      'actors:',
      '- id: a',
      '  label: A',
      '  jurisdictions: []',
      '  more: {}',
    ],
    ...['  categories:', '  - exchange', '  context:', '    refs:', '    - https://a', '    images:', "    - 'b c'"],
    ...[
      '    name: "x\\n\\"y\\\\\\uFEFF"',
      "    b: 'it''s'",
      '# more',
      '- id: b',
      '  # of it',
      'campaigns:',
      '  - id: c',
      '    wallets:',
      '      - role: r',
      '        n: y',
      '',
    ],
  ].join('\n');
  // As the largest folded pack of the public ones writes its contexts.
  const folded = [
    ...['title: A', 'creator: B', 'tags:', "- address: '0x00'", '  context: \'{"transaction": "0x01",   '],
    ...[
      "    \"token\": ''USDT'',",
      '      "n": "é"}\'',
      '  concepts:',
      "    - 'x",
      "     y'",
      '- address: b',
      "  label: ''",
    ],
    ...["  context: 'z", "   ''''", "   '", ''],
  ].join('\n');
  it('text in single quotes over several lines', () => {
    const value = readPlainYaml(folded)?.value as { tags: { context: string; concepts: string[] }[] };
    assert.equal(value.tags[0].context, `{"transaction": "0x01", "token": 'USDT', "n": "é"}`);
    assert.deepEqual(value.tags[0].concepts, ['x y']);
    assert.equal(value.tags[1].context, "z '' ");
    assert.equal(agree(folded), true);
    // A line that would be a comment elsewhere, an empty one, one not further in than its field, and none at all.
    for (const rest of ["\n  # b'", "\n\n  b'", "\nb'", "\n b' c", ''])
      assert.equal(readPlainYaml(`a: 'x${rest}`), null, JSON.stringify(rest));
  });

  it('long runs of blanks and of folded lines cost a time in proportion', () => {
    const blanks = ' '.repeat(200_000);
    const hostile = [`a: x${blanks}y `, `a: 'x${blanks}y'${blanks}z`, `a: 'x${"\n  b ''".repeat(100_000)}`];
    const start = process.cpuUsage();
    for (const text of hostile) readPlainYaml(text);
    const { user } = process.cpuUsage(start);
    assert.ok(user < 2_000_000, `${user} us`);
  });

  for (const [name, base, most] of [
    ['folded', folded, 300],
    ['flat', flat, 300],
    ['deep', deep, 250],
  ] as const)
    changed(name, base, most);
});

describe('random documents', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab0 \'"#:-,[]{}&*!|>%@`~?=\\\n\té\u00a0\u2028.'), maxLength: 12 });
  const word = fc.constantFrom('a', 'null', '~', '1e3', '2020-01-01', 'yes', 'a b', "it's", 'x: y', 'x #y', '');
  const scalar = fc.oneof(word, text, fc.constant(null));
  const flat = fc.dictionary(
    fc.constantFrom('a', 'b', 'label', 'c d', 'x_1'),
    fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
    {
      minKeys: 1,
      maxKeys: 4,
    },
  );
  const document = fc.record({ title: scalar, more: flat, tags: fc.array(fc.oneof(flat, scalar), { maxLength: 4 }) });
  const style = fc.record({
    lineWidth: fc.constantFrom(0, 8, 20),
    singleQuote: fc.constantFrom(true, false, null),
    indentSeq: fc.boolean(),
    indent: fc.constantFrom(2, 3, 4),
    version: fc.constantFrom('1.1' as const, '1.2' as const),
  });

  it('as the yaml package writes them, whatever the style: read alike, or left to the full reader', () => {
    let answered = 0;
    fc.assert(
      fc.property(document, style, (value, options) => {
        if (agree(stringify(value, options))) answered += 1;
      }),
      { numRuns: 1500 },
    );
    assert.ok(answered > 150, `${answered} of 1500 were plain`);
  }).timeout(30_000);

  it('lines put together at random: read alike, or left to the full reader', () => {
    const blanks = fc.constantFrom('', '', '', '  ', '  ', ' ', '    ');
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const start = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.tuple(name, fc.constantFrom(': ', ": '", ': ', ':', ': "')).map((part) => part.join('')),
      },
      { weight: 1, arbitrary: fc.constantFrom('', '- ', '- a: ', "'", '# ') },
    );
    const end = fc.constantFrom('x', 'x', "x'", "''", "'", 'x y', ' ', '', 'null', 'x:', 'y"', "it''s", ' #', '[]');
    const lines = fc.array(fc.tuple(blanks, start, end), { minLength: 1, maxLength: 4 });
    let answered = 0;
    fc.assert(
      fc.property(lines, (parts) => {
        if (agree(parts.map((part) => part.join('')).join('\n'))) answered += 1;
      }),
      { numRuns: 4000 },
    );
    assert.ok(answered > 40, `${answered} of 4000 were plain`);
  }).timeout(30_000);
});

/** One change at a place of a plain text. */
function changed(name: string, base: string, least: number): void {
  it(`one change anywhere in a ${name} pack: read alike, or left to the full reader`, () => {
    assert.equal(agree(base), true);
    const piece = fc.constantFrom(
      ...[
        ' ',
        '  ',
        '\n',
        '- ',
        ': ',
        ':',
        '#',
        ' #',
        "'",
        '"',
        "''",
        '~',
        'null',
        '!',
        '&a',
        '*a',
        '|',
        '>',
        '{',
        '}',
        '[',
        ']',
        ',',
      ],
      ...[
        '\t',
        '\r',
        '?',
        '%',
        '@',
        '`',
        '\u2028',
        '\uFEFF',
        '---\n',
        '...\n',
        '\\',
        '=',
        '<<',
        '-',
        'é',
        '\n\n',
        '\n  ',
        'tags:\n',
      ],
    );
    let answered = 0;
    fc.assert(
      fc.property(fc.nat(base.length), fc.nat(3), piece, (at, cut, text) => {
        if (agree(base.slice(0, at) + text + base.slice(at + cut))) answered += 1;
      }),
      { numRuns: 3000 },
    );
    assert.ok(answered > least, `${answered} of 3000 were plain`);
  }).timeout(20_000);
}
