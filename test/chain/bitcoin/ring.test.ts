/** The ring between threads that parse blocks and the one that takes them: what is read ahead of its turn. */
import assert from 'node:assert/strict';
import { emptyColumns } from '../../../src/chain/bitcoin/bulk/columns.ts';
import { Ring, ringMemory } from '../../../src/chain/bitcoin/bulk/ring.ts';

describe('ring of blocks', () => {
  it('has every block read ahead once, none that was claimed, and no more than 128 beyond the claims', () => {
    const ring = new Ring(ringMemory('spends', 2));
    const ahead = (count: number): number[] => {
      const numbers: number[] = [];
      for (let next = ring.claimAhead(count); next !== null; next = ring.claimAhead(count)) numbers.push(next);
      return numbers;
    };
    assert.deepEqual(ahead(3), [0, 1, 2], 'as many as there are');
    assert.deepEqual([ring.claim(), ring.claim()], [0, 1]);
    // Two are claimed, so 130 is the first that is too far.
    assert.deepEqual(
      ahead(1000),
      Array.from({ length: 127 }, (_, at) => at + 3),
    );
    for (let number = 2; number < 140; number += 1) assert.equal(ring.claim(), number);
    assert.equal(ring.claimAhead(1000), 140, 'what the claims have passed is not read again');
    ring.skipAhead();
    assert.equal(ring.claimAhead(1000), null);
    ring.claim();
    assert.equal(ring.claimAhead(1000), 268);
  });

  it('a thread that waits for a free slot does something meanwhile, and puts its block once the slot is free', () => {
    const ring = new Ring(ringMemory('count', 1));
    const block = { ...emptyColumns(), transactionCount: 7 };
    ring.put(0, block, false, () => assert.fail('the slot was free'));
    let times = 0;
    ring.put(1, { ...block, transactionCount: 8 }, false, () => {
      times += 1;
      if (times === 3) ring.free(0);
      return times < 3;
    });
    assert.equal(times, 3);
    assert.ok(ring.holds(1));
    assert.equal(ring.take(1).transactionCount, 8);
  });
});
