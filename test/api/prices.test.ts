/** Screenings of a service that was given daily prices, and what it says of them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '../../src/api/index.ts';
import { ingestFiles, withCase } from '../../src/case/index.ts';
import type { Screening } from '../../src/screen/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { Contract } from '../support/contract.ts';
import { assertSound } from '../support/screening.ts';
import { cleanLines, DEPOSIT, ledgerFile, lineTxid } from '../support/screening-chain.ts';
import { ask, quietOptions, withService } from '../support/service.ts';

describe('api: prices', () => {
  const folder = freshFolder();
  const file = join(folder, 'case.spoor');
  const csv = join(folder, 'p.csv');
  // The deposit is of block 212, 2020-09-14.
  const text = 'Date,Open,High,Low,Close\n2020-09-14,1,20000,8000,10000\n';

  before(() => {
    const lines = join(folder, 'lines.jsonl');
    writeFileSync(lines, ledgerFile(cleanLines()));
    writeFileSync(csv, text);
    withCase(file, { create: true }, ({ store }) => {
      ingestFiles(store, [lines], { format: 'auto', network: null, account: null });
    });
  });

  const body = JSON.stringify({ subject: { type: 'transfer', txid: lineTxid(DEPOSIT), vout: 0 } });

  it('values a deposit by the price of its day, and tells the file, its digest and which price counts', async () => {
    const options = quietOptions(file, { prices: { files: [csv], price: 'close' } });
    await withService(options, async ({ port }) => {
      const contract = new Contract((await ask(port, { path: '/openapi.json' })).text);
      const asked = { method: 'POST', path: '/v1/screenings?wait_ms=10000', body };
      const reply = await ask(port, asked);
      assert.deepEqual(contract.problems('createScreening', reply), []);
      const { screening } = JSON.parse(reply.text) as { screening: Screening };
      assertSound(screening);
      // 49.99997 bitcoin at 10,000 dollars.
      assert.equal(screening.screened[0].amount.usd, '499999.70');
      const data = await ask(port, { path: '/v1/data' });
      assert.deepEqual(contract.problems('getData', data), []);
      const sha256 = createHash('sha256').update(text).digest('hex');
      assert.deepEqual((JSON.parse(data.text) as { prices: unknown }).prices, [
        { asset: 'BTC', price: 'close', file: 'p.csv', sha256 },
      ]);
    });
    await withService(quietOptions(file), async ({ port }) => {
      const reply = await ask(port, { method: 'POST', path: '/v1/screenings?wait_ms=10000', body });
      const { screening } = JSON.parse(reply.text) as { screening: Screening };
      assert.equal(screening.screened[0].amount.usd, null, 'without a file nothing is valued');
      assert.deepEqual((JSON.parse((await ask(port, { path: '/v1/data' })).text) as { prices: unknown }).prices, []);
    });
  });

  it('a file that is none, or is missing, is said at the start', async () => {
    const bad = join(folder, 'bad.csv');
    writeFileSync(bad, 'Date,Open\n');
    await assert.rejects(serve(quietOptions(file, { prices: { files: [bad], price: 'close' } })), {
      code: 'MALFORMED',
    });
    const { status, stderr } = spoor(folder, 'serve', '--port', '0', '--case', file, '--prices', 'ETH=none.csv');
    assert.equal(status, 3, stderr);
    assert.match(stderr, /none\.csv/);
  });
});
