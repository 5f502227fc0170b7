/**
 * `spoor pattern` as a user runs it: a real Whirlpool mix with the Tx0 it spends, dust on an address in use, wrong
 * questions.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PatternDocument } from '../../src/report/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { payment, txidOf } from '../support/esplora-payment.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';

const MIX = '323df21f0b0756f98336437aa3d2fb87e02b59f1946b714a7b09df04d429dec2';
const TX0 = '333f45431e47b9543772013ac83a9b33cc58dc3245ccfd48b972107bb8405c13';

describe('spoor pattern', () => {
  const folder = freshFolder();
  const json = (...args: string[]): PatternDocument => {
    const { status, stdout, stderr } = spoor(folder, 'pattern', '--json', ...args);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as PatternDocument;
  };

  itWithData(
    'a real Whirlpool mix: family, lineage as far as the case goes, entropy of 5 by 5',
    'esplora-fixtures',
    () => {
      const files = ['whirlpool_tx.json', 'whirlpool_tx0.json'].map((name) => sharedData(`esplora-fixtures/${name}`));
      assert.equal(spoor(folder, 'ingest', ...files).status, 0);
      const [mix] = json(MIX).transactions;
      assert.deepEqual([mix?.coinjoin.verdict, mix?.coinjoin.family], ['yes', 'whirlpool']);
      assert.equal(mix?.coinjoin.confidence, 60, 'four of five sources are not in the case');
      assert.deepEqual(mix?.coinjoin.lineage?.inputs[0], { vin: 0, source: TX0, role: 'tx0', holds: true });
      assert.equal(mix?.coinjoin.lineage?.holds, null);
      // The published vector P5: five equal inputs and outputs have 1,496 mappings, every link in 512 of them.
      assert.deepEqual([mix?.mappings?.count, mix?.mappings?.entropy], ['1496', '10.546894']);
      assert.ok(mix?.mappings?.links.flat().every((link) => link === '512'));
      const [tx0] = json(TX0).transactions;
      assert.deepEqual(tx0?.tx0, { verdict: 'yes', mixed: true, confidence: 90 });
      assert.equal(tx0?.coinjoin.verdict, 'no');
      const { stdout } = spoor(folder, 'pattern', MIX);
      for (const words of [
        'coinjoin: yes, whirlpool',
        '1496 mappings, entropy 10.546894 bits',
        '34.22',
        'in 0  tx0      yes',
      ])
        assert.ok(stdout.includes(words), `${words} in\n${stdout}`);
    },
  );

  it('says timed-out and how to go on when the steps are spent', () => {
    const file = join(folder, 'wide.json');
    const values = Array.from({ length: 14 }, (_, at) => 10_000 + at * at);
    writeFileSync(
      file,
      JSON.stringify([
        payment(
          1,
          values,
          values.map((value) => value - 500),
        ),
      ]),
    );
    assert.equal(spoor(folder, 'ingest', '--case', 'wide.spoor', file).status, 0);
    const [wide] = json('--case', 'wide.spoor', '--max-steps', '50000', txidOf(1)).transactions;
    assert.deepEqual([wide?.mappings?.verdict, wide?.mappings?.links], ['timed-out', []]);
    const { stdout } = spoor(folder, 'pattern', '--case', 'wide.spoor', '--max-steps', '50000', txidOf(1));
    assert.match(stdout, /timed-out after \d+ steps/);
    assert.match(stdout, /--max-steps/);
  });

  it('names dust, and dust to an address that received before', () => {
    const file = join(folder, 'dust.json');
    const first = payment(2, [90_000], [50_000, 30_000]);
    const dusting = payment(3, [9_000], [546, 547, 1_000, 1_001, 4_000], { height: 2 });
    const aimed = {
      ...dusting,
      vout: dusting.vout.map((output, vout) => (vout === 0 ? { ...first.vout[0]!, value: 546 } : output)),
    };
    writeFileSync(file, JSON.stringify([first, aimed]));
    assert.equal(spoor(folder, 'ingest', '--case', 'dust.spoor', file).status, 0);
    const [found] = json('--case', 'dust.spoor', txidOf(3)).transactions;
    assert.deepEqual(found?.small, [
      { vout: 0, value: '546', dust: true, forced: true },
      { vout: 1, value: '547', dust: false, forced: false },
      { vout: 2, value: '1000', dust: false, forced: false },
    ]);
    assert.deepEqual(json('--case', 'dust.spoor', txidOf(2)).transactions[0]?.small, []);
  });

  it('refuses what is no txid, no share, no count, and names what is not there', () => {
    const asked = (...args: string[]) => spoor(folder, 'pattern', '--case', 'dust.spoor', ...args);
    assert.equal(asked('beef').status, 2);
    const missing = asked(txidOf(9));
    assert.equal(missing.status, 3);
    assert.match(missing.stderr, /holds no transaction/);
    const share = asked(txidOf(3), '--intrafees', '1.5');
    assert.equal(share.status, 2);
    assert.match(share.stderr, /--intrafees is a decimal/);
  });
});
