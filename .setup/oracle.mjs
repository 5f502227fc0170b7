// Holds the engines of taint and clustering against their oracles and laws, each on 100,000 random graphs (SPOOR_LAWS says how many, SPOOR_GRAPHS how
// many for the three oracles of fifo, haircut and poison; SEED where they begin).
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const taint = [
  'other-rules',
  'rules-by-name',
  'laws',
  'limits',
  'address-taint',
  'envelope',
  'conventions',
  'checkpoint',
  'scan',
];
const cluster = ['core', 'proof', 'change', 'guard'];
const files = [
  'test/taint/oracle.test.ts',
  ...taint.map((name) => `test/taint/${name}.test.ts`),
  ...cluster.map((name) => `test/cluster/${name}.test.ts`),
  'test/graph/taint-rules.test.ts',
];
const laws = process.env.SPOOR_LAWS ?? '100000';
const env = { ...process.env, SPOOR_LAWS: laws, SPOOR_GRAPHS: process.env.SPOOR_GRAPHS ?? laws };
const child = spawn(process.execPath, [join(here, 'test.mjs'), ...files, '--timeout', '0'], { env, stdio: 'inherit' });
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
