// Compiles every folder `kernel` below src from AssemblyScript to WebAssembly: src/ROOM/kernel/index.ts becomes dist/ROOM/kernel.wasm. One that is newer than
// its sources and this file is left alone.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const asc = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
const options = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd,bulk-memory'];

const timeOf = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const newest = (folder) => Math.max(...readdirSync(folder).map((name) => timeOf(join(folder, name))));
const ownTime = timeOf(fileURLToPath(import.meta.url));

for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
  const folder = join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isDirectory() || entry.name !== 'kernel' || !existsSync(join(folder, 'index.ts'))) continue;
  const target = join(root, 'dist', relative(join(root, 'src'), dirname(folder)));
  if (timeOf(join(target, 'kernel.wasm')) > Math.max(newest(folder), ownTime)) continue;
  mkdirSync(target, { recursive: true });
  const args = [
    asc,
    relative(root, join(folder, 'index.ts')),
    '--outFile',
    relative(root, join(target, 'kernel.wasm')),
  ];
  const { status, stderr } = spawnSync(process.execPath, [...args, ...options], { cwd: root, encoding: 'utf8' });
  if (status !== 0) {
    process.stderr.write(stderr);
    process.exit(status ?? 1);
  }
}
