/** Every format of tags by a small file of it, and what strangers put into them (ux-and-trust 6.3). Expected values by hand from the text shown. */
import assert from 'node:assert/strict';
import {
  type ParsedTags,
  readTagFile,
  subjectText,
  type TagFileOptions,
  TagText,
  tagFormatOf,
} from '../../src/tag/index.ts';
import { BLOCK_1, codec, errorOf, GENESIS } from './support.ts';

const ETHER = '0xd4b88df4d29f5cedd6857912842cff3b20c8cfa3';
const TRON = 'TUCsTq7TofTCJRRoHk6RvhMoS2mJLm5Yzq';

function read(text: string, name: string, more: Partial<TagFileOptions> = {}): ParsedTags {
  const options: TagFileOptions = {
    ...{ name, keepGoing: true, chains: 'all', knownSince: null, map: null },
    ...more,
    checkAddress: codec,
  };
  const file = new TagText(text, name);
  return readTagFile(tagFormatOf(file), file, options);
}

const readXml = (text: string): ParsedTags =>
  readTagFile('ofac-xml', new TagText(text, 'sdn.xml'), {
    ...{ name: 'sdn.xml', keepGoing: true, chains: 'all', knownSince: null, map: null },
    checkAddress: codec,
  });

const brief = ({ tags }: ParsedTags): string[] =>
  tags.map((tag) =>
    [subjectText(tag.subject), tag.network, tag.currency, tag.label, tag.category ?? tag.abuse ?? '-'].join(' '),
  );

const SDN_XML = (entry: string, doctype = ''): string => `<?xml version="1.0" standalone="yes"?>${doctype}
<sdnList xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML">
<publshInformation><Publish_Date>09/27/2024</Publish_Date><Record_Count>1</Record_Count></publshInformation>
<sdnEntry><uid>36</uid><firstName>A</firstName><lastName>B &amp; C</lastName><programList><program>CYBER2</program></programList>
<idList><id><uid>1</uid><idType>Digital Currency Address - XBT</idType><idNumber>${entry}</idNumber></id>
<id><uid>2</uid><idType>Passport</idType><idNumber>X1</idNumber></id>
<id><uid>3</uid><idType>Digital Currency Address - USDT</idType><idNumber>${TRON}</idNumber></id></idList></sdnEntry></sdnList>`;

const ADVANCED = `<?xml version="1.0"?><Sanctions xmlns="http://www.un.org/x"><DateOfIssue><Year>2024</Year><Month>9</Month><Day>27</Day></DateOfIssue>
<ReferenceValueSets><FeatureTypeValues><FeatureType ID="7" FeatureTypeGroupID="1">Digital Currency Address - XBT</FeatureType>
<FeatureType ID="8" FeatureTypeGroupID="1">Birthdate</FeatureType></FeatureTypeValues></ReferenceValueSets>
<DistinctParties><DistinctParty FixedRef="25308"><Profile ID="9"><Identity><Alias Primary="true"><DocumentedName><DocumentedNamePart>
<NamePartValue>SUEX OTC</NamePartValue></DocumentedNamePart></DocumentedName></Alias><Alias Primary="false"><DocumentedName><DocumentedNamePart>
<NamePartValue>OTHER</NamePartValue></DocumentedNamePart></DocumentedName></Alias></Identity>
<Feature ID="1" FeatureTypeID="7"><FeatureVersion ID="2"><VersionDetail DetailTypeID="1">${GENESIS}</VersionDetail></FeatureVersion></Feature>
<Feature ID="3" FeatureTypeID="8"><FeatureVersion ID="4"><VersionDetail DetailTypeID="1">1970</VersionDetail></FeatureVersion></Feature>
</Profile></DistinctParty></DistinctParties><SanctionsEntries><SanctionsEntry ID="5" ProfileID="9"><SanctionsMeasure><Comment>CYBER2</Comment>
</SanctionsMeasure></SanctionsEntry></SanctionsEntries></Sanctions>`;

