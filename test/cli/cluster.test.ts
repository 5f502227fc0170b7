/** `spoor cluster` as a user runs it, over the bundled case. */
import assert from 'node:assert/strict';
import { freshFolder, spoor } from '../support/cli.ts';

/** Change of a WannaCry cash-out that c03e48ad spends together with two others. */
const CHANGE = '18gsrbQsTY7HzYVZEbvtVBfhywpQk6No2Q';
const FIRST = '1ARirZgU4q61sSjVK2iB8BEYC5w2B8ZnE9';

describe('spoor cluster', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
    assert.equal(spoor(folder, 'demo', '--quiet').status, 0);
    assert.equal(spoor(folder, 'cluster', '--quiet').status, 0);
  });

  it('show --json keeps the contract; a cluster is a subject', () => {
    const document = JSON.parse(spoor(folder, 'cluster', 'show', CHANGE, '--json').stdout);
    assert.equal(document.schema, 'spoor.cluster/1');
    assert.deepEqual([document.cluster, document.size, document.addresses.length], [FIRST, 3, 3]);
    assert.ok(document.addresses.includes(CHANGE) && Array.isArray(document.tags));
    const trace = spoor(folder, 'trace', '--seed', `change=cluster:${FIRST}`, '--rule', 'fifo', '--json');
    // 10287428 + 1227173 + 1511375 sat: what the three change addresses received (outputs 0 of three cash-outs).
    assert.equal(JSON.parse(trace.stdout).seeds[0].amount, '13025976');
    assert.equal(spoor(folder, 'trace', '--seed', `x=cluster:${CHANGE}`).status, 3);
    assert.equal(spoor(folder, 'trace', '--seed', 'x=cluster:nonsense').status, 2);
  });

  it('export lists every address once, and refuses what it does not know', () => {
    const { stdout } = spoor(folder, 'cluster', 'export', '--format', 'csv');
    const [head, ...rows] = stdout.trim().split('\n');
    assert.equal(head, 'address,cluster');
    assert.equal(new Set(rows.map((row) => row.split(',')[0])).size, rows.length);
    assert.ok(rows.includes(`${CHANGE},${FIRST}`));
    assert.equal(spoor(folder, 'cluster', 'show', 'nonsense').status, 2);
    assert.equal(spoor(folder, 'cluster', 'undo', 'zz').status, 2);
  });

  it('explain --json is the witness path; without its transaction the pair falls apart', () => {
    const witness = 'c03e48ad9fc778170c86542c0414a89052b21679a3576121ca6b1c2d340f1e22';
    const path = JSON.parse(spoor(folder, 'cluster', 'explain', CHANGE, FIRST, '--json').stdout);
    const [{ heuristic, txid, addresses, separates, weakest }, ...more] = path;
    assert.deepEqual([heuristic, txid, addresses], ['common-input', witness, [CHANGE, FIRST]]);
    assert.deepEqual([separates, weakest, more], [true, true, []]);
    const text = spoor(folder, 'cluster', 'explain', CHANGE, FIRST).stdout;
    assert.ok(text.includes(`without ${witness} they fall apart`) && text.includes('weakest link'), text);
    const without = JSON.parse(spoor(folder, 'cluster', 'what-if', '--without', witness, '--json').stdout);
    assert.deepEqual([without.schema, without.clustersSplit, without.splits[0].size], ['spoor.what-if/1', 1, 3]);
    assert.deepEqual(
      without.splits[0].pieces.map(({ size }: { size: number }) => size),
      [1, 1, 1],
    );
    const bridge = JSON.parse(spoor(folder, 'cluster', 'bridge', CHANGE, '--json').stdout);
    assert.deepEqual([bridge.size, bridge.bridge], [3, { txid: witness, comesOff: 2 }]);
    // The wallet never spends together with anybody.
    assert.equal(spoor(folder, 'cluster', 'explain', CHANGE, '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn').status, 3);
    for (const bad of ['nonsense', 'abcdef0123']) {
      assert.equal(spoor(folder, 'cluster', 'what-if', '--without', bad).status, 2, bad);
    }
  });

  it('keeps two addresses apart when told to, says what it refused, and refuses what is no pair', () => {
    const outcome = spoor(folder, 'cluster', 'run', '--keep-apart', `${CHANGE},${FIRST}`, '--json');
    const { run, counts } = JSON.parse(outcome.stdout);
    assert.deepEqual(run.params.keepApart, [[CHANGE, FIRST]]);
    assert.equal(counts.refused.length, 1);
    assert.deepEqual([...counts.refused[0].pair].sort(), [CHANGE, FIRST]);
    assert.equal(spoor(folder, 'cluster', 'explain', CHANGE, FIRST).status, 3);
    assert.equal(spoor(folder, 'cluster', 'undo', run.id).status, 0);
    assert.equal(spoor(folder, 'cluster', 'explain', CHANGE, FIRST).status, 0);
    assert.equal(spoor(folder, 'cluster', 'run', '--keep-apart', CHANGE).status, 2);
  });

  it('case verify takes a case with clusters', () => {
    assert.equal(spoor(folder, 'case', 'verify').status, 0);
  });
});
