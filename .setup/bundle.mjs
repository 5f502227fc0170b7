// Bundles the programs of src to dist: the command line and the thread that reads blocks. A bundle starts in half the time that a hundred separate
// modules take, and leaves out what a command does not use. Dependencies stay outside, but for the argument parser, which every command needs:
// its licences go to dist/licenses.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const BUNDLED = ['yargs'];
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(join(root, 'dist', 'chunks'), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/chain/bitcoin/bulk/source-block-worker.ts', 'src/cli/main.ts'],
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  external: Object.keys(dependencies).filter((name) => !BUNDLED.includes(name)),
  // The argument parser's helpers are in the older module form and ask for `require`.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
const packages = new Set(
  Object.keys(metafile.inputs).flatMap((input) => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
);
for (const folder of packages) {
  const target = join(root, 'dist', 'licenses', folder.slice('node_modules/'.length));
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(join(root, folder)).filter((name) => /^licen[cs]e/i.test(name))) {
    cpSync(join(root, folder, file), join(target, file));
  }
}