describe('formats of tags', () => {
  it('OFAC: csv remarks, xml and advanced xml give the same addresses; the type of a feature is found by its name', () => {
    const csv = `36,"A B",-0- ,"CYBER2] [OFAC",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1970; Digital Currency Address - XBT ${GENESIS}; alt. Digital Currency Address - ETH ${ETHER}; Gender Male."\r\n\u001a`;
    assert.deepEqual(brief(read(csv, 'sdn.csv')), [`${GENESIS} BTC BTC A B sanction`, `${ETHER} ETH ETH A B sanction`]);
    assert.equal(read(csv, 'sdn.csv').tags[0].context, '{"uid":"36","programs":["CYBER2","OFAC"]}');
    const xml = read(SDN_XML(GENESIS), 'sdn.xml');
    assert.deepEqual(brief(xml), [`${GENESIS} BTC BTC A B & C sanction`, `${TRON} TRX USDT A B & C sanction`]);
    assert.deepEqual(
      [xml.list, xml.tags[0].knownSince],
      [{ series: 'ofac-sdn', covers: '*', listed: '2024-09-27' }, '2024-09-27'],
    );
    const advanced = read(ADVANCED, 'sdn_advanced.xml');
    assert.deepEqual(brief(advanced), [`${GENESIS} BTC BTC SUEX OTC sanction`]);
    assert.equal(advanced.tags[0].context, '{"uid":"25308","programs":["CYBER2"]}');
    assert.equal(advanced.list?.listed, '2024-09-27');
  });

  it('OFAC plain list: the code is in the name, a token is told by its address, a wrong line is named and the rest read', () => {
    const { tags, refused } = read(`${TRON}\n${ETHER}\n1nonsense\n`, 'sanctioned_addresses_USDT.txt');
    assert.deepEqual(
      tags.map(({ network, currency }) => [network, currency]),
      [
        ['TRX', 'USDT'],
        ['ETH', 'USDT'],
        ['USDT', 'USDT'],
      ],
    );
    assert.deepEqual(refused, []);
    const wrong = read(`${TRON}\n${GENESIS}\n`, 'sanctioned_addresses_XBT.txt');
    assert.deepEqual([wrong.refused[0].record, wrong.refused[0].field, wrong.tags.length], ['line 1', 'address', 1]);
    assert.match(wrong.notes.join(), /states no day/);
    const error = errorOf(() => read(`${TRON}\n`, 'sanctioned_addresses_XBT.txt', { keepGoing: false }));
    assert.deepEqual([error.code, error.place.record, error.place.field], ['TAGPACK_INVALID', 'line 1', 'address']);
  });

  it('an asset code nobody knows is counted and kept as text', () => {
    const { tags, notes } = read('anything\n', 'sanctioned_addresses_QQQ.txt');
    assert.deepEqual([tags[0].subject, tags[0].network], [{ kind: 'other', text: 'anything' }, 'QQQ']);
    assert.match(notes.join(), /QQQ 1/);
  });

  it('ransomwhe.re: family, day reported, other fields left; a script in a field is text, a wrong record is refused alone', () => {
    const script = '<script>alert(1)</script>';
    const rows = [
      {
        address: GENESIS,
        family: script,
        blockchain: 'bitcoin',
        createdAt: '2021-07-08T01:02:03.000Z',
        balance: 5,
        transactions: [],
      },
      { address: script, family: 'X', blockchain: 'bitcoin' },
      { address: { $gt: '' }, family: 'X' },
    ];
    const { tags, refused } = read(JSON.stringify({ result: rows }), 'export.json');
    assert.deepEqual(
      tags.map(({ label, abuse, knownSince }) => [label, abuse, knownSince]),
      [[script, 'ransomware', '2021-07-08']],
    );
    assert.deepEqual(
      refused.map(({ record, field }) => [record, field]),
      [
        ['result[1]', 'address'],
        ['result[2]', 'address'],
      ],
    );
  });

  it('Etherscan: combined labels, and a file named after its label', () => {
    const combined = JSON.stringify({ [ETHER]: { name: 'Pool', labels: ['tornado-cash', 'odd'] } });
    assert.deepEqual(brief(read(combined, 'combinedAccountLabels.json')), [`${ETHER} ETH ETH Pool mixing_service`]);
    assert.deepEqual(brief(read(JSON.stringify({ [ETHER]: 'Upbit 2' }), 'upbit.json')), [
      `${ETHER} ETH ETH Upbit 2 exchange`,
    ]);
  });

  it('MISP: addresses among attributes and objects; the symbol of an object is its code', () => {
    const event = {
      uuid: 'u',
      info: 'Wave',
      date: '2020-01-02',
      Attribute: [
        { type: 'btc', category: 'Financial fraud', value: GENESIS, uuid: 'a' },
        { type: 'url', value: 'x' },
      ],
      Object: [
        {
          Attribute: [
            { type: 'text', object_relation: 'symbol', value: 'ETH' },
            { type: 'text', object_relation: 'address-crypto', value: ETHER },
          ],
        },
      ],
    };
    const parsed = read(JSON.stringify({ Event: event }), 'misp.json');
    assert.deepEqual(brief(parsed), [`${GENESIS} BTC BTC Wave financial_crime`, `${ETHER} ETH ETH Wave -`]);
    assert.equal(parsed.tags[0].knownSince, '2020-01-02');
    assert.match(parsed.notes.join(), /no addresses: 2/);
  });

  it('curated CSV: comments, the kind told by the name of the file, lines counted from the top of the file', () => {
    const text = `# a comment, with a comma\naddress,entity,source\n# another\n${GENESIS},"Acme, Inc",book\nnonsense,Acme,book\n${GENESIS},"Acme, Inc",book\n`;
    const { tags, refused, notes } = read(text, 'exchange-tier9.csv');
    assert.deepEqual(
      tags.map(({ label, source, category }) => [label, source, category]),
      [['Acme, Inc', 'book', 'exchange']],
    );
    assert.deepEqual(
      refused.map(({ record, field }) => [record, field]),
      [
        ['line 5', 'currency'],
        ['line 6', 'address'],
      ],
    );
    assert.match(refused[1].message, /repeats line 4/);
    assert.match(notes.join(), /from the name of the file.*exchange/);
  });

  it('WalletExplorer: the wallet stands in a comment', () => {
    const text = `"#Wallet Huobi.com. Updated to block 486000"\naddress,balance,incoming txs,last used in block\n${GENESIS},0.1,3,5\n`;
    const { tags } = read(text, 'wallet.csv');
    assert.deepEqual([tags[0].label, tags[0].source], ['Huobi.com', 'https://www.walletexplorer.com/wallet/Huobi.com']);
  });

  it('any CSV by a mapping, columns by name or number, fixed texts after a colon; a wrong mapping is a usage error', () => {
    const text = `who;x,ADDR,since\nA,${GENESIS},2020-01-01\nB,${BLOCK_1},2020-13-01\n`;
    const map = 'address=2,label=who;x,source=:me,valid_from=since';
    const { tags, refused } = read(text, 'any.csv', { map });
    assert.deepEqual(
      tags.map(({ label, source, validFrom }) => [label, source, validFrom]),
      [['A', 'me', '2020-01-01']],
    );
    assert.deepEqual(
      refused.map(({ record, field }) => [record, field]),
      [['line 3', 'valid_from']],
    );
    for (const wrong of ['address=2', 'address=2,label=none', 'adress=2,label=1'])
      assert.equal(errorOf(() => read(text, 'any.csv', { map: wrong })).code, 'USAGE');
    assert.equal(errorOf(() => read('a,b\n1,2\n', 'any.csv')).code, 'FORMAT_UNKNOWN');
  });

  it('what is no format is said', () => {
    for (const text of ['', 'hello', '{"a":1}', '<html></html>', '\u0000\u0001'])
      assert.equal(errorOf(() => tagFormatOf(new TagText(text, 'x'))).code, 'FORMAT_UNKNOWN');
  });
});

