import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { isServiceCategory, type ParsedTagPack, settleTags, subjectText, type Tag } from '../../src/tag/index.ts';
import { itWithData, projectPath, sharedData } from '../support/shared-data.ts';
import { errorOf, parse } from './support.ts';

const PACKS = 'labels-graphsense-tagpacks/packs';

function textOf(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

function sample(name: string): ParsedTagPack {
  return parse(textOf(projectPath(`samples/wannacry/tags/${name}`)), { name });
}

const bySubject = (tags: readonly Tag[]): Map<string, Tag> =>
  new Map(tags.map((tag) => [subjectText(tag.subject), tag]));

describe('the sample packs of WannaCry', () => {
  const v2 = [
    '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn',
    '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw',
    '13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94',
  ];
  const v1 = ['1QAc9S5EmycqjzzWDc1yiWzr9jJLC8sLiY', '15zGqZCTcys6eCjDkE3DypCjXi6QWRV6V1'];

  it('hold the three wallets of version 2 and the two of version 1, each with source and confidence', () => {
    const pack = sample('wannacry-wallets.yaml');
    assert.deepEqual(pack.notes, []);
    assert.deepEqual(
      pack.tags.map((tag) => [subjectText(tag.subject), tag.label]),
      [...v2.map((address) => [address, 'WannaCry v2']), ...v1.map((address) => [address, 'WannaCry v1'])],
    );
    for (const tag of pack.tags) {
      assert.equal(tag.abuse, 'ransomware');
      assert.equal(tag.confidence, 'forensic');
      assert.match(tag.source, /^https:\/\//);
      assert.equal(isServiceCategory(tag.category, tag.concepts), false);
    }
  });

  it('name the exchanges with low confidence, as services, and do not spread to clusters', () => {
    const pack = sample('exchange-deposits.yaml');
    assert.deepEqual(pack.notes, []);
    assert.equal(pack.tags.length, 4);
    for (const tag of pack.tags) {
      assert.equal(isServiceCategory(tag.category, tag.concepts), true);
      assert.equal(tag.isClusterDefiner, false);
      assert.ok(tag.confidenceLevel <= 20, tag.label);
      assert.ok(tag.context !== null && tag.lastmod !== null);
    }
  });

  itWithData('agree with the WalletExplorer answers they cite', 'wannacry-2017', () => {
    const name = 'walletexplorer.12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw.txs_outs.json.gz';
    const answers: { out: { address: string; label?: string }[] }[] = JSON.parse(
      textOf(sharedData(`wannacry-2017/${name}`)),
    );
    const outputs = answers.flatMap((answer) => answer.out);
    const named = new Map(outputs.flatMap(({ address, label }) => (label === undefined ? [] : [[address, label]])));
    const ours = sample('exchange-deposits.yaml').tags.filter((tag) => tag.source.includes('bitcoin-seed-extract'));
    assert.deepEqual(new Map(ours.map((tag) => [subjectText(tag.subject), tag.label])), named);
    assert.equal(named.size, 3);
  });

  itWithData('agree with the two public ransomware packs, which carry no conflict among them', PACKS, function () {
    this.timeout(20_000);
    const ours = sample('wannacry-wallets.yaml').tags;
    const published = ['ransomware.yaml.gz', 'ransomwhere.yaml.gz'].map((name) =>
      bySubject(parse(textOf(sharedData(`${PACKS}/${name}`)), { name }).tags),
    );
    for (const tag of ours) {
      const others = published.map((tags) => tags.get(subjectText(tag.subject)));
      for (const other of others) {
        assert.ok(other !== undefined);
        assert.equal(other.label.toLowerCase(), 'wannacry');
      }
      const settled = settleTags([tag, ...others.filter((other) => other !== undefined)]);
      assert.equal(settled.all.length, 3);
      assert.equal(settled.conflict, false);
    }
  });
});

/** Above this, packed, lie the three largest packs. */
const SMALL_PACK_BYTES = 500_000;

describe('49 public packs of GraphSense', () => {
  // The largest packs take most of the time and differ from the others in length only: they are read where CI is set, or ALL_PACKS.
  const everyPack = process.env.CI === 'true' || process.env.ALL_PACKS !== undefined;

  itWithData(
    `are read, ${everyPack ? 'all 49' : 'the smaller ones (ALL_PACKS=1 for all)'}; two hold wrong addresses and are refused by default`,
    PACKS,
    function () {
      this.timeout(60_000);
      const all = readdirSync(sharedData(PACKS)).sort();
      assert.equal(all.length, 49);
      const names = all.filter((name) => everyPack || statSync(sharedData(`${PACKS}/${name}`)).size < SMALL_PACK_BYTES);
      let bitcoin = 0;
      let skipped = 0;
      const faulty: string[] = [];
      for (const name of names) {
        const text = textOf(sharedData(`${PACKS}/${name}`));
        const pack = parse(text, { name, onBadTag: 'skip' });
        bitcoin += pack.tags.length;
        const wrong = pack.notes.filter((note) => note.includes('was left out'));
        skipped += wrong.length;
        if (wrong.length === 0) continue;
        const error = errorOf(() => parse(text, { name }));
        faulty.push(`${error.place.file} ${error.place.record} ${error.place.field}`);
      }
      // ofac.yaml gives a Tron address as BTC; plustoken.yaml has one address of 35 characters and one in lower case.
      assert.deepEqual(faulty, ['ofac.yaml tags[530] address', 'plustoken.yaml tags[0] address']);
      assert.equal(skipped, 3);
      // 141,101 tags with currency BTC, counted with PyYAML, an independent reader; three of them have wrong addresses.
      if (everyPack) assert.equal(bitcoin, 141_101 - 3);
      else assert.ok(bitcoin > 0);
    },
  );
});
