// Runs every test and ends with the line "N passed, N failed". Arguments are passed on to mocha (files, --grep).
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const given = process.argv.slice(2);
const files = given.some((argument) => argument.endsWith('.ts')) ? [] : ['test/**/*.test.ts'];
const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
// Two files at a time; the workers inherit the TypeScript loader through NODE_OPTIONS.
const env = { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import tsx`.trim() };
const limits = ['--parallel', '--jobs', '2', '--forbid-only', '--timeout', '120000', '--reporter', 'spec'];
const args = [mocha, ...limits, ...files, ...given];
const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
let tail = '';
child.stdout.on('data', (chunk) => {
  process.stdout.write(chunk);
  tail = (tail + chunk).slice(-2_000_000);
});
child.on('close', (code) => {
  const count = (word) => Number([...tail.matchAll(new RegExp(`^\\s+(\\d+) ${word}`, 'gm'))].at(-1)?.[1] ?? 0);
  const failed = Math.max(count('failing'), code === 0 ? 0 : 1);
  process.stdout.write(`${count('passing')} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && count('passing') > 0 ? 0 : 1;
});
