/** Actors and campaigns: the bundled packs, the dossier over the bundled case, ActorPacks there and back, and wrong packs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  actorDocument,
  actorList,
  campaignsOf,
  demo,
  exportActors,
  importPacks,
  tagsOf,
  withCase,
} from '../../src/case/index.ts';
import { type ParsedTags, readTagFile, TagText } from '../../src/tag/index.ts';
import { projectPath } from '../support/shared-data.ts';
import { codec, errorOf, GENESIS } from '../tag/support.ts';

const V2 = '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw';

function read(text: string): ParsedTags {
  const options = {
    name: 'a.yaml',
    keepGoing: false,
    chains: 'all' as const,
    knownSince: null,
    map: null,
    checkAddress: codec,
  };
  return readTagFile('actorpack', new TagText(text, options.name), options);
}

describe('actors and campaigns', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'actors-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('the bundled packs: eleven campaigns, every line with a source, wallets found as tags', () => {
    withCase(join(folder, 'a.spoor'), { create: true }, (context) => {
      const outcomes = importPacks(context, [projectPath('samples/actors')]);
      assert.deepEqual(
        outcomes.map(({ notes, refused }) => [notes, refused]),
        [
          [[], []],
          [[], []],
        ],
      );
      const campaigns = actorList(context).filter(({ kind }) => kind === 'campaign');
      assert.equal(campaigns.length, 11);
      for (const { id } of campaigns) {
        const [campaign] = actorDocument(context, id).campaigns;
        const said = [...campaign.attributions, ...campaign.victims, ...campaign.statements, ...campaign.wallets];
        assert.ok(said.length > 1 && said.every(({ source }) => source.length > 5), id);
      }
      const [wallet] = tagsOf(context, '0x098b716b8aaf21512996dc57eb0615e2383e2f96');
      assert.deepEqual([wallet.label, wallet.abuse], ['Ronin bridge theft', 'service_hack']);
    });
  });

  it('the dossier of the group behind WannaCry names wallets, amounts traced and exchanges reached, each with its word', () => {
    withCase(join(folder, 'b.spoor'), { create: true }, (context) => {
      const report = demo(context);
      importPacks(context, [projectPath('samples/actors')]);
      const document = actorDocument(context, 'hidden cobra');
      assert.equal(document.actors[0].id, 'lazarusgroup');
      const wannacry = document.campaigns.find(({ id }) => id === 'wannacry-v2');
      assert.deepEqual(
        wannacry?.attributions.map(({ certainty }) => certainty),
        ['attributed', 'attributed'],
      );
      const traced = wannacry?.traced ?? [];
      assert.ok(traced.length > 0);
      for (const row of traced) {
        // The books of the run itself, as the trace printed them.
        const book = report.trace.rules
          .find(({ rule }) => rule === row.rule)
          ?.books.find(({ label }) => label === row.label);
        assert.deepEqual([row.seeded, row.stopped, row.certainty], [book?.seeded, book?.stopped, 'derived']);
        const reached = row.services.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
        assert.ok(reached <= BigInt(row.stopped));
      }
      const names = new Set(traced.flatMap(({ services }) => services.map(({ name }) => name)));
      assert.ok(names.size > 0 && [...names].some((name) => /hitbtc/i.test(name)), [...names].join());
      const [own] = campaignsOf(context, V2);
      assert.deepEqual(
        [own.id, own.attributions[0].actor, own.attributions[0].certainty],
        ['wannacry-v2', 'lazarusgroup', 'attributed'],
      );
      assert.equal(errorOf(() => actorDocument(context, 'nobody')).code, 'NOT_FOUND');
    });
  });

  it('an ActorPack there and back', () => {
    const text =
      "title: T\ncreator: C\nlastmod: '2023-02-17'\nactors:\n- id: a\n  label: A\n  uri: a.org\n  jurisdictions: [AT]\n  categories: [exchange]\n  aliases: [b]\n  context:\n    refs: [x.org]\n";
    const first = read(text);
    withCase(join(folder, 'c.spoor'), { create: true }, (context) => {
      const path = join(folder, 'pack.yaml');
      writeFileSync(path, text);
      importPacks(context, [path]);
      assert.deepEqual(read(exportActors(context)).actors, first.actors);
    });
    assert.deepEqual(first.actors?.[0].context, '{"refs":["x.org"]}');
  });

  it('wrong packs are refused with the place', () => {
    const campaign = (fields: string): string =>
      `title: T\ncreator: C\ncampaigns:\n- {id: c, label: C, kind: ransomware, ${fields}}\n`;
    const wallet = (address: string, word: string): string =>
      campaign(`wallets: [{address: ${address}, currency: BTC, role: r, certainty: ${word}, source: s}]`);
    assert.equal(read(wallet(GENESIS, 'observed')).tags.length, 1);
    const cases: [string, RegExp, string | undefined][] = [
      [wallet(GENESIS, 'certain'), /no word of certainty/, 'campaigns[0]'],
      [wallet('nonsense', 'observed'), /not a Bitcoin address|has the form|is not/, 'campaigns[0]'],
      [campaign('from: 2020-01-02, to: 2020-01-01'), /cannot end/, 'campaigns[0]'],
      [campaign('victims: [{text: x, certainty: reported}]'), /has no source/, 'campaigns[0]'],
      ['title: T\ncreator: C\nactors:\n- {id: a, label: A}\n- {id: a, label: B}\n', /given twice/, 'actors[1]'],
      ['schema: spoor.actors/2\ntitle: T\ncreator: C\nactors: []\n', /the schema is/, undefined],
    ];
    for (const [text, message, record] of cases) {
      const error = errorOf(() => read(text));
      assert.match(error.message, message);
      assert.equal(error.place.record, record);
    }
  });
});
