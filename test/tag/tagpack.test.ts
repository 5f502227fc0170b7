import assert from 'node:assert/strict';
import { CONFIDENCE_LEVELS } from '../../src/tag/index.ts';
import { BLOCK_1, errorOf, GENESIS, GENESIS_TXID, pack, parse } from './support.ts';

describe('TagPack: reading', () => {
  it('a tag inherits every header field and overrides it with its own', () => {
    const header = [
      'category: exchange',
      'abuse: scam',
      'actor: acme',
      'concepts: [exchange, hot_wallet]',
      'tag_type: mention',
      'is_cluster_definer: true',
      'context: from the header',
      'lastmod: 2020-02-29',
      'description: D',
      'is_public: true',
    ].join('\n');
    const own = [
      `- address: ${GENESIS}`,
      `- address: ${BLOCK_1}`,
      '  label: own label',
      '  source: a book, page 7',
      '  confidence: service_api',
      '  category: ~',
      '  abuse: phishing',
      '  actor: other',
      '  concepts: []',
      '  tag_type: event',
      '  is_cluster_definer: false',
      '  context: own',
      '  lastmod: 2021-01-01 12:18:52.619444',
    ].join('\n');
    const parsed = parse(pack(own, header));
    assert.deepEqual(parsed, {
      title: 'T',
      creator: 'C',
      description: 'D',
      isPublic: true,
      notes: [],
      tags: [
        {
          subject: { kind: 'address', address: GENESIS },
          label: 'L',
          source: 'https://example.org/s',
          currency: 'BTC',
          network: 'BTC',
          confidence: 'forensic',
          confidenceLevel: 50,
          confidenceDefaulted: false,
          category: 'exchange',
          abuse: 'scam',
          actor: 'acme',
          concepts: ['exchange', 'hot_wallet'],
          tagType: 'mention',
          isClusterDefiner: true,
          context: 'from the header',
          lastmod: '2020-02-29',
          index: 0,
          validFrom: null,
          validTo: null,
          knownSince: '2020-02-29',
        },
        {
          subject: { kind: 'address', address: BLOCK_1 },
          label: 'own label',
          source: 'a book, page 7',
          currency: 'BTC',
          network: 'BTC',
          confidence: 'service_api',
          confidenceLevel: 70,
          confidenceDefaulted: false,
          category: null,
          abuse: 'phishing',
          actor: 'other',
          concepts: [],
          tagType: 'event',
          isClusterDefiner: false,
          context: 'own',
          lastmod: '2021-01-01',
          index: 1,
          validFrom: null,
          validTo: null,
          knownSince: '2021-01-01',
        },
      ],
    });
  });

  it('takes a transaction as a subject and normalises its hash', () => {
    const parsed = parse(pack(`- tx_hash: ${GENESIS_TXID.toUpperCase()}`));
    assert.deepEqual(parsed.tags[0].subject, { kind: 'transaction', txid: GENESIS_TXID });
  });

  it('an old pack without network and confidence is accepted, marked and noted', () => {
    const text = pack(`- address: ${GENESIS}`).replace('network: BTC\n', '').replace('confidence: forensic\n', '');
    const parsed = parse(text);
    assert.equal(parsed.tags[0].network, 'BTC');
    assert.equal(parsed.tags[0].confidence, 'unknown');
    assert.equal(parsed.tags[0].confidenceLevel, 5);
    assert.equal(parsed.tags[0].confidenceDefaulted, true);
    assert.deepEqual(parsed.notes, [
      'network not stated, taken as BTC: 1 of 1 tags',
      'confidence not stated, taken as unknown (level 5): 1 of 1 tags',
    ]);
  });

  it('a stated confidence "unknown" is no default', () => {
    const parsed = parse(pack(`- {address: ${GENESIS}, confidence: unknown}`));
    assert.equal(parsed.tags[0].confidenceDefaulted, false);
    assert.deepEqual(parsed.notes, []);
  });

  it('tags of other chains are left out and counted, by currency and by network', () => {
    const tags = [
      '- {address: Le3gXVa4SshHs3TmdrWNC434ceDQtsjMt8, currency: LTC, network: LTC}',
      `- address: ${GENESIS}`,
      "- {address: '0x7f36D9292e7c70A204faCC2d255475A861487c60', currency: ETH, network: ETH}",
      "- {address: '0xfc1fE66FB63c542A3e4D45305DaB196E5EcA222A', currency: ETH, network: ETH}",
      `- {address: ${BLOCK_1}, currency: USDT}`,
    ].join('\n');
    const parsed = parse(pack(tags));
    assert.deepEqual(
      parsed.tags.map((tag) => [tag.index, tag.subject]),
      [[1, { kind: 'address', address: GENESIS }]],
    );
    assert.deepEqual(parsed.notes, ['not about Bitcoin, left out: 4 of 5 tags (ETH 2, LTC 1, USDT on BTC 1)']);
  });

  it('words outside the taxonomy are kept and noted', () => {
    const parsed = parse(
      pack(`- {address: ${GENESIS}, category: black_list, abuse: rug, concepts: [exchange, x], tag_type: rumour}`),
    );
    assert.equal(parsed.tags[0].category, 'black_list');
    assert.deepEqual(parsed.notes, [
      'words outside the taxonomy were kept: abuse "rug" 1, category "black_list" 1, concept "x" 1, tag_type "rumour" 1',
    ]);
  });

  it('lists 100 unknown words at most and counts the others', () => {
    const concepts = Array.from({ length: 103 }, (_, index) => `w${index}`).join(', ');
    const [note] = parse(pack(`- {address: ${GENESIS}, concepts: [${concepts}]}`)).notes;
    assert.match(note, /, and 3 more$/);
  });

  it('one subject may carry several tags when they differ anywhere', () => {
    const parsed = parse(pack(`- {address: ${GENESIS}, label: A}\n- {address: ${GENESIS}, label: B}`));
    assert.deepEqual(
      parsed.tags.map((tag) => tag.label),
      ['A', 'B'],
    );
  });

  it('an empty pack, an owner and invisible characters are noted', () => {
    assert.deepEqual(parse(pack('  []', 'owner: O')).notes, [
      'the pack holds no tags',
      'owner "O" of the pack was not kept',
    ]);
    const hidden = parse(pack(`- {address: ${GENESIS}, label: "a\\u202Eb"}`));
    assert.deepEqual(hidden.notes, [
      'invisible or direction-changing characters in label, source or actor: 1 of 1 tags',
    ]);
  });

  it('the 14 confidence ids have the levels of the format', () => {
    // From the schema of tagpack-tool.
    const listed =
      'override 100, ownership 100, ledger_immanent 100, manual_transaction 90, service_api 70, forensic_investigation 70, authority_data 60, trusted_provider 50, service_data 50, forensic 50, untrusted_transaction 40, web_crawl 20, heuristic 10, unknown 5';
    const ours = Object.entries(CONFIDENCE_LEVELS).map(([id, level]) => `${id} ${level}`);
    assert.equal(ours.length, 14);
    assert.equal(ours.join(', '), listed);
  });
});

