import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BEST_TAG_RULE, isServiceCategory, settleTags, type Tag, tagText } from '../../src/tag/index.ts';
import { BLOCK_1, GENESIS, pack, parse } from './support.ts';

/** A tag about GENESIS with the given YAML fields. */
function tag(fields = ''): Tag {
  return parse(pack(`- {address: ${GENESIS}${fields === '' ? '' : `, ${fields}`}}`)).tags[0];
}

describe('settling tags', () => {
  it('leads with the surest and drops none', () => {
    const weak = tag('label: W, confidence: heuristic');
    const sure = tag('label: S, confidence: authority_data');
    const settled = settleTags([weak, sure]);
    assert.deepEqual(settled, { best: sure, all: [sure, weak], conflict: false });
  });

  it('equal levels follow subject, then source, then label', () => {
    const byLabel = [tag('label: a'), tag('label: b')];
    assert.deepEqual(settleTags(byLabel.toReversed()).all, byLabel);
    const bySource = [tag('source: a, label: z'), tag('source: b, label: a')];
    assert.deepEqual(settleTags(bySource.toReversed()).all, bySource);
    // "12c6..." comes before "1A1z..." by code unit.
    const bySubject = [parse(pack(`- {address: ${BLOCK_1}, source: z}`)).tags[0], tag('source: a')];
    assert.deepEqual(settleTags(bySubject.toReversed()).all, bySubject);
  });

  it('the rule that is printed is the rule that is followed: each step decides only where the ones before it tie', () => {
    const listed = 'abuse: sanction, confidence: authority_data';
    // By hand, best first: level 70; then level 60: own (later list, earlier list, no list by source then label), inherited.
    const expected = [
      { ...tag('confidence: service_api, source: z'), inherited: true },
      { ...tag(`${listed}, source: z`), knownSince: '2026-07-30' },
      { ...tag(`${listed}, source: a`), knownSince: '2024-09-27' },
      tag('confidence: authority_data, source: a, label: b'),
      tag('confidence: authority_data, source: b, label: a'),
      { ...tag(`${listed}, source: a`), knownSince: '2026-07-30', inherited: true },
      tag('confidence: heuristic'),
    ];
    assert.deepEqual(settleTags(expected.toReversed()).all, expected);
    assert.deepEqual(
      ['confidence', 'inherited', 'list', 'source', 'label'].map((word) => BEST_TAG_RULE.indexOf(word) > 0),
      [true, true, true, true, true],
    );
  });

  it('is a conflict when two actors or two categories are named, in any case of letters', () => {
    const conflict = (left: string, right: string): boolean => settleTags([tag(left), tag(right)]).conflict;
    assert.equal(conflict('actor: a', 'actor: b'), true);
    assert.equal(conflict('category: exchange', 'category: gambling'), true);
    assert.equal(conflict('actor: a', 'actor: A, label: x'), false);
    assert.equal(conflict('actor: a', 'label: x'), false);
    assert.equal(conflict('label: x', 'label: y'), false);
    assert.equal(conflict('category: exchange, actor: a', 'actor: a, confidence: unknown'), false);
  });

  it('the order of input shows nowhere, not even between tags that differ in a caller field only', () => {
    const some = [
      { ...tag(), pack: 'b.yaml' },
      { ...tag(), pack: 'a.yaml' },
      { ...tag('confidence: unknown'), pack: 'a.yaml' },
      { ...tag('actor: x'), pack: 'a.yaml' },
      { ...tag('actor: y, lastmod: 2020-01-01'), pack: 'a.yaml' },
      { ...tag('actor: y, lastmod: 2020-01-02'), pack: 'a.yaml' },
    ];
    const expected = settleTags(some);
    fc.assert(
      fc.property(fc.shuffledSubarray(some, { minLength: some.length }), (shuffled) => {
        assert.deepEqual(settleTags(shuffled), expected);
      }),
    );
    assert.equal(expected.all.length, 6);
  });

  it('does not reorder the list it was given; an empty one is a bug', () => {
    const given = [tag('label: b'), tag('label: a')];
    settleTags(given);
    assert.equal(given[0].label, 'b');
    assert.throws(() => settleTags([]), /at least one tag/);
  });

  it('prints a tag on one line', () => {
    assert.equal(
      tagText(tag('label: HitBtc.com, category: exchange, confidence: web_crawl')),
      'HitBtc.com (exchange; confidence web_crawl 20; source https://example.org/s)',
    );
    assert.equal(
      tagText(tag('abuse: scam, confidence: ~')),
      'L (scam; confidence unknown 5 by default; source https://example.org/s)',
    );
  });
});

describe('service categories', () => {
  it('custodial pools end a trace', () => {
    for (const category of [
      'exchange',
      'wallet_service',
      'payment_processor',
      'gambling',
      'market',
      'mixing_service',
      'mining_service',
      'atm',
      'faucet',
      'hot_wallet',
      'cold_wallet',
      'warm_wallet',
    ]) {
      assert.equal(isServiceCategory(category, []), true, category);
      assert.equal(isServiceCategory(null, ['hacking', category]), true, category);
    }
  });

  it('payees, people, umbrella words, coinjoins, contracts and crimes do not', () => {
    for (const category of [
      'shop',
      'donation',
      'user',
      'miner',
      'service',
      'entity',
      'coinjoin',
      'defi_dex',
      'defi_bridge',
      'ransomware',
      'black_list',
      'constructor',
      '',
    ]) {
      assert.equal(isServiceCategory(category, [category]), false, category);
    }
    assert.equal(isServiceCategory(null, []), false);
  });
});
