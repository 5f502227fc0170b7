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

  it('case verify takes a case with clusters', () => {
    assert.equal(spoor(folder, 'case', 'verify').status, 0);
  });
});
