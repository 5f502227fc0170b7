/**
 * `node --import tsx test/bench/bulk/generate-cli.ts --transactions 1000000 --mix modern --seed 1 --out FOLDER`
 * and, where wanted, `--xor --padding --shuffle 64 --stale-every 50 --file-bytes 134217728`.
 */
import { parseArgs } from 'node:util';
import { generate, PLAIN } from './generate.ts';

const { values } = parseArgs({
  options: {
    transactions: { type: 'string', default: '100000' },
    mix: { type: 'string', default: 'modern' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    xor: { type: 'boolean', default: PLAIN.xor },
    padding: { type: 'boolean', default: PLAIN.padding },
    shuffle: { type: 'string', default: String(PLAIN.shuffle) },
    'stale-every': { type: 'string', default: String(PLAIN.staleEvery) },
    'file-bytes': { type: 'string', default: String(PLAIN.fileBytes) },
  },
});

function integer(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`--${name} ${text}: not a whole number`);
  return value;
}

const { mix, out } = values;
if (out === undefined) throw new RangeError('--out FOLDER says where the files go');
if (mix !== 'modern' && mix !== 'legacy') throw new RangeError(`--mix ${mix}: modern or legacy`);
const start = performance.now();
const meta = generate(out, {
  transactions: integer('transactions', values.transactions),
  mix,
  seed: integer('seed', values.seed),
  fileBytes: integer('file-bytes', values['file-bytes']),
  xor: values.xor,
  padding: values.padding,
  shuffle: integer('shuffle', values.shuffle),
  staleEvery: integer('stale-every', values['stale-every']),
});
const { blocks, transactions, inputs, outputs, bytes, theft } = meta;
const seconds = Number(((performance.now() - start) / 1000).toFixed(2));
process.stdout.write(`${JSON.stringify({ blocks, transactions, inputs, outputs, bytes, theft, seconds })}\n`);
