// Makes a checkout ready to run: installs when the lock file is newer than what is installed, builds when a source is newer than the build.
// Plain JavaScript without dependencies, because it runs before anything is installed. Everything it says goes to stderr.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => join(root, ...parts);
const timeOf = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
  });
  if (error !== undefined) process.stderr.write(`${command}: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? 1);
}

function newest(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((latest, entry) => {
    const path = join(folder, entry.name);
    return Math.max(latest, entry.isDirectory() ? newest(path) : timeOf(path));
  }, 0);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`spoor needs Node 20.19 or later; this is ${process.versions.node}\n`);
  process.exit(1);
}
const installed = timeOf(at('node_modules', '.package-lock.json'));
if (installed === 0 || installed < timeOf(at('package-lock.json'))) {
  process.stderr.write('installing dependencies (the first time this compiles SQLite, about a minute)\n');
  run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts=false']);
}
if (timeOf(at('dist', 'cli', 'main.js')) < newest(at('src'))) {
  process.stderr.write('building\n');
  // Last what the test above looks at, so that a build that failed is done again.
  run(process.execPath, [at('.setup', 'kernels.mjs')]);
  run(process.execPath, [at('.setup', 'bundle.mjs')]);
}