describe('TagPack: refusing', () => {
  // GENESIS with its 5th character changed from P to Q: the checksum cannot hold.
  const badAddress = '1A1zQ1eP5QGefi2DMPTfTL5SLmv7DivfNa';
  const good = `- address: ${GENESIS}`;
  const cases: { what: string; text: string; record?: string; field?: string; says: RegExp }[] = [
    {
      what: 'an unknown confidence',
      text: `- {address: ${GENESIS}, confidence: sure}`,
      field: 'confidence',
      says: /"sure" is no confidence id.*heuristic/,
    },
    {
      what: 'a confidence in upper case',
      text: `- {address: ${GENESIS}, confidence: Forensic}`,
      field: 'confidence',
      says: /no confidence id/,
    },
    {
      what: 'a name from the prototype as confidence',
      text: `- {address: ${GENESIS}, confidence: constructor}`,
      field: 'confidence',
      says: /no confidence id/,
    },
    {
      what: 'a misspelt field',
      text: `- {address: ${GENESIS}, lable: x}`,
      field: 'lable',
      says: /no field "lable"; the fields are .*label/,
    },
    {
      what: 'a field named __proto__',
      text: `- {address: ${GENESIS}, __proto__: {a: b}}`,
      field: '__proto__',
      says: /no field "__proto__"/,
    },
    { what: 'no subject', text: '- label: x', field: 'address', says: /address or tx_hash/ },
    {
      what: 'two subjects',
      text: `- {address: ${GENESIS}, tx_hash: ${GENESIS_TXID}}`,
      field: 'tx_hash',
      says: /not both/,
    },
    { what: 'a wrong checksum', text: `- address: ${badAddress}`, field: 'address', says: /checksum/ },
    {
      what: 'a character that no address has',
      text: `- address: ${GENESIS.replace('z', '0')}`,
      field: 'address',
      says: /character 4/,
    },
    { what: 'a short hash', text: `- tx_hash: ${GENESIS_TXID.slice(1)}`, field: 'tx_hash', says: /63 characters/ },
    {
      what: 'a hash with a letter',
      text: `- tx_hash: g${GENESIS_TXID.slice(1)}`,
      field: 'tx_hash',
      says: /character 1 \("g"\)/,
    },
    { what: 'a label taken back', text: `- {address: ${GENESIS}, label: ''}`, field: 'label', says: /no label/ },
    { what: 'a source of blanks', text: `- {address: ${GENESIS}, source: '  '}`, field: 'source', says: /no source/ },
    {
      what: 'a currency taken back',
      text: `- {address: ${GENESIS}, currency: ~}`,
      field: 'currency',
      says: /no currency/,
    },
    {
      what: 'a label that is a list',
      text: `- {address: ${GENESIS}, label: [a]}`,
      field: 'label',
      says: /must be text, not a list/,
    },
    {
      what: 'concepts that are text',
      text: `- {address: ${GENESIS}, concepts: exchange}`,
      field: 'concepts',
      says: /must be a list/,
    },
    {
      what: 'an empty concept',
      text: `- {address: ${GENESIS}, concepts: [exchange, ~]}`,
      field: 'concepts',
      says: /item 2/,
    },
    {
      what: 'a truth value that is none',
      text: `- {address: ${GENESIS}, is_cluster_definer: yes}`,
      field: 'is_cluster_definer',
      says: /true or false, not "yes"/,
    },
    {
      what: 'a day that never was',
      text: `- {address: ${GENESIS}, lastmod: 2021-02-29}`,
      field: 'lastmod',
      says: /must be a day/,
    },
    {
      what: 'a month 13',
      text: `- {address: ${GENESIS}, lastmod: 2021-13-01}`,
      field: 'lastmod',
      says: /must be a day/,
    },
    {
      what: 'a day the other way round',
      text: `- {address: ${GENESIS}, lastmod: 03.08.2017}`,
      field: 'lastmod',
      says: /must be a day/,
    },
    {
      what: 'an escape sequence in a label',
      text: `- {address: ${GENESIS}, label: "a\\e[2J"}`,
      field: 'label',
      says: /U\+001B.* at character 2/,
    },
    { what: 'a tag that is text', text: '- hello', says: /a tag must be a map/ },
  ];
  for (const { what, text, field, says } of cases) {
    it(`${what}, naming file, tag, line${field === undefined ? '' : ' and field'}`, () => {
      const error = errorOf(() => parse(pack(`- address: ${BLOCK_1}\n${text}`)));
      assert.equal(error.code, 'TAGPACK_INVALID');
      assert.deepEqual(error.place, {
        file: 'pack.yaml',
        record: 'tags[1]',
        ...(field === undefined ? {} : { field }),
      });
      assert.match(error.message, says);
      // 7 header lines, `tags:`, the first tag, then this one.
      assert.match(error.message, /line 10$/);
    });
  }

  it('the same tag twice, naming the first', () => {
    const error = errorOf(() => parse(pack(`${good}\n- address: ${BLOCK_1}\n${good}`)));
    assert.equal(error.code, 'TAGPACK_INVALID');
    assert.equal(error.place.record, 'tags[2]');
    assert.match(error.message, /repeats tags\[0\]/);
  });

  it('a header without title or creator, with an unknown field, without a list of tags', () => {
    for (const [text, field] of [
      [pack(good).replace('title: T\n', ''), 'title'],
      [pack(good).replace('creator: C\n', ''), 'creator'],
      [pack(good, 'autor: me'), 'autor'],
      ['title: T\ncreator: C\n', 'tags'],
      ['title: T\ncreator: C\ntags: none\n', 'tags'],
      [pack(good, 'is_public: maybe'), 'is_public'],
    ]) {
      const error = errorOf(() => parse(text));
      assert.equal(error.code, 'TAGPACK_INVALID');
      assert.deepEqual(error.place, { file: 'pack.yaml', field });
    }
    assert.match(errorOf(() => parse('- a\n')).message, /a TagPack is a map/);
    assert.match(errorOf(() => parse('')).message, /a TagPack is a map/);
  });

  it('a mandatory field that is nowhere names the tag that lacks it', () => {
    const error = errorOf(() => parse(pack(good).replace('label: L\n', '')));
    assert.deepEqual(error.place, { file: 'pack.yaml', record: 'tags[0]', field: 'label' });
  });

  it('on request a wrong tag is left out with its reason, and the rest is read', () => {
    const parsed = parse(pack(`- address: ${badAddress}\n${good}\n- lable: x`), { onBadTag: 'skip' });
    assert.deepEqual(
      parsed.tags.map((tag) => tag.index),
      [1],
    );
    assert.equal(parsed.notes.length, 2);
    assert.match(parsed.notes[0], /^tags\[0\], address was left out: .*line 9$/);
    assert.match(parsed.notes[1], /^tags\[2\], lable was left out: .*line 11$/);
  });

  it('lists at most 20 wrong tags and counts the others', () => {
    const wrong = Array.from({ length: 25 }, () => '- label: x').join('\n');
    const parsed = parse(pack(wrong), { onBadTag: 'skip' });
    assert.equal(parsed.notes.length, 21);
    assert.equal(parsed.notes[20], '5 more tags were left out for errors');
  });

  it('an error that is no SpoorError passes untouched', () => {
    const bug = new TypeError('bug in a codec');
    const checkAddress = (): never => {
      throw bug;
    };
    assert.throws(() => parse(pack(good), { checkAddress, onBadTag: 'skip' }), bug);
  });
});
