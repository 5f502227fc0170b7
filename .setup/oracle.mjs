// Holds the taint engines against their oracles and laws on 100,000 random graphs (SPOOR_GRAPHS says how many; SEED where they begin).
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const tests = [
  'oracle',
  'other-rules',
  'laws',
  'limits',
  'checkpoint',
  'scan',
  'whole-supply',
  'worked-examples',
  'conventions',
];
const files = tests.map((name) => `test/taint/${name}.test.ts`);
const env = { ...process.env, SPOOR_GRAPHS: process.env.SPOOR_GRAPHS ?? '100000' };
const child = spawn(process.execPath, [join(here, 'test.mjs'), ...files, '--timeout', '0'], { env, stdio: 'inherit' });
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
