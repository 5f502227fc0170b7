/** What every answer of a screening must keep to. */
import assert from 'node:assert/strict';
import { Compile } from 'typebox/compile';
import { Screening } from '../../src/screen/index.ts';

const checker = Compile(Screening);

/** It is of its schema; shares of every way, method and asset are decimals that sum to one, and amounts sum to what was screened. */
export function assertSound(answer: Screening): void {
  assert.deepEqual([...checker.Errors(answer)], []);
  for (const { direction, amount } of answer.screened)
    for (const method of answer.params.methods.filter((one) => one !== 'poison')) {
      const rows = [...answer.exposure, ...answer.remainder].filter(
        (row) => row.direction === direction && row.method === method && row.amount?.asset === amount.asset,
      );
      const millionths = rows.reduce((sum, { share }) => sum + BigInt((share ?? '').replace('.', '')), 0n);
      assert.equal(millionths, 1_000_000n, `${direction} ${method}`);
      assert.equal(
        rows.reduce((sum, row) => sum + BigInt(row.amount?.raw ?? -1), 0n),
        BigInt(amount.raw),
      );
    }
}
