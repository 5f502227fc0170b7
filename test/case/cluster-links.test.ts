/**
 * Proofs read one cluster alone: they say what the evidence of the whole run says, also in a case that an earlier version made, and what change heuristics said
 * is kept with the run, whatever the case learns afterwards. A cluster that grew by an alarming merge comes with its bridge.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evidenceOfRun } from '../../src/case/cluster/links.ts';
import { clusterProblems } from '../../src/case/cluster/verify.ts';
import { type CaseContext, withCase } from '../../src/case/context.ts';
import { bridgeOf, explainPair, ingestFiles, loadClusters, runClusters } from '../../src/case/index.ts';
import { encodeAddress } from '../../src/chain/bitcoin/index.ts';
import { bridge, EvidenceGraph, explain, type Layer } from '../../src/cluster/index.ts';
import { txId } from '../../src/ledger/index.ts';
import { clusterMembers, clusterSize, memberTexts } from '../../src/store/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { writeOldCase } from '../support/old-case.ts';
import { projectPath } from '../support/shared-data.ts';

const SAMPLE = projectPath('samples/wannacry/transactions.jsonl');
const REQUEST = {
  coinjoins: 'exclude',
  until: null,
  change: 'or(optimal-change, address-type)',
  keepApart: [],
} as const;
/** Schema before links knew their cluster. */
const OLD = 13;

/** Pairs of one cluster: its first member with each of the others, of clusters up to a size. */
function pairsOf(context: CaseContext, run: string, layer: Layer): Array<readonly [number, number]> {
  const members = [...clusterMembers(context.store, run, null)];
  return members.flatMap((member) => {
    const root = layer === 'core' ? member.core : (member.extended ?? member.core);
    return root === member.member ? [] : [[root, member.member] as const];
  });
}

/** Address of a number. */
function addressOf(number: number): string {
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint32(0, number);
  return encodeAddress('p2pkh', bytes, 'mainnet');
}

describe('giants', () => {
  it('two clusters of 10,001 joined by one transaction: the run raises an alarm and names that transaction as the bridge', () => {
    const folder = freshFolder();
    const file = join(folder, 'giants.jsonl');
    const SIDE = 10_001;
    const id = (digit: number): string => String(digit).repeat(64);
    const outside = (tx: number, numbers: readonly number[]): object[] =>
      numbers.map((number, vout) => ({
        prevTxid: id(tx),
        prevVout: vout,
        prevAddress: addressOf(number),
        valueSat: '10',
      }));
    const tx = (digit: number, numbers: readonly number[]): object => ({
      txid: id(digit),
      height: 100 + digit,
      inputs: outside(digit + 5, numbers),
      outputs: [{ valueSat: '10', scriptPubKey: '6a' }],
    });
    const from = (start: number): number[] => Array.from({ length: SIDE }, (_, index) => start + index);
    const lines = [{ schema: 'spoor.ledger/1' }, tx(1, from(0)), tx(2, from(SIDE)), tx(3, [7, SIDE + 7])];
    writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
    withCase(join(folder, 'giants.spoor'), { create: true }, (context) => {
      ingestFiles(context.store, [file], { format: 'spoor', network: 'mainnet' });
      const { counts, run } = runClusters(context, { ...REQUEST, change: null });
      assert.deepEqual(counts.alarms, [{ layer: 'core', txid: id(3), sizes: [SIDE, SIDE] }]);
      // By hand: without 3 one side comes off, 10,001; without 1 one address less, for 3 still ties that one to the other side.
      const giant = { layer: 'core', cluster: addressOf(0), size: 2 * SIDE, bridge: { txid: id(3), comesOff: SIDE } };
      assert.deepEqual(counts.giants, [giant]);
      assert.deepEqual(loadClusters(context, run.id).counts, counts);
    });
    const told = spoor(folder, 'cluster', '--case', join(folder, 'giants.spoor'));
    assert.match(
      told.stdout,
      new RegExp(`giant: core .* of 20002 addresses; without ${id(3)} 10001 come off`),
      told.stderr,
    );
  });
});

