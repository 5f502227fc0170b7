/** Fee rates in a study, by hand: sizes from the parts of P2PKH and P2WPKH payments, means of a day of UTC, and gaps where a source says too little. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withCase } from '../../src/case/index.ts';
import { FeeRates } from '../../src/case/study/fee-rate.ts';
import { txid } from '../../src/ledger/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { payment, txidOf } from '../support/esplora-payment.ts';

/** 2023-11-15 00:00:00 UTC. */
const DAY_SEC = 1_700_006_400;
const P2PKH = `76a914${'11'.repeat(20)}88ac`;

/** One input, one output. `spent` is its script and what was shown for it; the value left out is the fee. */
function paying(
  number: number,
  feeSat: number,
  at: { timeSec: number; scriptsig?: string | undefined; witness?: string[]; segwit?: boolean },
) {
  // Without its version nobody can hash it, so the made-up txid stands.
  const { version: _, ...made } = payment(number, [100_000], [100_000 - feeSat]) as ReturnType<typeof payment> & {
    version?: number;
  };
  const { timeSec, scriptsig, witness, segwit = false } = at;
  return {
    ...made,
    vin: made.vin.map((input) => ({
      ...input,
      scriptsig,
      ...(witness === undefined ? {} : { witness }),
      prevout: { ...input.prevout, ...(segwit ? {} : { scriptpubkey: P2PKH }) },
    })),
    vout: made.vout.map(({ value }) => ({ value, scriptpubkey: P2PKH })),
    status: { confirmed: true, block_height: number, block_time: timeSec },
  };
}

describe('fee rates of a study', () => {
  it('are of the transactions whose parts are known, and above the mean of what the case holds of the day', () => {
    const folder = freshFolder();
    // 107 bytes of signature and key: 4 + 1 + (36 + 1 + 107 + 4) + 1 + (8 + 1 + 25) + 4 = 192 vB.
    const scriptsig = '00'.repeat(107);
    // Without it 85 bytes, and 2 + 1 + (1 + 72) + (1 + 33) = 110 of witness: (4 * 85 + 110) / 4 = 112.5, rounded up to 113 vB.
    const witness = ['00'.repeat(72), '00'.repeat(33)];
    const rows = [
      paying(1, 1_920, { timeSec: DAY_SEC, scriptsig }),
      paying(2, 5_760, { timeSec: DAY_SEC + 86_399, scriptsig }),
      paying(3, 1_130, { timeSec: DAY_SEC + 86_400, scriptsig: '', witness, segwit: true }),
      // The source does not give the script of its input, so its size is not known.
      paying(4, 500, { timeSec: DAY_SEC }),
    ];
    writeFileSync(join(folder, 'fees.json'), JSON.stringify(rows));
    const { status, stderr } = spoor(folder, 'ingest', 'fees.json');
    assert.equal(status, 0, stderr);
    withCase(join(folder, 'case.spoor'), { create: false }, (context) => {
      const rates = new FeeRates(context);
      const of = (...numbers: number[]): unknown => {
        const found = rates.measure(
          numbers.map((number) => {
            const [tx] = context.view.findTransactions(txid(txidOf(number)));
            assert.ok(tx !== undefined);
            return tx;
          }),
        );
        return [found.fee_rates_known, found.fee_rate, found.fee_rate_above_day];
      };
      // 1,920 / 192 = 10 and 5,760 / 192 = 30: the mean of the day is 20.
      assert.deepEqual(of(1), [1, 10, -10]);
      assert.deepEqual(of(2), [1, 30, 10]);
      assert.deepEqual(of(1, 2), [2, 20, 0]);
      // Alone on its day there is nothing to compare with.
      assert.deepEqual(of(3), [1, 10, null]);
      assert.deepEqual(of(1, 3), [2, 10, -10]);
      assert.deepEqual(of(4), [0, null, null]);
    });
  });
});
