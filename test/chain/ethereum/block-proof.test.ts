/** Blocks held to their own hashes: real ones are proved, and no field of header, transaction, receipt or log can be changed unnoticed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type BlockProof, type Claimed, proveBlock, proveReceipts } from '../../../src/chain/ethereum/block-proof.ts';
import { indexedRoot } from '../../../src/chain/ethereum/trie-root.ts';
import { type Anvil, anvilOrSkip, startAnvil } from '../../support/anvil.ts';
import { type AnvilChain, buildAnvilChain } from '../../support/anvil-chain.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';

const PROVED = { lies: [], unknown: [] };

function proof(block: Claimed, receipts: readonly Claimed[]): BlockProof {
  const [own, theirs] = [proveBlock(block), proveReceipts(block, receipts)];
  return { lies: [...own.lies, ...theirs.lies], unknown: [...own.unknown, ...theirs.unknown] };
}
const DATA = 'ethereum-etl-blocks';

function recorded<T>(name: string): T {
  return (JSON.parse(readFileSync(sharedData(`${DATA}/${name}`), 'utf8')) as { result: T }).result;
}

type Changeable = { [key: string]: unknown };

describe('proof of a block', () => {
  it('the root of nothing is the hash of the RLP of an empty text (Yellow Paper, appendix D)', () => {
    assert.equal(indexedRoot([]), '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421');
  });

  itWithData('blocks of the main chain of 2016 with their receipts are proved', DATA, () => {
    for (const height of ['0x1ac9f2', '0x1ac9f3']) {
      const folder = 'test_stream/blocks_1755634_1755635/web3_response';
      const block = recorded<Claimed>(`${folder}.eth_getBlockByNumber_${height}_true.json`);
      const receipts = (block.transactions as Claimed[]).map(({ hash }) =>
        recorded<Claimed>(`${folder}.eth_getTransactionReceipt_${hash}.json`),
      );
      assert.deepEqual(proof(block, receipts), PROVED);
    }
  });

  itWithData('so are those of 2015', DATA, () => {
    for (const name of ['blocks_with_transactions/web3_response.eth_getBlockByNumber_0xb872_true.json'])
      assert.deepEqual(proveBlock(recorded<Claimed>(`test_export_blocks_job/${name}`)), PROVED);
  });

  describe('of a node of today', () => {
    let anvil: Anvil;
    let chain: AnvilChain;

    before(async function () {
      anvil = await startAnvil(anvilOrSkip(this));
      chain = await buildAnvilChain(anvil);
    });
    after(() => anvil?.stop());

    const blockAt = async (height: number): Promise<{ block: Changeable; receipts: Changeable[] }> => {
      const block = await anvil.rpc<Changeable>('eth_getBlockByNumber', `0x${height.toString(16)}`, true);
      return { block, receipts: await anvil.rpc<Changeable[]>('eth_getBlockReceipts', block.hash) };
    };

    it('every block of the script is proved, every kind of transaction in it', async () => {
      const types = new Set<unknown>();
      for (let height = 0; height <= chain.tip; height += 1) {
        const { block, receipts } = await blockAt(height);
        assert.deepEqual(proof(block, receipts), PROVED, `block ${height}`);
        for (const { type } of receipts) types.add(type);
      }
      assert.deepEqual([...types].sort(), ['0x0', '0x1', '0x2', '0x4']);
    });

    /** Each lie changes one thing of the block with the swap or of the one with the delegation. */
    const lies: ReadonlyArray<[what: string, lie: (block: Changeable, receipts: Changeable[]) => void]> = [
      ['another hash', (block) => (block.hash = `0x${'ab'.repeat(32)}`)],
      ['another time', (block) => (block.timestamp = '0x1')],
      ['another fee recipient', (block) => (block.miner = `0x${'11'.repeat(20)}`)],
      ['a higher value', (block) => (transactionsOf(block)[0].value = '0x1234')],
      ['another receiver', (block) => (transactionsOf(block)[0].to = `0x${'22'.repeat(20)}`)],
      ['another sender', (block) => (transactionsOf(block)[0].from = `0x${'33'.repeat(20)}`)],
      ['a transaction left out', (block, receipts) => void [transactionsOf(block).pop(), receipts.pop()]],
      ['two transactions swapped', (block, receipts) => void [transactionsOf(block).reverse(), receipts.reverse()]],
      ['a receipt left out', (_, receipts) => void receipts.pop()],
      ['a receipt twice', (_, receipts) => (receipts[1] = receipts[0])],
      ['a failure called a success', (_, receipts) => (receipts[0].status = '0x1')],
      ['another fee', (_, receipts) => (receipts[0].effectiveGasPrice = '0x1')],
      ['less gas', (_, receipts) => (receipts[0].gasUsed = '0x5208')],
    ];
    for (const [what, lie] of lies) {
      it(`a lie is found: ${what}`, async () => {
        // Block 22: a delegation in a failed transaction, then a payment.
        const { block, receipts } = await blockAt(22);
        lie(block, receipts);
        assert.notDeepEqual(proof(block, receipts), PROVED);
      });
    }

    const logLies: ReadonlyArray<[what: string, lie: (logs: Changeable[]) => void]> = [
      ['a log left out', (logs) => void logs.splice(1, 1)],
      ['a higher amount', (logs) => (logs[0].data = `0x${'f'.repeat(64)}`)],
      ['another token', (logs) => (logs[0].address = `0x${'44'.repeat(20)}`)],
      ['logs in another order', (logs) => void logs.reverse()],
      ['other places', (logs) => (logs[1].logIndex = '0x7')],
    ];
    for (const [what, lie] of logLies) {
      it(`a lie is found: ${what}`, async () => {
        const { block, receipts } = await blockAt(13);
        assert.equal((receipts[0].logs as unknown[]).length, 4);
        lie(receipts[0].logs as Changeable[]);
        assert.notDeepEqual(proof(block, receipts), PROVED);
      });
    }

    it('what is no transaction of Ethereum is not judged, and said', async () => {
      const { block, receipts } = await blockAt(22);
      transactionsOf(block)[0].type = '0x7e';
      const { unknown } = proof(block, receipts);
      assert.match(unknown.join(), /transaction type 126/);
    });
  });
});

function transactionsOf(block: Changeable): Changeable[] {
  return block.transactions as Changeable[];
}
