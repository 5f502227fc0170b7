/** The verb `screen` on the bundled case: what a deposit is exposed to, against the trace forward from the wallets. */
import assert from 'node:assert/strict';
import { replayScreening, screeningText, screenSubject } from '../../src/case/index.ts';
import type { Method, Screening } from '../../src/screen/index.ts';
import { spoor } from '../support/cli.ts';
import { demoFolder } from '../support/demo-case.ts';
import { assertSound } from '../support/screening.ts';
import { projectPath } from '../support/shared-data.ts';

const HITBTC = '131551e35e7a644b76ea5366f744313bff3f959207c416f7b7b7f9b1cc90b0a3';
const POLONIEX = '36ef488e59d719fb906254aed61bfe46e8f64778bc6cac97e56a68c241004c28';
const WALLETS = {
  '12t9': '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw',
  '13AM4': '13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94',
  '115p7': '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn',
};

/** Satoshi of each wallet on an output, from the trace forward: labels are the wallets, small receipts under a label of their own. */
function forward(trace: string, rule: string, outpoint: string): Map<string, bigint> {
  const document = JSON.parse(trace) as {
    rules: Array<{ rule: string; holdings: Array<{ outpoint: string; taint: Record<string, string> }> }>;
  };
  const holding = document.rules.find((one) => one.rule === rule)?.holdings.find((one) => one.outpoint === outpoint);
  assert.ok(holding);
  const byWallet = new Map<string, bigint>();
  for (const [label, amount] of Object.entries(holding.taint)) {
    const wallet = WALLETS[label.replace('/small', '') as keyof typeof WALLETS];
    byWallet.set(wallet, (byWallet.get(wallet) ?? 0n) + BigInt(amount));
  }
  return byWallet;
}

/** Satoshi of each entity of ransomware under a method. */
function exposed(answer: Screening, method: Method): Map<string, bigint> {
  const rows = answer.exposure.filter((row) => row.method === method && row.category === 'ransomware');
  return new Map(
    rows.flatMap(({ entities }) => entities.map(({ address, amount }) => [address, BigInt(amount?.raw ?? -1)])),
  );
}

describe('screen: the bundled case', () => {
  const folder = demoFolder();
  let trace = '';
  const screened = (txid: string): Screening =>
    folder.inCase('case.spoor', (context) =>
      screenSubject(context, { subject: { type: 'transfer', network: 'bitcoin', txid, vout: 1 } }),
    );

  before(() => {
    trace = spoor(folder.path, 'demo', '--json').stdout;
  });

  for (const [name, txid, most] of [
    ['HitBTC', HITBTC, 3],
    ['Poloniex', POLONIEX, 1],
  ] as const)
    it(`${name}: severe; the wallets, their satoshi under each rule, and a path that is a chain of moves`, () => {
      const answer = screened(txid);
      assert.equal(answer.risk.level, 'severe');
      // Backward and forward are two ways to one amount: exact under FIFO, less than one satoshi a move under haircut.
      assert.deepEqual([...exposed(answer, 'fifo')].sort(), [...forward(trace, 'fifo', `${txid}:1`)].sort());
      const haircut = exposed(answer, 'haircut');
      const expected = forward(trace, 'haircut', `${txid}:1`);
      assert.deepEqual([...haircut.keys()].sort(), [...expected.keys()].sort());
      assert.equal(haircut.size, most);
      for (const [wallet, amount] of haircut) {
        const off = amount - (expected.get(wallet) ?? 0n);
        assert.ok(off < 1000n && off > -1000n, `${wallet} ${off}`);
      }
      assert.ok(answer.alerts.every(({ paths, rule }) => paths.length > 0 && rule.version === 1));
      for (const path of answer.paths) {
        assert.equal(path.steps.length, path.hops);
        assert.equal(path.steps[0].from, path.from.place);
        assert.equal(path.steps.at(-1)?.to, `${txid}:1`);
        path.steps.slice(1).forEach((step, at) => {
          assert.equal(step.from, path.steps[at].to);
        });
      }
      assertSound(answer);
    });

  it('names who is held to stand behind the campaign, in the word of the source', () => {
    const pack = projectPath('samples/actors/wannacry.yaml');
    assert.equal(spoor(folder.path, 'tag', 'import', pack).status, 0);
    // As written in the pack: two attributions of version 2, both by authorities of the United States.
    assert.deepEqual(
      screened(HITBTC).attributions.map(({ campaign, actor, certainty }) => [campaign, actor, certainty]),
      [
        ['WannaCry v2', 'lazarusgroup', 'attributed'],
        ['WannaCry v2', 'lazarusgroup', 'attributed'],
      ],
    );
  });

  it('replay gives the same bytes; the same question is kept once', () => {
    const answer = screened(HITBTC);
    const again = screened(HITBTC);
    assert.equal(screeningText(again), screeningText(answer));
    const replayed = folder.inCase('case.spoor', (context) => replayScreening(context, answer.id));
    assert.equal(screeningText(replayed), screeningText(answer));
  });
});
