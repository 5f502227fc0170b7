/** The test node itself: the same script makes the same blocks, and nothing outlives its test. */
import assert from 'node:assert/strict';
import { type Anvil, anvilOrSkip, startAnvil } from '../../support/anvil.ts';
import { type AnvilChain, buildAnvilChain, FEE_RECIPIENT, receiver } from '../../support/anvil-chain.ts';

const ETHER = 10n ** 18n;

describe('a real Ethereum node', () => {
  let anvil: Anvil;
  let chain: AnvilChain;

  before(async function () {
    anvil = await startAnvil(anvilOrSkip(this));
    chain = await buildAnvilChain(anvil);
  });
  after(() => anvil?.stop());

  const balance = async (account: string): Promise<bigint> =>
    BigInt(await anvil.rpc<string>('eth_getBalance', account, 'latest'));

  it('every transaction of the script was mined, and failed only where it should', async () => {
    const failed: string[] = [];
    for (const [name, hash] of Object.entries(chain.did)) {
      const receipt = await anvil.rpc<{ status: string } | null>('eth_getTransactionReceipt', hash);
      if (receipt?.status !== '0x1') failed.push(name);
    }
    assert.deepEqual(failed, ['Fan.fail', 'delegation in a failed transaction']);
  });

  it('balances are those the script means', async () => {
    // split: one ether each to 1, 2 and 3; 1 also got 1 and 2 wei. A reverted payment never was. The bomb held 3 ether.
    assert.deepEqual(await Promise.all([1, 2, 3, 4, 5, 6, 9].map((index) => balance(receiver(index)))), [
      ETHER + 3n,
      ETHER,
      ETHER,
      ETHER,
      0n,
      5n * ETHER,
      3n * ETHER,
    ]);
    assert.ok((await balance(FEE_RECIPIENT)) > 0n);
  });

  it('another node makes the same blocks', async function () {
    const other = await startAnvil(anvilOrSkip(this));
    try {
      await buildAnvilChain(other);
      const tips = await Promise.all(
        [anvil, other].map(({ rpc }) => rpc<{ hash: string }>('eth_getBlockByNumber', 'latest', false)),
      );
      assert.equal(tips[0].hash, tips[1].hash);
    } finally {
      await other.stop();
    }
  });
});
