/** The fast reader of plain TagPacks against the full reader of YAML: where it answers, both give the same. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { SpoorError } from '../../src/ledger/index.ts';
import { TAG_FIELDS } from '../../src/tag/index.ts';
import { readYaml } from '../../src/tag/yaml.ts';
import { readPlainYaml } from '../../src/tag/yaml-plain.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';
import { GENESIS, pack } from './support.ts';

const TAGS: ReadonlySet<string> = new Set(TAG_FIELDS);
const HEADER: ReadonlySet<string> = new Set(['title', 'creator', 'description', 'owner', 'is_public', ...TAG_FIELDS]);
const PACKS = 'labels-graphsense-tagpacks/packs';

/** Whether the fast reader answered; fails when the full one says otherwise. */
function agree(text: string): boolean {
  const plain = readPlainYaml(text, HEADER, TAGS);
  if (plain === null) return false;
  try {
    const full = readYaml(text, 'x');
    assert.deepEqual(plain.value, full.value);
    plain.tagLines.forEach((line, place) => {
      assert.equal(full.lineOf(['tags', place]), line);
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

  it('one change anywhere in a plain pack: read alike, or left to the full reader', () => {
    const base = pack(
      `- address: ${GENESIS}\n  label: 'a b'\n  concepts:\n  - x\n  - y\n- address: ${GENESIS}\n  actor: null`,
    );
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
    assert.ok(answered > 300, `${answered} of 3000 were plain`);
  }).timeout(20_000);
});
