/** Dossiers over an account chain, and text of strangers in dossiers and reports of traces. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ActorDocument, actorDocument, loadAccountTrace, withCase } from '../../src/case/index.ts';
import { dossierText } from '../../src/cli/command-actor.ts';
import { type AccountReport, renderAccount } from '../../src/report/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';

const ETHER = 10n ** 18n;
const who = (digit: string): string => `0x${digit.repeat(40)}`;
const hash = (digit: string): string => `0x${digit.repeat(64)}`;

// Markup, a handler, a formula, right-to-left override, zero width space, Markdown emphasis, a link and a table cell.
const XSS = '<script>alert(1)</script><img src=x onerror=alert(2)>';
const HIDDEN = 'gnp\u202eexe\u200b';
const HOSTILE = `=1+1 ${XSS} ${HIDDEN} **b** [l](javascript:x) | c`;

describe('dossiers over accounts', () => {
  let document: ActorDocument;
  let report: AccountReport;
  before(() => {
    const folder = freshFolder();
    const rows = [
      [hash('4'), who('a'), who('e'), 2n * ETHER, 1_600_000_009, 9],
      [hash('1'), who('a'), who('c'), 6n * ETHER, 1_600_000_010, 10],
      [hash('2'), who('c'), who('d'), 4n * ETHER, 1_600_000_011, 11],
      [hash('3'), who('c'), who('e'), ETHER, 1_600_000_012, 12],
    ].map((row) => [...row, '', '', 0, 0, 0].join(','));
    const heads = 'hash,from,to,value,timeStamp,blockNumber,tokenSymbol,contractAddress,isError,gasPrice,gasUsed';
    writeFileSync(join(folder, 'rows.csv'), `${[heads, ...rows].join('\n')}\n`);
    const quoted = JSON.stringify(HOSTILE);
    writeFileSync(
      join(folder, 'pack.yaml'),
      `schema: spoor.actors/1\ntitle: T\ncreator: C\nactors:\n- {id: g, label: ${quoted}, sources: [${quoted}]}\ncampaigns:\n- id: heist\n  label: ${quoted}\n  kind: service_hack\n  attributions: [{actor: g, certainty: reported, source: ${quoted}}]\n  wallets:\n  - {address: "${who('c')}", currency: ETH, role: theft, certainty: reported, source: s}\n  statements: [{text: ${quoted}, certainty: reported, source: s}]\n`,
    );
    writeFileSync(
      join(folder, 'tags.yaml'),
      `title: T\ncreator: C\nnetwork: ETH\ncurrency: ETH\nsource: ${quoted}\nconfidence: service_data\ntags:\n- {address: "${who('d')}", label: ${quoted}, category: exchange}\n`,
    );
    const run = (...args: string[]): void => {
      const { status, stderr } = spoor(folder, ...args, '--quiet');
      assert.equal(status, 0, stderr);
    };
    run('ingest', 'rows.csv');
    run('tag', 'import', 'pack.yaml', 'tags.yaml');
    run('trace', '--seed', `Loot=${hash('1')}`, '--seed', `Other=${hash('4')}`, '--rule', 'haircut');
    const file = join(folder, 'case.spoor');
    withCase(file, { create: false }, (context) => {
      document = actorDocument(context, 'heist');
      ({ report } = loadAccountTrace(context, null));
    });
    rmSync(folder, { recursive: true });
  });

  it('amounts and services reached come from runs over accounts too, and only from labels of its wallets', () => {
    // By hand: 6 ether arrive at C; 4 of them stop at the exchange D. Other is 2 ether seeded on E, no wallet of the campaign.
    const rows = document.campaigns[0].traced;
    assert.deepEqual(new Set(rows.map(({ label }) => label)), new Set(['Loot']));
    const [row] = rows;
    assert.deepEqual([row.chain, row.asset, row.rule, row.certainty], ['ethereum', 'native', 'haircut', 'derived']);
    assert.deepEqual([row.seeded, row.stopped], [String(6n * ETHER), String(4n * ETHER)]);
    assert.deepEqual(row.services, [{ name: HOSTILE, amount: String(4n * ETHER), outputs: 1, certainty: 'inferred' }]);
    assert.match(dossierText(document), /6000000000000000000 wei traced, 4000000000000000000 stopped/);
  });

  const hidden = /[\u202e\u200b]/;

  it('a hostile label in the dossier: nothing hidden is left in the text', () => {
    const text = dossierText(document);
    assert.ok(text.includes('gnp[U+202E]exe[U+200B]'));
    assert.doesNotMatch(text, hidden);
  });

  it('a hostile label in the HTML of a trace: no element, no handler, nothing hidden', () => {
    const page = renderAccount(report, 'html');
    assert.ok(page.includes('&lt;script&gt;alert(1)') && page.includes('gnp[U+202E]exe[U+200B]'));
    assert.doesNotMatch(page, /<script|<img/i);
    assert.doesNotMatch(page, hidden);
  });

  it('a hostile label in the Markdown of a trace: no markup, no link, no cell more', () => {
    const text = renderAccount(report, 'md');
    assert.ok(text.includes('gnp\\[U+202E\\]exe\\[U+200B\\]'), text.slice(0, 3000));
    assert.doesNotMatch(text, /(^|[^\\])<(script|img)/im);
    assert.doesNotMatch(text, /[^\\]\*\*b|[^\\]\]\(javascript|[^\\]\| c[ ;]/);
    assert.doesNotMatch(text, hidden);
  });

  it('a hostile label in the text of a trace: nothing hidden', () => {
    const text = renderAccount(report, 'text');
    assert.ok(text.includes('gnp[U+202E]exe[U+200B]'));
    assert.doesNotMatch(text, hidden);
  });

  it('a hostile label in the CSV of a trace: no formula, nothing hidden', () => {
    const text = renderAccount(report, 'csv');
    assert.ok(text.includes("'=1+1") && text.includes('gnp[U+202E]exe[U+200B]'));
    assert.doesNotMatch(text, /(^|[,"\n])=1/);
    assert.doesNotMatch(text, hidden);
  });
});
