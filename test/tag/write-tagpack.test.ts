import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CONFIDENCE_LEVELS, isConfidenceId, type Tag, tagPackYaml } from '../../src/tag/index.ts';
import { BLOCK_1, codec, errorOf, GENESIS, GENESIS_TXID, pack, parse } from './support.ts';

const withoutIndex = (tags: readonly Tag[]): Omit<Tag, 'index'>[] => tags.map(({ index: _, ...rest }) => rest);

describe('TagPack: writing', () => {
  it('moves what all tags share to the header and quotes what looks like a number or a date', () => {
    const read = parse(
      pack(
        `- {address: ${GENESIS}, label: 1e10, lastmod: 2020-01-01}\n- {tx_hash: ${GENESIS_TXID}, label: no, lastmod: 2020-01-01, actor: a}`,
      ),
    );
    assert.equal(
      tagPackYaml(read),
      [
        'title: T',
        'creator: C',
        'is_public: false',
        'source: https://example.org/s',
        'currency: BTC',
        'network: BTC',
        'confidence: forensic',
        'tag_type: actor',
        'is_cluster_definer: false',
        'lastmod: 2020-01-01',
        'tags:',
        `  - address: ${GENESIS}`,
        '    label: "1e10"',
        `  - tx_hash: ${GENESIS_TXID}`,
        '    label: "no"',
        '    actor: a',
        '',
      ].join('\n'),
    );
  });

  it('does not state a confidence that its author did not state', () => {
    const read = parse(pack(`- {address: ${GENESIS}, confidence: ~}\n- {address: ${BLOCK_1}, confidence: unknown}`));
    const again = parse(tagPackYaml(read));
    assert.deepEqual(
      again.tags.map((tag) => tag.confidenceDefaulted),
      [true, false],
    );
  });

  it('writes an empty pack that reads back', () => {
    const read = parse(pack('  []'));
    assert.deepEqual(parse(tagPackYaml(read)), read);
  });

  it('what is written reads back as the same tags, whatever the text in them', () => {
    const line = fc
      .oneof(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
        fc.constantFrom(
          'null',
          '~',
          'true',
          '- a',
          '#',
          '*x',
          '&x',
          '!x',
          '%',
          '@',
          '|',
          '>',
          '<<',
          "'",
          '"',
          'a: b',
          '2020-01-01',
          '1.0',
          '0x1',
          '=',
          '? a',
        ),
      )
      .map((text) => text.replaceAll(/\p{Cc}|\p{Cs}/gu, '').trim())
      .filter((text) => text !== '');
    const prose = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'));
    const subject = fc.constantFrom<Tag['subject']>(
      { kind: 'address', address: codec(GENESIS) },
      { kind: 'address', address: codec(BLOCK_1) },
    );
    const ids = Object.keys(CONFIDENCE_LEVELS).filter(isConfidenceId);
    const anyTag = fc
      .record({
        subject,
        label: line,
        source: line,
        confidence: fc.constantFrom(...ids),
        category: fc.option(line),
        abuse: fc.option(line),
        actor: fc.option(line),
        concepts: fc.uniqueArray(line, { maxLength: 3 }),
        tagType: line,
        isClusterDefiner: fc.boolean(),
        context: fc.option(prose),
        lastmod: fc.option(fc.constantFrom('2017-05-12', '2020-02-29', '1970-01-01')),
      })
      .map((fields) => ({
        ...fields,
        currency: 'BTC',
        network: 'BTC',
        confidenceLevel: CONFIDENCE_LEVELS[fields.confidence],
        confidenceDefaulted: false,
        validFrom: null,
        validTo: null,
        knownSince: fields.lastmod,
      }));
    fc.assert(
      fc.property(
        line,
        fc.option(prose),
        fc.boolean(),
        fc.uniqueArray(anyTag, { maxLength: 4 }),
        (title, description, isPublic, some) => {
          const tags = some.map((tag, index) => ({ ...tag, index }));
          const distinct = new Set(withoutIndex(tags).map((tag) => JSON.stringify(Object.entries(tag).sort())));
          fc.pre(distinct.size === tags.length);
          const again = parse(tagPackYaml({ title, creator: title, description, isPublic, tags }));
          assert.deepEqual(withoutIndex(again.tags), withoutIndex(tags));
          assert.deepEqual(
            [again.title, again.creator, again.description, again.isPublic],
            [title, title, description, isPublic],
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is the same text every time and repeats no tag by alias', () => {
    const read = parse(
      pack(`- {address: ${GENESIS}, concepts: [a]}\n- {address: ${BLOCK_1}, concepts: [a], actor: x}`),
    );
    assert.equal(tagPackYaml(read), tagPackYaml(structuredClone(read)));
    const shared = ['a', 'b'];
    const tags = read.tags.map((tag, index) => ({ ...tag, concepts: index === 0 ? shared : [...shared, 'c'] }));
    assert.doesNotMatch(tagPackYaml({ ...read, tags }), /[&*]/);
    assert.equal(
      errorOf(() => parse(tagPackYaml({ ...read, tags: [read.tags[0], read.tags[0]] }))).code,
      'TAGPACK_INVALID',
    );
  });
});
