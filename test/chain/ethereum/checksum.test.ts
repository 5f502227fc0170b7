/** EIP-55: accounts in and out. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { checkAccount, checksummed } from '../../../src/chain/ethereum/index.ts';
import { account, SpoorError } from '../../../src/ledger/index.ts';
import { projectPath } from '../../support/shared-data.ts';

/** Test cases of EIP-55. */
const VECTORS = [
  '0x52908400098527886E0F7030069857D2E4169EE7',
  '0xde709f2102306220921060314715629080e2fb77',
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
];

describe('checksums of accounts', () => {
  it('the cases of EIP-55, in each case of letters', () => {
    for (const vector of VECTORS) {
      const lower = account(vector);
      assert.equal(checksummed(lower), vector);
      assert.equal(checkAccount(vector), lower);
      assert.equal(checkAccount(vector.toLowerCase()), lower);
      assert.equal(checkAccount(`0x${vector.slice(2).toUpperCase()}`), lower);
    }
  });

  it('a wrong one names its first wrong character and what belongs there', () => {
    const wrong = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed';
    assert.throws(
      () => checkAccount(wrong),
      (error) =>
        error instanceof SpoorError &&
        error.code === 'ADDRESS_INVALID' &&
        /character 40 \("a"\) should be "A"/.test(error.message),
    );
    assert.throws(() => checkAccount('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe'), /40 hex digits/);
    assert.throws(() => checkAccount('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg'), /character 42 \("g"\)/);
    assert.throws(() => checkAccount(null), /is a text, not null/);
  });

  it('the library of hashes is not loaded before the first checksum', () => {
    const door = projectPath('src/chain/ethereum/index.ts');
    const program = `
      import { createRequire } from 'node:module';
      const loaded = () => Object.keys(createRequire(${JSON.stringify(door)}).cache).some((path) => path.includes('/ethers/'));
      const { checkAccount } = await import(${JSON.stringify(door)});
      checkAccount('0x' + 'ab'.repeat(20));
      const before = loaded();
      checkAccount('${VECTORS[2]}');
      process.stdout.write(JSON.stringify([before, loaded()]));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      encoding: 'utf8',
      cwd: projectPath('.'),
    });
    assert.equal(stdout, '[false,true]', stderr);
  });
});