describe('hostile files of tags', () => {
  it('any DOCTYPE is refused: billion laughs, external entities, one hidden behind a long comment; so are unknown entities', () => {
    const laughs = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>';
    for (const doctype of [
      laughs,
      '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
      `<!--${'x'.repeat(200_000)}-->${laughs}`,
      '<!doctype x>',
    ]) {
      assert.equal(errorOf(() => readXml(SDN_XML(GENESIS, doctype))).code, 'TAGPACK_INVALID');
    }
    assert.equal(errorOf(() => read(SDN_XML('&b;'), 'sdn.xml')).code, 'TAGPACK_INVALID');
    assert.equal(errorOf(() => read('<!DOCTYPE html><x/>', 'x.xml')).code, 'TAGPACK_INVALID');
  });

  it('a million character references and deep nesting end in time', () => {
    assert.equal(read(SDN_XML('&#65;'.repeat(100_000)), 'sdn.xml').refused.length, 1);
    assert.equal(errorOf(() => read(SDN_XML('&#65;'.repeat(1_000_001)), 'sdn.xml')).code, 'TAGPACK_INVALID');
    assert.match(errorOf(() => read(`<sdnList>${'<a>'.repeat(100_000)}`, 'sdn.xml')).message, /nested deeper/);
  }).timeout(10_000);

  it('names of parts of objects are refused in JSON, and mean nothing in YAML and CSV', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const error = errorOf(() =>
        read(`{"result":[{"${key}":{"polluted":1},"address":"${GENESIS}","family":"x"}]}`, 'export.json'),
      );
      assert.match(error.message, new RegExp(`${key} is refused`));
      assert.equal(
        errorOf(() => read(`title: T\ncreator: C\n${key}: x\ntags: []\n`, 'p.yaml')).code,
        'TAGPACK_INVALID',
      );
      assert.equal(read(`address,entity,source\n${GENESIS},${key},${key}\n`, 'x.csv').tags[0].label, key);
    }
    assert.equal(Object.getOwnPropertyDescriptor(Object.prototype, 'polluted'), undefined);
  });

  it('text that turns or hides itself is kept and counted; control characters are refused with their code point', () => {
    const { notes } = read(`address,entity,source\n${GENESIS},a\u202eb,s\n${BLOCK_1},a\u200bb,s\n`, 'x.csv');
    assert.match(notes.join(), /invisible or direction-changing.*2 of 2/);
    const { refused } = read(`address,entity,source\n${GENESIS},a\u001b[31m,s\n`, 'x.csv');
    assert.match(refused[0].message, /U\+001B/);
  });

  it('a look-alike letter in an address does not pass', () => {
    // The Cyrillic A (U+0410) in place of the Latin one.
    const { refused } = read(`address,entity,source,currency\n${GENESIS.replace('A', '\u0410')},x,s,BTC\n`, 'x.csv');
    assert.equal(refused.length, 1);
  });

  it('JSON nested without end is refused before anything walks it; a byte order mark before JSON is none of it', () => {
    for (const text of [
      `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
      `{"result":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_001)}`,
    ])
      assert.match(errorOf(() => read(text, 'export.json')).message, /nested deeper than 40/);
    const { tags } = read(`\uFEFF{"result":[{"address":"${GENESIS}","family":"x"}]}`, 'export.json');
    assert.equal(tags.length, 1);
  }).timeout(10_000);

  it('half a character in a field is refused: the case could not keep it', () => {
    const half = `{"address":"${GENESIS}","family":"a\\ud800b"}`;
    const { tags, refused } = read(
      `{"result":[${half},{"address":"${BLOCK_1}","family":"\\ud83d\\ude00"}]}`,
      'export.json',
    );
    assert.deepEqual(refused, [
      { record: 'result[0]', field: 'label', message: 'label holds half a character (U+D800) at character 2' },
    ]);
    assert.deepEqual(
      tags.map(({ label }) => label),
      ['\u{1F600}'],
    );
  });

  it('a control character in what a file calls itself is refused', () => {
    const text = JSON.stringify({ net: 'eth', name: 'a\u001b[31m', source: [{ address: ETHER }], target: [] });
    assert.equal(errorOf(() => read(text, 'case.json', { keepGoing: false })).code, 'TAGPACK_INVALID');
    assert.match(
      errorOf(() => read(text.replace('"source":[{', '"source":[],"x":[{'), 'case.json')).message,
      /title holds a control character/,
    );
  });

  it('broken OFAC files: a quote that never closes, and a day of the list that is none, are told with the file', () => {
    const csv = errorOf(() => read(`36,"A","x","P",-0- ,-0-\n37,"B\n`, 'sdn.csv'));
    assert.deepEqual([csv.code, csv.place.file], ['TAGPACK_INVALID', 'sdn.csv']);
    for (const day of ['13/45/2024', '<b/>', 'soon', '2024-02-30'])
      assert.equal(
        errorOf(() => read(SDN_XML(GENESIS).replace('09/27/2024', day), 'sdn.xml')).code,
        'TAGPACK_INVALID',
        day,
      );
    assert.equal(
      errorOf(() => read(ADVANCED.replace('<Month>9<', '<Month>13<'), 'sdn_advanced.xml')).code,
      'TAGPACK_INVALID',
    );
  });

  it('a claim that would never hold is refused', () => {
    const rows = [
      `${GENESIS},x,s,2020-01-02,2020-01-01`,
      `${GENESIS},x,s,2020-01-02,2020-01-02`,
      `${GENESIS},x,s,2020-01-02,2020-01-03`,
    ];
    const map = 'address=1,label=2,source=3,valid_from=4,valid_to=5';
    const { tags, refused } = read(['address,label,source,from,to', ...rows].join('\n'), 'x.csv', { map });
    assert.deepEqual(
      [tags.length, ...refused.map(({ record, field }) => `${record} ${field}`)],
      [1, 'line 2 valid_to', 'line 3 valid_to'],
    );
  });
});
