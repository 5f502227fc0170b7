/** Balances in two limbs against bigints: amounts around every limb, up to the largest word of the machine. */
import assert from 'node:assert/strict';
import { MAX_WORD } from '../../../src/ledger/index.ts';
import { BalanceTable } from '../../../src/taint/account/balance-table.ts';
import { Prng } from '../../support/prng.ts';

const EDGES = [1n, 1n << 32n, 1n << 53n, 1n << 64n, 1n << 84n, 1n << 85n, MAX_WORD];

describe('balance table', () => {
  it('adds, takes and compares as bigints do, at every size of amount', () => {
    const random = Prng.fromSeed(1);
    const table = new BalanceTable(40);
    const plain = new Map<string, bigint>();
    for (let step = 0; step < 20_000; step += 1) {
      const [account, asset] = [random.int(40), random.int(60)];
      const key = `${account} ${asset}`;
      const balance = table.numberOf(account, asset);
      const near = random.pick(EDGES) + BigInt(random.between(-2, 2));
      const had = plain.get(key) ?? 0n;
      const amount = random.chance(0.2) ? had + BigInt(random.between(-1, 1)) : near;
      if (amount < 0n) continue;
      assert.equal(table.has(balance, amount), had >= amount, `step ${step}`);
      if (random.chance(0.6)) {
        table.add(balance, amount);
        plain.set(key, had + amount);
      } else {
        assert.equal(table.take(balance, amount), had >= amount, `step ${step}`);
        if (had >= amount) plain.set(key, had - amount);
      }
      assert.equal(table.get(balance), plain.get(key) ?? 0n, `step ${step}`);
      if (random.chance(0.05)) {
        table.set(balance, amount);
        plain.set(key, amount);
      }
    }
    for (const [key, amount] of plain) {
      const [account, asset] = key.split(' ').map(Number);
      assert.equal(table.get(table.numberOf(account, asset)), amount);
      assert.deepEqual(
        [table.accountOf(table.numberOf(account, asset)), table.assetOf(table.numberOf(account, asset))],
        [account, asset],
      );
    }
  });
});
