import assert from 'node:assert/strict';
import { YAML_LIMITS } from '../../src/tag/index.ts';
import { BLOCK_1, errorOf, GENESIS, pack, parse } from './support.ts';

const good = `- address: ${GENESIS}`;

function refused(text: string): { message: string; record: string | undefined } {
  const error = errorOf(() => parse(text));
  assert.equal(error.code, 'TAGPACK_INVALID');
  assert.equal(error.place.file, 'pack.yaml');
  return { message: error.message, record: error.place.record };
}

describe('TagPack YAML from strangers', () => {
  it('keeps scalars as the text they are', () => {
    for (const text of ['1e10', '0x10', '2021-11-12', 'no', '1_000', '.inf', '0o17', '12:30:45', '-0']) {
      assert.equal(parse(pack(`- {address: ${GENESIS}, label: ${text}}`)).tags[0].label, text);
    }
    // Quoted, `null` and `~` are words; plain, they are nothing.
    assert.equal(parse(pack(`- {address: ${GENESIS}, actor: "null"}`)).tags[0].actor, 'null');
    assert.equal(parse(pack(`- {address: ${GENESIS}, actor: null}`)).tags[0].actor, null);
    assert.equal(parse(pack(`- {address: ${GENESIS}, actor: }`)).tags[0].actor, null);
  });

  it('reads folded text, comments, a byte order mark and Windows line ends', () => {
    const text = `\uFEFF${pack(`${good} # first\n  context: >-\n    one\n    two`)}`.replaceAll('\n', '\r\n');
    assert.equal(parse(text).tags[0].context, 'one two');
  });

  it('names line and column of broken YAML', () => {
    const { message, record } = refused('title: T\ncreator: "C\ntags: []\n');
    assert.match(message, /broken YAML/);
    assert.match(record ?? '', /^line \d+, column \d+$/);
    // The second colon of line 2 stands at column 6.
    assert.equal(refused('title: T\na: b: c\n').record, 'line 2, column 4');
  });

  it('refuses a billion laughs', () => {
    // 10 levels of 10 references each: 10^10 words from 1 kB of text.
    const levels = Array.from({ length: 10 }, (_, level) => {
      const item = level === 0 ? 'lol' : `*l${level - 1}`;
      return `- &l${level} [${Array.from({ length: 10 }, () => item).join(', ')}]`;
    });
    assert.match(refused(pack(levels.join('\n'))).message, /[Aa]lias/);
  });

  it('refuses references that multiply within 100 aliases', () => {
    // 4 levels of 10: 40 aliases in the text, 10^4 words behind them.
    const levels = Array.from({ length: 5 }, (_, level) => {
      const item = level === 0 ? 'lol' : `*l${level - 1}`;
      return `- &l${level} [${Array.from({ length: 10 }, () => item).join(', ')}]`;
    });
    assert.match(refused(pack(levels.join('\n'))).message, /YAML alias refused/);
  });

  it('allows 100 aliases and refuses the 101st', () => {
    const aliases = (count: number): string => {
      const tags = Array.from(
        { length: count },
        (_, index) => `- {address: ${BLOCK_1}, label: l${index}, context: *c}`,
      );
      return pack([`- {address: ${GENESIS}, context: &c text}`, ...tags].join('\n'));
    };
    assert.equal(parse(aliases(100)).tags.length, 101);
    assert.equal(parse(aliases(100)).tags[100].context, 'text');
    const { message, record } = refused(aliases(101));
    assert.match(message, /more than 100 YAML aliases/);
    // 8 lines of header, the anchored tag, 100 aliases: the 101st stands on line 110.
    assert.match(record ?? '', /^line 110,/);
  });

  it('refuses an alias without an anchor and one that holds itself', () => {
    assert.match(refused(pack(`- {address: ${GENESIS}, context: *nowhere}`)).message, /YAML alias refused/);
    refused(pack('- &loop [*loop]'));
  });

  for (const tag of [
    '!foo',
    '!!binary',
    '!!timestamp',
    '!!set',
    '!!js/function',
    '!!python/object/apply:os.system',
    '!<tag:x.org,2000:y>',
  ]) {
    it(`refuses the YAML tag ${tag}`, () => {
      const { message, record } = refused(pack(`${good}\n  context: ${tag} aGk=`));
      assert.match(message, /YAML tag .* is refused/);
      assert.match(record ?? '', /^line 10,/);
    });
  }

  it('refuses a tag on a list, on a map, on a field name; str, seq and map are no custom tags', () => {
    refused(pack(`- !set {address: ${GENESIS}}`));
    refused(pack(good).replace('tags:', 'tags: !!omap'));
    refused(pack(`- {!foo address: ${GENESIS}}`));
    assert.equal(parse(pack(`- !!map {!!str address: ${GENESIS}, label: !!str 12}`)).tags[0].label, '12');
  });

  it('refuses a field given twice, also in the header, naming the second', () => {
    const twice = refused(pack(`${good}\n  label: a\n  label: b`));
    assert.match(twice.message, /field label is given twice/);
    assert.equal(twice.record, 'line 11, column 3');
    assert.match(refused(pack(good, 'title: again')).message, /field title is given twice/);
  });

  it('refuses merge keys', () => {
    const text = pack(`- &a {address: ${GENESIS}, label: x}\n- {<<: *a, address: ${BLOCK_1}}`);
    assert.match(refused(text).message, /merge keys/);
    refused(`%YAML 1.1\n---\n${text}`);
  });

  it('refuses field names that are no text', () => {
    refused(pack('- {[a]: b}'));
    refused(pack(`- {? {a: b} : c, address: ${GENESIS}}`));
  });

  it('refuses a second document', () => {
    const { message, record } = refused(`${pack(good)}---\n${pack(good)}`);
    assert.match(message, /more than one YAML document/);
    assert.equal(record, 'line 10, column 1');
  });

  it('refuses deep nesting without running out of stack', function () {
    this.timeout(10_000);
    assert.match(
      refused(pack(`- {address: ${GENESIS}, concepts: ${'['.repeat(30)}${']'.repeat(30)}}`)).message,
      /deeper than 20/,
    );
    refused(pack(`- {address: ${GENESIS}, concepts: ${'['.repeat(20_000)}`));
  });

  it('refuses what is larger than the limit before it parses', () => {
    assert.equal(YAML_LIMITS.maxBytes, 16 * 2 ** 20);
    const error = errorOf(() => parse(`#${'x'.repeat(YAML_LIMITS.maxBytes)}`));
    assert.equal(error.code, 'TOO_LARGE');
    assert.match(error.message, /16777217 bytes.*16777216/);
    // Bytes count, not characters: the euro sign has three.
    const limits = { ...YAML_LIMITS, maxBytes: 3 };
    assert.equal(errorOf(() => parse('€€', { limits })).code, 'TOO_LARGE');
    assert.equal(errorOf(() => parse('€', { limits })).code, 'TAGPACK_INVALID');
  });

  it('reads 40,000 fields of one map in time that grows with their number only', function () {
    this.timeout(10_000);
    const text = pack(good, Array.from({ length: 40_000 }, (_, index) => `k${index}: v`).join('\n'));
    assert.match(refused(text).message, /has no field "k0"/);
  });
});