describe('links of one cluster', () => {
  let folder = '';
  let file = '';
  before(() => {
    folder = freshFolder();
    file = join(folder, 'case.spoor');
    withCase(file, { create: true }, (context) => {
      ingestFiles(context.store, [SAMPLE], { format: 'spoor', network: 'mainnet' });
      runClusters(context, REQUEST);
    });
  });

  for (const layer of ['core', 'extended'] as const)
    it(`${layer}: chains and bridges are those that the links of the whole run give`, () => {
      withCase(file, { create: false }, (context) => {
        const { id } = loadClusters(context, null).run;
        const whole = new EvidenceGraph(evidenceOfRun(context.store, id), clusterSize(context.store, id), layer);
        const text = memberTexts(context.store, id);
        const txid = (tx: number): string => context.view.transaction(txId(tx)).txid;
        const pairs = pairsOf(context, id, layer);
        assert.ok(pairs.length > (layer === 'core' ? 100 : 200), `${pairs.length} pairs`);
        for (const [a, b] of pairs.filter((_, place) => place % 7 === 0)) {
          const asked = { addresses: [text(a), text(b)] as const, run: id, layer };
          const wanted = explain(whole, a, b)?.steps.map(({ heuristic, tx, from, to, separates }) => {
            return [heuristic, txid(tx), text(from), text(to), separates];
          });
          const { path } = explainPair(context, asked);
          assert.deepEqual(
            path.map(({ heuristic, txid: of, addresses, separates }) => [heuristic, of, ...addresses, separates]),
            wanted,
          );
        }
        for (const root of new Set(pairs.map(([of]) => of))) {
          const found = bridge(whole, root);
          const wanted = found === null ? null : { txid: txid(found.tx), comesOff: found.comesOff };
          assert.deepEqual(bridgeOf(context, { address: text(root), run: id, layer }).bridge, wanted);
        }
      });
    });

  it('an address alone is joined to itself by nothing', () => {
    withCase(file, { create: false }, (context) => {
      const { id } = loadClusters(context, null).run;
      const alone = [...clusterMembers(context.store, id, null)].find(
        ({ member }) => !pairsOf(context, id, 'extended').flat().includes(member),
      );
      assert.ok(alone !== undefined);
      const asked = { run: id, layer: 'extended' } as const;
      assert.deepEqual(explainPair(context, { ...asked, addresses: [alone.address, alone.address] }).path, []);
      assert.equal(bridgeOf(context, { ...asked, address: alone.address }).bridge, null);
    });
  });

  it('a case of an earlier version gives the same chains; what heuristics said then was not kept', () => {
    const old = join(folder, 'old.spoor');
    writeOldCase(file, old, OLD);
    const chains = (of: string): Array<ReturnType<typeof explainPair>['path']> =>
      withCase(of, { create: false }, (context) => {
        const { id } = loadClusters(context, null).run;
        const text = memberTexts(context.store, id);
        const pairs = pairsOf(context, id, 'extended').filter((_, place) => place % 31 === 0);
        return pairs.map(
          ([a, b]) => explainPair(context, { addresses: [text(a), text(b)], run: id, layer: 'extended' }).path,
        );
      });
    const now = chains(file).map((path) => path.map((step) => ({ ...step, change: null })));
    assert.ok(now.length > 5);
    assert.deepEqual(chains(old), now);
    withCase(old, { create: false }, (context) => assert.deepEqual(clusterProblems(context).problems, []));
  });

  it('votes on change stay those of the run when the case is fed; verify finds others than the facts give', () => {
    withCase(file, { create: false }, (context) => {
      const { id } = loadClusters(context, null).run;
      const { db } = context.store;
      db.exec('BEGIN');
      db.exec("UPDATE cluster_link SET votes = replace(votes, 'optimal-change static', 'optimal-change dynamic')");
      assert.deepEqual(clusterProblems(context).problems, [`run ${id}: the facts give other votes on change`]);
      db.exec('ROLLBACK');
      const text = memberTexts(context.store, id);
      const step = (): unknown => {
        for (const [a, b] of pairsOf(context, id, 'extended')) {
          const asked = { addresses: [text(a), text(b)] as const, run: id, layer: 'extended' } as const;
          const found = explainPair(context, asked).path.find(({ change }) => change !== null);
          if (found !== undefined) return found;
        }
        return null;
      };
      const before = step();
      assert.ok(before !== null);
      const more = join(folder, 'more.jsonl');
      const [head] = readFileSync(SAMPLE, 'utf8').split('\n');
      const coinbase = { txid: '7'.repeat(64), coinbase: true, height: 1, inputs: [], outputs: [] };
      const outputs = [{ valueSat: '1', scriptPubKey: '51' }];
      writeFileSync(more, `${head}\n${JSON.stringify({ ...coinbase, outputs })}\n`);
      ingestFiles(context.store, [more], { format: 'spoor', network: 'mainnet' });
      assert.deepEqual(step(), before);
    });
  });
});
